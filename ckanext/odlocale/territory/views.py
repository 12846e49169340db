"""Stable addresses of collectivités: they outlive a renamed organisation, a merger
and a new code."""

from __future__ import annotations

from typing import NoReturn, cast

import ckantoolkit as tk
from ckan import model
from flask import Blueprint, request
from werkzeug.wrappers import Response

from ckanext.odlocale.territory import animer_views, perimeter_views, target_views
from ckanext.odlocale.territory.heirs import organization_after
from ckanext.odlocale.territory.index_views import organizations
from ckanext.odlocale.territory.tables import Collectivity
from ckanext.odlocale.territory.tree_views import tree_pages

Page = Response | tuple[str, int]

territory = Blueprint("odlocale_territory", __name__)
blueprints = [
    territory,
    organizations,
    tree_pages,
    *animer_views.blueprints,
    *perimeter_views.blueprints,
    *target_views.blueprints,
]

#: Public pages of an organisation, which a former name leads to.
FOLLOWED = ("organization.read", "organization.about")

INSEE_LENGTH, SIREN_LENGTH = 5, 9


@territory.before_app_request
def follow_former_name() -> Response | None:
    """Lead a page's former address to its organisation of today.

    A living organisation's own name always comes first, so a name may be used again.
    """
    if request.endpoint not in FOLLOWED or request.method not in ("GET", "HEAD"):
        return None
    heir = organization_after(str((request.view_args or {}).get("id")))
    if heir is None:
        return None
    address = str(tk.url_for(request.endpoint, id=heir.name))
    if request.query_string:
        address += "?" + request.query_string.decode("latin-1")
    return _lead_to(address, 301)


@territory.route("/commune/<insee>")
def commune(insee: str) -> Page:
    """Lead to the page of a commune, or of the one that took it in."""
    return _to_organization(insee.upper(), INSEE_LENGTH)


@territory.route("/collectivite/<siren>")
def collectivite(siren: str) -> Page:
    """Lead to the page of a collectivité, or of the one that took it in."""
    return _to_organization(siren, SIREN_LENGTH)


def _to_organization(code: str, length: int) -> Page:
    found = Collectivity.by_code(code) if len(code) == length else None
    if found is None:
        _refuse()
    heir = found.heir()
    org = model.Group.get(heir.org_id) if heir.org_id else None
    if org is None or org.state != "active":
        if heir.status == "closed":
            return tk.render("territory/gone.html", {"name": heir.name}), 410
        _refuse()
    is_own = heir is found and code in (found.insee, found.siren)
    # 302: the address below may change, this one does not. A former code is another
    # matter: its own address is over.
    address = tk.url_for("organization.read", id=org.name)
    return _lead_to(str(address), 302 if is_own else 301)


def _lead_to(address: str, status: int) -> Response:
    answer = cast(Response, tk.redirect_to(address))
    answer.status_code = status
    return answer


def _refuse() -> NoReturn:
    tk.abort(404, tk._("This collectivité is not on the portal. Check its code."))
    raise AssertionError("abort raises")
