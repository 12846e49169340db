"""How many calls of the API one place, or one token, has answered in a minute.

A person at a desk is known by a session and has limits of her own (:mod:`.throttle`);
software of town halls has its token's (``publishing/push_guards.py``). This is about
the rest: whoever reads the whole portal in a loop leaves none of it to others.
"""

from __future__ import annotations

import hashlib

import ckantoolkit as tk
from flask import Blueprint, Response, jsonify, request

from ckanext.odlocale.people.origins import origin_mark
from ckanext.odlocale.people.throttle import seconds_over

every_call = Blueprint("odlocale_call_limits", __name__)

#: CKAN's API, and files made anew for each caller: what costs, and no cache keeps.
_COSTLY = ("/api/", "/datastore/dump/", "/donnees/toutes/")
#: Our own API of software counts by its tokens, in its own words.
_COUNTED_ELSEWHERE = "/api/odlocale/"


@every_call.before_app_request
def limit_calls() -> tuple[Response, int] | None:
    """Answer 429, and when to come back, to one call too many."""
    path = request.path
    if not path.startswith(_COSTLY) or path.startswith(_COUNTED_ELSEWHERE):
        return None
    caller = _caller()
    if not caller:
        return None
    per_minute = int(tk.config["ckanext.odlocale.api_requests_per_minute"])
    wait = seconds_over(caller, per_minute)
    if not wait:
        return None
    said = tk._("Too many calls. Come back in {seconds} seconds.").format(seconds=wait)
    answer = jsonify(
        success=False, error={"__type": "Too Many Requests", "message": said}
    )
    answer.headers["Retry-After"] = str(wait)
    return answer, 429


def _caller() -> str:
    """Return whom a call is counted for: its token, else its place; nobody for a person
    who is logged in, or where no address says who calls."""
    token = request.headers.get("Authorization", "")
    if token and tk.current_user.is_authenticated:
        return f"api:token:{hashlib.sha256(token.encode()).hexdigest()[:32]}"
    if tk.current_user.is_authenticated:
        return ""
    # A false token is counted with its place: inventing one a call opens nothing.
    origin = origin_mark()
    return f"api:from:{origin}" if origin else ""
