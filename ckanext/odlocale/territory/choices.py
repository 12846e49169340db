"""The collectivités that somebody may publish for: the one query, and their labels.

A form cannot list two thousand of them. It offers those whose name begins as what is
typed, and reads what was typed in the end, with or without a script in the browser.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.odlocale.base.french import slugify
from ckanext.odlocale.territory.register import Register
from ckanext.odlocale.territory.search import Statement, words_conditions

# «Crach (56046)», as a label is written.
_CODE = re.compile(r"\(([^()]+)\)\s*$")

# Organisations that a user was put in by name, then those below where his role there
# cascades: the same rows as core's own check, walked once.
_REACHED = """
RECURSIVE held AS (
    SELECT m.group_id AS id, m.capacity = ANY(:cascading) AS cascades
    FROM member m
    JOIN "group" g ON g.id = m.group_id AND g.state = 'active'
    WHERE m.table_name = 'user' AND m.table_id = :user_id AND m.state = 'active'
      AND m.capacity = ANY(:roles)
), below(id) AS (
    SELECT id FROM held WHERE cascades
    UNION
    SELECT m.group_id FROM below b JOIN member m ON m.table_id = b.id
    WHERE m.table_name = 'group' AND m.state = 'active'
), reached AS (
    SELECT id FROM held UNION SELECT id FROM below
),"""

_SELECT = """
WITH {reached} offered AS (
    SELECT g.id, g.name AS org_name, l.insee, l.siren, l.kind,
           coalesce(l.name, nullif(g.title, ''), g.name) AS name,
           coalesce(l.folded, odlocale_folded(coalesce(nullif(g.title, ''), g.name)))
           AS folded
    FROM "group" g
    LEFT JOIN odlocale_collectivity l ON l.org_id = g.id
    WHERE g.is_organization AND g.state = 'active'
      AND coalesce(l.status, 'active') = 'active' {within}
), found AS (
    SELECT c.* FROM offered c WHERE {where}
)
SELECT * FROM found ORDER BY {order}, org_name LIMIT :limit
"""


@dataclass(frozen=True)
class Reach:
    """How far somebody's rights go.

    :ivar user_id: nothing where they cover the whole portal.
    :ivar roles: the roles that give the right, in an organisation.
    :ivar cascading: the roles that hold below the organisation too.
    """

    user_id: str | None
    roles: tuple[str, ...] = ()
    cascading: tuple[str, ...] = ()


def choices_statement(
    register: Register, text: str, reach: Reach, *, limit: int
) -> Statement:
    """Return the query that finds organisations within somebody's rights.

    :param text: what was typed; the first ones by name where it is empty.
    """
    words = words_conditions(register, text)
    params: dict[str, Any] = {"limit": limit, **words.params}
    if reach.user_id is not None:
        params["user_id"] = reach.user_id
        params["roles"] = list(reach.roles)
        params["cascading"] = list(reach.cascading)
    bounded = reach.user_id is not None
    sql = _SELECT.format(
        reached=_REACHED if bounded else "",
        within="AND g.id IN (SELECT id FROM reached)" if bounded else "",
        where=" AND ".join(words.clauses) or "true",
        order=words.order,
    )
    return Statement(sql, params)


def label(name: str, code: str) -> str:
    """Return how a choice is written, homonyms apart.

    >>> label("Saint-Avé", "56206")
    'Saint-Avé (56206)'
    """
    return f"{name} ({code})"


def code_in(typed: str) -> str:
    """Return the code of a label, or what was typed where it holds none.

    >>> code_in("Saint-Avé (56206)"), code_in(" 56 206 ")
    ('56206', '56206')
    """
    found = _CODE.search(typed)
    return "".join((found.group(1) if found else typed).split())


def named_exactly(
    found: Iterable[Mapping[str, Any]], typed: str
) -> list[Mapping[str, Any]]:
    """Return the choices whose name is what was typed, capitals and accents aside.

    >>> named_exactly([{"title": "Évette"}, {"title": "Évette-Salbert"}], "evette")
    [{'title': 'Évette'}]
    """
    wanted = slugify(typed)
    return [one for one in found if wanted and slugify(one["title"]) == wanted]
