"""The third table of `docs/dev/rights-core.md`: who changes what by CKAN's own forms.

Each form of CKAN and of other extensions is sent by each kind of person about each
place, and each state of a dataset, with the token of their own session and the fields
that its page has. A cell names the places where something was written; what was is
undone. Each form changes something for somebody, or is listed with why it does not.

``ODLOCALE_WRITE=1`` writes the table anew, as in :mod:`.test_core_rights`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from ckan import model
from ckan.lib.search import rebuild

from tests.integration.core_places import (
    CorePlaces,
    CoreRoute,
    Paged,
    core_places,
    read_part,
    routes_of_others,
    write_part,
)
from tests.integration.places import RolledBack, as_site
from tests.integration.publishing.conftest import PASSWORD, Desk, desk_of, town
from tests.integration.test_forms_table import send_form
from tests.integration.test_rights_table import LETTERS, NO, PEOPLE, REACH, YES
from tests.integration.test_routes_table import token_of

__all__ = ["core_places", "desk_of", "town"]

#: Fields of most of the forms.
FIELDS = {
    "title": "Essai", "name": "essai-de-droits", "notes": "Essai.", "save": "save",
    "delete": "yes", "description": "Essai.", "role": "editor", "status": "1",
    "url": "https://essai.example/b.csv", "private": "False", "resource_type": "file",
}  # fmt: skip
#: What an account's form asks for, besides another password, which would end one's
#: own session.
OF_ACCOUNTS = {
    "fullname": "Essai",
    "email": "essai@essai.example",
    "old_password": PASSWORD,
}


def form_about(
    route: CoreRoute, held: Paged, places: CorePlaces, who: str
) -> dict[str, str]:
    """What a form has, about what is a collectivité's own."""
    dataset = held.datasets[route.state or "private"]
    by_rule: dict[str, dict[str, str]] = {
        "/ckan-admin/trash": {"action": "group"},
        "/dataset/<id>/resource/new": {"id": "", "save": "go-dataset"},
        "/dataset/edit/<id>": {"name": dataset.name, "owner_org": held.town.org_id},
        "/dataset/new": {"owner_org": held.town.org_id},
        "/dataset/groups/<id>": {"group_added": places.group},
        "/dataset/<id>/dictionary/<resource_id>": {"info__1__label": label_of(who)},
        "/organization/member_new/<id>": {"username": places.spare},
        "/group/member_new/<id>": {"username": places.spare},
        "/group/bulk_process/<id>": {"bulk_action.delete": "1"},
        "/organization/bulk_process/<id>": {
            "bulk_action.delete": "1", f"dataset_{dataset.id}": "on",
        },
        "/organization/edit/<id>": {
            "name": held.org, "title": model.Group.get(held.org).title,
        },
        "/group/edit/<id>": {"name": places.group},
        "/user/<id>/api-tokens/revoke": {"token": held.token_id},
        "/user/edit": {
            **OF_ACCOUNTS, "name": places.people[who],
            "email": email_of(places.people[who]),
        },
        "/user/edit/<id>": {
            **OF_ACCOUNTS, "name": held.agent.name, "email": held.agent.email,
        },
        "/user/register": {**OF_ACCOUNTS, "name": "essai-de-droits"},
        "/user/sysadmin": {"username": held.agent.name},
        "/user/reset": {"user": held.agent.name},
    }  # fmt: skip
    return {**FIELDS, **by_rule.get(route.rule, {})}


def email_of(name: str) -> str:
    """The address of an account; none of nobody."""
    return str(model.User.get(name).email) if name else ""


def label_of(who: str) -> str:
    """What somebody writes in a table's dictionary."""
    return f"Écrit par {who}"


def address_of(route: CoreRoute, held: Paged, places: CorePlaces) -> str:
    """The address that a form is sent to."""
    address = held.fill(route, places.group)
    named = f"?user={held.member}" if "member_delete" in route.rule else ""
    return address + named


def is_relabelled(held: Paged, route: CoreRoute, who: str) -> bool:
    """Whether somebody wrote in the dictionary of a table, which is not undone."""
    resource = held.datasets[route.state or "private"].resource
    fields = as_site("datastore_info", id=resource)["fields"]
    return label_of(who) in str(fields)


def administrators() -> int:
    """How many accounts may do everything."""
    return int(model.Session.query(model.User).filter_by(sysadmin=True).count())


def forms_of_others(app: Any) -> list[CoreRoute]:
    """CKAN's own forms; that one's session ends is no row."""
    return [one for one in routes_of_others(app, "POST") if one.rule != "/user/_logout"]


