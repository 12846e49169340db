"""How a plan's rows are written: few statements, however many organisations.

Rows go to PostgreSQL as one JSON each time, so that a statement has one parameter.
Nothing here commits.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert

from ckanext.odlocale.territory import transfers
from ckanext.odlocale.territory.known import OWNED_FIELDS
from ckanext.odlocale.territory.projection import Merger, Projection
from ckanext.odlocale.territory.tables import Collectivity, PerimeterMember

_LINKS = Collectivity.__table__
_GROUPS = model.group_table
_MEMBERS = model.member_table

# A row that ends first gives up its INSEE code where another bears it, then each
# other gives up the code that it changes: codes are unique at every moment.
_STATUSES = """
UPDATE odlocale_collectivity c
SET status = d.new_status, successor = d.new_successor,
    insee = CASE WHEN d.keeps_insee THEN c.insee END
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
    AS d(key text, new_status text, new_successor text, keeps_insee boolean)
WHERE c.siren = d.key
"""
_RENUMBERED = """
UPDATE odlocale_collectivity c SET siren = d.after
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS d(before text, after text)
WHERE c.siren = d.before
"""
_SUCCESSORS = """
UPDATE odlocale_collectivity c SET successor = d.after
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS d(before text, after text)
WHERE c.successor = d.before
"""
_INSEES = """
UPDATE odlocale_collectivity c SET insee = NULL
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS d(siren text, insee text)
WHERE c.siren = d.siren AND c.insee IS DISTINCT FROM d.insee
"""
_CHANGED_GROUPS = """
UPDATE "group" g
SET name = d.new_name, title = d.new_title, state = 'active',
    extras = (coalesce(g.extras, '{}') - CAST(:owned AS text[])
        - CASE WHEN d.drop_siret THEN 'siret' ELSE '' END) || d.fields
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
    AS d(key text, new_name text, new_title text, fields jsonb, drop_siret boolean)
WHERE g.id = d.key
"""
_DROPPED_MEMBERS = """
UPDATE member m SET state = 'deleted'
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS d(child text, parent text)
WHERE m.table_name = 'group' AND m.state = 'active'
    AND m.group_id = d.child AND m.table_id = d.parent
"""
_CURRENT = """
DELETE FROM odlocale_alias a
USING jsonb_to_recordset(CAST(:rows AS jsonb)) AS d(kind text, value text)
WHERE a.kind = d.kind AND a.value = d.value
"""
_ALIASES = """
INSERT INTO odlocale_alias (kind, value, siren)
SELECT d.kind, d.value, d.siren
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS d(kind text, value text, siren text)
ON CONFLICT (kind, value) DO UPDATE SET siren = excluded.siren
"""
_UNCOVERED = """
DELETE FROM odlocale_perimeter_member p
USING jsonb_to_recordset(CAST(:rows AS jsonb)) AS d(atd_siren text, siren text)
WHERE p.atd_siren = d.atd_siren AND p.siren = d.siren
"""
_MARKED = """
INSERT INTO odlocale_reindex (org_id)
SELECT jsonb_array_elements_text(CAST(:rows AS jsonb))
ON CONFLICT (org_id) DO UPDATE SET since = clock_timestamp()
"""

# Roles from the lowest to the highest: a person of both keeps the higher one.
_RAISED = """
WITH moves AS (
    SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS d(former text, heir text)
), best AS (
    SELECT moves.heir, m.table_id AS user_id,
        max(array_position(ARRAY['member', 'editor', 'admin'], m.capacity)) AS rank
    FROM member m JOIN moves ON m.group_id = moves.former
    WHERE m.table_name = 'user' AND m.state = 'active'
    GROUP BY moves.heir, m.table_id
)
UPDATE member own
SET capacity = (ARRAY['member', 'editor', 'admin'])[best.rank]
FROM best
WHERE own.table_name = 'user' AND own.state = 'active'
    AND own.group_id = best.heir AND own.table_id = best.user_id
    AND array_position(ARRAY['member', 'editor', 'admin'], own.capacity) < best.rank
"""
_WELCOMED = """
WITH moves AS (
    SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS d(former text, heir text)
), best AS (
    SELECT moves.heir, m.table_id AS user_id,
        max(array_position(ARRAY['member', 'editor', 'admin'], m.capacity)) AS rank
    FROM member m JOIN moves ON m.group_id = moves.former
    WHERE m.table_name = 'user' AND m.state = 'active'
    GROUP BY moves.heir, m.table_id
)
INSERT INTO member (id, group_id, table_name, table_id, capacity, state)
SELECT gen_random_uuid()::text, best.heir, 'user', best.user_id,
    (ARRAY['member', 'editor', 'admin'])[coalesce(best.rank, 1)], 'active'
FROM best
WHERE NOT EXISTS (
    SELECT 1 FROM member own
    WHERE own.table_name = 'user' AND own.state = 'active'
        AND own.group_id = best.heir AND own.table_id = best.user_id
)
"""
_OWNED_DATASETS = """
UPDATE member m SET group_id = d.heir
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS d(former text, heir text)
WHERE m.table_name = 'package' AND m.group_id = d.former
"""
_TARGETS = """
INSERT INTO odlocale_target (siren, schema, target, url, updated_at)
SELECT DISTINCT ON (d.heir_siren, t.schema)
    d.heir_siren, t.schema, t.target, t.url, t.updated_at
