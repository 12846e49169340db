"""What a portal holds of a collectivité, as records of a pack."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.base import storage, uploads
from ckanext.odlocale.base.journal import JournalLine
from ckanext.odlocale.handover import records as told
from ckanext.odlocale.handover.records import HERE, Kind, Record, Records
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.territory.heirs import formers_of
from ckanext.odlocale.territory.known import OWNED_FIELDS
from ckanext.odlocale.territory.tables import Alias, Collectivity, Target, Transfer

#: Where a user's agreement is noted: the moment of it, in ``plugin_extras``.
PLUGIN, AGREED = "odlocale", "handover_agreed_at"

#: What the journal calls a hand-over.
HANDOVER = "handover"

#: Of a dataset as CKAN shows it: what the other portal makes by itself.
_DERIVED = frozenset(
    {
        "creator_user_id",
        "groups",
        "isopen",
        "license_title",
        "license_url",
        "num_resources",
        "num_tags",
        "organization",
        "owner_org",
        "plugin_data",
        "relationships_as_object",
        "relationships_as_subject",
    }
)
_DERIVED_OF_RESOURCE = frozenset(
    {"package_id", "position", "state", "datastore_active", "datastore_contains_all"}
)
#: Made anew from the canonical file.
_DERIVED_OF_DEPOSIT = frozenset({"parquet_sha256", "parquet_size"})
_FAMILY_COLUMNS = (
    "siren",
    "insee",
    "kind",
    "name",
    "population",
    "epci_siren",
    "departement",
    "region",
    "cog_vintage",
    "longitude",
    "latitude",
    "contour",
)


def site_url() -> str:
    """The portal's own address, without a slash at the end."""
    return str(tk.config["ckan.site_url"]).rstrip("/")


def family_of(owner: Collectivity) -> list[Collectivity]:
    """Return a collectivité, then those that merged into it, and into these."""
    return [owner, *formers_of(owner.siren)]


def read_records(
    family: Sequence[Collectivity], emails: Collection[str] | None = None
) -> Records:
    """Return all that this portal holds of a collectivité.

    :param family: see :func:`family_of`; the first one is it.
    :param emails: people to tell of, whether they agreed here or not; by default,
        those who agreed.
    """
    members = _read_members(family[0].org_id, emails)
    people = {one["id"]: one["email"] for one in members}
    lines: list[tuple[Kind, Record]] = []
    lines += [("collectivities", one) for one in _read_family(family)]
    lines += [("organizations", one) for one in _read_organization(family[0])]
    lines += [("aliases", one) for one in _read_aliases(family)]
    lines += [("targets", one) for one in _read_targets(family)]
    lines += [("people", {**one, "id": None}) for one in members]
    datasets = list(_read_datasets(family[0].org_id))
    lines += [("datasets", one) for one in datasets]
    lines += [("deposits", one) for one in _read_deposits(family, people)]
    lines += [("transfers", one) for one in _read_transfers(datasets)]
    lines += [("journal", one) for one in _read_journal(family, people)]
    lines += [("datagouv", one) for one in _read_datagouv(family)]
    neutral = [
        (kind, told.replace_prefix(_dense(one), site_url(), HERE))
        for kind, one in lines
    ]
    return told.group(neutral)


def _dense(record: Record) -> Record:
    """Leave out, at the first level, what says nothing: absent on the other side."""
    return {name: value for name, value in record.items() if value is not None}


def _read_family(family: Sequence[Collectivity]) -> Iterator[Record]:
    for rank, one in enumerate(family):
        yield {
            **{name: getattr(one, name) for name in _FAMILY_COLUMNS},
            "status": "merged" if rank else "active",
            "successor": one.successor if rank else None,
        }


def _read_organization(owner: Collectivity) -> Iterator[Record]:
    group = model.Group.get(owner.org_id) if owner.org_id else None
    if group is None:
        return
    extras = group.extras or {}
    yield {
        "siren": owner.siren,
        # Kept where it is free: feeds and other people's links hold it.
        "id": group.id,
        "name": group.name,
        "title": group.title or "",
        "description": group.description or "",
        "image": _read_image(group.image_url or ""),
        "extras": {
            name: value
            for name, value in sorted(extras.items())
            if name not in OWNED_FIELDS and value not in ("", None)
        },
    }


def _read_image(image_url: str) -> Any:
    if not image_url or image_url.startswith(("http://", "https://", "/")):
        return image_url
    content = uploads.open_image(image_url)
    if content is None:
        return ""
    with content:
        stored = storage.put(content)
    return {"sha256": stored.sha256, "name": image_url}


def _read_aliases(family: Sequence[Collectivity]) -> Iterator[Record]:
    query = sa.select(Alias).where(Alias.siren.in_([one.siren for one in family]))
    for alias in model.Session.scalars(query):
        yield {"kind": alias.kind, "value": alias.value, "siren": alias.siren}
    # A merged commune's page led to its successor's: it must lead there as well.
    formers = {one.org_id: one.siren for one in family[1:] if one.org_id}
    named = sa.select(model.Group.id, model.Group.name).where(
        model.Group.id.in_(list(formers))
    )
    for org_id, name in model.Session.execute(named):
        yield {"kind": "name", "value": name, "siren": formers[org_id]}


