"""Formats of cells: just right, just wrong, and what a wrong one would become."""

from __future__ import annotations

import pytest

from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.correcting import apply
from tests.scdl.samples import make_schema, make_table

HOURS = [{"name": "opening-hours-value", "params": {"column": "A"}}]
PHONE = [{"name": "phone-number-value", "params": {"column": "A"}}]
GPS = [{"name": "french-gps-coordinates", "params": {"column": "A"}}]
SIREN = [{"name": "french-siren-value", "params": {"column": "A"}}]
ARRAY = {"type": "geopoint", "format": "array"}
LISTED = {
    "constraints": {"pattern": r"(?:(?:^|\|)(Jeunes|Femmes))+$"},
    "listItems": {"values": ["Jeunes", "Femmes"], "separator": "|"},
}


def code_check(name: str) -> list[dict[str, object]]:
    return [{"name": name, "params": {"column": "A"}}]


def verdict(field, checks, *values):
    """Return (code, correction) of a column of these values; None where it is right."""
    model = make_schema([{"name": "A", **field}, {"name": "B"}], checks)
    quoted = ['"' + value.replace('"', '""') + '",x' for value in values]
    table = make_table("A,B", *quoted)
    report = check(table, model)
    groups = [g for g in report.groups if g.national and g.column == "A"]
    if not groups:
        return None
    after = None
    if groups[0].correction:
        fixed = apply(table, model, [groups[0].id], report).table
        after = fixed.frame["A"][0]
        assert not [g for g in check(fixed, model).groups if g.national]
    return groups[0].code, after


