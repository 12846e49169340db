"""The whole table as a dataset, as CSV and as Parquet."""

from __future__ import annotations

import datetime
import gzip
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.tables.consolidated import build_dataset, is_whole_table
from ckanext.odlocale.tables.parquet import write_parquet
from ckanext.odlocale.tables.streaming import _gzip, copy_statement


def test_a_dataset_for_each_model_says_what_data_gouv_fr_expects() -> None:
    for schema in load_catalogue():
        made = build_dataset(
            schema, "org", "res", "https://portail.fr/",
            {"name": "ATD", "email": "a@b.fr"}, datetime.date(2026, 1, 2),
            lambda text: text,
        )  # fmt: skip
        assert len(made["notes"]) > 100
        assert made["name"] == f"toutes-{schema.slug}"
        csv, parquet, api = made["resources"]
        assert csv["url"] == f"https://portail.fr/donnees/toutes/{schema.slug}.csv"
        assert parquet["url"].endswith(".parquet")
        assert api["url"].endswith("datastore_search?resource_id=res")
        assert is_whole_table(csv["url"])
        assert not is_whole_table(parquet["url"])


def test_a_table_is_sent_without_its_hidden_columns_and_quoted() -> None:
    types = {"_id": "bigint", "org": "text", 'a"b': "numeric", "vrai": "boolean"}
    sent = copy_statement("x-y", types)
    assert "_id" not in sent
    assert '"a""b"' in sent
    assert "THEN 'true'" in sent
    assert '"odl_x_y"' in sent


def test_gzip_closes_what_it_reads() -> None:
    closed = []

    def pieces() -> Iterator[bytes]:
        try:
            yield b"a" * 1000
            yield b"b" * 1000
        finally:
            closed.append(True)

    assert gzip.decompress(b"".join(_gzip(pieces()))) == b"a" * 1000 + b"b" * 1000
    left = _gzip(pieces())
    next(left)
    left.close()  # type: ignore[attr-defined]
    assert closed == [True, True]


def test_parquet_is_typed_and_replaces_the_former_file(tmp_path: Path) -> None:
    target = tmp_path / "x.parquet"
    target.write_bytes(b"former")
    text = "org,n,i,j,b,t\n21,1.5,2,2026-01-02,true,\n22,,99999999999999999999,,,a\n"
    types = {"n": "numeric", "i": "numeric", "j": "date", "b": "boolean", "t": "text"}
    write_parquet([text[:20].encode(), text[20:].encode()], types, {"i"}, target)
    frame = pl.read_parquet(target)
    assert frame.rows() == [
        ("21", 1.5, 2, datetime.date(2026, 1, 2), True, None),
        # Too large for a whole number of Parquet's.
        ("22", None, None, None, None, "a"),
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["x.parquet"]


def test_an_empty_table_is_a_parquet_file_too(tmp_path: Path) -> None:
    target = tmp_path / "x.parquet"
    write_parquet([b"org,n\n"], {"n": "numeric"}, set(), target)
    assert pl.read_parquet(target).height == 0
