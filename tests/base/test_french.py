"""French spaces, numbers, dates and slugs."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.odlocale.base.french import (
    format_date,
    format_number,
    french_spaces,
    slugify,
)

# In the tables, ~ is a no-break space and _ a narrow one.
SPACES = {
    "a question": ("Le remplacer?", "Le remplacer_?"),
    "a question already spaced": ("Le remplacer ?", "Le remplacer_?"),
    "a no-break space already there": ("Le remplacer~?", "Le remplacer~?"),
    "an exclamation": ("Bravo!", "Bravo_!"),
    "several marks": ("Vraiment?!", "Vraiment_?!"),
    "a colon": ("Reconnu: budget", "Reconnu~: budget"),
    "a colon at the end": ("Voici :", "Voici~:"),
    "a semicolon": ("un; deux", "un_; deux"),
    "guillemets": ("la colonne «Nom»", "la colonne «~Nom~»"),
    "guillemets already spaced": ("« Nom »", "«~Nom~»"),
    "a question in guillemets": ("«Prêt?»", "«~Prêt_?~»"),
    "a mark after guillemets": ("Voir «Nom»?", "Voir «~Nom~»_?"),
    "a mark in brackets": ("(prêt?)", "(prêt_?)"),
    "a percentage": ("50 % et 3 €", "50~% et 3~€"),
    "a time": ("à 14:30", "à 14:30"),
    "an address": ("https://a.fr/b?c=1;d", "https://a.fr/b?c=1;d"),
    "a Windows path": ("C:\\Budget", "C:\\Budget"),
    "an emoticon code": ("a::b", "a::b"),
    "an entity": ("Houat &amp; Hoëdic", "Houat &amp; Hoëdic"),
    "an entity of a number": ("l&#39; eau", "l&#39; eau"),
    "a tag": ('<a style="color: red; x: y">Prêt?</a>', None),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("typed", "expected"), SPACES.values(), ids=SPACES)
def test_spaces_are_those_french_wants(typed: str, expected: str | None) -> None:
    if expected is None:
        expected = typed.replace("?</a>", "_?</a>")
    typed, expected = (
        text.replace("~", "\u00a0").replace("_", "\u202f") for text in (typed, expected)
    )
    assert french_spaces(typed) == expected


@given(st.text(alphabet="aé1 :;?!«»<>&\u00a0\u202f\n().%", max_size=30))
def test_spacing_twice_changes_nothing_more(text: str) -> None:
    once = french_spaces(text)
    assert french_spaces(once) == once


@given(st.text(alphabet="aé1 :;?!«»<>&\u00a0\u202f\n().%", max_size=30))
def test_spacing_changes_only_spaces(text: str) -> None:
    def without_spaces(value: str) -> str:
        return re.sub(r"[ \u00a0\u202f]", "", value)

    assert without_spaces(french_spaces(text)) == without_spaces(text)


NUMBERS = {
    "zero": (0, None, "0"),
    "three figures": (999, None, "999"),
    "four figures": (1000, None, "1_000"),
    "seven figures": (1234567, None, "1_234_567"),
    "negative": (-12345, None, "-12_345"),
    "a decimal": (1234.5, None, "1_234,5"),
    "no trailing zeros": (Decimal("12.50"), None, "12,5"),
    "a whole float": (12.0, None, "12"),
    "decimals asked": (12, 2, "12,00"),
    "rounded": (Decimal("0.125"), 1, "0,1"),
    "no decimals": (1234.6, 0, "1_235"),
    "a very small float": (1e-7, None, "0,0000001"),
    "a very large float": (1e21, None, "1_000_000_000_000_000_000_000"),
}


@pytest.mark.parametrize(
    ("value", "decimals", "written"), NUMBERS.values(), ids=NUMBERS
)
def test_numbers_are_written_as_french_does(
    value: float | Decimal, decimals: int | None, written: str
) -> None:
    assert format_number(value, decimals) == written.replace("_", "\u202f")


@pytest.mark.parametrize(
    ("day", "written"),
    [
        (datetime.date(2024, 4, 3), "3 avril 2024"),
        (datetime.date(2026, 8, 1), "1er août 2026"),
        (datetime.datetime(2025, 12, 31, 23, 59), "31 décembre 2025"),
        (datetime.date(2025, 2, 11), "11 février 2025"),
    ],
)
def test_dates_are_written_in_full(day: datetime.date, written: str) -> None:
    assert format_date(day) == written


SLUGS = {
    "Crac'h": "crac-h",
    "L’Île-d’Houat": "l-ile-d-houat",
    "Bœuf & Ægypte": "boeuf-aegypte",
    "ŒUVRE": "oeuvre",
    "Le  Roc-Saint-André": "le-roc-saint-andre",
    "Ÿ-l'Haÿ-les-Roses": "y-l-hay-les-roses",
    "CC  du Pays (2)": "cc-du-pays-2",
    "Budget « primitif » n°3": "budget-primitif-n-3",
    "---": "",
    "日本": "",
}


@pytest.mark.parametrize(("name", "slug"), SLUGS.items(), ids=SLUGS)
def test_names_become_slugs(name: str, slug: str) -> None:
    assert slugify(name) == slug


@given(st.text())
def test_a_slug_holds_only_what_an_address_may(name: str) -> None:
    slug = slugify(name)
    assert re.fullmatch(r"([a-z0-9]+(-[a-z0-9]+)*)?", slug)
    assert slugify(slug) == slug
