"""The plan: what must change on the portal for it to match the register.

It decides and writes nothing. It is a function of the register, of the perimeters,
of what the portal holds and of what a person answered; applied, it leads to a state
whose plan is empty.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from ckanext.odlocale.territory.conflicts import find_conflicts
from ckanext.odlocale.territory.departures import Departures
from ckanext.odlocale.territory.differences import find_differences
from ckanext.odlocale.territory.hierarchy import Coverage, Hierarchy, choose_parents
from ckanext.odlocale.territory.identifiers import organization_name
from ckanext.odlocale.territory.known import (
    OWNED_FIELDS,
    Organisation,
    Portal,
    Value,
    register_fields,
)
from ckanext.odlocale.territory.matching import (
    Adoption,
    Basis,
    Doubt,
    Matches,
    match,
)
from ckanext.odlocale.territory.reasons import Code, Reason
from ckanext.odlocale.territory.register import KINDS, Collectivity, Kind, Register
from ckanext.odlocale.territory.steps import Change, Plan, Step, Verdict

__all__ = [
    "OWNED_FIELDS",
    "Change",
    "Coverage",
    "Organisation",
    "Plan",
    "Step",
    "plan",
    "register_fields",
]

# The fields that say where a collectivité stands, and nothing of itself.
_PLACE = ("parent", "perimeters")
# Made once: a plan may say each of them 35,000 times.
_NEW, _UP_TO_DATE = Reason("new"), Reason("up_to_date")
_ADOPTED: Mapping[Basis, Reason] = {
    "siren": Reason("adopted_siren"),
    "insee": Reason("adopted_insee"),
    "name": Reason("adopted_name"),
    "choice": Reason("adopted_choice"),
}


def plan(
    register: Register,
    coverages: Iterable[Coverage],
    known: Sequence[Organisation],
    decisions: Mapping[str, str] | None = None,
    source: str = "shipped",
) -> Plan:
    """Compare perimeters with what the portal holds.

    :param register: the vintage to conform to.
    :param coverages: every ATD of the portal; those to set up or keep up to date are
        ``planned``, the others only have their place in the hierarchy.
    :param known: all the organisations and groups of the portal, since any may
        hold a name or a SIREN.
    :param decisions: a person's answers to what was doubtful: for an organisation's
        id, the SIREN of the collectivité it is, or ``"none"``.
    :param source: where the register comes from.
    :returns: one step for each collectivité of the planned perimeters, parents
        first, then one for each that leaves them or cannot be dealt with.
    :raises WrongDecision: an answer that cannot be followed.
    """
    return _Planner(register, tuple(coverages), known, decisions or {}).plan(source)


class _Planner:
    """What the steps of one plan share."""

    def __init__(
        self,
        register: Register,
        coverages: tuple[Coverage, ...],
        known: Sequence[Organisation],
        decisions: Mapping[str, str],
    ) -> None:
        self.register = register
        self.coverages = coverages
        self.planned = tuple(one for one in coverages if one.planned)
        self.atds = {one.atd for one in self.planned if one.atd}
        self.everybody = {m.siren: m for c in coverages for m in c.perimeter.members}
        self.members = {m.siren: m for c in self.planned for m in c.perimeter.members}
        self.portal = Portal(known, register, self.everybody)
        self.matches: Matches = match(self.members.values(), self.portal, decisions)
        self._same: dict[frozenset[str], frozenset[str]] = {}
        self.covering: dict[str, set[str]] = defaultdict(set)
        for coverage in self.planned:
            for member in coverage.perimeter.members:
                if coverage.atd:
                    self.covering[member.siren].add(coverage.atd)

    def plan(self, source: str) -> Plan:
        atds = tuple((one.atd, one.name) for one in self.planned)
        return Plan(
            atds,
            self.register.vintage,
            tuple(self._steps()),
            source,
            self.hierarchy,
            self.portal.current,
            self.portal.ids,
        )

    def _covered(self, siren: str) -> frozenset[str]:
        found = frozenset(self.covering[siren])
        # Neighbours are covered by the same ATDs: they share one set.
        return self._same.setdefault(found, found)

    def own(self, siren: str) -> Organisation | None:
        """Return the organisation of a collectivité: ours, or one to adopt."""
        adoption = self.matches.adoptions.get(siren)
        return adoption.organisation if adoption else self.portal.current.get(siren)

    @cached_property
    def settled(self) -> dict[str, Collectivity]:
        """The members that are sure to be themselves, and here."""
        pending = self.matches.pending
        return {
            siren: member
            for siren, member in self.members.items()
            if siren not in pending and not self._has_moved(siren)
        }

    @cached_property
    def refused(self) -> dict[str, Reason]:
        """Why members cannot be dealt with, by SIREN."""
        freed = [
            o for o, siren in self.portal.replaced.items() if siren in self.members
        ]
        names = {siren: self.names[siren] for siren in self.settled}
        return find_conflicts(names, self.own, self.portal.by_name, freed)

    @cached_property
    def names(self) -> dict[str, str]:
        """The name of each member's organisation, as it must be."""
        return {siren: organization_name(one) for siren, one in self.members.items()}

    @cached_property
    def depths(self) -> dict[frozenset[str], int]:
        """How many are above those who have these parents."""
        hierarchy = self.hierarchy
        found: dict[frozenset[str], int] = {frozenset(): 0}
        for siren, parents in hierarchy.parents.items():
            if parents not in found:
                found[parents] = len(hierarchy.above(siren))
        return found

    @cached_property
    def present(self) -> dict[str, Collectivity]:
        """Who is on the portal once the plan is applied."""
        found = {}
        for siren, org in self.portal.current.items():
            one = self.everybody.get(siren) or self.register.by_siren(siren)
            if org.stands and one is not None:
                found[siren] = one
        refused = self.refused
        feasible = {s: one for s, one in self.settled.items() if s not in refused}
        return {**found, **feasible}

    @cached_property
    def hierarchy(self) -> Hierarchy:
        """Who will be below whom."""
        settled = {
            siren: self.portal.parents(org)
            for siren, org in self.portal.current.items()
            if siren in self.present and self.present[siren].kind == "epci"
        }
        return choose_parents(self.register, self.coverages, self.present, settled)

    def _has_moved(self, siren: str) -> bool:
        own = self.portal.current.get(siren)
        return own is not None and own.status == "moved"

    def _steps(self) -> Iterator[Step]:
        pending = self.matches.pending
        ordered = sorted(self.members.values(), key=self._rank)
        yield from (self._member(one) for one in ordered if one.siren not in pending)
        yield from (_doubtful(doubt) for doubt in self.matches.doubts)
        yield from self._neighbours()
        leaving = Departures(
            self.register,
            self.planned,
            self.portal,
            self.members,
            self.present,
            self.hierarchy,
        )
        yield from leaving.steps()
        yield from self._without_siren()

    def _rank(self, one: Collectivity) -> tuple[int, int, str]:
        parents = self.hierarchy.parents.get(one.siren, frozenset())
        return self.depths[parents], -KINDS.index(one.kind), one.code

    def _member(self, member: Collectivity) -> Step:
        siren = member.siren
        own = self.own(siren)
        if siren in self.refused:
            refused = self.refused[siren]
            return _step("conflict", refused, member, own, name=self.names[siren])
        if self._has_moved(siren):
            return _step("unchanged", Reason("moved"), member, own)
        parents = self.hierarchy.parents.get(siren, frozenset())
        covered = self._covered(siren)
        changes: tuple[Change, ...] = ()
        if own is not None and own.exists:
            name, vintage = self.names[siren], self.register.vintage
            changes = (
                *find_differences(member, own, name, vintage),
                *self._moves(own, parents, covered),
            )
        verdict, reason = _judge(own, self.matches.adoptions.get(siren), changes)
        return _step(
            verdict,
            reason,
            member,
            own,
            parents=parents,
            covered_by=covered,
            collectivity=member,
            changes=changes,
            name=self.names[siren],
        )

    def _moves(
        self, own: Organisation, parents: frozenset[str], covered: frozenset[str]
    ) -> Iterator[Change]:
        before = own.covered_by & self.atds
        above = self.portal.parents(own)
        if above != parents:
            yield Change("parent", _listed(above), _listed(parents))
        if before != covered:
            yield Change("perimeters", _listed(before), _listed(covered))

    def _neighbours(self) -> Iterator[Step]:
        """Those whose place changes because of the plan, and that it does not hold."""
        groupings = {m.siren for m in self.members.values() if m.kind == "epci"}
        for siren, one in sorted(self.present.items()):
            own = self.portal.current.get(siren)
            if siren in self.members or own is None:
                continue
            leaves = bool(own.covered_by & self.atds)
            if not leaves and one.epci_siren not in groupings:
                continue
            parents = self.hierarchy.parents.get(siren, frozenset())
            if changes := tuple(self._moves(own, parents, frozenset())):
                code: Code = "left_perimeter" if leaves else "moved_place"
                fields = tuple(change.field for change in changes)
                yield _step(
                    "update",
                    Reason(code, fields=fields),
                    one,
                    own,
                    parents=parents,
                    covered_by=frozenset(),
                    changes=changes,
                )

    def _without_siren(self) -> Iterator[Step]:
        lost = {
            one.insee: one for c in self.planned for one in c.perimeter.unidentified
        }
        for insee, one in sorted(lost.items()):
            yield Step("conflict", Reason("no_siren"), "commune", one.name, None, insee)
        gone = {
            one.former.code: one.collectivity
            for coverage in self.planned
            for one in coverage.perimeter.gone
            if one.former is not None and one.collectivity.siren not in self.members
        }
        here = {org.linked_insee for org in self.portal.known}
        for code, heir in sorted(gone.items()):
            if code not in here:
                named = {"heir": heir.title, "code": heir.code}
                reason = Reason("former_code", named)
                yield Step(
                    "conflict", reason, "commune", code, None, code, successor=heir
                )


