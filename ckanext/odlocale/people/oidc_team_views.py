"""Pages that answer those who logged in by a provider: a team's, the animators'."""

from __future__ import annotations

import ckantoolkit as tk
from flask import Blueprint, request

from ckanext.odlocale.people.guards import (
    Page,
    context_of_user,
    explain,
    go_to,
    place_of,
    show,
)


def add_routes(blueprint: Blueprint) -> None:
    """Put the pages on the room's blueprint."""
    blueprint.post("/<code>/rattachement")(settle)
    blueprint.get("/rattachements")(attachments)
    blueprint.post("/rattachements")(settle_unknown)


def settle(code: str) -> Page:
    """Say whether somebody works for a collectivité."""
    owner = place_of(code)
    asked = {
        "id": request.form.get("id", ""),
        "accept": request.form.get("answer") == "yes",
    }
    try:
        tk.get_action("odlocale_attachment_settle")(context_of_user(), asked)
    except tk.ValidationError as error:
        tk.h.flash_error(explain(error)[0])
    else:
        _say(asked["accept"] is True)
    return go_to("odlocale_people.team", code=owner.code)


def attachments() -> Page:
    """Show those who came with a SIREN that the portal does not know."""
    return _show()


def settle_unknown() -> Page:
    """Choose the collectivité of somebody, or refuse."""
    asked = {
        "id": request.form.get("id", ""),
        "accept": request.form.get("answer") == "yes",
        "code": request.form.get("code", "").strip(),
    }
    try:
        tk.get_action("odlocale_attachment_settle")(context_of_user(), asked)
    except tk.ValidationError as error:
        typed = {"id": str(asked["id"]), "code": str(asked["code"])}
        return _show(typed, explain(error)[0])
    _say(asked["accept"] is True)
    return go_to("odlocale_people.attachments")


def _say(accepted: bool) -> None:
    if accepted:
        tk.h.flash_success(tk._("This person may publish. They are told by a letter."))
    else:
        tk.h.flash_notice(tk._("The request is refused. The person is told."))


def _show(typed: dict[str, str] | None = None, error: str = "") -> Page:
    listed = tk.get_action("odlocale_attachment_list")(context_of_user(), {})
    page = show("attachments", {**listed, "typed": typed or {}, "error": error})
    return (page, 400) if error else page
