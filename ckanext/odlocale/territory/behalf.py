"""For whom a dataset is published, when it is not for its owner alone.

An intercommunalité publishes the school menus of four of its communes: it names
them by their codes, or by their names as people write them. A code is an INSEE
code for a commune, a SIREN for any other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from ckanext.odlocale.base.french import slugify
from ckanext.odlocale.territory.search import Statement

#: A département has 900 communes at most.
MAX_NAMED = 1_000
MAX_LENGTH = 200
#: Solr's own dynamic field of many values, in CKAN's schema as in ours.
INDEX_FIELD = "vocab_on_behalf_of"

_SEPARATORS = re.compile(r"[,;\n\r]+")
_CODE = re.compile(r"[0-9][0-9AB][0-9]{3}|[0-9]{9}")
# «Crach (56046)», as the form proposes it.
_CODE_BESIDE = re.compile(r"\(\s*([0-9][0-9ABab][0-9]{3}|[0-9]{9})\s*\)\s*$")

Fault = Literal[
    "unknown",
    "not_below",
    "ambiguous",
    "itself",
    "commune",
    "no_owner",
    "too_many",
]

_CANDIDATES = """
WITH RECURSIVE owner AS (
    SELECT siren, org_id, kind FROM odlocale_collectivity WHERE org_id = :org_id
), below AS (
    SELECT org_id FROM owner
    UNION
    SELECT m.group_id FROM member m JOIN below ON m.table_id = below.org_id
    WHERE m.table_name = 'group' AND m.state = 'active'
), place AS (
    SELECT c.siren, c.insee, c.name, c.kind, btrim(c.folded) AS folded,
           owner.kind AS owner_kind,
           c.siren = owner.siren AS itself,
           (c.epci_siren = owner.siren
            OR c.org_id IN (SELECT org_id FROM below)
            OR EXISTS (
                SELECT 1 FROM odlocale_perimeter_member pm
                WHERE pm.atd_siren = owner.siren AND pm.siren = c.siren
            )) AS below
    FROM owner CROSS JOIN odlocale_collectivity c
    WHERE c.status = 'active'
)
SELECT * FROM place c
WHERE c.itself OR c.insee = ANY(:codes) OR c.siren = ANY(:codes)
   OR (cardinality(CAST(:names AS text[])) > 0 AND c.below
       AND c.folded = ANY(:names))
"""

_CODES = """
WITH RECURSIVE own AS (
    SELECT siren, insee FROM odlocale_collectivity WHERE siren = :siren
    UNION
    SELECT c.siren, c.insee FROM odlocale_collectivity c
    JOIN own ON c.successor = own.siren WHERE c.status = 'merged'
)
SELECT siren AS code FROM own
UNION SELECT insee FROM own WHERE insee IS NOT NULL
UNION SELECT a.value FROM odlocale_alias a JOIN own ON own.siren = a.siren
      WHERE a.kind IN ('siren', 'insee')
ORDER BY code
"""

_NAMES = """
SELECT DISTINCT ON (c.siren) c.siren, c.insee, c.name, g.name AS org_name
FROM odlocale_collectivity c
LEFT JOIN odlocale_alias a
       ON a.siren = c.siren AND a.kind IN ('siren', 'insee')
