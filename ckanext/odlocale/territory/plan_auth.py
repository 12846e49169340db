"""Who may define perimeters, plan the territory and apply a plan.

A perimeter gives rights: only administrators of the portal write it. Who animates an
ATD plans and applies it, and no other's.
"""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.odlocale.territory.animators import animated_by, is_administrator

AuthResult = dict[str, Any]

__all__ = [
    "odlocale_perimeter_delete",
    "odlocale_perimeter_list",
    "odlocale_perimeter_set",
    "odlocale_perimeter_show",
    "odlocale_territory_apply",
    "odlocale_territory_plan",
    "odlocale_territory_progress",
]


def odlocale_territory_plan(
    context: dict[str, Any], data_dict: dict[str, Any]
) -> AuthResult:
    """Animators of the perimeters that are named; administrators of the portal.

    A département stands for the perimeter of its head, be it somebody else's or not
    there yet: only administrators may name one.
    """
    if data_dict.get("departement"):
        return {"success": True} if administers(context) else refuse_change()
    return _animators_of(context, data_dict.get("perimeters") or ())


def odlocale_territory_apply(
    context: dict[str, Any], data_dict: dict[str, Any]
) -> AuthResult:
    """As for the plan."""
    return odlocale_territory_plan(context, data_dict)


def odlocale_territory_progress(
    context: dict[str, Any], data_dict: dict[str, Any]
) -> AuthResult:
    """Whoever asked for it; administrators of the portal."""
    user = model.User.get(context.get("user") or "")
    if user is not None and user.id == data_dict.get("asker"):
        return {"success": True}
    return refuse_change()


def odlocale_perimeter_list(
    context: dict[str, Any], data_dict: dict[str, Any]
) -> AuthResult:
    """Whoever is logged in: each finds his own."""
    return {"success": bool(context.get("user"))}


def odlocale_perimeter_show(
    context: dict[str, Any], data_dict: dict[str, Any]
) -> AuthResult:
    """Its animators; administrators of the portal."""
    return _animators_of(context, [data_dict.get("atd_siren")])


def odlocale_perimeter_set(
    context: dict[str, Any], data_dict: dict[str, Any]
) -> AuthResult:
    """Administrators of the portal only."""
    return refuse_change()


def odlocale_perimeter_delete(
    context: dict[str, Any], data_dict: dict[str, Any]
) -> AuthResult:
    """Administrators of the portal only."""
    return refuse_change()


def _animators_of(context: dict[str, Any], atds: Any) -> AuthResult:
    # A question that names no perimeter is about all of them.
    wanted = {*atds}
    own = {one.atd_siren for one in animated_by(context.get("user"))}
    if administers(context) or (wanted and wanted <= own):
        return {"success": True}
    return refuse_change()


def administers(context: dict[str, Any]) -> bool:
    """Tell whether who asks administers the whole portal."""
    return is_administrator(context.get("user"))


def refuse_change() -> AuthResult:
    """Return that only administrators may change the territory."""
    message = tk._("Only the administrators of the portal may change the territory.")
    return {"success": False, "msg": message}
