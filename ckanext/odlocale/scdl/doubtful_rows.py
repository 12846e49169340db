"""Rows that are probably not data: a total at the bottom, the same line twice.

Nobody but the agent knows: each is asked about, none is left out without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import polars as pl

from .grouping import group_cells
from .report import FindingGroup
from .table import Table
from .table_schema import TableSchema
from .words import fold

#: «Total», «TOTAUX», «Sous-total 2024», «Total général des subventions»…
_TOTAL = re.compile(r"(?:sous )?tota(?:l|ux)(?: .{0,40})?")
_TOTAL_WORD = ("total", "Total", "TOTAL", "totaux", "Totaux", "TOTAUX")


def is_sparse(columns: Iterable[str]) -> pl.Expr:
    """Return whether a row fills half, at most, of what rows usually fill."""
    filled = pl.sum_horizontal(
        [(pl.col(name) != "").cast(pl.UInt32) for name in columns]
    )
    return filled * 2 <= filled.median()


def find_totals(
    table: Table, chosen: Mapping[str, str], view: pl.DataFrame
) -> Iterator[FindingGroup]:
    """Yield the rows that add up others: one says «total», and fills few columns.

    A total fills half, at most, of the columns that its neighbours fill:
    an association called «Total Danse» has a SIRET, an amount and a date.

    :param chosen: column name to field name
    :param view: the fields' values
    """
    if table.frame.width < 2 or view.height < 2:
        return
    sparse = view.select(is_sparse(view.columns).alias("s"))["s"].arg_true()
    lines = table.frame[sparse]
    worded = lines.select(
        pl.any_horizontal(pl.all().str.contains_any(list(_TOTAL_WORD))).alias("said")
    )["said"]
    found = [
        (int(sparse[at]), label)
        for at in worded.arg_true()
        if (label := _label(lines.row(at))) is not None
    ]
    if not found:
        return
    index = pl.Series("index", [at for at, _ in found], dtype=pl.UInt32)
    first = next(iter(chosen), table.names[0])
    yield group_cells(
        table,
        "row.total",
        "confirm",
        name=first,
        field=chosen.get(first, first),
        index=index,
        before=pl.Series("before", [label for _, label in found], dtype=pl.String),
    )


def _label(row: tuple[str, ...]) -> str | None:
    """Return the cell that calls a row a total, if one does."""
    return next((cell for cell in row if cell and _TOTAL.fullmatch(fold(cell))), None)


def find_twice(
    table: Table, schema: TableSchema, chosen: Mapping[str, str], view: pl.DataFrame
) -> Iterator[FindingGroup]:
    """Yield the rows that repeat an earlier one, cell for cell.

    Only where the schema says that each row is one thing (a unique column, a primary
    key): two lines of a budget may well be alike.

    :param chosen: column name to field name
    :param view: the fields' values
    """
    keys = [one.name for one in schema.fields if one.unique]
    keys += [name for name in schema.primary_key if name not in keys]
    keys = [name for name in keys if name in view.columns]
    if not keys or not view.select(pl.struct(keys).is_duplicated().any()).item():
        return
    frame = table.frame
    again = frame.select(
        (pl.struct(pl.all()).is_first_distinct().not_()).alias("again")
    )["again"]
    blank = view.select(pl.all_horizontal(pl.col(keys) == "").alias("blank"))["blank"]
    index = (again & ~blank).arg_true()
    if not len(index):
        return
    names = {field: name for name, field in chosen.items()}
    yield group_cells(
        table,
        "row.twice",
        "confirm",
        name=names[keys[0]],
        field=keys[0],
        index=index,
        before=view[keys[0]].gather(index),
    )
