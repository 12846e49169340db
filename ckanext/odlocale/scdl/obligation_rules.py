"""The rules that oblige a collectivité to publish, one function for each.

Every function takes what is known of a collectivité and, where there is one, the
grant or the contract in question; its docstring cites the articles. A reader can
compare each with its text.
"""

from __future__ import annotations

import datetime
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal

from . import obligation_texts as texts
from .obligation_facts import (
    Answer,
    Duty,
    Event,
    Facts,
    Frequency,
    Question,
    Rule,
    Verdict,
)

COLLECTIVITIES = ("commune", "departement", "region")
THRESHOLD = 3_500
AGENTS = 50
#: «Municipale» from here to the threshold may be 3,500 «totale».
NEARLY = 3_325
TOP_PAY_THRESHOLD = 40_000
SMALL_FOR_ADDRESSES = 2_000
GRANT_FLOOR = 23_000
CONTRACT_FLOOR = 40_000
#: Under CCP R2122-8: with the others, or in a list of the year.
LISTED_CONTRACT_FLOOR = 25_000
BANDS_UNDER = frozenset({"00", "01", "02", "03", "11", "12"})
BANDS_OVER = frozenset({"21", "22", "31", "32", "41", "42", "51", "52", "53"})


def add_months(day: datetime.date, months: int) -> datetime.date:
    """Return the same day some calendar months later, or that month's last day.

    >>> add_months(datetime.date(2025, 11, 30), 3).isoformat()
    '2026-02-28'
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return datetime.date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


# --- The general rule ---------------------------------------------------------


def _general(facts: Facts, _event: Event | None = None) -> Answer:
    """CRPA L312-1-1 and D312-1-1-1."""
    if facts.kind in COLLECTIVITIES:
        size = _size(facts)
        if size == "small":
            return Answer("not", "small_population")
        if size == "near":
            return _at_most_presumed(_staff(facts), "near_population")
        if size == "unknown":
            known = facts.fte is not None or facts.band in BANDS_OVER | BANDS_UNDER
            if not known:
                return Answer("presumed_no", "unknown_population", "population")
            return _at_most_presumed(_staff(facts), "unknown_population")
    return _staff(facts)


def _staff(facts: Facts, _event: Event | None = None) -> Answer:
    """D312-1-1-1, the agents alone: also the rule of L312-1-3 (algorithms)."""
    if facts.fte is not None:
        if facts.fte >= AGENTS:
            return Answer("applies", "enough_agents")
        return Answer("not", "too_few_agents")
    if facts.band in BANDS_OVER:
        return Answer("presumed_yes", "band_over", "agents")
    if facts.band in BANDS_UNDER:
        return Answer("presumed_no", "band_under", "agents")
    return Answer("presumed_yes", "unknown_agents", "agents")


def _at_most_presumed(answer: Answer, reason: str) -> Answer:
    if answer.verdict == "applies":
        return Answer("presumed_yes", reason, "population")
    return answer


def _size(facts: Facts) -> Literal["large", "small", "near", "unknown"]:
    if facts.population is None:
        # No département and no région is that small.
        return "unknown" if facts.kind == "commune" else "large"
    if facts.population >= THRESHOLD:
        return "large"
    if facts.is_total or facts.population < NEARLY:
        return "small"
    return "near"


# --- What an agent must be asked ----------------------------------------------


def _asks(
    question: Question, presumed: bool, yes: str, no: str, unknown: str
) -> Callable[[Facts], Answer]:
    def rule(facts: Facts) -> Answer:
        known = facts.answers.get(question)
        if known is None:
            verdict: Verdict = "presumed_yes" if presumed else "presumed_no"
            return Answer(verdict, unknown, question)
        return Answer("applies", yes) if known else Answer("not", no)

    return rule


_website = _asks("website", True, "has_website", "no_website", "maybe_website")
_grants = _asks("grants", True, "has_grants", "no_grants", "maybe_grants")
_contracts = _asks("contracts", True, "has_contract", "no_contract", "maybe_contract")
_concessions = _asks(
    "concessions", False, "has_concession", "no_concession", "maybe_concession"
)
_plan = _asks("plan", True, "has_plan", "no_plan", "maybe_plan")


def _holds(question: Question, presumed: bool = False) -> Rule:
    asked = _asks(question, presumed, "holds_it", "holds_none", "maybe_holds")
    return lambda facts, _event: asked(facts)


def _directory(facts: Facts, _event: Event | None) -> Answer:
    """CRPA L322-6, R322-7: whatever the size, for whoever has a website."""
    return _website(facts)


def _acts(facts: Facts, _event: Event | None) -> Answer:
    """CGCT L2131-1 III–IV and its like: electronic for the larger ones, as they
    voted for others; electronic where they did not vote."""
    if facts.kind == "departement":
        return Answer("applies", "acts_electronic", text=texts.ACTS_DEPARTEMENT)
    if facts.kind == "region":
        return Answer("applies", "acts_electronic", text=texts.ACTS_REGION)
    if facts.kind == "epci":
        return Answer("applies", "acts_electronic")
    if facts.kind == "syndicat" and facts.answers.get("open_syndicate"):
        return Answer("applies", "acts_electronic", text=texts.ACTS_OPEN_SYNDICATE)
    if facts.kind == "commune" and _size(facts) == "large":
        return Answer("applies", "acts_electronic")
    if facts.vote in ("none", "electronic"):
        reason = "acts_no_vote" if facts.vote == "none" else "acts_voted"
        return Answer("applies", reason)
    if facts.vote is None:
        return Answer("presumed_yes", "acts_unknown_vote", "vote")
    certain = facts.kind == "ccas" or (
        facts.kind == "commune" and _size(facts) == "small"
    )
    if certain:
        return Answer("not", "acts_on_paper")
    question: Question = "open_syndicate" if facts.kind == "syndicat" else "population"
    return Answer("presumed_no", "acts_on_paper", question)


def _sessions(facts: Facts, _event: Event | None) -> Answer:
    """CGCT L2121-15 and L2121-25; L5211-1 extends them to groupings."""
    if facts.kind == "commune":
        return _website(facts)
    if facts.kind in ("epci", "syndicat"):
        found = _website(facts)
        if found.verdict == "applies":
            return Answer("presumed_yes", "rules_of_communes")
        return found
    return Answer("not", "other_kind")


def _subsidies(facts: Facts, event: Event | None) -> Answer:
    """Loi 2000-321 art. 9-1, 10; décret 2017-779."""
    size = _size(facts) if facts.kind in COLLECTIVITIES else "large"
    if size == "small":
        return Answer("not", "small_population")
    if event is None:
        answer = _grants(facts)
    elif not event.to_private_body:
        return Answer("not", "public_body")
    elif event.amount > GRANT_FLOOR:
        deadline = add_months(event.on, 3) if event.on else None
        question: Question | None = None if event.on else "signature"
        answer = Answer("applies", "large_grant", question, deadline)
    elif (event.total or 0) > GRANT_FLOOR:
        answer = Answer("applies", "grants_add_up", "signature")
    else:
        return Answer("not", "small_grant")
    if answer.verdict != "applies" or (
        size == "large" and facts.kind in COLLECTIVITIES
    ):
        return answer
    # Groupings are not named by the decree; near the threshold, nobody knows.
    if facts.kind in COLLECTIVITIES:
        return replace(answer, verdict="presumed_yes", question="population")
    return replace(answer, verdict="presumed_yes", reason="grouping_grants")


def _public_contracts(facts: Facts, event: Event | None) -> Answer:
    """CCP L2196-2, R2196-1: every buyer, from 40,000 € before tax."""
    if event is None:
        return _contracts(facts)
    if event.amount >= CONTRACT_FLOOR:
        deadline = add_months(event.on, 2) if event.on else None
        return Answer("applies", "large_contract", deadline=deadline)
    if event.amount >= LISTED_CONTRACT_FLOOR:
        listed = datetime.date(event.on.year + 1, 3, 31) if event.on else None
        return Answer("applies", "listed_contract", deadline=listed)
    return Answer("not", "small_contract")


def _concession_contracts(facts: Facts, event: Event | None) -> Answer:
    """CCP R3131-1: before the contract begins."""
    if event is None:
        return _concessions(facts)
    eve = event.on - datetime.timedelta(days=1) if event.on else None
    return Answer("applies", "any_concession", deadline=eve)


def _budget_in_brief(facts: Facts, event: Event | None) -> Answer:
    """CGCT L2313-1: communes with a website, EPCI with a commune of 3,500."""
    if facts.kind == "epci":
        if facts.largest_member is None:
            return Answer("presumed_yes", "unknown_members", "website")
        if facts.largest_member < THRESHOLD:
            return Answer("not", "small_members")
    elif facts.kind != "commune":
        return Answer("not", "other_kind")
    found = _website(facts)
    if event is None or event.on is None or found.verdict == "not":
        return found
    return replace(found, deadline=add_months(event.on, 1))


def _addresses(facts: Facts, _event: Event | None) -> Answer:
    """CGCT L2121-30; décret 2023-767: 1 January or, for the small, 1 June 2024."""
    if facts.kind != "commune":
        return Answer("not", "communes_only")
    small = facts.population is None or facts.population <= SMALL_FOR_ADDRESSES
    day = datetime.date(2024, 6, 1) if small else datetime.date(2024, 1, 1)
    return Answer("applies", "every_commune", deadline=day)


def _hydrants(_facts: Facts, _event: Event | None) -> Answer:
    """No duty found; the fire service decides what may be known."""
    return Answer("not", "no_duty")


def _top_pay(facts: Facts, _event: Event | None) -> Answer:
    """CGFP L716-1: more than 40,000 inhabitants; départements and régions."""
    if facts.kind in ("departement", "region"):
        return Answer("applies", "all_of_kind")
    if facts.kind not in ("commune", "epci"):
        return Answer("not", "other_kind")
    if facts.population is None:
        return Answer("presumed_no", "unknown_population", "population")
    if facts.population > TOP_PAY_THRESHOLD:
        return Answer("applies", "over_40000")
    return Answer("not", "under_40000")


def _plans(facts: Facts, _event: Event | None) -> Answer:
    """C. urb. L133-2, L153-23: publication conditions the plan's effect."""
    if facts.kind not in ("commune", "epci"):
        return Answer("not", "other_kind")
    return _plan(facts)


