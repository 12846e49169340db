"""An example shows rows that conform, for any schema."""

from __future__ import annotations

import csv
import io
import time

import polars as pl
import pytest

from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.example import example_csv, example_rows
from ckanext.odlocale.scdl.pattern_texts import MAX_LENGTH, build_texts
from ckanext.odlocale.scdl.reading import read
from ckanext.odlocale.scdl.sample_values import is_formula, sample_value
from ckanext.odlocale.scdl.values import matches
from tests.scdl.samples import make_schema, schema

SLUGS = [one.slug for one in load_catalogue()]


@pytest.mark.parametrize("slug", SLUGS)
def test_the_example_of_a_schema_checks_without_a_finding(slug):
    one = schema(slug)
    table = read(example_csv(one))
    assert check(table, one).groups == ()
    assert list(table.headers) == [field.name for field in one.fields]
    first = table.frame.row(0, named=True)
    assert all(first[field.name] for field in one.required)


@pytest.mark.parametrize("slug", SLUGS)
def test_the_second_row_says_what_is_compulsory_only(slug):
    one = schema(slug)
    rows = example_rows(one)
    for row in rows[1:]:
        assert all(row[field.name] for field in one.required)
        assert sum(map(bool, row.values())) <= sum(map(bool, rows[0].values()))


REQUIRED = {"required": True}
FIELDS = {
    "integer with bounds": {
        "type": "integer",
        "constraints": {"minimum": 40, "maximum": 41, **REQUIRED},
    },
    "number above what is usual": {
        "type": "number",
        "constraints": {"minimum": 1234.5, **REQUIRED},
    },
    "year": {"type": "year", "constraints": {"minimum": 2030, **REQUIRED}},
    "date with bounds": {
        "type": "date",
        "constraints": {"minimum": "2031-05-06", **REQUIRED},
    },
    "date written otherwise": {
        "type": "date",
        "format": "%d/%m/%Y",
        "constraints": REQUIRED,
    },
    "moment": {"type": "datetime", "constraints": REQUIRED},
    "time": {"type": "time", "constraints": REQUIRED},
    "month": {"type": "yearmonth", "constraints": REQUIRED},
    "duration": {"type": "duration", "constraints": REQUIRED},
    "boolean": {
        "type": "boolean",
        "trueValues": ["O"],
        "falseValues": ["N"],
        "constraints": REQUIRED,
    },
    "array": {"type": "array", "constraints": REQUIRED},
    "array of listed items": {
        "type": "array",
        "arrayItem": {"constraints": {"enum": ["a", "b"]}},
        "constraints": REQUIRED,
    },
    "object": {"type": "object", "constraints": REQUIRED},
    "geojson": {"type": "geojson", "constraints": REQUIRED},
    "geopoint": {"type": "geopoint", "constraints": REQUIRED},
    "geopoint as an array": {
        "type": "geopoint",
        "format": "array",
        "constraints": REQUIRED,
    },
    "geopoint as an object": {
        "type": "geopoint",
        "format": "object",
        "constraints": REQUIRED,
    },
    "e-mail": {"format": "email", "constraints": REQUIRED},
    "address of a page": {"format": "uri", "constraints": REQUIRED},
    "identifier": {"format": "uuid", "constraints": REQUIRED},
    "no type": {"constraints": REQUIRED},
    "any type": {"type": "any", "constraints": REQUIRED},
    "an example that breaks the rules": {
        "type": "integer",
        "example": "douze",
        "constraints": REQUIRED,
    },
    "an example that a spreadsheet computes": {
        "example": "=HYPERLINK(1)",
        "constraints": REQUIRED,
    },
    "list whose first value is a formula": {
        "constraints": {"enum": ["=1+1", "@a", "oui"], **REQUIRED}
    },
    "list of numbers": {
        "type": "number",
        "constraints": {"enum": [80, 100], **REQUIRED},
    },
    "SIRET": {"constraints": {"pattern": r"^\d{14}$", **REQUIRED}},
    "pattern": {"constraints": {"pattern": r"^[A-Z]{3}-\d{2,4}(-bis)?$", **REQUIRED}},
    "pattern and length": {
        "constraints": {"pattern": "[a-f]+", "minLength": 7, **REQUIRED}
    },
    "alternatives": {"constraints": {"pattern": "(?:foo|bar)baz", **REQUIRED}},
    "signs of a class left out": {
        "constraints": {"pattern": r"[^0-9\s]{4}", **REQUIRED}
    },
    "long enough": {"constraints": {"minLength": 40, **REQUIRED}},
    "very short": {"constraints": {"maxLength": 3, **REQUIRED}},
    "huge length": {"constraints": {"maxLength": 10**12, **REQUIRED}},
}


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS.keys())
def test_any_compulsory_column_has_an_example_that_conforms(field):
    one = make_schema([{"name": "Colonne", **field}])
    assert sample_value(one, one.fields[0])
    table = read(b"Colonne;Autre\n" + f"{example_rows(one)[0]['Colonne']};x\n".encode())
    codes = {group.code for group in check(table, one).groups}
    assert codes <= {"column.extra"}


