"""Who says, and who reads, what collectivités publish on other portals."""

from __future__ import annotations

import ckantoolkit as tk
from ckan.types import AuthResult, Context, DataDict

from ckanext.odlocale.datagouv.registration_auth import odlocale_datagouv_decide

__all__ = [
    "odlocale_elsewhere_list",
    "odlocale_elsewhere_read",
    "odlocale_elsewhere_set",
]


@tk.auth_allow_anonymous_access
def odlocale_elsewhere_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Everybody: it is public where it comes from."""
    return {"success": True}


def odlocale_elsewhere_read(context: Context, data_dict: DataDict) -> AuthResult:
    """System administrators only: CKAN lets them through before asking."""
    return {"success": False}


def odlocale_elsewhere_set(context: Context, data_dict: DataDict) -> AuthResult:
    """Who animates a perimeter of the collectivité; administrators of the portal."""
    return odlocale_datagouv_decide(context, data_dict)
