"""Who has data sent to data.gouv.fr, and who decides on what was changed there."""

from __future__ import annotations

import ckantoolkit as tk
from ckan.types import AuthResult, Context, DataDict

from ckanext.odlocale.territory.animators import authorize_animator

__all__ = [
    "odlocale_datagouv_send_choose",
    "odlocale_datagouv_send_decide",
    "odlocale_datagouv_send_list",
    "odlocale_datagouv_send_places",
    "odlocale_datagouv_send_retry",
]


def odlocale_datagouv_send_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Who animates the perimeters that are named; administrators of the portal."""
    return authorize_animator(context.get("user"), data_dict.get("perimeters"))


def odlocale_datagouv_send_places(context: Context, data_dict: DataDict) -> AuthResult:
    """As for the list."""
    return authorize_animator(context.get("user"), data_dict.get("perimeters"))


def odlocale_datagouv_send_choose(context: Context, data_dict: DataDict) -> AuthResult:
    """As for the list. The action refuses a collectivité that is outside of them."""
    return authorize_animator(context.get("user"), data_dict.get("perimeters"))


def odlocale_datagouv_send_decide(context: Context, data_dict: DataDict) -> AuthResult:
    """Who may change the dataset."""
    return _editors_only(context, data_dict)


def odlocale_datagouv_send_retry(context: Context, data_dict: DataDict) -> AuthResult:
    """Who may change the dataset."""
    return _editors_only(context, data_dict)


def _editors_only(context: Context, data_dict: DataDict) -> AuthResult:
    named = str(data_dict.get("id") or "")
    asked = {"user": context.get("user"), "model": context.get("model")}
    try:
        tk.check_access("package_update", asked, {"id": named})
    except (tk.NotAuthorized, tk.ObjectNotFound, tk.ValidationError):
        message = tk._("Only those who may change these data may do this.")
        return {"success": False, "msg": message}
    return {"success": True}
