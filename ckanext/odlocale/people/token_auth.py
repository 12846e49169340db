"""Who may make, see and revoke the token of a software."""

from __future__ import annotations

import ckantoolkit as tk
from ckan.types import AuthResult, Context, DataDict

from ckanext.odlocale.people import rights
from ckanext.odlocale.people.token_rules import load

__all__ = [
    "odlocale_token_create",
    "odlocale_token_list",
    "odlocale_token_revoke",
]


def odlocale_token_create(context: Context, data_dict: DataDict) -> AuthResult:
    """Who manages the organisation ``org_id``, as for a mandate."""
    org_id = tk.get_or_bust(data_dict, "org_id")
    return _answer(rights.may_manage(context["user"], org_id))


def odlocale_token_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Who publishes for the organisation ``org_id`` by a role."""
    user, org_id = context["user"], tk.get_or_bust(data_dict, "org_id")
    return _answer(bool(user) and rights.has_role(user, org_id))


def odlocale_token_revoke(context: Context, data_dict: DataDict) -> AuthResult:
    """Who manages the collectivité that the token is of, whoever made it."""
    token = load(tk.get_or_bust(data_dict, "id"))
    return _answer(rights.may_manage(context["user"], token.org_id))


def _answer(allowed: bool) -> AuthResult:
    if allowed:
        return {"success": True}
    return {
        "success": False,
        "msg": tk._("This page is reserved to another town hall."),
    }
