"""Who may be written to again, and what the page's address asks for."""

from __future__ import annotations

import datetime

import pytest

from ckanext.odlocale.people.invitations import Standing
from ckanext.odlocale.people.reminding import (
    AsideReason,
    Sought,
    digest_of,
    read_sought,
    reason_against,
)

NOW = datetime.datetime(2026, 3, 31, tzinfo=datetime.timezone.utc)
DAY = datetime.timedelta(days=1)


@pytest.mark.parametrize(
    ("standing", "age", "expected"),
    [
        ("sent", 8, None),
        ("sent", 6, "week"),
        ("expired", 14, None),
        ("unknown", 8, None),
        ("unknown", None, None),
        ("waiting", None, "week"),
        ("refused", 30, "refused"),
        ("accepted", 30, "answered"),
        ("declined", 30, "answered"),
        ("cancelled", 30, "answered"),
        (None, None, "gone"),
    ],
)
def test_who_is_set_aside(
    standing: Standing | None, age: int | None, expected: AsideReason | None
) -> None:
    sent_at = None if age is None else NOW - age * DAY
    assert reason_against(standing, sent_at, NOW) == expected


@pytest.mark.parametrize("page", ["", "0", "-1", "x", "²", "99999999999", "1e3"])
def test_a_strange_page_is_the_first(page: str) -> None:
    assert read_sought({"page": page}, ["1"]).page == 1


def test_a_perimeter_that_is_not_one_s_own_is_not_asked_for() -> None:
    given = {"perimetre": "9", "voir": "x"}
    assert read_sought(given, ["1", "2"]) == Sought("1", "waiting", 1)


def test_an_address_says_what_is_not_as_usual() -> None:
    assert Sought("1").to_query() == {"perimetre": "1"}
    assert Sought("1", "never", 3).to_query(page=2) == {
        "perimetre": "1", "voir": "never", "page": 2,
    }  # fmt: skip


def test_the_same_people_have_the_same_digest() -> None:
    one, two = ("1", "a@b.fr"), ("2", "c@d.fr")
    assert digest_of([one, two]) == digest_of([two, one]) != digest_of([one])
