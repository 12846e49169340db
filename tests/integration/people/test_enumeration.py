"""Whoever does not know a person hears the same of an account as of none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import helpers

from tests.integration.people.conftest import account, manager_of
from tests.integration.publishing.conftest import Town, call_as

NOBODY = "personne-de-ce-nom"
#: What asks about an account by its name, CKAN's actions and ours.
ACTIONS = (
    "am_following_user", "dataset_followee_count", "dataset_followee_list",
    "follow_user", "followee_count", "followee_list", "group_followee_count",
    "group_followee_list", "odlocale_account_end_sessions",
    "odlocale_account_reset_factor", "odlocale_person_erase",
    "odlocale_person_export", "organization_followee_count",
    "organization_followee_list", "organization_list_for_user",
    "user_activity_list", "user_delete", "user_followee_count",
    "user_followee_list", "user_follower_count", "user_follower_list", "user_patch",
    "unfollow_user", "user_show", "user_update",
)  # fmt: skip


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("field", ["name", "id"])
def test_an_account_answers_as_none_does(
    field: str, action: str, town: Callable[[], Town], app: Any
) -> None:
    commune, stranger = town(), account()
    known = helpers.call_action("user_show", {"ignore_auth": True}, id=commune.agent)
    token = helpers.call_action(
        "api_token_create", {"ignore_auth": True}, user=stranger, name="essai"
    )["token"]
    for headers in ({}, {"Authorization": token}):
        answers = []
        for named in (known[field], NOBODY):
            body = {"id": named, "email": "a@essai.example", "confirm": named}
            answer = app.post(f"/api/action/{action}", json=body, headers=headers)
            said = answer.json["error"]
            assert known["name"] not in answer.text.replace(named, "")
            answers.append((answer.status_code, str(said).replace(named, "")))
        assert answers[0] == answers[1]
        assert answers[0][0] in (403, 404)


@pytest.mark.parametrize("field", ["name", "id", "email"])
@pytest.mark.parametrize("until", ["2020-01-01", "2030-01-01"])
def test_a_mandate_asked_with_a_fault_tells_nothing(
    until: str, field: str, town: Callable[[], Town]
) -> None:
    """A responsable names a stranger in a request that makes nothing."""
    commune, other = town(), town()
    manager = manager_of(commune)
    known = helpers.call_action("user_show", {"ignore_auth": True}, id=other.agent)
    named = known[field] if field != "email" else model.User.get(other.agent).email
    answers = []
    for one in (named, NOBODY if field != "email" else "personne@nulle-part.example"):
        with pytest.raises(tk.ValidationError) as caught:
            call_as(manager, "odlocale_mandate_create", org_id=commune.org_id,
                    holder="agent", holder_id=one, since="2026-01-01",
                    until=until)  # fmt: skip
        answers.append(caught.value.error_dict)
    assert answers[0] == answers[1]
    assert "holder_id" in answers[0]


#: Actions of CKAN that name an account by something else than its ``id``.
NAMING = {
    "api_token_create": {"user": "{named}", "name": "essai"},
    "api_token_list": {"user_id": "{named}"},
    "group_member_create": {"id": "{org}", "username": "{named}", "role": "member"},
    "group_member_delete": {"id": "{org}", "username": "{named}"},
    "member_create": {"id": "{org}", "object": "{named}", "object_type": "user",
                      "capacity": "member"},
    "member_delete": {"id": "{org}", "object": "{named}", "object_type": "user"},
    "organization_member_create": {"id": "{org}", "username": "{named}",
                                   "role": "member"},
    "organization_member_delete": {"id": "{org}", "username": "{named}"},
}  # fmt: skip


@pytest.mark.parametrize("action", NAMING)
def test_an_account_named_otherwise_answers_as_none_does(
    action: str, town: Callable[[], Town], app: Any
) -> None:
    commune, other, stranger = town(), town(), account()
    token = helpers.call_action(
        "api_token_create", {"ignore_auth": True}, user=stranger, name="essai"
    )["token"]
    for headers in ({}, {"Authorization": token}):
        answers = []
        for named in (other.agent, commune.agent, NOBODY):
            body = {
                key: value.format(named=named, org=commune.org_id)
                for key, value in NAMING[action].items()
            }
            answer = app.post(f"/api/action/{action}", json=body, headers=headers)
            told = str(answer.json["error"]).replace(named, "")
            answers.append((answer.status_code, told))
        assert len(set(answers)) == 1, answers
        assert answers[0][0] == 403
