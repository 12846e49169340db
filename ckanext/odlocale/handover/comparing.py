"""What this portal holds already of what a pack speaks of."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.base import storage
from ckanext.odlocale.handover.opening import Pack
from ckanext.odlocale.handover.plan import Address, Present
from ckanext.odlocale.handover.reading import family_of, read_records
from ckanext.odlocale.handover.records import KINDS, Kind, Records
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.territory.tables import Alias, Collectivity


def keys_of(records: Records) -> dict[Kind, list[str]]:
    """Return the keys of a pack, by kind."""
    return {kind: list(records[kind]) for kind in KINDS}


def read_held(pack: Pack) -> Records:
    """Return what this portal holds under the keys of a pack."""
    owner = model.Session.get(Collectivity, pack.siren)
    if owner is None:
        return {kind: {} for kind in KINDS}
    emails = [one["email"].lower() for one in pack.records["people"].values()]
    found = read_records(family_of(owner), emails)
    return {
        kind: {
            key: found[kind][key] for key in pack.records[kind] if key in found[kind]
        }
        for kind in KINDS
    }


def read_present(pack: Pack) -> Present:
    """Return all that decides what becomes of a pack here."""
    owner = model.Session.get(Collectivity, pack.siren)
    held = read_held(pack)
    if owner is not None and owner.status != "active":
        held["collectivities"].pop(pack.siren, None)
    organization = model.Group.get(owner.org_id) if owner and owner.org_id else None
    if organization is not None and organization.state != "active":
        held["organizations"].pop(pack.siren, None)
    told = pack.records["organizations"][pack.siren]
    named = model.Group.get(told["name"])
    org_id = organization.id if organization else None
    return Present(
        records=held,
        status=owner.status if owner else None,
        same_insee=_bearer(pack),
        living_formers=_living(pack),
        organization_name=organization.name if organization else None,
        name_taken=named is not None and named.id != org_id,
        other_datasets=_count_others(org_id, pack),
        owners=_owners(org_id, pack),
        dataset_names=_names(pack),
        online=_online(pack),
        foreign_deposits=_foreign(pack),
        alias_owners=_alias_owners(pack),
        missing_files=list_missing(pack),
    )


def list_missing(pack: Pack) -> frozenset[str]:
    """Return the files that are neither in the pack nor stored here."""
    return frozenset(one for one in pack.apart if not storage.exists(one))


def _bearer(pack: Pack) -> str | None:
    insee = pack.records["collectivities"][pack.siren].get("insee")
    query = sa.select(Collectivity.siren).where(
        Collectivity.insee == insee, Collectivity.siren != pack.siren
    )
    return str(model.Session.scalar(query) or "") or None


def _living(pack: Pack) -> tuple[str, ...]:
    formers = [siren for siren in pack.records["collectivities"] if siren != pack.siren]
    query = sa.select(Collectivity.siren).where(
        Collectivity.siren.in_(formers), Collectivity.status != "merged"
    )
    return tuple(model.Session.scalars(query))


def _count_others(org_id: str | None, pack: Pack) -> int:
    package = model.Package
    query = sa.select(sa.func.count()).where(
        package.owner_org == org_id,
        package.state != "deleted",
        package.id.not_in(list(pack.records["datasets"])),
    )
    return int(model.Session.scalar(query) or 0)


def _owners(org_id: str | None, pack: Pack) -> dict[str, str]:
    package, group = model.Package, model.Group
    query = (
        sa.select(package.id, group.title, group.name)
        .outerjoin(group, group.id == package.owner_org)
        .where(
            package.id.in_(list(pack.records["datasets"])),
            package.owner_org.is_distinct_from(org_id or ""),
        )
    )
    rows: Iterable[tuple[str, str | None, str | None]] = model.Session.execute(query)
    return {key: title or name or "?" for key, title, name in rows}


def _names(pack: Pack) -> dict[str, str]:
    package = model.Package
    datasets = pack.records["datasets"]
    query = sa.select(package.name, package.id).where(
        package.name.in_([one["name"] for one in datasets.values()])
    )
    own = {one["name"]: key for key, one in datasets.items()}
    return {
        name: found
        for name, found in model.Session.execute(query)
        if own.get(name) != found
    }


def _online(pack: Pack) -> dict[Address, str]:
    query = sa.select(Deposit.siren, Deposit.schema, Deposit.key, Deposit.id).where(
        Deposit.siren.in_(list(pack.records["collectivities"])),
        Deposit.state == "published",
        Deposit.id.not_in(list(pack.records["deposits"])),
    )
    rows = model.Session.execute(query)
    return {(siren, schema, key): found for siren, schema, key, found in rows}


def _foreign(pack: Pack) -> frozenset[str]:
    query = sa.select(Deposit.id).where(
        Deposit.id.in_(list(pack.records["deposits"])),
        Deposit.siren.not_in(list(pack.records["collectivities"])),
    )
    return frozenset(model.Session.scalars(query))


def _alias_owners(pack: Pack) -> dict[str, str]:
    aliases = pack.records["aliases"]
    query = sa.select(Alias).where(
        sa.tuple_(Alias.kind, Alias.value).in_(
            [(one["kind"], one["value"]) for one in aliases.values()]
        )
    )
    return {
        f"{one.kind}:{one.value}": one.siren
        for one in model.Session.scalars(query)
        if one.siren != aliases[f"{one.kind}:{one.value}"]["siren"]
    }