def test_columns_that_contradict_one_another_are_left_empty_or_mended():
    fields = [{"name": name, "type": "integer"} for name in ("total", "a", "b")]
    days = [{"name": name, "type": "date"} for name in ("debut", "fin")]
    checks = [
        {
            "name": "sum-columns-value",
            "params": {"column": "total", "columns": ["a", "b"]},
        },
        {
            "name": "compare-columns-value",
            "params": {"column": "fin", "op": ">", "column2": "debut"},
        },
    ]
    one = make_schema([*fields, *days], checks)
    first = example_rows(one)[0]
    assert int(first["total"]) == int(first["a"]) + int(first["b"])
    assert check(read(example_csv(one)), one).groups == ()


def test_a_compulsory_column_that_nothing_fits_is_shown_empty():
    one = make_schema(
        [
            {"name": "Nom", "constraints": REQUIRED},
            {"name": "Code", "constraints": {"pattern": "a{600,}", **REQUIRED}},
        ]
    )
    assert dict(example_rows(one)[0]) == {"Nom": "Exemple", "Code": ""}


def test_no_cell_of_an_example_is_a_formula():
    fields = [
        {"name": f"c{number}", "example": text}
        for number, text in enumerate(
            ("=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-1+A1")
        )
    ]
    one = make_schema([*fields, {"name": "solde", "type": "number", "example": "-3.5"}])
    lines = list(csv.reader(io.StringIO(example_csv(one).decode())))
    assert not any(is_formula(cell) for line in lines[1:] for cell in line)
    assert lines[1][-1] == "-3.5"


PATTERNS = {
    "nested repeats": "((((a*)*)*)*)*",
    "repeats of nothing": "(?:(?:(?:){9999}){9999}){9999}",
    "a long text": "((a{900}){900}){900}",
    "deep groups": "(" * 90 + "a" + ")" * 90,
    "unreadable": "(?P<",
    "of another engine": r"\p{L}+",
}


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS.keys())
def test_a_hostile_pattern_takes_neither_time_nor_memory(pattern):
    began = time.monotonic()
    texts = list(build_texts(pattern))
    assert time.monotonic() - began < 1
    assert all(len(text) <= MAX_LENGTH for text in texts)


@pytest.mark.parametrize(
    "pattern",
    sorted(
        {
            field.pattern
            for one in load_catalogue()
            for field in one.fields
            if field.pattern
        }
    ),
)
def test_texts_built_for_the_patterns_of_the_catalogue_match(pattern):
    column = pl.Series("c", list(build_texts(pattern)))
    holds = matches(pattern, pl.col("c"))
    assert holds is not None
    assert column.to_frame().select(holds.alias("holds"))["holds"].any()
