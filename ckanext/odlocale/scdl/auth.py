"""Who reads the catalogue of table schemas: everybody."""

from __future__ import annotations

import ckantoolkit as tk
from ckan.types import AuthResult, Context, DataDict

__all__ = ["odlocale_schema_list", "odlocale_schema_show"]


@tk.auth_allow_anonymous_access
def odlocale_schema_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Everybody: schemas are published."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def odlocale_schema_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Everybody: schemas are published."""
    return {"success": True}
