"""Rows that a schema forbids to repeat: unique columns, and primary keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import polars as pl

from .grouping import group_cells
from .report import FindingGroup
from .table import Table
from .table_schema import TableSchema
from .values import is_empty


def find_repeated(
    table: Table, schema: TableSchema, chosen: Mapping[str, str], view: pl.DataFrame
) -> Iterator[FindingGroup]:
    """Yield values that must be unique and are not, and keys that are not there.

    A primary key of one column is a column of unique values that is never empty; of
    several, no two rows have the same values in all of them.

    :param chosen: column name to field name
    :param view: the fields' values
    """
    key = tuple(name for name in schema.primary_key if name in view.columns)
    whole = key if key == schema.primary_key else ()
    for field in schema.fields:
        name = field.name
        if name in view.columns and (field.unique or whole == (name,)):
            yield from _find(table, chosen, view, (name,))
    if len(whole) > 1:
        yield from _find(table, chosen, view, whole)
    if whole and not any(schema.field(name).required for name in whole):
        yield from _find_absent(table, chosen, view, whole)


def _find(
    table: Table, chosen: Mapping[str, str], view: pl.DataFrame, names: tuple[str, ...]
) -> Iterator[FindingGroup]:
    filled = pl.any_horizontal(is_empty(pl.col(name)).not_() for name in names)
    value = pl.concat_str(names, separator=" / ")
    repeats = view.select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("index"),
        value.alias("value"),
        (filled & pl.struct(names).is_duplicated()).alias("repeated"),
    ).filter("repeated")
    if repeats.height:
        code = "unique.repeated" if len(names) == 1 else "key.repeated"
        yield _note(table, chosen, code, names, repeats["index"], repeats["value"])


def _find_absent(
    table: Table, chosen: Mapping[str, str], view: pl.DataFrame, names: tuple[str, ...]
) -> Iterator[FindingGroup]:
    absent = pl.all_horizontal(is_empty(pl.col(name)) for name in names)
    index = view.select(absent.alias("absent"))["absent"].arg_true()
    if len(index):
        yield _note(table, chosen, "key.empty", names, index, None)


def _note(
    table: Table,
    chosen: Mapping[str, str],
    code: str,
    names: tuple[str, ...],
    index: pl.Series,
    values: pl.Series | None,
) -> FindingGroup:
    columns = {field: name for name, field in chosen.items()}
    headers = [table.title_of(columns[name]) for name in names]
    group = group_cells(
        table,
        code,
        "know",
        name=columns[names[0]],
        field=names[0],
        index=index,
        before=values,
        key=",".join(names[1:]) or None,
        national=True,
        params={"titles": headers} if len(names) > 1 else {},
    )
    # The values of several columns are told together: no cell holds them.
    return replace(group, examples=()) if len(names) > 1 else group
