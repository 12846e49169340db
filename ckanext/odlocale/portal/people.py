"""Who lives on a portal made to be tried: three people, one of each kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ckanext.odlocale.territory.identifiers import organization_name
from ckanext.odlocale.territory.register import Collectivity, Register

Role = Literal["administrator", "animator", "agent"]

#: The commune whose agent the documentation follows.
USUAL_COMMUNE = "56046"
#: Inhabitants of the town hall the product is designed for.
USUAL_POPULATION = 900


@dataclass(frozen=True)
class Person:
    """One account of the trial portal.

    :param organization: name of the organisation where the role holds; empty
        for the administrator
    """

    name: str
    fullname: str
    email: str
    role: Role
    organization: str


def demonstration_people(
    register: Register, departement: str, commune: str
) -> list[Person]:
    """An administrator, an animator of the département, an agent.

    :param commune: INSEE code of the agent's commune; empty to choose it
    :raises LookupError: for a commune that is not in the département
    """
    members = register.departement(departement)
    authority = authority_of(register, departement)
    town = choose_commune(members, commune)
    mail = "essai.example.org"
    return [
        Person(
            "admin", "Administration du portail", f"admin@{mail}", "administrator", ""
        ),
        Person(
            "animatrice",
            f"Animation – {authority.full_name}",
            f"animatrice@{mail}",
            "animator",
            organization_name(authority),
        ),
        Person(
            "agent",
            f"Mairie de {town.name}",
            f"agent@{mail}",
            "agent",
            organization_name(town),
        ),
    ]


def authority_of(register: Register, departement: str) -> Collectivity:
    """Who animates a département's territory on a portal made to be tried.

    :raises LookupError: for a code that no département has
    """
    authority = register.head(departement)
    if authority is None:
        raise LookupError(departement)
    return authority


def choose_commune(members: tuple[Collectivity, ...], insee: str) -> Collectivity:
    """The agent's commune: the one asked for, Crach, or a typical small one."""
    communes = [c for c in members if c.kind == "commune"]
    for code in filter(None, (insee, USUAL_COMMUNE)):
        found = [c for c in communes if c.insee == code]
        if found:
            return found[0]
        if code == insee:
            raise LookupError(insee)
    return min(communes, key=lambda c: abs((c.population or 0) - USUAL_POPULATION))
