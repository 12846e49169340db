"""A corrected copy of a table: its cells, its headers, and what changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import polars as pl

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
    :ivar published: columns of the file published beyond the schema's: check the
        copy against :func:`table_schema.extend_schema` of them
    """

    table: Table
    mapping: Mapping[str, str]
    changes: tuple[Change, ...]
    counts: Mapping[str, int]
    withdrawn: tuple[int, ...] = ()
    published: tuple[str, ...] = ()


def rebuild(
    table: Table,
    report: Report,
    frame: pl.DataFrame,
    headers: tuple[str, ...],
    changes: Iterable[Change],
    counts: Mapping[str, int],
    filled: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Corrected:
    """Return the corrected copy of a table.

    :param frame: its cells, under the table's own column names
    :param headers: its headers, in the same order
    :param filled: columns that the table lacked, by field: the value of every row
    :param labels: what an agent calls those, by field
    """
    added, labels = dict(filled or {}), labels or {}
    names = make_names_unique((*headers, *added))
    # Under its new header, a column is still called as in the file that was sent.
    titles = {
        name: table.title_of(old)
        for old, name, header in zip(table.names, names, headers, strict=False)
        if table.title_of(old) != header
    }
    mapping = {
        names[position]: report.mapping[old]
        for position, old in enumerate(table.names)
        if old in report.mapping
    }
    frame = frame.rename(dict(zip(table.names, names, strict=False)))
    for name, (target, value) in zip(names[len(headers) :], added.items(), strict=True):
        frame = frame.with_columns(pl.lit(value).alias(name))
        mapping[name] = target
        titles[name] = labels.get(target, "")
    every = [*changes]
    every += [
        Change(table.source.header_row, target, "", value)
        for target, value in added.items()
    ]
    copy = replace(
        table,
        frame=frame,
        headers=(*headers, *added),
        notes=tuple(note for note in table.notes if note.severity != "done"),
        titles=titles,
    )
    return Corrected(copy, mapping, tuple(every), dict(counts))


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
