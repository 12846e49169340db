"""Tokens of software: how they are written, what they let do, when they are over."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.odlocale.people import tokens
from ckanext.odlocale.people.mandates import Mandate
from ckanext.odlocale.people.token_help import curl_line, deposit_path, example_key
from ckanext.odlocale.publishing.push_core import is_key
from ckanext.odlocale.scdl.catalogue import load_catalogue

TODAY = datetime.date(2026, 6, 15)


def days(number: int) -> datetime.date:
    return TODAY + datetime.timedelta(days=number)


def test_a_token_is_never_made_twice_and_is_not_kept() -> None:
    made = [tokens.new_secret() for _ in range(50)]
    assert len({one.value for one in made}) == 50
    for one in made:
        assert tokens.prefix_of(one.value) == one.prefix
        assert one.value not in one.hash
        assert tokens.is_same(one.value, one.hash)


@pytest.mark.parametrize("kept", [None, "", "0" * 64, tokens.hash_of("")])
def test_what_is_not_the_token_is_not_the_same(kept: str | None) -> None:
    assert not tokens.is_same(tokens.new_secret().value, kept)


def test_nothing_is_never_somebody() -> None:
    assert not tokens.is_same("", None)


GOOD = "odl_abcdefgh_" + "x" * 43
HEADERS = {
    None: "missing",
    "": "missing",
    "   ": "missing",
    GOOD: "scheme",
    f"Basic {GOOD}": "scheme",
    f"Token {GOOD}": "scheme",
    "Bearer": "malformed",
    "Bearer ": "malformed",
    "Bearer odl_": "malformed",
    f"Bearer {GOOD}x": "malformed",
    f"Bearer {GOOD} x": "malformed",
    f"Bearer {GOOD.upper()}": "malformed",
    "Bearer eyJhbGciOiJIUzI1NiJ9.eyJqdGkiOiJ4In0.x": "malformed",
    f"Bearer {GOOD}": GOOD,
    f"bearer  {GOOD} ": GOOD,
}


@pytest.mark.parametrize(("header", "read"), HEADERS.items())
def test_how_a_header_is_read(header: str | None, read: str) -> None:
    assert tokens.read_header(header) == read


@given(st.text(max_size=200))
def test_no_header_fails(header: str) -> None:
    tokens.read_header(header)
    tokens.is_same(header, None)


def test_a_token_in_an_address_is_seen_wherever_it_is() -> None:
    assert tokens.holds_token(f"access_token={GOOD}&x=1")
    assert not tokens.holds_token("q=odl_abc")


@pytest.mark.parametrize(
    ("until", "revoked", "mandate", "expected"),
    [
        (0, False, ("accepted", -9, 0), "current"),
        (-1, False, ("accepted", -9, 9), "expired"),
        (9, True, ("accepted", -9, 9), "revoked"),
        (9, False, ("ended", -9, 9), "mandate"),
        (9, False, ("refused", -9, 9), "mandate"),
        (9, False, ("asked", -9, 9), "mandate"),
        (9, False, ("accepted", 1, 9), "mandate"),
        (9, False, ("accepted", -9, -1), "mandate"),
    ],
)
def test_how_a_token_stands(
    until: int, revoked: bool, mandate: tuple[str, int, int], expected: str
) -> None:
    state, since, last = mandate
    given_by = Mandate(state, days(since), days(last))  # type: ignore[arg-type]
    assert tokens.standing(days(until), revoked, given_by, TODAY) == expected


def test_a_verb_gives_what_it_needs_and_no_more() -> None:
    assert tokens.closure([]) == {"read"}
    assert tokens.closure(["deposit"]) == {"read", "deposit"}
    assert tokens.closure(["withdraw"]) == {"read", "withdraw"}
    assert tokens.closure(["publish", "delete"]) == {"read", "deposit", "publish"}


def test_a_token_covers_no_more_than_its_mandate() -> None:
    assert tokens.common_schemas(["dae"], ["budget"]) == frozenset()
    bearer = tokens.Bearer("t", "o", "n", "p", "m", frozenset({"read"}), frozenset())
    assert not bearer.covers("dae")


@pytest.mark.parametrize("schema", load_catalogue(), ids=lambda one: one.slug)
def test_the_example_of_an_address_is_one(schema) -> None:  # type: ignore[no-untyped-def]
    assert is_key(example_key(schema, TODAY, "21560046100010"))


def test_the_line_to_try_is_one_command() -> None:
    path = deposit_path("56046", "budget", "2025")
    line = curl_line("https://open.example.fr/", GOOD, path, "budget.csv")
    assert line == (
        f'curl -T budget.csv -H "Authorization: Bearer {GOOD}"'
        " https://open.example.fr/api/odlocale/v1/depots/56046/budget/2025"
    )
