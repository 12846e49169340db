"""The feeds: ``/catalogue/<insee or siren>.ttl`` and ``/catalogue/portail.ttl``.

What an address answers:

- a collectivité with public datasets: a page of its catalogue;
- one that withdrew them all: an empty catalogue, so that data.gouv.fr archives them;
- a commune that merged: its datasets that wait for their transfer on data.gouv.fr,
  then an empty catalogue. Meanwhile they are not in its heir's;
- a code that the collectivité bore before: the same as its code of today;
- one that never had any, or that nobody knows: 404. A portal restored without its
  datasets is in that case too: data.gouv.fr then reports an error and archives nothing;
- whenever a page cannot be given whole: 503, never a part of it.
"""

from __future__ import annotations

import dataclasses
import logging

import ckantoolkit as tk
import sqlalchemy.exc
from ckan import model
from flask import Blueprint, Response, request

from ckanext.odlocale.datagouv import feed, hooks
from ckanext.odlocale.datagouv.description import Portal
from ckanext.odlocale.datagouv.feeds import Feed, find_feed
from ckanext.odlocale.datagouv.fragment import read_order_key, stamp_of
from ckanext.odlocale.datagouv.model import (
    Row,
    Scope,
    count_public,
    current_portal,
    has_withdrawn,
    read_ntriples,
    read_publishers,
    read_rows,
)
from ckanext.odlocale.datagouv.push_views import sending
from ckanext.odlocale.datagouv.registration_views import registration
from ckanext.odlocale.datagouv.reply_views import replies

log = logging.getLogger(__name__)

WHOLE_PORTAL = "portail"
RETRY_AFTER_SECONDS = 300

catalogue = Blueprint("odlocale_datagouv", __name__, url_prefix="/catalogue")
blueprints = [catalogue, registration, replies, sending]


class CannotAnswerWhole(Exception):
    """A fragment is missing, and could not be written."""


@catalogue.get("/<code>.<any(ttl, rdf, jsonld):extension>")
def show(code: str, extension: feed.Format) -> Response:
    """Answer a page of a feed, in Turtle, RDF/XML or JSON-LD."""
    try:
        page = read_page(code, request.args.get(feed.CURSOR, ""))
        if page is None:
            return _say(404, tk._("There is no such catalogue."))
        response = _answer(page, extension)
    except (CannotAnswerWhole, sqlalchemy.exc.SQLAlchemyError):
        log.exception("The feed %s.%s cannot be answered whole", code, extension)
        model.Session.rollback()
        response = _say(503, tk._("The catalogue is not available. Try again later."))
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def read_page(code: str, after: str) -> feed.Page | None:
    """Read a page, with its fragments written where they were missing.

    :param code: an INSEE code, a SIREN, or ``portail``.
    :param after: the order key of the last dataset already read, or nothing.
    :returns: ``None`` where there is no such catalogue or page.
    :raises CannotAnswerWhole: a fragment could not be written.
    """
    try:
        cursor = read_order_key(after) if after else None
    except ValueError:
        return None
    portal = current_portal()
    found = _whole_portal(portal) if code == WHOLE_PORTAL else find_feed(code)
    if found is None:
        return None
    total = count_public(found.scope)
    if total == 0 and not has_withdrawn(found.answering, found.scope.siren):
        return None
    rows = read_rows(found.scope, cursor, feed.PAGE_SIZE + 1)
    if _write_stale(rows[: feed.PAGE_SIZE], portal):
        rows = read_rows(found.scope, cursor, feed.PAGE_SIZE + 1)
    shown = rows[: feed.PAGE_SIZE]
    if _stale(shown, portal):
        raise CannotAnswerWhole(code)
    return feed.Page(
        name=found.code,
        title=tk._("Open data of {name}").format(name=found.name),
        text=tk._("All the data that {name} publishes.").format(name=found.name),
        publisher=found.publisher,
        portal=portal,
        entries=[
            feed.Entry(row.package_id, row.order_key, row.sha256 or "", row.modified)
            for row in shown
        ],
        after=after,
        total=total,
        next_after=shown[-1].order_key if len(rows) > feed.PAGE_SIZE else None,
    )


def _whole_portal(portal: Portal) -> Feed:
    name = portal.title or portal.site_url
    return Feed(WHOLE_PORTAL, name, None, Scope(), None)


def _stale(rows: list[Row], portal: Portal) -> list[Row]:
    publishers = read_publishers({row.org_id for row in rows})
    stamps = {key: stamp_of(value, portal) for key, value in publishers.items()}
    return [row for row in rows if not row.is_fresh(stamps.get(row.org_id, ""))]


def _write_stale(rows: list[Row], portal: Portal) -> int:
    """Write the fragments that are missing or out of date.

    :returns: how many there were.
    """
    stale = _stale(rows, portal)
    for row in stale:
        hooks.refresh(row.package_id, seen=row)
    if stale:
        log.warning("%d fragments were out of date, and were written anew", len(stale))
        model.Session.commit()
    return len(stale)


def _answer(page: feed.Page, extension: feed.Format) -> Response:
    response = Response(content_type=feed.CONTENT_TYPES[extension])
    tag = feed.tag_page(page, extension)
    if not request.if_none_match.contains_weak(tag):
        page, fragments = _with_fragments(page)
        tag = feed.tag_page(page, extension)
        response.set_data(feed.write_page(page, extension, fragments))
    # rdflib does not write the same RDF/XML or JSON-LD twice for the same triples.
    response.set_etag(tag, weak=extension != "ttl")
    # No Last-Modified: a dataset withdrawn changes the page without a later date.
    response.make_conditional(request)
    return response


def _with_fragments(page: feed.Page) -> tuple[feed.Page, list[str]]:
    """Read the triples of a page, and make its entries tell of just these.

    A dataset may be edited, or withdrawn, since the page was read.
    """
    found = read_ntriples([entry.package_id for entry in page.entries])
    entries = [
        dataclasses.replace(entry, sha256=found[entry.package_id][0])
        for entry in page.entries
        if entry.package_id in found
    ]
    fragments = [found[entry.package_id][1] for entry in entries]
    return dataclasses.replace(page, entries=entries), fragments


def _say(status: int, sentence: str) -> Response:
    return Response(sentence + "\n", status, content_type="text/plain; charset=utf-8")


@catalogue.after_app_request
def name_charset(response: Response) -> Response:
    """Name the charset of ckanext-dcat's answers: udata reads none as ISO-8859-1."""
    if response.mimetype in ("text/turtle", "text/n3") and (
        "charset" not in response.mimetype_params
    ):
        response.headers["Content-Type"] = f"{response.mimetype}; charset=utf-8"
    return response