def try_all(
    desk: Desk, token: str, route: CoreRoute, places: CorePlaces, who: str
) -> str:
    """Where a form of CKAN changes something for somebody, in the table's words."""
    changed = ""
    sent: dict[str, bool] = {}
    for letter, held in places.all.items():
        address = address_of(route, held, places)
        form = form_about(route, held, places, who)
        if (key := f"{address} {form}") in sent:
            changed += letter if sent[key] else ""
            continue
        with RolledBack(by_table=True) as undone:
            before = administrators()
            answer = send_form(desk, address, form, token)
            assert answer.status_code < 500, (who, letter, address, answer.text)
            written = undone.written()
            assert administrators() == before or who == "administrator"
        if sent.setdefault(key, bool(written)):
            changed += letter
        if written & {"package", "resource"}:
            # The index is not undone with the database.
            states = [route.state] if route.state else list(held.datasets)
            indexed = [held.datasets[state].id for state in states]
            rebuild(defer_commit=True, package_ids=indexed)
        if "dictionary" in route.rule and is_relabelled(held, route, who):
            changed += letter
    return {"": NO, LETTERS: YES}.get(changed, changed)


@pytest.mark.parametrize("who", PEOPLE)
def test_who_changes_what_by_ckans_forms(
    who: str, core_places: CorePlaces, app: Any, desk_of: Callable[[str | None], Desk]
) -> None:
    desk = desk_of(core_places.people[who] or None)
    token = token_of(desk)
    found = {
        route.line: try_all(desk, token, route, core_places, who)
        for route in forms_of_others(app)
    }
    if os.environ.get("ODLOCALE_WRITE"):
        write_part("Forms", who, found)
        return
    assert found == {line: says[who] for line, says in read_part("Forms").items()}


#: What changes nothing for anybody, and why.
CHANGES_NOTHING = {
    **dict.fromkeys(
        ("/api/<int(min=3, max=3):ver>/action/<logic_function>",
         "/api/action/<logic_function>"),
        "actions have their own table",
    ),
    **dict.fromkeys(
        ("/ckan-admin/activities", "/ckan-admin/config", "/ckan-admin/reset_config"),
        "the portal's: its settings would not be undone",
    ),
    **dict.fromkeys(
        ("/dataset/<id>/resource/<resource_id>/edit_view/<view_id>",
         "/dataset/<id>/resource/<resource_id>/new_view"),
        "there are no views",
    ),
    **dict.fromkeys(
        ("/dataset/unfollow/<id>", "/group/unfollow/<id>",
         "/organization/unfollow/<id>", "/user/unfollow/<id>"),
        "nobody follows any",
    ),
    **dict.fromkeys(
        ("/group/admins/<id>", "/group/bulk_process/<id>", "/group/followers/<id>",
         "/group/manage_members/<id>", "/group/member_delete/<id>",
         "/organization/admins/<id>", "/organization/followers/<id>",
         "/organization/manage_members/<id>"),
        "a list, which reads a form as it reads an address; a group has no member",
    ),
    "/organization/delete/<id>": "refused to everybody: territory/",
    "/user/login": "a session, not a row: people/test_login.py",
    "/user/register": "refused to everybody: people/",
    **dict.fromkeys(
        ("/user/reset", "/user/reset/<id>"), "our own page: people/test_password.py"
    ),
    "/util/redirect": "the address of another portal",
}  # fmt: skip


def test_each_form_of_ckan_changes_something() -> None:
    """A form with wrong fields would look refused to everybody."""
    nothing = {
        line.partition(" (")[0]
        for line, says in read_part("Forms").items()
        if set(says.values()) == {NO}
    }
    assert nothing == set(CHANGES_NOTHING)


#: One's own: what one follows, one's account.
OF_ONESELF = {
    "/dataset/follow/<id> (public)", "/group/follow/<id>", "/organization/follow/<id>",
    "/user/edit",
}  # fmt: skip


@pytest.mark.parametrize("who", [one for one in PEOPLE if one != "administrator"])
def test_no_form_of_ckan_goes_beyond_ones_reach(who: str) -> None:
    """What must be: a table that is written anew cannot hide another rule."""
    beyond = {
        line: says[who]
        for line, says in read_part("Forms").items()
        if line not in OF_ONESELF
        and says[who] != NO
        and not set(says[who]) <= set(REACH[who])
    }
    assert beyond == {}
