"""The list of collectivités, at the address of core's list of organisations.

Core's view lists every organisation before the page asked for, and fails beyond the
last one.
"""

from __future__ import annotations

import ckantoolkit as tk
from flask import Blueprint, request

organizations = Blueprint("odlocale_organizations", __name__)

#: Characters of a code that a filter sends.
MAX_CODE = 14


@organizations.get("/organization/", strict_slashes=False)
def index() -> str:
    """Show a page of the collectivités that a visitor looks for."""
    context = {"user": tk.current_user.name, "auth_user_obj": tk.current_user}
    try:
        tk.check_access("organization_list", context, {})
    except tk.NotAuthorized:
        tk.abort(403, tk._("Not authorized to see this page"))
    chosen = {
        name: _without_null(request.args.get(name, "").strip())[:MAX_CODE]
        for name in ("epci", "departement")
    }
    query = _without_null(request.args.get("q", ""))
    found = tk.h.odlocale_collectivities(
        query, request.args.get("page"), kind="", **chosen
    )
    extra = {
        "query": query,
        "found": found,
        "filters": tk.h.odlocale_filters(**chosen),
        "group_type": "organization",
        **chosen,
    }
    return str(tk.render("organization/index.html", extra))


def _without_null(text: str) -> str:
    # The one sign that PostgreSQL keeps in no text.
    return text.replace("\0", "")
