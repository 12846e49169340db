"""Histories: what was done to a dataset that one may not read today."""

from __future__ import annotations

from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories


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
