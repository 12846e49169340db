"""Naming those for whom a dataset is published."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.odlocale.territory.behalf import (
    INDEX_FIELD,
    MAX_NAMED,
    Refusal,
    index_values,
    read_one,
    settle,
    split_written,
)


def row(name: str, insee: str | None, siren: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "insee": insee,
        "siren": siren,
        "folded": name.lower(),
        "itself": False,
        "below": True,
        "owner_kind": "epci",
        **more,
    }


OWNER = row("AQTA", None, "200043123", itself=True)
CRACH = row("crach", "56046", "215600461")
AURAY = row("auray", "56007", "215600073")
BREST = row("brest", "29019", "212900195", below=False)
ALL = [OWNER, CRACH, AURAY, BREST]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ()),
        ("", ()),
        (" , ;\n", ()),
        ("56046", ("56046",)),
        ("56046, 56007", ("56046", "56007")),
        ("Crach\r\nAuray", ("Crach", "Auray")),
        ('["56046"]', ("56046",)),
        ([], ()),
        (["56046", " Auray  Ville ", "56046", ""], ("56046", "Auray Ville")),
        (["a\0b"], ("a b",)),
        ([56046], ("56046",)),
    ],
)
def test_codes_and_names_are_read_as_they_are_written(value, written) -> None:
    assert split_written(value) == written


@pytest.mark.parametrize("value", [{"a": 1}, 12.5, [["56046"]], [True], "[56046", [{}]])
def test_what_is_no_list_of_names_is_refused(value: Any) -> None:
    with pytest.raises(Refusal) as caught:
        split_written(value)
    assert caught.value.fault == "unknown"


def test_too_many_are_refused_before_any_query() -> None:
    with pytest.raises(Refusal) as caught:
        split_written([str(number) for number in range(MAX_NAMED + 1)])
    assert caught.value.fault == "too_many"


@pytest.mark.parametrize(
    ("written", "code", "name"),
    [
        ("56046", "56046", ""),
        ("2a004", "2A004", ""),
        ("Ajaccio (2A004)", "2A004", ""),
        ("215 600 461", "215600461", ""),
        ("5604", "", "5604"),
        ("Saint-Avé", "", "saint ave"),
        ("L’Île-d’Arz", "", "l ile d arz"),
        ("' OR 1=1 --", "", "or 1 1"),
        ("💥", "", ""),
    ],
)
def test_a_code_is_told_from_a_name(written: str, code: str, name: str) -> None:
    assert read_one(written) == (code, name)


def test_whatever_way_they_are_named_each_is_kept_once_by_its_code() -> None:
    written = ("crach", "215600461", "Crach (56046)", "56007")
    assert settle(written, ALL) == ("56007", "56046")


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("99999", "unknown"),
        ("Nulle-Part", "unknown"),
        ("💥", "unknown"),
        ("29019", "not_below"),
        ("200043123", "itself"),
    ],
)
def test_nobody_else_can_be_named(written: str, fault: str) -> None:
    with pytest.raises(Refusal) as caught:
        settle(("56046", written), ALL)
    assert (caught.value.fault, caught.value.given) == (fault, written)


def test_a_homonym_is_asked_about() -> None:
    twins = [row("crach", "56046", "1"), row("crach", "56999", "2")]
    with pytest.raises(Refusal) as caught:
        settle(("Crach",), [OWNER, *twins])
    assert caught.value.choices == ("crach (56046)", "crach (56999)")
    assert settle(("56999",), [OWNER, *twins]) == ("56999",)


def test_a_commune_publishes_for_itself_only() -> None:
    commune = {**CRACH, "itself": True, "owner_kind": "commune"}
    with pytest.raises(Refusal) as caught:
        settle(("56007",), [commune, {**AURAY, "owner_kind": "commune"}])
    assert caught.value.fault == "commune"


@pytest.mark.parametrize("stored", ['["56007", "56046"]', ["56007", "56046"]])
def test_the_search_engine_is_given_the_codes_one_by_one(stored: Any) -> None:
    text = stored if isinstance(stored, str) else " ".join(stored)
    dataset = {"id": "x", "on_behalf_of": stored, "extras_on_behalf_of": text}
    indexed = index_values(dataset)
    assert indexed == {"id": "x", INDEX_FIELD: ["56007", "56046"]}


def test_a_dataset_of_its_owner_alone_is_indexed_as_it_is() -> None:
    assert index_values({"id": "x"}) == {"id": "x"}
    assert index_values({"id": "x", "on_behalf_of": "[1.5]"}) == {"id": "x"}


def test_the_owner_must_be_in_the_territory() -> None:
    with pytest.raises(Refusal) as caught:
        settle(("56046",), [CRACH])
    assert caught.value.fault == "no_owner"
