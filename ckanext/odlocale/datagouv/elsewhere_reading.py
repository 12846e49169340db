"""Asking other portals what a collectivité publishes there."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Iterator

import ckantoolkit as tk

from ckanext.odlocale.base.http import GuardedClient, RequestError
from ckanext.odlocale.datagouv import keys
from ckanext.odlocale.datagouv.calling import DatagouvError
from ckanext.odlocale.datagouv.elsewhere import (
    External,
    Unreadable,
    find_next,
    gather,
    parse_page,
    read_dcat,
    read_udata,
)
from ckanext.odlocale.datagouv.elsewhere_model import (
    ElsewhereSource,
    note_fault,
    our_identifiers,
    replace_datasets,
)
from ckanext.odlocale.datagouv.model import UTC
from ckanext.odlocale.scdl.catalogue import load_catalogue

log = logging.getLogger(__name__)

#: Of one page of a catalogue, and pages of one catalogue.
MAX_BYTES = 5 * 1024 * 1024
MAX_PAGES = 20
SECONDS = 60.0
ACCEPT = "text/turtle, application/rdf+xml;q=0.9"


def read_one(source: ElsewhereSource) -> bool:
    """Ask one source, and keep what it says, without committing.

    Whatever it answers, what was read before is replaced whole or not at all.

    :returns: whether it could be read.
    """
    siren = source.siren
    now = datetime.datetime.now(UTC)
    fault: str
    try:
        found = _ask(source)
    except Unreadable as error:
        fault = error.fault
    except (RequestError, DatagouvError) as error:
        log.warning("What %s publishes elsewhere cannot be read: %s", siren, error)
        fault = "unreachable"
    else:
        replace_datasets(source, found, now)
        return True
    note_fault(source, fault, now)
    return False


def _ask(source: ElsewhereSource) -> list[External]:
    if source.kind == "datagouv":
        return _ask_datagouv(source)
    return gather(_pages(source.address))


def _ask_datagouv(source: ElsewhereSource) -> list[External]:
    listed = list(keys.client().datasets(source.address))
    ours = our_identifiers({one.remote_id for one in listed if one.remote_id})
    names = {schema.id: schema.slug for schema in load_catalogue().every}
    return read_udata(listed, names, ours)


def _pages(url: str) -> Iterator[list[External]]:
    hosts = frozenset(tk.config["ckanext.odlocale.allowed_hosts"])
    client = GuardedClient(hosts, total_seconds=SECONDS)
    schemas = {schema.schema_url: schema.slug for schema in load_catalogue().every}
    asked: set[str] = set()
    following: str | None = url
    while following and following not in asked:
        if len(asked) == MAX_PAGES:
            raise Unreadable("many")
        asked.add(following)
        answer = client.get(following, {"Accept": ACCEPT}, MAX_BYTES)
        if answer.status != 200:
            raise Unreadable("format")
        kind = answer.headers.get("content-type", "")
        graph = parse_page(answer.body, kind, answer.url)
        yield list(read_dcat(graph, schemas, datetime.datetime.now(UTC)))
        following = find_next(graph, answer.url)
