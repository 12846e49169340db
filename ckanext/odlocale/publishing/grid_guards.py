"""What stands before the pages of a grid, besides the desk's own guards.

What is typed in a form whose session had ended is shown again after the login; a
program in the page is told to log in, and keeps what it has.
"""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from flask import Blueprint, Response, jsonify, request, session
from flask_wtf.csrf import CSRFError, generate_csrf

from ckanext.odlocale.publishing.guards import Page, go_to, guard, on_stale_form

#: Where what was typed waits for a login: one form, of one address.
TYPED_KEY = "odlocale_grid_typed"

#: Characters kept of all that was typed.
MAX_KEPT = 200_000

#: The forms whose text is kept; each is shown at the address it is sent to.
TYPED_ENDPOINTS = frozenset(
    f"odlocale_grid.{name}" for name in ("save_row", "save_constants", "add_pasted")
)

#: Accounts are asked for again, in a page's own language.
LOGIN_NEEDED = 401


def guard_grid(blueprint: Blueprint) -> None:
    """Put the guards on the grid's blueprint, before it is registered."""
    blueprint.before_request(require_login)
    guard(blueprint)
    blueprint.register_error_handler(CSRFError, on_stale)


def is_program() -> bool:
    """Whether the request was made by the page's own program."""
    return bool(request.is_json)


def require_login() -> Response | tuple[Response, int] | None:
    """Keep what an anonymous visitor typed; the desk's guard then logs him in."""
    if tk.current_user.is_authenticated:
        return None
    if is_program():
        return _ask_login()
    if request.endpoint in TYPED_ENDPOINTS:
        keep_typed()
        return log_in_again()
    return None


def on_stale(error: CSRFError) -> Page | tuple[Response, int]:
    """A form from before a logout: its text is kept, and nothing is done."""
    if is_program():
        if tk.current_user.is_authenticated:
            return jsonify({"token": generate_csrf()}), 400
        return _ask_login()
    if request.endpoint not in TYPED_ENDPOINTS:
        return on_stale_form(error)
    keep_typed()
    if not tk.current_user.is_authenticated:
        return log_in_again()
    tk.h.flash_notice(
        tk._("Your session had ended. Nothing is lost: press the button again.")
    )
    return go_to(request.full_path)


def log_in_again() -> Response:
    """Send to the login, and back to the form."""
    tk.h.flash_notice(tk._("Log in again. You will find your work here."))
    return go_to("user.login", came_from=request.full_path)


def _ask_login() -> tuple[Response, int]:
    return jsonify({"login": str(tk.h.url_for("user.login"))}), LOGIN_NEEDED


def keep_typed() -> None:
    """Keep what was typed in a form, for whoever may open it after a login."""
    kept: dict[str, str] = {}
    room = MAX_KEPT
    for name, value in request.form.items():
        if name == tk.config["WTF_CSRF_FIELD_NAME"] or len(value) > room:
            continue
        kept[name] = value
        room -= len(value) + len(name)
    session[TYPED_KEY] = {"path": request.path, "fields": kept}


def recall_typed() -> dict[str, Any]:
    """Return what was typed in this form before a login, once."""
    kept = session.get(TYPED_KEY)
    if not kept or kept["path"] != request.path:
        return {}
    session.pop(TYPED_KEY)
    return dict(kept["fields"])
