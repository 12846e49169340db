"""What stands before every page of the desk.

The size of an upload is bounded before anything reads it; an anonymous visitor logs
in and comes back; a stale form does nothing; and each refusal is a page in the
agent's words.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import ckantoolkit as tk
from ckan.types import Context
from flask import Blueprint, Response, g, jsonify, request, session
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import NotFound, RequestEntityTooLarge

from ckanext.odlocale.base.csrf import protect_blueprint
from ckanext.odlocale.people import rights
from ckanext.odlocale.publishing import wording
from ckanext.odlocale.publishing.ownership import siret_of
from ckanext.odlocale.scdl.catalogue import Catalogue, load_catalogue
from ckanext.odlocale.scdl.views import address_of
from ckanext.odlocale.territory.heirs import answering_for
from ckanext.odlocale.territory.register import Register
from ckanext.odlocale.territory.tables import Collectivity

Page = str | Response | tuple[str, int]

#: Sent by the script that sends a file (``assets/modules/file-submit.js``).
UPLOAD_HEADER = "X-Odlocale-Upload"

#: What a form may add to its file: boundaries, names, a token.
FORM_BYTES = 64 * 1024

#: Of a refused upload, how much is read and thrown away so that the browser reads
#: the answer instead of reporting a broken connection.
DRAINED_BYTES = 1024 * 1024 * 1024
CHUNK_BYTES = 1024 * 1024


#: The forms of the desk that hold typed text: the page of each, on which it waits for
#: a login.
TYPED_ENDPOINTS = {
    "odlocale_publishing.change_fiche": ("odlocale_publishing.step", "relire"),
    "odlocale_documents.publish": ("odlocale_documents.form", ""),
    "odlocale_documents.publish_link": ("odlocale_documents.link", ""),
    "odlocale_document_desk.change": ("odlocale_document_desk.fiche", ""),
}
TYPED_KEY = "odlocale_typed"
#: Characters kept of each field.
MAX_TYPED = 20_000


def go_to(where: str, **values: str) -> Response:
    """Redirect to a page.

    :param where: an endpoint, or an address of the portal
    """
    response: Response = tk.redirect_to(where, **values)
    return response


def show(template: str, extra: dict[str, Any]) -> str:
    """Fill a screen of the desk."""
    return str(tk.render(f"publishing/{template}.html", extra))


def guard(blueprint: Blueprint) -> None:
    """Put the guards on a blueprint, before it is registered."""
    # Flask runs URL preprocessors before any "before request" function: CKAN's CSRF
    # check, which reads the form, must find the size already bounded.
    blueprint.url_value_preprocessor(limit_upload)
    blueprint.before_request(forbid_caching)
    blueprint.after_request(forbid_storing)
    blueprint.after_request(name_next_page)
    protect_blueprint(blueprint)
    blueprint.before_request(require_login)
    blueprint.before_request(recall_typed)
    blueprint.register_error_handler(CSRFError, on_stale_form)
    blueprint.register_error_handler(RequestEntityTooLarge, on_too_large)
    blueprint.register_error_handler(tk.NotAuthorized, on_refused)
    blueprint.register_error_handler(tk.ObjectNotFound, on_missing)
    blueprint.register_error_handler(NotFound, on_missing)


def name_next_page(response: Response) -> Response:
    """Give a script that sends a file the address of the next page: a browser that
    followed it itself would spend there what is said once."""
    if UPLOAD_HEADER not in request.headers or not response.location:
        return response
    # On the portal, by whatever name the browser reaches it.
    local = urlsplit(response.location)._replace(scheme="", netloc="")
    named = jsonify(address=local.geturl())
    named.cache_control.no_store = True
    return named


def limit_upload(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Bound the request before anything reads it, the CSRF check first of all."""
    limit = int(tk.config["ckanext.odlocale.max_deposit_bytes"])
    request.max_content_length = limit + FORM_BYTES


def forbid_caching() -> None:
    """Nothing of the desk is public: read by CKAN when it writes Cache-Control."""
    request.environ["__no_cache__"] = True


def forbid_storing(response: Response) -> Response:
    """Leave no page of the desk in a shared computer's browser."""
    response.cache_control.no_store = True
    return response


def require_login() -> Response | None:
    """Send an anonymous visitor to log in, and back to the same page."""
    return None if tk.current_user.is_authenticated else _log_in()


def keep_typed() -> None:
    """Keep what was typed on a form whose session had ended, for after the login.

    In the visitor's own session, and for one page only: :func:`recall_typed` gives it
    back to whoever may open that page.
    """
    if request.endpoint in TYPED_ENDPOINTS:
        session[TYPED_KEY] = {
            "page": _page_typed(request.endpoint),
            "fields": {
                # Several boxes of one name: a form takes them with commas as well.
                name: ",".join(values)[:MAX_TYPED]
                for name, values in request.form.lists()
                if name not in (tk.config["WTF_CSRF_FIELD_NAME"], "version")
            },
        }


def recall_typed() -> None:
    """Give a form back what was typed on it before a login."""
    kept = session.get(TYPED_KEY)
    if not kept:
        return
    if request.endpoint in TYPED_ENDPOINTS:
        session.pop(TYPED_KEY)
    elif kept["page"] == [request.endpoint, dict(request.view_args or {})]:
        g.odlocale_typed = kept["fields"]


