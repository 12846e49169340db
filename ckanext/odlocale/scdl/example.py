"""Rows that show what a conforming file looks like: they check without a finding."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from functools import lru_cache

import polars as pl

from .checking import check
from .report import FindingGroup
from .sample_values import sample_value, vary
from .table import Source, Table
from .table_schema import TableSchema

#: How many times columns that contradict one another are emptied, then checked again.
_PASSES = 4

#: Types of the columns in which one row seldom has the value of another.
_VARIED = frozenset(("date", "integer", "number"))

Row = Mapping[str, str]


def example_csv(schema: TableSchema) -> bytes:
    """Return the example of a schema as a CSV file: UTF-8, commas, line feeds.

    That is the published form of a file of this schema, all its columns included. No
    cell is one that a spreadsheet would compute.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    names = [field.name for field in schema.fields]
    writer.writerow(names)
    writer.writerows([row[name] for name in names] for row in example_rows(schema))
    return stream.getvalue().encode()


@lru_cache(maxsize=64)
def example_rows(schema: TableSchema) -> tuple[Row, ...]:
    """Return two rows at most: one that is complete, one that says the least it may.

    Cells are texts by field name, empty where nothing is shown. The second row is left
    out where no value of ours would tell it from the first.
    """
    values = {field.name: sample_value(schema, field) for field in schema.fields}
    _add_up(schema, values)
    first = _settle(schema, values)
    for varied in (_VARIED, frozenset[str]()):
        second = _shorten(schema, first, varied)
        told = any(second.values()) and second != first
        if told and not _find(schema, (first, second)):
            return (first, second)
    return (first,) if any(first.values()) else ()


def _settle(schema: TableSchema, values: dict[str, str]) -> Row:
    """Empty the columns that contradict others, where they may be empty."""
    for _ in range(_PASSES):
        blamed = {
            name
            for group in _find(schema, [values])
            for name in _columns_of(group)
            if name in values and values[name] and not schema.field(name).required
        }
        if not blamed:
            break
        values = {name: "" if name in blamed else one for name, one in values.items()}
    return values


def _shorten(schema: TableSchema, first: Row, varied: frozenset[str]) -> Row:
    """Return a row of the required columns, and of those that they call for.

    :param varied: types of the columns whose value differs from the first row's,
        besides those that tell rows from one another
    """
    distinct = {field.name for field in schema.fields if field.unique}
    distinct.update(schema.primary_key)
    kept = {field.name for field in schema.required} | distinct
    for one in schema.checks:
        if one.name == "one-of-required" and not kept & set(one.columns):
            kept.update([name for name in one.columns if first.get(name)][:1])
        elif one.name == "cohesive-columns-value" and kept & set(one.columns):
            kept.update(one.columns)
    values = {name: one if name in kept else "" for name, one in first.items()}
    distinct |= {one.name for one in schema.fields if one.type in varied}
    for name in sorted(distinct & {one for one in values if values[one]}):
        other = vary(schema, schema.field(name), values[name])
        values[name] = other or values[name]
    return values


def _add_up(schema: TableSchema, values: dict[str, str]) -> None:
    """Make totals those of their parts, where all of them are whole numbers."""
    for one in schema.checks:
        if one.name != "sum-columns-value":
            continue
        total, *parts = one.columns
        if total in values and all(values.get(part, "").isdecimal() for part in parts):
            values[total] = str(sum(int(values[part]) for part in parts))


def _find(schema: TableSchema, rows: Sequence[Row]) -> tuple[FindingGroup, ...]:
    """Return what the check finds in such rows."""
    names = [field.name for field in schema.fields]
    table = Table(
        frame=pl.DataFrame(
            {name: [row[name] for row in rows] for name in names},
            schema=dict.fromkeys(names, pl.String),
        ),
        headers=tuple(names),
        row_numbers=pl.Series("row", range(2, 2 + len(rows)), dtype=pl.UInt32),
        source=Source(format="csv", size=0),
    )
    return check(table, schema, mapping={name: name for name in names}).groups


def _columns_of(group: FindingGroup) -> Sequence[str]:
    columns = group.params.get("columns")
    if isinstance(columns, list):
        return [str(one) for one in columns]
    return [group.column] if group.column else []
