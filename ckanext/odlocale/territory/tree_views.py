"""The territory, level by level; the way to one's commune; the colours of an ATD."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn, cast

import ckantoolkit as tk
from ckan import model
from flask import Blueprint, Response, make_response, request
from werkzeug.wrappers import Response as AnyResponse

from ckanext.odlocale.territory import colours, tree
from ckanext.odlocale.territory.finding import LOOKED_AT, only_one
from ckanext.odlocale.territory.model import run
from ckanext.odlocale.territory.tables import AtdPerimeter, Collectivity

tree_pages = Blueprint("odlocale_tree", __name__, url_prefix="/territoire")

Page = str | AnyResponse
#: Of the list of local authorities: whoever chose one wants the list.
FILTERS = ("departement", "epci")
#: A page names the colour in the address of its style sheet, so that a new colour
#: is seen at once and an old one may be kept.
CSS_SECONDS = 7 * 24 * 3600
MAX_PAGES = 1_000


@tree_pages.get("")
def top() -> Page:
    """Show those who are below nobody."""
    return _show_level(None)


@tree_pages.get("/trouver")
def find() -> AnyResponse:
    """Lead to the one that a visitor looks for, or to a list of those it may be."""
    asked = request.args.get("q", "").strip()[:200]
    filters = {name: request.args.get(name) or None for name in FILTERS}
    if any(filters.values()):
        return _go_to("organization.index", q=asked or None, **filters)
    kind = "commune" if request.args.get("commune") else ""
    found = tk.get_action("odlocale_collectivity_search")(
        {}, {"q": asked.replace("\0", " "), "kind": kind, "limit": LOOKED_AT}
    )
    one = only_one(asked, found["count"], found["results"])
    if one is not None:
        return _go_to("organization.read", id=one["org_name"])
    return _go_to("organization.index", q=asked or None)


@tree_pages.get("/<string(length=9):siren>.css")
def style(siren: str) -> Response:
    """Give the style sheet of an ATD's colour, for browsers to keep."""
    atd = model.Session.get(AtdPerimeter, siren)
    if atd is None or not atd.colour:
        _refuse()
    answer = make_response(colours.stylesheet(colours.parse_colour(atd.colour)))
    answer.content_type = "text/css; charset=utf-8"
    # Else core says how long to keep it, which is not at all.
    request.environ["__no_cache__"] = True
    answer.headers["Cache-Control"] = f"private, max-age={CSS_SECONDS}"
    answer.add_etag()
    return cast(Response, answer.make_conditional(request))


@tree_pages.get("/<code>")
def below(code: str) -> Page:
    """Show those right below one; a commune's own page, since nobody is."""
    found = Collectivity.by_code(code.upper())
    heir = found.heir() if found is not None else None
    org = model.Group.get(heir.org_id) if heir is not None and heir.org_id else None
    if heir is None or org is None or org.state != "active":
        _refuse()
    if heir.code != code.upper():
        return _go_to("odlocale_tree.below", code=heir.code)
    if heir.kind == "commune":
        return _go_to("organization.read", id=org.name)
    return _show_level(org)


def _show_level(org: model.Group | None) -> str:
    number = _page_number(request.args.get("page"))
    statement = tree.level_statement(
        org.id if org is not None else None, offset=(number - 1) * tree.PER_LEVEL
    )
    rows = run(statement)
    trail: Sequence[Any] = run(tree.trail_statement(org.id)) if org is not None else ()
    extra = {
        "org": org,
        "nodes": [row for row in rows if row["siren"] is not None],
        "total": rows[0]["total"],
        "page": number,
        "pages": max(1, -(-rows[0]["total"] // tree.PER_LEVEL)),
        "trail": trail,
        "node": trail[-1] if trail else None,
    }
    # Unfolded in place: the level alone, without the page around it.
    partial = request.headers.get("HX-Request") == "true" and org is not None
    template = "territory/level.html" if partial else "territory/tree.html"
    return str(tk.render(template, extra))


def _page_number(written: str | None) -> int:
    text = written or ""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    return min(max(number, 1), MAX_PAGES)


def _go_to(where: str, **values: Any) -> AnyResponse:
    return cast(AnyResponse, tk.redirect_to(where, **values))


def _refuse() -> NoReturn:
    tk.abort(404, tk._("This collectivité is not on the portal. Check its code."))
    raise AssertionError("abort raises")
