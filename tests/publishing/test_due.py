"""What is expected of each data, by when."""

from __future__ import annotations

import datetime

import pytest

from ckanext.odlocale.publishing.due import CALENDARS, Release, expect, main_keys

DAY = datetime.date
TODAY = DAY(2026, 11, 29)


def told(schema: str, frequency: str, *releases: Release, **more: object) -> tuple:
    asked = {"answered": [], "today": TODAY, "binds": False, **more}
    found = expect(schema, frequency, releases, **asked)  # type: ignore[arg-type]
    return found.standing, found.year, found.due_on


JANUARY = DAY(2026, 1, 1)


def online(key: str, day: DAY = JANUARY) -> Release:
    return Release(key, day)


BY_YEAR = {
    "never, and nobody asks": ([], {}, ("free", 2025, None)),
    "never, and the law asks": (
        [],
        {"binds": True},
        ("missing", 2025, DAY(2026, 3, 31)),
    ),
    "a year far ahead": (["2024", "2202"], {}, ("late", 2025, DAY(2026, 3, 31))),
    "last year's came": (["2025"], {}, ("up_to_date", 2026, DAY(2027, 3, 31))),
    "an older one came": (["2024"], {}, ("late", 2025, DAY(2026, 3, 31))),
    "an older one, sent yesterday": (["2012"], {}, ("late", 2025, DAY(2026, 3, 31))),
    "a later one came first": (["2026"], {}, ("up_to_date", 2027, DAY(2028, 3, 31))),
    "answered: nothing": (
        ["2024"],
        {"answered": [2025]},
        ("up_to_date", 2026, DAY(2027, 3, 31)),
    ),
    "only an answer": ([], {"answered": [2024]}, ("late", 2025, DAY(2026, 3, 31))),
    "on the very day": (
        ["2025"],
        {"today": DAY(2027, 3, 31)},
        ("due", 2026, DAY(2027, 3, 31)),
    ),
    "the day after": (
        ["2025"],
        {"today": DAY(2027, 4, 1)},
        ("late", 2026, DAY(2027, 3, 31)),
    ),
    "thirty days before": (
        ["2025"],
        {"today": DAY(2027, 3, 1)},
        ("due", 2026, DAY(2027, 3, 31)),
    ),
    "thirty-one days before": (
        ["2025"],
        {"today": DAY(2027, 2, 28)},
        ("up_to_date", 2026, DAY(2027, 3, 31)),
    ),
    "never, asked, and soon": (
        [],
        {"binds": True, "today": DAY(2027, 3, 2)},
        ("due", 2026, DAY(2027, 3, 31)),
    ),
    "several years at once": (
        ["2023-2025"],
        {},
        ("up_to_date", 2026, DAY(2027, 3, 31)),
    ),
    "a key that is no year": (["complet"], {}, ("free", 2025, None)),
}


@pytest.mark.parametrize(("keys", "more", "expected"), BY_YEAR.values(), ids=BY_YEAR)
def test_the_grants_of_a_year_are_due_on_31_march(
    keys: list[str], more: dict, expected: tuple
) -> None:
    releases = [online(key) for key in keys]
    assert told("subventions", "ANNUAL", *releases, **more) == expected


def test_the_budget_of_the_year_is_due_a_month_after_the_last_day_to_vote_it() -> None:
    assert CALENDARS["budget"].last_day(2026) == DAY(2026, 5, 15)
    late = told("budget", "ANNUAL", online("2025-budget-primitif-00010"))
    assert late == ("late", 2026, DAY(2026, 5, 15))


OTHERS = {
    "an annexe": "2026-budget-primitif-00085",
    "a decision": "2026-decision-modificative-00010-1",
    "last year's account": "2026-compte-administratif-00010",
}


@pytest.mark.parametrize("key", OTHERS.values(), ids=OTHERS)
def test_another_document_is_not_the_budget_that_is_expected(key: str) -> None:
    before = online("2025-budget-primitif-00010")
    assert told("budget", "ANNUAL", before, online(key))[0] == "late"
    main = online("2026-budget-primitif-00010")
    assert told("budget", "ANNUAL", before, main, online(key))[0] == "up_to_date"


def test_the_main_establishment_is_the_one_that_is_known_else_the_oldest() -> None:
    keys = ["2025-budget-primitif-00010", "2026-budget-primitif-00028"]
    assert main_keys("budget", keys) == {keys[0]}
    assert main_keys("budget", keys, "00028") == {keys[1]}
    # It moved away: what it published before counts as its own.
    assert main_keys("budget", keys, "00036") == {keys[0]}
    nameless = ["2024-budget-primitif", "2025-budget-primitif-00010"]
    assert main_keys("budget", nameless) == set(nameless)


BY_RHYTHM = {
    "this year": ("ANNUAL", DAY(2026, 3, 1), {}, ("up_to_date", DAY(2027, 3, 1))),
    "a year ago today": ("ANNUAL", DAY(2025, 11, 29), {}, ("due", TODAY)),
    "and a day": ("ANNUAL", DAY(2025, 11, 28), {}, ("late", DAY(2026, 11, 28))),
    "no rhythm": ("IRREG", DAY(2001, 1, 1), {}, ("up_to_date", None)),
    "each month, in a fortnight": (
        "MONTHLY",
        DAY(2026, 11, 13),
        {},
        ("up_to_date", DAY(2026, 12, 13)),
    ),
    "each month, in a week": (
        "MONTHLY",
        DAY(2026, 11, 6),
        {},
        ("due", DAY(2026, 12, 6)),
    ),
    "answered for the year": (
        "ANNUAL",
        DAY(2024, 1, 1),
        {"answered": [2026]},
        ("up_to_date", DAY(2027, 12, 31)),
    ),
    "months end where they end": (
        "QUARTERLY",
        DAY(2026, 11, 29),
        {"today": DAY(2027, 3, 1)},
        ("late", DAY(2027, 2, 28)),
    ),
}


@pytest.mark.parametrize(
    ("frequency", "day", "more", "expected"), BY_RHYTHM.values(), ids=BY_RHYTHM
)
def test_elsewhere_a_release_stays_up_to_date_for_the_rhythm_of_its_model(
    frequency: str, day: DAY, more: dict, expected: tuple
) -> None:
    standing, _, due_on = told("equipements", frequency, online("x", day), **more)
    assert (standing, due_on) == expected


@pytest.mark.parametrize(("binds", "standing"), [(True, "missing"), (False, "free")])
def test_what_was_never_published_is_missing_only_where_it_is_asked(
    binds: bool, standing: str
) -> None:
    assert told("equipements", "ANNUAL", binds=binds)[0] == standing


def test_nobody_is_reminded_of_what_has_no_day() -> None:
    asked = expect("equipements", "ANNUAL", [], [], TODAY, binds=True)
    assert not asked.is_worth_a_reminder
