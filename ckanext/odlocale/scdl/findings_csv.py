"""Every row of every finding, streamed as CSV for a spreadsheet.

A report keeps the first rows of each group; this keeps none and writes them all.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import polars as pl

from .messages import render
from .report import Example, FindingGroup, Report

#: A cell that begins so is a formula for a spreadsheet: an apostrophe stops it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

#: Rows of a group taken at once, so that memory does not grow with the file.
_CHUNK = 10_000


class Writable(Protocol):
    """What text is written to: a file, a pipe, a buffer."""

    def write(self, text: str, /) -> object: ...


#: Titles of the columns, in a program's words.
HEADER = (
    "severity", "row", "letter", "header", "message", "remedy", "value", "correction",
    "code",
)  # fmt: skip


def write_findings(
    report: Report,
    out: Writable,
    *,
    header: Sequence[str] | None = HEADER,
    leading: tuple[str, ...] = (),
    severities: Mapping[str, str] | None = None,
    delimiter: str = ",",
    lang: str = "fr",
) -> int:
    """Write one line for each row of each group, and return how many there are.

    The sentence of a line is about that very row. A group about no row in particular
    has one line.

    :param report: as :func:`checking.check` returned it: one that was stored has lost
        its rows
    :param header: titles of the columns, in the order of :data:`HEADER`; none where
        lines are added to those of another report
    :param leading: cells that begin each line, such as the file's name
    :param severities: what each severity is called
    :raises ValueError: where the report was stored
    """
    names = dict(severities or {})
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    if header is not None:
        writer.writerow([disarm(title) for title in header])
    count = 0
    for group in report.groups:
        called = names.get(group.severity, group.severity)
        for one in iterate_rows(group):
            line = (*leading, *_line(one, called, lang))
            writer.writerow([disarm(cell) for cell in line])
            count += 1
    return count


def iterate_rows(group: FindingGroup) -> Iterator[FindingGroup]:
    """Yield a group as many groups of one row, or itself where it has none.

    :raises ValueError: where the group was stored, and no longer knows its rows
    """
    places = group.places
    if places is None:
        if len(group.rows) < group.count and group.rows:
            raise ValueError("a stored report no longer knows its rows")
        for row in group.rows:
            yield replace(group, count=1, rows=(row,))
        if not group.rows:
            yield group
        return
    for start in range(0, len(places.rows), _CHUNK):
        rows = places.rows.slice(start, _CHUNK).to_list()
        before = _texts(places.before, start, len(rows))
        after = _texts(places.after, start, len(rows))
        for row, old, new in zip(rows, before, after, strict=True):
            shown = () if old is None else (Example(row, old, new),)
            yield replace(
                group,
                count=1,
                rows=(row,),
                examples=shown,
                values=() if old is None else ((old, 1),),
            )


def _texts(series: pl.Series | None, start: int, length: int) -> list[str | None]:
    return [None] * length if series is None else series.slice(start, length).to_list()


def _line(one: FindingGroup, severity: str, lang: str) -> tuple[str, ...]:
    message = render(one, lang)
    example = one.examples[0] if one.examples else None
    return (
        severity,
        str(one.rows[0]) if one.rows else "",
        one.excel_column or "",
        one.header or one.column or "",
        message.sentence,
        message.remedy,
        example.before if example else "",
        (example.after or "") if example else "",
        one.code,
    )


def disarm(cell: str) -> str:
    """Return a cell that no spreadsheet runs.

    >>> disarm("=1+1"), disarm("-3.1")
    ("'=1+1", "'-3.1")
    """
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
