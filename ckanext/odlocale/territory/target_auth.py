"""Who may read and change where collectivités publish."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk

from ckanext.odlocale.territory.animators import animated_by

AuthResult = dict[str, Any]

__all__ = ["odlocale_target_list", "odlocale_target_set"]


def odlocale_target_list(
    context: dict[str, Any], data_dict: dict[str, Any]
) -> AuthResult:
    """Animators, for the perimeters that they animate.

    Administrators of the portal are let through before this.
    """
    return _animators_only(context, data_dict)


def odlocale_target_set(
    context: dict[str, Any], data_dict: dict[str, Any]
) -> AuthResult:
    """Animators, for the perimeters that they animate.

    The action refuses a collectivité that is outside of them.
    """
    return _animators_only(context, data_dict)


def _animators_only(context: dict[str, Any], data_dict: dict[str, Any]) -> AuthResult:
    own = {one.atd_siren for one in animated_by(context.get("user"))}
    asked = data_dict.get("perimeter") or []
    named = {str(one) for one in (asked if isinstance(asked, list) else [asked])}
    if own and named <= own:
        return {"success": True}
    message = tk._("Only those who animate this territory may do this.")
    return {"success": False, "msg": message}
