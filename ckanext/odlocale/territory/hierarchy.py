"""Who is under whom: commune → EPCI → département.

Each collectivité has one parent at most, because rights go down from parent to
child: whoever animates the parent may act for the child. So a commune is put
under its EPCI only where that gives no département a right over another's
communes; otherwise it is put under its département itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from ckanext.odlocale.territory.perimeters import Perimeter
from ckanext.odlocale.territory.register import Collectivity, Register

# The métropole de Lyon has a département's powers on its territory (Code général
# des collectivités territoriales, L3611-1): the Rhône has none over it.
METROPOLE_DE_LYON = "MET69"


def choose_parents(
    register: Register, perimeter: Perimeter, settled: Mapping[str, str]
) -> dict[str, str]:
    """Return each member's parent, by SIREN; a member without one is left out.

    :param settled: the parents that collectivités of the portal have already, by
        SIREN. An EPCI that spans départements keeps the parent it has.
    """
    communes = [member for member in perimeter.members if member.kind == "commune"]
    groupings = {m.siren: m for m in perimeter.members if m.kind == "epci"}
    heads = _heads(register, perimeter, settled)
    # Paris is a département and a member of its EPCI: it cannot be above it.
    sirens = {commune.siren for commune in communes}
    hosts: dict[str, set[str]] = defaultdict(set)
    for commune in communes:
        code = commune.departement or ""
        if commune.epci_siren and heads.get(code, commune.siren) not in sirens:
            hosts[commune.epci_siren].add(code)
    parents: dict[str, str] = {}
    for epci in groupings.values():
        parent = settled.get(epci.siren) or _main_host(epci, hosts[epci.siren], heads)
        if parent is not None and epci.category != METROPOLE_DE_LYON:
            parents[epci.siren] = parent
    for commune in communes:
        parent = _commune_parent(commune, groupings, parents, heads)
        if parent is not None:
            parents[commune.siren] = parent
    return parents


def _heads(
    register: Register, perimeter: Perimeter, settled: Mapping[str, str]
) -> dict[str, str]:
    present = {member.siren for member in perimeter.members} | settled.keys()
    codes = {m.departement for m in perimeter.members if m.departement}
    found = {code: register.head(code) for code in codes}
    return {
        code: head.siren
        for code, head in found.items()
        if head is not None and head.siren in present
    }


def _main_host(
    epci: Collectivity, hosts: set[str], heads: Mapping[str, str]
) -> str | None:
    ordered = sorted(hosts, key=lambda code: (code != epci.departement, code))
    return heads[ordered[0]] if ordered else None


def _commune_parent(
    commune: Collectivity,
    groupings: Mapping[str, Collectivity],
    parents: Mapping[str, str],
    heads: Mapping[str, str],
) -> str | None:
    head = heads.get(commune.departement or "")
    if head == commune.siren:
        head = None
    epci = groupings.get(commune.epci_siren or "")
    if epci is None:
        return head
    independent = epci.category == METROPOLE_DE_LYON or head is None
    return epci.siren if independent or parents.get(epci.siren) == head else head
