"""What templates ask of the territory."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.territory.heirs import odlocale_former_members
from ckanext.odlocale.territory.owner_helpers import (
    can_update_owner_org,
    odlocale_filters,
    odlocale_other_organizations,
    odlocale_owner_field,
)
from ckanext.odlocale.territory.page_helpers import (
    linked_user,
    odlocale_atd_of,
    odlocale_atds_of,
    odlocale_behalf_names,
    odlocale_behalf_text,
    odlocale_obligations,
    odlocale_on_behalf_datasets,
    odlocale_page_atd,
    odlocale_position,
    odlocale_standing,
    odlocale_trail,
)
from ckanext.odlocale.territory.register import Register
from ckanext.odlocale.territory.tables import Collectivity

__all__ = [
    "can_update_owner_org",
    "linked_user",
    "odlocale_atd_of",
    "odlocale_atds_of",
    "odlocale_behalf_names",
    "odlocale_behalf_text",
    "odlocale_collectivities",
    "odlocale_collectivity",
    "odlocale_filters",
    "odlocale_former_members",
    "odlocale_obligations",
    "odlocale_on_behalf_datasets",
    "odlocale_other_organizations",
    "odlocale_owner_field",
    "odlocale_page_atd",
    "odlocale_position",
    "odlocale_standing",
    "odlocale_territory_summary",
    "odlocale_trail",
]

PER_PAGE = 24

_SUMMARY = sa.text(
    """
    SELECT
        count(*) FILTER (WHERE c.kind = 'commune') AS communes,
        count(*) FILTER (WHERE c.kind = 'epci') AS epci,
        count(*) FILTER (WHERE p.datasets > 0) AS publishing,
        coalesce(sum(p.datasets), 0) AS datasets
    FROM odlocale_collectivity c
    JOIN "group" g ON g.id = c.org_id AND g.state = 'active'
    LEFT JOIN (
        SELECT owner_org, count(*) AS datasets FROM package
        WHERE state = 'active' AND NOT private AND type = 'dataset'
        GROUP BY owner_org
    ) p ON p.owner_org = c.org_id
    WHERE c.status = 'active'
    """
)


def odlocale_territory_summary() -> dict[str, int]:
    """Count, in one query, what the portal holds.

    :returns: ``communes``, ``epci``, ``publishing`` (collectivités with a public
        dataset) and ``datasets`` (their public datasets).
    """
    row = model.Session.execute(_SUMMARY).mappings().one()
    return {name: int(value) for name, value in row.items()}


def odlocale_collectivities(
    q: str = "",
    page: int | str | None = 1,
    kind: str = "commune",
    *,
    epci: str = "",
    departement: str = "",
) -> dict[str, Any]:
    """Return a page of the collectivités that a visitor looks for.

    :param q: what the visitor typed.
    :param page: the page, from 1; anything else is read as 1.
    :param kind: commune, epci, departement, region; all where it is empty.
    :param epci: only the members of the EPCI of this SIREN, and itself.
    :param departement: only the département of this code.
    :returns: ``count``, ``results`` (as ``odlocale_collectivity_search``),
        ``page``, ``pages`` and ``per_page``.
    """
    written = str(page or "")
    number = int(written) if written.isdecimal() and len(written) < 10 else 1
    # PostgreSQL's OFFSET is a 64-bit integer.
    number = min(max(number, 1), 100_000)
    found = tk.get_action("odlocale_collectivity_search")(
        {},
        {
            "q": q or "",
            "kind": kind,
            "epci": epci,
            "departement": departement,
            "limit": PER_PAGE,
            "offset": (number - 1) * PER_PAGE,
        },
    )
    pages = max(1, -(-found["count"] // PER_PAGE))
    return {**found, "page": number, "pages": pages, "per_page": PER_PAGE}


def odlocale_collectivity(org_id: str) -> dict[str, Any] | None:
    """Return what the register says of an organisation, names included.

    :param org_id: the organisation's id.
    :returns: siren, insee, code, kind, name, full_name, population, epci_siren,
        epci_name, departement, departement_name, region, has_contour; nothing for
        an organisation made by hand.
    """
    found = Collectivity.by_org(org_id)
    if found is None:
        return None
    register = Register.load()
    described = register.by_siren(found.siren)
    epci = register.by_siren(found.epci_siren) if found.epci_siren else None
    division = register.divisions.get(found.departement or "")
    return {
        "siren": found.siren,
        "insee": found.insee,
        "code": found.code,
        "kind": found.kind,
        "name": found.name,
        "full_name": described.full_name if described else found.name,
        "population": found.population,
        "epci_siren": found.epci_siren,
        "epci_name": epci.name if epci else None,
        "departement": found.departement,
        "departement_name": division.name if division else None,
        "region": found.region,
        "has_contour": found.contour is not None,
    }
