"""What other sites show: colours that are read, texts that are never obeyed."""

from __future__ import annotations

import datetime
import json
import re
import uuid
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.odlocale.reuse.embeds import (
    ATOM,
    BACKGROUND,
    FRESH,
    LINK,
    STALE,
    TEXT,
    Entry,
    File,
    Item,
    Theme,
    build_atom,
    build_badge,
    build_script,
    write_lines,
)
from ckanext.odlocale.territory.colours import READABLE, contrast

HOSTILE = "</script><img src=x onerror=alert(1)> & \" ' \u2028 ]]>"
UTC = datetime.timezone.utc
#: What is asserted is colours, not time: a busy machine is no failure.
untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

THEMES = {
    "nothing asked": ({}, Theme()),
    "colours that are read": (
        {"texte": "222222", "fond": "fff", "lien": "#00408b"},
        Theme("#222222", "#ffffff", "#00408b"),
    ),
    "text lost on its background": (
        {"texte": "eee", "fond": "fff"},
        Theme("#000000", "#ffffff", LINK),
    ),
    "a dark background alone": (
        {"fond": "000"},
        Theme("#ffffff", "#000000", "#ffffff"),
    ),
    "no colours": (
        {"texte": "red;}body{x", "fond": "url(//x)", "lien": "é"},
        Theme(TEXT, BACKGROUND, LINK),
    ),
}


@pytest.mark.parametrize(("asked", "theme"), THEMES.values(), ids=THEMES)
def test_colours_are_kept_only_where_they_are_read(
    asked: dict[str, str], theme: Theme
) -> None:
    assert Theme.read(asked) == theme


@untimed
@given(st.fixed_dictionaries(dict.fromkeys(("texte", "fond", "lien"), st.text())))
def test_no_address_makes_a_block_that_cannot_be_read(asked: dict[str, str]) -> None:
    theme = Theme.read(asked)
    assert contrast(theme.text, theme.background) >= READABLE
    assert contrast(theme.link, theme.background) >= READABLE
    assert re.fullmatch(r"[^<>@]*", theme.style())


@untimed
@given(*[st.from_regex(r"[0-9a-f]{6}", fullmatch=True)] * 3)
def test_any_three_colours_are_read(text: str, ground: str, link: str) -> None:
    theme = Theme.read({"texte": text, "fond": ground, "lien": link})
    assert theme.background == f"#{ground}"
    assert contrast(theme.text, theme.background) >= READABLE
    assert contrast(theme.link, theme.background) >= READABLE


def test_a_script_holds_texts_and_no_html() -> None:
    items = [
        Item(HOSTILE, "https://x.example/", HOSTILE, (File(HOSTILE, "https://y"),))
    ]
    written = build_script(HOSTILE, items, {"link": LINK})
    assert "<" not in written.partition("var script")[0]
    assert "innerHTML" not in written
    assert "cookie" not in written
    data = json.loads(re.search(r"var data = (.*);\n", written).group(1))  # type: ignore[union-attr]
    assert data["items"][0]["label"] == HOSTILE


def test_lines_to_copy_are_whole_whatever_the_name() -> None:
    at = dict.fromkeys(("block", "script", "badge"), "https://x.example/a")
    lines = write_lines(at, "fond=000&lien=fff", "https://x.example", HOSTILE)
    assert all(one.count("<script") <= 1 for one in lines.values())
    assert "<img src=x" not in lines["frame"]
    assert "?fond=000&amp;lien=fff" in lines["frame"]


@pytest.mark.parametrize(("fresh", "colour"), [(True, FRESH), (False, STALE)])
def test_a_badge_is_grey_when_stale_and_always_read(fresh: bool, colour: str) -> None:
    badge = build_badge("Données", HOSTILE, fresh, HOSTILE)
    root = ET.fromstring(badge)
    assert colour in badge
    assert contrast(colour, "#ffffff") >= READABLE
    title = root.find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert title.text == HOSTILE
    assert root.get("aria-label") == HOSTILE


def check_atom(body: bytes) -> ET.Element:
    """Hold a feed to what RFC 4287 requires; return its root.

    §4.1.1: one id, title, updated; an author, since entries have none. §4.1.2: the
    same of entries, with an alternate link where there is no content. §3.3: dates of
    RFC 3339. §4.2.6: identifiers are IRIs, each entry's its own.
    """
    root = ET.fromstring(body)
    assert root.tag == f"{{{ATOM}}}feed"

    def only(parent: ET.Element, name: str) -> str:
        (found,) = parent.findall(f"{{{ATOM}}}{name}")
        assert found.text
        return found.text

    def links(parent: ET.Element, rel: str) -> list[str]:
        found = parent.findall(f"{{{ATOM}}}link")
        return [str(one.get("href")) for one in found if one.get("rel") == rel]

    date = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
    entries = root.findall(f"{{{ATOM}}}entry")
    for one in (root, *entries):
        assert re.match(r"(https?|urn):", only(one, "id"))
        only(one, "title")
        assert date.fullmatch(only(one, "updated"))
        assert len(links(one, "alternate")) == 1
    assert links(root, "self") == [only(root, "id")]
    (author,) = root.findall(f"{{{ATOM}}}author")
    only(author, "name")
    ids = [only(one, "id") for one in entries]
    assert len(ids) == len(set(ids))
    updated = [only(one, "updated") for one in entries]
    assert not updated or max(updated) == only(root, "updated")
    return root


def entry(at: datetime.datetime) -> Entry:
    return Entry(str(uuid.uuid4()), HOSTILE, "https://x/a", "https://x/a.csv", at)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_feed_is_what_the_rfc_requires(count: int) -> None:
    start = datetime.datetime(2026, 3, 1, tzinfo=UTC)
    entries = [entry(start + datetime.timedelta(days=day)) for day in range(count)]
    made = build_atom("Crach", "Crach", "https://x/f.atom", "https://x", entries, start)
    root = check_atom(made)
    assert len(root.findall(f"{{{ATOM}}}entry")) == count


def test_the_same_releases_make_the_same_bytes() -> None:
    one = entry(datetime.datetime(2026, 3, 1, 12, tzinfo=UTC))
    asked = ("t", "a", "https://x/f", "https://x", [one], one.at)
    assert build_atom(*asked) == build_atom(*asked)
