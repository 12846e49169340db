"""When the owner of an account that serves nobody is warned, when it closes."""

from __future__ import annotations

import datetime

import pytest

from ckanext.odlocale.people.idleness import Stage, stage_of

DAY = datetime.timedelta(days=1)
THEN = datetime.datetime(2026, 1, 1)


@pytest.mark.parametrize(
    ("age", "warned", "days", "expected"),
    [
        (0, None, 365, None),
        (334, None, 365, None),
        (335, None, 365, "warn"),
        (336, 335, 365, None),
        (364, 335, 365, None),
        (365, 335, 365, "close"),
        # The job did not run for months: nobody is closed unwarned.
        (900, None, 365, "warn"),
        (900, 890, 365, None),
        (920, 890, 365, "close"),
        # He was warned, came back, and went again.
        (335, -10, 365, "warn"),
        (900, -10, 0, None),
        (20, None, 20, "warn"),
        (20, 10, 20, "close"),
        (10_000, None, 0, None),
        (10_000, None, -5, None),
    ],
)
def test_what_is_done_of_an_account(
    age: int, warned: int | None, days: int, expected: Stage | None
) -> None:
    told = None if warned is None else THEN + warned * DAY
    assert stage_of(THEN, told, THEN + age * DAY, days) == expected
