"""What a login by a provider gives: a table of cases."""

from __future__ import annotations

import itertools
from typing import Any, get_args

import pytest

from ckanext.odlocale.people.oidc_rules import (
    Known,
    LoginRefused,
    State,
    check_strength,
    decide,
    may_adopt,
    read_person,
    reason_of_error,
)

A, B = "215600461", "215601766"
CLAIMS = {
    "sub": "1",
    "siret": f"{A}00010",
    "email": "anne@crach.fr",
    "given_name": "Anne",
    "usual_name": "Le Bris",
}


def decided(siren: str, known: list[Known], **more: Any) -> str:
    given = {
        "place": "commune",
        "is_member": False,
        "was_removed": False,
        "entry": "everybody",
        **more,
    }
    return decide(siren, known, **given)


CASES: dict[str, tuple[str, list[Known], dict[str, Any], str]] = {
    "first login of an agent": (A, [], {}, "enter"),
    "again": (A, [Known(A, "granted")], {"is_member": True}, "renew"),
    "again, of three communes": (
        A, [Known(A, "granted"), Known(B, "granted")], {"is_member": True}, "renew",
    ),
    "a claim that changed": (B, [Known(A, "granted")], {}, "ask"),
    "a claim that changed, asked already": (
        B, [Known(A, "granted"), Known(B, "waiting")], {}, "wait",
    ),
    "a claim that changed, accepted": (
        B, [Known(A, "granted"), Known(B, "granted")], {"is_member": True}, "renew",
    ),
    "a claim that changed, refused": (
        B, [Known(A, "granted"), Known(B, "refused")], {}, "refuse",
    ),
    "works there by an invitation": (
        B, [Known(A, "granted")], {"is_member": True}, "enter",
    ),
    "invited while it waited": (B, [Known(B, "waiting")], {"is_member": True}, "enter"),
    "a CCAS": (B, [], {"place": None}, "ask"),
    "a CCAS, asked already": (B, [Known(B, "waiting")], {"place": None}, "wait"),
    "a CCAS, chosen": (B, [Known(B, "granted")], {"is_member": True}, "renew"),
    "a CCAS, refused": (B, [Known(B, "refused")], {"place": None}, "refuse"),
    "lapsed": (A, [Known(A, "lapsed")], {"was_removed": True}, "renew"),
    "its collectivité closed": (A, [Known(A, "granted")], {"place": None}, "ask"),
    "taken out by a responsable": (
        A, [Known(A, "granted")], {"was_removed": True}, "ask",
    ),
    "taken out, then a first login": (A, [], {"was_removed": True}, "ask"),
    "communes only, a commune": (A, [], {"entry": "communes"}, "enter"),
    "communes only, an EPCI": (
        A, [], {"entry": "communes", "place": "epci"}, "ask",
    ),
    "nobody by himself": (A, [], {"entry": "nobody"}, "ask"),
    "nobody by himself, renewed": (
        A, [Known(A, "granted")], {"entry": "nobody", "is_member": True}, "renew",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_a_login_gives(case: str) -> None:
    siren, known, more, expected = CASES[case]
    assert decided(siren, known, **more) == expected


def test_no_case_gives_a_role_that_nobody_answered_for() -> None:
    """All there is: whoever was answered no, waits, or was taken out stays outside."""
    states = (None, *get_args(State))
    for mine, other, place, removed, entry in itertools.product(
        states, states, (None, "commune", "epci"), (False, True),
        ("everybody", "communes", "nobody"),
    ):  # fmt: skip
        known = [Known(s, state) for s, state in ((A, mine), (B, other)) if state]
        got = decided(A, known, place=place, was_removed=removed, entry=entry)
        if place is None or mine in ("refused", "waiting", "granted"):
            assert got in ("ask", "wait", "refuse")
        if got == "enter":
            assert not known
            assert not removed
        if got == "renew":
            assert mine == "lapsed"


@pytest.mark.parametrize(
    ("siret", "reason"),
    [
        (None, "siret missing"),
        ("", "siret missing"),
        ("2156004610001", "siret malformed"),
        ("215600461000100", "siret malformed"),
        ("21560046100O10", "siret malformed"),
        ("٢١٥٦٠٠٤٦١٠٠٠١٠", "siret malformed"),
        ("21560046100010\n", "siret malformed"),
        (21560046100010, "siret malformed"),
        (["21560046100010"], "siret malformed"),
        ({"siret": "21560046100010"}, "siret malformed"),
    ],
)
def test_a_siret_that_is_none_is_refused(siret: Any, reason: str) -> None:
    with pytest.raises(LoginRefused) as caught:
        read_person("https://a.fr", {"sub": "1"}, {**CLAIMS, "siret": siret})
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "email", [None, "", "anne", "a b@c.fr", ["a@b.fr"], "a@b\n.fr"]
)
def test_no_address_no_account(email: Any) -> None:
    with pytest.raises(LoginRefused) as caught:
        read_person("https://a.fr", {"sub": "1"}, {**CLAIMS, "email": email})
    assert caught.value.reason == "email"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({}, "Anne Le Bris"),
        ({"usual_name": None, "family_name": "Roux"}, "Anne Roux"),
        ({"given_name": 3, "usual_name": None, "name": "A. Roux"}, "A. Roux"),
        ({"given_name": "", "usual_name": ""}, "anne"),
        ({"given_name": "An\0ne\n", "usual_name": "x" * 500}, f"Anne {'x' * 200}"),
    ],
)
def test_somebody_has_a_name_whatever_is_given(
    names: dict[str, Any], expected: str
) -> None:
    person = read_person("https://a.fr", {"sub": "1"}, {**CLAIMS, **names})
    assert person.fullname == expected


