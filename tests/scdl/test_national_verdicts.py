"""The same cells refused as by the national validator, differences listed.

The verdicts were recorded with ``record_national_verdicts.py`` (Validata 0.12.5).
A difference that vanishes fails too: the list is what it says.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from ckanext.odlocale.scdl import checking
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.reading import read

FOLDER = Path(__file__).parents[1] / "data/scdl/national"
SLUGS = sorted(path.stem for path in FOLDER.glob("*.json"))

#: (finding code, value) that only this engine refuses, and why.
STRICTER = {
    ("required.empty", " "): "a required cell of spaces holds nothing",
    ("year.wrong", "+202"): "Python reads +202 as a number; nobody writes a year so",
    ("email.wrong", "é@b.fr"): "mail servers refuse accents; a typing error",
    ("number.wrong", "NaN"): "not an amount, and it would poison sums",
    ("number.wrong", "Infinity"): "not an amount, and it would poison sums",
    ("number.wrong", "1_000"): "Python's own notation, no spreadsheet reads it",
    ("siret.spaces", "215 600 461 00010"): "with spaces, no other file joins on it",
    ("columns.incomplete", "2017/2018"): "its neighbour is a cell of spaces",
}


def national_cells(slug: str) -> set[tuple[int, str]]:
    return {
        (row, name) for row, name in json.loads((FOLDER / f"{slug}.json").read_text())
    }


@pytest.fixture(scope="module")
def verdicts() -> dict[str, dict[tuple[int, str], str]]:
    """Cells refused by the engine, with the first code, by schema."""
    patch = pytest.MonkeyPatch()
    patch.setattr(checking, "MAX_ROWS", 10**6)
    found: dict[str, dict[tuple[int, str], str]] = {}
    for slug in SLUGS:
        report = check(read(FOLDER / f"{slug}.csv"), load_catalogue().get(slug))
        cells = found.setdefault(slug, {})
        for group in report.groups:
            if not group.national:
                continue
            names = [group.column]
            if group.code == "required.empty":
                names = group.params["columns"]
            for name in names:
                for row in group.rows:
                    cells.setdefault((row, str(name)), group.code)
    patch.undo()
    return found


def cell_values(slug: str) -> dict[int, dict[str, str]]:
    with (FOLDER / f"{slug}.csv").open(encoding="utf-8", newline="") as file:
        return dict(enumerate(csv.DictReader(file), start=2))


@pytest.mark.parametrize("slug", SLUGS)
def test_every_cell_the_national_validator_refuses_is_found(slug, verdicts):
    missed = national_cells(slug) - set(verdicts[slug])
    values = cell_values(slug)
    assert not {(row, name, values[row][name]) for row, name in missed}


@pytest.mark.parametrize("slug", SLUGS)
def test_cells_refused_beyond_the_national_validator_are_listed(slug, verdicts):
    values = cell_values(slug)
    beyond = {
        (code, values[row][name])
        for (row, name), code in verdicts[slug].items()
        if (row, name) not in national_cells(slug)
    }
    assert beyond <= set(STRICTER)


def test_each_listed_difference_still_exists(verdicts):
    beyond = {
        (code, cell_values(slug)[row][name])
        for slug in SLUGS
        for (row, name), code in verdicts[slug].items()
        if (row, name) not in national_cells(slug)
    }
    assert set(STRICTER) <= beyond
