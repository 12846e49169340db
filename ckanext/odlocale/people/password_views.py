"""Pages of who forgot a password, ``/mot-de-passe``, in the place of core's."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model
from flask import Blueprint, Response, request

from ckanext.odlocale.people import proving
from ckanext.odlocale.people.guards import Page, go_to, guard, show
from ckanext.odlocale.people.team_views import first_of

password = Blueprint("odlocale_password", __name__, url_prefix="/mot-de-passe")

guard(password, login=False)

_CONTEXT: dict[str, Any] = {"user": ""}


@password.before_app_request
def replace_core() -> Response | None:
    """Lead from core's pages to these: its links have no end, its answer tells who has
    an account, and a name that is none of them fails."""
    if request.endpoint == "user.perform_reset":
        tk.h.flash_notice(tk._("This link no longer opens. Ask for another one here."))
    elif request.endpoint != "user.request_reset":
        return None
    return go_to("odlocale_password.ask")


@password.get("")
def ask() -> Page:
    """Show the form that asks for a link."""
    return show("password_ask", {"typed": "", "errors": {}})


@password.post("")
def send() -> Page:
    """Have a link sent, if there is such an account."""
    typed = request.form.get("typed", "").strip()
    try:
        tk.get_action("odlocale_password_ask")({**_CONTEXT}, {"typed": typed})
    except tk.ValidationError as error:
        errors = first_of(error)
        status = 429 if "message" in errors else 400
        return show("password_ask", {"typed": typed, "errors": errors}), status
    return show("password_sent", {})


@password.get("/<token>")
def choose(token: str) -> Page:
    """Show the form of a link. Nothing is done: mail filters open links too."""
    return _show_form(token, {})


@password.post("/<token>")
def change(token: str) -> Page:
    """Take the new password."""
    asked = {"token": token, "password": request.form.get("password", "")}
    try:
        tk.get_action("odlocale_password_set")({**_CONTEXT}, asked)
    except tk.ObjectNotFound:
        return _show_closed()
    except tk.ValidationError as error:
        model.Session.rollback()
        return _show_form(token, first_of(error))
    tk.h.flash_success(tk._("Your password is changed. Log in with it."))
    return go_to("user.login")


def _show_form(token: str, errors: dict[str, str]) -> Page:
    try:
        user, _ = proving.follow_link("password", token)
    except tk.ObjectNotFound:
        return _show_closed()
    extra = {"token": token, "name": user.name, "errors": errors}
    page = show("password_set", extra)
    return (page, 400) if errors else page


def _show_closed() -> Page:
    return show("account_link_closed", {"about": "password"}), 404
