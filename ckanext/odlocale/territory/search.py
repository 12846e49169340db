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

# The same folding as slugify, in SQL: PostgreSQL's unaccent is an extension that
# an operator may not have.
# Capitals are folded before lower(), which leaves É as it is in a database whose
# locale is C.
_ACCENTED = "àâäáãéèêëíìîïóòôöõúùûüçñÿÀÂÄÁÃÉÈÊËÍÌÎÏÓÒÔÖÕÚÙÛÜÇÑŸ"
_PLAIN = "aaaaaeeeeiiiiooooouuuucny" * 2
_FOLDED = (
    "regexp_replace(lower(translate("
    "regexp_replace(regexp_replace(c.name, '[œŒ]', 'oe', 'g'), '[æÆ]', 'ae', 'g'),"
    f" '{_ACCENTED}', '{_PLAIN}')), '[^a-z0-9]+', ' ', 'g')"
)

_SELECT = """
WITH found AS (
    SELECT c.siren, c.insee, c.kind, c.name, c.population, c.epci_siren,
           c.departement, c.region, c.status, c.longitude, c.latitude,
           g.id AS org_id, g.name AS org_name, g.title AS org_title,
           e.name AS epci_name, {folded} AS folded
    FROM odlocale_collectivity c
    JOIN "group" g ON g.id = c.org_id AND g.state = 'active'
    LEFT JOIN odlocale_collectivity e ON e.siren = c.epci_siren
    WHERE {where}
), page AS (
    SELECT * FROM found
    ORDER BY {order}
    LIMIT :limit OFFSET :offset
)
SELECT total.number AS total, page.*,
       (SELECT count(*) FROM package p
        WHERE p.owner_org = page.org_id AND p.state = 'active'
          AND NOT p.private AND p.type = 'dataset') AS datasets
FROM (SELECT count(*) AS number FROM found) total
LEFT JOIN page ON true
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
    register: Register, text: str, *, kind: Kind | None, limit: int, offset: int
) -> Statement:
    """Return the query that finds collectivités having an organisation.

    :param text: what was typed; all collectivités where it is empty.
    :param kind: look among this kind only.
    :param limit: how many at most.
    :param offset: how many to pass over.
    """
    params: dict[str, Any] = {"limit": limit, "offset": offset}
    clauses = ["c.status = 'active'"]
    order = "folded, siren"
    if kind is not None:
        clauses.append("c.kind = :kind")
        params["kind"] = kind
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
                    f"(' ' || {_FOLDED} LIKE :word{number}"
                    f" OR ' ' || {_FOLDED} LIKE :long{number})"
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
    where = " AND ".join(clauses)
    return Statement(_SELECT.format(folded=_FOLDED, where=where, order=order), params)


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
