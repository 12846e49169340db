"""What holds for every page of the portal, core's included.

No page of its own: rules before and after each request, and the answer to an
outage.
"""

from __future__ import annotations

import contextlib
import functools
import logging
from typing import Any

import ckantoolkit as tk
from ckan import authz, model
from ckan.lib.search.common import SearchError, SearchQueryError
from ckan.views.api import _get_request_data
from flask import Blueprint, Flask, Response, abort, current_app, jsonify, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import BadRequest, Forbidden, HTTPException, NotFound
from werkzeug.wrappers import Response as AnyResponse

from ckanext.odlocale.base import outage, policy
from ckanext.odlocale.base.calls import find_fault
from ckanext.odlocale.base.csrf import require_token
from ckanext.odlocale.base.download import force_attachment, may_show_inline
from ckanext.odlocale.base.proxies import count_each_visitor
from ckanext.odlocale.base.safety import TILES_OPTION

log = logging.getLogger(__name__)

every_page = Blueprint("odlocale_base", __name__)
blueprints = [every_page]

#: A call of the API without a file: a whole pack of thousands of rows holds in it.
CALL_BYTES = 5 * 1024 * 1024

#: What a form or a call may add to the file that it sends.
REQUEST_MARGIN_BYTES = 1024 * 1024


def prepare_application(application: Flask) -> None:
    """Bound every request, and answer outages wherever they happen.

    An anonymous visitor could otherwise fill the disk: CKAN sets no bound, and a
    form is spooled before any view decides who may send it.

    :param application: CKAN's, with all its blueprints.
    """
    largest_file = max(
        int(tk.config["ckanext.odlocale.max_deposit_bytes"]),
        int(tk.config["ckan.max_resource_size"]) * 1024 * 1024,
    )
    application.config["MAX_CONTENT_LENGTH"] = largest_file + REQUEST_MARGIN_BYTES
    proxies = int(tk.config["ckanext.odlocale.trusted_proxies"])
    counted = count_each_visitor(application.wsgi_app, proxies)
    answered = outage.answer_outages(counted, _language())
    # As Flask's documentation says to add a middleware; its types do not know of it.
    application.wsgi_app = answered  # type: ignore[method-assign, assignment]
    gather_rules()


def gather_rules() -> None:
    """Have CKAN gather its actions and its rules before anybody asks anything.

    It gathers them as the first request comes, in dictionaries that other threads read
    meanwhile: for some milliseconds a rule of ours that stands before CKAN's own would
    not, and another would not be found at all.
    """
    tk.get_action("status_show")
    authz.auth_functions_list()


@every_page.before_app_request
def refuse_null_sign() -> tuple[Response, int] | None:
    """Neither address nor form holds the sign that PostgreSQL refuses in a text."""
    if "\0" in request.path:
        status = 404
    elif _query_holds_null() or _form_holds_null():
        status = 400
    else:
        return None
    if not request.path.startswith("/api/"):
        abort(status)
    if outage.API_MARK in request.path:
        # In the shape of the API of software: see publishing/push_refusals.py.
        said = tk._("There is nothing at this address of the API.")
        return jsonify(error={"code": "unknown_address", "message": said}), 404
    said = tk._("This value cannot be read. Correct it.")
    return jsonify(success=False, error={"__type": "Error", "message": said}), status


@every_page.before_app_request
def refuse_group_in_bulk() -> None:
    """Core's page changes an organisation's datasets, and fails on a group."""
    if request.endpoint == "group.bulk_process":
        abort(404)


def _query_holds_null() -> bool:
    """Whether the question of an address of core's does; our own pages read theirs."""
    ours = (request.blueprint or "").startswith("odlocale")
    return not ours and b"%00" in request.query_string


def _form_holds_null() -> bool:
    """Whether a text of a form does; files sent to us are read by our views alone."""
    ours = (request.blueprint or "").startswith("odlocale")
    is_upload = request.mimetype == "multipart/form-data"
    if outage.API_MARK in request.path or (ours and is_upload):
        return False
    return any("\0" in text for pair in request.form.items(multi=True) for text in pair)


@every_page.before_app_request
def protect_writes() -> tuple[Response, int] | None:
    """Ask whoever writes with a session's cookie for the session's token.

    Core exempts the whole API from its own check, and any page as soon as one API token
    asked for it. Its forms and its JavaScript (``client.js``) send the token all the
    same. Our own pages ask too, each with what it says of a form that is too old.
    """
    if (request.blueprint or "").startswith("odlocale"):
        return None
    if request.blueprint == "api":
        _limit_call()
        refusal = _refuse_odd_call()
        if refusal is not None:
            return refusal
    elif request.method in ("GET", "HEAD", "OPTIONS", "TRACE"):
        return None
    try:
        require_token()
    except CSRFError as error:
        if request.blueprint != "api":
            raise
        refused = {"__type": "Authorization Error", "message": error.description}
        return jsonify(success=False, error=refused), 403
    return None


