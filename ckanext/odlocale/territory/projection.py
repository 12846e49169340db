"""A plan as rows of the database: what to insert, change and drop.

``organization_create`` writes the same rows, one organisation at a time and with
some thirty queries for each. Here they are all known before the first is
written.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ckanext.odlocale.territory.plan import Organisation, Plan, Step, register_fields
from ckanext.odlocale.territory.register import Collectivity

Row = dict[str, Any]


@dataclass(frozen=True)
class Projection:
    """The rows of a plan.

    :ivar new_groups: organisations to insert.
    :ivar changed_groups: organisations to change: ``key`` is the id, ``fields``
        replaces the fields that the register owns.
    :ivar orphaned: ids of organisations whose present parents are to be dropped.
    :ivar new_members: parents to insert, as core reads them.
    :ivar collectivities: rows of our own table to insert or replace.
    """

    new_groups: tuple[Row, ...]
    changed_groups: tuple[Row, ...]
    orphaned: tuple[str, ...]
    new_members: tuple[Row, ...]
    collectivities: tuple[Row, ...]


def project(
    plan: Plan,
    known: Sequence[Organisation],
    now: datetime.datetime,
    make_id: Callable[[], str],
) -> Projection:
    """Return the rows that put a plan into effect.

    :param known: the organisations that the plan was made from.
    :param now: the moment of creation, local and without zone as core keeps it.
    :param make_id: gives a new unique id at each call.
    """
    creations, updates = plan.chosen("create"), plan.chosen("update")
    ids: dict[str | None, str] = {
        org.linked_siren: org.id for org in known if org.linked_siren
    }
    ids.update({step.siren: make_id() for step in creations})
    moved = [s for s in updates if any(c.field == "parent" for c in s.changes)]
    return Projection(
        new_groups=tuple(_new_group(step, ids, now) for step in creations),
        changed_groups=tuple(_changed_group(step, ids) for step in updates),
        orphaned=tuple(ids[step.siren] for step in moved),
        new_members=tuple(
            _member(make_id(), child=ids[step.siren], parent=ids[step.parent])
            for step in (*creations, *moved)
            if step.parent is not None
        ),
        collectivities=tuple(
            _collectivity(step.collectivity, ids[step.siren], plan.vintage)
            for step in (*creations, *updates)
            if step.collectivity is not None
        ),
    )


def _new_group(
    step: Step, ids: Mapping[str | None, str], now: datetime.datetime
) -> Row:
    return {
        "id": ids[step.siren],
        "name": step.name,
        "title": step.title,
        "type": "organization",
        "description": "",
        "image_url": "",
        "created": now,
        "is_organization": True,
        "approval_status": "approved",
        "state": "active",
        "extras": _fields(step),
    }


def _changed_group(step: Step, ids: Mapping[str | None, str]) -> Row:
    return {
        "key": ids[step.siren],
        "new_name": step.name,
        "new_title": step.title,
        "fields": _fields(step),
    }


def _fields(step: Step) -> dict[str, str]:
    return register_fields(step.collectivity) if step.collectivity else {}


def _member(member_id: str, *, child: str, parent: str) -> Row:
    # Core reads "the group table_id is the parent of the group group_id".
    return {
        "id": member_id,
        "group_id": child,
        "table_name": "group",
        "table_id": parent,
        "capacity": "public",
        "state": "active",
    }


def _collectivity(collectivity: Collectivity, org_id: str, vintage: int) -> Row:
    return {
        "siren": collectivity.siren,
        "insee": collectivity.insee,
        "kind": collectivity.kind,
        "name": collectivity.name,
        "population": collectivity.population,
        "epci_siren": collectivity.epci_siren,
        "departement": collectivity.departement,
        "region": collectivity.region,
        "org_id": org_id,
        "cog_vintage": vintage,
        "status": "active",
        "successor": None,
    }
