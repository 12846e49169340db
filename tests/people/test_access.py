"""Passwords, tries, sessions, second factors: what the rules say."""

from __future__ import annotations

import pytest

from ckanext.odlocale.people.access import (
    MAX_LENGTH,
    Fault,
    Marks,
    Scope,
    fault_of,
    hash_of_recovery,
    is_over,
    needs_second_factor,
    new_recovery_codes,
    scopes_of,
    wait_after,
    wait_at,
)


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("", "short"),
        ("onze signes", "short"),
        ("aaaaaaaaaaaa", "guessable"),
        ("123456789012", "guessable"),
        ("password1234", "guessable"),
        ("mairie-crach", "guessable"),
        ("cheval agrafe batterie", None),
        ("Tx9$wq!mZ4rt", None),
        ("x" * (MAX_LENGTH + 1), "long"),
        ("é" * 12, "guessable"),
    ],
)
def test_which_passwords_are_too_weak(password: str, fault: Fault | None) -> None:
    assert fault_of(password, ["mairie", "crach"]) == fault


def test_a_long_password_is_judged_as_fast_as_a_short_one() -> None:
    assert fault_of("ab" * 64) == "guessable"


def test_waiting_grows_and_ends_at_a_quarter_of_an_hour() -> None:
    waits = [wait_after(number) for number in range(60)]
    assert waits == sorted(waits)
    assert waits[-1] == 900
    assert wait_after(10**9) == 900


@pytest.mark.parametrize(
    ("scope", "free", "first", "last"),
    [("here", 4, 30, 900), ("origin", 29, 30, 900), ("account", 49, 60, 60)],
)
def test_what_a_failure_costs(scope: Scope, free: int, first: int, last: int) -> None:
    assert [wait_at(scope, one) for one in (free, free + 1, 10**9)] == [0, first, last]


def test_where_an_account_is_known_others_failures_count_for_nothing() -> None:
    assert scopes_of(has_origin=True, known=True) == ("here",)
    assert scopes_of(has_origin=True, known=False) == ("here", "origin", "account")
    # All visitors that a proxy hides would wait for the first who guesses.
    assert "origin" not in scopes_of(has_origin=False, known=False)


@pytest.mark.parametrize(
    ("marks", "now", "epoch", "over"),
    [
        (Marks(0, 0, 0), 10, 0, False),
        (Marks(0, 0, 0), 11, 0, True),
        (Marks(0, 99, 0), 100, 0, False),
        (Marks(0, 99, 0), 101, 0, True),
        (Marks(0, 0, 0), 1, 1, True),
        # A clock put back: a session from tomorrow is nobody's.
        (Marks(1000, 1000, 0), 0, 0, True),
    ],
)
def test_when_a_session_is_over(
    marks: Marks, now: float, epoch: int, over: bool
) -> None:
    assert is_over(marks, now, epoch, idle=10, absolute=100) is over


@pytest.mark.parametrize(
    ("policy", "sysadmin", "animator", "has_one", "needed"),
    [
        ("animators", True, False, False, True),
        ("animators", False, True, False, True),
        ("animators", False, False, False, False),
        ("animators", False, False, True, True),
        ("everybody", False, False, False, True),
        ("nobody", True, True, False, False),
        ("nobody", False, False, True, True),
    ],
)
def test_who_needs_a_second_factor(
    policy: str, sysadmin: bool, animator: bool, has_one: bool, needed: bool
) -> None:
    found = needs_second_factor(
        policy, is_sysadmin=sysadmin, is_animator=animator, has_one=has_one
    )
    assert found is needed


def test_recovery_codes_are_read_however_they_were_copied() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == 8
    assert hash_of_recovery(f" {codes[0].upper()} ") == hash_of_recovery(codes[0])
