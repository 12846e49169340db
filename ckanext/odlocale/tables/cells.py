"""The cells of a published file, as PostgreSQL's COPY reads them for typed columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from ckanext.odlocale.scdl.values import to_date
from ckanext.odlocale.tables.columns import OWNER_COLUMNS, Column

# Longer numbers, or powers of ten beyond two digits, are no quantity that a commune
# publishes, and would fill a page of the table each.
_INTEGER = r"^[+-]?[0-9]{1,40}$"
_NUMBER = r"^[+-]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,2})?$"
_YEAR = r"^[0-9]{4}$"


def write_typed(
    source: Path,
    target: Path,
    columns: Sequence[Column],
    types: Mapping[str, str],
    owner: Mapping[str, str],
) -> list[str]:
    """Write a canonical file anew with typed cells, without reading it whole.

    A cell that is not of its column's type is empty: the file says what it held.

    :param source: a file made by :func:`~.scdl.canonical.canonical_csv`
    :param target: a CSV without header, empty where nothing is known
    :param types: of the table's columns, which a schema's next version may have widened
    :param owner: what each row says of whose it is, by column
    :returns: the columns of ``target``, in order
    """
    frame = pl.scan_csv(source, infer_schema=False)
    present = set(frame.collect_schema().names())
    chosen = [one for one in columns if one.field.name in present]
    frame.select(
        *(pl.lit(owner[name], pl.String).alias(name) for name in OWNER_COLUMNS),
        *(_typed(one, types.get(one.name, one.type)).alias(one.name) for one in chosen),
    ).sink_csv(target, include_header=False, quote_style="necessary")
    return [*OWNER_COLUMNS, *(one.name for one in chosen)]


def _typed(column: Column, kind: str) -> pl.Expr:
    field = column.field
    # PostgreSQL has no text with a null sign.
    text = pl.col(field.name).str.replace_all("\x00", "", literal=True)
    if kind == "text":
        return text
    text = text.str.strip_chars()
    if kind == "date":
        day = to_date(field, text)
        return pl.when(day.dt.year().is_between(1, 9999)).then(day.dt.to_string("iso"))
    if kind == "boolean":
        true, false = list(field.true_values), list(field.false_values)
        yes = pl.when(text.is_in(true)).then(pl.lit("true"))
        return yes.when(text.is_in(false)).then(pl.lit("false"))
    pattern = {"integer": _YEAR, "numeric": _NUMBER}[kind]
    if field.type == "integer" and kind == "numeric":
        pattern = _INTEGER
    return pl.when(text.str.contains(pattern)).then(text)
