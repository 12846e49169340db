"""What an ATD covers: which collectivités, chosen from the register.

A perimeter is built by one of the functions below and read the same way
whatever it was built from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ckanext.odlocale.territory.register import (
    Collectivity,
    Kind,
    Register,
    UnidentifiedCommune,
)

# Parents come before their children.
_ORDER: dict[Kind, int] = {
    "region": 0,
    "departement": 1,
    "syndicat": 2,
    "epci": 3,
    "commune": 4,
}


class UnknownDepartement(LookupError):
    """A code that is no département's."""

    def __init__(self, code: str) -> None:
        super().__init__(f"no département has the code {code!r}")
        self.code = code


class EmptyPerimeter(ValueError):
    """A perimeter that holds nothing."""


@dataclass(frozen=True)
class Perimeter:
    """Collectivités that are set up and kept up to date together.

    :ivar label: what to call it in a plan («56», «29, 56»).
    :ivar members: each once, parents before children, then by code.
    :ivar unidentified: communes that should be there and have no SIREN.
    :ivar departements: the départements it covers entirely, by code.
    """

    label: str
    members: tuple[Collectivity, ...]
    unidentified: tuple[UnidentifiedCommune, ...] = ()
    departements: tuple[str, ...] = ()


def departements_perimeter(register: Register, codes: Iterable[str]) -> Perimeter:
    """Return the perimeter of one or several départements.

    :param codes: as people write them: ``"56"``, ``"2a"``, ``"1"`` for ``"01"``.
    :raises EmptyPerimeter: no code was given.
    :raises UnknownDepartement: a code that the register does not have.

    >>> perimeter = departements_perimeter(Register.load(), ["56"])
    >>> len([member for member in perimeter.members if member.kind == "commune"])
    249
    """
    chosen = sorted({_departement_code(register, code) for code in codes})
    if not chosen:
        raise EmptyPerimeter("no département was given")
    members: dict[str, Collectivity] = {}
    for code in chosen:
        members.update({member.siren: member for member in register.departement(code)})
    return Perimeter(
        label=", ".join(chosen),
        members=tuple(sorted(members.values(), key=_rank)),
        unidentified=tuple(
            commune for code in chosen for commune in register.unidentified(code)
        ),
        departements=tuple(chosen),
    )


def _rank(collectivity: Collectivity) -> tuple[int, str]:
    return _ORDER[collectivity.kind], collectivity.code


def _departement_code(register: Register, text: str) -> str:
    code = text.strip().upper()
    code = code.zfill(2) if code.isdigit() else code
    if code not in register.divisions:
        raise UnknownDepartement(text)
    return code
