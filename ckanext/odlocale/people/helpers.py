"""Template helpers of the room."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk

from ckanext.odlocale.people import oidc_portal, sessions

__all__ = [
    "odlocale_has_no_second_factor",
    "odlocale_login_provider",
    "odlocale_session_left",
]


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


def odlocale_session_left() -> dict[str, int] | None:
    """Return how long the reader's session has still, in seconds, and how long it may
    stay without a request; nothing where nobody is logged in."""
    left = sessions.seconds_left()
    if left is None:
        return None
    limit = sessions.idle_seconds()
    return {"idle": left.idle, "absolute": left.absolute, "limit": limit}
