"""Template helpers of the room."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk

from ckanext.odlocale.people import oidc_portal

__all__ = ["odlocale_has_no_second_factor", "odlocale_login_provider"]


def odlocale_has_no_second_factor() -> bool:
    """Tell whether the portal asks nobody for a second factor."""
    return str(tk.config["ckanext.odlocale.second_factor"]) == "nobody"


def odlocale_login_provider() -> dict[str, Any] | None:
    """Return the provider by which one may log in: what its button says, and whether
    it is ProConnect; nothing where there is none."""
    settings = oidc_portal.current_settings()
    if settings is None:
        return None
    label = oidc_portal.label_of(settings)
    return {"label": label, "is_proconnect": settings.is_proconnect}
