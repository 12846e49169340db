"""Who is under whom is the portal's business, and never goes round in a circle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories, helpers

Call = Callable[..., Any]
DELLE, BELFORT, HEAD = "90033", "90010", "229000013"


def org_of(code: str) -> str:
    found = helpers.call_action("odlocale_collectivity_show", code=code)
    return str(found["organization"]["id"])


def parents(org_id: str) -> list[str]:
    shown = helpers.call_action("organization_show", id=org_id)
    return sorted(model.Group.get(one["name"]).id for one in shown["groups"])


def moves(child: str, other: str) -> dict[str, tuple[str, dict[str, Any]]]:
    link = {"id": child, "object": other, "object_type": "group"}
    return {
        "member": ("member_create", {**link, "capacity": "parent"}),
        "capitals": (
            "member_create",
            {**link, "object_type": "GROUP", "capacity": "public"},
        ),
        "itself": ("member_create", {**link, "object": child, "capacity": "public"}),
        "removed": ("member_delete", {**link, "object": parents(child)[0]}),
        "patched": ("organization_patch", {"id": child, "groups": [{"id": other}]}),
        "by name": ("organization_patch", {"id": child, "groups": [{"name": other}]}),
        "emptied": ("organization_patch", {"id": child, "groups": []}),
        "malformed": ("organization_patch", {"id": child, "groups": ["\0", 3]}),
    }


@pytest.mark.parametrize(
    "way",
    [
        "member",
        "capitals",
        "itself",
        "removed",
        "patched",
        "by name",
        "emptied",
        "malformed",
    ],
)
def test_the_manager_of_a_commune_cannot_move_it(
    way: str, belfort: dict[str, Any], agent_of: Callable[..., str], call_as: Call
) -> None:
    manager = agent_of(DELLE, "admin")
    child = org_of(DELLE)
    before = parents(child)
    action, data = moves(child, org_of(BELFORT))[way]
    with pytest.raises((tk.NotAuthorized, tk.ValidationError)):
        call_as(manager, action, **data)
    assert parents(child) == before


@pytest.mark.parametrize("action", ["organization_patch", "group_patch"])
@pytest.mark.parametrize(
    "change",
    [
        {"is_organization": False},
        {"state": "draft"},
        {"state": "deleted"},
        {"approval_status": "pending"},
    ],
    ids=str,
)
def test_the_manager_of_a_commune_cannot_make_it_vanish(
    action: str,
    change: dict[str, Any],
    belfort: dict[str, Any],
    agent_of: Callable[..., str],
    call_as: Call,
) -> None:
    manager = agent_of(DELLE, "admin")
    child = org_of(DELLE)
    with pytest.raises((tk.NotAuthorized, tk.ValidationError, tk.ObjectNotFound)):
        call_as(manager, action, id=child, **change)
    group = model.Group.get(child)
    assert (group.state, group.is_organization) == ("active", True)
    assert group.approval_status == "approved"


@pytest.mark.parametrize("field", ["description", "contact_name", "address"])
def test_a_text_that_cannot_be_kept_is_refused(
    field: str, belfort: dict[str, Any], agent_of: Callable[..., str], call_as: Call
) -> None:
    manager = agent_of(DELLE, "admin")
    with pytest.raises(tk.ValidationError) as refused:
        call_as(manager, "organization_patch", id=org_of(DELLE), **{field: "a\0b"})
    assert field in refused.value.error_dict


def test_a_manager_still_edits_the_contact_but_puts_nobody_in(
    belfort: dict[str, Any], agent_of: Callable[..., str], call_as: Call
) -> None:
    manager = agent_of(DELLE, "admin")
    child = org_of(DELLE)
    before = parents(child)
    call_as(manager, "organization_patch", id=child, description="Notre commune.")
    shown = call_as(manager, "organization_show", id=child, include_users=True)
    call_as(manager, "organization_patch", id=child, groups=shown["groups"])
    # A team is changed by its own actions, which ask the person.
    member = {"username": factories.User()["name"], "role": "editor"}
    with pytest.raises(tk.NotAuthorized):
        call_as(manager, "organization_member_create", id=child, **member)
    # What core's form sends back as it was changes nothing.
    call_as(manager, "organization_patch", id=child, users=shown["users"])
    assert parents(child) == before


@pytest.mark.parametrize("way", ["member", "itself", "patched"])
def test_not_even_an_administrator_makes_a_loop(
    way: str,
    belfort: dict[str, Any],
    sysadmin: dict[str, Any],
    call_as: Call,
    app: Any,
) -> None:
    top = org_of(HEAD)
    data: dict[str, Any] = {"id": top, "object_type": "group", "capacity": "public"}
    action = "member_create"
    if way == "patched":
        action, data = "organization_patch", {"id": top}
        data["groups"] = [{"id": org_of(DELLE)}]
    else:
        data["object"] = top if way == "itself" else org_of(DELLE)
    with pytest.raises(tk.ValidationError):
        call_as(sysadmin["name"], action, **data)
    assert app.get(f"/organization/{top}").status_code == 200


def test_an_administrator_moves_an_organisation(
    belfort: dict[str, Any], sysadmin: dict[str, Any], call_as: Call
) -> None:
    child = factories.Organization()["id"]
    link = {"id": child, "object": org_of(HEAD), "object_type": "group"}
    call_as(sysadmin["name"], "member_create", **link, capacity="public")
    assert parents(child) == [org_of(HEAD)]


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("odlocale_collectivity_show", {"code": "56\x00046"}),
        ("odlocale_collectivity_show", {"code": "\ud800"}),
        ("odlocale_collectivity_show", {"code": [{"a": 1}]}),
        ("odlocale_collectivity_show", {"code": DELLE, "include_contour": [1]}),
        ("odlocale_collectivity_search", {"q": "9003\0"}),
        ("odlocale_collectivity_search", {"q": {"a": 1}}),
        ("odlocale_collectivity_search", {"offset": 10**30}),
        ("odlocale_collectivity_search", {"offset": 2**31}),
        ("odlocale_collectivity_search", {"limit": [1]}),
        ("odlocale_collectivity_search", {"limit": {"a": 1}}),
        ("odlocale_collectivity_search", {"limit": -1}),
        ("odlocale_collectivity_search", {"kind": ["commune"]}),
    ],
)
def test_malformed_questions_are_refused_and_never_fail(
    action: str, data: dict[str, Any], belfort: dict[str, Any], app: Any
) -> None:
    assert app.post(f"/api/action/{action}", json=data).status_code == 409
