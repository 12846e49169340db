"""Which screen comes next, and what the home proposes."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest

from ckanext.odlocale.publishing.steps import (
    DataLine,
    Draft,
    Facts,
    Step,
    add_months,
    allowed_step,
    choose_next_card,
    describe_data,
    first_step,
)

TODAY = datetime.date(2026, 11, 23)
READY = Facts("checked", schema="budget")

FIRST = {
    "a file that cannot be read": (replace(READY, problem="binary"), Step.CHECK),
    "nothing recognised": (replace(READY, schema=None), Step.RECOGNISE),
    "a required column missing": (replace(READY, missing=("A",)), Step.COLUMNS),
    "a column that she does not have": (
        replace(READY, missing=("A",), columns_answered=True, blocking=1, to_see=1),
        Step.CHECK,
    ),
    "findings": (replace(READY, to_see=2), Step.CHECK),
    "nothing to see": (READY, Step.REVIEW),
    "already online": (replace(READY, online="x"), Step.REPLACE),
    "agreed to replace": (replace(READY, online="x", replaces="x"), Step.REVIEW),
    "replaced by somebody meanwhile": (
        replace(READY, online="y", replaces="x"),
        Step.REPLACE,
    ),
    "published": (Facts("published", schema="budget"), Step.DONE),
    "withdrawn": (Facts("withdrawn", schema="budget"), Step.DONE),
}


@pytest.mark.parametrize(("facts", "step"), FIRST.values(), ids=FIRST)
def test_work_goes_on_at_the_screen_that_is_needed(facts: Facts, step: Step) -> None:
    assert first_step(facts) is step


ALLOWED = {
    "back to the findings": (READY, Step.CHECK, Step.CHECK),
    "back to the model": (replace(READY, to_see=2), Step.RECOGNISE, Step.RECOGNISE),
    "review with findings that only warn": (
        replace(READY, to_see=2),
        Step.REVIEW,
        Step.REVIEW,
    ),
    "review of a blocked file": (replace(READY, blocking=1), Step.REVIEW, Step.CHECK),
    "review before the question": (
        replace(READY, online="x"),
        Step.REVIEW,
        Step.REPLACE,
    ),
    "the question when nothing is online": (READY, Step.REPLACE, Step.REVIEW),
    "done before publishing": (READY, Step.DONE, Step.REVIEW),
    "review of an unknown file": (
        replace(READY, schema=None),
        Step.REVIEW,
        Step.RECOGNISE,
    ),
    "the model of an unreadable file": (
        replace(READY, problem="empty"),
        Step.RECOGNISE,
        Step.CHECK,
    ),
    "anything once published": (Facts("replaced"), Step.CHECK, Step.DONE),
}


@pytest.mark.parametrize(("facts", "asked", "shown"), ALLOWED.values(), ids=ALLOWED)
def test_an_address_typed_by_hand_shows_what_must_come_first(
    facts: Facts, asked: Step, shown: Step
) -> None:
    assert allowed_step(facts, asked) is shown


@pytest.mark.parametrize("facts", [facts for facts, _ in FIRST.values()], ids=FIRST)
@pytest.mark.parametrize("asked", Step)
def test_redirections_never_loop(facts: Facts, asked: Step) -> None:
    shown = allowed_step(facts, asked)
    assert allowed_step(facts, shown) is shown


def line(published: list[datetime.date], frequency: str = "ANNUAL") -> DataLine:
    return describe_data("budget", "Budget", "", frequency, published, False, TODAY)


STATUSES = {
    "never published": ([], "ANNUAL", "to_publish"),
    "published this year": ([datetime.date(2026, 3, 1)], "ANNUAL", "up_to_date"),
    "published a year ago today": (
        [datetime.date(2025, 11, 23)],
        "ANNUAL",
        "up_to_date",
    ),
    "published a year and a day ago": (
        [datetime.date(2025, 11, 22)],
        "ANNUAL",
        "to_update",
    ),
    "the latest file counts": (
        [datetime.date(2020, 1, 1), datetime.date(2026, 1, 1)],
        "ANNUAL",
        "up_to_date",
    ),
    "no rhythm is never late": ([datetime.date(2001, 1, 1)], "IRREG", "up_to_date"),
}


@pytest.mark.parametrize(
    ("published", "frequency", "status"), STATUSES.values(), ids=STATUSES
)
def test_a_data_has_one_of_four_statuses(
    published: list[datetime.date], frequency: str, status: str
) -> None:
    assert line(published, frequency).status == status


def test_a_draft_comes_before_any_other_status() -> None:
    drafted = describe_data("budget", "Budget", "", "ANNUAL", [TODAY], True, TODAY)
    assert drafted.status == "draft"


DRAFT = Draft("1", "budget", "b.csv", datetime.datetime(2026, 11, 1))
CARDS = {
    "first day": ([line([])], [], "welcome"),
    "a draft": ([line([datetime.date(2020, 1, 1)])], [DRAFT], "draft"),
    "late": ([line([datetime.date(2024, 1, 1)])], [], "late"),
    "due within thirty days": ([line([datetime.date(2025, 12, 20)])], [], "due"),
    "due later": ([line([datetime.date(2026, 6, 1)])], [], "nothing"),
    "no rhythm": ([line([datetime.date(2020, 6, 1)], "IRREG")], [], "nothing"),
}


@pytest.mark.parametrize(("lines", "drafts", "kind"), CARDS.values(), ids=CARDS)
def test_the_home_proposes_one_thing(
    lines: list[DataLine], drafts: list[Draft], kind: str
) -> None:
    assert choose_next_card(lines, drafts, TODAY).kind == kind


def test_the_home_says_the_next_day_when_all_is_up_to_date() -> None:
    card = choose_next_card([line([datetime.date(2026, 6, 1)])], [], TODAY)
    assert card.day == datetime.date(2027, 6, 1)


def test_months_are_clamped_at_their_end() -> None:
    assert add_months(datetime.date(2024, 2, 29), 12) == datetime.date(2025, 2, 28)
    assert add_months(datetime.date(2026, 12, 31), 2) == datetime.date(2027, 2, 28)
