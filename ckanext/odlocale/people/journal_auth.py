"""Who reads which journal."""

from __future__ import annotations

import ckantoolkit as tk
from ckan import model
from ckan.types import AuthResult, Context, DataDict

from ckanext.odlocale.people import rights

__all__ = [
    "odlocale_journal_list",
    "odlocale_journal_own",
    "odlocale_journal_portal",
]


def odlocale_journal_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Who works for the organisation ``org_id``, or above it."""
    org_id = tk.get_or_bust(data_dict, "org_id")
    if context["user"] and rights.has_role(context["user"], org_id):
        return {"success": True}
    said = tk._("This page is reserved to another town hall.")
    return {"success": False, "msg": said}


def odlocale_journal_own(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever has an account."""
    if context["user"] and model.User.get(context["user"]) is not None:
        return {"success": True}
    return {"success": False, "msg": tk._("Log in first.")}


def odlocale_journal_portal(context: Context, data_dict: DataDict) -> AuthResult:
    """The portal's administrators only."""
    said = tk._("This is reserved to the administrators of the portal.")
    return {"success": False, "msg": said}
