"""Addresses of a collectivité that left: 301 to the same ones on its new portal.

And the page where a person agrees, or not, to follow.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import cast

import ckantoolkit as tk
from flask import Blueprint, Response, redirect, request
from werkzeug.urls import iri_to_uri

from ckanext.odlocale.base import storage
from ckanext.odlocale.base.csrf import protect_blueprint
from ckanext.odlocale.datagouv import feed
from ckanext.odlocale.datagouv.feed_version import read_version
from ckanext.odlocale.handover.model import Handover
from ckanext.odlocale.handover.reading import agreed_at
from ckanext.odlocale.publishing.model import seats_of

moved = Blueprint("odlocale_moved", __name__)
agreement = Blueprint("odlocale_handover", __name__)
blueprints = [moved, agreement]

protect_blueprint(agreement)

#: A hand-over may be cancelled: nobody keeps a redirection longer than this.
REDIRECT_SECONDS = 3600

_CODE = r"(?P<code>[0-9][0-9AB][0-9]{3}|[0-9]{9})"
_NAME = r"(?P<name>[a-zA-Z0-9_-]{2,100})"
_FEED = re.compile(rf"/catalogue/{_CODE}\.(?P<extension>ttl|rdf|jsonld)")

Find = Callable[[str], Handover | None]
#: The addresses that follow a collectivité, and who answers for each.
_ADDRESSES: tuple[tuple[re.Pattern[str], str, Find], ...] = (
    (re.compile(rf"/donnees/{_CODE}/.+"), "code", Handover.of_code),
    (re.compile(rf"/(?:commune|collectivite)/{_CODE}"), "code", Handover.of_code),
    (re.compile(rf"/publier/{_CODE}(?:/.*)?"), "code", Handover.of_code),
    (
        re.compile(rf"/organization/(?:about/|activity/)?{_NAME}"),
        "name",
        Handover.of_organization,
    ),
    (
        re.compile(
            rf"/dataset/(?:activity/|groups/)?{_NAME}"
            r"(?:\.(?:ttl|rdf|xml|jsonld|n3)|/resource/.+)?"
        ),
        "name",
        Handover.of_dataset,
    ),
)


@moved.before_app_request
def follow_the_moved() -> Response | None:
    """Lead to the new portal. One query, on these addresses only."""
    if request.method not in ("GET", "HEAD"):
        return None
    found = _FEED.fullmatch(request.path)
    if found:
        if read_version(found["code"]) is not None:
            # An active collectivité's, which is nearly always asked for.
            return None
        return _answer_feed(found["code"], cast(feed.Format, found["extension"]))
    if request.endpoint == "odlocale_publishing.home":
        return _lead_agent()
    for pattern, group, find in _ADDRESSES:
        match = pattern.fullmatch(request.path)
        if match:
            handover = find(match[group])
            return _redirect(handover) if handover else None
    return None


def _redirect(handover: Handover) -> Response:
    path = request.full_path if request.query_string else request.path
    organization = re.fullmatch(r"(/organization/(?:\w+/)?)([^/?]+)(.*)", path)
    if organization and handover.organization:
        # It may have another name there, where it was before.
        path = organization[1] + handover.organization + organization[3]
    answer = redirect(iri_to_uri(f"{handover.moved_to}{path}"), 301)
    answer.headers["Cache-Control"] = f"public, max-age={REDIRECT_SECONDS}"
    return _answer(answer)


def _answer(response: object) -> Response:
    # werkzeug's functions answer Flask's own class, and say its parent's.
    return cast(Response, response)


def _answer_feed(code: str, extension: feed.Format) -> Response | None:
    """What the feed answered last, until data.gouv.fr reads the other portal.

    data.gouv.fr follows no redirect: a 301 too early would stop its harvest.
    """
    handover = Handover.of_code(code)
    if handover is None:
        return None
    pages = handover.feed.get(code, {}).get(extension)
    if handover.released_at is not None or pages is None:
        return _redirect(handover)
    sha256 = pages.get(request.args.get(feed.CURSOR, ""))
    if sha256 is None:
        return Response(tk._("There is no such catalogue.") + "\n", 404)
    answer = Response(
        storage.open_path(sha256).read_bytes(),
        content_type=feed.CONTENT_TYPES[extension],
    )
    answer.set_etag(sha256, weak=extension != "ttl")
    answer.make_conditional(request)
    return answer


def _lead_agent() -> Response | None:
    """Lead an agent whose only collectivité left to its desk on the new portal."""
    if not tk.current_user.is_authenticated:
        return None
    seats = seats_of(tk.current_user.id)
    if len(seats) != 1:
        return None
    handover = Handover.of_code(seats[0].code)
    if handover is None:
        return None
    # Not 301: it depends on who asks.
    return _answer(redirect(f"{handover.moved_to}/publier/{seats[0].code}", 302))


@agreement.get("/transmission")
def ask() -> str | Response:
    """Ask a person whether to follow a collectivité that changes portal."""
    if not tk.current_user.is_authenticated:
        return _answer(tk.redirect_to("user.login", came_from=request.path))
    request.environ["__no_cache__"] = True
    extra = {"agreed_at": agreed_at(tk.current_user)}
    return str(tk.render("handover/agree.html", extra))


@agreement.post("/transmission")
def answer() -> Response:
    """Note the answer."""
    if not tk.current_user.is_authenticated:
        return _answer(tk.redirect_to("user.login", came_from=request.path))
    agree = request.form.get("agree") == "yes"
    tk.get_action("odlocale_handover_agree")(
        {"user": tk.current_user.name}, {"agree": agree}
    )
    tk.h.flash_success(tk._("Your answer is recorded."))
    return _answer(tk.redirect_to("odlocale_handover.ask"))