def test_a_secondary_establishment_is_of_the_same_collectivite() -> None:
    claims = {**CLAIMS, "siret": f"{A}00077"}
    assert read_person("https://a.fr", {"sub": "1"}, claims).siren == A


@pytest.mark.parametrize(
    ("acr", "accepted", "is_taken"),
    [
        ("eidas2", ["eidas2"], True),
        ("eidas1", ["eidas2", "eidas3"], False),
        (None, ["eidas2"], False),
        (["eidas2"], ["eidas2"], False),
        (None, [], True),
    ],
)
def test_a_weak_login_is_refused(acr: Any, accepted: list[str], is_taken: bool) -> None:
    if is_taken:
        check_strength(acr, accepted)
        return
    with pytest.raises(LoginRefused) as caught:
        check_strength(acr, accepted)
    assert caught.value.reason == "acr"


@pytest.mark.parametrize(
    ("error", "description", "reason", "code"),
    [
        ("access_denied", "", "denied", ""),
        ("access_denied", "User auth aborted", "denied", ""),
        ("access_denied", "private (Y500015)", "private", "Y500015"),
        ("Y500015", "", "private", "Y500015"),
        ("invalid_request", "unknown (Y000400)", "provider", "Y000400"),
        ("server_error", "Y030031", "provider", "Y030031"),
        ("<script>", "<b>", "provider", ""),
        ("invalid_acr", "requested ACRs could not be satisfied", "provider", ""),
    ],
)
def test_why_a_provider_sends_somebody_back(
    error: str, description: str, reason: str, code: str
) -> None:
    refused = reason_of_error(error, description)
    assert (refused.reason, refused.detail) == (reason, code)


ADOPTED = {
    "made_by_issuer": True, "same_email": True, "sirens": [A], "siren": A,
    "is_plain": True,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, True),
        # The account has a password that its owner knows: he proves it.
        ({"made_by_issuer": False}, False),
        ({"same_email": False}, False),
        # Something would be gained: another commune, a role above, a second factor.
        ({"sirens": [A, B]}, False),
        ({"sirens": []}, False),
        ({"siren": B}, False),
        ({"is_plain": False}, False),
    ],
)
def test_an_account_is_adopted_only_where_nothing_is_gained(
    change: dict[str, Any], expected: bool
) -> None:
    assert may_adopt(**{**ADOPTED, **change}) is expected
