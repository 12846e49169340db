"""Who may act on an account."""

from __future__ import annotations

import ckantoolkit as tk
from ckan import model
from ckan.types import AuthResult, Context, DataDict

__all__ = [
    "odlocale_account_end_sessions",
    "odlocale_account_reset_factor",
    "odlocale_person_erase",
    "odlocale_person_export",
]


def odlocale_account_end_sessions(context: Context, data_dict: DataDict) -> AuthResult:
    """One's own, and the portal's administrators."""
    return _own(context, data_dict)


def odlocale_account_reset_factor(context: Context, data_dict: DataDict) -> AuthResult:
    """The portal's administrators only."""
    return _refusal()


def odlocale_person_export(context: Context, data_dict: DataDict) -> AuthResult:
    """One's own, and the portal's administrators."""
    return _own(context, data_dict)


def odlocale_person_erase(context: Context, data_dict: DataDict) -> AuthResult:
    """One's own, and the portal's administrators."""
    return _own(context, data_dict)


def _own(context: Context, data_dict: DataDict) -> AuthResult:
    user = model.User.get(context["user"]) if context["user"] else None
    asked = model.User.get(data_dict.get("id")) if data_dict.get("id") else user
    own = user is not None and asked is not None and asked.id == user.id
    return {"success": True} if own else _refusal()


def _refusal() -> AuthResult:
    said = tk._("This is reserved to the administrators of the portal.")
    return {"success": False, "msg": said}
