"""What the public pages need to let readers report an error."""

from __future__ import annotations

import re
from typing import Any

import ckantoolkit as tk

from ckanext.odlocale.publishing.document_store import find_public

__all__ = ["odlocale_report_address"]

_PERMANENT = re.compile(r"/donnees/([^/]+)/([^/]+)/([a-z0-9-]+)\.csv$")


def odlocale_report_address(resource: dict[str, Any]) -> str:
    """Return where to report an error in a file; nothing where nobody would answer:
    a file that follows a model and that the desk did not publish."""
    if not resource.get("scdl_key"):
        document = find_public(resource.get("package_id"))
        if document is None:
            return ""
        where = {"document_id": document.name}
        return str(tk.h.url_for("odlocale_reporting.document", **where))
    found = _PERMANENT.search(str(resource.get("url") or ""))
    if found is None:
        return ""
    code, schema, key = found.groups()
    return str(
        tk.h.url_for("odlocale_reporting.form", code=code, schema=schema, key=key)
    )
