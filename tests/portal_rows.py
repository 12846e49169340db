"""A whole territory and its datasets in a few statements, to measure pages on.

Rows are written as ``territory apply`` and ``package_create`` write them, but for what
no page reads. Solr's documents are copies of one that CKAN made itself.
"""

from __future__ import annotations

import datetime
import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.lib import search
from ckan.lib.search import index
from ckan.lib.search.common import make_connection
from ckan.plugins import toolkit as tk

from ckanext.odlocale.base.french import slugify
from ckanext.odlocale.territory.register import Register
from ckanext.odlocale.territory.tables import Collectivity

BATCH = 1000


@dataclass(frozen=True)
class Territory:
    """Organisations that were written: their ids, by code."""

    head: str
    orgs: dict[str, str]
    communes: tuple[str, ...]


def write_territory(
    departements: Iterable[str], *, limit: int | None = None, linked: bool = True
) -> Territory:
    """Write the collectivités of départements, all under the head of the first.

    :param limit: how many communes at most, of the first EPCI first.
    :param linked: with the rows of ``odlocale_collectivity``, which a portal without
        this extension has not.
    """
    register = Register.load()
    # An EPCI may be in two départements.
    members = {
        one.siren: one for code in departements for one in register.departement(code)
    }.values()
    communes = sorted(
        (one for one in members if one.kind == "commune" and one.insee),
        key=lambda one: (one.epci_siren or "", one.insee or ""),
    )[:limit]
    wanted = {one.epci_siren for one in communes}
    others = [
        one
        for one in members
        if one.kind == "departement" or (one.kind == "epci" and one.siren in wanted)
    ]
    head = next(one for one in others if one.kind == "departement")
    chosen = [*others, *communes]
    ids = {one.siren: str(uuid.uuid4()) for one in chosen}
    now = datetime.datetime.now()
    session = model.Session
    session.execute(
        sa.insert(model.group_table),
        [
            {
                "id": ids[one.siren],
                "name": f"{slugify(one.name)}-{one.insee or one.siren}",
                "title": one.name,
                "type": "organization",
                "is_organization": True,
                "state": "active",
                "approval_status": "approved",
                "description": "",
                "image_url": "",
                "created": now,
                "extras": {"siren": one.siren, "kind": one.kind},
            }
            for one in chosen
        ],
    )
    _put_in_hierarchy(chosen, ids, head.siren)
    if linked:
        _link(chosen, ids)
    session.commit()
    return Territory(
        head=ids[head.siren],
        orgs={one.insee or one.siren: ids[one.siren] for one in chosen},
        communes=tuple(ids[one.siren] for one in communes),
    )


def _put_in_hierarchy(chosen: Sequence[Any], ids: dict[str, str], head: str) -> None:
    model.Session.execute(
        sa.insert(model.member_table),
        [
            {
                "id": str(uuid.uuid4()),
                "table_name": "group",
                "table_id": ids.get(one.epci_siren or "", ids[head]),
                "group_id": ids[one.siren],
                "capacity": "public",
                "state": "active",
            }
            for one in chosen
            if one.siren != head
        ],
    )


def _link(chosen: Sequence[Any], ids: dict[str, str]) -> None:
    model.Session.execute(
        sa.insert(Collectivity.__table__),
        [
            {
                "siren": one.siren,
                "insee": one.insee,
                "kind": one.kind,
                "name": one.name,
                "population": one.population,
                "epci_siren": one.epci_siren,
                "departement": one.departement,
                "region": one.region,
                "org_id": ids[one.siren],
                "cog_vintage": 2026,
                "status": "active",
            }
            for one in chosen
        ],
    )


def write_datasets(owners: Sequence[str], number: int) -> list[str]:
    """Write public datasets, shared out among organisations; return their ids.

    The first is made by CKAN; the others are copies, in the database as in Solr.
    """
    site = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    first = tk.get_action("package_create")(
        {"user": site["name"], "ignore_auth": True},
        {
            "name": f"mesure-{uuid.uuid4().hex[:10]}",
            "title": "Budget de la commune",
            "notes": "Le budget, tel que le conseil municipal l'a voté. " * 3,
            "owner_org": owners[0],
            "private": False,
            "license_id": "lov2",
        },
    )
    document = _document_of(first["id"])
    row = dict(
        model.Session.execute(
            sa.select(model.package_table).where(
                model.package_table.c.id == first["id"]
            )
        )
        .mappings()
        .one()
    )
    groups = {
        group.id: group
        for group in model.Session.execute(
            sa.select(model.Group).where(model.Group.id.in_(set(owners)))
        ).scalars()
    }
    copies = []
    documents = []
    for rank in range(1, number):
        owner = groups[owners[rank % len(owners)]]
        made = {"id": str(uuid.uuid4()), "name": f"{row['name']}-{rank}"}
        copies.append({**row, **made, "owner_org": owner.id})
        documents.append(_copied(document, made, owner))
    for start in range(0, len(copies), BATCH):
        model.Session.execute(
            sa.insert(model.package_table), copies[start : start + BATCH]
        )
    model.Session.commit()
    connection = make_connection()
    for start in range(0, len(documents), BATCH):
        connection.add(docs=documents[start : start + BATCH], commit=False)
    connection.commit()
    return [first["id"], *(copy["id"] for copy in copies)]


def remove_territory(territory: Territory) -> None:
    """Remove what :func:`write_territory` wrote."""
    ids = list(territory.orgs.values())
    session = model.Session
    session.execute(
        sa.delete(Collectivity.__table__).where(
            Collectivity.__table__.c.org_id.in_(ids)
        )
    )
    session.execute(
        sa.delete(model.member_table).where(model.member_table.c.group_id.in_(ids))
    )
    session.execute(sa.delete(model.group_table).where(model.group_table.c.id.in_(ids)))
    session.commit()
    session.expire_all()


class _Catcher:
    """Stands for Solr's connection, and keeps what it is given."""

    def __init__(self) -> None:
        self.documents: list[dict[str, Any]] = []

    def add(self, docs: list[dict[str, Any]], commit: bool) -> None:
        self.documents.extend(docs)


def _document_of(package_id: str) -> dict[str, Any]:
    catcher = _Catcher()
    original = index.make_connection
    index.make_connection = lambda *args, **kwargs: catcher
    try:
        search.rebuild(package_id)
    finally:
        index.make_connection = original
    return catcher.documents[0]


def _copied(
    document: dict[str, Any], made: dict[str, str], owner: model.Group
) -> dict[str, Any]:
    copy = {
        **document,
        **made,
        "index_id": uuid.uuid4().hex,
        "owner_org": owner.id,
        "organization": owner.name,
    }
    for name in ("data_dict", "validated_data_dict"):
        content = json.loads(document[name])
        named = {"id": owner.id, "name": owner.name, "title": owner.title}
        content["organization"] = {**content["organization"], **named}
        copy[name] = json.dumps({**content, **made, "owner_org": owner.id})
    return copy


def put_under(territory: Territory, parent: str) -> None:
    """Put the head of a territory, and so all of it, under an organisation."""
    model.Session.execute(
        sa.insert(model.member_table),
        [
            {
                "id": str(uuid.uuid4()),
                "table_name": "group",
                "table_id": parent,
                "group_id": territory.head,
                "capacity": "public",
                "state": "active",
            }
        ],
    )
    model.Session.commit()
