"""The facts that indicators are computed from, as the portal's database has them.

A fixed number of queries, whatever the territory. What others hold (data.gouv.fr,
another portal) comes by ``hooks.datasets_outside``: a room that reads them back adds
its rows to the list that it is given, as :data:`.facts.ONLINE` says.
"""

from __future__ import annotations

from typing import Any

import polars as pl
import sqlalchemy as sa
from ckan import model

from ckanext.odlocale import rooms
from ckanext.odlocale.observatory.facts import (
    COLLECTIVITIES,
    CONTACTS,
    NOTHING,
    ONLINE,
    Columns,
    Facts,
    frame,
)
from ckanext.odlocale.territory.identifiers import default_siret, is_siren

#: Days are France's: a file published at half past midnight is of that day.
_DAY = "(({column}) AT TIME ZONE 'Europe/Paris')::date"


def _day(column: str) -> str:
    return _DAY.format(column=column)


# Who merged when: as history has it; else when the portal carried it out; else on the
# first of January of the register that says so, when new communes are made.
_COLLECTIVITIES = f"""
SELECT c.siren, c.insee, c.kind, c.name, c.population, c.epci_siren AS epci,
    c.departement, c.region, c.successor,
    CASE WHEN c.status <> 'active' THEN coalesce(
        (SELECT max(i.until) FROM odlocale_indicator i WHERE i.siren = c.siren
            HAVING bool_and(i.until IS NOT NULL)),
        (SELECT min({_day("t.since")}) FROM odlocale_transfer t
            WHERE t.from_siren = c.siren),
        make_date(coalesce(heir.cog_vintage, c.cog_vintage), 1, 1)
    ) END AS ended,
    g.extras->>'siret' AS siret,
    nullif(g.extras->>'website', '') IS NOT NULL AS website,
    members.largest AS largest_member
FROM odlocale_collectivity c
LEFT JOIN odlocale_collectivity heir ON heir.siren = c.successor
LEFT JOIN "group" g ON g.id = c.org_id
LEFT JOIN (
    SELECT epci_siren, max(population) AS largest FROM odlocale_collectivity
    WHERE kind = 'commune' AND status = 'active' GROUP BY epci_siren
) members ON c.kind = 'epci' AND members.epci_siren = c.siren
"""  # noqa: S608

# A file is online from its publication until it is withdrawn, or another one is at its
# address. What was erased for good (purged) is known by its dates alone.
_RELEASES = f"""
SELECT d.siren, coalesce(d.package_id, d.id) AS dataset, 'portal' AS place, d.schema,
    d.key, {_day("d.published_at")} AS since,
    {_day("least(d.withdrawn_at, d.following, d.hidden)")} AS until,
    d.valid, d.corrected, d.quality,
    CASE WHEN d.software IS NOT NULL THEN 'software' ELSE d.channel END AS channel
FROM (
    SELECT r.siren, r.package_id, r.id, r.schema, r.key, r.published_at, r.software,
        r.channel, CASE WHEN r.state = 'published' THEN NULL
            ELSE coalesce(r.withdrawn_at, lead(r.published_at) OVER place, r.updated_at)
        END AS withdrawn_at,
        lead(r.published_at) OVER place AS following,
        CASE WHEN p.id IS NULL OR (p.state = 'active' AND NOT p.private) THEN NULL
            ELSE greatest(p.metadata_modified AT TIME ZONE 'UTC', r.published_at)
        END AS hidden,
        NOT jsonb_path_exists(r.report->'check', '$.groups[*] ? (@.national == true)')
            AS valid,
        coalesce(jsonb_array_length(nullif(r.corrections, 'null'::jsonb)), 0) > 0
            AS corrected,
        q.quality
    FROM odlocale_deposit r
    LEFT JOIN package p ON p.id = r.package_id
    LEFT JOIN odlocale_collectivity o ON o.siren = r.siren
    LEFT JOIN LATERAL (
        -- As publishing/screens.py counts: nine criteria, two of which always hold.
        SELECT ((2 + (coalesce(p.license_id, '') <> '')::int
            + (coalesce(p.extras->>'temporal_coverage', '') NOT IN ('', '[]'))::int
            + (o.contour IS NOT NULL)::int
            + (coalesce(p.extras->>'frequency', '') <> '')::int
            + (length(coalesce(p.notes, '')) > 100)::int
            + 1
            + coalesce((SELECT bool_or(coalesce(s.description, '') <> '')::int
                FROM resource s WHERE s.package_id = p.id AND s.state = 'active'), 0)
        ) / 9.0)::float AS quality
    ) q ON p.id IS NOT NULL
    WHERE r.published_at IS NOT NULL AND r.schema IS NOT NULL
    WINDOW place AS (PARTITION BY r.siren, r.schema, r.key ORDER BY r.published_at)
) d
"""  # noqa: S608 (no value is written in it)

