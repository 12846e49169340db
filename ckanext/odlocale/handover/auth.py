"""Who may hand over and take in: the administrators of the portal.

A pack holds drafts and people's addresses, and taking one in gives rights.
"""

from __future__ import annotations

import ckantoolkit as tk
from ckan.types import AuthResult, Context, DataDict

__all__ = [
    "odlocale_handover_agree",
    "odlocale_handover_cancel",
    "odlocale_handover_confirm",
    "odlocale_handover_list",
    "odlocale_handover_pack",
    "odlocale_handover_release_feed",
    "odlocale_takeover",
    "odlocale_takeover_file",
]


def odlocale_handover_pack(context: Context, data_dict: DataDict) -> AuthResult:
    """Administrators of the portal only; core lets them through before this."""
    return _administrators_only()


def odlocale_handover_confirm(context: Context, data_dict: DataDict) -> AuthResult:
    """Administrators of the portal only."""
    return _administrators_only()


def odlocale_handover_cancel(context: Context, data_dict: DataDict) -> AuthResult:
    """Administrators of the portal only."""
    return _administrators_only()


def odlocale_handover_release_feed(context: Context, data_dict: DataDict) -> AuthResult:
    """Administrators of the portal only."""
    return _administrators_only()


def odlocale_handover_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Administrators of the portal only."""
    return _administrators_only()


def odlocale_takeover(context: Context, data_dict: DataDict) -> AuthResult:
    """Administrators of the portal only."""
    return _administrators_only()


def odlocale_takeover_file(context: Context, data_dict: DataDict) -> AuthResult:
    """Administrators of the portal only."""
    return _administrators_only()


def odlocale_handover_agree(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever is logged in, for oneself."""
    return {"success": bool(context["user"])}


def _administrators_only() -> AuthResult:
    message = tk._(
        "Only the administrators of the portal may hand a collectivité over."
    )
    return {"success": False, "msg": message}
