"""Who may do what with the feeds. Reading them is for everybody."""

from __future__ import annotations

from typing import Any

__all__ = ["odlocale_fragment_rebuild"]


def odlocale_fragment_rebuild(
    context: dict[str, Any], data_dict: dict[str, Any]
) -> dict[str, Any]:
    """System administrators only: CKAN lets them through before asking."""
    return {"success": False}
