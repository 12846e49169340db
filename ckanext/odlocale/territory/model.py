"""How the territory is read from the database, and a plan written to it.

CKAN's own ``member`` rows are the projection of the hierarchy: core's permission
checks read nothing else.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import insert as upsert

from ckanext.odlocale.territory.contours import Contour
from ckanext.odlocale.territory.plan import OWNED_FIELDS, Organisation
from ckanext.odlocale.territory.projection import Projection
from ckanext.odlocale.territory.search import Statement
from ckanext.odlocale.territory.tables import Collectivity

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


def read_organisations() -> list[Organisation]:
    """Return all organisations and groups of the portal, in two queries."""
    rows = model.Session.execute(
        sa.select(
            _GROUPS,
            _LINKS.c.siren.label("linked_siren"),
            _LINKS.c.name.label("official_name"),
            _LINKS.c.cog_vintage,
        )
        .outerjoin(_LINKS, _LINKS.c.org_id == _GROUPS.c.id)
        .order_by(_GROUPS.c.name)
    ).mappings()
    parents = _read_parents()
    return [_organisation(row, parents.get(row["id"], frozenset())) for row in rows]


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


def _organisation(row: Mapping[Any, Any], parents: frozenset[str]) -> Organisation:
    extras = row["extras"] or {}
    return Organisation(
        id=row["id"],
        name=row["name"],
        title=row["title"] or "",
        is_active=row["state"] == "active",
        is_organization=bool(row["is_organization"]),
        siren=extras.get("siren"),
        linked_siren=row["linked_siren"],
        parents=parents,
        recorded={
            **{name: extras.get(name) for name in OWNED_FIELDS},
            "official_name": row["official_name"],
            "cog_vintage": row["cog_vintage"],
        },
    )


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


def write_projection(projection: Projection) -> None:
    """Write a plan's rows in the session, without committing.

    Fields that the register does not own (contact, description…) are kept.
    """
    session = model.Session
    # An empty list would insert one row of defaults.
    if projection.new_groups:
        session.execute(sa.insert(_GROUPS), list(projection.new_groups))
    if projection.changed_groups:
        session.execute(_group_change(), list(projection.changed_groups))
    if projection.orphaned:
        session.execute(
            sa.update(_MEMBERS)
            .where(
                _MEMBERS.c.table_name == "group",
                _MEMBERS.c.group_id == sa.any_(_array(projection.orphaned)),
            )
            .values(state="deleted")
        )
    if projection.new_members:
        session.execute(sa.insert(_MEMBERS), list(projection.new_members))
    if projection.collectivities:
        session.execute(_collectivity_upsert(), list(projection.collectivities))
    # Objects read before hold what the rows were.
    session.expire_all()


_TEXTS = ARRAY(sa.Text)


def _array(values: Iterable[str]) -> Any:
    # One parameter, however many values.
    return sa.literal(list(values), type_=_TEXTS)


def _group_change() -> sa.Update:
    kept = _GROUPS.c.extras.op("-")(_array(OWNED_FIELDS))
    return (
        sa.update(_GROUPS)
        .where(_GROUPS.c.id == sa.bindparam("key"))
        .values(
            name=sa.bindparam("new_name"),
            title=sa.bindparam("new_title"),
            extras=kept.op("||")(sa.bindparam("fields", type_=JSONB)),
        )
    )


def _collectivity_upsert() -> Any:
    statement = upsert(_LINKS)
    kept = ("siren", "longitude", "latitude", "contour", "moved_to")
    return statement.on_conflict_do_update(
        index_elements=["siren"],
        set_={
            column.name: statement.excluded[column.name]
            for column in _LINKS.c
            if column.name not in kept
        },
    )


def read_groups(org_ids: Iterable[str]) -> list[model.Group]:
    """Return organisations as the objects that plugins expect."""
    statement = sa.select(model.Group).where(model.Group.id == sa.any_(_array(org_ids)))
    return list(model.Session.scalars(statement))


def record_activities(org_ids: Iterable[str], user_id: str, verb: str) -> None:
    """Write what the activity plugin would for each organisation, in one insert.

    :param verb: ``"new"`` or ``"changed"``.
    """
    # The plugin's tables exist only where it is loaded.
    from ckanext.activity.model import Activity

    rows = model.Session.execute(
        sa.select(_GROUPS).where(_GROUPS.c.id == sa.any_(_array(org_ids)))
    ).mappings()
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    activities = [
        {
            "id": model.types.make_uuid(),
            "timestamp": now,
            "user_id": user_id,
            "object_id": row["id"],
            "activity_type": f"{verb} organization",
            "data": {"group": {**row, "created": row["created"].isoformat()}},
        }
        for row in rows
    ]
    if activities:
        model.Session.execute(sa.insert(Activity.__table__), activities)


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
