"""What is expected of each data, by when, and whether it came.

Two rules. Where a text dates the data of a year, that day counts (:data:`CALENDARS`).
Elsewhere a release stays up to date for the rhythm that its model announces
(``frequency`` of the table schema, the EU authority's codes), from the day it was
published: no text dates it, so that it binds nobody, and is said as expected.

An answer «nothing to publish» about a year counts as a release of it.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from ckanext.odlocale.scdl.obligation_rules import add_months

#: ``missing``: obliged, and never published; ``free``: nothing is expected.
Standing = Literal["up_to_date", "due", "late", "missing", "free"]

#: How many months a release stays up to date, by the EU frequency authority's code.
MONTHS_BETWEEN: dict[str, int] = {
    "MONTHLY": 1,
    "BIMONTHLY": 2,
    "QUARTERLY": 3,
    "ANNUAL_2": 6,
    "ANNUAL": 12,
    "BIENNIAL": 24,
}

#: What is due within this many days is worth a word.
SOON_DAYS = 30
#: The same for what comes back more than twice a year, which would always be «soon».
SOON_DAYS_OFTEN = 7


@dataclass(frozen=True)
class Calendar:
    """When the data of one year are due.

    :ivar month: of the last day
    :ivar day: of that month
    :ivar years: added to the data's own year
    :ivar kind: of document that the day is about, as keys name it; any where empty
    """

    month: int
    day: int
    years: int
    kind: str = ""

    def last_day(self, year: int) -> datetime.date:
        """Return the last day to publish the data of a year."""
        return datetime.date(year + self.years, self.month, self.day)


#: Subventions: three months after the signature (décret 2017-779, art. 2), so that the
#: last agreement of a year is due on 31 March. Budget: voted by 15 April (CGCT
#: L1612-2), and one month to put it online (CGCT R2313-8).
CALENDARS: dict[str, Calendar] = {
    "subventions": Calendar(3, 31, 1),
    "budget": Calendar(5, 15, 0, "budget-primitif"),
}


#: A year, a kind of document, an establishment, and what tells two of them apart.
_KIND = re.compile(r"\d{4}-(?P<kind>[a-z][a-z-]*?)(?:-(?P<nic>\d{5}))?(?:-\d{1,3})?")


@dataclass(frozen=True)
class Release:
    """A file that is online.

    :ivar key: last part of its address; it begins with the year of its data, if any
    """

    key: str
    published_on: datetime.date


@dataclass(frozen=True)
class Expectation:
    """What is expected of one data of one collectivité.

    :ivar year: of the data that are expected: «nothing to publish» is about it
    :ivar due_on: the last day, or nothing where there is none
    :ivar by_year: whether the data of that very year are expected
    """

    standing: Standing
    year: int
    due_on: datetime.date | None = None
    by_year: bool = False

    @property
    def is_worth_a_reminder(self) -> bool:
        """Whether somebody should be written to."""
        return self.standing in ("due", "late") and self.due_on is not None


def expect(
    schema: str,
    frequency: str,
    releases: Collection[Release],
    answered: Collection[int],
    today: datetime.date,
    *,
    binds: bool = False,
    nic: str = "",
) -> Expectation:
    """Return what is expected of one data.

    :param schema: slug of the model
    :param frequency: code of the EU frequency authority
    :param answered: years about which it was answered that there is nothing
    :param binds: whether the law asks it of this collectivité, as far as is known
    :param nic: last five digits of the SIRET of its main establishment, if known

    >>> online = [Release("2024", datetime.date(2025, 3, 2))]
    >>> found = expect("subventions", "ANNUAL", online, [], datetime.date(2026, 3, 9))
    >>> found.standing, found.year, found.due_on.isoformat()
    ('due', 2025, '2026-03-31')
    """
    calendar = CALENDARS.get(schema)
    if calendar is not None:
        main = main_keys(schema, [one.key for one in releases], nic)
        # A year misread far ahead must not settle all those before it.
        said = {*_years_of(main), *answered}
        years = {year for year in said if year <= today.year + 1}
        return _by_calendar(calendar, years, today, binds)
    return _by_rhythm(MONTHS_BETWEEN.get(frequency), releases, answered, today, binds)


def _by_calendar(
    calendar: Calendar, done: Collection[int], today: datetime.date, binds: bool
) -> Expectation:
    past = today.year - calendar.years
    while calendar.last_day(past) >= today:
        past -= 1
    if not done and not binds:
        return Expectation("free", past)
    following = max(past, *done) + 1 if done else past + 1
    due_on = calendar.last_day(following)
    # Earlier years that nobody published are history: they are not asked for.
    if done and max(done) < past:
        return Expectation("late", past, calendar.last_day(past), by_year=True)
    if is_soon(due_on, today, SOON_DAYS):
        return Expectation("due", following, due_on, by_year=True)
    if not done:
        return Expectation("missing", past, calendar.last_day(past), by_year=True)
    return Expectation("up_to_date", following, due_on, by_year=True)


def _by_rhythm(
    months: int | None,
    releases: Collection[Release],
    answered: Collection[int],
    today: datetime.date,
    binds: bool,
) -> Expectation:
    days = [one.published_on for one in releases]
    days += [datetime.date(year, 12, 31) for year in answered]
    if not days:
        return Expectation("missing" if binds else "free", today.year)
    if not months:
        return Expectation("up_to_date", today.year)
    due_on = add_months(max(days), months)
    if due_on < today:
        return Expectation("late", today.year, due_on)
    soon = SOON_DAYS if months >= MONTHS_BETWEEN["ANNUAL_2"] else SOON_DAYS_OFTEN
    if is_soon(due_on, today, soon):
        return Expectation("due", today.year, due_on)
    return Expectation("up_to_date", today.year, due_on)


def is_soon(due_on: datetime.date, today: datetime.date, days: int) -> bool:
    """Tell whether a day to come is at most some days away."""
    return today <= due_on <= today + datetime.timedelta(days=days)


def main_keys(schema: str, keys: Iterable[str], nic: str = "") -> set[str]:
    """Return the files by which a data is up to date: of budgets, those that were
    voted, of the main establishment; all of them where none is one.

    A decision that amends a budget, or a water service's, says nothing of the town
    hall's own. Where its establishment has none, it is the oldest of the others, which
    has the lowest number. A key that names none is the town hall's.

    :param keys: last parts of the addresses of the files that are online
    :param nic: of the main establishment, if known

    >>> sorted(main_keys("budget", ["2025-budget-primitif-00010",
    ...     "2026-budget-primitif-00085", "2026-decision-modificative-00010"]))
    ['2025-budget-primitif-00010']
    """
    every = set(keys)
    kind = CALENDARS[schema].kind if schema in CALENDARS else ""
    found = {
        key: (match["nic"] or "")
        for key in every
        if kind and (match := _KIND.fullmatch(key)) and match["kind"] == kind
    }
    if not found:
        return every
    numbers = set(found.values()) - {""}
    main = nic if nic in numbers else min(numbers, default="")
    return {key for key, number in found.items() if number in ("", main)}


def _years_of(keys: Iterable[str]) -> set[int]:
    """Years that releases cover, by their keys: «2021-2023» covers three."""
    years: set[int] = set()
    for key in keys:
        first, _, rest = key.partition("-")
        if len(first) == 4 and first.isdigit():
            last = rest[:4] if len(rest) == 4 and rest.isdigit() else first
            years.update(range(int(first), int(last) + 1))
    return years