def _open(frequency: Frequency = "yearly") -> Duty:
    return Duty(_general, frequency, texts.GENERAL)


#: Every matter, in the order in which a page tells them.
DUTIES: Mapping[str, Duty] = {
    "acts": Duty(_acts, "two_months_online", texts.ACTS),
    "decisions": Duty(_sessions, "week_after_session", texts.DECISIONS),
    "minutes": Duty(_sessions, "week_after_adoption", texts.MINUTES),
    "budget_in_brief": Duty(_budget_in_brief, "month_after_adoption", texts.BUDGET),
    "subventions": Duty(_subsidies, "three_months_after_signature", texts.SUBSIDIES),
    "decp": Duty(_public_contracts, "two_months_after_notification", texts.CONTRACTS),
    "concessions": Duty(_concession_contracts, "before_execution", texts.CONCESSIONS),
    "bal": Duty(_addresses, "each_change", texts.ADDRESSES),
    "urbanisme": Duty(_plans, "each_change", texts.PLANS),
    "dae": Duty(
        _holds("defibrillators", presumed=True), "each_change", texts.DEFIBRILLATORS
    ),
    "irve": Duty(_holds("chargers"), "continuous", texts.CHARGERS),
    "stationnement": Duty(_holds("parking"), "continuous", texts.MOBILITY),
    "covoiturage": Duty(_holds("carpooling"), "continuous", texts.MOBILITY),
    "cyclable": Duty(_holds("cycling"), "continuous", texts.MOBILITY),
    "stationnement-cyclable": Duty(_holds("cycling"), "continuous", texts.MOBILITY),
    "hautes-remunerations": Duty(_top_pay, "yearly", texts.TOP_PAY),
    "repertoire": Duty(_directory, "continuous", texts.DIRECTORY),
    "catalogue": _open("continuous"),
    "deliberations": _open("each_session"),
    "budget": _open(),
    "equipements": _open("continuous"),
    "prenoms": _open(),
    "menus-collectifs": _open(),
    "plats-menus-collectifs": _open(),
    "fontaines": _open(),
    "taxis": _open(),
    "profil-acheteur": _open("continuous"),
    "arretes-marchandises": _open("continuous"),
    "aires-livraison": _open("continuous"),
    "mediation-numerique": _open(),
    "associations": _open(),
    "algorithmes": Duty(_staff, "continuous", texts.ALGORITHMS),
    "pei": Duty(_hydrants, "never", texts.HYDRANTS),
}
