"""Whatever the bytes: a table or a refusal, never another error."""

from __future__ import annotations

import csv
import io
import string
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.odlocale.scdl import reading
from ckanext.odlocale.scdl.canonical import (
    canonical_csv,
    canonical_frame,
    publication_key,
)
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.converting import open_any
from ckanext.odlocale.scdl.correcting import apply_safe
from ckanext.odlocale.scdl.decision_refusals import DecisionRefused
from ckanext.odlocale.scdl.decisions import Decision, apply_decisions
from ckanext.odlocale.scdl.findings_csv import write_findings
from ckanext.odlocale.scdl.messages import render
from ckanext.odlocale.scdl.owners import Owner
from ckanext.odlocale.scdl.reading import read
from ckanext.odlocale.scdl.recognising import recognise
from ckanext.odlocale.scdl.report import Report
from ckanext.odlocale.scdl.table import Table
from ckanext.odlocale.scdl.table_schema import TableSchema
from ckanext.odlocale.scdl.unreadable import Unreadable
from tests.scdl.samples import xlsx
from tests.scdl.totem_documents import budget, document, line

RELAXED = settings(
    max_examples=60, deadline=None, suppress_health_check=list(HealthCheck)
)

NAMES = [field.name for schema in load_catalogue() for field in schema.fields]
CELLS = st.one_of(
    st.text(alphabet=string.printable + "éàœ€\u00a0\u202f’«\u0000\x85", max_size=20),
    st.sampled_from(["", " ", "45385", "1 234,5 €", "03/04/2024", '["lait"]', "=1+1"]),
)


def walk(data: bytes) -> None:
    """Do with the bytes all that the desk does."""
    try:
        table = read(data)
    except Unreadable:
        return
    assert table.frame.height == len(table.row_numbers)
    assert table.frame.width == len(table.headers)
    schemas = [one.schema for one in recognise(table, load_catalogue())[:1]]
    for schema in schemas or [load_catalogue().get("prenoms")]:
        report = check(table, schema, owner=Owner("215699901"))
        assert Report.from_dict(report.to_dict()).groups == report.groups
        for group in report.groups:
            assert render(group, "en").sentence
        corrected = apply_safe(table, schema, report)
        again = check(corrected.table, schema, mapping=corrected.mapping)
        applied = {group.id for group in report.safe}
        assert not applied & {group.id for group in again.groups}
        canonical_csv(corrected.table, schema, corrected.mapping)
        publication_key(
            canonical_frame(corrected.table, schema, corrected.mapping), schema
        )
        answer_everything(table, schema, report)
        written = io.StringIO()
        lines = write_findings(report, written)
        told = list(csv.reader(io.StringIO(written.getvalue(), newline="")))
        assert lines == len(told) - 1
        assert not [
            cell for line in told for cell in line if cell[:1] in "=+-@" and cell
        ]


def answer_everything(table: Table, schema: TableSchema, report: Report) -> None:
    """Give each answer that each group accepts, alone: done, or refused in words."""
    for group in report.groups:
        for option in group.options:
            value = "x" if option.needs_value else None
            answer = Decision(group.id, option.code, value=value)
            try:
                done = apply_decisions(table, schema, report, [answer])
            except DecisionRefused as refused:
                refused.say("en")
                continue
            left = table.frame.height - len(done.withdrawn)
            assert done.table.frame.height == len(done.table.row_numbers) == left
            if left:
                check(done.table, schema, mapping=done.mapping)


@RELAXED
@given(st.binary(max_size=400))
def test_random_bytes(data):
    walk(data)


@RELAXED
@given(
    st.lists(st.one_of(st.sampled_from(NAMES), CELLS), min_size=1, max_size=8),
    st.lists(st.lists(CELLS, max_size=9), max_size=8),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-16", "cp1252", "mac_roman"]),
)
def test_tables_written_badly(headers, rows, delimiter, end, encoding):
    lines = [delimiter.join(headers), *(delimiter.join(row) for row in rows)]
    walk(end.join(lines).encode(encoding, errors="replace"))


@settings(RELAXED, max_examples=15)  # a process each
@given(
    st.lists(
        st.lists(
            st.one_of(
                st.text(alphabet=string.ascii_letters + "éà \n", max_size=10),
                st.floats(),
                st.integers(-(10**20), 10**20),
                st.booleans(),
                st.dates(),
                st.none(),
            ),
            max_size=6,
        ),
        max_size=6,
    )
)
def test_workbooks(rows):
    safe = [[None if cell != cell else cell for cell in row] for row in rows]
    try:
        data = xlsx(safe)
    except (ValueError, OverflowError):
        return
    walk(data)


REAL = sorted((Path(__file__).parents[1] / "data/scdl").glob("*.csv"))
TOTEM = document(budget([line(), line()]))


@settings(RELAXED, max_examples=40)
@given(
    st.sampled_from([*(path.read_bytes() for path in REAL), TOTEM]),
    st.integers(0, 2**16),
    st.integers(0, 2**16),
    st.binary(max_size=12),
)
def test_real_files_cut_and_overwritten(data, start, length, put):
    start %= len(data)
    mutated = data[:start] + put + data[start + length % 400 :]
    try:
        opened = open_any(mutated, "export.xml")
    except Unreadable:
        return
    for group in opened.table.notes:
        assert render(group, "en").sentence
    walk(mutated)


@RELAXED
@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=12))
def test_no_row_is_dropped_without_a_word(rows):
    stream = io.StringIO()
    csv.writer(stream).writerows([["Un", "Deux", "Trois", "Quatre"], *rows])
    try:
        table = read(stream.getvalue().encode())
    except Unreadable:
        return
    noted = {
        int(row)
        for note in table.notes
        if note.code in ("row.blank", "header.found") and note.places is not None
        for row in note.places.rows
    }
    kept = set(table.row_numbers)
    assert not kept & noted
    first = table.source.header_row + 1
    assert kept | noted >= set(range(first, int(table.row_numbers[-1]) + 1))


@RELAXED
@given(st.text(alphabet='",;a é\n\r', min_size=1, max_size=60))
def test_the_fast_path_reads_as_the_csv_module_does(text):
    data = f'x,"y, z",é\n1,2,3\n{text}'.encode()
    with pytest.MonkeyPatch.context() as patch:
        fast = describe(data)
        patch.setattr(reading, "_split_plain", lambda *_: None)
        slow = describe(data)
    assert fast == slow


def describe(data: bytes) -> object:
    try:
        table = read(data)
    except Unreadable as error:
        return error.code
    return (
        table.headers,
        table.frame.rows(),
        table.row_numbers.to_list(),
        dict(table.overflow),
        [note.to_dict() for note in table.notes],
    )
