"""Actions about what collectivités publish on other portals."""

from __future__ import annotations

import datetime
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context

from ckanext.odlocale.base import journal
from ckanext.odlocale.datagouv import elsewhere_model as tables
from ckanext.odlocale.datagouv.elsewhere import read_source
from ckanext.odlocale.datagouv.elsewhere_reading import read_one
from ckanext.odlocale.datagouv.model import UTC
from ckanext.odlocale.territory.refusals import refuse, user_id, validated
from ckanext.odlocale.territory.tables import Collectivity

DataDict = dict[str, Any]

__all__ = [
    "odlocale_elsewhere_list",
    "odlocale_elsewhere_read",
    "odlocale_elsewhere_set",
]

MAX_PAGE = 100
#: Sources asked by one call: each may take a minute.
MAX_READ = 20
#: What was asked within a day is not asked again, unless a call says since when.
DAY = datetime.timedelta(days=1)


@tk.side_effect_free
def odlocale_elsewhere_list(context: Context, data_dict: DataDict) -> DataDict:
    """Say what a collectivité publishes on other portals, as last read there.

    :param code: INSEE code or SIREN.
    :param limit: how many, 1 to 100 (optional, 100).
    :param offset: how many to pass over (optional, 0).
    :returns: ``count``, ``results`` (title, url, schema, licence, files, modified), and
        ``source``: kind, address, read_at, fault; nothing where none is known.
    :raises ObjectNotFound: nobody of the portal bears this code.
    """
    tk.check_access("odlocale_elsewhere_list", context, data_dict)
    get = tk.get_validator
    whole = get("odlocale_whole_number")
    schema = {
        "code": [get("not_empty"), get("odlocale_text")],
        "limit": [get("default")(MAX_PAGE), whole],
        "offset": [get("default")(0), whole],
    }
    data = validated(context, data_dict, schema)
    place = _place(data["code"])
    limit = min(max(data["limit"], 1), MAX_PAGE)
    count, rows = tables.list_datasets(place.siren, limit, data["offset"])
    source = model.Session.get(tables.ElsewhereSource, place.siren)
    names = ("title", "url", "schema", "licence", "files")
    return {
        "count": count,
        "results": [
            {
                **{name: getattr(row, name) for name in names},
                "modified": row.modified.isoformat() if row.modified else None,
            }
            for row in rows
        ],
        "source": source
        and {
            "kind": source.kind,
            "address": source.address,
            "read_at": source.read_at.isoformat() if source.read_at else None,
            "fault": source.fault,
        },
    }


def odlocale_elsewhere_set(context: Context, data_dict: DataDict) -> DataDict:
    """Say where a collectivité's data of other portals are described.

    :param code: INSEE code or SIREN.
    :param address: its page on data.gouv.fr, or a DCAT catalogue in Turtle or RDF/XML;
        nothing forgets the source, and what was read there.
    :returns: ``kind`` and ``address``; nothing where it was forgotten.
    :raises ObjectNotFound: nobody of the portal bears this code.
    :raises NotAuthorized: the caller animates no territory that it belongs to.
    :raises ValidationError: no such address can be read.
    """
    get = tk.get_validator
    schema = {
        "code": [get("not_empty"), get("odlocale_text")],
        "address": [get("ignore_empty"), get("odlocale_text")],
    }
    data = validated(context, data_dict, schema)
    tk.check_access("odlocale_elsewhere_set", context, data_dict)
    place = _place(data["code"])
    address, source = data["address"], None
    if address:
        source = read_source(address, str(tk.config["ckanext.odlocale.datagouv_url"]))
        if source is None:
            refuse(
                address=tk._(
                    "Write the address of its page on data.gouv.fr, or of a catalogue."
                )
            )
    tables.set_source(place.siren, source)
    journal.record(
        "said where it publishes elsewhere",
        user_id=user_id(context),
        org_id=place.org_id,
        object_type="territory",
        object_id=place.siren,
        detail={"address": source.address if source else ""},
    )
    if not context.get("defer_commit"):
        model.repo.commit()
    return {"kind": source.kind, "address": source.address} if source else {}


def odlocale_elsewhere_read(context: Context, data_dict: DataDict) -> DataDict:
    """Ask other portals what collectivités publish there, some sources at a time.

    Call it again with the same ``since`` until ``left`` is 0: a run that was stopped
    goes on from where it was, since each source is kept as soon as it was read. One
    that cannot be read leaves what it said before.

    :param codes: INSEE codes or SIREN, as a list (optional, all).
    :param since: ask those that were not asked since this moment, ISO 8601 (optional:
        for a day).
    :param limit: how many, 1 to 20 (optional, 20).
    :returns: ``read``, ``failed``, ``left``: how many.
    :raises NotAuthorized: the caller is no administrator of the portal.
    """
    tk.check_access("odlocale_elsewhere_read", context, data_dict)
    get = tk.get_validator
    schema = {
        "codes": [get("ignore_empty"), get("odlocale_codes")],
        "since": [get("ignore_empty"), get("odlocale_text")],
        "limit": [get("default")(MAX_READ), get("odlocale_whole_number")],
    }
    data = validated(context, data_dict, schema)
    sirens = [_place(code).siren for code in data["codes"]] if data["codes"] else None
    before = _moment(data["since"]) or datetime.datetime.now(UTC) - DAY
    tables.add_known_sources()
    limit = min(max(data["limit"], 1), MAX_READ)
    due, sources = tables.due_sources(before, limit, sirens)
    done = 0
    for source in sources:
        done += int(read_one(source))
        # Kept before the next is asked: each may take a minute.
        model.Session.commit()
    return {"read": done, "failed": len(sources) - done, "left": due - len(sources)}


def _place(code: str) -> Collectivity:
    place = Collectivity.by_code(code)
    if place is None:
        raise tk.ObjectNotFound(tk._("Nobody of the portal bears this code."))
    return place


def _moment(said: str | None) -> datetime.datetime | None:
    try:
        moment = datetime.datetime.fromisoformat(said) if said else None
    except ValueError:
        refuse(since=tk._("Write a day and an hour: 2026-11-30T08:00:00."))
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)
