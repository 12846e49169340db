"""Who is under whom: commune → EPCI → ATD, and an ATD under a larger one.

Rights go down from parent to child: whoever animates a parent may act for the child.
So a collectivité is reached by its EPCI and by every ATD that covers it, and by
nobody else. It may have several parents, never one that another leads to already.

An EPCI is put under an ATD only where this ATD covers all its communes of the portal.
Where no ATD does, it goes under the one of its main host; its communes that this one
does not cover are then put under their own ATDs and not under it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from functools import cached_property

from ckanext.odlocale.territory.perimeters import Perimeter
from ckanext.odlocale.territory.register import Collectivity, Register

# The métropole de Lyon has a département's powers on its territory (Code général
# des collectivités territoriales, L3611-1): the Rhône has none over it.
METROPOLE_DE_LYON = "MET69"

_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Coverage:
    """An ATD and its perimeter.

    :ivar atd: its SIREN; nothing where nobody is above these collectivités.
    :ivar planned: whether the perimeter is to be set up, or only counts in the
        hierarchy.
    """

    atd: str | None
    name: str
    perimeter: Perimeter
    planned: bool = True


@dataclass(frozen=True)
class Hierarchy:
    """The parents of each collectivité, by SIREN."""

    parents: Mapping[str, frozenset[str]]

    def above(self, siren: str) -> frozenset[str]:
        """Return all that is above a collectivité, however far."""
        found: set[str] = set()
        waiting = list(self.parents.get(siren, ()))
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                waiting.extend(self.parents.get(one, ()))
        return frozenset(found)

    def below(self, sirens: Iterable[str]) -> set[str]:
        """Return all that is below some collectivités, however far; not they."""
        start = set(sirens)
        found: set[str] = set()
        waiting = list(start)
        while waiting:
            for child in self._children.get(waiting.pop(), ()):
                if child not in found:
                    found.add(child)
                    waiting.append(child)
        return found - start

    @cached_property
    def _children(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for child, parents in self.parents.items():
            for parent in parents:
                found[parent].append(child)
        return dict(found)


def choose_parents(
    register: Register,
    coverages: Iterable[Coverage],
    present: Mapping[str, Collectivity],
    settled: Mapping[str, frozenset[str]],
) -> Hierarchy:
    """Return the parents of everybody who is on the portal.

    :param present: the collectivités of the portal, by SIREN.
    :param settled: the parents that EPCI have already. One that no ATD covers whole
        stays with the host it has.
    """
    covers = _covers(register, coverages, present)
    covering: dict[str, set[str]] = defaultdict(set)
    for atd, covered in covers.items():
        for siren in covered:
            covering[siren].add(atd)
    communes: dict[str, set[str]] = defaultdict(set)
    for one in present.values():
        if one.kind == "commune" and one.epci_siren:
            communes[one.epci_siren].add(one.siren)
    wanted: dict[str, Set[str]] = {
        atd: {other for other in covering[atd] if covered <= covers[other]}
        for atd, covered in covers.items()
    }
    kept: dict[str, Set[str]] = {}
    for one in present.values():
        if one.kind != "epci":
            continue
        inside = communes[one.siren]
        if one.siren in covers:
            kept[one.siren] = inside & covers[one.siren]
            continue
        head = register.head(one.departement or "")
        kept[one.siren], wanted[one.siren] = _host(
            inside,
            {atd: covers[atd] for atd in covering[one.siren]},
            settled.get(one.siren, _NOTHING),
            head.siren if head is not None else None,
        )
    for one in present.values():
        above = wanted.setdefault(one.siren, covering[one.siren])
        if one.siren not in kept.get(one.epci_siren or "", _NOTHING):
            continue
        own = covers.get(one.siren)
        # Above a commune that is an ATD, one must be above all that it covers.
        if not own or not _has_communes(own, present):
            wanted[one.siren] = {*above, str(one.epci_siren)}
    return _without_detours(wanted)


def _has_communes(sirens: Iterable[str], present: Mapping[str, Collectivity]) -> bool:
    return any(present[siren].kind == "commune" for siren in sirens)


def _covers(
    register: Register,
    coverages: Iterable[Coverage],
    present: Mapping[str, Collectivity],
) -> dict[str, frozenset[str]]:
    """Return whom each ATD of the portal covers there, itself left out.

    A département of a perimeter that is no ATD is above its communes all the same:
    of those that the same perimeter holds.
    """
    found: dict[str, frozenset[str]] = {}
    implied: dict[str, set[str]] = defaultdict(set)
    for coverage in coverages:
        sirens = frozenset(
            member.siren
            for member in coverage.perimeter.members
            if member.siren in present and member.siren != coverage.atd
        )
        atd = present.get(coverage.atd or "")
        if atd is not None and coverage.perimeter.members:
            found[atd.siren] = sirens - _of_lyon(atd, sirens, present)
        heads = _heads(register, coverage.atd, sirens, present)
        if not heads:
            continue
        for siren in sirens:
            for code in _departements_of(register, present[siren], sirens):
                if code in heads:
                    implied[heads[code]].add(siren)
    for head, covered in implied.items():
        if head not in found:
            lyon = _of_lyon(present[head], covered, present)
            found[head] = frozenset(covered) - lyon - {head}
    return found


def _heads(
    register: Register,
    atd: str | None,
    sirens: Set[str],
    present: Mapping[str, Collectivity],
) -> dict[str, str]:
    """Return who exercises a département's powers in a perimeter, by département.

    The ATD itself is left out, and Paris: it is its own head, and is not above what
    it belongs to.
    """
    found = {code: register.head(code) for code in register.divisions}
    return {
        code: head.siren
        for code, head in found.items()
        if head is not None
        and head.siren in sirens
        and head.siren != atd
        and head.kind != "commune"
        and head.siren in present
    }


def _departements_of(
    register: Register, member: Collectivity, within: Set[str]
) -> Set[str]:
    """Return where a member of a perimeter lies: an EPCI, where its communes do."""
    if member.kind == "commune":
        return {member.departement} if member.departement else set()
    if member.kind != "epci":
        return set()
    communes = register.members(member.siren)
    return {c.departement for c in communes if c.siren in within and c.departement}


def _of_lyon(
    atd: Collectivity, sirens: Iterable[str], present: Mapping[str, Collectivity]
) -> frozenset[str]:
    if atd.kind != "departement":
        return _NOTHING
    metropoles = {
        siren for siren in sirens if present[siren].category == METROPOLE_DE_LYON
    }
    if not metropoles:
        return _NOTHING
    return frozenset(
        siren
        for siren in sirens
        if siren in metropoles or present[siren].epci_siren in metropoles
    )


def _host(
    communes: Set[str],
    covers: Mapping[str, frozenset[str]],
    settled: frozenset[str],
    head: str | None,
) -> tuple[Set[str], Set[str]]:
    """Return the communes that an EPCI keeps under it, and whom it is put under.

    :param communes: its communes of the portal.
    :param covers: the ATDs that cover it, and what they cover.
    :param settled: its present parents.
    :param head: the département where most of its inhabitants live.
    """
    kept = communes
    if not any(communes <= covered for covered in covers.values()):
        hosts = [atd for atd, covered in covers.items() if communes & covered]
        if hosts:
            main = min(
                hosts,
                key=lambda atd: (
                    atd not in settled,
                    atd != head,
                    -len(communes & covers[atd]),
                    atd,
                ),
            )
            kept = communes & covers[main]
    return kept, {atd for atd, covered in covers.items() if kept <= covered}


def _without_detours(wanted: Mapping[str, Set[str]]) -> Hierarchy:
    """Leave out each parent that another parent is below of."""
    whole = Hierarchy({siren: frozenset(above) for siren, above in wanted.items()})
    reach: dict[str, frozenset[str]] = {}
    reduced: dict[frozenset[str], frozenset[str]] = {_NOTHING: _NOTHING}
    for above in whole.parents.values():
        if above not in reduced:
            for one in above:
                if one not in reach:
                    reach[one] = whole.above(one)
            reduced[above] = frozenset(
                one for one in above if not any(one in reach[p] for p in above)
            )
    return Hierarchy({s: reduced[above] for s, above in whole.parents.items() if above})
