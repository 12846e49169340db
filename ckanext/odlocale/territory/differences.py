"""What an organisation says of a collectivité, against what the register says."""

from __future__ import annotations

from collections.abc import Iterator

from ckanext.odlocale.territory.known import OWNED_FIELDS, Organisation, Value
from ckanext.odlocale.territory.register import Collectivity
from ckanext.odlocale.territory.steps import Change


def find_differences(
    member: Collectivity, own: Organisation, name: str, vintage: int
) -> Iterator[Change]:
    """Return the fields that differ, those of the register and those of our row.

    :param own: the collectivité's organisation, or the one to take over.
    :param name: its organisation's name, as it must be.
    :param vintage: the year of the register.
    """
    recorded = own.recorded
    pairs: tuple[tuple[str, Value, Value], ...] = (
        ("name", own.name, name),
        ("title", own.title, member.title),
        ("official_name", recorded.get("official_name"), member.name),
        ("cog_vintage", recorded.get("cog_vintage"), vintage),
    )
    for field, before, after in pairs:
        if before != after:
            yield Change(field, before, after)
    population = member.population
    owned = (
        member.siren,
        member.insee,
        member.kind,
        None if population is None else str(population),
        member.epci_siren,
        member.departement,
        member.region,
    )
    for field, value in zip(OWNED_FIELDS, owned, strict=True):
        found = recorded.get(field)
        # The row counts where it says otherwise than the page.
        if field == "siren" and own.linked_siren not in (None, member.siren):
            found = own.linked_siren
        elif field == "insee" and own.linked_siren and own.linked_insee != value:
            found = own.linked_insee
        if found != value:
            yield Change(field, found, value)
    if own.status != "active":
        yield Change("status", own.status, "active")
    siret = recorded.get("siret")
    if siret and not str(siret).replace(" ", "").startswith(member.siren):
        # It is another's: whoever knows the right one confirms it.
        yield Change("siret", siret, None)
