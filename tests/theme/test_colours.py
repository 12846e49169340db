"""The colour roles keep the contrasts that WCAG 2.2 AA asks for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = Path(__file__).resolve().parents[2] / "ckanext/odlocale/assets/odlocale.css"
ROLES = dict(re.findall(r"--odlocale-([a-z0-9-]+): (#[0-9a-f]{3,6});", CSS.read_text()))

# Success criteria: 1.4.3 for text, 1.4.11 for what bounds a control.
TEXT, BOUND = 4.5, 3.0


def luminance(colour: str) -> float:
    """Relative luminance of a #rgb or #rrggbb colour (WCAG 2.2, definitions)."""
    digits = colour.lstrip("#")
    digits = "".join(sign * 2 for sign in digits) if len(digits) == 3 else digits
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4
        for one in channels
    ]
    return sum(
        weight * one
        for weight, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True)
    )


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, from 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("foreground", "background", "at_least"),
    [
        ("text", "surface", TEXT),
        ("text", "muted", TEXT),
        ("text", "warm", TEXT),
        ("secondary", "surface", TEXT),
        ("secondary", "muted", TEXT),
        ("secondary", "warm", TEXT),
        ("action", "surface", TEXT),
        ("action", "muted", TEXT),
        ("action", "warm", TEXT),
        ("action-strong", "action-soft", TEXT),
        ("blocks", "blocks-soft", TEXT),
        ("blocks", "surface", TEXT),
        ("confirm", "confirm-soft", TEXT),
        ("done", "done-soft", TEXT),
        ("done", "surface", TEXT),
        ("person", "person-soft", TEXT),
        ("info", "info-soft", TEXT),
        ("action", "blocks-soft", TEXT),
        ("action", "confirm-soft", TEXT),
        ("field", "surface", BOUND),
        ("field", "muted", BOUND),
        ("focus", "surface", BOUND),
        ("focus", "focus-ring", BOUND),
        ("focus-ring", "text", BOUND),
    ],
)
def test_a_role_is_read_on_its_background(foreground, background, at_least) -> None:
    assert contrast(ROLES[foreground], ROLES[background]) >= at_least


def test_black_on_white_is_the_highest_contrast() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)


def test_the_state_s_colours_are_not_ours() -> None:
    """The French State reserves its blue and its red to itself (DSFR)."""
    assert not {"#000091", "#e1000f", "#6a6af4"} & {
        one.lower() for one in ROLES.values()
    }
