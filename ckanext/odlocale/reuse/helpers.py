"""What the public pages need to let readers report an error."""

from __future__ import annotations

import re
from typing import Any

import ckantoolkit as tk

__all__ = ["odlocale_report_address"]

_PERMANENT = re.compile(r"/donnees/([^/]+)/([^/]+)/([a-z0-9-]+)\.csv$")


def odlocale_report_address(resource: dict[str, Any]) -> str:
    """Return where to report an error in a file; nothing for one that the desk did
    not publish."""
    found = _PERMANENT.search(str(resource.get("url") or ""))
    if found is None or not resource.get("scdl_key"):
        return ""
    code, schema, key = found.groups()
    return str(
        tk.h.url_for("odlocale_reporting.form", code=code, schema=schema, key=key)
    )
