"""A year that nobody meant is asked about at once, and is in no address."""

from __future__ import annotations

import datetime

import pytest

from ckanext.odlocale.scdl.canonical import (
    canonical_frame,
    publication_key,
    temporal_coverage,
)
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.correcting import apply, apply_safe
from ckanext.odlocale.scdl.messages import render
from ckanext.odlocale.scdl.reading import read
from ckanext.odlocale.scdl.report import Report
from ckanext.odlocale.scdl.table import Table
from ckanext.odlocale.scdl.table_schema import TableSchema
from tests.scdl.samples import codes, group_of, make_schema, make_table, schema

TODAY = datetime.date(2026, 11, 30)
PERIOD = r"^[0-9]{4}\-[0-9]{2}\-[0-9]{2}(\/[0-9]{4}\-[0-9]{2}\-[0-9]{2})?$"


def model(kind: str, **constraints: object) -> TableSchema:
    return make_schema(
        [
            {"name": "n", "type": "string"},
            {"name": "quand", "type": kind, "constraints": constraints},
        ]
    )


def judged(one: TableSchema, *values: str) -> tuple[Table, Report]:
    lines = ["n;quand", *(f"{at};{value}" for at, value in enumerate(values))]
    table = read("\n".join(lines).encode())
    return table, check(table, one, today=TODAY)


@pytest.mark.parametrize(
    ("kind", "constraints", "value", "after"),
    [
        ("date", {}, "14/05/2202", "2022-05-14"),
        ("date", {}, "14 mai 2202", "2022-05-14"),
        ("date", {}, "22020514", "2022-05-14"),
        ("date", {}, "05/23/2202", "2022-05-23"),
        ("date", {}, " 2202-05-14", "2022-05-14"),
        ("datetime", {}, "14/05/2202 10:30:00", "2022-05-14T10:30:00"),
        ("year", {}, "2202.0", "2022"),
        ("year", {}, "14/05/2202", "2022"),
        ("string", {"pattern": PERIOD}, "14/05/2024 au 31/12/2042",
         "2024-05-14/2024-12-31"),
    ],
)  # fmt: skip
def test_no_safe_correction_leads_to_a_year_to_come(kind, constraints, value, after):
    one = model(kind, **constraints)
    table, report = judged(one, value)
    assert not report.safe
    group = group_of(report, "year.coming")
    assert (group.severity, group.national, report.valid) == ("confirm", True, False)
    assert [option.code for option in group.options] == ["apply", "replace", "keep"]
    assert apply_safe(table, one, report).table.frame["quand"][0] == value
    done = apply(table, one, [group.id], report)
    assert done.table.frame["quand"].to_list() == [after]
    assert codes(check(done.table, one, today=TODAY)) == []


def test_the_other_dates_stay_safe_and_the_question_is_one():
    values = ("03/04/2024", "14/05/2202", "2202-06-01", "04/04/2024")
    table, report = judged(model("date"), *values)
    assert group_of(report, "date.french").rows == (2, 5)
    group = group_of(report, "year.coming")
    assert group.rows == (3, 4)
    assert "14/05/2202" in render(group).sentence
    assert "14 mai 2022" in render(group).sentence
    done = apply(table, model("date"), [group.id], report)
    assert done.table.frame["quand"][1:3].to_list() == ["2022-05-14", "2022-06-01"]


@pytest.mark.parametrize("value", ["14/05/2999", "31/12/2202 ", "29/02/2204"])
def test_a_date_is_never_made_conform_with_a_year_to_come(value):
    one = model("date")
    table, report = judged(one, value)
    assert not report.safe
    done = apply_safe(table, one, report)
    (written,) = done.table.frame["quand"]
    assert written.strip() == value.strip()


@pytest.mark.parametrize(
    ("value", "code"),
    [("14/05/2036", "date.french"), ("14/05/1924", "date.french"),
     ("45385", "date.serial"), ("14/05/69", "date.short_year")],
)  # fmt: skip
def test_what_may_well_be_is_read_as_before(value, code):
    assert codes(judged(model("date"), value)[1]) == [code]


def test_a_model_about_the_future_is_believed():
    _, report = judged(model("date", minimum="2050-01-01"), "14/05/2202")
    assert group_of(report, "date.french").correction.safe


@pytest.mark.parametrize(
    ("slug", "header", "rows", "key", "years"),
    [
        ("subventions", "dateConvention", ["2024-03-28", "2202-05-14"], "2024",
         (2024, 2024)),
        ("subventions", "dateConvention", ["2202-05-14"], "complet", None),
        ("subventions", "dateConvention", ["2024-03-28", "0202-05-14"], "2024",
         (2024, 2024)),
        ("prenoms", "ANNEE", ["2024", "2202", "2028"], "2024", (2024, 2024)),
        ("prenoms", "ANNEE", ["2024", "2027"], "2024-2027", (2024, 2027)),
        ("plats-menus-collectifs", "platPublicationDate",
         ["2024-03-20T09:00:00Z", "2240-03-20T09:00:00Z"], "2024-03", (2024, 2024)),
    ],
)  # fmt: skip
def test_an_address_and_a_period_have_no_year_to_come(slug, header, rows, key, years):
    one = schema(slug)
    table = make_table(f"{header},x", *(f"{row},a" for row in rows))
    frame = canonical_frame(table, one)
    assert publication_key(frame, one, TODAY) == key
    covered = temporal_coverage(frame, one, TODAY)
    assert (covered and (covered[0].year, covered[1].year)) == years
