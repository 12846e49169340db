"""The month of an ATD, in figures: who publishes, who began, who needs help."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal

from ckanext.odlocale.base.french import MONTHS

Reason = Literal["late", "draft", "address"]

#: Names listed in the letter; more are counted.
MAX_NAMES = 20


@dataclass(frozen=True)
class Month:
    """A calendar month.

    >>> Month.before(datetime.date(2026, 1, 9))
    Month(year=2025, number=12)
    """

    year: int
    number: int

    @classmethod
    def before(cls, today: datetime.date) -> Month:
        """Return the last month that is over."""
        last = today.replace(day=1) - datetime.timedelta(days=1)
        return cls(last.year, last.month)

    @property
    def first_day(self) -> datetime.date:
        """Its first day."""
        return datetime.date(self.year, self.number, 1)

    @property
    def end(self) -> datetime.date:
        """The first day of the next one."""
        return (self.first_day + datetime.timedelta(days=31)).replace(day=1)

    @property
    def code(self) -> str:
        """How tables name it: «2026-03»."""
        return f"{self.year}-{self.number:02}"

    @property
    def name(self) -> str:
        """What it is called: «Mars»."""
        return MONTHS[self.number - 1].capitalize()


@dataclass(frozen=True)
class Help:
    """A collectivité that somebody should call.

    :ivar reason: data late although reminded, a draft left, or an address that the
        mail server refuses
    """

    code: str
    name: str
    reason: Reason


@dataclass(frozen=True)
class Figures:
    """What a digest tells of one ATD.

    :ivar total: collectivités of its perimeter
    :ivar publishing: those that have a file online
    :ivar new: names of those whose first file came in the month
    :ivar to_help: one line for each collectivité
    """

    total: int
    publishing: int
    new: tuple[str, ...]
    to_help: tuple[Help, ...]


def list_names(names: tuple[str, ...], more: str) -> str:
    """Return names in one line, and how many others there are.

    :param more: a sentence with ``{count}``

    >>> list_names(("Crach", "Auray"), "and {count} more")
    'Crach, Auray'
    """
    shown = ", ".join(names[:MAX_NAMES])
    left = len(names) - MAX_NAMES
    return f"{shown} {more.format(count=left)}" if left > 0 else shown
