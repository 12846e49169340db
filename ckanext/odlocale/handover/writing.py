"""Taking a pack in: one transaction, read back before it is committed.

The files come first: stored under their SHA-256, nobody sees them until a row points
to them, and whatever stops half-way leaves the portal as it was.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.types import Context
from sqlalchemy.dialects.postgresql import insert as upsert

from ckanext.odlocale import rooms
from ckanext.odlocale.base import storage, uploads
from ckanext.odlocale.base.journal import JournalLine
from ckanext.odlocale.handover import dataset_writing, people
from ckanext.odlocale.handover import records as told
from ckanext.odlocale.handover.comparing import keys_of, read_held
from ckanext.odlocale.handover.model import Handover
from ckanext.odlocale.handover.opening import Pack, PackRefused
from ckanext.odlocale.handover.plan import Plan
from ckanext.odlocale.handover.reading import site_url
from ckanext.odlocale.handover.records import HERE, KINDS, Kind, Record, Records
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.territory.tables import (
    Alias,
    Collectivity,
    Reindex,
    Target,
    Transfer,
)

MAX_IMAGE_MEGABYTES = 10
_MOMENTS = frozenset(
    {
        "created_at",
        "updated_at",
        "published_at",
        "withdrawn_at",
        "since",
        "accepted_at",
    }
)


class NotReadBack(Exception):
    """What was written is not what the pack says: nothing is kept of it.

    :ivar places: kind, key and fields of what differs.
    """

    def __init__(self, places: Sequence[str]) -> None:
        super().__init__(", ".join(places))
        self.places = tuple(places)


def store_files(pack: Pack) -> None:
    """Store the files that travelled with a pack, verified while they are read.

    :raises PackRefused: one of them is not what was announced.
    """
    for sha256, size in pack.manifest.files.items():
        if sha256 in pack.apart:
            continue
        with pack.open_file(sha256) as stream:
            stored = storage.put(stream, size)
        if stored.sha256 != sha256:
            raise PackRefused("altered", sha256)


def write(context: Context, pack: Pack, made: Plan) -> str:
    """Write what a plan says, in the caller's transaction.

    :returns: the id of the organisation.
    :raises NotReadBack: the portal does not hold what the pack says.
    """
    records: Records = {
        kind: told.replace_prefix(pack.records[kind], HERE, site_url())
        for kind in KINDS
    }
    wanted = {kind: made.chosen(kind, "create", "update") for kind in KINDS}
    owner = _write_family(records, pack.siren)
    _write_organization(owner, records, wanted)
    _write_rows(records, wanted)
    known = people.write(context, owner, records, wanted["people"])
    dataset_writing.write(context, owner, pack, records, wanted["datasets"])
    _write_deposits(owner, records, wanted["deposits"], known)
    _write_journal(owner, records, wanted["journal"], known)
    # It came back: what this portal kept of its departure has no use any more.
    model.Session.execute(sa.delete(Handover).where(Handover.siren == pack.siren))
    model.Session.flush()
    dataset_writing.settle(records, wanted["datasets"])
    model.Session.execute(
        upsert(Reindex).values(org_id=owner.org_id).on_conflict_do_nothing()
    )
    model.Session.expire_all()
    read_back(pack)
    return str(owner.org_id)


def read_back(pack: Pack) -> str:
    """Read from the database what the pack speaks of.

    :returns: the digest of what is there.
    :raises NotReadBack: it is not the pack's.
    """
    held = read_held(pack)
    found = told.digest(held, keys_of(pack.records))
    if found != pack.manifest.digest:
        raise NotReadBack(list(_differences(pack.records, held)))
    return found


def _differences(wanted: Records, held: Records) -> list[str]:
    places = []
    for kind in KINDS:
        for key, record in wanted[kind].items():
            there = held[kind].get(key)
            if there is None:
                places.append(f"{kind} {key}")
            elif fields := told.changed_fields(kind, there, record):
                places.append(f"{kind} {key} ({', '.join(fields)})")
    return places


def _write_family(records: Records, siren: str) -> Collectivity:
    family = records["collectivities"]
    # The one that the others point to comes first.
    for one in sorted(family.values(), key=lambda one: one["siren"] != siren):
        present = model.Session.get(Collectivity, one["siren"])
        if present is None:
            columns = {c.name for c in Collectivity.__table__.c}
            row = {name: value for name, value in one.items() if name in columns}
            model.Session.add(Collectivity(**row))
        elif one["siren"] == siren:
            present.status, present.moved_to, present.successor = "active", None, None
            for name in ("longitude", "latitude", "contour", "population"):
                if getattr(present, name) is None:
                    setattr(present, name, one.get(name))
        model.Session.flush()
    owner: Collectivity = model.Session.get(Collectivity, siren)
    return owner


def _owned_extras(owner: Collectivity) -> dict[str, str]:
    said = {
        "siren": owner.siren,
        "insee": owner.insee,
        "kind": owner.kind,
        "population": owner.population,
        "epci": owner.epci_siren,
        "departement": owner.departement,
        "region": owner.region,
    }
    return {name: str(value) for name, value in said.items() if value is not None}


def _write_organization(
    owner: Collectivity, records: Records, wanted: Mapping[Kind, Sequence[str]]
) -> None:
    (told_of,) = records["organizations"].values()
    group = model.Group.get(owner.org_id) if owner.org_id else None
    is_new = group is None
    if group is None:
        group = model.Group(
            name=told_of["name"], title=told_of["title"], type="organization"
        )
        if model.Session.get(model.Group, told_of["id"]) is None:
            group.id = told_of["id"]
        group.is_organization = True
        group.approval_status = "approved"
        model.Session.add(group)
        group.extras = _owned_extras(owner)
    if is_new or owner.siren in wanted["organizations"]:
        kept = {n: v for n, v in group.extras.items() if n in _owned_extras(owner)}
        group.state = "active"
        group.description = told_of["description"]
        group.extras = {**kept, **{n: str(v) for n, v in told_of["extras"].items()}}
        group.image_url = _write_image(told_of["image"], group)
    model.Session.flush()
    owner.org_id = group.id
    model.Session.flush()
    if not is_new:
        rooms.call_hooks("after_organization_update", group)


def _write_image(image: Any, group: model.Group) -> str:
    if not isinstance(image, dict):
        return str(image or "")
    present = uploads.open_image(group.image_url) if group.image_url else None
    if present is not None:
        with present:
            if storage.put(present).sha256 == image["sha256"]:
                return str(group.image_url)
    with storage.open_path(image["sha256"]).open("rb") as stream:
        return uploads.store_image(stream, image["name"], MAX_IMAGE_MEGABYTES)


_TABLES: dict[Kind, Any] = {
    "aliases": Alias,
    "targets": Target,
    "transfers": Transfer,
}


def _write_rows(records: Records, wanted: Mapping[Kind, Sequence[str]]) -> None:
    """Write the records that are rows of a table as they stand."""
    for kind, table in _TABLES.items():
        for key in wanted[kind]:
            model.Session.merge(table(**_row(table, records[kind][key])))
    model.Session.flush()


def _row(table: Any, record: Record) -> dict[str, Any]:
    columns = {column.name for column in table.__table__.c}
    return {
        name: _moment(value) if name in _MOMENTS else value
        for name, value in record.items()
        if name in columns
    }


def _moment(value: Any) -> datetime.datetime | None:
    return datetime.datetime.fromisoformat(value) if value else None


def _write_deposits(
    owner: Collectivity,
    records: Records,
    keys: Sequence[str],
    known: Mapping[str, str],
) -> None:
    # An address shows one file at any moment: what is no longer online goes first.
    for record in sorted(
        (records["deposits"][key] for key in keys),
        key=lambda one: one["state"] == "published",
    ):
        author = known.get(str(record.get("created_by")))
        values = {**_row(Deposit, record), "org_id": owner.org_id}
        model.Session.merge(Deposit(**{**values, "created_by": author}))
        model.Session.flush()


def _write_journal(
    owner: Collectivity,
    records: Records,
    keys: Sequence[str],
    known: Mapping[str, str],
) -> None:
    lines = [records["journal"][key] for key in keys]
    for line in sorted(lines, key=lambda one: str(one["at"])):
        model.Session.add(
            JournalLine(
                at=_moment(line["at"]),
                user_id=known.get(str(line.get("user"))),
                org_id=owner.org_id,
                verb=line["verb"],
                object_type=line["object_type"],
                object_id=line["object_id"],
                detail=line["detail"],
            )
        )
