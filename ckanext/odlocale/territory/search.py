"""Finding a collectivité of the portal: the words, and the one query.

People type a name without accents, half of it, «st» for «saint», a postal code
or an INSEE code. Postal codes are the register's: they are turned into INSEE
codes before the query.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ckanext.odlocale.base.french import slugify
from ckanext.odlocale.territory.register import Kind, Register

MAX_WORDS = 8
# «l'île aux moines» is filed under Île.
_ELIDED = re.compile(r"\b[ld]['’]", re.IGNORECASE)
_SHORT_FORMS = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}

# Details are read for the page alone: thousands may be found.
_SELECT = """
WITH found AS (
    SELECT c.siren, c.folded
    FROM odlocale_collectivity c
    JOIN "group" g ON g.id = c.org_id AND g.state = 'active'
    WHERE {where}
), page AS (
    SELECT * FROM found
    ORDER BY {order}
    LIMIT :limit OFFSET :offset
), shown AS (
    SELECT c.siren, c.insee, c.kind, c.name, c.population, c.epci_siren,
           c.departement, c.region, c.status, c.longitude, c.latitude,
           g.id AS org_id, g.name AS org_name, g.title AS org_title,
           e.name AS epci_name, c.folded,
           (SELECT count(*) FROM package p
            WHERE p.owner_org = c.org_id AND p.state = 'active'
              AND NOT p.private AND p.type = 'dataset') AS datasets
    FROM page
    JOIN odlocale_collectivity c ON c.siren = page.siren
    JOIN "group" g ON g.id = c.org_id
    LEFT JOIN odlocale_collectivity e ON e.siren = c.epci_siren
)
SELECT total.number AS total, shown.*
FROM (SELECT count(*) AS number FROM found) total
LEFT JOIN shown ON true
ORDER BY {order}
"""


@dataclass(frozen=True)
class Statement:
    """A query of PostgreSQL and its parameters.

    It always gives one row at least: where nothing is found on the page, its
    ``siren`` is null and its ``total`` still counts what was found.
    """

    sql: str
    params: dict[str, Any]


def search_statement(
    register: Register,
    text: str,
    *,
    kind: Kind | None,
    limit: int,
    offset: int,
    epci: str | None = None,
    departement: str | None = None,
) -> Statement:
    """Return the query that finds collectivités having an organisation.

    :param text: what was typed; all collectivités where it is empty.
    :param kind: look among this kind only.
    :param limit: how many at most.
    :param offset: how many to pass over.
    :param epci: look among the members of the EPCI of this SIREN only, and itself.
    :param departement: look in the département of this code only.
    """
    found = words_conditions(register, text)
    params: dict[str, Any] = {"limit": limit, "offset": offset, **found.params}
    clauses = ["c.status = 'active'", *found.clauses]
    if kind is not None:
        clauses.append("c.kind = :kind")
        params["kind"] = kind
    if epci is not None:
        clauses.append("(c.epci_siren = :epci OR c.siren = :epci)")
        params["epci"] = epci
    if departement is not None:
        clauses.append("c.departement = :departement")
        params["departement"] = departement
    where = " AND ".join(clauses)
    sql = _SELECT.format(where=where, order=found.order)
    return Statement(sql, params)


@dataclass(frozen=True)
class Conditions:
    """What was typed, as conditions on a row ``c`` (``folded``, ``insee``, ``siren``).

    :ivar order: of the rows found, which have a column ``folded``.
    """

    clauses: tuple[str, ...]
    params: dict[str, Any]
    order: str


def words_conditions(register: Register, text: str) -> Conditions:
    """Return the conditions that what was typed sets; none where it is empty.

    :param text: beginnings of the words of a name, a postal code, an INSEE code, a
        SIREN or a SIRET.
    """
    params: dict[str, Any] = {}
    clauses = []
    order = "folded, siren"
    code = "".join(text.split()).upper()
    if any(sign.isdigit() for sign in code) and len(code) <= 14:
        clauses.append(
            "(c.insee LIKE :prefix OR c.siren = :code OR c.insee = ANY(:at))"
        )
        params["code"] = code[:9]
        params["prefix"] = _literal(code) + "%"
        params["at"] = list(register.with_postal_code(code))
    elif words := slugify(_ELIDED.sub("", text)).split("-")[:MAX_WORDS]:
        for number, word in enumerate(words):
            if word:
                clauses.append(
                    f"(' ' || c.folded LIKE :word{number}"
                    f" OR ' ' || c.folded LIKE :long{number})"
                )
                params[f"word{number}"] = f"% {word}%"
                params[f"long{number}"] = f"% {_SHORT_FORMS.get(word, word)}%"
        if words[0]:
            params["whole"] = " ".join(_SHORT_FORMS.get(word, word) for word in words)
            order = (
                "CASE WHEN folded = :whole THEN 0"
                " WHEN folded LIKE :whole || '%' THEN 1 ELSE 2 END, folded, siren"
            )
        elif text.strip():
            # Nothing that a name could hold was typed.
            clauses.append("false")
    return Conditions(tuple(clauses), params, order)


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
