"""Looking for a name wherever a file may hold it."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from ckanext.odlocale.publishing.searching import file_holds, fold, holds, rows_holding
from ckanext.odlocale.scdl.typed import read_canonical

SOUGHT = fold("Élodie  LE GOFF")


def workbook(*cells: object) -> bytes:
    book = openpyxl.Workbook()
    book.active.append(list(cells))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def of_two_fonts() -> bytes:
    bold = TextBlock(InlineFont(b=True), "Élodie Le ")
    return workbook("a", CellRichText(bold, "Goff"))


def commented() -> bytes:
    book = openpyxl.Workbook()
    book.active["A1"] = "a"
    book.active["A1"].comment = openpyxl.comments.Comment("Élodie Le Goff", "moi")
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def zip_of(name: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return stream.getvalue()


NAMED = "Prénom;Nom\nÉlodie Le Goff;x\n"
FILES = {
    "UTF-8": NAMED.encode(),
    "Windows": NAMED.encode("cp1252"),
    "Macintosh": NAMED.encode("mac_roman"),
    "DOS": NAMED.encode("cp850"),
    "UTF-16": NAMED.encode("utf-16"),
    "UTF-16 at an odd place": b"\x01" + "Élodie Le Goff".encode("utf-16-le"),
    "letters apart from their accents": "E\u0301lodie\u00a0Le Goff".encode(),
    "workbook": workbook("a", "Élodie Le Goff"),
    "a cell of two fonts": of_two_fonts(),
    "a comment": commented(),
    "an entity": zip_of("content.xml", b"<p>&#201;lodie Le&#160;Goff</p>"),
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_a_name_is_found_however_it_is_written(content: bytes) -> None:
    assert file_holds(content, SOUGHT)
    assert not file_holds(content, fold("Maël Le Goff"))


def test_an_altered_workbook_is_no_failure() -> None:
    content = bytearray(workbook("Élodie Le Goff"))
    content[60:90] = b"\xff" * 30
    assert file_holds(bytes(content), fold("introuvable")) is False


def test_a_name_is_found_in_what_was_noted() -> None:
    noted = {"groups": [{"examples": [["a", "M. ÉLODIE LE GOFF"]]}], "n": 1, "x": None}
    assert holds(noted, SOUGHT)
    assert holds({"Elodie le goff": True}, SOUGHT)
    assert not holds({"a": 1, "b": None, "c": [True]}, SOUGHT)


def test_rows_are_told_apart_and_two_cells_do_not_make_a_name() -> None:
    rows = "A,B\nÉlodie,Le Goff\nx,élodie le goff\ny,\n"
    found = rows_holding(read_canonical(rows.encode()), SOUGHT)
    assert found.to_list() == [False, True, False]