#: field, checks, a value that is right, one that is just wrong, code and correction
TWINS = {
    "position": (
        {"type": "geopoint"}, (), "-3.0013, 47.6157", "-3.0013; 47.6157",
        ("geopoint.written", "-3.0013, 47.6157"),
    ),
    "position, decimal commas": (
        {"type": "geopoint"}, (), "2.5,48", "2,5 ; 48,1",
        ("geopoint.written", "2.5, 48.1"),
    ),
    "position off the globe": (
        {"type": "geopoint"}, (), "180,90", "180.1,90.1", ("geopoint.wrong", None),
    ),
    "position in brackets": (
        ARRAY, (), "[-3.0013, 47.6157]", "-3.0013, 47.6157",
        ("geopoint.written", "[-3.0013, 47.6157]"),
    ),
    "position in brackets, swapped": (
        ARRAY, (), "[2.35,48.85]", "48.85, 2.35", ("gps.swapped", "[2.35, 48.85]"),
    ),
    "position as an object": (
        {"type": "geopoint", "format": "object"}, (), '{"lon": 2, "lat": 48}',
        '{"lon": 2}', ("geopoint.wrong", None),
    ),
    "position in France": (
        {"type": "geopoint"}, GPS, "55.5,-21.1", "12.5,41.9", ("gps.outside", None),
    ),
    "time": ({"type": "time"}, (), "08:30:00", "8h30", ("time.written", "08:30:00")),
    "time that is none": (
        {"type": "time"}, (), "23:59:59", "25h", ("time.wrong", None),
    ),
    "duration": ({"type": "duration"}, (), "PT1H30M", "1h30", ("duration.wrong", None)),
    "month": (
        {"type": "yearmonth"}, (), "2024-12", "2024-13", ("yearmonth.wrong", None),
    ),
    "identifier": (
        {"format": "uuid"}, (), "550e8400-e29b-41d4-a716-446655440000",
        "550e8400-e29b-41d4-a716-44665544000", ("uuid.wrong", None),
    ),
    "opening hours": (
        {}, HOURS, "Mo-Fr 08:00-12:00,13:00-17:30; Sa 08:00-12:00; PH off",
        "Mo-Fr 08:00-12:00,13:00-17:60", ("hours.wrong", None),
    ),
    "opening hours in French": (
        {}, HOURS, "24/7", "du lundi au vendredi 9h-12h et 14h-18h30",
        ("hours.written", "Mo-Fr 09:00-12:00,14:00-18:30"),
    ),
    "opening hours, spaces too many": (
        {}, HOURS, "Mo-Fr 08:00-12:00", "Mo - Fr 08:00 - 12:00",
        ("hours.written", "Mo-Fr 08:00-12:00"),
    ),
    "telephone": ({}, PHONE, "02 97 00 00 00", "02 97 00 00 0", ("phone.wrong", None)),
    "short telephone": ({}, PHONE, "3949", "12345", ("phone.wrong", None)),
    "telephone without its zero": (
        {}, PHONE, "0297000000", "297000000", ("phone.written", "0297000000"),
    ),
    "telephone of a pattern": (
        {"constraints": {"pattern": r"^\+33\d{9}$"}}, (), "+33297000000",
        "02.97.00.00.00", ("phone.written", "+33297000000"),
    ),
    "overseas telephone": (
        {"constraints": {"pattern": r"^(\+33|\+262)\d{9}$"}}, (), "+262262000000",
        "0262 00 00 00", ("phone.written", "+262262000000"),
    ),
    "SIREN": ({}, SIREN, "130025265", "130 025 265", ("code.spaces", "130025265")),
    "SIREN with a wrong digit": (
        {}, SIREN, "130025265", "130025266", ("siren.wrong", None),
    ),
    "SIREN without its zero": (
        {}, SIREN, "055804124", "55804124", ("code.zero", "055804124"),
    ),
    "postal code": (
        {}, code_check("code-postal"), "29890", "99000", ("code.wrong", None),
    ),
    "INSEE code": (
        {}, code_check("code-commune-insee"), "2A004", "1001", ("code.zero", "01001"),
    ),
    "département": (
        {}, code_check("code-departement"), "2B", "20", ("code.wrong", None),
    ),
    "région": ({}, code_check("code-region"), "53", "22", ("code.wrong", None)),
    "association": (
        {}, code_check("code-rna"), "W561000000", "w561000000",
        ("text.case", "W561000000"),
    ),
    "list in a text": (
        LISTED, (), "Jeunes|Femmes", "femmes ; jeunes",
        ("list.written", "Femmes|Jeunes"),
    ),
    "list with a stranger": (
        LISTED, (), "Femmes", "Femmes|Chats", ("pattern.mismatch", None),
    ),
    "number of a list": (
        {"type": "number", "constraints": {"enum": [80, 100]}}, (), "100.0", "101",
        ("enum.unknown", None),
    ),
    "date of another form": (
        {"type": "date", "format": "%d/%m/%Y"}, (), "31/01/2024", "31/02/2024",
        ("date.wrong", None),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TWINS)
def test_what_is_right_passes(case):
    field, checks, right, _, _ = TWINS[case]
    assert verdict(field, checks, right) is None


@pytest.mark.parametrize("case", TWINS)
def test_what_is_just_wrong_is_found_and_mended(case):
    field, checks, _, wrong, expected = TWINS[case]
    assert verdict(field, checks, wrong) == expected


#: Opening hours that the national validator's library (0.6.18) refuses although the
#: specification of OpenStreetMap has them.
LENIENT_HOURS = ("Mo-Fr 17:00+", "Sa[-1] 09:00-12:00", "week 1-53/2 Mo 09:00-12:00")
#: Telephone numbers it refuses because it knows metropolitan France only.
LENIENT_PHONES = ("0262123456", "0590123456", "0692123456")


@pytest.mark.parametrize("value", LENIENT_HOURS)
def test_opening_hours_of_the_specification_are_accepted(value):
    assert verdict({}, HOURS, value) is None


@pytest.mark.parametrize("value", LENIENT_PHONES)
def test_overseas_numbers_are_accepted(value):
    assert verdict({}, PHONE, value) is None


def test_a_word_that_means_nothing_is_an_empty_cell():
    model = make_schema(
        [{"name": "A", "type": "number", "constraints": {"required": True}}]
    )
    object.__setattr__(model, "missing_values", ("NA", "N/A"))
    report = check(make_table("A,B", "NA,x", "1,x", "na,x"), model)
    assert {g.code: g.rows for g in report.groups if g.national} == {
        "required.empty": (2,),
        "number.wrong": (4,),
    }


KEYS = {
    "one column": (("A",), {"unique.repeated": 2, "key.empty": 1}),
    "two columns": (("A", "B"), {"key.repeated": 2}),
    "a column that the file lacks": (("A", "C"), {"column.missing": 1}),
}


@pytest.mark.parametrize("case", KEYS)
def test_a_primary_key_tells_rows_apart(case):
    columns, expected = KEYS[case]
    model = make_schema([{"name": name} for name in "ABC"])
    object.__setattr__(model, "primary_key", columns)
    report = check(make_table("A,B", "1,x", "1,x", "2,x", ",y"), model)
    assert {g.code: g.count for g in report.groups if g.national} == expected


def test_a_pattern_of_python_runs_in_the_linear_engine():
    pattern = {"constraints": {"pattern": "^[\\u00C0-\\u00FF\\–\\d]+$"}}
    assert verdict(pattern, (), "é–1") is None
    assert verdict(pattern, (), "e") == ("pattern.mismatch", None)
