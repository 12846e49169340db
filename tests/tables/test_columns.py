"""Names and types of a table's columns, whatever a schema calls its own."""

from __future__ import annotations

import re

import pytest

from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.table_schema import DatasetDefaults, Field, TableSchema
from ckanext.odlocale.tables.columns import (
    MAX_BYTES,
    OWNER_COLUMNS,
    columns_of,
    plan_columns,
    quote,
    table_name,
)


def schema(*fields: Field, version: str = "1.0.0") -> TableSchema:
    return TableSchema(
        slug="essai",
        id="essai/essai",
        version=version,
        label="Essai",
        purpose="",
        fields=fields,
        checks=(),
        schema_url="",
        dataset=DatasetDefaults("", "", "ANNUAL", (), ()),
    )


def names(*fields: str) -> list[str]:
    return [one.name for one in columns_of([schema(*map(Field, fields))])]


def test_each_shipped_schema_keeps_the_names_of_its_fields() -> None:
    for one in load_catalogue():
        columns = columns_of([one])
        assert [column.name for column in columns] == [f.name for f in one.fields]


@pytest.mark.parametrize(
    "name",
    [
        'a"; DROP TABLE odl_budget; --',
        "prix:montant",
        "taux %",
        "a,b",
        "\x00",
        "",
        "  ",
    ],
)
def test_a_hostile_name_becomes_a_safe_one(name: str) -> None:
    (safe,) = names(name)
    assert re.fullmatch(r"[\w .'’()/°-]+", safe)
    assert safe == safe.strip() != ""
    assert not safe.startswith("_")


@pytest.mark.parametrize("name", [*OWNER_COLUMNS, "_id", "_full_text", "_slice"])
def test_a_reserved_name_is_left_to_us(name: str) -> None:
    (safe,) = names(name)
    assert safe not in OWNER_COLUMNS
    assert not safe.startswith("_")


def test_two_names_that_would_be_one_stay_two() -> None:
    found = names("a:b", "a,b", "a_b", "org", "org_2")
    assert len(set(found)) == 5


def test_long_names_are_cut_without_becoming_one() -> None:
    found = names("é" * 60 + "a", "é" * 60 + "b")
    assert len(set(found)) == 2
    assert all(len(name.encode()) <= MAX_BYTES for name in found)
    assert len(table_name("x" * 80).encode()) <= MAX_BYTES


def test_a_quoted_name_cannot_be_left() -> None:
    assert quote('x"; --') == '"x""; --"'


def test_types_sort_as_the_schema_means() -> None:
    fields = [
        Field(kind, type=kind)
        for kind in (
            "integer",
            "number",
            "year",
            "date",
            "boolean",
            "datetime",
            "array",
        )
    ]
    assert [one.type for one in columns_of([schema(*fields)])] == [
        "numeric", "numeric", "integer", "date", "boolean", "text", "text",
    ]  # fmt: skip


def test_a_table_has_the_columns_of_every_version() -> None:
    new = schema(Field("a"), Field("c", type="date"), version="2.0.0")
    old = schema(Field("b"), Field("c"), version="1.0.0")
    found = columns_of([new, old])
    assert [(one.name, one.type) for one in found] == [
        ("a", "text"), ("c", "text"), ("b", "text"),
    ]  # fmt: skip


def test_a_table_gains_columns_and_loses_none() -> None:
    wanted = columns_of([schema(Field("a"), Field("n", type="number"), Field("t"))])
    changes = plan_columns({"a": "text", "t": "date", "old": "date"}, wanted)
    assert changes.added == (("n", "numeric"),)
    assert changes.widened == ("t",)
    assert not plan_columns({"a": "text", "n": "text", "t": "text"}, wanted)
