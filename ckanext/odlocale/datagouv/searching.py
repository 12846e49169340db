"""Asking data.gouv.fr whether a collectivité has an organisation there.

Two calls at most for a search. By SIRET first, since nothing else is sure: the one that
a person confirmed, else the usual one of a head office, which only serves to look. What
is found that way is the collectivité's own if it bears its SIREN.
"""

from __future__ import annotations

from typing import Final

from ckanext.odlocale.datagouv.client import Client
from ckanext.odlocale.datagouv.registration_rows import (
    Candidate,
    Found,
    Row,
    asked_of,
    is_exact,
    is_own,
    pick_source,
    resembles,
)
from ckanext.odlocale.territory.identifiers import default_siret, is_siren

#: A short name is part of many: the nearest are enough for a person to choose.
MAX_CANDIDATES: Final = 12


def search(client: Client, row: Row) -> Found:
    """Ask data.gouv.fr about a collectivité: two calls at most.

    :raises DatagouvError: nothing usable was answered
    """
    asked = asked_of(row)
    if row.found is not None and row.found.asked == asked and row.chosen:
        return _read_chosen(client, row, row.found)
    siret = row.siret or (default_siret(row.siren) if is_siren(row.siren) else "")
    by_siret = client.organizations(siret=siret).items if siret else ()
    candidates = tuple(Candidate.of(one, "siret") for one in by_siret)
    sure = [one for one in candidates if is_own(one, row)]
    if len(sure) == 1:
        return _with_source(client, row, Found(asked, tuple(sure)))
    if candidates:
        return Found(asked, candidates)
    named = [one for one in client.suggest(row.short) if resembles(one.name, row)]
    named.sort(key=lambda one: (not is_exact(one.name, row), len(one.name), one.id))
    return Found(
        asked,
        tuple(Candidate.of(one, "name", full=False) for one in named[:MAX_CANDIDATES]),
    )


def look(client: Client, row: Row) -> tuple[Candidate, ...]:
    """Look again just before a creation: nothing there is unique but by its makers.

    :returns: those that bear its SIRET, then those that bear its name
    """
    found = []
    if row.siret:
        found += [
            Candidate.of(one, "siret")
            for one in client.organizations(siret=row.siret).items
        ]
    found += [
        Candidate.of(one, "name") for one in client.organizations(name=row.name).items
    ]
    return tuple({one.id: one for one in reversed(found)}.values())[::-1]


def _read_chosen(client: Client, row: Row, found: Found) -> Found:
    """Read in full the organisation that a person chose."""
    full = tuple(
        Candidate.of(client.organization(one.id), one.by)
        if one.id == row.decision and not one.full
        else one
        for one in found.candidates
    )
    return _with_source(client, row, Found(found.asked, full))


def _with_source(client: Client, row: Row, found: Found) -> Found:
    chosen = row.chosen or found.candidates[0].id
    source = pick_source(client.sources(chosen).items, row)
    return Found(found.asked, found.candidates, source)
