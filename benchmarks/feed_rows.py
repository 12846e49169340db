"""Communes and the datasets of their feeds, written in a few statements.

What the benchmarks of the feeds share. Rows are those of ``package_create``, but for
what no feed reads; the fragments are made by the extension itself.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Sequence
from typing import Any

BATCH = 1000
SQUARE = (
    '{"type":"Polygon","coordinates":'
    "[[[2.1,50.6],[2.2,50.6],[2.2,50.7],[2.1,50.7],[2.1,50.6]]]}"
)


def budget(owner: str, name: str) -> dict[str, Any]:
    """A dataset as the desk publishes it."""
    url = f"http://test.ckan.net/donnees/62001/budget/{name}.csv"
    schema = "https://schema.data.gouv.fr/schemas/scdl/budget/latest/schema.json"
    authority = "http://publications.europa.eu/resource/authority"
    return {
        "name": name,
        "title": "Budget de la commune",
        "notes": "Les recettes et les dépenses que le conseil a votées. " * 3,
        "owner_org": owner,
        "license_id": "lov2",
        "frequency": f"{authority}/frequency/ANNUAL",
        "temporal_coverage": [{"start": "2022-01-01", "end": "2022-12-31"}],
        "theme": [f"{authority}/data-theme/GOVE"],
        "contact": [{"name": "Mairie", "email": "mairie@essai.example.org"}],
        "scdl_schema": "budget",
        "resources": [
            {
                "url": url,
                "name": "Budget primitif 2022",
                "description": "Une ligne par recette ou dépense votée.",
                "format": "CSV",
                "mimetype": "text/csv",
                "size": 12345,
                "hash": "0f" * 32,
                "hash_algorithm": "sha256",
                "schema_url": schema,
            }
        ],
    }


def write_budgets(owners: Sequence[str], number: int) -> list[str]:
    """Write datasets, shared out among organisations, without Solr; return their ids.

    The first is made by CKAN; the others are copies, with a file each of another
    address.
    """
    import ckantoolkit as tk
    import sqlalchemy as sa
    from ckan import model

    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    first = tk.get_action("package_create")(
        {"user": user, "ignore_auth": True},
        budget(owners[0], f"mesure-{uuid.uuid4().hex[:10]}"),
    )
    package = _row(model.package_table, model.package_table.c.id == first["id"])
    files = model.resource_table
    file = _row(files, files.c.package_id == first["id"])
    created = package["metadata_created"]
    packages, resources = [], []
    for rank in range(1, number):
        made = str(uuid.uuid4())
        name = f"{package['name']}-{rank}"
        packages.append(
            {
                **package,
                "id": made,
                "name": name,
                "owner_org": owners[rank % len(owners)],
                "metadata_created": created + datetime.timedelta(milliseconds=rank),
            }
        )
        url = file["url"].replace(package["name"], name)
        changed = {"id": str(uuid.uuid4()), "package_id": made, "url": url}
        resources.append({**file, **changed})
    for start in range(0, len(packages), BATCH):
        part = slice(start, start + BATCH)
        model.Session.execute(sa.insert(model.package_table), packages[part])
        model.Session.execute(sa.insert(files), resources[part])
    model.Session.commit()
    return [first["id"], *(row["id"] for row in packages)]


def draw_contours() -> None:
    """Give every collectivité a contour."""
    import sqlalchemy as sa
    from ckan import model

    from ckanext.odlocale.territory.tables import Collectivity

    model.Session.execute(sa.update(Collectivity).values(contour=SQUARE))
    model.Session.commit()


def copy_fragments(ids: Sequence[str]) -> tuple[int, float]:
    """Write the fragments of many datasets; return how many, and the seconds.

    As the extension writes them, but that CKAN shows only one dataset of each
    organisation: what it shows of the others is the same, but for what names them.
    """
    import time

    import ckantoolkit as tk
    import sqlalchemy as sa
    from ckan import model

    from ckanext.odlocale.datagouv import model as tables
    from ckanext.odlocale.datagouv.description import describe
    from ckanext.odlocale.datagouv.fragment import stamp_of, write_fragment

    portal, now = tables.current_portal(), datetime.datetime.now(tables.UTC)
    known: dict[str, Any] = {}
    started = time.perf_counter()
    for start in range(0, len(ids), BATCH):
        part = list(ids[start : start + BATCH])
        files = model.resource_table
        named = {
            row.package_id: row
            for row in model.Session.execute(
                sa.select(files).where(files.c.package_id.in_(part))
            )
        }
        query = sa.select(model.Package).where(model.Package.id.in_(part))
        for package in model.Session.scalars(query):
            owner = str(package.owner_org)
            if owner not in known:
                publisher = tables.read_publishers([owner])[owner]
                context = {"ignore_auth": True, "use_cache": False}
                shown = tk.get_action("package_show")(context, {"id": package.id})
                known[owner] = (shown, publisher)
            shown, publisher = known[owner]
            file = named[package.id]
            own = {**shown["resources"][0], "id": file.id, "url": file.url}
            told = {**shown, "id": package.id, "name": package.name, "resources": [own]}
            written = write_fragment(describe(told, publisher, portal, now=now), portal)
            tables.store(package, stamp_of(publisher, portal), written)
        model.Session.commit()
        model.Session.expunge_all()
    return len(ids), time.perf_counter() - started


def write_fragments() -> tuple[int, float]:
    """Write all fragments, as ``rebuild`` does; return how many, and the seconds."""
    import time

    import ckantoolkit as tk

    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    started, done, after = time.perf_counter(), 0, None
    while True:
        outcome = tk.get_action("odlocale_fragment_rebuild")(
            {"user": user}, {"after": after}
        )
        done += outcome["rebuilt"]
        after = outcome["next"]
        if after is None:
            return done, time.perf_counter() - started


def _row(table: Any, clause: Any) -> dict[str, Any]:
    import sqlalchemy as sa
    from ckan import model

    return dict(model.Session.execute(sa.select(table).where(clause)).mappings().one())