def _refuse_odd_call() -> tuple[Response, int] | None:
    """Refuse a call that no action can read, before core's own fails on it."""
    action = (request.view_args or {}).get("logic_function")
    if action is None:
        return None
    try:
        fault = find_fault(action, _get_request_data(try_url_params=True))
    except RecursionError:
        fault = ""
    except (ValueError, AttributeError):
        # No JSON object: core says so.
        return None
    if fault is None:
        return None
    error: dict[str, Any] = {"__type": "Validation Error"}
    error[fault or "message"] = [tk._("This value cannot be read. Correct it.")]
    return jsonify(success=False, error=error), 409


def _limit_call() -> None:
    """Bound a call that sends no file: to read a text of 100 MB takes minutes."""
    if request.mimetype != "multipart/form-data":
        request.max_content_length = CALL_BYTES


@every_page.app_errorhandler(tk.NotAuthorized)
def answer_refusal(error: Exception) -> AnyResponse:
    """Say that it is refused, where a page of core's forgot to: it was a failure."""
    return _answer(Forbidden(str(error) or None))


@every_page.app_errorhandler(tk.ObjectNotFound)
def answer_absence(error: Exception) -> AnyResponse:
    """Say that there is nothing, where a page of core's forgot to."""
    return _answer(NotFound())


@every_page.app_errorhandler(tk.ValidationError)
def answer_fault(error: Exception) -> AnyResponse:
    """Say that the request cannot be read, where a page of core's forgot to."""
    return _answer(BadRequest())


@every_page.app_errorhandler(SearchError)
def answer_search(error: Exception) -> AnyResponse:
    """Tell a search that nobody can read from a search engine that does not answer,
    where a page of core's forgot to: feeds, and catalogues in RDF."""
    # Core says both alike, and keeps what Solr answered in the sentence alone.
    is_unreadable = isinstance(error, SearchQueryError) or "HTTP 400" in str(error)
    return _answer(BadRequest()) if is_unreadable else on_outage(error)


def _answer(error: HTTPException) -> AnyResponse:
    """Answer as where the page had said so itself."""
    return current_app.make_response(current_app.handle_http_exception(error))


@every_page.after_app_request
def harden(response: Response) -> Response:
    """Let no deposited file run as a page of the portal, nor a page be framed."""
    headers = response.headers
    headers["X-Content-Type-Options"] = "nosniff"
    if str(tk.config["ckan.site_url"]).startswith("https://"):
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if response.mimetype == "text/html":
        _harden_page(response)
    if response.status_code < 300 and _sends_deposited_file():
        headers["Content-Security-Policy"] = policy.DEPOSITED
        if not may_show_inline(response.mimetype or ""):
            written = headers.get("Content-Disposition", "")
            headers["Content-Disposition"] = force_attachment(written)
    return response


def _harden_page(response: Response) -> None:
    headers = response.headers
    own = headers.get("Content-Security-Policy", "")
    # A page that says who may frame it is made for that.
    if "frame-ancestors" not in own:
        headers["X-Frame-Options"] = "SAMEORIGIN"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if "default-src" not in own:
        written = policy.write_policy(
            request.host,
            handlers=_handlers_of_core(),
            site=str(tk.config["ckan.site_url"]),
            images=(
                str(tk.config[TILES_OPTION]),
                *tk.config["ckanext.odlocale.image_servers"],
            ),
            has_own_style=bool(tk.config.get("ckan.site_custom_css")),
            provider=str(tk.config["ckanext.odlocale.oidc_issuer"] or ""),
        )
        # Of two rules of one name, a browser reads the first.
        headers["Content-Security-Policy"] = f"{own}; {written}" if own else written
    elif "frame-ancestors" not in own:
        headers["Content-Security-Policy"] = f"{own}; frame-ancestors 'self'"
    headers["Referrer-Policy"] = "same-origin"
    headers["Permissions-Policy"] = policy.PERMISSIONS


@functools.cache
def _handlers_of_core() -> tuple[str, ...]:
    return policy.handlers_of_core()


def _sends_deposited_file() -> bool:
    endpoint = request.endpoint or ""
    return (
        # Each type of dataset has its own: resource.download, dataset_resource…
        endpoint.endswith("resource.download")
        or request.blueprint == "file"
        or (endpoint == "static" and request.path.startswith("/uploads/"))
    )


def on_outage(error: Exception) -> AnyResponse:
    """Answer 503 without reading the database again."""
    log.exception("A server of the portal does not answer: %s", request.path)
    with contextlib.suppress(Exception):
        model.Session.rollback()
    request.environ["__no_cache__"] = True
    return outage.write_outage_page(_language())


def _language() -> str:
    return str(tk.config["ckan.locale_default"])


for _outage in outage.OUTAGES:
    every_page.app_errorhandler(_outage)(on_outage)
