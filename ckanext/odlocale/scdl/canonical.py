"""The file that is published: its bytes, its key and the period it covers."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from ..base.french import slugify
from .analysis import list_accepted
from .catalogue import TableSchema
from .coming_years import FIRST_YEAR, latest_year
from .identifiers import is_cut
from .recognising import match_headers
from .rules import compile_rules
from .table import Table
from .table_schema import Field
from .values import blank_missing, is_empty, to_date

#: Key of a publication that has no period: the collectivité has one such file.
COMPLETE = "complet"

#: Types whose cells are published empty where they hold something else.
_TYPED = frozenset(
    "integer number year yearmonth date datetime time duration boolean array object"
    " geojson geopoint".split()
)


@dataclass(frozen=True)
class Emptied:
    """Cells of one column that are published empty, though something is in them.

    :ivar column: the field's name
    :ivar title: what the agent calls the column
    """

    column: str
    title: str
    count: int


@dataclass(frozen=True)
class _Cells:
    """What is published of one column.

    :ivar name: the column's unique name in the table
    :ivar value: the cell as it is published, where it is
    :ivar filled: whether something is in it
    :ivar true: whether it is not surely false
    """

    field: Field
    name: str
    value: pl.Expr
    filled: pl.Expr
    true: pl.Expr


def canonical_csv(
    table: Table, schema: TableSchema, mapping: Mapping[str, str] | None = None
) -> bytes:
    """Return the published form of a table.

    UTF-8 without a mark, commas, quotes where needed, lines ended by a line feed;
    the schema's columns that the file has, in the schema's order; other columns are
    left out, as is a cell that is surely false: a word where a number is due, an
    identifier that a spreadsheet cut (« 2,15E+13 »).

    :param mapping: column name (made unique) to field name; by default what
        :func:`recognising.match_headers` finds
    """
    return write_rows(canonical_frame(table, schema, mapping))


def write_rows(rows: pl.DataFrame) -> bytes:
    """Write rows that :func:`canonical_frame` returned, as :func:`canonical_csv`."""
    return rows.write_csv(line_terminator="\n", quote_style="necessary").encode()


def canonical_frame(
    table: Table, schema: TableSchema, mapping: Mapping[str, str] | None = None
) -> pl.DataFrame:
    """Return the rows :func:`canonical_csv` writes: text, null where empty."""
    return table.frame.select(
        pl.when(one.filled & one.true).then(one.value).alias(one.field.name)
        for one in _publish(table, schema, mapping)
    )


def list_emptied(
    table: Table, schema: TableSchema, mapping: Mapping[str, str] | None = None
) -> tuple[Emptied, ...]:
    """Return how many cells :func:`canonical_frame` empties, column by column.

    Those that are surely false; neither empty cells, nor the words by which a schema
    says that nothing is known, are counted. Columns that lose nothing are left out.

    :param mapping: as :func:`canonical_csv` takes it
    :returns: in the schema's order
    """
    cells = [*_publish(table, schema, mapping)]
    counted = table.frame.select(
        (one.filled & one.true.not_()).sum().alias(one.field.name) for one in cells
    )
    counts = counted.row(0, named=True) if cells else {}
    return tuple(
        Emptied(one.field.name, table.title_of(one.name), counts[one.field.name])
        for one in cells
        if counts[one.field.name]
    )


def _publish(
    table: Table, schema: TableSchema, mapping: Mapping[str, str] | None
) -> Iterator[_Cells]:
    """Yield what is published of each column, in the schema's order."""
    chosen = match_headers(table, schema) if mapping is None else mapping
    names: dict[str, str] = {}
    for name in table.names:
        if name in chosen:
            names.setdefault(chosen[name], name)
    compiled = compile_rules(schema)
    for field in schema.fields:
        if field.name not in names:
            continue
        name = names[field.name]
        value = blank_missing(schema, pl.col(name))
        true = pl.lit(True)
        if field.type in _TYPED:
            for rule, holds in compiled[field.name].bind(pl.col(name)):
                if rule.code == f"{field.type}.wrong":
                    true = holds.fill_null(False)
        elif compiled[field.name].identifier:
            cut = table.frame.select(pl.col(name).unique()).filter(is_cut(pl.col(name)))
            kept = list_accepted(compiled[field.name], set(cut[name]))
            false = [one for one in cut[name] if one not in kept]
            true = pl.col(name).is_in(false).not_() if false else true
        filled = is_empty(value).not_()
        if field.type in _TYPED:
            value = value.str.strip_chars()
        yield _Cells(field, name, value, filled, true)


