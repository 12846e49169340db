"""The plan: what must change on the portal for it to match the register.

It decides and writes nothing. It is a function of the register, the perimeter
and what the portal holds; applied, it leads to a state whose plan is empty.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_args

from ckanext.odlocale.territory.hierarchy import choose_parents
from ckanext.odlocale.territory.identifiers import organization_name
from ckanext.odlocale.territory.perimeters import Perimeter
from ckanext.odlocale.territory.reasons import Reason, render_reason
from ckanext.odlocale.territory.register import Collectivity, Kind, Register

Verdict = Literal["create", "update", "unchanged", "conflict"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
Value = str | int | None


@dataclass(frozen=True)
class Organisation:
    """An organisation, or a group, that the portal holds.

    :ivar siren: the SIREN that its page declares.
    :ivar linked_siren: the SIREN of the collectivité of ours whose organisation
        it is; nothing for one made by hand.
    :ivar parents: the SIREN of the collectivités above it; of an organisation
        that is nobody's, its id.
    :ivar recorded: what the portal recorded of the register, by field name.
    """

    id: str
    name: str
    title: str
    is_active: bool = True
    is_organization: bool = True
    siren: str | None = None
    linked_siren: str | None = None
    parents: frozenset[str] = frozenset()
    recorded: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """A field's value on the portal, and in the register."""

    field: str
    before: Value
    after: Value


@dataclass(frozen=True)
class Step:
    """What happens to one collectivité, and why.

    :ivar name: its organisation's name, as it will be.
    :ivar parent: the SIREN of the collectivité it is put under.
    :ivar organisation_id: its present organisation, where it has one.
    """

    verdict: Verdict
    reason: Reason
    kind: Kind
    title: str
    siren: str | None
    insee: str | None
    name: str | None = None
    parent: str | None = None
    organisation_id: str | None = None
    changes: tuple[Change, ...] = ()
    collectivity: Collectivity | None = None

    def to_dict(self, language: str = "fr") -> dict[str, Any]:
        """Return the step as the API and the exports give it."""
        return {
            "verdict": self.verdict,
            "kind": self.kind,
            "title": self.title,
            "siren": self.siren,
            "insee": self.insee,
            "organization": self.name,
            "parent_siren": self.parent,
            "reason": self.reason.code,
            "message": render_reason(self.reason, language),
            "changes": [
                {"field": c.field, "before": c.before, "after": c.after}
                for c in self.changes
            ],
        }


@dataclass(frozen=True)
class Plan:
    """What to do for a perimeter, in the order in which to do it."""

    perimeter: str
    vintage: int
    steps: tuple[Step, ...]

    def chosen(self, verdict: Verdict) -> tuple[Step, ...]:
        """Return the steps that have a verdict."""
        return tuple(step for step in self.steps if step.verdict == verdict)

    @property
    def is_empty(self) -> bool:
        """Whether applying it would write nothing."""
        return not any(step.verdict in ("create", "update") for step in self.steps)

    @property
    def counts(self) -> dict[str, int]:
        """How many steps have each verdict."""
        found = Counter(step.verdict for step in self.steps)
        return {verdict: found[verdict] for verdict in VERDICTS}

    @cached_property
    def digest(self) -> str:
        """A fingerprint of all that would be done: a plan made again later has
        the same one if and only if it would do the same."""
        done = [
            step.to_dict("en") for step in self.steps if step.verdict != "unchanged"
        ]
        whole = json.dumps([self.perimeter, self.vintage, done], sort_keys=True)
        return hashlib.sha256(whole.encode()).hexdigest()

    def to_dict(self, language: str = "fr") -> dict[str, Any]:
        """Return the plan as the API and the exports give it."""
        return {
            "perimeter": self.perimeter,
            "vintage": self.vintage,
            "digest": self.digest,
            "counts": self.counts,
            "steps": [step.to_dict(language) for step in self.steps],
        }


# The fields of an organisation that only the register may change, besides its
# name and its title.
OWNED_FIELDS = (
    "siren",
    "insee",
    "kind",
    "population",
    "epci",
    "departement",
    "region",
)


def register_fields(collectivity: Collectivity) -> dict[str, str]:
    """Return the fields of an organisation that come from the register.

    CKAN keeps them as text; one that has no value is absent.
    """
    values = {
        "siren": collectivity.siren,
        "insee": collectivity.insee,
        "kind": collectivity.kind,
        "population": collectivity.population,
        "epci": collectivity.epci_siren,
        "departement": collectivity.departement,
        "region": collectivity.region,
    }
    return {name: str(value) for name, value in values.items() if value is not None}


