"""``/catalogue/<code>.csv``: a catalogue as the national model ``scdl/catalogue``.

The same datasets as in the feed of the same name, in one file, whatever their number:
written by pages, in constant memory.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterator

from flask import Blueprint, Response, request, stream_with_context

from ckanext.odlocale.datagouv.answering import answer_whole
from ckanext.odlocale.datagouv.feeds import Feed, find
from ckanext.odlocale.datagouv.fragment import read_order_key
from ckanext.odlocale.datagouv.model import (
    current_portal,
    has_withdrawn,
    read_catalogue_rows,
)
from ckanext.odlocale.datagouv.page_reading import read_fresh
from ckanext.odlocale.datagouv.scdl_catalogue import write_header

tables = Blueprint("odlocale_catalogue_table", __name__, url_prefix="/catalogue")
blueprints = [tables]

Cursor = tuple[datetime.datetime, str] | None


@tables.get("/<code>.csv")
def show(code: str) -> Response:
    """Answer the catalogue of a collectivité, or of the portal."""
    return _show(code, territory=False)


@tables.get("/epci/<code>.csv")
def show_territory(code: str) -> Response:
    """Answer the catalogue of an EPCI and its communes."""
    return _show(code, territory=True)


def _show(code: str, *, territory: bool) -> Response:
    def answer() -> Response | None:
        found = find(code, current_portal(), territory=territory)
        return _answer(found) if found else None

    return answer_whole(answer)


def _answer(found: Feed) -> Response | None:
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
        response.response = stream_with_context(_write(found))
    return response


def _write(found: Feed) -> Iterator[str]:
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
