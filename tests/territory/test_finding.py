"""From what was typed to one page."""

from __future__ import annotations

import pytest

from ckanext.odlocale.territory.finding import only_one

AURAY, OTHER, TWIN = (
    {"name": "Auray"},
    {"name": "Sainte-Anne-d'Auray"},
    {"name": "auray"},
)


@pytest.mark.parametrize(
    ("text", "count", "results", "found"),
    [
        ("aur", 1, [AURAY], AURAY),
        ("56950", 1, [AURAY], AURAY),
        ("AURAY", 2, [AURAY, OTHER], AURAY),
        ("aur", 2, [AURAY, OTHER], None),
        ("auray", 3, [AURAY, TWIN, OTHER], None),
        ("56400", 2, [AURAY, OTHER], None),
        ("x", 0, [], None),
        ("", 1, [AURAY], None),
        ("  ", 1, [AURAY], None),
        ("!!", 2, [AURAY, OTHER], None),
    ],
)
def test_one_page_is_found_or_the_visitor_chooses(text, count, results, found) -> None:
    assert only_one(text, count, results) is found
