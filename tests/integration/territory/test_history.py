"""Histories: what was done to a dataset that one may not read today."""

from __future__ import annotations

from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from tests.integration.publishing.conftest import desk_of

__all__ = ["desk_of"]


def call_as(user: str, action: str, **data: Any) -> Any:
    return tk.get_action(action)({"user": user, "ignore_auth": False}, data)


@pytest.fixture
def hidden(portal: None) -> dict[str, Any]:
    """A dataset that was public, and is not any more."""
    agent, stranger = factories.User(), factories.User()
    members = [{"name": agent["name"], "capacity": "editor"}]
    org = factories.Organization(users=members)
    made = call_as(
        agent["name"], "package_create", name=f"histoire-{org['name']}", notes="n",
        title="Cachée", owner_org=org["id"], license_id="lov2", private=False,
    )  # fmt: skip
    call_as(stranger["name"], "follow_dataset", id=made["id"])
    call_as(agent["name"], "package_patch", id=made["id"], private=True)
    return {
        "id": made["id"], "org": org["id"], "agent": agent["name"],
        "stranger": stranger["name"],
    }  # fmt: skip


def seen(hidden: dict[str, Any], who: str, action: str) -> bool:
    """Whether a history names the dataset."""
    about = {
        "organization_activity_list": {"id": hidden["org"]},
        "user_activity_list": {"id": hidden["agent"]},
        "package_activity_list": {"id": hidden["id"]},
    }.get(action, {})
    user = hidden.get(who, "")
    try:
        found = call_as(user, action, limit=100, **about)
    except tk.NotAuthorized:
        return False
    return hidden["id"] in str(found) or "Cachée" in str(found)


LISTS = [
    "recently_changed_packages_activity_list", "organization_activity_list",
    "package_activity_list", "user_activity_list", "dashboard_activity_list",
]  # fmt: skip


@pytest.mark.parametrize("who", ["nobody", "stranger"])
@pytest.mark.parametrize("action", LISTS)
def test_no_history_names_a_dataset_that_one_may_not_read(
    action: str, who: str, hidden: dict[str, Any]
) -> None:
    assert not seen(hidden, who, action)


@pytest.mark.parametrize(
    "action", ["recently_changed_packages_activity_list", "package_activity_list"]
)
def test_whoever_reads_it_has_its_history(action: str, hidden: dict[str, Any]) -> None:
    assert seen(hidden, "agent", action)


@pytest.fixture
def told(portal: None) -> dict[str, Any]:
    """A public dataset that was changed, and what was done to it."""
    agent, stranger = factories.User(), factories.User()
    members = [{"name": agent["name"], "capacity": "editor"}]
    org = factories.Organization(users=members)
    made = call_as(
        agent["name"], "package_create", name=f"dite-{org['name']}", notes="ancien mot",
        title="Dite", owner_org=org["id"], license_id="lov2", private=False,
    )  # fmt: skip
    call_as(agent["name"], "package_patch", id=made["id"], notes="nouveau mot")
    listed = call_as(agent["name"], "package_activity_list", id=made["id"])
    return {
        "id": made["id"], "org": org["id"], "agent": agent["name"],
        "agent_id": agent["id"], "stranger": stranger["name"],
        "activities": [one["id"] for one in listed],
    }  # fmt: skip


def test_a_visitor_reads_what_was_done_and_not_by_whom(
    told: dict[str, Any], app: Any
) -> None:
    new, _ = told["activities"]
    for asked in (
        f"package_activity_list?id={told['id']}",
        f"organization_activity_list?id={told['org']}",
        "recently_changed_packages_activity_list",
        f"activity_show?id={new}",
    ):
        answer = app.get(f"/api/3/action/{asked}")
        assert answer.status_code == 200, asked
        assert told["id"] in answer.body, asked
        assert told["agent_id"] not in answer.body, asked
        assert told["agent"] not in answer.body, asked
        assert "ancien mot" not in answer.body, asked
    page = app.get(f"/dataset/activity/{model.Package.get(told['id']).name}")
    assert "Dite" in page.body
    assert told["agent"] not in page.body


@pytest.mark.parametrize("who", ["stranger", "nobody"])
def test_a_former_state_is_read_by_who_may_change_it(
    who: str, told: dict[str, Any]
) -> None:
    _, old = told["activities"]
    whole = {"id": old, "include_data": True}
    for action, asked in {
        "activity_show": whole,
        "activity_data_show": {"id": old},
    }.items():
        assert "ancien mot" in str(call_as(told["agent"], action, **asked))
        with pytest.raises(tk.NotAuthorized):
            call_as(told.get(who, ""), action, **asked)
    for action, asked in {
        "package_activity_list": {"id": told["id"]},
        "organization_activity_list": {"id": told["org"]},
        "activity_show": {"id": old},
    }.items():
        shown = str(call_as(told.get(who, ""), action, **asked))
        assert told["id"] in shown
        assert "ancien mot" not in shown


def test_a_range_of_changes_is_shown_or_refused_in_words(
    told: dict[str, Any], app: Any, desk_of: Any
) -> None:
    """Core's page failed on every address that it did not write itself."""
    new, old = told["activities"]
    page = "/dataset/changes_multiple"
    agent = desk_of(told["agent"]).client
    shown = agent.get(f"{page}?new_id={new}&old_id={old}&current_new_id={new}")
    assert shown.status_code == 200
    assert "nouveau mot" in shown.text
    for asked, status in {
        f"{page}?new_id={new}&old_id={old}": 403,
        f"{page}?new_id={old}&old_id={new}": 400,
        f"{page}?new_id=aucune&old_id={old}": 404,
        page: 404,
        "/organization/changes_multiple": 404,
        "/group/changes_multiple": 404,
    }.items():
        answer = app.get(asked)
        assert answer.status_code == status, asked


@pytest.mark.parametrize("action", ["member_create", "member_delete"])
@pytest.mark.parametrize("role", ["editor", "admin"])
def test_no_dataset_is_made_a_member_of_an_organisation(
    role: str, action: str, portal: None
) -> None:
    """Whoever runs it: an organisation that is no collectivité's too."""
    user = factories.User()
    members = [{"name": user["name"], "capacity": role}]
    org = factories.Organization(users=members)
    dataset = factories.Dataset(owner_org=factories.Organization()["id"], private=True)
    link = {"object": dataset["id"], "object_type": "package", "capacity": "public"}
    with pytest.raises(tk.NotAuthorized):
        call_as(user["name"], action, id=org["id"], **link)
    rows = model.Session.query(model.Member).filter_by(
        group_id=org["id"], table_id=dataset["id"]
    )
    assert rows.count() == 0
