"""Typed cells: nothing that PostgreSQL would refuse, and so refuse the whole file."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from ckanext.odlocale.scdl.table_schema import Field
from ckanext.odlocale.tables.cells import write_typed
from ckanext.odlocale.tables.columns import OWNER_COLUMNS, Column

OWNER = dict.fromkeys(OWNER_COLUMNS, "x")
KINDS = {
    "number": "numeric",
    "integer": "numeric",
    "year": "integer",
    "date": "date",
    "boolean": "boolean",
    "string": "text",
}


def typed(tmp_path: Path, kind: str, cell: str, table: str = "") -> str:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    with source.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([["autre", "c"], ["y", cell]])
    column = Column("c", KINDS[kind], Field("c", type=kind))
    types = {"c": table or KINDS[kind]}
    names = write_typed(source, target, [column], types, OWNER)
    assert names == [*OWNER_COLUMNS, "c"]
    with target.open(newline="", encoding="utf-8") as made:
        (row,) = csv.reader(made)
    assert row[: len(OWNER)] == ["x"] * len(OWNER)
    return row[-1]


@pytest.mark.parametrize(
    ("kind", "cell", "expected"),
    [
        ("number", "100.00", "100.00"),
        ("number", " -1e3 ", "-1e3"),
        ("number", "12,5", ""),
        ("number", "NaN", ""),
        ("number", "1e100000", ""),
        ("number", "9" * 300, ""),
        ("number", "１２", ""),
        ("integer", "99999999999999999999", "99999999999999999999"),
        ("integer", "1.5", ""),
        ("year", "2022", "2022"),
        ("year", "20222", ""),
        ("date", "2024-02-29", "2024-02-29"),
        ("date", "2023-02-29", ""),
        ("date", "0000-01-01", ""),
        ("date", "99999-01-01", ""),
        ("boolean", "true", "true"),
        ("boolean", "0", "false"),
        ("boolean", "oui", ""),
        ("string", 'il dit "non",\nou oui', 'il dit "non",\nou oui'),
        ("string", "a\x00b", "ab"),
        ("string", "\\N", "\\N"),
        ("string", "\\.", "\\."),
    ],
)
def test_a_cell(tmp_path: Path, kind: str, cell: str, expected: str) -> None:
    assert typed(tmp_path, kind, cell) == expected


def test_a_widened_column_takes_any_text(tmp_path: Path) -> None:
    assert typed(tmp_path, "date", "vers 2020", table="text") == "vers 2020"
