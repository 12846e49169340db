"""Applying corrections to a copy of a table, each one listed.

Nothing is stored in a report to be replayed: the cells are found again from the
table, as the check found them, and those of the groups that were accepted change.
The same table, schema and groups always give the same result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import polars as pl

from .analysis import find_cells
from .catalogue import TableSchema
from .report import Report
from .table import Table, make_names_unique


@dataclass(frozen=True)
class Change:
    """One cell changed; a header where ``row`` is the row of the headers.

    :ivar row: row in the file
    :ivar column: the field's name
    """

    row: int
    column: str
    before: str
    after: str


@dataclass(frozen=True)
class Corrected:
    """A corrected copy of a table.

    :ivar table: the copy; what reading had repaired is no longer noted on it
    :ivar mapping: column name to field name, to check the copy with
    :ivar changes: cells changed, by column then row
    :ivar counts: number of changes of each group applied, by group identifier
    :ivar withdrawn: rows of the file that the copy no longer has
    """

    table: Table
    mapping: Mapping[str, str]
    changes: tuple[Change, ...]
    counts: Mapping[str, int]
    withdrawn: tuple[int, ...] = ()


def apply_safe(table: Table, schema: TableSchema, report: Report) -> Corrected:
    """Apply every safe correction of a report."""
    return apply(table, schema, [group.id for group in report.safe], report)


def apply(
    table: Table, schema: TableSchema, groups: Iterable[str], report: Report
) -> Corrected:
    """Apply the corrections of some groups.

    :param groups: identifiers of groups of the report that carry a correction
    :param report: the report of this very table
    :raises KeyError: where the report has no such group
    :raises ValueError: where a group has no correction
    """
    wanted = set(groups)
    for group_id in wanted:
        if report.group(group_id).correction is None:
            raise ValueError(f"no correction in group {group_id}")
    frame = table.frame
    changes: list[Change] = []
    counts: Counter[str] = Counter()
    for column in find_cells(table, schema, report.mapping):
        cells = column.cells.filter(
            pl.col("cause").is_in(sorted(wanted)) & pl.col("after").is_not_null()
        )
        if not cells.height:
            continue
        changed = frame[column.name].scatter(cells["index"], cells["after"])
        frame = frame.with_columns(changed)
        counts.update(cells["cause"])
        rows = table.row_numbers.gather(cells["index"])
        changes += [
            Change(row, column.field, before, after)
            for row, before, after in zip(
                rows, cells["before"], cells["after"], strict=True
            )
        ]
    headers, renamed = rename_headers(table, report, wanted)
    changes += renamed
    counts.update(
        group.id
        for group in report.groups
        if group.id in wanted and group.code == "column.renamed"
    )
    return rebuild(table, report, frame, headers, changes, counts)


def rebuild(
    table: Table,
    report: Report,
    frame: pl.DataFrame,
    headers: tuple[str, ...],
    changes: Iterable[Change],
    counts: Mapping[str, int],
) -> Corrected:
    """Return the corrected copy of a table.

    :param frame: its cells, under the table's own column names
    :param headers: its headers, in the same order
    """
    names = make_names_unique(headers)
    mapping = {
        names[position]: report.mapping[old]
        for position, old in enumerate(table.names)
        if old in report.mapping
    }
    copy = replace(
        table,
        frame=frame.rename(dict(zip(table.names, names, strict=True))),
        headers=headers,
        notes=tuple(note for note in table.notes if note.severity != "done"),
    )
    return Corrected(copy, mapping, tuple(changes), dict(counts))


def rename_headers(
    table: Table, report: Report, wanted: set[str]
) -> tuple[tuple[str, ...], list[Change]]:
    """Return the headers, those of the accepted groups under their field's name."""
    targets = {
        str(group.params["name"]): str(group.column)
        for group in report.groups
        if group.code == "column.renamed" and group.id in wanted
    }
    headers = tuple(
        targets.get(name, header)
        for name, header in zip(table.names, table.headers, strict=True)
    )
    changes = [
        Change(table.source.header_row, targets[name], header, targets[name])
        for name, header in zip(table.names, table.headers, strict=True)
        if name in targets
    ]
    return headers, changes
