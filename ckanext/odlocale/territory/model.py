"""How the territory is read from the database, and a plan written to it.

CKAN's own ``member`` rows are the projection of the hierarchy: core's permission
checks read nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert as upsert

from ckanext.odlocale.territory.contours import Contour
from ckanext.odlocale.territory.known import OWNED_FIELDS, Organisation
from ckanext.odlocale.territory.matching import declared_codes
from ckanext.odlocale.territory.search import Statement
from ckanext.odlocale.territory.tables import (
    AtdPerimeter,
    Collectivity,
    PerimeterMember,
)
from ckanext.odlocale.territory.writing import array

# Any constant would do: it names our lock among those of the database.
LOCK_KEY = 0x0D10CA1E
LOCK_SECONDS = 60

# Tables, for the statements below: they read and write rows by the thousand.
_LINKS = Collectivity.__table__
_GROUPS = model.group_table
_MEMBERS = model.member_table


def lock_territory() -> None:
    """Let one writer at a time change the territory, until its transaction ends.

    :raises sqlalchemy.exc.OperationalError: another one held it for too long.
    """
    session = model.Session
    session.execute(sa.text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
    session.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})


def is_locked() -> bool:
    """Tell whether somebody is changing the territory."""
    # PostgreSQL shows a 64-bit key as its two halves.
    held = sa.text(
        "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory'"
        " AND granted AND objsubid = 1 AND classid::bigint = :high"
        " AND objid::bigint = :low"
        " AND database = (SELECT oid FROM pg_database"
        " WHERE datname = current_database()))"
    )
    halves = {"high": LOCK_KEY >> 32, "low": LOCK_KEY & 0xFFFFFFFF}
    with model.meta.engine.connect() as connection:
        return bool(connection.execute(held, halves).scalar())


def read_organisations() -> list[Organisation]:
    """Return all organisations and groups of the portal, and the rows that have none.

    Four queries, whatever their number.
    """
    columns = ("siren", "insee", "kind", "name", "status", "cog_vintage", "org_id")
    rows = model.Session.execute(
        sa.select(_GROUPS, *(_LINKS.c[name].label(f"row_{name}") for name in columns))
        .select_from(
            sa.outerjoin(_GROUPS, _LINKS, _LINKS.c.org_id == _GROUPS.c.id, full=True)
        )
        .order_by(_GROUPS.c.name, _LINKS.c.siren)
    ).mappings()
    parents, covered_by = _read_parents(), _read_coverage()
    datasets = _read_datasets()
    nobody: frozenset[str] = frozenset()
    return [
        _organisation(
            row,
            parents.get(row["id"], nobody),
            covered_by.get(row["row_siren"], nobody),
            datasets.get(row["id"], 0),
        )
        for row in rows
    ]


def _read_parents() -> dict[str, frozenset[str]]:
    rows = model.Session.execute(
        sa.select(
            _MEMBERS.c.group_id,
            sa.func.array_agg(sa.func.coalesce(_LINKS.c.siren, _MEMBERS.c.table_id)),
        )
        .outerjoin(_LINKS, _LINKS.c.org_id == _MEMBERS.c.table_id)
        .where(_MEMBERS.c.table_name == "group", _MEMBERS.c.state == "active")
        .group_by(_MEMBERS.c.group_id)
    )
    return {org_id: frozenset(parents) for org_id, parents in rows}


def _read_coverage() -> dict[str, frozenset[str]]:
    covered = PerimeterMember.__table__
    rows = model.Session.execute(
        sa.select(covered.c.siren, sa.func.array_agg(covered.c.atd_siren)).group_by(
            covered.c.siren
        )
    )
    return {siren: frozenset(atds) for siren, atds in rows}


def _read_datasets() -> dict[str, int]:
    package = model.package_table
    rows = model.Session.execute(
        sa.select(package.c.owner_org, sa.func.count())
        .where(package.c.state != "deleted", package.c.owner_org.is_not(None))
        .group_by(package.c.owner_org)
    )
    return {org_id: int(number) for org_id, number in rows}


def _organisation(
    row: Mapping[Any, Any],
    parents: frozenset[str],
    covered_by: frozenset[str],
    datasets: int,
) -> Organisation:
    extras = row["extras"] or {}
    codes = declared_codes(extras)
    recorded = {
        **{name: extras.get(name) for name in (*OWNED_FIELDS, "siret")},
        "official_name": row["row_name"],
        "cog_vintage": row["row_cog_vintage"],
    }
    if row["row_kind"] is not None:
        recorded["kind"] = extras.get("kind") or row["row_kind"]
    return Organisation(
        id=row["id"] or row["row_org_id"] or "",
        name=row["name"] or "",
        title=row["title"] or row["row_name"] or "",
        is_active=row["state"] == "active",
        is_organization=row["is_organization"] is not False,
        exists=row["id"] is not None,
        sirens=codes.sirens,
        insees=codes.insees,
        linked_siren=row["row_siren"],
        linked_insee=row["row_insee"],
        status=row["row_status"] or "active",
        parents=parents,
        covered_by=covered_by,
        datasets=datasets,
        recorded=recorded,
    )


def read_perimeters() -> list[AtdPerimeter]:
    """Return all ATDs and their perimeters, by SIREN."""
    query = sa.select(AtdPerimeter).order_by(AtdPerimeter.atd_siren)
    return list(model.Session.scalars(query))


def register_atd(siren: str, name: str, definition: Mapping[str, Any]) -> None:
    """Write an ATD that has no perimeter yet, without committing."""
    statement = upsert(AtdPerimeter.__table__).values(
        atd_siren=siren, name=name, definition=dict(definition)
    )
    model.Session.execute(statement.on_conflict_do_nothing())


def parents_of(org_id: str) -> list[model.Group]:
    """Return the organisations and groups right above one, deleted ones included."""
    statement = (
        sa.select(model.Group)
        .join(model.Member, model.Member.table_id == model.Group.id)
        .where(
            model.Member.group_id == org_id,
            model.Member.table_name == "group",
            model.Member.state == "active",
        )
    )
    return list(model.Session.scalars(statement))


def is_within(org_id: str, above_id: str) -> bool:
    """Tell whether an organisation is another one, or somewhere below it."""
    above = sa.select(sa.literal(org_id).label("id")).cte("above", recursive=True)
    # UNION, not UNION ALL: it ends where somebody made a loop already.
    above = above.union(
        sa.select(_MEMBERS.c.table_id).where(
            _MEMBERS.c.group_id == above.c.id,
            _MEMBERS.c.table_name == "group",
            _MEMBERS.c.state == "active",
        )
    )
    found = sa.select(sa.exists().where(above.c.id == above_id))
    return bool(model.Session.scalar(found))


def read_groups(org_ids: Iterable[str]) -> list[model.Group]:
    """Return organisations as the objects that plugins expect."""
    statement = sa.select(model.Group).where(model.Group.id == sa.any_(array(org_ids)))
    return list(model.Session.scalars(statement))


def write_contours(contours: Iterable[Contour]) -> tuple[set[str], set[str]]:
    """Write the contours of the portal's collectivités, without committing.

    :returns: the codes that were matched, and the ids of the organisations whose
        contour is not what it was.
    """
    session = model.Session
    columns = (_LINKS.c.siren, _LINKS.c.insee, _LINKS.c.org_id, _LINKS.c.contour)
    known = {
        code: row
        for row in session.execute(sa.select(*columns))
        for code in (row.siren, row.insee)
        if code
    }
    matched = {c.code: c for c in contours if c.code in known}
    changed = [
        {
            "key": known[code].siren,
            "new_contour": contour.geometry,
            "new_longitude": contour.longitude,
            "new_latitude": contour.latitude,
        }
        for code, contour in matched.items()
        if known[code].contour != contour.geometry
    ]
    if changed:
        session.execute(
            sa.update(_LINKS)
            .where(_LINKS.c.siren == sa.bindparam("key"))
            .values(
                contour=sa.bindparam("new_contour"),
                longitude=sa.bindparam("new_longitude"),
                latitude=sa.bindparam("new_latitude"),
            ),
            changed,
        )
        session.expire_all()
    written = {row["key"] for row in changed}
    orgs = {row.org_id for row in known.values() if row.siren in written and row.org_id}
    return set(matched), orgs


def count_without_contour() -> int:
    """Return how many communes of the portal have no contour yet."""
    statement = sa.select(sa.func.count()).where(
        _LINKS.c.kind == "commune", _LINKS.c.contour.is_(None)
    )
    return int(model.Session.execute(statement).scalar_one())


def read_departements() -> list[str]:
    """Return the codes of the départements where communes have an organisation."""
    statement = sa.select(_LINKS.c.departement).where(
        _LINKS.c.kind == "commune", _LINKS.c.departement.is_not(None)
    )
    return sorted(model.Session.scalars(statement.distinct()))


def run(statement: Statement) -> list[Mapping[str, Any]]:
    """Run a search and return its rows."""
    found = model.Session.execute(sa.text(statement.sql), statement.params)
    return [dict(row) for row in found.mappings()]
