"""Pages of who comes in: ``/invitation/<token>``, ``/rejoindre/<code>``."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model
from flask import Blueprint, request, session

from ckanext.odlocale.people import second_factor, sessions, throttle
from ckanext.odlocale.people.guards import (
    Page,
    context_of_user,
    go_to,
    guard,
    place_of,
    show,
)
from ckanext.odlocale.people.team_views import first_of

joining = Blueprint("odlocale_joining", __name__)

guard(joining, login=False)

#: Where a browser keeps which request it made, so that a closed window loses nothing.
ASKED_KEY = "odlocale_access_request"
#: How many collectivités a search shows.
FOUND = 20


@joining.get("/invitation/<token>")
def invitation(token: str) -> Page:
    """Show what the link is about. Nothing is done: mail filters open links too."""
    return _show_invitation(token)


@joining.post("/invitation/<token>")
def accept(token: str) -> Page:
    """Come in, with one's account or with a new one."""
    names = ("fullname", "password", "typed")
    typed = {name: request.form.get(name, "") for name in names}
    try:
        done = tk.get_action("odlocale_invitation_accept")(
            _context(), {"token": token, **typed}
        )
    except tk.ValidationError as error:
        model.Session.rollback()
        return _show_invitation(token, typed=typed, errors=first_of(error))
    if not tk.current_user.is_authenticated:
        user = model.User.get(done["user"])
        if second_factor.is_needed(user):
            tk.h.flash_success(tk._("Your access is open. Log in to use it."))
            return go_to("user.login")
        sessions.open_session(user)
        throttle.remember(user.name)
    tk.h.flash_success(tk._("Your access is open. Welcome."))
    return go_to("odlocale_publishing.collectivity", code=done["code"])


@joining.post("/invitation/<token>/code")
def prove(token: str) -> Page:
    """Have a code sent to the invited address."""
    try:
        sent = tk.get_action("odlocale_invitation_prove")(_context(), {"token": token})
    except tk.ValidationError as error:
        return _show_invitation(token, errors=first_of(error))
    said = tk._("The code was sent to {address}. It arrives within minutes.")
    tk.h.flash_success(said.format(address=sent["sent_to"]))
    return go_to("odlocale_joining.invitation", token=token)


@joining.post("/invitation/<token>/collegue")
def decline(token: str) -> Page:
    """Say that the invitation is for somebody else."""
    asked = {"token": token, "colleague": request.form.get("colleague", "").strip()}
    try:
        tk.get_action("odlocale_invitation_decline")(_context(), asked)
    except tk.ValidationError as error:
        return _show_invitation(token, typed=asked, errors=first_of(error))
    return show("declined", {"colleague": asked["colleague"]})


@joining.get("/rejoindre")
def choose() -> Page:
    """Show the collectivités whose name one types."""
    asked = request.args.get("q", "").replace("\0", "").strip()
    found: list[Any] = []
    if asked:
        query = {"q": asked, "limit": FOUND}
        listed = tk.get_action("odlocale_collectivity_search")(_context(), query)
        found = listed["results"]
    return show("choose", {"q": asked, "found": found})


@joining.get("/rejoindre/<code>")
def join(code: str) -> Page:
    """Show the form that asks for a code, or the one that takes it."""
    owner = place_of(code)
    return _show_join(owner)


@joining.post("/rejoindre/<code>")
def ask(code: str) -> Page:
    """Have a code sent to the town hall."""
    owner = place_of(code)
    typed = {name: request.form.get(name, "").strip() for name in ("fullname", "email")}
    asked = {"code": owner.code, **typed}
    try:
        sent = tk.get_action("odlocale_access_ask")(_context(), asked)
    except tk.ValidationError as error:
        return _show_join(owner, typed=typed, errors=first_of(error))
    session[ASKED_KEY] = {"code": owner.code, **sent}
    return go_to("odlocale_joining.join", code=owner.code)


@joining.post("/rejoindre/<code>/code")
def confirm(code: str) -> Page:
    """Take the code."""
    owner = place_of(code)
    waiting = _waiting(owner.code)
    asked = {"id": waiting.get("id", ""), "typed": request.form.get("typed", "")}
    if not asked["id"]:
        tk.h.flash_notice(tk._("This request was not found. Ask for a code."))
        return go_to("odlocale_joining.join", code=owner.code)
    try:
        done = tk.get_action("odlocale_access_confirm")(_context(), asked)
    except tk.ObjectNotFound as error:
        session.pop(ASKED_KEY, None)
        tk.h.flash_notice(str(error.message))
        return go_to("odlocale_joining.join", code=owner.code)
    except tk.ValidationError as error:
        errors = first_of(error)
        if errors.pop("left", "") == "0" or not waiting:
            session.pop(ASKED_KEY, None)
        return _show_join(owner, errors=errors)
    session.pop(ASKED_KEY, None)
    if done["way"] == "joined":
        tk.h.flash_success(tk._("Your access is open. Welcome."))
        return go_to("odlocale_publishing.collectivity", code=owner.code)
    return show("letter_sent", {"owner": owner})


@joining.post("/rejoindre/<code>/recommencer")
def restart(code: str) -> Page:
    """Forget the code that was asked for, to ask for another."""
    session.pop(ASKED_KEY, None)
    return go_to("odlocale_joining.join", code=place_of(code).code)


def _show_invitation(
    token: str,
    *,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> Page:
    try:
        about = tk.get_action("odlocale_invitation_show")(_context(), {"token": token})
    except tk.ObjectNotFound:
        return show("link_closed", {"expired": False}), 404
    if about["standing"] == "expired":
        return show("link_closed", {"expired": True, "about": about}), 410
    login = tk.h.url_for(
        "user.login", came_from=tk.h.url_for("odlocale_joining.invitation", token=token)
    )
    extra = {"about": about, "token": token, "login": login, "me": tk.current_user}
    page = show("invitation", {**extra, "typed": typed or {}, "errors": errors or {}})
    return (page, 400) if errors else page


def _show_join(
    owner: Any,
    *,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> Page:
    extra = {
        "owner": owner,
        "waiting": _waiting(owner.code),
        "me": tk.current_user,
        "typed": typed or {},
        "errors": errors or {},
    }
    page = show("join", extra)
    return (page, 400) if errors else page


def _waiting(code: str) -> dict[str, str]:
    kept = session.get(ASKED_KEY) or {}
    return dict(kept) if kept.get("code") == code else {}


def _context() -> Any:
    if tk.current_user.is_authenticated:
        return context_of_user()
    return {"user": ""}
