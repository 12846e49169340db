"""Whatever the bytes: a table or a refusal, never another error."""

from __future__ import annotations

import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.odlocale.scdl import reading
from ckanext.odlocale.scdl.canonical import canonical_csv, publication_key
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.correcting import apply_safe
from ckanext.odlocale.scdl.messages import render
from ckanext.odlocale.scdl.owners import Owner
from ckanext.odlocale.scdl.reading import read
from ckanext.odlocale.scdl.recognising import recognise
from ckanext.odlocale.scdl.report import Report
from ckanext.odlocale.scdl.unreadable import Unreadable
from tests.scdl.samples import xlsx

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
        publication_key(corrected.table, schema, corrected.mapping)


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
