"""The texts that oblige a collectivité to publish, with when each was read.

An address leads to the whole code or decree: Légifrance's addresses of single
articles change at each of their versions.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

_LEGIFRANCE = "https://www.legifrance.gouv.fr"
_CODE = f"{_LEGIFRANCE}/codes/texte_lc/LEGITEXT0000"
#: When these articles were last compared with what is in force.
CHECKED = datetime.date(2026, 11, 1)


@dataclass(frozen=True)
class LegalText:
    """Where a rule is written.

    :ivar text: the code, the statute or the decree, in French.
    :ivar article: its articles.
    :ivar url: where it is read.
    :ivar valid_from: since when the rule binds; nothing where it is older than
        any date of this portal.
    :ivar checked_on: when this project last compared it with the text.
    """

    text: str
    article: str
    url: str
    valid_from: datetime.date | None = None
    checked_on: datetime.date = CHECKED


def _code(name: str, number: str) -> tuple[str, str]:
    return name, f"{_CODE}{number}"


_ADMINISTRATION = _code(
    "Code des relations entre le public et l’administration", "31366350"
)
_AUTHORITIES = _code("Code général des collectivités territoriales", "06070633")
_CONTRACTS = _code("Code de la commande publique", "37701019")
_ENERGY = _code("Code de l’énergie", "23983208")
_HEALTH = _code("Code de la santé publique", "06072665")
_PLANNING = _code("Code de l’urbanisme", "06074075")
_SERVICE = _code("Code général de la fonction publique", "44416551")
_TRANSPORT = _code("Code des transports", "23086525")


def _in(
    code: tuple[str, str], article: str, since: datetime.date | None = None
) -> LegalText:
    return LegalText(code[0], article, code[1], since)


#: Loi n° 2016-1321 du 7 octobre 2016, art. 6; its transition ended two years later.
OPEN_BY_DEFAULT = datetime.date(2018, 10, 7)

GENERAL = _in(_ADMINISTRATION, "L312-1-1, D312-1-1-1", OPEN_BY_DEFAULT)
ALGORITHMS = _in(_ADMINISTRATION, "L312-1-3, D312-1-4", OPEN_BY_DEFAULT)
DIRECTORY = _in(_ADMINISTRATION, "L322-6, R322-7")
ACTS = _in(_AUTHORITIES, "L2131-1, R2131-1", datetime.date(2022, 7, 1))
ACTS_DEPARTEMENT = _in(_AUTHORITIES, "L3131-1, R3131-2", datetime.date(2022, 7, 1))
ACTS_REGION = _in(_AUTHORITIES, "L4141-1", datetime.date(2022, 7, 1))
ACTS_OPEN_SYNDICATE = _in(_AUTHORITIES, "L5721-4", datetime.date(2022, 7, 1))
DECISIONS = _in(_AUTHORITIES, "L2121-25", datetime.date(2022, 7, 1))
MINUTES = _in(_AUTHORITIES, "L2121-15", datetime.date(2022, 7, 1))
SUBSIDIES = LegalText(
    "Décret n° 2017-779 du 5 mai 2017 (loi n° 2000-321, art. 9-1 et 10)",
    "1 à 4",
    f"{_LEGIFRANCE}/jorf/id/JORFTEXT000034600552",
    datetime.date(2017, 8, 1),
)
CONTRACTS = _in(_CONTRACTS, "L2196-2, R2196-1", datetime.date(2018, 10, 1))
CONCESSIONS = _in(_CONTRACTS, "R3131-1", datetime.date(2018, 10, 1))
BUDGET = _in(_AUTHORITIES, "L2313-1, R2313-8", datetime.date(2016, 6, 26))
ADDRESSES = _in(_AUTHORITIES, "L2121-30", datetime.date(2022, 2, 22))
CHARGERS = _in(_ENERGY, "R353-4-4, R353-4-6", datetime.date(2017, 1, 14))
MOBILITY = _in(_TRANSPORT, "L1115-1, D1115-1")
DEFIBRILLATORS = _in(_HEALTH, "L5233-1", datetime.date(2020, 1, 1))
HYDRANTS = _in(_AUTHORITIES, "R2225-7")
TOP_PAY = _in(_SERVICE, "L716-1")
PLANS = _in(_PLANNING, "L133-2, L153-23")
