"""A published file as a workbook that Excel reads well."""

from __future__ import annotations

import datetime
import io

import openpyxl
import pytest

from ckanext.odlocale.publishing import excel
from ckanext.odlocale.scdl.catalogue import load_catalogue

SUBVENTIONS = load_catalogue().get("subventions")


def read(content: bytes) -> list[tuple[object, ...]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [tuple(cell.value for cell in row) for row in book.active.iter_rows()]


def test_texts_numbers_and_dates_are_what_they_say() -> None:
    content = (
        b"nomAttribuant,idAttribuant,dateConvention,objet,montant\n"
        b"Crach,00560046100010,2024-03-28,=1+1,1000.5\n"
    )
    rows = read(excel.write_workbook(content, SUBVENTIONS, "Données"))
    assert rows[0][:2] == ("nomAttribuant", "idAttribuant")
    assert rows[1] == (
        "Crach", "00560046100010", datetime.datetime(2024, 3, 28), "=1+1", 1000.5,
    )  # fmt: skip


def test_what_starts_as_a_formula_is_a_text() -> None:
    content = b"objet\n=cmd|' /C calc'!A0\n"
    book = openpyxl.load_workbook(
        io.BytesIO(excel.write_workbook(content, SUBVENTIONS, "Données"))
    )
    assert book.active["A2"].data_type == "s"


def test_more_rows_than_a_sheet_holds_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(excel, "MAX_ROWS", 2)
    with pytest.raises(excel.TooLong):
        excel.write_workbook(b"objet\na\nb\n", SUBVENTIONS, "Données")
