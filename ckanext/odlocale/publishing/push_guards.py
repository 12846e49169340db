"""What stands before a software's request: its token, how often it calls, its address.

No cookie counts here, so that no other site can have a browser send anything: there is
no CSRF to check. Every answer is JSON, refusals in one shape.
"""

from __future__ import annotations

import functools
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import ckantoolkit as tk
from ckan import model
from ckan.types import Context
from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from ckanext.odlocale.base.outage import OUTAGES
from ckanext.odlocale.people import refusals
from ckanext.odlocale.people.refused import Reason
from ckanext.odlocale.people.throttle import seconds_over
from ckanext.odlocale.people.token_rules import (
    IN_CONTEXT,
    TokenRefused,
    find_bearer,
)
from ckanext.odlocale.people.tokens import Bearer, Verb, holds_token, read_header
from ckanext.odlocale.publishing.push_core import is_key, too_large
from ckanext.odlocale.publishing.push_refusals import (
    RETRY_SECONDS,
    PushRefused,
    refusal_of_scope,
    refusal_of_token,
)
from ckanext.odlocale.publishing.push_store import limit_bytes
from ckanext.odlocale.publishing.release import explain
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.territory.tables import Collectivity

log = logging.getLogger(__name__)

#: Refusals of an action (:class:`~.states.Refusal`) as codes of ours.
_CODES: Final = {
    "GONE": "closed",
    "NO_SEARCH": "outage",
    "NO_ROOM": "no_room",
    "BUSY": "busy",
}

#: What an answer to another method may weigh.
MAX_JSON_BYTES = 64 * 1024

#: Of a refused body, how much is read and thrown away, so that the software reads the
#: answer instead of reporting a broken connection.
DRAINED_BYTES = 128 * 1024 * 1024

#: Of a larger one, how long what still comes is read once the answer has left: closed
#: with bytes that nobody read, a connection breaks before the software has its answer.
LINGER_SECONDS: Final = 3.0


@dataclass(frozen=True)
class Asked:
    """One address, and who asks: what an action is given."""

    bearer: Bearer
    org_id: str
    siren: str
    schema: str
    key: str

    @property
    def context(self) -> Context:
        """The context of the software's actions: no account, and its token."""
        context: dict[str, Any] = {"user": "", IN_CONTEXT: self.bearer}
        return context

    def data(self, **more: Any) -> dict[str, Any]:
        """Return what the action is given."""
        names = ("org_id", "siren", "schema", "key")
        return {**{name: getattr(self, name) for name in names}, **more}


def identify() -> Bearer:
    """Return the software that calls.

    :raises PushRefused: 400, 401, 403 or 429
    """
    if holds_token(request.query_string.decode("latin-1")) or holds_token(request.path):
        raise PushRefused("token_in_address")
    value = read_header(request.headers.get("Authorization"))
    if value in ("missing", "scheme", "malformed"):
        raise PushRefused(refusal_of_token(value))
    try:
        bearer = find_bearer(value)
    except TokenRefused as refused:
        _write_refusal(refused)
        raise PushRefused(refusal_of_token(refused.fault)) from refused
    per_minute = int(tk.config["ckanext.odlocale.token_requests_per_minute"])
    wait = seconds_over(bearer.token_id, per_minute)
    if wait:
        raise PushRefused("too_many_calls", {"seconds": wait}, {"retry_after": wait})
    return bearer


def find_place(bearer: Bearer, code: str, schema: str, key: str, verb: Verb) -> Asked:
    """Return the address that is asked for, where the token is for it.

    :raises PushRefused: 403 or 404
    """
    named = Collectivity.by_code(code)
    owner = named.heir() if named is not None else None
    if named is None or owner is None or owner.org_id is None:
        raise PushRefused("unknown_collectivity")
    if schema not in load_catalogue():
        models = tk.h.url_for("odlocale_schemas.list_models", _external=True)
        raise PushRefused("unknown_model", {"models": models})
    slug = load_catalogue().get(schema).slug
    if named is not owner and bearer.org_id == named.org_id:
        # It merged: its heir gives tokens of its own.
        raise PushRefused("closed")
    if not is_key(key):
        raise PushRefused("unknown_key")
    refused = refusal_of_scope(bearer, owner.org_id, slug, verb)
    if refused:
        refusals.write(
            "token elsewhere" if refused == "other_collectivity" else "token beyond",
            object_type="token", object_id=bearer.token_id, org_id=owner.org_id,
            detail={"software": bearer.name},
        )  # fmt: skip
        raise PushRefused(refused)
    return Asked(bearer, owner.org_id, named.siren, slug, key)


