"""Stable addresses of collectivités: they outlive a renamed organisation."""

from __future__ import annotations

from typing import NoReturn, cast

import ckantoolkit as tk
from ckan import model
from flask import Blueprint
from werkzeug.wrappers import Response

from ckanext.odlocale.territory.tables import Collectivity

territory = Blueprint("odlocale_territory", __name__)
blueprints = [territory]


@territory.route("/commune/<insee>")
def commune(insee: str) -> Response:
    """Lead to the page of a commune."""
    found = Collectivity.by_code(insee.upper())
    if found is None or found.insee != insee.upper():
        _refuse()
    return _to_organization(found)


@territory.route("/collectivite/<siren>")
def collectivite(siren: str) -> Response:
    """Lead to the page of a collectivité."""
    found = Collectivity.by_code(siren)
    if found is None or found.siren != siren:
        _refuse()
    return _to_organization(found)


def _to_organization(collectivity: Collectivity) -> Response:
    org = model.Group.get(collectivity.org_id) if collectivity.org_id else None
    if org is None or org.state != "active":
        _refuse()
    # 302: the address below may change, this one does not.
    return cast(Response, tk.redirect_to("organization.read", id=org.name))


def _refuse() -> NoReturn:
    tk.abort(404, tk._("This collectivité is not on the portal. Check its code."))
    raise AssertionError("abort raises")