FROM odlocale_target t
JOIN jsonb_to_recordset(CAST(:rows AS jsonb)) AS d(former_siren text, heir_siren text)
    ON t.siren = d.former_siren
ORDER BY d.heir_siren, t.schema, t.updated_at DESC, t.siren
ON CONFLICT (siren, schema) DO NOTHING
"""
_FORMER_TARGETS = """
DELETE FROM odlocale_target t
USING jsonb_to_recordset(CAST(:rows AS jsonb)) AS d(former_siren text)
WHERE t.siren = d.former_siren
"""


def write_projection(projection: Projection) -> None:
    """Write a plan's rows in the session.

    Fields that the register does not own (contact, description…) are kept.
    """
    _write_codes(projection)
    _write_groups(projection)
    _write_collectivities(projection)
    _move_members(projection.mergers)
    _delete_groups(projection.deleted)
    _run(_MARKED, projection.reindexed)
    # Objects read before hold what the rows were.
    model.Session.expire_all()


def _write_codes(projection: Projection) -> None:
    renumbered = [
        {"before": before, "after": after} for before, after, _ in projection.renumbered
    ]
    current = [{"kind": kind, "value": value} for kind, value in projection.current]
    _run(_CURRENT, current)
    _run(_STATUSES, projection.statuses)
    _run(_RENUMBERED, renumbered)
    _run(_SUCCESSORS, renumbered)
    _run(
        _INSEES,
        [{k: row[k] for k in ("siren", "insee")} for row in projection.collectivities],
    )


def _write_groups(projection: Projection) -> None:
    session = model.Session
    if projection.renamed:
        # Two that exchange their names, or a chain of them, would collide.
        session.execute(
            sa.update(_GROUPS)
            .where(_GROUPS.c.id == sa.any_(array(projection.renamed)))
            .values(name=_GROUPS.c.id)
        )
    _run(_CHANGED_GROUPS, projection.changed_groups, owned=list(OWNED_FIELDS))
    # An empty list would insert one row of defaults.
    if projection.new_groups:
        session.execute(sa.insert(_GROUPS), list(projection.new_groups))
    _run(_DROPPED_MEMBERS, projection.dropped_members)
    if projection.new_members:
        session.execute(sa.insert(_MEMBERS), list(projection.new_members))


def _write_collectivities(projection: Projection) -> None:
    session = model.Session
    if projection.collectivities:
        statement = upsert(_LINKS)
        kept = ("siren", "longitude", "latitude", "contour", "moved_to")
        replaced = {
            column.name: statement.excluded[column.name]
            for column in _LINKS.c
            if column.name not in kept
        }
        session.execute(
            statement.on_conflict_do_update(index_elements=["siren"], set_=replaced),
            list(projection.collectivities),
        )
    _run(_ALIASES, projection.aliases)
    _run(_UNCOVERED, projection.uncovered)
    if projection.covered:
        insertion = upsert(PerimeterMember.__table__).on_conflict_do_nothing()
        session.execute(insertion, list(projection.covered))


def _move_members(mergers: Sequence[Merger]) -> None:
    """Give the heirs the datasets, the people and the targets of the former ones."""
    for one in mergers:
        transfers.move_datasets(
            one.former_org, one.heir_org, one.former_siren, one.heir_siren
        )
    orgs = [{"former": one.former_org, "heir": one.heir_org} for one in mergers]
    sirens = [
        {"former_siren": one.former_siren, "heir_siren": one.heir_siren}
        for one in mergers
    ]
    for statement in (_OWNED_DATASETS, _RAISED, _WELCOMED):
        _run(statement, orgs)
    for statement in (_TARGETS, _FORMER_TARGETS):
        _run(statement, sirens)


def _delete_groups(org_ids: Sequence[str]) -> None:
    """Delete organisations as core does: with all their memberships."""
    if not org_ids:
        return
    gone = array(org_ids)
    session = model.Session
    session.execute(
        sa.update(_GROUPS).where(_GROUPS.c.id == sa.any_(gone)).values(state="deleted")
    )
    session.execute(
        sa.update(_MEMBERS)
        .where(
            (_MEMBERS.c.group_id == sa.any_(gone))
            | (_MEMBERS.c.table_id == sa.any_(gone)),
            _MEMBERS.c.state == "active",
        )
        .values(state="deleted")
    )


def _run(statement: str, rows: Sequence[Any], **parameters: Any) -> None:
    if rows:
        written = json.dumps(list(rows), ensure_ascii=False)
        model.Session.execute(sa.text(statement), {"rows": written, **parameters})


def array(values: Iterable[str]) -> Any:
    """Return texts as one parameter, however many they are."""
    return sa.literal(list(values), type_=ARRAY(sa.Text))


def record_activities(org_ids: Iterable[str], user_id: str, verb: str) -> None:
    """Write what the activity plugin would for each organisation, in one insert.

    :param verb: ``"new"``, ``"changed"`` or ``"deleted"``.
    """
    # The plugin's tables exist only where it is loaded.
    from ckanext.activity.model import Activity

    rows = model.Session.execute(
        sa.select(_GROUPS).where(_GROUPS.c.id == sa.any_(array(org_ids)))
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
