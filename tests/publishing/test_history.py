"""The history of an address: what everybody may still read of it."""

from __future__ import annotations

import datetime

import pytest

from ckanext.odlocale.publishing.history import Release, tell_history


def at(day: int) -> datetime.datetime:
    return datetime.datetime(2026, 1, day, tzinfo=datetime.timezone.utc)


def release(state: str, day: int, withdrawn: int | None = None) -> Release:
    moment = at(withdrawn) if withdrawn else None
    return Release(f"{state}-{day}", state, at(day), withdrawn_at=moment)


CASES = {
    "one": ([release("published", 1)], ["online"]),
    "replaced": (
        [release("replaced", 1), release("published", 2)],
        ["online", "kept"],
    ),
    "before a withdrawal": (
        [
            release("replaced", 1),
            release("withdrawn", 2, 3),
            release("replaced", 4),
            release("published", 5),
        ],
        ["online", "kept", "withdrawn", "hidden"],
    ),
    "a withdrawal of which nobody knows the day hides all": (
        [release("withdrawn", 1), release("replaced", 4), release("published", 5)],
        ["online", "hidden", "withdrawn"],
    ),
    "erased rows hide nothing of the others": (
        [release("replaced", 1), release("purged", 2, 9), release("published", 5)],
        ["online", "purged", "kept"],
    ),
}


@pytest.mark.parametrize(("releases", "standings"), CASES.values(), ids=CASES)
def test_what_may_be_read(releases: list[Release], standings: list[str]) -> None:
    lines = tell_history(releases)
    assert [line.standing for line in lines] == standings
    assert [line.is_readable for line in lines] == [
        one in ("online", "kept") for one in standings
    ]
