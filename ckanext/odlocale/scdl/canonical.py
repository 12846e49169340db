"""The file that is published: its bytes, its key and the period it covers."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Mapping

import polars as pl

from ..base.french import slugify
from .catalogue import TableSchema
from .recognising import match_headers
from .rules import compile_rules
from .table import Table
from .values import blank_missing, is_empty, to_date

#: Key of a publication that has no period: the collectivité has one such file.
COMPLETE = "complet"

#: Types whose cells are published empty where they hold something else.
_TYPED = frozenset(
    "integer number year yearmonth date datetime time duration boolean array object"
    " geojson geopoint".split()
)


def canonical_csv(
    table: Table, schema: TableSchema, mapping: Mapping[str, str] | None = None
) -> bytes:
    """Return the published form of a table.

    UTF-8 without a mark, commas, quotes where needed, lines ended by a line feed;
    the schema's columns that the file has, in the schema's order; other columns are
    left out, as is a cell that is surely false (a word where a number is due).

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
    chosen = match_headers(table, schema) if mapping is None else mapping
    names: dict[str, str] = {}
    for name in table.names:
        if name in chosen:
            names.setdefault(chosen[name], name)
    compiled = compile_rules(schema)
    expressions = []
    for field in schema.fields:
        if field.name not in names:
            continue
        column = blank_missing(schema, pl.col(names[field.name]))
        kept = is_empty(column).not_()
        if field.type in _TYPED:
            for rule, holds in compiled[field.name].bind(pl.col(names[field.name])):
                if rule.code == f"{field.type}.wrong":
                    kept = kept & holds
            column = column.str.strip_chars()
        expressions.append(pl.when(kept).then(column).alias(field.name))
    return table.frame.select(expressions)


def publication_key(rows: pl.DataFrame, schema: TableSchema) -> str:
    """Return what tells this publication from the others of the same collectivité.

    From the data: for a budget ``2022-budget-primitif-00010`` (year, kind of
    document, NIC of the establishment: an annexe must not overwrite the main
    budget); for grants the year, or ``2021-2023``; for menus ``2024-03``; where the
    schema has no period, ``complet``.

    :param rows: as :func:`canonical_frame` returns them
    :returns: ``[a-z0-9-]+``; a part the file does not say is left out
    """
    parts = [_key_part(rows, schema, part) for part in schema.key_parts]
    return "-".join(part for part in parts if part) or COMPLETE


def _key_part(frame: pl.DataFrame, schema: TableSchema, part: str) -> str:
    name, _, form = part.partition(":")
    if name not in frame.columns:
        return ""
    column = frame[name].drop_nulls()
    if form in ("year", "month"):
        length = 4 if form == "year" else 7
        found = _periods(frame, schema, name).str.slice(0, length).drop_nulls()
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


def _periods(frame: pl.DataFrame, schema: TableSchema, name: str) -> pl.Series:
    """Return a column's dates (YYYY-MM-DD) or years (YYYY), null where neither.

    Each once: a thousand rows are of one year.
    """
    field = schema.field(name)
    column = pl.col(name).unique()
    if field.type == "date":
        text = to_date(field, column).dt.to_string("%Y-%m-%d")
        return frame.select(text)[name]
    pattern = r"^([0-9]{4}(?:-[0-9]{2}-[0-9]{2})?)"
    return frame.select(column.str.extract(pattern, 1))[name]


def temporal_coverage(
    rows: pl.DataFrame, schema: TableSchema
) -> tuple[datetime.date, datetime.date] | None:
    """Return the first and last day the data are about, or None where they do not say.

    Whole years where the schema gives years, or months where its key is a month,
    so that a file of grants of 2024 covers 2024.

    :param rows: as :func:`canonical_frame` returns them
    """
    name = schema.period_field
    if name is None or name not in rows.columns:
        return None
    found = _periods(rows, schema, name).drop_nulls()
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
