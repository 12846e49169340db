"""What an ATD covers: which collectivités, chosen from the register.

Communes are counted as a set: what is included, less what is excluded. What is above
them follows: an intercommunalité, a département or a région that an exclusion
touches stays as long as one of its communes is covered, unless it is itself named
in the exclusion.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ckanext.odlocale.territory.definition import (
    Definition,
    EmptyPerimeter,
    Fault,
    Other,
    Part,
    PartKind,
    PerimeterError,
    UnknownCode,
    WrongDefinition,
)
from ckanext.odlocale.territory.register import (
    Collectivity,
    Kind,
    Register,
    Resolved,
    UnidentifiedCommune,
)

__all__ = [
    "Definition",
    "EmptyPerimeter",
    "Fault",
    "Other",
    "Part",
    "PartKind",
    "PartlyCovered",
    "Perimeter",
    "PerimeterError",
    "UnknownCode",
    "WrongDefinition",
    "build_perimeter",
    "departements_perimeter",
    "settle",
]

# Parents come before their children.
_ORDER: dict[Kind, int] = {
    "region": 0,
    "departement": 1,
    "syndicat": 2,
    "epci": 3,
    "commune": 4,
}


@dataclass(frozen=True)
class PartlyCovered:
    """An intercommunalité some of whose communes are in the perimeter, not all.

    :ivar missing: the INSEE codes of those that are not.
    """

    epci: Collectivity
    covered: int
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Perimeter:
    """Collectivités that are set up and kept up to date together.

    :ivar label: what to call it in a plan («56», «Département du Morbihan»).
    :ivar members: each once, parents before children, then by code.
    :ivar unidentified: communes that should be there and have no SIREN.
    :ivar departements: the départements whose communes it covers all, by code.
    :ivar partly: the intercommunalités whose communes it covers in part, by SIREN.
    :ivar gone: codes that the definition names and that are no commune's, or no
        more, with the commune that each leads to: it is not covered for that.
    """

    label: str
    members: tuple[Collectivity, ...]
    unidentified: tuple[UnidentifiedCommune, ...] = ()
    departements: tuple[str, ...] = ()
    partly: tuple[PartlyCovered, ...] = ()
    gone: tuple[Resolved, ...] = ()


@dataclass
class _Area:
    """What the parts of a definition stand for, by SIREN.

    :ivar communes: the communes.
    :ivar named: what a part names itself, communes left out.
    :ivar above: what a région or a département holds besides its communes.
    """

    communes: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    above: set[str] = field(default_factory=set)
    unidentified: dict[str, UnidentifiedCommune] = field(default_factory=dict)
    gone: dict[str, Resolved] = field(default_factory=dict)


def build_perimeter(
    register: Register,
    definition: Definition,
    label: str,
    *,
    atd_siren: str | None = None,
) -> Perimeter:
    """Return what a definition covers in a register.

    :param label: what to call it in a plan.
    :param atd_siren: the ATD whose perimeter it is: always a member.
    :raises UnknownCode: with every code that the register does not have.
    :raises WrongDefinition: it adds what the register has.
    :raises EmptyPerimeter: nothing is left.

    >>> morbihan = Definition((Part("departement", "56"),), (Part("commune", "56046"),))
    >>> perimeter = build_perimeter(Register.load(), morbihan, "Morbihan")
    >>> len([member for member in perimeter.members if member.kind == "commune"])
    248
    """
    faults: list[Fault] = []
    others = _others(register, definition.others, faults)
    included = _area(register, definition.include, others, "include", faults)
    excluded = _area(register, definition.exclude, others, "exclude", faults)
    if atd_siren and atd_siren not in others and register.by_siren(atd_siren) is None:
        facts = {"kind": "siren", "code": atd_siren, "vintage": str(register.vintage)}
        faults.append(Fault("atd_siren", "unknown_code", facts))
    if any(fault.code == "unknown_code" for fault in faults):
        raise UnknownCode(faults)
    if faults:
        raise WrongDefinition(faults)
    communes = included.communes - excluded.communes
    covered = [one for one in map(register.by_siren, communes) if one is not None]
    above = (included.named | included.above | others.keys()) - excluded.named
    above -= excluded.above - _covering(register, covered)
    sirens = communes | above | ({atd_siren} if atd_siren else set())
    unidentified = {
        insee: one
        for insee, one in included.unidentified.items()
        if insee not in excluded.unidentified
    }
    gone = {c: r for c, r in included.gone.items() if c not in excluded.gone}
    if not (sirens or unidentified or gone):
        raise EmptyPerimeter
    found = (others.get(siren) or register.by_siren(siren) for siren in sirens)
    members = sorted((one for one in found if one is not None), key=_rank)
    return Perimeter(
        label=label,
        members=tuple(members),
        unidentified=tuple(unidentified[insee] for insee in sorted(unidentified)),
        departements=_whole_departements(register, covered, unidentified),
        partly=tuple(_partly_covered(register, covered)),
        gone=tuple(gone[code] for code in sorted(gone)),
    )


def settle(register: Register, definition: Definition) -> Definition:
    """Return a definition where communes are named by their INSEE code.

    A commune that merges loses its SIREN, and no register says whose it was; its
    INSEE code leads to the commune that took it in. Call it before keeping one.

    >>> settle(Register.load(), Definition((Part("siren", "215600461"),))).include
    (Part(kind='commune', code='56046'),)
    """

    def settled(part: Part) -> Part:
        found = register.by_siren(part.code) if part.kind == "siren" else None
        if found is None or found.insee is None:
            return part
        return Part("commune", found.insee)

    include, exclude = (
        tuple(dict.fromkeys(map(settled, parts)))
        for parts in (definition.include, definition.exclude)
    )
    return Definition(include, exclude, definition.others)


def departements_perimeter(register: Register, codes: Iterable[str]) -> Perimeter:
    """Return the perimeter of one or several départements.

    :param codes: as people write them: ``"56"``, ``"2a"``, ``"1"`` for ``"01"``.
    :raises EmptyPerimeter: no code was given.
    :raises UnknownCode: a code that the register does not have.
    """
    definition = Definition.of_departements(codes)
    label = ", ".join(part.code for part in definition.include)
    return build_perimeter(register, definition, label)


def _others(
    register: Register, others: Iterable[Other], faults: list[Fault]
) -> dict[str, Collectivity]:
    found = {}
    for rank, other in enumerate(others):
        if register.by_siren(other.siren) is not None:
            facts = {"kind": "siren", "code": other.siren}
            faults.append(Fault(f"others.{rank}.siren", "in_register", facts))
        found[other.siren] = Collectivity(
            siren=other.siren,
            insee=None,
            kind="syndicat",
            name=other.name,
            population=None,
            epci_siren=None,
            departement=other.departement,
            region=other.region,
            full_name=other.name,
        )
    return found


def _area(
    register: Register,
    parts: Iterable[Part],
    others: Mapping[str, Collectivity],
    place: str,
    faults: list[Fault],
) -> _Area:
    area = _Area()
    for rank, part in enumerate(parts):
        if part.code in others and part.kind == "siren":
            area.named.add(part.code)
        elif not _add(area, register, part):
            vintage = str(register.vintage)
            facts = {"kind": part.kind, "code": part.code, "vintage": vintage}
            faults.append(Fault(f"{place}.{rank}.code", "unknown_code", facts))
    return area


def _add(area: _Area, register: Register, part: Part) -> bool:
    """Add what a part stands for; tell whether the register knows it."""
    if part.kind == "commune":
        return _add_commune(area, register, part.code)
    if part.kind == "region":
        codes = register.departements_of(part.code)
        area.above.update(_sirens([register.region(part.code)]))
        for code in codes:
            _add_departement(area, register, code)
        return bool(codes)
    if part.kind == "departement":
        _add_departement(area, register, part.code)
        return part.code in register.divisions
    found = register.by_siren(part.code)
    if found is None or (part.kind == "epci" and found.kind != "epci"):
        return False
    (area.communes if found.kind == "commune" else area.named).add(found.siren)
    if part.kind == "epci":
        area.communes.update(_sirens(register.members(part.code)))
    return True


def _add_commune(area: _Area, register: Register, insee: str) -> bool:
    commune = register.commune(insee)
    unidentified = register.unidentified_commune(insee)
    resolved = register.resolve(insee)
    if commune is not None:
        area.communes.add(commune.siren)
    elif unidentified is not None:
        area.unidentified[insee] = unidentified
    elif resolved is not None:
        area.gone[insee] = resolved
    return bool(commune or unidentified or resolved)


def _add_departement(area: _Area, register: Register, code: str) -> None:
    for member in register.departement(code):
        chosen = area.communes if member.kind == "commune" else area.above
        chosen.add(member.siren)
    for one in register.unidentified(code):
        area.unidentified[one.insee] = one


def _sirens(found: Iterable[Collectivity | None]) -> Iterator[str]:
    return (one.siren for one in found if one is not None)


def _covering(register: Register, communes: Iterable[Collectivity]) -> set[str]:
    """Return what is above communes: their EPCI, département and région."""
    places = {(one.epci_siren, one.departement, one.region) for one in communes}
    found = {epci for epci, _, _ in places if epci is not None}
    found.update(_sirens(register.head(d) for d in {d for _, d, _ in places if d}))
    found.update(_sirens(register.region(r) for r in {r for _, _, r in places if r}))
    return found


def _whole_departements(
    register: Register,
    communes: Iterable[Collectivity],
    unidentified: Mapping[str, UnidentifiedCommune],
) -> tuple[str, ...]:
    covered = Counter(one.departement for one in communes)
    lost = Counter(one.departement for one in unidentified.values())
    return tuple(
        code
        for code in sorted(code for code in covered | lost if code)
        if covered[code] == len(register.communes(code))
        and lost[code] == len(register.unidentified(code))
    )


def _partly_covered(
    register: Register, communes: Iterable[Collectivity]
) -> Iterator[PartlyCovered]:
    covered: dict[str, set[str]] = defaultdict(set)
    for one in communes:
        if one.epci_siren:
            covered[one.epci_siren].add(one.siren)
    for siren in sorted(covered):
        epci, members = register.by_siren(siren), register.members(siren)
        missing = tuple(
            one.insee or "" for one in members if one.siren not in covered[siren]
        )
        if epci is not None and missing:
            yield PartlyCovered(epci, len(members) - len(missing), missing)


def _rank(collectivity: Collectivity) -> tuple[int, str]:
    return _ORDER[collectivity.kind], collectivity.code