def publication_key(
    rows: pl.DataFrame, schema: TableSchema, today: datetime.date | None = None
) -> str:
    """Return what tells this publication from the others of the same collectivité.

    From the data: for a budget ``2022-budget-primitif-00010`` (year, kind of
    document, NIC of the establishment: an annexe must not overwrite the main
    budget); for grants the year, or ``2021-2023``; for menus ``2024-03``; where the
    schema has no period, ``complet``.

    :param rows: as :func:`canonical_frame` returns them
    :param today: the day from which a year is to come; by default the present one.
        A year so far ahead that it is asked about (2202) is no part of an address
    :returns: ``[a-z0-9-]+``; a part the file does not say is left out
    """
    today = today or datetime.date.today()
    parts = [_key_part(rows, schema, part, today) for part in schema.key_parts]
    return "-".join(part for part in parts if part) or COMPLETE


def _key_part(
    frame: pl.DataFrame, schema: TableSchema, part: str, today: datetime.date
) -> str:
    name, _, form = part.partition(":")
    if name not in frame.columns:
        return ""
    column = frame[name].drop_nulls()
    if form in ("year", "month"):
        length = 4 if form == "year" else 7
        found = _periods(frame, schema, name, today).str.slice(0, length)
        if not len(found):
            return ""
        first, last = str(found.min()), str(found.max())
        return first if first == last else f"{first}-{last}"
    if not len(column):
        return ""
    usual = str(
        column.value_counts(sort=True).sort(["count", name], descending=[True, False])[
            name
        ][0]
    )
    if form == "nic":
        digits = "".join(sign for sign in usual if sign in "0123456789")
        return digits[9:14] if len(digits) == 14 else ""
    return slugify(usual)


def _periods(
    frame: pl.DataFrame, schema: TableSchema, name: str, today: datetime.date
) -> pl.Series:
    """Return a column's dates (YYYY-MM-DD) or years (YYYY), where it has some.

    Each once: a thousand rows are of one year. Without those that nobody meant.
    """
    field = schema.field(name)
    column = pl.col(name).unique()
    if field.type == "date":
        text = to_date(field, column).dt.to_string("%Y-%m-%d")
    else:
        text = column.str.extract(r"^([0-9]{4}(?:-[0-9]{2}-[0-9]{2})?)", 1)
    found: pl.Series = frame.select(text)[name].drop_nulls()
    latest = latest_year(field, today)
    # Years have four figures: their text is in the order of time.
    found = found.filter(found >= str(FIRST_YEAR))
    return found if latest is None else found.filter(found < str(latest + 1))


def temporal_coverage(
    rows: pl.DataFrame, schema: TableSchema, today: datetime.date | None = None
) -> tuple[datetime.date, datetime.date] | None:
    """Return the first and last day the data are about, or None where they do not say.

    Whole years where the schema gives years, or months where its key is a month,
    so that a file of grants of 2024 covers 2024.

    :param rows: as :func:`canonical_frame` returns them
    :param today: as :func:`publication_key` takes it: a year to come is not covered
    """
    name = schema.period_field
    if name is None or name not in rows.columns:
        return None
    found = _periods(rows, schema, name, today or datetime.date.today())
    if not len(found):
        return None
    first, last = str(found.min()), str(found.max())
    try:
        if f"{name}:month" in schema.key_parts:
            return _month(first)[0], _month(last)[1]
        return (
            datetime.date(int(first[:4]), 1, 1),
            datetime.date(int(last[:4]), 12, 31),
        )
    except ValueError:
        return None


def _month(text: str) -> tuple[datetime.date, datetime.date]:
    year, month = int(text[:4]), int(text[5:7])
    last = calendar.monthrange(year, month)[1]
    return datetime.date(year, month, 1), datetime.date(year, month, last)
