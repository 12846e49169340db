"""A link of an account serves once, for a while, and for one thing."""

from __future__ import annotations

import datetime

import pytest
from freezegun import freeze_time

from ckanext.odlocale.people.account_links import (
    LIFETIME,
    Claim,
    Purpose,
    is_same_state,
    read,
    seal,
    state_of,
)

STATE = state_of("hash", "a@b.fr", 1, "secret")
CLAIM = Claim("un-compte", STATE, "c@d.fr")


@pytest.mark.parametrize("purpose", ["password", "address"])
def test_a_link_lives_so_long_and_no_longer(purpose: Purpose) -> None:
    with freeze_time("2026-11-30T08:00:00") as clock:
        made = seal(purpose, CLAIM, "secret")
        clock.tick(datetime.timedelta(seconds=LIFETIME[purpose]))
        assert read(purpose, made, "secret") == CLAIM
        clock.tick(datetime.timedelta(seconds=1))
        assert read(purpose, made, "secret") is None


@pytest.mark.parametrize("forged", ["", "x", "a.b.c", "é", "\0", "W10.x.y"])
def test_what_is_not_ours_says_nothing(forged: str) -> None:
    assert read("password", forged, "secret") is None


def test_a_link_is_of_one_portal_and_for_one_thing() -> None:
    made = seal("password", CLAIM, "secret")
    assert read("password", made, "another secret") is None
    assert read("address", made, "secret") is None
    assert read("password", "A" + made, "secret") is None


@pytest.mark.parametrize(
    ("password", "email", "epoch", "same"),
    [
        ("hash", "A@B.fr", 1, True),
        ("another", "a@b.fr", 1, False),
        ("hash", "c@d.fr", 1, False),
        ("hash", "a@b.fr", 2, False),
        (None, None, 0, False),
    ],
)
def test_it_is_dead_once_the_account_has_changed(
    password: str | None, email: str | None, epoch: int, same: bool
) -> None:
    now = state_of(password, email, epoch, "secret")
    assert is_same_state(CLAIM, now) is same
