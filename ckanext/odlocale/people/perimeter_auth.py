"""Who acts on the invitations of a whole perimeter."""

from __future__ import annotations

import ckantoolkit as tk
from ckan.types import AuthResult, Context, DataDict

from ckanext.odlocale.territory.animators import animated_by

__all__ = [
    "odlocale_invitation_list",
    "odlocale_invitation_plan",
    "odlocale_invitation_remind",
]


def odlocale_invitation_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Who animates the perimeter, and the portal's administrators."""
    return _animates(context, data_dict)


def odlocale_invitation_plan(context: Context, data_dict: DataDict) -> AuthResult:
    """Who animates the perimeter, and the portal's administrators."""
    return _animates(context, data_dict)


def odlocale_invitation_remind(context: Context, data_dict: DataDict) -> AuthResult:
    """Who animates the perimeter, and the portal's administrators."""
    return _animates(context, data_dict)


def _animates(context: Context, data_dict: DataDict) -> AuthResult:
    own = {one.atd_siren for one in animated_by(context["user"])}
    if str(data_dict.get("perimeter") or "") in own:
        return {"success": True}
    said = tk._("Only those who animate this territory may do this.")
    return {"success": False, "msg": said}
