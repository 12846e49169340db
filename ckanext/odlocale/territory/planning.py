"""What a plan is asked of, and made of: the register, the perimeters, the portal.

The actions validate and refuse; here everything is read, and the pure core decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import ckantoolkit as tk

from ckanext.odlocale.base.http import GuardedClient
from ckanext.odlocale.territory import model as store
from ckanext.odlocale.territory.contours import Contour
from ckanext.odlocale.territory.definition import Definition, Part, PerimeterError
from ckanext.odlocale.territory.hierarchy import Coverage
from ckanext.odlocale.territory.known import Organisation
from ckanext.odlocale.territory.perimeters import Perimeter, build_perimeter
from ckanext.odlocale.territory.plan import plan
from ckanext.odlocale.territory.refresh import Cause, refresh_register
from ckanext.odlocale.territory.register import LATEST_VINTAGE, Register
from ckanext.odlocale.territory.register_files import register_folders
from ckanext.odlocale.territory.steps import Plan
from ckanext.odlocale.territory.tables import AtdPerimeter


class NoAtd(LookupError):
    """The portal has no ATD yet."""


class UnknownDepartement(LookupError):
    """A code that is no département's, or none at all.

    :ivar code: what was given.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class UnknownAtd(LookupError):
    """An ATD that the portal does not have.

    :ivar siren: what was asked for.
    """

    def __init__(self, siren: str) -> None:
        super().__init__(siren)
        self.siren = siren


class HasPerimeter(ValueError):
    """An ATD has another perimeter already.

    :ivar atd: its name.
    """

    def __init__(self, atd: str) -> None:
        super().__init__(atd)
        self.atd = atd


class NotCovered(LookupError):
    """A département that the perimeter of its own ATD does not hold.

    :ivar code: the département's.
    :ivar atd: the ATD's name.
    """

    def __init__(self, code: str, atd: str) -> None:
        super().__init__(code)
        self.code = code
        self.atd = atd


class WrongPerimeter(ValueError):
    """The perimeter of an ATD cannot be built from this register.

    :ivar atd: the ATD's name.
    :ivar error: what is wrong in it.
    """

    def __init__(self, atd: str, error: PerimeterError) -> None:
        super().__init__(atd)
        self.atd = atd
        self.error = error


@dataclass(frozen=True)
class Atd:
    """An ATD to plan with, registered or about to be.

    :ivar definition: of its perimeter; what is wrong with it, where it cannot be read.
    """

    siren: str | None
    name: str
    definition: Definition | PerimeterError
    planned: bool
    is_new: bool = False

    @classmethod
    def of_row(cls, row: AtdPerimeter, *, planned: bool) -> Atd:
        """Return a registered ATD."""
        definition: Definition | PerimeterError
        try:
            definition = Definition.from_dict(row.definition)
        except PerimeterError as error:
            definition = error
        return cls(row.atd_siren, row.name, definition, planned)


@dataclass(frozen=True)
class Asked:
    """What somebody wants planned.

    :ivar departements: codes; the ATD of each is its head, made one if it is not.
    :ivar atds: SIREN of ATDs; all of the portal where both are empty.
    :ivar withdrawn: an ATD whose perimeter is to be emptied.
    :ivar register: instead of a shipped one.
    :ivar proposed: an ATD to plan, and to register when it is applied.
    """

    departements: tuple[str, ...] = ()
    atds: tuple[str, ...] = ()
    vintage: int = LATEST_VINTAGE
    live: bool = False
    decisions: Mapping[str, str] = field(default_factory=dict)
    withdrawn: str | None = None
    register: Register | None = None
    proposed: Atd | None = None


@dataclass(frozen=True)
class Source:
    """The register to conform to, and where it comes from.

    :ivar cause: why API Géo was asked and not believed.
    """

    register: Register
    name: str = "shipped"
    cause: Cause | None = None
    contours: tuple[Contour, ...] = ()


def load_source(asked: Asked) -> Source:
    """Return the register, refreshed from API Géo where that is asked.

    It may take minutes: never do it while holding the territory.

    :raises ckanext.odlocale.territory.register.UnknownVintage: no such register.
    """
    register = asked.register or load_register(asked.vintage)
    if not asked.live:
        return Source(register)
    planned = [one for one in _atds(asked, register) if one.planned]
    codes: set[str] = set()
    for one in planned:
        members = _perimeter(register, one).members
        codes |= {m.departement for m in members if m.departement}
    client = GuardedClient(frozenset(tk.config["ckanext.odlocale.allowed_hosts"]))
    found = refresh_register(client, register, sorted(codes))
    return Source(found.register, found.source, found.cause, found.contours)


