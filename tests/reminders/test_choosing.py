"""Whether a reminder is worth its letter."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest

from ckanext.odlocale.publishing.due import Expectation
from ckanext.odlocale.publishing.next_step import DataLine, Duty
from ckanext.odlocale.reminders.choosing import (
    AGAIN_DAYS,
    MAX_LATE,
    Told,
    choose_letter,
    is_quiet,
)

DAY = datetime.date
TODAY = DAY(2026, 3, 10)
DUE_ON, LATE_ON = DAY(2026, 3, 31), DAY(2026, 2, 28)


def line(slug: str, standing: str, day: DAY | None) -> DataLine:
    expected = Expectation(standing, 2025, day)  # type: ignore[arg-type]
    return DataLine(slug, slug, "", "up_to_date", 1, None, expected)


DUE = line("subventions", "due", DUE_ON)
LATE = line("deliberations", "late", LATE_ON)
FINE = line("budget", "up_to_date", DAY(2026, 5, 15))
ASKED = line("catalogue", "missing", None)
OWED = replace(line("grants", "missing", LATE_ON), duty=Duty(True, "…"))
PRESUMED = replace(OWED, duty=Duty(False, "…"))

CASES = {
    "nothing is expected": ([FINE, ASKED], {}, []),
    "owed, and never published": ([OWED, FINE], {}, ["grants"]),
    "owed, told a week ago": (
        [OWED],
        {"grants": Told(LATE_ON, 1, TODAY - datetime.timedelta(7))},
        [],
    ),
    "owed, told often enough": (
        [OWED],
        {"grants": Told(LATE_ON, MAX_LATE, DAY(2026, 1, 1))},
        [],
    ),
    "perhaps owed": ([PRESUMED], {}, []),
    "due for the first time": ([DUE, FINE], {}, ["subventions"]),
    "due, told yesterday": (
        [DUE],
        {"subventions": Told(DUE_ON, 0, TODAY - datetime.timedelta(1))},
        [],
    ),
    "due, told a fortnight ago": (
        [DUE],
        {"subventions": Told(DUE_ON, 0, DAY(2026, 2, 20))},
        [],
    ),
    "due again a year later": (
        [DUE],
        {"subventions": Told(DAY(2025, 3, 31), 3, DAY(2025, 6, 1))},
        ["subventions"],
    ),
    "late for the first time, told before": (
        [LATE],
        {"deliberations": Told(LATE_ON, 0, DAY(2026, 2, 1))},
        ["deliberations"],
    ),
    "late, told a fortnight ago": (
        [LATE],
        {"deliberations": Told(LATE_ON, 1, DAY(2026, 2, 24))},
        [],
    ),
    "late, told four weeks ago": (
        [LATE],
        {
            "deliberations": Told(
                LATE_ON, 1, TODAY - datetime.timedelta(days=AGAIN_DAYS)
            )
        },
        ["deliberations"],
    ),
    "late for long: a person calls": (
        [LATE],
        {"deliberations": Told(LATE_ON, MAX_LATE, DAY(2025, 1, 1))},
        [],
    ),
    "one is new: the letter says them all": (
        [DUE, LATE],
        {"deliberations": Told(LATE_ON, 1, DAY(2026, 3, 1))},
        ["deliberations", "subventions"],
    ),
}


@pytest.mark.parametrize(("lines", "told", "said"), CASES.values(), ids=CASES)
def test_a_letter_is_written_only_where_it_says_something_new(
    lines: list[DataLine], told: dict[str, Told], said: list[str]
) -> None:
    chosen, _ = choose_letter(lines, told, TODAY)
    assert [one.schema for one in chosen] == said


def test_letters_about_late_data_are_counted_until_another_day_is_due() -> None:
    _, once = choose_letter([LATE], {}, TODAY)
    assert once["deliberations"] == Told(LATE_ON, 1, TODAY)
    later = TODAY + datetime.timedelta(days=AGAIN_DAYS)
    _, twice = choose_letter([LATE], once, later)
    assert twice["deliberations"].late == 2
    other = line("deliberations", "late", DAY(2026, 5, 1))
    _, fresh = choose_letter([other], twice, DAY(2026, 5, 2))
    assert fresh["deliberations"].late == 1


def test_what_was_told_is_kept_as_it_is() -> None:
    told = Told(DUE_ON, 2, TODAY)
    assert Told.from_dict(told.to_dict()) == told


def test_a_week_is_seven_whole_days() -> None:
    now = datetime.datetime(2026, 3, 10, 9, tzinfo=datetime.timezone.utc)
    week = datetime.timedelta(days=7)
    assert is_quiet(now - week + datetime.timedelta(seconds=1), now)
    assert not is_quiet(now - week, now)
    assert not is_quiet(None, now)
