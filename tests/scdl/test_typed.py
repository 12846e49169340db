"""The same rows as Parquet, each column of its model's type."""

from __future__ import annotations

import datetime
import io

import polars as pl
import pytest

from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.table_schema import Field, TableSchema
from ckanext.odlocale.scdl.typed import read_canonical, typed_frame, write_parquet

UTC = datetime.timezone.utc


def schema_of(*fields: Field) -> TableSchema:
    import dataclasses

    return dataclasses.replace(load_catalogue().get("budget"), fields=fields)


TYPES = {
    "integer": (["12", "", "-3"], [12, None, -3]),
    "number": (["12.50", "1e3", ""], [12.5, 1000.0, None]),
    "year": (["2024", "1999", ""], [2024, 1999, None]),
    "boolean": (["true", "0", ""], [True, False, None]),
    "date": (["2024-03-28", ""], [datetime.date(2024, 3, 28), None]),
    "string": (["007", ""], ["007", None]),
    "datetime": (
        [
            "2024-03-28T09:00:00Z",
            "2024-03-28 09:00:00.5+02",
            "2024-03-28T09:00:00+02",
        ],
        [
            datetime.datetime(2024, 3, 28, 9, tzinfo=UTC),
            datetime.datetime(2024, 3, 28, 7, 0, 0, 500_000, tzinfo=UTC),
            datetime.datetime(2024, 3, 28, 7, tzinfo=UTC),
        ],
    ),
}


@pytest.mark.parametrize("kind", TYPES)
def test_a_column_is_of_its_fields_type(kind: str) -> None:
    texts, values = TYPES[kind]
    content = "\n".join(["A,B", *(f"{text},x" for text in texts), ""]).encode()
    frame = typed_frame(content, schema_of(Field("A", kind)))
    assert frame["A"].to_list() == values
    assert frame["B"].to_list() == ["x"] * len(texts)


def test_moments_without_a_zone_have_none() -> None:
    frame = typed_frame(b"A\n2024-03-28T09:00:00\n", schema_of(Field("A", "datetime")))
    assert frame["A"].to_list() == [datetime.datetime(2024, 3, 28, 9)]


LOSSES = {
    "more digits than an integer holds": ("integer", ["1", "9" * 25]),
    "half with a zone": ("datetime", ["2024-03-28T09:00:00Z", "2024-03-28T09:00:00"]),
    "a date that is none": ("date", ["2024-03-28", "28 mars"]),
}


@pytest.mark.parametrize(("kind", "texts"), LOSSES.values(), ids=LOSSES)
def test_a_column_whose_values_would_be_lost_stays_text(
    kind: str, texts: list[str]
) -> None:
    content = "\n".join(["A", *texts, ""]).encode()
    assert typed_frame(content, schema_of(Field("A", kind)))["A"].to_list() == texts


def test_the_same_rows_give_the_same_bytes() -> None:
    schema = load_catalogue().get("budget")
    content = b"BGT_ANNEE,BGT_MTREAL\n2022,10.00\n2022,\n"
    written = write_parquet(content, schema)
    assert written == write_parquet(content, schema)
    read = pl.read_parquet(io.BytesIO(written))
    assert read.rows() == [(2022, 10.0), (2022, None)]
    assert len(read) == len(read_canonical(content))


def test_a_file_of_no_row_keeps_its_columns() -> None:
    written = write_parquet(b"BGT_ANNEE\n", load_catalogue().get("budget"))
    assert pl.read_parquet(io.BytesIO(written)).columns == ["BGT_ANNEE"]
