"""Small invented registers and portals, in the shape of real ones."""

from __future__ import annotations

from collections.abc import Iterable

from ckanext.odlocale.territory.identifiers import organization_name
from ckanext.odlocale.territory.perimeters import Perimeter, departements_perimeter
from ckanext.odlocale.territory.plan import (
    OWNED_FIELDS,
    Organisation,
    Plan,
    plan,
    register_fields,
)
from ckanext.odlocale.territory.register import Collectivity, Register


def perimeter_of(*codes: str) -> Perimeter:
    return departements_perimeter(Register.load(), codes)


def plan_for(*codes: str, known: Iterable[Organisation] = ()) -> Plan:
    return plan(Register.load(), perimeter_of(*codes), tuple(known))


def applied(made: Plan, before: Iterable[Organisation] = ()) -> list[Organisation]:
    """What the portal holds once a plan is applied."""
    kept = {org.id: org for org in before}
    for step in made.steps:
        if step.verdict in ("create", "update") and step.collectivity is not None:
            org = organisation(step.collectivity, made.vintage, step.parent)
            kept[step.organisation_id or org.id] = org
    return list(kept.values())


def organisation(
    collectivity: Collectivity, vintage: int = 2026, parent: str | None = None
) -> Organisation:
    """The organisation that the portal has for a collectivité."""
    fields = register_fields(collectivity)
    return Organisation(
        id=f"id-{collectivity.siren}",
        name=organization_name(collectivity),
        title=collectivity.title,
        siren=collectivity.siren,
        linked_siren=collectivity.siren,
        parents=frozenset([parent] if parent else []),
        recorded={
            **{name: fields.get(name) for name in OWNED_FIELDS},
            "official_name": collectivity.name,
            "cog_vintage": vintage,
        },
    )
