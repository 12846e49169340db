"""An ATD's colour is always read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.odlocale.territory.colours import (
    READABLE,
    contrast,
    is_readable,
    nearest_readable,
    parse_colour,
    stylesheet,
)

CSS = Path(__file__).resolve().parents[2] / "ckanext/odlocale/assets/odlocale.css"
LIGHT = ("muted", "warm", "blocks-soft", "confirm-soft")
colours = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("#005d7a", "#005d7a"),
        ("005D7A", "#005d7a"),
        ("  #ABC ", "#aabbcc"),
        ("f00", "#ff0000"),
    ],
)
def test_a_colour_is_read_as_people_write_it(text: str, colour: str) -> None:
    assert parse_colour(text) == colour


@pytest.mark.parametrize(
    "text",
    [
        *("", "#", "bleu", "rgb(0,0,0)", "#12345", "#1234567", "#00ff0g", "##fff"),
        *("#fff;}body{display:none", "#ﬀﬀﬀ", "#١٢٣", "url(x)", "\0#fff", "#f f f"),
    ],
)
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a colour"):
        parse_colour(text)


@pytest.mark.parametrize(
    ("colour", "ratio"),
    [("#000000", 21), ("#ffffff", 1), ("#767676", 4.54), ("#005d7a", 7.4)],
)
def test_contrast_is_the_published_one(colour: str, ratio: float) -> None:
    assert contrast(colour, "#ffffff") == pytest.approx(ratio, abs=0.06)


def test_the_limit_is_four_and_a_half() -> None:
    assert is_readable("#767676")
    assert not is_readable("#777777")
    assert nearest_readable("#777777") == "#767676"


@given(colours)
def test_the_colour_proposed_is_allowed_and_no_darker_than_needed(colour: str) -> None:
    proposed = nearest_readable(colour)
    assert is_readable(proposed)
    if is_readable(colour):
        assert proposed == colour
    else:
        assert contrast(proposed, "#ffffff") < READABLE + 0.25


@given(colours)
def test_a_stylesheet_is_read_on_every_background_of_the_portal(colour: str) -> None:
    roles = dict(
        re.findall(r"--odlocale-([a-z-]+): (#[0-9a-f]{3,6});", CSS.read_text())
    )
    written = dict(
        re.findall(r"--odlocale-([a-z-]+): (#[0-9a-f]{6});", stylesheet(colour))
    )
    assert set(written) == {"action", "action-strong", "action-soft"}
    for background in LIGHT:
        assert contrast(written["action"], roles[background]) >= READABLE
    assert contrast(written["action"], "#ffffff") >= READABLE
    assert contrast(written["action-strong"], written["action-soft"]) >= READABLE


def test_a_dark_colour_is_served_as_it_was_chosen() -> None:
    assert "--odlocale-action: #7a1f5c;" in stylesheet("#7a1f5c")


def test_a_stylesheet_prevails_over_the_portal_s_own_wherever_it_is_loaded() -> None:
    """``:root`` counts as one class; ``html:root`` as one class and one element."""
    assert stylesheet("#7a1f5c").startswith("html:root {")
    assert re.search(r"^:root \{", CSS.read_text(), re.MULTILINE)