def plan(
    register: Register, perimeter: Perimeter, known: Sequence[Organisation]
) -> Plan:
    """Compare a perimeter with what the portal holds.

    :param register: the vintage to conform to.
    :param perimeter: what to set up or keep up to date; nothing else is touched.
    :param known: all the organisations and groups of the portal, since any may
        hold a name or a SIREN.
    :returns: one step for each collectivité of the perimeter, parents first, then
        one for each that cannot be dealt with.
    """
    portal = _Portal(known)
    refused = {
        member.siren: step
        for member in perimeter.members
        if (step := _conflict(member, portal)) is not None
    }
    feasible = tuple(m for m in perimeter.members if m.siren not in refused)
    parents = choose_parents(
        register,
        Perimeter(perimeter.label, feasible, (), perimeter.departements),
        portal.settled_parents,
    )
    steps = [
        refused.get(member.siren)
        or _step(member, portal, parents.get(member.siren), register.vintage)
        for member in perimeter.members
    ]
    steps += [
        Step("conflict", Reason("no_siren"), "commune", lost.name, None, lost.insee)
        for lost in perimeter.unidentified
    ]
    steps += _departures(register, perimeter, known)
    return Plan(perimeter.label, register.vintage, tuple(steps))


class _Portal:
    """What the portal holds, found by what identifies it."""

    def __init__(self, known: Sequence[Organisation]) -> None:
        self.by_name = {org.name: org for org in known}
        self.by_link = {org.linked_siren: org for org in known if org.linked_siren}
        self.by_siren = {
            org.siren: org for org in known if org.siren and not org.linked_siren
        }

    @property
    def settled_parents(self) -> dict[str, str]:
        """The parents of collectivités that have exactly one, itself ours."""
        found = {}
        for siren, org in self.by_link.items():
            parents = tuple(org.parents)
            if len(parents) == 1 and parents[0] in self.by_link and siren:
                found[siren] = parents[0]
        return found


def _conflict(member: Collectivity, portal: _Portal) -> Step | None:
    own = portal.by_link.get(member.siren)
    namesake = portal.by_name.get(organization_name(member))
    reason = None
    if own is not None and not own.is_active:
        reason = Reason("deleted_by_hand", {"name": own.name})
    elif namesake is not None and namesake is not own:
        taken = namesake.is_organization
        code: Literal["name_taken", "group_name_taken"]
        code = "name_taken" if taken else "group_name_taken"
        reason = Reason(code, {"name": namesake.name})
    elif own is None and (other := portal.by_siren.get(member.siren)) is not None:
        reason = Reason("siren_taken", {"name": other.name})
    if reason is None:
        return None
    return Step(
        "conflict",
        reason,
        member.kind,
        member.title,
        member.siren,
        member.insee,
        name=organization_name(member),
        organisation_id=own.id if own else None,
    )


def _step(
    member: Collectivity, portal: _Portal, parent: str | None, vintage: int
) -> Step:
    own = portal.by_link.get(member.siren)
    verdict: Verdict = "create"
    reason = Reason("new")
    changes: tuple[Change, ...] = ()
    if own is not None:
        changes = _changes(member, own, parent, vintage)
        verdict = "update" if changes else "unchanged"
        reason = Reason("up_to_date")
        if changes:
            reason = Reason("changed", fields=tuple(c.field for c in changes))
    return Step(
        verdict,
        reason,
        member.kind,
        member.title,
        member.siren,
        member.insee,
        name=organization_name(member),
        parent=parent,
        organisation_id=own.id if own else None,
        changes=changes,
        collectivity=member,
    )


def _changes(
    member: Collectivity, own: Organisation, parent: str | None, vintage: int
) -> tuple[Change, ...]:
    wanted: dict[str, Value] = {
        "name": organization_name(member),
        "title": member.title,
        "official_name": member.name,
        "cog_vintage": vintage,
        "parent": parent,
        **dict.fromkeys(OWNED_FIELDS),
        **register_fields(member),
    }
    found: dict[str, Value] = {
        **own.recorded,
        "name": own.name,
        "title": own.title,
        "parent": ", ".join(sorted(own.parents)) or None,
    }
    return tuple(
        Change(name, found.get(name), value)
        for name, value in wanted.items()
        if found.get(name) != value
    )


def _departures(
    register: Register, perimeter: Perimeter, known: Sequence[Organisation]
) -> list[Step]:
    gone = [
        org
        for org in known
        if org.linked_siren
        and org.recorded.get("kind") == "commune"
        and org.recorded.get("departement") in perimeter.departements
        and register.by_siren(org.linked_siren) is None
    ]
    reason = Reason("left_register", {"vintage": str(register.vintage)})
    return [
        Step(
            "conflict",
            reason,
            "commune",
            org.title,
            org.linked_siren,
            str(org.recorded.get("insee") or "") or None,
            name=org.name,
            organisation_id=org.id,
        )
        for org in sorted(gone, key=lambda org: org.name)
    ]
