"""Template helpers of the room."""

from __future__ import annotations

import ckantoolkit as tk

__all__ = ["odlocale_has_no_second_factor"]


def odlocale_has_no_second_factor() -> bool:
    """Tell whether the portal asks nobody for a second factor."""
    return str(tk.config["ckanext.odlocale.second_factor"]) == "nobody"
