"""Mandates: a collectivité lets somebody act for it, for named data, for a time.

A mandate is accepted by the collectivité that gives it, and by nobody else. It is in
force from its first day to its last, both included; ended early, it stops at once.
Source of the duration: none in law. Three years is half a municipal term (Code
électoral, L227), so that a council renews each mandate at least once.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal, get_args

Holder = Literal["agent", "organization", "software"]
State = Literal["asked", "accepted", "refused", "ended"]
Standing = Literal["asked", "future", "current", "expired", "refused", "ended"]

HOLDERS: Final[tuple[Holder, ...]] = get_args(Holder)
MAX_DAYS: Final = 3 * 366
#: How long after its last day a mandate may still be followed by another.
RENEWABLE_DAYS: Final = 183
#: Everyone concerned is told this many days before the last day.
WARNING_DAYS: Final = (30, 7)


class Fault(Enum):
    """Why a period is refused."""

    REVERSED = "reversed"
    PAST = "past"
    TOO_LONG = "too_long"


@dataclass(frozen=True)
class Mandate:
    """What decides on a mandate.

    :ivar schemas: slugs of the models; empty, all of them
    :ivar until: its last day, included
    """

    state: State
    since: datetime.date
    until: datetime.date
    schemas: frozenset[str] = frozenset()

    def standing(self, today: datetime.date) -> Standing:
        """Return how it stands on a day.

        >>> may = datetime.date(2026, 5, 1), datetime.date(2026, 5, 31)
        >>> one = Mandate("accepted", *may)
        >>> days = (4, 30), (5, 31), (6, 1)
        >>> [one.standing(datetime.date(2026, *day)) for day in days]
        ['future', 'current', 'expired']
        """
        if self.state in ("refused", "ended"):
            return self.state
        if today > self.until:
            return "expired"
        if self.state == "asked":
            return "asked"
        return "future" if today < self.since else "current"

    def is_renewable(self, today: datetime.date) -> bool:
        """Tell whether another may follow it: it was given, and is over for some months
        at most."""
        last = self.until + datetime.timedelta(days=RENEWABLE_DAYS)
        return self.state == "accepted" and today <= last

    def following(self, today: datetime.date) -> tuple[datetime.date, datetime.date]:
        """Return the days of the one that follows it, if it lasts as long.

        It begins on the day after the last one, or today if that is past.

        >>> day = datetime.date.fromisoformat
        >>> one = Mandate("accepted", day("2026-01-01"), day("2026-12-31"))
        >>> [str(it) for it in one.following(day("2026-12-01"))]
        ['2027-01-01', '2027-12-31']
        >>> str(one.following(day("2027-02-01"))[0])
        '2027-02-01'
        """
        since = max(self.until + datetime.timedelta(days=1), today)
        return since, since + (self.until - self.since)

    def covers(self, schema: str) -> bool:
        """Tell whether it is about a model."""
        return not self.schemas or schema in self.schemas


def refuse_period(
    since: datetime.date, until: datetime.date, today: datetime.date
) -> Fault | None:
    """Tell why a mandate may not have this period, if so.

    >>> day = datetime.date.fromisoformat
    >>> refuse_period(day("2026-01-01"), day("2029-12-31"), day("2026-01-01"))
    <Fault.TOO_LONG: 'too_long'>
    """
    if until < since:
        return Fault.REVERSED
    if until < today:
        return Fault.PAST
    return Fault.TOO_LONG if (until - since).days > MAX_DAYS else None


def warning_due(
    until: datetime.date, today: datetime.date, warned: int | None
) -> int | None:
    """Return which warning is to be sent today about the end of a mandate.

    A day on which nothing ran is made up for: the nearest warning that is due and was
    not sent is returned, never two.

    :param warned: the last one sent, in days before the end
    :returns: one of :data:`WARNING_DAYS`, ``0`` once it has expired, or nothing

    >>> day = datetime.date.fromisoformat
    >>> [warning_due(day("2026-06-30"), day(f"2026-{on}"), None)
    ...  for on in ("05-30", "05-31", "06-25", "07-01")]
    [None, 30, 7, 0]
    >>> warning_due(day("2026-06-30"), day("2026-06-10"), 30) is None
    True
    """
    left = (until - today).days
    due = 0 if left < 0 else min((n for n in WARNING_DAYS if left <= n), default=None)
    if due is None or (warned is not None and warned <= due):
        return None
    return due


def schemas_given(mandates: Iterable[Collection[str]]) -> frozenset[str] | None:
    """Return the models that several mandates cover together.

    :param mandates: the models of each; empty, all of them
    :returns: nothing where one covers all

    >>> sorted(schemas_given([{"budget"}, {"dae", "budget"}]))
    ['budget', 'dae']
    >>> schemas_given([{"budget"}, ()]) is None
    True
    """
    found: set[str] = set()
    for schemas in mandates:
        if not schemas:
            return None
        found.update(schemas)
    return frozenset(found)
