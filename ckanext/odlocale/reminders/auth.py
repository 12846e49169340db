"""Who may stop letters: whoever has the secret of their link."""

from __future__ import annotations

import ckantoolkit as tk
from ckan.types import AuthResult, Context, DataDict

__all__ = [
    "odlocale_letter_resume",
    "odlocale_letter_show",
    "odlocale_letter_stop",
]


@tk.auth_allow_anonymous_access
def odlocale_letter_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Everybody: the link is the right."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def odlocale_letter_stop(context: Context, data_dict: DataDict) -> AuthResult:
    """Everybody: the link is the right."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def odlocale_letter_resume(context: Context, data_dict: DataDict) -> AuthResult:
    """Everybody: the link is the right."""
    return {"success": True}
