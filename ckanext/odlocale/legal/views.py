"""``/accessibilite``, ``/mentions-legales``, ``/donnees-personnelles``,
``/reutilisation``."""

from __future__ import annotations

import ckantoolkit as tk
from flask import Blueprint

from ckanext.odlocale.legal import pages

legal = Blueprint("odlocale_legal", __name__)
blueprints = [legal]


@legal.get(
    "/<any('accessibilite', 'mentions-legales', 'donnees-personnelles',"
    " 'reutilisation'):name>"
)
def show(name: str) -> str:
    """One page."""
    page = pages.write(name, pages.read_facts(tk.config), tk._)
    return str(tk.render("legal/page.html", {"page": page}))