def _page_typed(endpoint: str) -> list[Any]:
    """Return the page of a form that holds typed text: endpoint and arguments."""
    page, name = TYPED_ENDPOINTS[endpoint]
    values = dict(request.view_args or {})
    return [page, {**values, "name": name} if name else values]


def _log_in() -> Response:
    keep_typed()
    if request.method == "GET":
        came_from = tk.h.url_for(request.endpoint, **(request.view_args or {}))
        if request.query_string:
            came_from += "?" + request.query_string.decode()
    else:
        came_from = _page_behind()
        if request.endpoint == "odlocale_publishing.deposit_file":
            tk.h.flash_notice(tk._("Log in again, then choose your file once more."))
        else:
            tk.h.flash_notice(tk._("Log in again. You will find your work here."))
    return go_to("user.login", came_from=came_from)


def _page_behind() -> str:
    """Return the page that the form of this POST was on, or the nearest one."""
    deposit_id = (request.view_args or {}).get("deposit_id")
    if request.endpoint in TYPED_ENDPOINTS:
        page, values = _page_typed(request.endpoint)
        return str(tk.h.url_for(page, **values))
    if deposit_id:
        return str(tk.h.url_for("odlocale_publishing.resume", deposit_id=deposit_id))
    return str(tk.h.url_for("odlocale_publishing.home"))


def on_stale_form(error: CSRFError) -> Response:
    """A form from before a logout, or from another site: nothing is done."""
    if not tk.current_user.is_authenticated:
        return _log_in()
    keep_typed()
    tk.h.flash_notice(
        tk._("Your session had ended. Nothing is lost: press the button again.")
    )
    return go_to(_page_behind())


def on_too_large(error: RequestEntityTooLarge) -> Page:
    """A file beyond the limit: refused before it is stored."""
    incoming = request.environ["wsgi.input"]
    left = min(request.content_length or 0, DRAINED_BYTES)
    while left > 0 and (chunk := incoming.read(min(left, CHUNK_BYTES))):
        left -= len(chunk)
    limit = int(tk.config["ckanext.odlocale.max_deposit_bytes"]) // 1024**2
    return show("too_large", {"limit": limit}), 413


def on_refused(error: tk.NotAuthorized) -> Page:
    """Somebody else's page: said without naming what is on it."""
    return show("reserved", {}), 403


def on_missing(error: Exception) -> Page:
    """No such page at the desk."""
    return show("missing", {}), 404


def context_of_user() -> Context:
    """Return the context of the actions that this request calls."""
    return {"user": tk.current_user.name, "auth_user_obj": tk.current_user}


def owner_of(code: str) -> Collectivity:
    """Return the collectivité of an address, if the user may publish for it.

    That of a commune that merged is its heir.

    :raises ckan.plugins.toolkit.ObjectNotFound: it has no organisation here
    :raises ckan.plugins.toolkit.NotAuthorized: somebody else's
    """
    found = answering_for(code)
    if found is None or found.org_id is None:
        raise tk.ObjectNotFound()
    asked = {"org_id": found.org_id}
    tk.check_access("odlocale_deposit_create", context_of_user(), asked)
    return found


def offered(owner: Collectivity) -> Catalogue:
    """Return the models that the user may publish in for a collectivité."""
    ground = rights.ground_of(tk.current_user.name, str(owner.org_id))
    catalogue = load_catalogue()
    if ground is None or ground.schemas is None:
        return catalogue
    return Catalogue(tuple(one for one in catalogue if ground.covers(one.slug)))


def templates_of(owner: Collectivity) -> dict[str, str]:
    """Return the addresses of the Excel templates written in a collectivité's name.

    :returns: by slug of the model; the address of their list is under ``""``
    """
    said = {"siret": siret_of(owner), "nom": owner.name}
    listed = str(tk.url_for("odlocale_schemas.list_models", **said))
    found = {one.slug: address_of(one, "template", **said) for one in load_catalogue()}
    return {"": listed, **found}


def acting_for(owner: Collectivity) -> dict[str, str] | None:
    """Return what says that the user is not of a collectivité but acts for it.

    :returns: its ``name`` and the ``signature`` of what is done; nothing for its own
        agents
    """
    user = tk.current_user
    if rights.is_member(user.id, str(owner.org_id)):
        return None
    said = tk._("Signature: {who}, on behalf of {name}.")
    signature = said.format(who=user.display_name, name=owner.name)
    leave = str(tk.h.url_for("odlocale_publishing.home"))
    return {"name": owner.name, "signature": signature, "leave_href": leave}


def describe_owner(owner: Collectivity) -> dict[str, Any]:
    """Return what every screen of a collectivité needs: its names, the limits."""
    official = Register.load().by_siren(owner.siren)
    full_name = official.full_name if official else owner.name
    return {
        "owner": owner,
        "acting_for": acting_for(owner),
        "has_role": rights.has_role(tk.current_user.name, str(owner.org_id)),
        "full_name": full_name,
        "town_hall": wording.town_hall(full_name),
        "contact_email": tk.config["ckanext.odlocale.contact_email"],
        "max_megabytes": int(tk.config["ckanext.odlocale.max_deposit_bytes"])
        // 1024**2,
    }
