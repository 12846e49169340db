"""Mandates: from which day to which, about what, and when one is told."""

from __future__ import annotations

import datetime

import pytest

from ckanext.odlocale.people import mandates
from ckanext.odlocale.people.mandates import Fault, Mandate

TODAY = datetime.date(2026, 6, 15)


def days(number: int) -> datetime.date:
    return TODAY + datetime.timedelta(days=number)


@pytest.mark.parametrize(
    ("state", "since", "until", "expected"),
    [
        ("accepted", 0, 0, "current"),
        ("accepted", -1, 0, "current"),
        ("accepted", 1, 2, "future"),
        ("accepted", -9, -1, "expired"),
        ("asked", 0, 9, "asked"),
        ("asked", -9, -1, "expired"),
        ("refused", 0, 9, "refused"),
        ("ended", 0, 9, "ended"),
        ("ended", -9, -1, "ended"),
    ],
)
def test_how_a_mandate_stands(
    state: mandates.State, since: int, until: int, expected: str
) -> None:
    assert Mandate(state, days(since), days(until)).standing(TODAY) == expected


def test_a_mandate_covers_its_models_and_no_other() -> None:
    one = Mandate("accepted", TODAY, TODAY, frozenset({"budget"}))
    assert one.covers("budget")
    assert not one.covers("dae")
    assert Mandate("accepted", TODAY, TODAY).covers("dae")


@pytest.mark.parametrize(
    ("since", "until", "fault"),
    [
        (0, 0, None),
        (0, mandates.MAX_DAYS, None),
        (0, mandates.MAX_DAYS + 1, Fault.TOO_LONG),
        (2, 1, Fault.REVERSED),
        (-9, -1, Fault.PAST),
    ],
)
def test_which_periods_are_refused(since: int, until: int, fault: Fault | None) -> None:
    assert mandates.refuse_period(days(since), days(until), TODAY) is fault


def test_each_warning_is_due_once_whatever_days_the_portal_slept() -> None:
    until = days(40)
    sent = []
    warned: int | None = None
    for day in (0, 5, 11, 12, 36, 37, 41, 60):
        due = mandates.warning_due(until, days(day), warned)
        if due is not None:
            sent.append((day, due))
            warned = due
    assert sent == [(11, 30), (36, 7), (41, 0)]


def test_several_mandates_add_up() -> None:
    assert mandates.schemas_given([["budget"], ["dae"]]) == {"budget", "dae"}
    assert mandates.schemas_given([["budget"], []]) is None
    assert mandates.schemas_given([]) == frozenset()
