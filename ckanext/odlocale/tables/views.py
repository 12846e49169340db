"""The whole tables at their permanent addresses, ``/donnees/toutes``."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Iterator
from typing import Any, cast

import ckantoolkit as tk
import psycopg2
import sqlalchemy.exc
from flask import Blueprint, Response, request, send_file

from ckanext.odlocale.publishing.guards import Page, show
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.tables import jobs, keeping, settling
from ckanext.odlocale.tables.consolidated import PARQUET_MEDIA_TYPE
from ckanext.odlocale.tables.streaming import Stream

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 60

#: Tables that one process sends at once: each holds a connection until it is read.
AT_ONCE = 4
_turns = threading.BoundedSemaphore(AT_ONCE)


class _Turn:
    """One of the turns, given back once: at the end, or with an answer nobody closed.

    :ivar stream: what is closed with it
    """

    def __init__(self) -> None:
        self.stream: Stream | None = None
        self._give_back = weakref.finalize(self, _turns.release)

    def end(self) -> None:
        """Close what is read, and give the turn back. May be called again."""
        if self.stream is not None:
            self.stream.close()
        self._give_back()


whole = Blueprint("odlocale_tables", __name__, url_prefix="/donnees/toutes")
blueprints = [whole]


@whole.get("/<schema>.csv")
def csv(schema: str) -> Page:
    """Send a whole table as CSV, by pieces."""
    if schema not in load_catalogue():
        return _no_table()
    if not _turns.acquire(blocking=False):
        return _later()
    turn = _Turn()
    try:
        # What became private tells nobody: it leaves before anybody reads.
        settling.retire(schema)
        turn.stream = Stream(str(tk.config["ckan.datastore.read_url"]), schema)
        answer = _answer(turn.stream, schema)
    except (psycopg2.Error, sqlalchemy.exc.SQLAlchemyError):
        log.exception("The table %s cannot be read", schema)
        answer = _later()
    except BaseException:
        turn.end()
        raise
    if isinstance(answer, Response) and answer.is_streamed:
        answer.call_on_close(turn.end)
    else:
        turn.end()
    return answer


@whole.get("/<schema>.parquet")
def parquet(schema: str) -> Page:
    """Send a whole table as Parquet, as the worker last wrote it."""
    if schema not in load_catalogue():
        return _no_table()
    try:
        # As for the CSV: the file goes with what became private.
        settling.retire(schema)
    except (psycopg2.Error, sqlalchemy.exc.SQLAlchemyError):
        log.exception("The table %s cannot be read", schema)
        return _later()
    path = settling.parquet_path(schema)
    if not path.is_file():
        if not keeping.is_kept(schema):
            return _no_table()
        jobs.settle_later()
        return _later()
    answer: Response = send_file(
        path,
        mimetype=PARQUET_MEDIA_TYPE,
        as_attachment=True,
        download_name=f"{schema}.parquet",
        conditional=True,
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _answer(stream: Stream, schema: str) -> Page:
    if stream.state is None:
        return _no_table()
    compressed = request.accept_encodings.quality("gzip") > 0
    answer = Response(content_type="text/csv; charset=utf-8")
    answer.headers["Vary"] = "Accept-Encoding"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Disposition"] = f'inline; filename="{schema}.csv"'
    answer.last_modified = stream.state.changed_at
    # Of the same rows, not of the same bytes: a table may be written anew.
    form = "-gzip" if compressed else ""
    answer.set_etag(f"{schema}-{stream.state.version}{form}", weak=True)
    answer.make_conditional(request)
    # Werkzeug has counted an answer that has no rows yet.
    answer.headers.pop("Content-Length", None)
    if answer.status_code != 304:
        if compressed:
            answer.headers["Content-Encoding"] = "gzip"
        # For HEAD too, which reads none of it: no length is said, instead of zero.
        pieces: Iterator[bytes] = stream.read(compressed=compressed)
        answer.response = cast(Any, pieces)
    return answer


def _no_table() -> Page:
    return show("no_file", {"withdrawn": False}), 404


def _later() -> Response:
    text = tk._("The table is not available. Try again in a minute.")
    answer = Response(text + "\n", 503, content_type="text/plain; charset=utf-8")
    answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer
