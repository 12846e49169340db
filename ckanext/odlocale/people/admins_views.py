"""Core's pages of who is in an organisation: for a collectivité, its team's page.

That of its administrators asks no rule, so that none can be chained: it names them to
everybody. That of its members offers what the team's page does, without its letters,
and does not fit a telephone. Organisations that are no collectivité keep the second.
"""

from __future__ import annotations

import ckantoolkit as tk
from ckan import model
from ckan.views.group import manage_members
from flask import Blueprint, Response

from ckanext.odlocale.people.guards import Page, context_of_user, go_to, guard
from ckanext.odlocale.territory.tables import Collectivity

admins = Blueprint("odlocale_admins", __name__)

guard(admins, login=False)


@admins.get("/organization/admins/<name>")
@admins.get("/group/admins/<name>")
def lead_to_team(name: str) -> Response:
    """Lead whoever reads there to the team's page."""
    group = model.Group.get(name)
    place = Collectivity.by_org(group.id) if group is not None else None
    if place is None:
        raise tk.ObjectNotFound()
    tk.check_access("member_list", context_of_user(), {"id": place.org_id})
    return go_to("odlocale_people.team", code=place.code)


@admins.get("/organization/manage_members/<name>")
def lead_from_members(name: str) -> Page:
    """Lead who may change the team to its page."""
    group = model.Group.get(name)
    place = Collectivity.by_org(group.id) if group is not None else None
    if place is None:
        return str(manage_members(name, "organization", True))
    tk.check_access("group_edit_permissions", context_of_user(), {"id": place.org_id})
    return go_to("odlocale_people.team", code=place.code)
