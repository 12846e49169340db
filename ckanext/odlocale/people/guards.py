"""What stands before every page of this room: size, login, CSRF, refusals in words."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from flask import Blueprint, Response, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import NotFound, RequestEntityTooLarge

from ckanext.odlocale.base.csrf import protect_blueprint
from ckanext.odlocale.people.mandate_rules import MAX_DOCUMENT_BYTES
from ckanext.odlocale.territory.animer_guards import context_of_user, explain, go_to
from ckanext.odlocale.territory.heirs import answering_for
from ckanext.odlocale.territory.tables import Collectivity

__all__ = ["context_of_user", "explain", "go_to"]

Page = str | Response | tuple[str, int]

#: What a form of this room may weigh, its document included.
MAX_FORM_BYTES = MAX_DOCUMENT_BYTES + 256 * 1024


def guard(blueprint: Blueprint, *, login: bool = True) -> None:
    """Put the guards on a blueprint, before it is registered.

    :param login: whether its pages are for people who are logged in
    """
    # Before CKAN's CSRF check, which reads the form: its size is then bounded.
    blueprint.url_value_preprocessor(_limit_form)
    blueprint.before_request(_forbid_caching)
    blueprint.after_request(_forbid_storing)
    protect_blueprint(blueprint)
    if login:
        blueprint.before_request(_require_login)
    blueprint.register_error_handler(CSRFError, _on_stale_form)
    blueprint.register_error_handler(RequestEntityTooLarge, _on_too_large)
    blueprint.register_error_handler(tk.NotAuthorized, _on_refused)
    blueprint.register_error_handler(tk.ObjectNotFound, _on_missing)
    blueprint.register_error_handler(NotFound, _on_missing)


def show(template: str, extra: dict[str, Any]) -> str:
    """Fill a page of the room."""
    return str(tk.render(f"people/{template}.html", extra))


def place_of(code: str) -> Collectivity:
    """Return the collectivité of an address, or its heir.

    :raises ckan.plugins.toolkit.ObjectNotFound: it has no organisation here
    """
    found = answering_for(code)
    if found is None or found.org_id is None:
        raise tk.ObjectNotFound()
    return found


def _limit_form(endpoint: str | None, values: dict[str, Any] | None) -> None:
    request.max_content_length = MAX_FORM_BYTES


def _forbid_caching() -> None:
    # Read by CKAN when it writes Cache-Control.
    request.environ["__no_cache__"] = True


def _forbid_storing(response: Response) -> Response:
    response.cache_control.no_store = True
    return response


def _require_login() -> Response | None:
    if tk.current_user.is_authenticated:
        return None
    where = request.full_path if request.method == "GET" else _page_behind()
    return go_to("user.login", came_from=where.rstrip("?"))


def _page_behind() -> str:
    """Return the page that a form was on: the address below its own."""
    code = (request.view_args or {}).get("code")
    if code:
        return str(tk.h.url_for("odlocale_people.team", code=code))
    return str(tk.h.url_for("odlocale_publishing.home"))


def _on_stale_form(error: CSRFError) -> Page:
    if tk.current_user.is_authenticated:
        said = tk._("Your session had ended. Nothing is lost: press the button again.")
        tk.h.flash_notice(said)
        return go_to(_page_behind())
    return go_to("user.login", came_from=_page_behind())


def _on_too_large(error: RequestEntityTooLarge) -> Page:
    return show("too_large", {"limit": MAX_DOCUMENT_BYTES // 1024**2}), 413


def _on_refused(error: tk.NotAuthorized) -> Page:
    return str(tk.render("publishing/reserved.html", {})), 403


def _on_missing(error: Exception) -> Page:
    return str(tk.render("publishing/missing.html", {})), 404