def _judge(
    own: Organisation | None, adoption: Adoption | None, changes: tuple[Change, ...]
) -> tuple[Verdict, Reason]:
    """Return what to do with a member, and why."""
    fields = tuple(change.field for change in changes)
    if adoption is not None:
        return "adopt", _ADOPTED[adoption.basis]
    if own is not None and own.status in ("merged", "closed"):
        return "create", Reason("restored")
    if own is None or not own.exists:
        return "create", _NEW
    if not changes:
        return "unchanged", _UP_TO_DATE
    if "siren" in fields and own.linked_siren != _after(changes, "siren"):
        renamed = "title" in fields
        return "rename" if renamed else "update", Reason("new_siren", fields=fields)
    if "title" in fields or "name" in fields:
        return "rename", Reason("changed", fields=fields)
    if set(fields) <= set(_PLACE):
        return "update", Reason("moved_place", fields=fields)
    return "update", Reason("changed", fields=fields)


def _after(changes: tuple[Change, ...], name: str) -> Value:
    return next(change.after for change in changes if change.field == name)


def _step(
    verdict: Verdict,
    reason: Reason,
    member: Collectivity,
    own: Organisation | None,
    *,
    parents: frozenset[str] = frozenset(),
    covered_by: frozenset[str] | None = None,
    collectivity: Collectivity | None = None,
    changes: tuple[Change, ...] = (),
    name: str | None = None,
) -> Step:
    if name is None and own is not None and own.exists:
        name = own.name
    return Step(
        verdict,
        reason,
        member.kind,
        member.title,
        member.siren,
        member.insee,
        name=name,
        own=own,
        parents=parents,
        covered_by=covered_by,
        collectivity=collectivity,
        changes=changes,
    )


def _doubtful(doubt: Doubt) -> Step:
    org = doubt.organisation
    kind: Kind = doubt.candidates[0].kind
    titles = ", ".join(f"{one.title} ({one.code})" for one in doubt.candidates)
    return Step(
        "doubtful",
        Reason(doubt.why, {"candidates": titles}),
        kind,
        org.title or org.name,
        None,
        None,
        name=org.name,
        own=org,
        candidates=doubt.candidates,
    )


def _listed(sirens: Iterable[str]) -> str | None:
    return ", ".join(sorted(sirens)) or None
