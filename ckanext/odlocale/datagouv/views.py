"""The feeds: ``/catalogue/<insee or siren>.ttl``, ``/catalogue/portail.ttl`` and
``/catalogue/epci/<siren>.ttl``.

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

from flask import Blueprint, Response, request

from ckanext.odlocale.datagouv import catalogue_views, feed, sitemap_views
from ckanext.odlocale.datagouv.answering import answer_whole
from ckanext.odlocale.datagouv.feeds import find
from ckanext.odlocale.datagouv.kept_pages import KeptPages, Written
from ckanext.odlocale.datagouv.model import current_portal, read_ntriples
from ckanext.odlocale.datagouv.page_reading import read_page

catalogue = Blueprint("odlocale_datagouv", __name__, url_prefix="/catalogue")
blueprints = [catalogue, *catalogue_views.blueprints, *sitemap_views.blueprints]
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
        portal = current_portal()
        found = find(code, portal, territory=territory)
        if found is None:
            return None
        page = read_page(found, portal, request.args.get(feed.CURSOR, ""))
        return _answer(page, extension) if page else None

    return answer_whole(answer)


def _answer(page: feed.Page, extension: feed.Format) -> Response:
    response = Response(content_type=feed.CONTENT_TYPES[extension])
    packed = request.accept_encodings.quality("gzip") > 0
    tag = feed.tag_page(page, extension)
    if not request.if_none_match.contains_weak(_name_form(tag, packed)):
        page, tag, written = _write(page, tag, extension)
        response.set_data(written.packed if packed else written.plain)
        if packed:
            response.headers["Content-Encoding"] = "gzip"
    # rdflib does not write the same RDF/XML or JSON-LD twice for the same triples.
    response.set_etag(_name_form(tag, packed), weak=extension != "ttl")
    response.headers["Vary"] = "Accept-Encoding"
    # No Last-Modified: a dataset withdrawn changes the page without a later date.
    response.make_conditional(request)
    return response


def _name_form(tag: str, packed: bool) -> str:
    return f"{tag}-gzip" if packed else tag


def _write(
    page: feed.Page, tag: str, extension: feed.Format
) -> tuple[feed.Page, str, Written]:
    """Return a page as it is sent, what it tells of, and its tag."""
    written = _kept.find(tag)
    if written is None:
        page, fragments = _with_fragments(page)
        tag = feed.tag_page(page, extension)
        written = Written.from_text(feed.write_page(page, extension, fragments))
        _kept.keep(tag, written)
    return page, tag, written


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


@catalogue.after_app_request
def name_charset(response: Response) -> Response:
    """Name the charset of ckanext-dcat's answers: udata reads none as ISO-8859-1."""
    if response.mimetype in ("text/turtle", "text/n3") and (
        "charset" not in response.mimetype_params
    ):
        response.headers["Content-Type"] = f"{response.mimetype}; charset=utf-8"
    return response
