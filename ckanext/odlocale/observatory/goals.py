"""The goal of an ATD, and where the curve should be meanwhile."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Goal:
    """So many open collectivités by a day."""

    on: datetime.date
    count: int


#: The national programme's, of which this portal is an heir: 350 open collectivités
#: counted in October 2018, 2,000 wanted by the end of 2020.
NATIONAL_START = Goal(datetime.date(2018, 10, 1), 350)
NATIONAL_GOAL = Goal(datetime.date(2020, 12, 31), 2_000)


def expected_on(start: Goal, goal: Goal, day: datetime.date) -> float | None:
    """Return what a straight line from a start to a goal gives on a day.

    :returns: nothing before the start; the goal after its day

    >>> day = datetime.date
    >>> start, goal = Goal(day(2025, 1, 1), 10), Goal(day(2025, 1, 11), 20)
    >>> expected_on(start, goal, day(2025, 1, 6))
    15.0
    """
    if day < start.on:
        return None
    whole = (goal.on - start.on).days
    if whole <= 0 or day >= goal.on:
        return float(goal.count)
    return start.count + (goal.count - start.count) * (day - start.on).days / whole


def month_ends(
    first: datetime.date, last: datetime.date, most: int = 120
) -> list[datetime.date]:
    """Return the days that a curve is read on: the first, ends of months, the last.

    :param most: further back, only the latest are kept

    >>> day = datetime.date
    >>> [str(one) for one in month_ends(day(2026, 1, 15), day(2026, 3, 9))]
    ['2026-01-15', '2026-01-31', '2026-02-28', '2026-03-09']
    """
    days, year, month = [first], first.year, first.month
    while True:
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        day = datetime.date(year, month, 1) - datetime.timedelta(1)
        if day >= last:
            break
        if day > first:
            days.append(day)
    return [*days, last][-most:] if last > first else [last]


def against(
    curve: Sequence[tuple[datetime.date, int]], goal: Goal | None
) -> list[tuple[datetime.date, int, float | None]]:
    """Return a curve with what the goal expected on each day."""
    if goal is None or not curve:
        return [(day, count, None) for day, count in curve]
    start = Goal(*curve[0])
    return [(day, count, expected_on(start, goal, day)) for day, count in curve]
