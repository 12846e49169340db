"""``/animer/data-gouv/envoi``: what is sent there, what waits, and who is sent."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from flask import Blueprint, request

from ckanext.odlocale.datagouv.push_words import describe_change, why_sentences
from ckanext.odlocale.territory.animer_guards import (
    Page,
    context_of_user,
    explain,
    go_to,
    guard,
    own_perimeters,
    show,
)
from ckanext.odlocale.territory.tables import AtdPerimeter

sending = Blueprint("odlocale_sending", __name__, url_prefix="/animer/data-gouv/envoi")

PER_PAGE = 50
#: Messages of each kind that the page shows; all are in the command's list.
SHOWN = 50

guard(sending, lambda: go_to("odlocale_sending.home"))


@sending.get("")
def home() -> Page:
    """Show what is sent, what waits and why, and for whom."""
    own = own_perimeters()
    return _show(own, request.args) if own else show("empty", {})


@sending.post("/choisir")
def choose() -> Page:
    """Have the data of the chosen ones sent, or read by data.gouv.fr as usual."""
    own = _some_perimeters()
    codes, how = request.form.getlist("code"), request.form.get("comment", "")
    perimeter = _perimeter(own, request.form)
    errors = {}
    if not codes:
        errors["codes"] = tk._("Choose one local authority at least.")
    if how not in ("send", "feed"):
        errors["comment"] = tk._("Say how data.gouv.fr gets their data.")
    if errors:
        return _show(own, request.form, errors, codes=codes, how=how)
    asked = {"codes": codes, "send": how == "send", "perimeters": [perimeter]}
    try:
        done = _act("choose", **asked)
    except tk.ValidationError as error:
        return _show(own, request.form, {"codes": explain(error)[0]}, codes=codes)
    said = tk.ungettext(
        "{count} choice is changed.", "{count} choices are changed.", done["changed"]
    )
    tk.h.flash_success(said.format(count=tk.h.odlocale_number(done["changed"])))
    return go_to("odlocale_sending.home", **_query(own, request.form))


@sending.post("/decider")
def decide() -> Page:
    """Keep what data.gouv.fr holds, or replace it."""
    own = _some_perimeters()
    names = {"id": "id", "answer": "reponse", "seen": "vu"}
    asked = {name: request.form.get(field, "") for name, field in names.items()}
    try:
        _act("decide", **asked)
    except tk.ValidationError as error:
        for said in explain(error):
            tk.h.flash_error(said)
    except tk.ObjectNotFound as error:
        tk.h.flash_notice(str(error))
    else:
        kept = asked["answer"] == "keep"
        tk.h.flash_success(
            tk._("Kept: what data.gouv.fr shows does not change any more.")
            if kept
            else tk._("Ours replaces it in a few minutes.")
        )
    return go_to("odlocale_sending.home", **_query(own, request.form))


@sending.post("/reessayer")
def retry() -> Page:
    """Try to send some data again, at once."""
    own = _some_perimeters()
    try:
        _act("retry", id=request.form.get("id", ""))
    except (tk.ValidationError, tk.ObjectNotFound):
        tk.h.flash_notice(tk._("Nothing of these data waits to be sent."))
    else:
        tk.h.flash_success(tk._("These data are sent again in a moment."))
    return go_to("odlocale_sending.home", **_query(own, request.form))


def _show(
    own: list[AtdPerimeter],
    given: Any,
    errors: dict[str, str] | None = None,
    **typed: Any,
) -> Page:
    query = _query(own, given)
    perimeters, page = [query["perimetre"]], int(query.get("page", 1))
    places = _act(
        "places",
        perimeters=perimeters,
        q=query.get("nom", ""),
        limit=PER_PAGE,
        offset=(page - 1) * PER_PAGE,
    )
    held = _act("list", perimeters=perimeters, what="held", limit=SHOWN)
    for one in held["results"]:
        one["changes"] = [describe_change(change) for change in one["held"]]
    waiting = _act("list", perimeters=perimeters, what="waiting", limit=SHOWN)
    extra = {
        "perimeters": own,
        "query": query,
        "places": places,
        "page": page,
        "pages": max(1, -(-places["count"] // PER_PAGE)),
        "held": held,
        "waiting": waiting,
        "whys": why_sentences(),
        "errors": errors or {},
        "typed": {"codes": [], "how": "", **typed},
    }
    return show("datagouv_sending", extra)


def _query(own: list[AtdPerimeter], given: Any) -> dict[str, Any]:
    """The page's address, without what makes no sense."""
    page, name = given.get("page", ""), given.get("nom", "").strip()[:100]
    known = page.isascii() and page.isdecimal() and int(page[:6] or 0) > 1
    said = {"perimetre": _perimeter(own, given), "nom": name}
    said |= {"page": int(page[:6])} if known else {}
    return {key: value for key, value in said.items() if value}


def _perimeter(own: list[AtdPerimeter], given: Any) -> str:
    sirens = [one.atd_siren for one in own]
    asked = given.get("perimetre", "")
    return asked if asked in sirens else sirens[0]


def _some_perimeters() -> list[AtdPerimeter]:
    """:raises NotAuthorized: there is none yet"""
    own = own_perimeters()
    if not own:
        raise tk.NotAuthorized()
    return own


def _act(name: str, **asked: Any) -> dict[str, Any]:
    action = tk.get_action(f"odlocale_datagouv_send_{name}")
    found: dict[str, Any] = action(context_of_user(), asked)
    return found