def _write_refusal(refused: TokenRefused) -> None:
    reasons: dict[str, Reason] = {
        "revoked": "token revoked",
        "expired": "token expired",
        "mandate": "token mandate",
    }
    # Who sends the beginning of a code, and not the code, is not the software.
    reason, token = reasons.get(refused.fault), refused.token
    refusals.write(
        reason or "token unknown",
        object_type="token",
        object_id=token.id if token else "",
        org_id=token.org_id if token else None,
        detail={"software": token.name} if token and reason else {},
    )


def answer(body: dict[str, Any], status: int = 200) -> Response:
    """Return an answer as JSON that a person reads too."""
    text = json.dumps(body, ensure_ascii=False, indent=1) + "\n"
    response = Response(text, status, mimetype="application/json")
    response.cache_control.no_store = True
    # Read by CKAN when it writes Cache-Control.
    request.environ["__no_cache__"] = True
    return response


def refuse(refused: PushRefused) -> Response:
    """Return the answer of a refusal."""
    response = answer(refused.to_dict(tk._), refused.status)
    if refused.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="odlocale"'
    if refused.status == 405:
        response.headers["Allow"] = "GET, HEAD, PUT, DELETE"
    if refused.status in (429, 503):
        wait = refused.more.get("retry_after", RETRY_SECONDS)
        response.headers["Retry-After"] = str(wait)
    return response


def answered(view: Callable[..., Response]) -> Callable[..., Response]:
    """Wrap a page of the API: whatever happens, one shape."""

    @functools.wraps(view)
    def wrapped(*arguments: Any, **named: Any) -> Response:
        try:
            return view(*arguments, **named)
        except Exception as error:
            model.Session.rollback()
            refused = _read(error)
            if refused.code in ("failure", "outage"):
                log.exception("A software was not answered: %s", request.path)
            _drain()
            response = refuse(refused)
            if (request.content_length or 0) > DRAINED_BYTES:
                response.call_on_close(functools.partial(_linger, request.environ))
            return response

    return wrapped


def _read(error: Exception) -> PushRefused:
    if isinstance(error, PushRefused):
        return error
    if isinstance(error, tk.ValidationError):
        code = (error.error_dict.get("refusal") or [""])[0]
        if code in _CODES:
            return PushRefused(_CODES[code])
        return PushRefused("refused", said=explain(error))
    if isinstance(error, tk.NotAuthorized):
        return PushRefused("verb_missing")
    if isinstance(error, tk.ObjectNotFound):
        return PushRefused("unknown_collectivity")
    if isinstance(error, RequestEntityTooLarge):
        is_file = request.method == "PUT"
        return too_large(limit_bytes()) if is_file else PushRefused("not_json")
    return PushRefused("outage" if isinstance(error, OUTAGES) else "failure")


def _drain() -> None:
    """Read what is left of a small enough body, and throw it away."""
    left = min(request.content_length or 0, DRAINED_BYTES)
    if not left or (request.content_length or 0) > DRAINED_BYTES:
        return
    incoming = request.environ["wsgi.input"]
    try:
        while left > 0 and (chunk := incoming.read(min(left, 64 * 1024))):
            left -= len(chunk)
    except OSError:
        log.info("A refused software left before the end: %s", request.path)


def _linger(environ: dict[str, Any]) -> None:
    """Throw away what still comes, for a moment, as web servers do when they close."""
    ends = time.monotonic() + LINGER_SECONDS
    link, incoming = environ.get("gunicorn.socket"), environ["wsgi.input"]
    try:
        if link is not None:
            link.settimeout(LINGER_SECONDS)
        while time.monotonic() < ends and incoming.read(64 * 1024):
            pass
    except OSError:
        # It read the answer, and left.
        return
