"""A whole table as Parquet: written beside, and put in place once whole."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import polars as pl


def write_parquet(
    pieces: Iterable[bytes], types: dict[str, str], integers: set[str], target: Path
) -> None:
    """Write a table's CSV as Parquet, by pieces.

    The former file stays for those who read it, and its bytes are gone with the last:
    what was withdrawn is in no earlier version.

    :param types: of the columns, in PostgreSQL
    :param integers: columns of whole numbers among the numeric ones
    """
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        source, made = Path(folder) / "table.csv", Path(folder) / "table.parquet"
        with source.open("wb") as out:
            for piece in pieces:
                out.write(piece)
        frame = pl.scan_csv(source, infer_schema=False)
        names = frame.collect_schema().names()
        frame.select(
            [_typed(name, types.get(name, "text"), integers) for name in names]
        ).sink_parquet(made, compression="zstd")
        with made.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(made, target)


def _typed(name: str, kind: str, integers: set[str]) -> pl.Expr:
    column = pl.col(name)
    if kind == "text":
        return column
    if kind == "boolean":
        return column == "true"
    if kind == "numeric":
        return column.cast(pl.Int64 if name in integers else pl.Float64, strict=False)
    if kind == "date":
        return column.str.to_date("%Y-%m-%d", strict=False)
    return column.cast(pl.Int32, strict=False)