def _read_targets(family: Sequence[Collectivity]) -> Iterator[Record]:
    query = sa.select(Target).where(Target.siren.in_([one.siren for one in family]))
    for one in model.Session.scalars(query):
        yield {
            "siren": one.siren,
            "schema": one.schema,
            "target": one.target,
            "url": one.url,
        }


def _read_members(
    org_id: str | None, emails: Collection[str] | None
) -> list[dict[str, Any]]:
    member, user = model.Member, model.User
    query = (
        sa.select(user, member.capacity)
        .join(member, member.table_id == user.id)
        .where(
            member.table_name == "user",
            member.group_id == org_id,
            member.state == "active",
            user.state == "active",
        )
        .order_by(user.name)
    )
    found = []
    for one, capacity in model.Session.execute(query):
        agreed = agreed_at(one)
        email = (one.email or "").strip().lower()
        if not email or (email not in emails if emails is not None else not agreed):
            continue
        found.append(
            {
                "id": one.id,
                "email": email,
                "name": one.name,
                "fullname": one.fullname,
                "capacity": capacity,
                "agreed_at": agreed or "",
            }
        )
    return found


def agreed_at(user: model.User) -> str | None:
    """Return when a person agreed to be handed over with a collectivité, if so."""
    noted = ((user.plugin_extras or {}).get(PLUGIN) or {}).get(AGREED)
    return str(noted) if noted else None


def list_left_out(org_id: str | None) -> list[str]:
    """Return the names of the members who did not agree."""
    member, user = model.Member, model.User
    query = (
        sa.select(user)
        .join(member, member.table_id == user.id)
        .where(
            member.table_name == "user",
            member.group_id == org_id,
            member.state == "active",
            # The portal itself is nobody.
            user.name != tk.config["ckan.site_id"],
        )
        .order_by(user.name)
    )
    return [
        one.name
        for one in model.Session.scalars(query)
        if one.state != "active" or not one.email or not agreed_at(one)
    ]


def _read_datasets(org_id: str | None) -> Iterator[Record]:
    package = model.Package
    query = sa.select(package.id).where(package.owner_org == org_id)
    for package_id in model.Session.scalars(query.order_by(package.id)).all():
        yield read_dataset(package_id)


def read_dataset(package_id: str) -> Record:
    """Return a dataset, whatever its state, with what a person wrote and no more."""
    context = {"ignore_auth": True, "use_cache": False, "for_view": False}
    shown = tk.get_action("package_show")(context, {"id": package_id})
    kept = _say(shown, _DERIVED)
    kept["tags"] = sorted(one["name"] for one in shown.get("tags", ()))
    kept["resources"] = [_read_resource(one) for one in shown.get("resources", ())]
    if shown.get("extras"):
        kept["extras"] = sorted(
            ({n: one[n] for n in ("key", "value")} for one in shown["extras"]),
            key=lambda one: str(one["key"]),
        )
    return kept


def _say(shown: Mapping[str, Any], left_out: frozenset[str]) -> Record:
    return {
        name: value
        for name, value in shown.items()
        if name not in left_out and value not in (None, "", [], {})
    }


def _read_resource(shown: Mapping[str, Any]) -> Record:
    kept = _say(shown, _DERIVED_OF_RESOURCE)
    if shown.get("url_type") != "upload":
        return kept
    name = str(shown.get("url") or "").rpartition("/")[2]
    kept["url"] = name
    content = uploads.open_resource(dict(shown))
    if content is not None:
        with content:
            stored = storage.put(content)
        kept["upload"] = {"sha256": stored.sha256, "name": name}
    return kept


def _read_deposits(
    family: Sequence[Collectivity], people: Mapping[str, str]
) -> Iterator[Record]:
    columns = [
        column.name
        for column in Deposit.__table__.c
        if column.name not in _DERIVED_OF_DEPOSIT
    ]
    query = sa.select(Deposit).where(Deposit.siren.in_([one.siren for one in family]))
    for deposit in model.Session.scalars(query):
        plain = {n: _plain(getattr(deposit, n)) for n in columns if n != "org_id"}
        yield {**plain, "created_by": people.get(str(deposit.created_by))}


def _read_transfers(datasets: Iterable[Record]) -> Iterator[Record]:
    ids = [one["id"] for one in datasets]
    query = sa.select(Transfer).where(Transfer.package_id.in_(ids))
    for one in model.Session.scalars(query):
        columns = [column.name for column in Transfer.__table__.c]
        yield {name: _plain(getattr(one, name)) for name in columns}


def _read_journal(
    family: Sequence[Collectivity], people: Mapping[str, str]
) -> Iterator[Record]:
    org_ids = [one.org_id for one in family if one.org_id]
    query = sa.select(JournalLine).where(
        JournalLine.org_id.in_(org_ids),
        # A portal's own hand-overs are nobody else's history.
        JournalLine.object_type != HANDOVER,
    )
    for line in model.Session.scalars(query.order_by(JournalLine.id)):
        yield {
            "at": _plain(line.at),
            "verb": line.verb,
            "object_type": line.object_type,
            "object_id": line.object_id,
            "detail": line.detail,
            "user": people.get(str(line.user_id)),
        }


def _read_datagouv(family: Sequence[Collectivity]) -> Iterator[Record]:
    for one in family:
        yield {"siren": one.siren, "feed": f"{site_url()}/catalogue/{one.code}.ttl"}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).isoformat()
    return value
