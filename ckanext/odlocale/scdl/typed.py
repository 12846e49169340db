"""The rows of a published file, each column of its model's type, as Parquet.

The CSV is what is published; this is the same rows for who computes with them. A
column is typed whole or not at all: where one of its values would be lost by the type,
it stays text, since a file that hides a value is worse than one that types it badly.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import polars as pl

from .table_schema import Field, TableSchema
from .values import to_date

PARQUET_MEDIA_TYPE = "application/vnd.apache.parquet"

_ZONED = r"(Z|z|[+-][0-9]{2}(:?[0-9]{2})?)$"


def read_canonical(content: bytes) -> pl.DataFrame:
    """Return the rows of a published CSV: text, null where empty.

    >>> read_canonical(b"A,B\\n1,\\n").rows()
    [('1', None)]
    """
    return pl.read_csv(io.BytesIO(content), infer_schema=False)


def typed_frame(content: bytes, schema: TableSchema) -> pl.DataFrame:
    """Return the rows of a published CSV, each column of its field's type.

    :param content: as :func:`~.canonical.canonical_csv` writes it
    :param schema: its model; a column that it does not have stays text
    """
    frame = read_canonical(content)
    fields = {field.name: field for field in schema.fields}
    return frame.with_columns(
        _typed(frame[name], fields[name]) for name in frame.columns if name in fields
    )


def write_parquet(content: bytes, schema: TableSchema) -> bytes:
    """Return the rows of a published CSV as Parquet. The same rows, the same bytes."""
    written = io.BytesIO()
    typed_frame(content, schema).write_parquet(written, compression="zstd")
    return written.getvalue()


def _typed(column: pl.Series, field: Field) -> pl.Series:
    read = _READERS.get(field.type)
    if read is None:
        return column
    cells = pl.select(read(field, column)).to_series().alias(column.name)
    return cells if cells.null_count() == column.null_count() else column


def _integer(field: Field, column: pl.Series) -> pl.Expr:
    return pl.lit(column).str.strip_prefix("+").cast(pl.Int64, strict=False)


def _number(field: Field, column: pl.Series) -> pl.Expr:
    return pl.lit(column).str.strip_prefix("+").cast(pl.Float64, strict=False)


def _boolean(field: Field, column: pl.Series) -> pl.Expr:
    cells = pl.lit(column)
    known = [*field.true_values, *field.false_values]
    return pl.when(cells.is_in(known)).then(cells.is_in(list(field.true_values)))


def _date(field: Field, column: pl.Series) -> pl.Expr:
    return to_date(field, pl.lit(column))


def _datetime(field: Field, column: pl.Series) -> pl.Expr:
    # Any sign may stand between the day and the time (RFC 3339, section 5.6).
    text = pl.lit(column).str.replace(r"^(.{10}).", "${1}T").str.replace(",", ".")
    zoned = column.drop_nulls().str.contains(_ZONED)
    if not zoned.any():
        return text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", strict=False)
    spelt = text.str.replace(r"[Zz]$", "+00:00").str.replace(r"([+-]\d\d)$", "${1}:00")
    spelt = spelt.str.replace(r"([+-]\d\d)(\d\d)$", "${1}:${2}")
    return spelt.str.to_datetime(
        "%Y-%m-%dT%H:%M:%S%.f%:z", strict=False, time_zone="UTC"
    )


_READERS: dict[str, Callable[[Field, pl.Series], pl.Expr]] = {
    "integer": _integer,
    "number": _number,
    "year": _integer,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
}
