"""Where a data is published."""

from __future__ import annotations

import pytest

from ckanext.odlocale.territory.targets import (
    ALL_SCHEMAS,
    MAX_URL,
    Choice,
    Place,
    WrongTarget,
    find_elsewhere,
    find_place,
    is_web_address,
    read_choice,
    write_url,
)

HERE = Choice("portal")
STATE = Choice("datagouv")
SITE = Choice("elsewhere", "https://www.crach.example.fr/budget")
BAN = "https://adresse.data.gouv.fr/commune/56046"

CASES = [
    ("budget", "commune", {}, Place("portal", None, "usual")),
    ("budget", "commune", {"budget": SITE}, Place("elsewhere", SITE.url, "chosen")),
    ("budget", "commune", {"prenoms": SITE}, Place("portal", None, "usual")),
    ("budget", "commune", {"*": STATE}, Place("datagouv", None, "general")),
    ("budget", "epci", {"*": STATE, "budget": HERE}, Place("portal", None, "chosen")),
    ("bal", "commune", {}, Place("elsewhere", BAN, "national")),
    ("bal", "commune", {"*": STATE}, Place("elsewhere", BAN, "national")),
    ("bal", "commune", {"bal": HERE}, Place("portal", None, "chosen")),
    ("bal", "epci", {}, Place("portal", None, "usual")),
    ("bal", "epci", {"*": STATE}, Place("datagouv", None, "general")),
    ("decp", "epci", {}, Place("datagouv", None, "national")),
    ("decp", "commune", {"*": HERE}, Place("datagouv", None, "national")),
    ("decp", "commune", {"decp": SITE}, Place("elsewhere", SITE.url, "chosen")),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "kind", "chosen", "place"), CASES)
def test_the_nearest_choice_holds(
    schema: str, kind: str, chosen: dict[str, Choice], place: Place
) -> None:
    assert find_place(schema, kind, "56046", "215600461", chosen) == place


def test_what_is_on_the_portal_is_not_elsewhere() -> None:
    chosen = {ALL_SCHEMAS: STATE, "budget": HERE}
    schemas = ["budget", "prenoms", "bal", "decp"]
    found = find_elsewhere(schemas, "commune", "56046", "215600461", chosen)
    assert list(found) == ["prenoms", "bal", "decp"]


@pytest.mark.parametrize(
    ("target", "url", "fault"),
    [
        ("moon", None, "target"),
        ("", None, "target"),
        ("default", None, "target"),
        ("elsewhere", None, "no_url"),
        ("elsewhere", "   ", "no_url"),
        ("elsewhere", "www.crach.fr", "url"),
        ("elsewhere", "javascript:alert(1)", "url"),
        ("elsewhere", "ftp://crach.fr/budget", "url"),
        ("elsewhere", "https://", "url"),
        ("elsewhere", "https://localhost/budget", "url"),
        ("elsewhere", "https://me:secret@crach.fr/", "url"),
        ("elsewhere", "https://crach.fr/a b", "url"),
        ("elsewhere", 'https://crach.fr/"onclick', "url"),
        ("elsewhere", "https://crach.fr/\nLocation: x", "url"),
        ("elsewhere", "https://crach.fr:port/", "url"),
        ("elsewhere", "https://[::1", "url"),
        ("elsewhere", "https://crach.fr/{nom}", "url"),
        ("elsewhere", "https://crach.fr/" + "a" * MAX_URL, "url"),
        ("portal", "https://crach.fr/", "needless_url"),
        ("datagouv", "https://crach.fr/", "needless_url"),
    ],
)
def test_a_choice_that_cannot_be_kept_is_refused(
    target: str, url: str | None, fault: str
) -> None:
    with pytest.raises(WrongTarget) as caught:
        read_choice(target, url)
    assert caught.value.fault == fault


@pytest.mark.parametrize(
    ("target", "url", "choice"),
    [
        ("portal", "", HERE),
        ("datagouv", None, STATE),
        ("elsewhere", f" {SITE.url} ", SITE),
        (
            "elsewhere",
            "HTTP://A.fr/{siren}",
            Choice("elsewhere", "HTTP://A.fr/{siren}"),
        ),
    ],
)
def test_a_choice_that_makes_sense_is_kept(
    target: str, url: str | None, choice: Choice
) -> None:
    assert read_choice(target, url) == choice


def test_one_address_serves_many_communes() -> None:
    written = write_url("https://a.fr/{insee}/{siren}", "56046", "215600461")
    assert written == "https://a.fr/56046/215600461"
    assert write_url("https://a.fr/{insee}", None, "225600014").endswith("225600014")
    assert is_web_address("https://données.example.fr/é?a={insee}")
