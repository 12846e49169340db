"""Who animates which territory.

An animator is an ``admin`` of the organisation of an ATD, directly: rights over one
perimeter never come from another. Administrators of the portal animate them all.
"""

from __future__ import annotations

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import AuthResult

from ckanext.odlocale.territory.tables import AtdPerimeter, Collectivity

_MEMBERS = model.member_table


def animated_by(user_name: str | None) -> list[AtdPerimeter]:
    """Return the perimeters that a user animates, by name; none for a stranger."""
    user = model.User.get(user_name or "")
    if user is None or user.state != "active":
        return []
    query = sa.select(AtdPerimeter).order_by(AtdPerimeter.name, AtdPerimeter.atd_siren)
    if not user.sysadmin:
        query = query.where(
            sa.exists()
            .where(Collectivity.siren == AtdPerimeter.atd_siren)
            .where(_MEMBERS.c.group_id == Collectivity.org_id)
            .where(_MEMBERS.c.table_name == "user")
            .where(_MEMBERS.c.table_id == user.id)
            .where(_MEMBERS.c.capacity == "admin")
            .where(_MEMBERS.c.state == "active")
        )
    return list(model.Session.scalars(query))


def authorize_animator(
    user_name: str | None, named: object, *, must_name: bool = False
) -> AuthResult:
    """Let through who animates each of the perimeters that are named.

    CKAN lets administrators of the portal through before this.

    :param named: a SIREN, or a list of them; where there is none, whoever animates any
    :param must_name: whether one must be named
    """
    own = {one.atd_siren for one in animated_by(user_name)}
    asked = named or []
    sirens = {str(one) for one in (asked if isinstance(asked, list) else [asked])}
    if own and sirens <= own and (sirens or not must_name):
        return {"success": True}
    message = tk._("Only those who animate this territory may do this.")
    return {"success": False, "msg": message}


def is_administrator(user_name: str | None) -> bool:
    """Tell whether a user administers the whole portal."""
    user = model.User.get(user_name or "")
    return user is not None and user.state == "active" and bool(user.sysadmin)