def load_register(vintage: int = LATEST_VINTAGE) -> Register:
    """Return the register of a year, from the operator's folder or the package."""
    setting = tk.config.get("ckanext.odlocale.register_path")
    return Register.load(vintage, register_folders(setting))


@dataclass(frozen=True)
class Made:
    """A plan, and the ATDs to register when it is applied.

    :ivar new_atds: SIREN, name and definition of each.
    """

    plan: Plan
    new_atds: tuple[tuple[str, str, dict[str, Any]], ...] = ()


def make_plan(asked: Asked, source: Source) -> Made:
    """Compare what is asked with the portal.

    :raises UnknownAtd: an ATD that is not registered.
    :raises NotCovered: a département outside the perimeter of its ATD.
    :raises WrongPerimeter: a perimeter that this register cannot build.
    :raises ckanext.odlocale.territory.matching.WrongDecision: an answer that cannot
        be followed.
    """
    known = store.read_organisations()
    atds = _atds(asked, source.register)
    coverages = [_coverage(one, asked, source.register, known) for one in atds]
    made = plan(source.register, coverages, known, asked.decisions, source.name)
    new = tuple(
        (one.siren, one.name, one.definition.to_dict())
        for one in atds
        if one.is_new and one.siren and isinstance(one.definition, Definition)
    )
    return Made(made, new)


def _atds(asked: Asked, register: Register) -> list[Atd]:
    rows = {row.atd_siren: row for row in store.read_perimeters()}
    for siren in asked.atds:
        if siren not in rows:
            raise UnknownAtd(siren)
    if asked.proposed is not None:
        return _proposed(asked.proposed, rows)
    if not (rows or asked.departements):
        raise NoAtd
    chosen, new = _heads(asked.departements, register, rows)
    chosen |= {*asked.atds} or ({*rows} if not asked.departements else set())
    registered = [
        Atd.of_row(row, planned=siren in chosen) for siren, row in rows.items()
    ]
    return [*registered, *new]


def _proposed(proposed: Atd, rows: Mapping[str, AtdPerimeter]) -> list[Atd]:
    """Return a proposed ATD among the registered ones, which keep their perimeters."""
    registered = [Atd.of_row(row, planned=False) for row in rows.values()]
    same = next((one for one in registered if one.siren == proposed.siren), None)
    if same is None:
        return [*registered, proposed]
    if same.definition != proposed.definition:
        raise HasPerimeter(same.name)
    return [replace(one, planned=one is same) for one in registered]


def _heads(
    codes: Iterable[str], register: Register, rows: Mapping[str, AtdPerimeter]
) -> tuple[set[str], list[Atd]]:
    """Return the registered ATDs of départements, and those to register."""
    chosen: set[str] = set()
    asked: dict[str | None, list[str]] = {}
    for part in Definition.of_departements(codes).include:
        if part.code not in register.divisions:
            raise UnknownDepartement(part.code)
        head = register.head(part.code)
        siren = head.siren if head is not None else None
        if siren is not None and siren in rows:
            _require_departement(register, rows[siren], part)
            chosen.add(siren)
        else:
            asked.setdefault(siren, []).append(part.code)
    new = []
    for siren, parts in asked.items():
        head = register.by_siren(siren) if siren is not None else None
        name = head.full_name if head is not None else ", ".join(parts)
        definition = Definition.of_departements(parts)
        new.append(Atd(siren, name, definition, planned=True, is_new=True))
    return chosen, new


def _require_departement(register: Register, row: AtdPerimeter, part: Part) -> None:
    members = _perimeter(register, Atd.of_row(row, planned=True)).members
    if not any(m.departement == part.code and m.kind == "commune" for m in members):
        raise NotCovered(part.code, row.name)


def _coverage(
    atd: Atd, asked: Asked, register: Register, known: Sequence[Organisation]
) -> Coverage:
    if atd.siren is not None and atd.siren == asked.withdrawn:
        return Coverage(atd.siren, atd.name, Perimeter(atd.name, ()))
    try:
        perimeter = _perimeter(register, atd)
    except WrongPerimeter:
        if atd.planned:
            raise
        # Not asked for today: it covers whom it covered, as far as they exist.
        found = (
            register.by_siren(org.linked_siren or "")
            for org in known
            if atd.siren in org.covered_by
        )
        members = tuple(one for one in found if one is not None)
        perimeter = Perimeter(atd.name, members)
    return Coverage(atd.siren, atd.name, perimeter, atd.planned)


def _perimeter(register: Register, atd: Atd) -> Perimeter:
    if isinstance(atd.definition, PerimeterError):
        raise WrongPerimeter(atd.name, atd.definition)
    try:
        return build_perimeter(register, atd.definition, atd.name, atd_siren=atd.siren)
    except PerimeterError as error:
        raise WrongPerimeter(atd.name, error) from error
