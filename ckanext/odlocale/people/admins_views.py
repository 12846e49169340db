"""Core's page of an organisation's administrators, which names them to everybody.

It asks no rule, so that none can be chained: its address leads to the team's page,
which does.
"""

from __future__ import annotations

import ckantoolkit as tk
from ckan import model
from flask import Blueprint, Response

from ckanext.odlocale.people.guards import context_of_user, go_to, guard
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
