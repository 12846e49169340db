"""A workbook made to harm is refused soon, in little memory, away from the server."""

from __future__ import annotations

import io
import subprocess
import threading
import time
import zipfile

import pytest

from ckanext.odlocale.scdl import sheet_bounds, workbook
from ckanext.odlocale.scdl.messages import render_unreadable
from ckanext.odlocale.scdl.reading import read
from ckanext.odlocale.scdl.sheet_bounds import bound_workbook
from ckanext.odlocale.scdl.sheet_worker import MAX_SHEET_CELLS
from ckanext.odlocale.scdl.unreadable import Unreadable
from tests.scdl.samples import ods, xlsx

SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = "xl/worksheets/sheet1.xml"
CONTENT = "content.xml"
GENEROUS = 8

#: The archive of a small workbook, whose sheet the tests replace.
XLSX = xlsx([["a", "b"], [1, 2]])
ODS = ods([["a", "b"], [1, 2]])


def replace_member(data: bytes, name: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for member in source.namelist():
            target.writestr(member, content if member == name else source.read(member))
    return stream.getvalue()


def sheet(rows: str) -> bytes:
    text = f'<worksheet xmlns="{SPACE}"><sheetData>{rows}</sheetData></worksheet>'
    return replace_member(XLSX, SHEET, text.encode())


def document(rows: str) -> bytes:
    """Return an ODS of other rows."""
    with zipfile.ZipFile(io.BytesIO(ODS)) as archive:
        text = archive.read(CONTENT).decode()
    start, end = text.index("<table:table-row"), text.index("</table:table>")
    return replace_member(ODS, CONTENT, (text[:start] + rows + text[end:]).encode())


CELL = "<c><v>1</v></c>"
FAR = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576">{}</row>'
ODS_CELL = '<table:table-cell {} office:value-type="float" office:value="1"/>'
VALUE = ODS_CELL.format("")

HOSTILE = {
    "tags that never end": (sheet("<c " * 1_000_000), "damaged"),
    "tags of many names": (sheet("<c r " * 600_000), "damaged"),
    "one tag of 10 MB": (sheet("<c " + "a" * 10_000_000), "damaged"),
    "one tag of 10 MB of spaces": (sheet("<c r" + " " * 10_000_000), "damaged"),
    "cells that say no place": (
        sheet(f"<row>{CELL * 200_000}</row>" + f"<row>{CELL}</row>" * 30),
        "too_many_cells",
    ),
    "a far row of cells that say no place": (
        sheet(FAR.format(CELL * 16_000)),
        "too_many_cells",
    ),
    "two far cells": (
        sheet(FAR.format('<c r="XFD1048576"><v>1</v></c>')),
        "too_many_cells",
    ),
    "apostrophes and line ends": (
        sheet(FAR.format("<c s='1'\n r = 'XFD1048576'><v>1</v></c>")),
        "too_many_cells",
    ),
    "after a sign that ends no tag": (
        sheet(FAR.format('<c s=">" r="XFD1048576"><v>1</v></c>')),
        "too_many_cells",
    ),
    "small letters": (
        sheet(FAR.format('<c r="xfd1048576"><v>1</v></c>')),
        "too_many_cells",
    ),
    "a prefix": (
        sheet(FAR.format('<x:c r="XFD1048576"><v>1</v></x:c>')),
        "too_many_cells",
    ),
    "ODS rows that never end": (
        document("<table:table-row " * 300_000),
        "damaged",
    ),
    "ODS rows never closed": (
        document("<table:table-row>" * 300_000),
        "damaged",
    ),
    "ODS cells that never end": (
        document("<table:table-row>" + "<table:table-cell " * 300_000),
        "damaged",
    ),
    "an ODS cell repeated, in apostrophes": (
        document(
            "<table:table-row table:number-rows-repeated='1048576'>"
            + ODS_CELL.format("table:number-columns-repeated='16000'")
            + "</table:table-row>"
        ),
        "too_many_cells",
    ),
    "two far ODS cells": (
        document(
            f"<table:table-row>{VALUE}</table:table-row>"
            '<table:table-row table:number-rows-repeated="1000000"/>'
            '<table:table-row><table:table-cell table:number-columns-repeated="16000"/>'
            f"{VALUE}</table:table-row>"
        ),
        "too_many_cells",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_workbook_is_refused_soon(case):
    data, code = HOSTILE[case]
    started = time.perf_counter()
    with pytest.raises(Unreadable) as refusal:
        read(data)
    assert time.perf_counter() - started < GENEROUS
    assert refusal.value.code == code


def test_the_server_inflates_no_part_of_a_workbook(monkeypatch):
    monkeypatch.setattr(zipfile.ZipFile, "open", None)
    monkeypatch.setattr(zipfile.ZipFile, "read", None)
    assert read(XLSX).frame.rows() == [("1", "2")]
    assert read(ODS).frame.rows() == [("1", "2")]


def test_every_byte_is_looked_at_a_bounded_number_of_times(monkeypatch):
    seen = []

    class Counter(sheet_bounds._XlsxCounter):
        def count(self, piece):
            seen.append(len(piece))
            return super().count(piece)

    monkeypatch.setattr(sheet_bounds, "_XlsxCounter", Counter)
    for content in (b"<c " * 2_000_000, b"<c " + b"a" * 6_000_000, b" " * 6_000_000):
        seen.clear()
        data = replace_member(XLSX, SHEET, content)
        bound_workbook(data, "xlsx", MAX_SHEET_CELLS, 10_000_000)
        assert sum(seen) < 2 * len(content) + 100_000


COUNTED = {
    "cells that say their place": (
        sheet('<row r="1"><c r="A1"/><c r="T1"/></row><row r="9"><c r="A9"/></row>'),
        "xlsx",
        180,
    ),
    "cells that say none": (sheet(f"<row>{CELL * 20}</row>" * 9), "xlsx", 180),
    "cells that all say the same": (sheet('<row><c r="A1"/></row>' * 90), "xlsx", 90),
    "ODS cells": (
        document(f"<table:table-row>{VALUE * 20}</table:table-row>" * 9),
        "ods",
        180,
    ),
    "ODS cells repeated": (
        document(
            '<table:table-row table:number-rows-repeated="9">'
            + ODS_CELL.format('table:number-columns-repeated="20"')
            + "</table:table-row>"
        ),
        "ods",
        180,
    ),
}


@pytest.mark.parametrize("case", COUNTED)
def test_cells_are_counted_exactly(case):
    data, kind, cells = COUNTED[case]
    bound_workbook(data, kind, cells, 1_000_000)
    with pytest.raises(Unreadable, match="too_many_cells"):
        bound_workbook(data, kind, cells - 1, 1_000_000)


HARMLESS = {
    "a formatted last row": (
        sheet(
            '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>'
            '<row r="2"><c r="A2"><v>3</v></c></row><row r="1048576" ht="12"/>'
        )
    ),
    "blank ODS cells to the last column and row": (
        document(
            f"<table:table-row>{VALUE * 2}"
            '<table:table-cell table:number-columns-repeated="16382"/>'
            "</table:table-row>"
            f"<table:table-row>{VALUE * 2}</table:table-row>"
            '<table:table-row table:number-rows-repeated="1048574">'
            '<table:table-cell table:number-columns-repeated="16384"/>'
            "</table:table-row>"
        )
    ),
}


@pytest.mark.parametrize("case", HARMLESS)
def test_blank_space_around_a_table_is_harmless(case):
    table = read(HARMLESS[case])
    assert (table.frame.width, table.frame.height) == (2, 1)


def test_a_cell_cut_between_two_pieces_is_counted(monkeypatch):
    data = sheet(FAR.format('<c r="XFD1048576"><v>1</v></c>'))
    for piece in range(40, 90):
        monkeypatch.setattr(sheet_bounds, "_PIECE", piece)
        with pytest.raises(Unreadable, match="too_many_cells"):
            bound_workbook(data, "xlsx", MAX_SHEET_CELLS, 1_000_000)


def forge_sizes(data: bytes, size: int) -> bytes:
    """Return the archive with every member declaring a size in its directory."""
    forged = bytearray(data)
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        forged[at + 24 : at + 28] = size.to_bytes(4, "little")
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(forged)


def test_a_table_whose_archive_lies_about_its_size_is_not_inflated_whole():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"a,b\n" + b"1,2\n" * 1_000_000)
    with pytest.raises(Unreadable, match="damaged"):
        read(forge_sizes(stream.getvalue(), 100))


def test_an_archive_that_python_would_inflate_without_a_bound_is_refused():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a.csv", b"a,b\n1,2\n")
    with pytest.raises(Unreadable, match="damaged"):
        read(stream.getvalue())


def test_an_archive_of_very_many_files_is_refused_before_it_is_listed(monkeypatch):
    monkeypatch.setattr(workbook, "MAX_MEMBERS", 3)
    with pytest.raises(Unreadable, match="zip_bomb"):
        read(XLSX)


def test_a_workbook_that_takes_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(workbook, "MAX_SECONDS", 0.001)
    with pytest.raises(Unreadable, match="too_many_cells"):
        read(XLSX)


def test_two_workbooks_are_read_at_a_time_and_others_are_told_to_wait(monkeypatch):
    release, running = threading.Event(), threading.Semaphore(0)
    real = subprocess.run

    def slow(*args, **kwargs):
        running.release()
        assert release.wait(GENEROUS)
        return real(*args, **kwargs)

    monkeypatch.setattr(workbook.subprocess, "run", slow)
    monkeypatch.setattr(workbook, "MAX_WAIT", 0.05)
    threads = [threading.Thread(target=read, args=(XLSX,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert running.acquire(timeout=GENEROUS)
    with pytest.raises(Unreadable) as refusal:
        read(XLSX)
    assert refusal.value.code == "busy"
    assert render_unreadable(refusal.value).remedy
    release.set()
    for thread in threads:
        thread.join(GENEROUS)
    assert read(XLSX).frame.height == 1
