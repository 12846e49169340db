"""What stands before every page of the animator.

An anonymous visitor logs in and comes back; a stale form does nothing and says so;
whoever animates no territory reads why, in words.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
from ckan.types import Context
from flask import Blueprint, Response, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import NotFound, RequestEntityTooLarge

from ckanext.odlocale.base.csrf import protect_blueprint
from ckanext.odlocale.territory.animators import animated_by, is_administrator
from ckanext.odlocale.territory.tables import AtdPerimeter

Page = str | Response | tuple[str, int]

#: A list of codes: the 35,000 communes of France, twice.
MAX_FILE_BYTES = 5 * 1024 * 1024
#: A perimeter that is being written travels in its form.
MAX_FORM_BYTES = 4 * 1024 * 1024
#: Of a refused upload, how much is read and thrown away so that the browser reads
#: the answer instead of reporting a broken connection.
DRAINED_BYTES = 256 * 1024 * 1024
CHUNK_BYTES = 1024 * 1024


def guard(blueprint: Blueprint, on_stale: Callable[[], Page] | None = None) -> None:
    """Put the guards on a blueprint, before it is registered.

    :param on_stale: shows again the page whose form was stale, with what was typed;
        without it, one goes back to the page.
    """
    # Before CKAN's CSRF check, which reads the form: its size is then bounded.
    blueprint.url_value_preprocessor(_limit_form)
    blueprint.before_request(_forbid_caching)
    blueprint.after_request(_forbid_storing)
    protect_blueprint(blueprint)
    blueprint.before_request(_require_login)

    def on_stale_form(error: CSRFError) -> Page:
        if not tk.current_user.is_authenticated:
            return _log_in()
        tk.h.flash_notice(
            tk._("Your session had ended. Nothing is lost: press the button again.")
        )
        return on_stale() if on_stale is not None else go_to(page_behind())

    blueprint.register_error_handler(CSRFError, on_stale_form)
    blueprint.register_error_handler(RequestEntityTooLarge, _on_too_large)
    blueprint.register_error_handler(tk.NotAuthorized, _on_refused)
    blueprint.register_error_handler(tk.ObjectNotFound, _on_missing)
    blueprint.register_error_handler(NotFound, _on_missing)


def go_to(where: str, **values: Any) -> Response:
    """Redirect to a page: an endpoint, or an address of the portal."""
    response: Response = tk.redirect_to(where, **values)
    return response


def show(template: str, extra: dict[str, Any]) -> str:
    """Fill a page of the animator."""
    mine = {"administrator": is_administrator(tk.current_user.name)}
    return str(tk.render(f"animer/{template}.html", {**mine, **extra}))


def context_of_user() -> Context:
    """Return the context of the actions that this request calls."""
    return {"user": tk.current_user.name, "auth_user_obj": tk.current_user}


def own_perimeters() -> list[AtdPerimeter]:
    """Return the perimeters of the user.

    :raises ckan.plugins.toolkit.NotAuthorized: he animates none, and is not an
        administrator of the portal, who may have none to see yet.
    """
    found = animated_by(tk.current_user.name)
    if not found and not is_administrator(tk.current_user.name):
        raise tk.NotAuthorized()
    return found


def explain(error: tk.ValidationError) -> list[str]:
    """Return the sentences that tell why an action was refused."""
    said = []
    for texts in error.error_dict.values():
        listed = texts if isinstance(texts, list) else [texts]
        said += [text for text in listed if isinstance(text, str)]
    return said or [tk._("This could not be done. Nothing is lost: try again.")]


def page_behind() -> str:
    """Return the page that the form of this request was on.

    Forms that have an address of their own say where they come from, in ``back``.
    """
    back = request.form.get("back", "")
    rooms = (
        "/animer/territoire",
        "/animer/modeles",
        "/animer/invitations",
        "/animer/data-gouv",
    )
    inside = back.startswith(rooms)
    inside = inside and "\\" not in back
    return back if inside else str(tk.h.url_for("odlocale_animer.home"))


def _limit_form(endpoint: str | None, values: dict[str, Any] | None) -> None:
    request.max_content_length = MAX_FILE_BYTES + MAX_FORM_BYTES
    request.max_form_memory_size = MAX_FORM_BYTES


def _forbid_caching() -> None:
    # Read by CKAN when it writes Cache-Control.
    request.environ["__no_cache__"] = True


def _forbid_storing(response: Response) -> Response:
    response.cache_control.no_store = True
    return response


def _require_login() -> Response | None:
    return None if tk.current_user.is_authenticated else _log_in()


def _log_in() -> Response:
    came_from = page_behind()
    if request.method == "GET":
        came_from = tk.h.url_for(request.endpoint, **(request.view_args or {}))
        if request.query_string:
            came_from += "?" + request.query_string.decode()
    else:
        tk.h.flash_notice(tk._("Log in again. You will find your work here."))
    return go_to("user.login", came_from=came_from)


def _on_too_large(error: RequestEntityTooLarge) -> Page:
    incoming = request.environ["wsgi.input"]
    left = min(request.content_length or 0, DRAINED_BYTES)
    while left > 0 and (chunk := incoming.read(min(left, CHUNK_BYTES))):
        left -= len(chunk)
    return show("too_large", {"limit": MAX_FILE_BYTES // 1024**2}), 413


def _on_refused(error: tk.NotAuthorized) -> Page:
    return show("reserved", {}), 403


def _on_missing(error: Exception) -> Page:
    return show("missing", {}), 404
