"""A plan as rows of the database: what to insert, change and drop.

``organization_create`` writes the same rows, one organisation at a time and with
some thirty queries for each. Here they are all known before the first is
written.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.odlocale.territory.known import OWNED_FIELDS, register_fields
from ckanext.odlocale.territory.register import Collectivity
from ckanext.odlocale.territory.steps import Plan, Step

Row = dict[str, Any]

# The changes that CKAN's own table of organisations shows.
_GROUP_FIELDS = ("name", "title", "status", "siret", *OWNED_FIELDS)


@dataclass(frozen=True)
class Merger:
    """A collectivité that becomes part of another, and their organisations."""

    former_org: str
    heir_org: str
    former_siren: str
    heir_siren: str


@dataclass(frozen=True)
class Projection:
    """The rows of a plan.

    :ivar renumbered: our rows to give another SIREN, as (before, after, org_id).
    :ivar new_groups: organisations to insert.
    :ivar changed_groups: organisations to change: ``key`` is the id, ``fields``
        replaces the fields that the register owns, ``drop_siret`` forgets it.
    :ivar renamed: ids of organisations that give up the name they have.
    :ivar deleted: ids of organisations to delete.
    :ivar new_members: parents to insert, as core reads them.
    :ivar dropped_members: parents to drop: ``child`` and ``parent``.
    :ivar collectivities: rows of our own table to insert or replace.
    :ivar statuses: rows of our own table that end: ``key``, ``new_status``,
        ``new_successor``, and ``keeps_insee`` unless another bears it now.
    :ivar restored: organisations that exist again, and their SIREN.
    :ivar aliases: former codes and names to keep.
    :ivar current: codes and names that are no former ones any more.
    :ivar covered: perimeters' members to insert.
    :ivar uncovered: perimeters' members to drop.
    :ivar reindexed: ids of organisations whose datasets show something else.
    """

    renumbered: tuple[tuple[str, str, str], ...]
    new_groups: tuple[Row, ...]
    changed_groups: tuple[Row, ...]
    renamed: tuple[str, ...]
    deleted: tuple[str, ...]
    new_members: tuple[Row, ...]
    dropped_members: tuple[Row, ...]
    collectivities: tuple[Row, ...]
    statuses: tuple[Row, ...]
    mergers: tuple[Merger, ...]
    restored: tuple[tuple[str, str], ...]
    aliases: tuple[Row, ...]
    current: tuple[tuple[str, str], ...]
    covered: tuple[Row, ...]
    uncovered: tuple[Row, ...]
    reindexed: tuple[str, ...]


def project(
    plan: Plan, now: datetime.datetime, make_id: Callable[[], str]
) -> Projection:
    """Return the rows that put a plan into effect.

    :param now: the moment of creation, local and without zone as core keeps it.
    :param make_id: gives a new unique id at each call.
    """
    kept = plan.chosen("create", "adopt", "rename", "update")
    gone = plan.chosen("merge", "close")
    ids = {siren: org.id for siren, org in plan.organisations.items() if org.exists}
    for step in kept:
        ids[str(step.siren)] = step.organisation_id or make_id()
    described = [step for step in kept if step.collectivity is not None]
    edited = [step for step in described if step.own is not None and step.own.exists]
    return Projection(
        renumbered=tuple(_renumbered(edited)),
        new_groups=tuple(
            _new_group(step, ids[str(step.siren)], now)
            for step in described
            if step.organisation_id is None
        ),
        changed_groups=tuple(
            _changed_group(step) for step in edited if step.changed(*_GROUP_FIELDS)
        ),
        renamed=tuple(_renamed(edited, gone)),
        deleted=tuple(_deleted(gone)),
        new_members=tuple(
            _member(make_id(), child=child, parent=parent)
            for child, parent in _links(kept + gone, ids, plan.ids, added=True)
        ),
        dropped_members=tuple(
            {"child": child, "parent": parent}
            for child, parent in _links(kept + gone, ids, plan.ids, added=False)
        ),
        collectivities=tuple(
            _collectivity(step.collectivity, ids[str(step.siren)], plan.vintage)
            for step in described
            if step.collectivity is not None
        ),
        statuses=tuple(_status(step) for step in gone),
        mergers=tuple(_mergers(gone, ids)),
        restored=tuple(
            (step.organisation_id, str(step.siren))
            for step in edited
            if step.changed("status") and step.organisation_id
        ),
        aliases=tuple(_aliases(edited)),
        current=tuple(_current(described)),
        covered=tuple(_covered(kept)),
        uncovered=tuple(_uncovered(kept, gone)),
        reindexed=tuple(_reindexed(plan, ids)),
    )


def _new_group(step: Step, org_id: str, now: datetime.datetime) -> Row:
    return {
        "id": org_id,
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


def _changed_group(step: Step) -> Row:
    return {
        "key": step.organisation_id,
        "new_name": step.name,
        "new_title": step.title,
        "fields": _fields(step),
        "drop_siret": step.changed("siret"),
    }


def _fields(step: Step) -> dict[str, str]:
    return register_fields(step.collectivity) if step.collectivity else {}


def _renumbered(edited: Iterable[Step]) -> Iterator[tuple[str, str, str]]:
    for step in edited:
        own, siren = step.own, str(step.siren)
        if own is not None and own.linked_siren not in (None, siren):
            yield str(own.linked_siren), siren, own.id


def _renamed(edited: Iterable[Step], gone: Iterable[Step]) -> Iterator[str]:
    for step in edited:
        if step.changed("name"):
            yield str(step.organisation_id)
    for step in gone:
        # Its heir bears its INSEE code, so its name too.
        heir = step.successor
        if heir is not None and heir.insee == step.insee and step.organisation_id:
            yield step.organisation_id


def _deleted(gone: Iterable[Step]) -> Iterator[str]:
    for step in gone:
        own = step.own
        # A closed one stays to be read as long as it has datasets.
        is_kept = step.verdict == "close" and own is not None and own.datasets
        if own is not None and own.exists and own.is_active and not is_kept:
            yield own.id


def _links(
    steps: Iterable[Step],
    ids: Mapping[str, str],
    former_ids: Mapping[str, str],
    *,
    added: bool,
) -> Iterator[tuple[str, str]]:
    """Return the (child, parent) ids that a plan adds, or drops, and no other."""
    for step in steps:
        own = step.own
        exists = own is not None and own.exists
        child = ids.get(str(step.siren)) or (own.id if own and exists else None)
        if child is None:
            continue
        before = own.parents if own is not None and exists else frozenset()
        found = {former_ids.get(one, one) for one in before}
        wanted = {ids[one] for one in step.parents}
        for parent in sorted(wanted - found if added else found - wanted):
            yield child, parent


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


def _status(step: Step) -> Row:
    heir = step.successor
    return {
        "key": step.siren,
        "new_status": "merged" if heir is not None else "closed",
        "new_successor": heir.siren if heir is not None else None,
        "keeps_insee": heir is None or heir.insee != step.insee,
    }


def _mergers(gone: Iterable[Step], ids: Mapping[str, str]) -> Iterator[Merger]:
    for step in gone:
        if step.successor is not None and step.organisation_id is not None:
            heir = step.successor.siren
            yield Merger(step.organisation_id, ids[heir], str(step.siren), heir)


def _aliases(edited: Iterable[Step]) -> Iterator[Row]:
    for step in edited:
        own = step.own
        if own is None:
            continue
        former = (
            ("siren", own.linked_siren, step.siren),
            ("insee", own.linked_insee, step.insee),
            ("name", own.name, step.name),
        )
        for kind, before, after in former:
            if before and before != after:
                yield {"kind": kind, "value": before, "siren": step.siren}


def _current(described: Iterable[Step]) -> Iterator[tuple[str, str]]:
    for step in described:
        codes = (("siren", step.siren), ("insee", step.insee), ("name", step.name))
        yield from ((kind, value) for kind, value in codes if value)


def _covered(kept: Iterable[Step]) -> Iterator[Row]:
    for step in kept:
        before = step.own.covered_by if step.own is not None else frozenset()
        for atd in sorted((step.covered_by or frozenset()) - before):
            yield {"atd_siren": atd, "siren": step.siren}


def _uncovered(kept: Iterable[Step], gone: Iterable[Step]) -> Iterator[Row]:
    for step in kept:
        change = next((c for c in step.changes if c.field == "perimeters"), None)
        before = str(change.before or "").split(", ") if change is not None else ()
        for atd in sorted({*before} - (step.covered_by or frozenset()) - {""}):
            yield {"atd_siren": atd, "siren": step.siren}
    for step in gone:
        if step.verdict == "merge" and step.own is not None:
            for atd in sorted(step.own.covered_by):
                yield {"atd_siren": atd, "siren": step.siren}


def _reindexed(plan: Plan, ids: Mapping[str, str]) -> Iterator[str]:
    """Return whose datasets show another name, or are reached by others."""
    shown = plan.chosen("create", "adopt", "rename", "update")
    renamed = {s.siren for s in shown if s.changed("name", "title", "status")}
    moved = {str(s.siren) for s in shown if s.changed("parent")}
    below = plan.hierarchy.below(moved)
    sirens = {str(siren) for siren in renamed | moved | below}
    heirs = {s.successor.siren for s in plan.chosen("merge") if s.successor}
    closed = {s.own.id for s in plan.chosen("close") if s.own and s.own.exists}
    have = {s.siren: s.own.datasets for s in plan.steps if s.own is not None}
    have |= {siren: org.datasets for siren, org in plan.organisations.items()}
    adopted = plan.chosen("adopt")
    have |= {s.siren: s.own.datasets for s in adopted if s.own is not None}
    found = {ids[siren] for siren in sirens if have.get(siren) and siren in ids}
    # What had gone to their heirs is given back to them in the same transaction.
    restored = {ids[str(s.siren)] for s in shown if s.changed("status")}
    yield from sorted(found | closed | restored | {ids[siren] for siren in heirs})
