"""The feeds: ``/catalogue/<insee or siren>.ttl``, ``/catalogue/portail.ttl`` and
``/catalogue/epci/<siren>.ttl``; and each of them as one table, ``….csv``, which follows
the national model ``scdl/catalogue``.

What an address answers:

- a collectivité with public datasets: a page of its catalogue, without what it
  publishes in another place (see ``territory.targets``);
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
import hashlib
from collections.abc import Iterator

import ckantoolkit as tk
from flask import Blueprint, Response, request, stream_with_context

from ckanext.odlocale.datagouv import feed, sitemap_views
from ckanext.odlocale.datagouv.answering import answer_whole
from ckanext.odlocale.datagouv.feed_version import read_version
from ckanext.odlocale.datagouv.feeds import WHOLE_PORTAL, Feed, find
from ckanext.odlocale.datagouv.fragment import read_order_key
from ckanext.odlocale.datagouv.kept_pages import KeptPages, Written
from ckanext.odlocale.datagouv.model import (
    current_portal,
    has_withdrawn,
    read_catalogue_rows,
    read_ntriples,
)
from ckanext.odlocale.datagouv.page_reading import read_fresh, read_page
from ckanext.odlocale.datagouv.push_views import sending
from ckanext.odlocale.datagouv.registration_views import registration
from ckanext.odlocale.datagouv.reply_views import replies
from ckanext.odlocale.datagouv.scdl_catalogue import write_header

catalogue = Blueprint("odlocale_datagouv", __name__, url_prefix="/catalogue")
blueprints = [catalogue, registration, replies, sending, *sitemap_views.blueprints]
_kept = KeptPages()


@catalogue.get("/<code>.<any(ttl, rdf, jsonld):extension>")
def show(code: str, extension: feed.Format) -> Response:
    """Answer a page of a feed, in Turtle, RDF/XML or JSON-LD."""
    return _show(code, extension, territory=False)


@catalogue.get("/epci/<code>.<any(ttl, rdf, jsonld):extension>")
def show_territory(code: str, extension: feed.Format) -> Response:
    """Answer a page of what an EPCI and its communes publish."""
    return _show(code, extension, territory=True)


def _show(code: str, extension: feed.Format, *, territory: bool) -> Response:
    def answer() -> Response | None:
        portal, after = current_portal(), request.args.get(feed.CURSOR, "")
        # A crawl of the whole portal must not put out what is asked for each night.
        own = not (territory or after) and code != WHOLE_PORTAL
        version = read_version(code) if own else None
        said = (version, code, extension, tk.h.lang(), portal)
        key = repr(said) if version else ""
        written = _kept.find(key) if key else None
        if written is None:
            found = find(code, portal, territory=territory)
            page = found and read_page(found, portal, after)
            if not page:
                return None
            written = _write(page, extension)
            if key:
                _kept.keep(key, written)
        return _answer(written, extension)

    return answer_whole(answer)


def _answer(written: Written, extension: feed.Format) -> Response:
    packed = request.accept_encodings.quality("gzip") > 0
    tag = f"{written.tag}-gzip" if packed else written.tag
    response = Response(content_type=feed.CONTENT_TYPES[extension])
    if not request.if_none_match.contains_weak(tag):
        response.set_data(written.packed if packed else written.plain)
        if packed:
            response.headers["Content-Encoding"] = "gzip"
    # rdflib does not write the same RDF/XML or JSON-LD twice for the same triples.
    response.set_etag(tag, weak=extension != "ttl")
    response.headers["Vary"] = "Accept-Encoding"
    # No Last-Modified: a dataset withdrawn changes the page without a later date.
    response.make_conditional(request)
    return response


def _write(page: feed.Page, extension: feed.Format) -> Written:
    page, fragments = _with_fragments(page)
    text = feed.write_page(page, extension, fragments)
    return Written.from_text(feed.tag_page(page, extension), text)


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


@catalogue.get("/<code>.csv")
def show_table(code: str) -> Response:
    """Answer the catalogue of a collectivité, or of the portal."""
    return _show_table(code, territory=False)


@catalogue.get("/epci/<code>.csv")
def show_territory_table(code: str) -> Response:
    """Answer the catalogue of an EPCI and its communes."""
    return _show_table(code, territory=True)


def _show_table(code: str, *, territory: bool) -> Response:
    def answer() -> Response | None:
        found = find(code, current_portal(), territory=territory)
        return _answer_table(found) if found else None

    return answer_whole(answer)


def _answer_table(found: Feed) -> Response | None:
    """Answer once every dataset has been found fresh: no page will lack one."""
    digest, count = hashlib.sha256(), 0
    for page in _read_pages(found):
        for package_id, sha256 in page:
            digest.update(f"{package_id}{sha256}".encode())
            count += 1
    if count == 0 and not has_withdrawn(found.scope, found.answering):
        return None
    response = Response(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = (
        f'inline; filename="catalogue-{found.code.rpartition("/")[2]}.csv"'
    )
    # Of the same datasets, which may change while they are sent.
    response.set_etag(digest.hexdigest(), weak=True)
    response.make_conditional(request)
    response.headers.pop("Content-Length", None)
    if response.status_code != 304 and request.method != "HEAD":
        response.response = stream_with_context(_write_table(found))
    return response


def _write_table(found: Feed) -> Iterator[str]:
    yield write_header()
    for page in _read_pages(found):
        rows = read_catalogue_rows([package_id for package_id, _sha256 in page])
        yield "".join(rows.get(package_id, "") for package_id, _sha256 in page)


def _read_pages(found: Feed) -> Iterator[list[tuple[str, str]]]:
    """Read a feed's datasets (id, hash of the fragment), a page at a time."""
    portal, cursor, last = current_portal(), None, False
    while not last:
        rows, last = read_fresh(found, portal, cursor)
        yield [(row.package_id, row.sha256 or "") for row in rows]
        if rows:
            cursor = read_order_key(rows[-1].order_key)


@catalogue.after_app_request
def name_charset(response: Response) -> Response:
    """Name the charset of ckanext-dcat's answers: udata reads none as ISO-8859-1."""
    if response.mimetype in ("text/turtle", "text/n3") and (
        "charset" not in response.mimetype_params
    ):
        response.headers["Content-Type"] = f"{response.mimetype}; charset=utf-8"
    return response
