"""Who may put people in a collectivité by core's own actions: its administrators only.

Core lets a responsable put anybody in, and take anybody out, without a word to them, to
the journal or to the ATD. The actions on a team do it here; those of core are for the
administrators of the portal, who are let through before these rules.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.odlocale.territory.plan_auth import refuse_change
from ckanext.odlocale.territory.tables import Collectivity

AuthResult = dict[str, Any]
NextAuth = Callable[[dict[str, Any], dict[str, Any]], AuthResult]

__all__ = [
    "group_member_create",
    "member_create",
    "member_delete",
    "organization_member_create",
    "user_invite",
]

#: In the context of a check: somebody is taken out, which is followed, not put in.
LEAVES = "odlocale_leaves"


@tk.chained_auth_function
def member_create(
    next_auth: NextAuth, context: dict[str, Any], data_dict: dict[str, Any]
) -> AuthResult:
    """Core's rule for what is no collectivité, but for who is under whom, and for
    datasets. Rights go down from the parent. Core asks this one for ``member_delete``.
    """
    kind = str(data_dict.get("object_type")).lower()
    if kind == "group" or (kind == "package" and _is_organization(data_dict)):
        # What an organisation owns is its datasets' own field: a row here gives others
        # a way to read them.
        return refuse_change()
    if is_collectivity(data_dict.get("id")) and not context.get(LEAVES):
        return refer_to_team()
    return next_auth(context, data_dict)


@tk.chained_auth_function
def member_delete(
    next_auth: NextAuth, context: dict[str, Any], data_dict: dict[str, Any]
) -> AuthResult:
    """Core's rule: it asks that of ``member_create``, which lets it through."""
    return next_auth({**context, LEAVES: True}, data_dict)


@tk.chained_auth_function
def organization_member_create(
    next_auth: NextAuth, context: dict[str, Any], data_dict: dict[str, Any]
) -> AuthResult:
    """As :func:`member_create`."""
    return _unless_collectivity(next_auth, context, data_dict, "id")


@tk.chained_auth_function
def group_member_create(
    next_auth: NextAuth, context: dict[str, Any], data_dict: dict[str, Any]
) -> AuthResult:
    """As :func:`member_create`: core takes an organisation here too."""
    return _unless_collectivity(next_auth, context, data_dict, "id")


@tk.chained_auth_function
def user_invite(
    next_auth: NextAuth, context: dict[str, Any], data_dict: dict[str, Any]
) -> AuthResult:
    """As :func:`member_create`: core's letter has a link that never ends."""
    return _unless_collectivity(next_auth, context, data_dict, "group_id")


def _unless_collectivity(
    next_auth: NextAuth, context: dict[str, Any], data_dict: dict[str, Any], name: str
) -> AuthResult:
    """Core's rule, where the organisation that is named is no collectivité's."""
    if is_collectivity(data_dict.get(name)):
        return refer_to_team()
    return next_auth(context, data_dict)


def keeps_team(data_dict: dict[str, Any]) -> bool:
    """Tell whether an update of an organisation leaves a collectivité's people as they
    are: core's form and API replace the whole list by the one that they are given."""
    given = data_dict.get("users")
    if given is None or not is_collectivity(data_dict.get("id")):
        return True
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        return False
    group = model.Group.get(data_dict["id"])
    rows = model.Session.query(model.Member).filter_by(
        group_id=group.id, table_name="user", state="active"
    )
    present = {(one.table_id, one.capacity) for one in rows}
    return {_named(one) for one in given} == present


def _named(one: dict[str, Any]) -> tuple[str | None, Any]:
    user = model.User.get(str(one.get("id") or one.get("name") or ""))
    return (user.id if user else None), one.get("capacity")


def _is_organization(data_dict: dict[str, Any]) -> bool:
    named = data_dict.get("id")
    group = model.Group.get(named) if isinstance(named, str) and named else None
    return group is not None and bool(group.is_organization)


def is_collectivity(named: Any) -> bool:
    """Tell whether an organisation, by its id or its name, is a collectivité's."""
    group = model.Group.get(named) if isinstance(named, str) and named else None
    return group is not None and Collectivity.by_org(group.id) is not None


def refer_to_team() -> AuthResult:
    """Refuse, and say where a team is changed."""
    said = tk._(
        "The team of a collectivité is changed on its own page, which asks the person"
        " and tells the others."
    )
    return {"success": False, "msg": said}
