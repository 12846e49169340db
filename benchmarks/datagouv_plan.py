"""Calls of data.gouv.fr's API to plan the registration of a territory.

    python benchmarks/datagouv_plan.py [--collectivites 1000] [--limit CALLS]

Against udata's own API, on an in-memory database (installed in an environment of its
own at the first run). Three communes in ten have an organisation there that bears their
SIRET, two in ten one that bears their name alone, the others nothing. Told: the calls
of a first plan, of a second one that nothing changed, and the most made for one
commune. Ends with status 1 where one commune took more than ``--limit``.

The peer, in the same run: what a script does that searches by SIRET, then by name, then
reads the organisation and its sources, and keeps nothing.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ckanext.odlocale.datagouv.client import Client
from ckanext.odlocale.datagouv.registering import make_plan, needs_search
from ckanext.odlocale.datagouv.registration_rows import Row
from ckanext.odlocale.datagouv.searching import search
from ckanext.odlocale.portal.home import free_port
from ckanext.odlocale.territory.identifiers import default_siret
from ckanext.odlocale.territory.register import Register
from tests.contracts.counterpart import Counterpart, run_counterpart

SITE = "https://opendata.example.fr"


def rows_of(count: int) -> list[Row]:
    """So many communes, as the portal knows them."""
    communes = [one for one in Register.load().rows if one[0] == "commune" and one[1]]
    return [
        Row(
            siren=str(one[1]),
            code=str(one[2]),
            kind="commune",
            name=str(one[4]),
            short=str(one[3]),
            page=f"{SITE}/commune/{one[2]}",
            feed=f"{SITE}/catalogue/{one[2]}.ttl",
            datasets=1,
        )
        for one in communes[:count]
    ]


def populate(datagouv: Counterpart, rows: list[Row]) -> None:
    """Three in ten are there by their SIRET, two in ten by their name alone."""
    client = datagouv.client("commune")
    for number, row in enumerate(rows):
        fields = {"name": f"Mairie de {row.short}", "description": "x"}
        if number % 10 < 3:
            siret = default_siret(row.siren)
            client.create_organization({**fields, "business_number_id": siret})
        elif number % 10 < 5:
            client.create_organization(fields)


def plan(client: Client, rows: list[Row]) -> tuple[list[Row], int, int]:
    """Search those that need it; return them, the calls, and the most for one."""
    before, most, known = client.calls, 0, []
    for row in rows:
        at = client.calls
        found = search(client, row) if needs_search(row) else row.found
        most = max(most, client.calls - at)
        known.append(replace(row, found=found))
    return known, client.calls - before, most


def plan_naively(client: Client, rows: list[Row]) -> int:
    """The peer: everything is asked each time."""
    before = client.calls
    for row in rows:
        items = client.organizations(siret=default_siret(row.siren)).items
        items = items or client.organizations(name=row.name).items
        for one in items[:1]:
            client.organization(one.id)
            client.sources(one.id)
    return client.calls - before


def main() -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--collectivites", type=int, default=1000)
    parser.add_argument("--limit", type=int, default=2, help="calls for one, at most")
    asked = parser.parse_args()
    rows = rows_of(asked.collectivites)
    with run_counterpart(free_port(set()), {}) as datagouv:
        populate(datagouv, rows)
        client = datagouv.client()
        start = time.perf_counter()
        known, calls, most = plan(client, rows)
        seconds = time.perf_counter() - start
        # The check of the key, as the command makes it.
        client.me()
        _, again, _ = plan(client, known)
        peer = plan_naively(client, rows) + plan_naively(client, rows)
    verbs = Counter(step.verb for step in make_plan(known).steps)
    print(f"{len(rows)} collectivités: {dict(verbs)}")
    print(f"first plan: {calls} calls ({most} for one at most), {seconds:.1f} s")
    print(f"second plan: {again} calls, and one to check the key")
    print(f"a script that keeps nothing: {peer} calls for the same two plans")
    return int(most > asked.limit or again > 0)


if __name__ == "__main__":
    raise SystemExit(main())