# Datasets that follow no model: CKAN's own. They are their former owner's until the
# merger that moved them.
_DOCUMENTS = f"""
SELECT coalesce(t.from_siren, c.siren) AS siren, p.id AS dataset, 'portal' AS place,
    {_day("p.metadata_created AT TIME ZONE 'UTC'")} AS since,
    CASE WHEN p.state = 'deleted'
        THEN {_day("p.metadata_modified AT TIME ZONE 'UTC'")} END AS until,
    'document' AS channel
FROM package p
JOIN odlocale_collectivity c ON c.org_id = p.owner_org
LEFT JOIN odlocale_transfer t ON t.package_id = p.id AND EXISTS (
    SELECT 1 FROM odlocale_collectivity f
    WHERE f.siren = t.from_siren AND f.status <> 'active')
WHERE p.type = 'dataset' AND NOT p.private AND p.state IN ('active', 'deleted')
    AND NOT EXISTS (SELECT 1 FROM odlocale_deposit d WHERE d.package_id = p.id)
    -- Its own figures are no data that an ATD opened.
    AND NOT EXISTS (SELECT 1 FROM odlocale_observatory_dataset o
        WHERE o.package_id = p.id)
"""  # noqa: S608

_NOTHING = f"""
SELECT siren, schema, year, {_day("at")} AS "on" FROM odlocale_nothing
"""  # noqa: S608

# Who was helped: invited by those who animate, or published for by somebody who is
# not of the collectivité.
_CONTACTS = f"""
SELECT c.siren, {_day("i.created_at")} AS "on", 'invitation' AS kind
FROM odlocale_invitation i JOIN odlocale_collectivity c ON c.org_id = i.org_id
UNION ALL
SELECT d.siren, {_day("d.published_at")}, 'published_for'
FROM odlocale_deposit d
WHERE d.published_at IS NOT NULL AND d.software IS NULL AND d.created_by IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM member m WHERE m.group_id = d.org_id
        AND m.table_name = 'user' AND m.table_id = d.created_by)
"""  # noqa: S608


def gather() -> Facts:
    """Return the facts of the whole portal."""
    outside: list[dict[str, Any]] = []
    rooms.call_hooks("datasets_outside", outside)
    online = [*_rows(_RELEASES), *_rows(_DOCUMENTS), *outside]
    return Facts.of(
        frame(COLLECTIVITIES, [_with_nic(row) for row in _rows(_COLLECTIVITIES)]),
        _typed(online, ONLINE),
        _typed(_rows(_NOTHING), NOTHING),
        _typed(_rows(_CONTACTS), CONTACTS),
    )


def _rows(sql: str) -> list[dict[str, Any]]:
    return [dict(row) for row in model.Session.execute(sa.text(sql)).mappings()]


def _typed(rows: list[dict[str, Any]], columns: Columns) -> pl.DataFrame:
    kept = [tuple(row.get(name) for name in columns) for row in rows]
    return pl.DataFrame(kept, schema=dict(columns), orient="row")


def _with_nic(row: dict[str, Any]) -> dict[str, Any]:
    siret = row.pop("siret") or ""
    # A row that nobody checked must not stop the figures of all the others.
    if not siret and is_siren(row["siren"]):
        siret = default_siret(row["siren"])
    known = {name: row.get(name) for name in COLLECTIVITIES}
    return {**known, "nic": str(siret)[9:]}