LEFT JOIN "group" g ON g.id = c.org_id AND g.state = 'active'
WHERE c.insee = ANY(:codes) OR c.siren = ANY(:codes) OR a.value = ANY(:codes)
ORDER BY c.siren
"""


class Refusal(ValueError):
    """A collectivité cannot be named.

    :ivar fault: why.
    :ivar given: what was written.
    :ivar choices: what it may be.
    """

    def __init__(
        self, fault: Fault, given: str = "", choices: tuple[str, ...] = ()
    ) -> None:
        super().__init__(f"{fault}: {given!r}")
        self.fault: Fault = fault
        self.given = given
        self.choices = choices


def split_written(value: Any) -> tuple[str, ...]:
    """Return the codes and names that somebody wrote, each once.

    :param value: a text with commas or lines between them, JSON, or a list.
    :raises Refusal: not a text nor a list of texts, or too many of them.

    >>> split_written("56046, Auray ;56046")
    ('56046', 'Auray')
    >>> split_written('["56046", "56007"]'), split_written(None)
    (('56046', '56007'), ())
    """
    if value is None or value == "":
        return ()
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise Refusal("unknown", value[:MAX_LENGTH]) from error
    parts = _SEPARATORS.split(value) if isinstance(value, str) else value
    if not isinstance(parts, (list, tuple)):
        raise Refusal("unknown", str(value)[:MAX_LENGTH])
    found: dict[str, None] = {}
    for part in parts:
        if not isinstance(part, (str, int)) or isinstance(part, bool):
            raise Refusal("unknown", str(part)[:MAX_LENGTH])
        written = " ".join(str(part).replace("\0", " ").split())
        if written:
            found.setdefault(written[:MAX_LENGTH], None)
    if len(found) > MAX_NAMED:
        raise Refusal("too_many")
    return tuple(found)


def read_one(written: str) -> tuple[str, str]:
    """Return the code that somebody wrote, or the name, folded; one is empty.

    >>> read_one("56046"), read_one("Crach (56046)"), read_one("L'Île-d'Arz")
    (('56046', ''), ('56046', ''), ('', 'l ile d arz'))
    >>> read_one("215 600 461")
    ('215600461', '')
    """
    beside = _CODE_BESIDE.search(written)
    packed = beside[1] if beside else "".join(written.split())
    code = packed.upper()
    if _CODE.fullmatch(code):
        return code, ""
    return "", slugify(written).replace("-", " ")


def index_values(dataset: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the search engine is given of a dataset, codes one by one.

    :param dataset: as CKAN is about to index it: ``on_behalf_of`` is still JSON.
    """
    indexed = dict(dataset)
    stored = indexed.pop("on_behalf_of", None) or indexed.get("extras_on_behalf_of")
    indexed.pop("extras_on_behalf_of", None)
    try:
        codes = split_written(stored)
    except Refusal:
        codes = ()
    if codes:
        indexed[INDEX_FIELD] = list(codes)
    return indexed


def candidates_statement(org_id: str, written: Sequence[str]) -> Statement:
    """Return the query of what somebody may have meant, and the owner itself."""
    read = [read_one(one) for one in written]
    params = {
        "org_id": org_id,
        "codes": [code for code, _ in read if code],
        "names": [name for _, name in read if name],
    }
    return Statement(_CANDIDATES, params)


def settle(
    written: Sequence[str], candidates: Sequence[Mapping[str, Any]]
) -> tuple[str, ...]:
    """Return the codes of those that were named, each once, in order.

    :param written: as :func:`split_written` gives them.
    :param candidates: rows of :func:`candidates_statement`.
    :raises Refusal: the owner is a commune or has no place in the territory, or
        one is unknown, not below the owner, or may be several.
    """
    owner = next((row for row in candidates if row["itself"]), None)
    if owner is None:
        raise Refusal("no_owner")
    if owner["owner_kind"] == "commune":
        raise Refusal("commune")
    chosen = {_code(_meant(one, candidates)): None for one in written}
    return tuple(sorted(chosen))


def codes_statement(siren: str) -> Statement:
    """Return the query of all the codes that stand for a collectivité: its own, its
    former ones, and those of the communes that it took in."""
    return Statement(_CODES, {"siren": siren})


def names_statement(codes: Sequence[str]) -> Statement:
    """Return the query of the names that codes stand for, former codes included."""
    return Statement(_NAMES, {"codes": list(codes)})


def _meant(written: str, candidates: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    code, name = read_one(written)
    if code:
        same = [row for row in candidates if code in (row["insee"], row["siren"])]
    else:
        same = [row for row in candidates if row["folded"] == name]
    if not same:
        raise Refusal("unknown", written)
    below = [row for row in same if row["below"] and not row["itself"]]
    if not below:
        fault: Fault = "itself" if same[0]["itself"] else "not_below"
        raise Refusal(fault, written)
    if len(below) > 1:
        choices = sorted(f"{row['name']} ({_code(row)})" for row in below)
        raise Refusal("ambiguous", written, tuple(choices))
    return below[0]


def _code(row: Mapping[str, Any]) -> str:
    return str(row["insee"] or row["siren"])
