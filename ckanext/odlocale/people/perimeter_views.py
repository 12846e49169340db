"""The animator's page of invitations, ``/animer/invitations``."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from flask import Blueprint, Response, request

from ckanext.odlocale.people.invitations import MAX_BYTES
from ckanext.odlocale.people.perimeter_actions import MOST
from ckanext.odlocale.people.reminding import WHICH, Sought, read_sought
from ckanext.odlocale.people.spreadsheets import write_table
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

invitations = Blueprint(
    "odlocale_invitations", __name__, url_prefix="/animer/invitations"
)

PER_PAGE = 50


def _on_stale() -> Page:
    return go_to("odlocale_invitations.home")


guard(invitations, _on_stale)


@invitations.get("")
def home() -> Page:
    """Show who has not answered."""
    own = own_perimeters()
    if not own:
        return show("empty", {})
    return _show(own, _read(own, request.args))


@invitations.get("/liste.csv")
def export() -> Response:
    """Send one list whole."""
    own = _some_perimeters()
    sought = _read(own, request.args)
    rows: list[list[str]] = []
    while True:
        found = _list(sought, MOST, len(rows))["results"]
        rows += [
            [one["code"], one["collectivity"], one["email"], one["name"],
             standing_names()[one["standing"]], one["sent_at"] or ""]
            for one in found
        ]  # fmt: skip
        if len(found) < MOST:
            break
    header = [tk._("Code"), tk._("Local authority"), tk._("E-mail address"),
              tk._("First and last names"), tk._("State"), tk._("Since")]  # fmt: skip
    sent = {"Content-Disposition": f'attachment; filename="{sought.which}.csv"'}
    return Response(write_table(header, rows), mimetype="text/csv", headers=sent)


@invitations.post("/relancer")
def remind() -> Page:
    """Say who would be written to again, then do it once this is confirmed."""
    own = _some_perimeters()
    sought = _read(own, request.form)
    ids = request.form.getlist("id") or request.form.get("ids", "").split()
    every = bool(request.form.get("tous"))
    if not ids and not every:
        return _show(own, sought, {"rows": tk._("Choose somebody first.")})
    asked: dict[str, Any] = {"perimeter": sought.perimeter, "which": sought.which}
    asked["apply"] = bool(request.form.get("envoyer"))
    if not every:
        asked["ids"] = ids
    plan = tk.get_action("odlocale_invitation_remind")(context_of_user(), asked)
    if not asked["apply"]:
        return show("invitations_remind", {"plan": plan, **_words(sought)})
    _say_sent(len(plan["chosen"]))
    return go_to("odlocale_invitations.home", **sought.to_query())


@invitations.post("/inviter")
def invite() -> Page:
    """Say who of a list would be invited, or of all town halls, then do it."""
    own = _some_perimeters()
    sought = _read(own, request.form)
    asked: dict[str, Any] = {"perimeter": sought.perimeter}
    is_list = not request.form.get("mairies")
    if is_list:
        asked["content"] = _content()
    if is_list and not asked["content"]:
        return _show(own, sought, {"file": tk._("Choose a file first.")})
    asked["apply"] = bool(request.form.get("envoyer"))
    asked["digest"] = request.form.get("digest", "")
    try:
        plan = tk.get_action("odlocale_invitation_plan")(context_of_user(), asked)
    except tk.ValidationError as error:
        return _show(own, sought, {"file": explain(error)[0]})
    if not asked["apply"] or plan["changed"]:
        extra = {"plan": plan, "content": _text(asked.get("content")), **_words(sought)}
        return show("invitations_plan", extra)
    _say_sent(len(plan["invited"]))
    return go_to("odlocale_invitations.home", **sought.to_query(voir="waiting", page=1))


def standing_names() -> dict[str, str]:
    """Return how an invitation stands, in words."""
    return {
        "waiting": tk._("Will leave soon"),
        "sent": tk._("Sent"),
        "expired": tk._("Too old"),
        "refused": tk._("Address refused by its server"),
        "unknown": tk._("Perhaps not received"),
        "never": tk._("Never logged in"),
    }


def _content() -> bytes:
    upload = request.files.get("file")
    if upload is not None and upload.filename:
        return bytes(upload.read(MAX_BYTES + 1))
    return request.form.get("content", "").encode()


def _text(content: bytes | None) -> str | None:
    """Return the list as the page keeps it until it is confirmed."""
    if content is None:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _say_sent(count: int) -> None:
    said = tk.ungettext(
        "{count} invitation leaves in the next minutes.",
        "{count} invitations leave in the next minutes.",
        count,
    )
    tk.h.flash_success(said.format(count=tk.h.odlocale_number(count)))


def _some_perimeters() -> list[AtdPerimeter]:
    own = own_perimeters()
    if not own:
        raise tk.NotAuthorized()
    return own


def _read(own: list[AtdPerimeter], given: Any) -> Sought:
    return read_sought(given.to_dict(), [one.atd_siren for one in own])


def _list(sought: Sought, limit: int, offset: int) -> dict[str, Any]:
    asked = {"perimeter": sought.perimeter, "which": sought.which}
    found: dict[str, Any] = tk.get_action("odlocale_invitation_list")(
        context_of_user(), {**asked, "limit": limit, "offset": offset}
    )
    return found


def _words(sought: Sought) -> dict[str, Any]:
    return {
        "sought": sought,
        "standings": standing_names(),
        "reasons": {
            "week": tk._("written to this week already"),
            "answered": tk._("answered already"),
            "refused": tk._("address to correct"),
            "gone": tk._("not in this territory"),
            "address": tk._("not an e-mail address"),
            "role": tk._("unknown role"),
            "code": tk._("code unknown in this territory"),
            "twice": tk._("twice in the list"),
            "member": tk._("works there already"),
            "waiting": tk._("invited already"),
            "animator": tk._("this role does not exist there"),
            "crowd": tk._("this address is written to often enough"),
        },
        "lists": {
            "waiting": tk._("Waiting for an answer"),
            "expired": tk._("Link too old"),
            "refused": tk._("Address refused"),
            "never": tk._("Never logged in"),
        },
        "which": WHICH,
    }


def _show(
    own: list[AtdPerimeter], sought: Sought, errors: dict[str, str] | None = None
) -> Page:
    found = _list(sought, PER_PAGE, (sought.page - 1) * PER_PAGE)
    count = found["counts"][sought.which]
    extra = {
        **_words(sought),
        "perimeters": own,
        "rows": found["results"],
        "counts": found["counts"],
        "count": count,
        "pages": max(1, -(-count // PER_PAGE)),
        "errors": errors or {},
    }
    page = show("invitations", extra)
    return (page, 400) if errors else page
