"""The code sent to a town hall: right, wrong, too late, too often."""

from __future__ import annotations

import datetime
import hmac

import pytest

from ckanext.odlocale.people import codes

NOW = datetime.datetime(2026, 6, 1, tzinfo=datetime.timezone.utc)
KEY = "the portal's own"
SEALED = codes.seal("482913", "r1", KEY)


@pytest.mark.parametrize(
    ("typed", "tries", "minutes", "verdict"),
    [
        ("482913", 0, 0, "right"),
        ("482 913", 4, 29, "right"),
        (" 482-913.", 0, 0, "right"),
        ("482914", 0, 0, "wrong"),
        ("", 0, 0, "wrong"),
        ("4829130", 0, 0, "wrong"),
        ("482913", 5, 0, "locked"),
        ("482913", 0, 30, "expired"),
        ("٤٨٢٩١٣", 0, 0, "wrong"),
    ],
)
def test_what_becomes_of_a_code(
    typed: str, tries: int, minutes: int, verdict: str
) -> None:
    now = NOW + datetime.timedelta(minutes=minutes)
    found = codes.judge(
        typed, SEALED, "r1", KEY, tries=tries, expires_at=NOW + codes.LIFETIME, now=now
    )
    assert found == verdict


@pytest.mark.parametrize(("tries", "minutes"), [(0, 0), (5, 0), (0, 30)])
def test_a_guess_is_compared_in_a_time_that_says_nothing(
    tries: int, minutes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole, as the standard library does it, and even where nothing can be right."""
    compared: list[tuple[str, str]] = []
    real = hmac.compare_digest

    def watch(one: str, other: str) -> bool:
        compared.append((one, other))
        return real(one, other)

    monkeypatch.setattr(codes.hmac, "compare_digest", watch)
    codes.judge(
        "482914", SEALED, "r1", KEY, tries=tries, expires_at=NOW + codes.LIFETIME,
        now=NOW + datetime.timedelta(minutes=minutes),
    )  # fmt: skip
    assert compared == [(codes.seal("482914", "r1", KEY), SEALED)]


def test_a_code_serves_for_its_request_and_this_portal_alone() -> None:
    assert codes.seal("482913", "r2", KEY) != SEALED
    assert codes.seal("482913", "r1", "another's") != SEALED
    assert "482913" not in SEALED


def test_codes_have_all_their_zeros() -> None:
    assert {len(codes.new_code()) for _ in range(500)} == {6}


@pytest.mark.parametrize(
    ("address", "shown"),
    [("mairie@crach.fr", "m•••••@crach.fr"), ("ab@c.fr", "a•@c.fr")],
)
def test_an_address_is_masked(address: str, shown: str) -> None:
    assert codes.mask(address) == shown
