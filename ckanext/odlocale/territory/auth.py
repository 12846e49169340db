"""Who may do what with the territory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.odlocale.territory.member_auth import (
    group_member_create,
    keeps_team,
    member_create,
    member_delete,
    organization_member_create,
    refer_to_team,
    user_invite,
)
from ckanext.odlocale.territory.model import parents_of
from ckanext.odlocale.territory.plan_auth import (
    odlocale_perimeter_delete,
    odlocale_perimeter_list,
    odlocale_perimeter_set,
    odlocale_perimeter_show,
    odlocale_territory_apply,
    odlocale_territory_plan,
    odlocale_territory_progress,
    refuse_change,
)
from ckanext.odlocale.territory.target_auth import (
    odlocale_target_list,
    odlocale_target_set,
)
from ckanext.odlocale.territory.transfer_auth import (
    odlocale_transfer_accept,
    odlocale_transfer_list,
)

AuthResult = dict[str, Any]
NextAuth = Callable[[dict[str, Any], dict[str, Any]], AuthResult]

__all__ = [
    "activity_show",
    "group_member_create",
    "group_update",
    "member_create",
    "member_delete",
    "odlocale_collectivity_search",
    "odlocale_collectivity_show",
    "odlocale_organization_choices",
    "odlocale_perimeter_delete",
    "odlocale_perimeter_list",
    "odlocale_perimeter_set",
    "odlocale_perimeter_show",
    "odlocale_target_list",
    "odlocale_target_set",
    "odlocale_territory_apply",
    "odlocale_territory_contours",
    "odlocale_territory_plan",
    "odlocale_territory_progress",
    "odlocale_transfer_accept",
    "odlocale_transfer_list",
    "organization_member_create",
    "organization_update",
    "user_invite",
]


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def activity_show(
    next_auth: NextAuth, context: dict[str, Any], data_dict: dict[str, Any]
) -> AuthResult:
    """Core's rule, which fails where nobody says whether the former state is asked."""
    return next_auth(context, {"include_data": False, **data_dict})


def odlocale_territory_contours(
    context: dict[str, Any], data_dict: dict[str, Any]
) -> AuthResult:
    """Administrators of the portal only."""
    return refuse_change()


@tk.auth_allow_anonymous_access
def odlocale_collectivity_show(
    context: dict[str, Any], data_dict: dict[str, Any]
) -> AuthResult:
    """Everybody: the register is public."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def odlocale_collectivity_search(
    context: dict[str, Any], data_dict: dict[str, Any]
) -> AuthResult:
    """Everybody: the register is public."""
    return {"success": True}


def odlocale_organization_choices(
    context: dict[str, Any], data_dict: dict[str, Any]
) -> AuthResult:
    """Whoever is logged in: each finds only those that one may publish for."""
    return {"success": bool(context.get("user"))}


@tk.chained_auth_function
def organization_update(
    next_auth: NextAuth, context: dict[str, Any], data_dict: dict[str, Any]
) -> AuthResult:
    """Core's rule, as long as the parents and the organisation's standing stay.

    ``organization_patch`` asks it too.
    """
    if not keeps_team(data_dict):
        return refer_to_team()
    if _keeps_parents(context, data_dict) and _keeps_standing(context, data_dict):
        return next_auth(context, data_dict)
    return refuse_change()


@tk.chained_auth_function
def group_update(
    next_auth: NextAuth, context: dict[str, Any], data_dict: dict[str, Any]
) -> AuthResult:
    """Core's rule, as long as parents and standing stay: it may be an organisation."""
    if not keeps_team(data_dict):
        return refer_to_team()
    if _keeps_parents(context, data_dict) and _keeps_standing(context, data_dict):
        return next_auth(context, data_dict)
    return refuse_change()


def _keeps_standing(context: dict[str, Any], data_dict: dict[str, Any]) -> bool:
    """Whether what decides that an organisation is seen at all stays as it is."""
    group = context.get("group") or model.Group.get(data_dict.get("id"))
    if group is None:
        return True
    names = ("state", "approval_status", "is_organization", "type")
    given = {name: data_dict[name] for name in names if name in data_dict}
    return all(
        str(value).lower() == str(getattr(group, name)).lower()
        for name, value in given.items()
    )


def _keeps_parents(context: dict[str, Any], data_dict: dict[str, Any]) -> bool:
    given = data_dict.get("groups")
    if given is None:
        return True
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        return False
    group = context.get("group") or model.Group.get(data_dict.get("id"))
    parents = parents_of(group.id) if group is not None else []
    known = {name: one.id for one in parents for name in (one.id, one.name)}
    named = {known.get(str(one.get("id") or one.get("name"))) for one in given}
    # Core shows no deleted parent: what it showed must be accepted back.
    shown = {one.id for one in parents if one.state == "active"}
    return named in (shown, {one.id for one in parents})
