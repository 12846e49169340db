"""A page of rows: whatever an address holds, and as French readers write values."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.odlocale.tables.preview import MAX_PAGE, PAGE_ROWS, Asked, show_rows

FIELDS = [
    {"id": "_id", "type": "int"},
    {"id": "org", "type": "text"},
    {"id": "org_name", "type": "text"},
    {"id": "montant", "type": "numeric", "info": {"label": "Montant"}},
    {"id": "jour", "type": "date"},
    {"id": "oui", "type": "bool"},
]


def show(asked: Asked, total: int = 1, *, owners: bool = False, **row: Any) -> Any:
    found = {"total": total, "records": [row]}
    return show_rows(asked, FIELDS[1:], found, owners=owners, _=lambda text: text)


@pytest.mark.parametrize(
    ("text", "page"),
    [("", 1), ("3", 3), ("0", 1), ("-1", 1), ("٣", 1), ("9" * 30, MAX_PAGE)],
)
def test_a_page_is_a_number_within_bounds(text: str, page: int) -> None:
    assert Asked.from_query({"page": text}).page == page


def test_an_order_is_a_column_or_none() -> None:
    asked = Asked.from_query({"tri": 'x" desc; --', "sens": "desc"})
    assert "sort" not in asked.to_search(["montant"])
    sorted_ = Asked.from_query({"tri": "montant", "sens": "desc"})
    assert sorted_.to_search(["montant"])["sort"].startswith('"montant" desc')


def test_an_address_says_what_is_shown_and_nothing_more() -> None:
    asked = Asked.from_query({"mots": " eau & gaz ", "page": "2"})
    assert asked.to_query() == "?mots=eau+%26+gaz&page=2#lignes"
    assert Asked().to_query() == "?#lignes"


def test_values_are_written_as_french_reads_them() -> None:
    page = show(Asked(), montant=1234.5, jour="2026-03-01", oui=False)
    assert page["rows"] == [["1\u202f234,5", "1er mars 2026", "No"]]
    assert show(Asked(), montant=2022)["rows"] == [["2022", "", ""]]


def test_whose_a_row_is_matters_among_several() -> None:
    names = [one.name for one in show(Asked(), owners=True)["headings"]]
    assert names == ["org_name", "montant", "jour", "oui"]


def test_a_heading_sorts_then_turns_round() -> None:
    first = show(Asked())["headings"][0]
    assert (first.sorted, first.number, first.label) == ("none", True, "Montant")
    assert "tri=montant" in first.href
    again = show(Asked(sort="montant", page=4))["headings"][0]
    assert again.sorted == "ascending"
    assert "sens=desc" in again.href
    assert "page" not in again.href


def test_pages_follow_each_other() -> None:
    page = show(Asked(page=2), total=PAGE_ROWS * 3)
    assert page["pages"] == 3
    assert page["former"] == "?#lignes"
    assert page["next"] == "?page=3#lignes"
    last = show(Asked(page=9), total=PAGE_ROWS * 3)
    assert (last["page"], last["next"]) == (3, None)


def test_a_row_says_its_line_of_the_file_whose_titles_are_the_first() -> None:
    found = {"total": 2, "records": [{"_id": 70}, {"_id": 12}]}
    page = show_rows(
        Asked(), FIELDS[1:], found, owners=False, _=lambda text: text, places={70: 3}
    )
    assert page["lines"] == [4, None]
