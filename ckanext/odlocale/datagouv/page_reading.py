"""A page of a feed, read from the tables, with its fragments written where needed."""

from __future__ import annotations

import datetime
import logging

import ckantoolkit as tk
from ckan import model

from ckanext.odlocale.datagouv import feed, hooks
from ckanext.odlocale.datagouv.description import Portal
from ckanext.odlocale.datagouv.feeds import Feed
from ckanext.odlocale.datagouv.fragment import read_order_key, stamp_of
from ckanext.odlocale.datagouv.model import (
    Row,
    count_public,
    has_withdrawn,
    read_publishers,
    read_rows,
)

log = logging.getLogger(__name__)


class CannotAnswerWhole(Exception):
    """A fragment is missing, and could not be written."""


def read_page(found: Feed, portal: Portal, after: str) -> feed.Page | None:
    """Read a page, with its fragments written where they were missing.

    :param after: the order key of the last dataset already read, or nothing.
    :returns: ``None`` where there is nothing to tell, or no such page.
    :raises CannotAnswerWhole: a fragment could not be written.
    """
    try:
        cursor = read_order_key(after) if after else None
    except ValueError:
        return None
    shown, last = read_fresh(found, portal, cursor)
    total = None
    if cursor is None:
        # Said once: counted on each page, a crawl would cost the square of its length.
        total = len(shown) if last else count_public(found.scope)
    # What follows the last dataset is an empty page, as long as there is any.
    is_empty = not shown and (cursor is None or count_public(found.scope) == 0)
    if is_empty and not has_withdrawn(found.scope, found.answering):
        return None
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
        next_after=None if last else shown[-1].order_key,
    )


def read_fresh(
    found: Feed, portal: Portal, cursor: tuple[datetime.datetime, str] | None
) -> tuple[list[Row], bool]:
    """Read the datasets of a page, each with a fragment that tells of it as it is.

    :param cursor: creation date and id of the last dataset already read.
    :returns: the datasets, and whether they are the last.
    :raises CannotAnswerWhole: a fragment could not be written.
    """
    rows = read_rows(found.scope, cursor, feed.PAGE_SIZE + 1)
    if _write_stale(rows[: feed.PAGE_SIZE], found, portal):
        rows = read_rows(found.scope, cursor, feed.PAGE_SIZE + 1)
    shown = rows[: feed.PAGE_SIZE]
    if _stale(shown, found, portal):
        raise CannotAnswerWhole(found.code)
    return shown, len(rows) <= feed.PAGE_SIZE


def _stale(rows: list[Row], found: Feed, portal: Portal) -> list[Row]:
    known = {found.publisher.org_id: found.publisher} if found.publisher else {}
    others = {row.org_id for row in rows} - set(known)
    publishers = {**known, **(read_publishers(others) if others else {})}
    stamps = {key: stamp_of(value, portal) for key, value in publishers.items()}
    return [row for row in rows if not row.is_fresh(stamps.get(row.org_id, ""))]


def _write_stale(rows: list[Row], found: Feed, portal: Portal) -> int:
    """Write the fragments that are missing or out of date.

    :returns: how many there were.
    """
    stale = _stale(rows, found, portal)
    for row in stale:
        hooks.refresh(row.package_id, seen=row)
    if stale:
        log.warning("%d fragments were out of date, and were written anew", len(stale))
        model.Session.commit()
    return len(stale)
