"""Who reads the journal of a collectivité."""

from __future__ import annotations

import ckantoolkit as tk
from ckan.types import AuthResult, Context, DataDict

from ckanext.odlocale.people import rights

__all__ = ["odlocale_journal_list"]


def odlocale_journal_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Who works for the organisation ``org_id``, or above it."""
    org_id = tk.get_or_bust(data_dict, "org_id")
    if context["user"] and rights.has_role(context["user"], org_id):
        return {"success": True}
    said = tk._("This page is reserved to another town hall.")
    return {"success": False, "msg": said}
