"""Perimeters of the real register, and plans for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ckanext.odlocale.territory.definition import Definition, Part, PartKind
from ckanext.odlocale.territory.known import Organisation
from ckanext.odlocale.territory.perimeters import (
    Perimeter,
    build_perimeter,
    departements_perimeter,
)
from ckanext.odlocale.territory.plan import Coverage, Plan, plan
from ckanext.odlocale.territory.register import Register


def perimeter_of(*codes: str) -> Perimeter:
    return departements_perimeter(Register.load(), codes)


def coverage_of(
    *parts: str,
    atd: str | None = None,
    but: Iterable[str] = (),
    planned: bool = True,
    register: Register | None = None,
) -> Coverage:
    """An ATD that covers parts written ``departement:56``; a département's head by
    default."""
    register = register or Register.load()
    definition = Definition(tuple(map(part, parts)), tuple(map(part, but)))
    if atd is None and definition.include[0].kind == "departement":
        head = register.head(definition.include[0].code)
        atd = head.siren if head is not None else None
    perimeter = build_perimeter(register, definition, ", ".join(parts), atd_siren=atd)
    return Coverage(atd, ", ".join(parts), perimeter, planned)


def part(text: str) -> Part:
    kind, _, code = text.partition(":")
    kinds: dict[str, PartKind] = {
        "region": "region",
        "departement": "departement",
        "epci": "epci",
        "commune": "commune",
        "siren": "siren",
    }
    return Part.of(kinds[kind], code)


def plan_for(
    *codes: str,
    known: Iterable[Organisation] = (),
    decisions: Mapping[str, str] | None = None,
) -> Plan:
    """The plan of départements, each an ATD."""
    coverages = [coverage_of(f"departement:{code}") for code in codes]
    return plan(Register.load(), coverages, tuple(known), decisions)
