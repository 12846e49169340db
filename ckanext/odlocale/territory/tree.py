"""The territory as a tree: the queries that read one level, or the way up.

The tree is the hierarchy that CKAN's ``member`` rows project: an organisation's
children are the organisations right below it. A level costs two queries whatever
the portal holds, the way up one.
"""

from __future__ import annotations

from typing import Any

from ckanext.odlocale.territory.search import Statement

#: Nodes of a level shown at once; an EPCI has 158 communes at most.
PER_LEVEL = 200
# A commune's EPCI comes before its ATD; the most local ATD before the others.
_NEARNESS = (
    "CASE {kind} WHEN 'epci' THEN 0 WHEN 'departement' THEN 1"
    " WHEN 'syndicat' THEN 2 WHEN 'region' THEN 3 ELSE 4 END"
)
#: How many levels a way up may have: a loop made by hand must end.
MAX_DEPTH = 8

_NODES = """
WITH level AS (
    SELECT c.siren, c.insee, c.kind, c.name, c.population, c.org_id,
           g.name AS org_name, coalesce(nullif(g.title, ''), c.name) AS title,
           {rank} AS rank, btrim(c.folded) AS folded
    FROM odlocale_collectivity c
    JOIN "group" g ON g.id = c.org_id AND g.state = 'active'
    WHERE c.status = 'active' AND {where}
), page AS (
    SELECT * FROM level ORDER BY rank, folded, siren LIMIT :limit OFFSET :offset
)
SELECT total.number AS total, page.*, atd.name AS atd_name,
       coalesce(below.communes, 0) AS communes, coalesce(below.others, 0) AS others
FROM (SELECT count(*) AS number FROM level) total
LEFT JOIN page ON true
LEFT JOIN odlocale_perimeter atd ON atd.atd_siren = page.siren
LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE child.kind = 'commune') AS communes,
           count(*) FILTER (WHERE child.kind <> 'commune') AS others
    FROM member m
    JOIN odlocale_collectivity child
      ON child.org_id = m.group_id AND child.status = 'active'
    JOIN "group" one ON one.id = child.org_id AND one.state = 'active'
    WHERE m.table_id = page.org_id AND m.table_name = 'group' AND m.state = 'active'
) below ON true
ORDER BY page.rank, page.folded, page.siren
"""

_ABOVE = """
EXISTS (
    SELECT 1 FROM member m
    JOIN "group" above ON above.id = m.table_id AND above.state = 'active'
    WHERE m.group_id = c.org_id AND m.table_name = 'group' AND m.state = 'active'
      AND {which}
)
"""

_TRAIL = """
WITH RECURSIVE trail AS (
    SELECT c.org_id, 0 AS depth, ARRAY[c.org_id] AS seen
    FROM odlocale_collectivity c WHERE c.org_id = :org_id
    UNION ALL
    SELECT above.org_id, trail.depth + 1, trail.seen || above.org_id
    FROM trail CROSS JOIN LATERAL (
        SELECT c.org_id
        FROM member m
        JOIN odlocale_collectivity c ON c.org_id = m.table_id
        JOIN "group" g ON g.id = c.org_id AND g.state = 'active'
        WHERE m.group_id = trail.org_id AND m.table_name = 'group'
          AND m.state = 'active' AND c.org_id <> ALL(trail.seen)
        ORDER BY {nearness}, c.siren
        LIMIT 1
    ) above
    WHERE trail.depth < :depth
)
SELECT c.siren, c.insee, c.kind, c.name, g.name AS org_name,
       coalesce(nullif(g.title, ''), c.name) AS title
FROM trail
JOIN odlocale_collectivity c ON c.org_id = trail.org_id
JOIN "group" g ON g.id = c.org_id
ORDER BY trail.depth DESC
"""

_ATDS = """
SELECT p.atd_siren AS siren, p.name, p.colour, atd.kind, g.name AS org_name
FROM odlocale_collectivity own
JOIN odlocale_perimeter_member pm ON pm.siren = own.siren
JOIN odlocale_perimeter p ON p.atd_siren = pm.atd_siren
LEFT JOIN odlocale_collectivity atd ON atd.siren = p.atd_siren
LEFT JOIN "group" g ON g.id = atd.org_id AND g.state = 'active'
WHERE own.org_id = :org_id
ORDER BY {nearness}, p.atd_siren
"""

_LARGEST_MEMBER = """
SELECT max(c.population) AS population FROM odlocale_collectivity c
WHERE c.epci_siren = :siren AND c.kind = 'commune' AND c.status = 'active'
"""


def level_statement(
    parent_org_id: str | None, *, limit: int = PER_LEVEL, offset: int = 0
) -> Statement:
    """Return the query of one level of the tree, groupings before communes.

    :param parent_org_id: the organisation whose children are asked for; those who
        are below nobody where there is none.
    :param limit: how many nodes at most.
    :param offset: how many to pass over.
    """
    params: dict[str, Any] = {"limit": limit, "offset": offset}
    if parent_org_id is None:
        where = f"NOT {_ABOVE.format(which='true')}"
        # The largest come first: a région before the départements of another.
        rank = (
            "CASE c.kind WHEN 'region' THEN 0 WHEN 'departement' THEN 1"
            " WHEN 'syndicat' THEN 2 WHEN 'epci' THEN 3 ELSE 4 END"
        )
    else:
        where = _ABOVE.format(which="above.id = :parent")
        rank = (
            "CASE c.kind WHEN 'region' THEN 0 WHEN 'departement' THEN 1"
            " WHEN 'epci' THEN 2 WHEN 'syndicat' THEN 3 ELSE 4 END"
        )
        params["parent"] = parent_org_id
    sql = _NODES.format(where=where, rank=rank)
    return Statement(sql, params)


def trail_statement(org_id: str) -> Statement:
    """Return the query of the way up from an organisation, the top first.

    Where an organisation has several parents, the nearest is followed: a commune's
    EPCI, then the most local authority above it. The organisation itself is last.
    """
    sql = _TRAIL.format(nearness=_NEARNESS.format(kind="c.kind"))
    return Statement(sql, {"org_id": org_id, "depth": MAX_DEPTH})


def atds_statement(org_id: str) -> Statement:
    """Return the query of the ATDs that cover an organisation, the most local
    first: an EPCI, then a département, then a région."""
    sql = _ATDS.format(nearness=_NEARNESS.format(kind="atd.kind"))
    return Statement(sql, {"org_id": org_id})


def largest_member_statement(epci_siren: str) -> Statement:
    """Return the query of the population of an EPCI's largest commune."""
    return Statement(_LARGEST_MEMBER, {"siren": epci_siren})
