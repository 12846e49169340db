"""Who may fill in a table online: whoever may publish for the collectivité."""

from __future__ import annotations

import ckantoolkit as tk
from ckan.types import AuthResult, Context, DataDict

__all__ = [
    "odlocale_grid_check",
    "odlocale_grid_delete",
    "odlocale_grid_deposit",
    "odlocale_grid_list",
    "odlocale_grid_paste",
    "odlocale_grid_rows",
    "odlocale_grid_save",
    "odlocale_grid_settle",
    "odlocale_grid_show",
]


def _may_fill_in_for(context: Context, data_dict: DataDict) -> AuthResult:
    asked = {"org_id": tk.get_or_bust(data_dict, "org_id")}
    if data_dict.get("schema"):
        asked["schema"] = data_dict["schema"]
    try:
        tk.check_access("odlocale_deposit_create", {"user": context["user"]}, asked)
    except tk.NotAuthorized as error:
        return {"success": False, "msg": str(error.message)}
    return {"success": True}


def odlocale_grid_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the organisation ``org_id``: drafts are not public."""
    return _may_fill_in_for(context, data_dict)


def odlocale_grid_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the organisation ``org_id``."""
    return _may_fill_in_for(context, data_dict)


def odlocale_grid_save(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the organisation ``org_id``."""
    return _may_fill_in_for(context, data_dict)


def odlocale_grid_rows(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the organisation ``org_id``."""
    return _may_fill_in_for(context, data_dict)


def odlocale_grid_settle(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the organisation ``org_id``."""
    return _may_fill_in_for(context, data_dict)


def odlocale_grid_check(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the organisation ``org_id``."""
    return _may_fill_in_for(context, data_dict)


def odlocale_grid_paste(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the organisation ``org_id``."""
    return _may_fill_in_for(context, data_dict)


def odlocale_grid_deposit(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the organisation ``org_id``."""
    return _may_fill_in_for(context, data_dict)


def odlocale_grid_delete(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the organisation ``org_id``."""
    return _may_fill_in_for(context, data_dict)
