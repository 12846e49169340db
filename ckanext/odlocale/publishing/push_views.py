"""The API of software, ``/api/odlocale/v1``: sending a file, asking, withdrawing."""

from __future__ import annotations

import datetime
import re
from typing import Any

import ckantoolkit as tk
from ckan.config.middleware.flask_app import csrf
from flask import Blueprint, Response, request
from werkzeug.http import parse_options_header

from ckanext.odlocale.base.download import disposition_name
from ckanext.odlocale.base.outage import OUTAGES
from ckanext.odlocale.people.token_help import (
    API_PATH,
    curl_line,
    deposit_path,
    example_key,
)
from ckanext.odlocale.publishing.guards import show
from ckanext.odlocale.publishing.push_answers import STATUSES
from ckanext.odlocale.publishing.push_core import Body, check_length, read_length
from ckanext.odlocale.publishing.push_guards import (
    MAX_JSON_BYTES,
    answer,
    answered,
    find_place,
    identify,
    refuse,
)
from ckanext.odlocale.publishing.push_openapi import describe_api
from ckanext.odlocale.publishing.push_refusals import REFUSALS, PushRefused
from ckanext.odlocale.publishing.push_store import limit_bytes
from ckanext.odlocale.publishing.withdrawal import Reason
from ckanext.odlocale.scdl.catalogue import load_catalogue

push = Blueprint("odlocale_push", __name__, url_prefix=API_PATH)
# No session opens anything here (people/sessions.py): there is none to abuse.
csrf.exempt(push)

_ADDRESS = "/depots/<code>/<schema>/<key>"
#: What a sentence says of one request.
_FACT = re.compile(r"\{\w+\}")
#: Types of bodies in which the file is among other things.
_FORMS = ("multipart/form-data",)


@push.get("/")
def describe() -> str:
    """Show what a software's maker must know."""
    site_url = str(tk.config["ckan.site_url"])
    today = datetime.date.today()
    models = [
        {"slug": one.slug, "label": one.label, "key": example_key(one, today)}
        for one in load_catalogue()
    ]
    path = deposit_path("56046", "budget", models_key(models, "budget"))
    extra = {
        "models": models,
        "refusals": _list_refusals(),
        "line": curl_line(site_url, "odl_…", path, "budget.csv"),
        "address": site_url.rstrip("/") + path,
        "limit": limit_bytes() // 1024**2,
        "per_minute": int(tk.config["ckanext.odlocale.token_requests_per_minute"]),
    }
    return show("push", extra)


def models_key(models: list[dict[str, str]], slug: str) -> str:
    """Return the example of a key of a model."""
    return next(one["key"] for one in models if one["slug"] == slug)


def _list_refusals() -> list[dict[str, Any]]:
    return [
        {"status": status, "code": code, "message": _FACT.sub("…", tk._(sentence))}
        for code, (status, sentence) in sorted(
            REFUSALS.items(), key=lambda one: (one[1][0], one[0])
        )
    ]


@push.get("/openapi.json")
@answered
def openapi() -> Response:
    """Send the description of the API for programs."""
    return answer(describe_api(str(tk.config["ckan.site_url"])))


@push.put(_ADDRESS)
@answered
def deposit(code: str, schema: str, key: str) -> Response:
    """Take a file, and say what became of it."""
    bearer = identify()
    asked = find_place(bearer, code, schema, key, "deposit")
    if request.mimetype in _FORMS:
        raise PushRefused("sent_as_form")
    environ = request.environ
    # A server that knows where a body ends says so; another reads no chunks.
    chunked = bool(environ.get("wsgi.input_terminated")) and (
        "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    )
    length = None if chunked else read_length(environ.get("CONTENT_LENGTH"))
    check_length(length, chunked, limit_bytes())
    # The server's own stream: Flask's would be read by a form, or bounded otherwise.
    body = Body(environ["wsgi.input"], length)
    given = asked.data(upload=body, filename=_filename())
    done = tk.get_action("odlocale_push_deposit")(asked.context, given)
    return answer(done, STATUSES[done["result"]])


@push.get(_ADDRESS)
@answered
def state(code: str, schema: str, key: str) -> Response:
    """Say what is online, and what became of the last file."""
    asked = find_place(identify(), code, schema, key, "read")
    return answer(tk.get_action("odlocale_push_show")(asked.context, asked.data()))


@push.delete(_ADDRESS)
@answered
def withdraw(code: str, schema: str, key: str) -> Response:
    """Withdraw what is online."""
    asked = find_place(identify(), code, schema, key, "withdraw")
    request.max_content_length = MAX_JSON_BYTES
    given = request.get_json(silent=True, force=True)
    if not isinstance(given, dict):
        raise PushRefused("not_json")
    reason, note = given.get("reason"), given.get("note", "")
    if not isinstance(note, str) or reason not in [one.value for one in Reason]:
        raise PushRefused("reason_missing")
    data = asked.data(reason=reason, note=note)
    return answer(tk.get_action("odlocale_push_withdraw")(asked.context, data))


@push.route(_ADDRESS, methods=["POST", "PATCH"])
@answered
def other_method(code: str, schema: str, key: str) -> Response:
    """Say which methods there are."""
    raise PushRefused("unknown_method")


@push.route("/<path:rest>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
@answered
def nothing(rest: str) -> Response:
    """Say that there is nothing there, in the one shape of refusals."""
    raise PushRefused("unknown_address")


def _filename() -> str:
    """Return the name that the software gives its file, if it does."""
    _, options = parse_options_header(request.headers.get("Content-Disposition", ""))
    name = options.get("filename")
    return disposition_name(name) if name else ""


def _on_outage(error: Exception) -> Response:
    return refuse(PushRefused("outage"))


for _outage in OUTAGES:
    push.register_error_handler(_outage, _on_outage)
