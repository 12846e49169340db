"""Years so far ahead that a figure must be wrong: 2202 for 2022.

The agent is asked, at once: a date that is written otherwise is not made conform with
a year that nobody meant.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import polars as pl

from .analysis import ColumnFindings, list_accepted
from .grouping import group_cells
from .report import FindingGroup
from .rules import compile_rules
from .table import Table
from .table_schema import Field, TableSchema
from .values import to_ordered

#: How far ahead a date may be: agreements and works run for years.
YEARS_AHEAD = 10
#: A year alone is that of a budget or of a count: next year's at most.
YEAR_AHEAD = 1
#: Years before are no years: a figure is missing.
FIRST_YEAR = 1000

_YEAR = re.compile(r"\b[0-9]{4}\b")
#: How a text that holds dates was read, where its type says nothing of them.
_READ_AS_DATES = frozenset({"date.french", "date.serial"})
#: Readings whose century is ours: another one was meant, not other figures.
_CENTURY_CHOSEN = frozenset({"date.short_year"})


@dataclass(frozen=True)
class Foreseen:
    """Cells of one column that are written otherwise and read as years to come.

    :ivar cells: index (position of the row in the frame), before, and how it is read
    :ivar national: whether the national validator refuses one of them
    """

    cells: pl.DataFrame
    national: bool


def latest_year(field: Field, today: datetime.date) -> int | None:
    """Return the last year that a field may well be about.

    :returns: nothing for a field that is about the future, as its bounds say
    """
    latest = today.year + (YEAR_AHEAD if field.type == "year" else YEARS_AHEAD)
    return None if (field.minimum or "")[:4] > str(latest) else latest


def is_coming(field: Field, column: pl.Expr, today: datetime.date) -> pl.Expr | None:
    """Return whether a year or a date is too far ahead.

    :returns: nothing for other columns, and for a schema that is about the future
    """
    if field.type not in ("year", "date", "datetime") or field.enum:
        return None
    latest = latest_year(field, today)
    return None if latest is None else _year_of(field, column) > latest


def _year_of(field: Field, column: pl.Expr) -> pl.Expr:
    ordered = to_ordered(field, column)
    if field.type == "date":
        return ordered.dt.year()
    if field.type == "datetime":
        ordered = ordered.str.slice(0, 4)
    return ordered.cast(pl.Int32)


def part_coming(
    columns: Iterable[ColumnFindings], schema: TableSchema, today: datetime.date
) -> tuple[tuple[ColumnFindings, ...], dict[str, Foreseen]]:
    """Part the cells at fault whose correction would be a year to come.

    :returns: the columns without them, and what was parted, by field
    """
    left: list[ColumnFindings] = []
    foreseen: dict[str, Foreseen] = {}
    for column in columns:
        field = schema.field(column.field)
        latest = latest_year(field, today)
        causes = {
            one.id: one.national
            for one in column.causes.values()
            if one.correctable and _reads_years(field, one.code)
        }
        if latest is None or not causes:
            left.append(column)
            continue
        of_cause = pl.col("cause").is_in(list(causes))
        read = column.cells.filter(of_cause)["after"].unique()
        far = [one for one in read if _is_far(one, latest)]
        if not far:
            left.append(column)
            continue
        parted = of_cause & pl.col("after").is_in(far)
        cells = column.cells.filter(parted)
        foreseen[field.name] = Foreseen(
            cells.select("index", "before", pl.col("after").alias("read")),
            national=any(causes[one] for one in cells["cause"].unique()),
        )
        others = column.cells.filter(parted.fill_null(False).not_())
        if others.height:
            left.append(replace(column, cells=others))
    return tuple(left), foreseen


def _reads_years(field: Field, code: str) -> bool:
    if field.enum or code in _CENTURY_CHOSEN:
        return False
    return field.type in ("year", "date", "datetime") or code in _READ_AS_DATES


def _is_far(text: str | None, latest: int) -> bool:
    return any(int(year) > latest for year in _YEAR.findall(text or ""))


def find_coming(
    table: Table,
    schema: TableSchema,
    chosen: Mapping[str, str],
    view: pl.DataFrame,
    today: datetime.date,
    asked: Collection[str],
    foreseen: Mapping[str, Foreseen],
) -> Iterator[FindingGroup]:
    """Yield years and dates so far ahead that a figure must be wrong.

    The year that two figures exchanged, or one figure changed, would make of this
    century's past or present is proposed: 2202 for 2022.

    :param chosen: column name to field name
    :param view: the fields' values
    :param asked: fields that :func:`is_coming` is true of somewhere
    :param foreseen: what :func:`part_coming` parted
    """
    for name, target in chosen.items():
        field = schema.field(target)
        cells = _list_coming(field, view, today, target in asked, foreseen.get(target))
        if not cells.height:
            continue
        after = _propose_years(schema, field, cells["read"], today)
        # Where one value has no likely reading, the agent looks at them all.
        ready = after.null_count() == 0
        yield group_cells(
            table,
            "year.coming",
            "confirm" if ready else "know",
            name=name,
            field=target,
            index=cells["index"],
            before=cells["before"],
            after=after if ready else None,
            national=target in foreseen and foreseen[target].national,
        )


def _list_coming(
    field: Field,
    view: pl.DataFrame,
    today: datetime.date,
    asked: bool,
    foreseen: Foreseen | None,
) -> pl.DataFrame:
    """Return the cells of a column that are to come, in the order of the rows."""
    column = pl.col(field.name)
    coming = is_coming(field, column, today) if asked else None
    written = view.select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("index"),
        column.alias("before"),
        column.alias("read"),
        (pl.lit(False) if coming is None else coming).alias("coming"),
    ).filter("coming")
    cells = written.drop("coming")
    if foreseen is not None:
        others = foreseen.cells.join(cells, on="index", how="anti")
        cells = pl.concat([cells, others]).sort("index")
    return cells


def _propose_years(
    schema: TableSchema, field: Field, read: pl.Series, today: datetime.date
) -> pl.Series:
    """Return the values with the year that was probably meant, null where none is."""
    latest = latest_year(field, today)
    assert latest is not None
    meant = {one: _mend_years(one, latest, today.year) for one in read.unique()}
    fitting = list_accepted(
        compile_rules(schema)[field.name],
        {one for one in meant.values() if one is not None},
    )
    proposed = [meant[one] if meant[one] in fitting else None for one in read]
    return pl.Series("after", proposed, dtype=pl.String)


def _mend_years(text: str, latest: int, current: int) -> str | None:
    """Return a date or a year with the years meant, nothing where one is not known.

    >>> _mend_years("2202-05-14", 2036, 2026), _mend_years("2999", 2027, 2026)
    ('2022-05-14', None)
    """
    mended = text
    for year in set(_YEAR.findall(text)):
        if int(year) > latest:
            meant = _mean_year(int(year), current)
            if meant is None:
                return None
            mended = re.sub(rf"\b{year}\b", str(meant), mended)
    return None if mended == text else mended


def _mean_year(year: int, current: int) -> int | None:
    """Return the year of which two neighbouring figures were exchanged, if one only.

    >>> _mean_year(2202, 2026), _mean_year(3027, 2026)
    (2022, None)
    """
    text = str(year)
    exchanged = {
        int(text[:at] + text[at + 1] + text[at] + text[at + 2 :]) for at in range(3)
    }
    likely = [one for one in exchanged if current - 100 < one <= current + YEAR_AHEAD]
    return likely[0] if len(likely) == 1 else None
