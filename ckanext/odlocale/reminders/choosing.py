"""Whether a reminder is worth its letter: told once before the day, then rarely.

Whoever is written to each week stops reading. A data is told of once before its day,
then every four weeks, six times at most: after that a person calls.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.odlocale.publishing.next_step import DataLine

#: Days between two letters to one person, at least, wherever she works.
QUIET_DAYS = 7
#: Days between two letters about the same late data.
AGAIN_DAYS = 28
#: Letters about one late data.
MAX_LATE = 6


@dataclass(frozen=True)
class Told:
    """What somebody was last told of one data.

    :ivar due_on: the day that it was about
    :ivar late: how many letters said that it was late
    :ivar on: the day of the last one
    """

    due_on: datetime.date
    late: int
    on: datetime.date

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON keeps it."""
        return {
            "due_on": self.due_on.isoformat(),
            "late": self.late,
            "on": self.on.isoformat(),
        }

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Told:
        """Return what JSON kept."""
        due_on, on = (
            datetime.date.fromisoformat(kept[name]) for name in ("due_on", "on")
        )
        return cls(due_on, int(kept["late"]), on)


def expected_of(lines: Iterable[DataLine]) -> list[DataLine]:
    """Return what is late or due soon, or owed, the oldest day first."""
    found = [one for one in lines if one.expected.is_worth_a_reminder or is_owed(one)]
    return sorted(found, key=lambda one: (str(one.due_on), one.schema))


def is_owed(line: DataLine) -> bool:
    """Tell whether the law surely asks for a data by a day that is past, and nothing
    was ever published of it nor answered."""
    certain = line.duty is not None and line.duty.certain
    return line.expected.standing == "missing" and certain and line.due_on is not None


def is_new(line: DataLine, told: Told | None, today: datetime.date) -> bool:
    """Tell whether one data is worth a letter today."""
    if told is None or told.due_on != line.due_on:
        return True
    if line.expected.standing == "due":
        return False
    if told.late == 0:
        return True
    rested = told.on + datetime.timedelta(days=AGAIN_DAYS) <= today
    return rested and told.late < MAX_LATE


def choose_letter(
    lines: Iterable[DataLine], told: Mapping[str, Told], today: datetime.date
) -> tuple[list[DataLine], dict[str, Told]]:
    """Return what a letter says today, and what will then have been told.

    One letter says all that is expected: a second one about the rest would follow.

    :param told: by slug, what the person was told of this collectivité
    :returns: nothing where nothing is worth a letter
    """
    expected = expected_of(lines)
    if not any(is_new(one, told.get(one.schema), today) for one in expected):
        return [], dict(told)
    return expected, {one.schema: _tell(one, told, today) for one in expected}


def _tell(line: DataLine, told: Mapping[str, Told], today: datetime.date) -> Told:
    former = told.get(line.schema)
    day = line.due_on or today
    late = former.late if former is not None and former.due_on == day else 0
    return Told(day, late + (line.expected.standing != "due"), today)


def is_quiet(last: datetime.datetime | None, now: datetime.datetime) -> bool:
    """Tell whether it is too soon to write again."""
    return last is not None and now - last < datetime.timedelta(days=QUIET_DAYS)
