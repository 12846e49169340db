"""Who may do what with the tables. Reading them is for everybody."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk

__all__ = ["odlocale_table_list", "odlocale_table_rebuild", "odlocale_table_settle"]

Context = dict[str, Any]
DataDict = dict[str, Any]


@tk.auth_allow_anonymous_access
def odlocale_table_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Everybody: all their rows are public."""
    return {"success": True}


def odlocale_table_settle(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """System administrators only: CKAN lets them through before asking."""
    return {"success": False}


def odlocale_table_rebuild(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """System administrators only: CKAN lets them through before asking."""
    return {"success": False}
