"""Two families of labels, whatever the number of collectivités."""

from __future__ import annotations

import pytest

from ckanext.odlocale.territory.labels import Membership, private_labels, user_labels

READING, CASCADING = {"admin", "editor", "member"}, {"admin"}


def labels(*memberships: tuple[str, str]) -> set[str]:
    held = [Membership(org_id, capacity) for org_id, capacity in memberships]
    return set(user_labels("u", held, reading=READING, cascading=CASCADING))


def reads(user: set[str], owner: str, *above: str) -> bool:
    return bool(user & set(private_labels(owner, above)))


@pytest.mark.parametrize(
    ("memberships", "allowed"),
    [
        pytest.param([], set(), id="nobody"),
        pytest.param([("atd", "admin")], {"atd", "epci", "a", "b"}, id="animator"),
        pytest.param([("atd", "editor")], {"atd"}, id="editor of the ATD"),
        pytest.param([("atd", "member")], {"atd"}, id="member of the ATD"),
        pytest.param([("epci", "admin")], {"epci", "a"}, id="admin of the EPCI"),
        pytest.param([("a", "editor")], {"a"}, id="agent"),
        pytest.param([("a", "parent")], set(), id="role that reads nothing"),
        pytest.param([("a", "editor"), ("b", "member")], {"a", "b"}, id="agent of two"),
    ],
)
def test_a_role_reads_its_organisation_and_only_an_admins_what_is_below(
    memberships: list[tuple[str, str]], allowed: set[str]
) -> None:
    above = {"atd": (), "epci": ("atd",), "a": ("epci", "atd"), "b": ("atd",)}
    user = labels(*memberships)
    assert {org for org, up in above.items() if reads(user, org, *up)} == allowed


def test_several_parents_each_read() -> None:
    above = ("epci", "departement", "region")
    for org_id in above:
        assert reads(labels((org_id, "admin")), "commune", *above)


def test_an_organisation_in_a_loop_is_not_above_itself() -> None:
    assert private_labels("a", ["b", "a", "b"]) == ["member-a", "under-b"]


def test_the_labels_of_an_animator_do_not_follow_his_territory() -> None:
    assert len(labels(("atd", "admin"))) == 4
