"""What the law asks of whom: a table of cases, each with its text."""

from __future__ import annotations

import datetime
from typing import get_args

import pytest

from ckanext.odlocale.base.french import NARROW_NO_BREAK
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.obligation_facts import Frequency, Kind, Question
from ckanext.odlocale.scdl.obligation_rules import add_months
from ckanext.odlocale.scdl.obligation_words import (
    FREQUENCIES,
    QUESTIONS,
    REASONS,
    TITLES,
    describe,
)
from ckanext.odlocale.scdl.obligations import (
    DUTIES,
    Event,
    Facts,
    obligation,
    obligations,
)

TODAY = datetime.date(2026, 11, 23)


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


# Facts, matter, event, verdict, deadline or frequency, article.
GOLDEN = [
    (
        "a commune of 459 with two agents",
        Facts("commune", 459, fte=2),
        *("equipements", None, "not", None, "L312-1-1"),
    ),
    (
        "3,499 by the legal count, whatever the agents",
        Facts("commune", 3_499, is_total=True, fte=60),
        *("equipements", None, "not", None, "L312-1-1"),
    ),
    (
        "3,500 and 50 agents, both included",
        Facts("commune", 3_500, fte=50),
        *("catalogue", None, "applies", "continuous", "L312-1-1"),
    ),
    (
        "not quite fifty agents",
        Facts("commune", 4_200, fte=49.9),
        *("equipements", None, "not", None, "D312-1-1-1"),
    ),
    (
        "large enough, and nothing known of agents",
        Facts("commune", 4_200),
        *("prenoms", None, "presumed_yes", "yearly", "D312-1-1-1"),
    ),
    (
        "Sirene says 20 to 49",
        Facts("commune", 4_200, band="12"),
        *("equipements", None, "presumed_no", None, "D312-1-1-1"),
    ),
    (
        "an intercommunality of eighty agents",
        Facts("epci", 12_000, fte=80),
        *("equipements", None, "applies", "continuous", "D312-1-1-1"),
    ),
    (
        "a syndicat of six agents",
        Facts("syndicat", fte=6),
        *("catalogue", None, "not", None, "D312-1-1-1"),
    ),
    (
        "no vote on how acts are published",
        Facts("commune", 450, vote="none"),
        *("acts", None, "applies", "two_months_online", "L2131-1"),
    ),
    (
        "posting was voted",
        Facts("commune", 450, vote="posting"),
        *("acts", None, "not", None, "L2131-1"),
    ),
    (
        "a grant of 24,000 by a commune of 8,000",
        Facts("commune", 8_000),
        "subventions",
        Event(24_000, day("2026-03-15")),
        *("applies", day("2026-06-15"), "2017-779"),
    ),
    (
        "a grant of 30,000 by a commune of 3,200",
        Facts("commune", 3_200),
        "subventions",
        Event(30_000, day("2026-03-15")),
        *("not", None, "2017-779"),
    ),
    (
        "a contract of 52,000 by a commune of 800",
        Facts("commune", 800),
        "decp",
        Event(52_000, day("2026-01-10")),
        *("applies", day("2026-03-10"), "R2196-1"),
    ),
    (
        "addresses of a commune of 1,900",
        Facts("commune", 1_900),
        *("bal", None, "applies", day("2024-06-01"), "L2121-30"),
    ),
    (
        "top pay at 40,000",
        Facts("commune", 40_000),
        *("hautes-remunerations", None, "not", None, "L716-1"),
    ),
    (
        "top pay at 40,001",
        Facts("commune", 40_001),
        *("hautes-remunerations", None, "applies", "yearly", "L716-1"),
    ),
]


@pytest.mark.parametrize(
    ("facts", "duty", "event", "verdict", "by_when", "article"),
    [case[1:] for case in GOLDEN],
    ids=[case[0] for case in GOLDEN],
)
def test_the_law_is_read_as_it_is_written(
    facts, duty, event, verdict, by_when, article
) -> None:
    found = obligation(duty, facts, TODAY, event)
    assert found.verdict == verdict
    assert any(article in f"{text.text} {text.article}" for text in found.texts)
    if isinstance(by_when, datetime.date):
        assert found.deadline == by_when
    elif by_when is not None:
        assert (found.deadline, found.frequency) == (None, by_when)


def test_a_commune_that_has_not_sent_its_addresses_is_late_since_its_last_day() -> None:
    found = obligation("bal", Facts("commune", 1_900), TODAY)
    assert not found.is_late(day("2024-06-01"))
    assert found.is_late(day("2024-06-02"))
    larger = obligation("bal", Facts("commune", 2_001), TODAY)
    assert larger.deadline == day("2024-01-01")


def test_a_small_syndicat_keeps_its_list_of_documents() -> None:
    syndicat = Facts("syndicat", fte=6, answers={"website": True})
    assert obligation("repertoire", syndicat, TODAY).verdict == "applies"
    without = Facts("syndicat", fte=6, answers={"website": False})
    assert obligation("repertoire", without, TODAY).verdict == "not"


@pytest.mark.parametrize(
    ("population", "is_total", "verdict"),
    [
        (3_324, False, "not"),
        (3_325, False, "presumed_yes"),
        (3_499, False, "presumed_yes"),
        (3_325, True, "not"),
        (3_500, False, "applies"),
    ],
)
def test_just_under_the_threshold_nothing_is_certain(
    population: int, is_total: bool, verdict: str
) -> None:
    facts = Facts("commune", population, is_total=is_total, fte=60)
    assert obligation("equipements", facts, TODAY).verdict == verdict


@pytest.mark.parametrize(
    ("band", "verdict"),
    [
        *((band, "presumed_no") for band in ("00", "01", "02", "03", "11", "12")),
        *((band, "presumed_yes") for band in ("21", "22", "31", "42", "53")),
        *((band, "presumed_yes") for band in ("NN", None, "", "99")),
    ],
)
def test_a_band_of_sirene_presumes(band: str | None, verdict: str) -> None:
    facts = Facts("commune", 5_000, band=band)
    assert obligation("budget", facts, TODAY).verdict == verdict


def test_the_number_of_agents_is_believed_before_the_band() -> None:
    facts = Facts("commune", 5_000, fte=49, band="53")
    assert obligation("budget", facts, TODAY).verdict == "not"


@pytest.mark.parametrize("population", [3_324, 3_400, 3_500])
def test_an_intercommunality_is_judged_by_its_agents_alone(population: int) -> None:
    for fte, verdict in ((50, "applies"), (49, "not")):
        facts = Facts("epci", population, fte=fte)
        assert obligation("equipements", facts, TODAY).verdict == verdict


def test_an_unknown_population_is_never_certain() -> None:
    for fte, band, verdict in (
        (None, None, "presumed_no"),
        (60, None, "presumed_yes"),
        (None, "21", "presumed_yes"),
        (2, None, "not"),
    ):
        facts = Facts("commune", None, fte=fte, band=band)
        assert obligation("budget", facts, TODAY).verdict == verdict


def test_a_departement_needs_no_count_of_inhabitants() -> None:
    assert obligation("budget", Facts("departement", fte=900), TODAY).binds


@pytest.mark.parametrize(
    ("event", "verdict", "deadline"),
    [
        (Event(23_000, day("2026-03-15")), "not", None),
        (Event(23_000.01, day("2026-11-30")), "applies", day("2027-02-28")),
        (Event(20_000, None, total=24_000), "applies", None),
        (Event(20_000, None, total=23_000), "not", None),
        (Event(90_000, day("2026-03-15"), to_private_body=False), "not", None),
    ],
)
def test_a_grant_is_published_by_its_amount(
    event: Event, verdict: str, deadline: datetime.date | None
) -> None:
    found = obligation("subventions", Facts("commune", 8_000), TODAY, event)
    assert (found.verdict, found.deadline) == (verdict, deadline)


def test_grants_of_an_intercommunality_are_presumed() -> None:
    event = Event(30_000, day("2026-03-15"))
    found = obligation("subventions", Facts("epci", 900), TODAY, event)
    assert (found.verdict, found.deadline) == ("presumed_yes", day("2026-06-15"))


@pytest.mark.parametrize(
    ("amount", "verdict", "deadline"),
    [
        (24_999, "not", None),
        (25_000, "applies", day("2027-03-31")),
        (39_999.99, "applies", day("2027-03-31")),
        (40_000, "applies", day("2026-03-10")),
    ],
)
def test_a_contract_is_published_by_its_amount(
    amount: float, verdict: str, deadline: datetime.date | None
) -> None:
    event = Event(amount, day("2026-01-10"))
    found = obligation("decp", Facts("commune", 120), TODAY, event)
    assert (found.verdict, found.deadline) == (verdict, deadline)


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        (Facts("commune", 3_500), "applies"),
        (Facts("epci", 900), "applies"),
        (Facts("departement"), "applies"),
        (Facts("region"), "applies"),
        (Facts("commune", 450), "presumed_yes"),
        (Facts("commune", 3_400, vote="paper"), "presumed_no"),
        (Facts("ccas", vote="paper"), "not"),
        (Facts("syndicat", vote="paper"), "presumed_no"),
        (
            Facts("syndicat", vote="paper", answers={"open_syndicate": True}),
            "applies",
        ),
    ],
)
def test_acts_are_online_unless_the_council_of_a_small_one_voted(
    facts: Facts, verdict: str
) -> None:
    assert obligation("acts", facts, TODAY).verdict == verdict


def test_acts_were_not_online_before_july_2022() -> None:
    facts = Facts("commune", 8_000)
    assert obligation("acts", facts, day("2022-06-30")).verdict == "not"
    assert obligation("acts", facts, day("2022-07-01")).verdict == "applies"


@pytest.mark.parametrize(
    ("members", "verdict"), [(3_499, "not"), (3_500, "applies"), (None, "presumed_yes")]
)
def test_an_intercommunality_presents_its_budget_for_its_largest_commune(
    members: int | None, verdict: str
) -> None:
    facts = Facts("epci", 9_000, largest_member=members, answers={"website": True})
    assert obligation("budget_in_brief", facts, TODAY).verdict == verdict
    event = Event(on=day("2026-03-31"))
    found = obligation("budget_in_brief", facts, TODAY, event)
    if verdict == "applies":
        assert found.deadline == day("2026-04-30")


def test_what_an_agent_answers_settles_what_was_presumed() -> None:
    asked = obligation("irve", Facts("commune", 800), TODAY)
    assert (asked.verdict, asked.question) == ("presumed_no", "chargers")
    for answer, verdict in ((True, "applies"), (False, "not")):
        facts = Facts("commune", 800, answers={"chargers": answer})
        settled = obligation("irve", facts, TODAY)
        assert (settled.verdict, settled.question) == (verdict, None)


def test_whoever_presumes_says_what_to_ask() -> None:
    for kind in get_args(Kind):
        for population in (None, 450, 3_400, 9_000):
            for found in obligations(Facts(kind, population), TODAY):
                if found.verdict.startswith("presumed"):
                    assert found.question, found
                elif found.deadline is None and found.verdict == "not":
                    assert found.question is None, found


@pytest.mark.parametrize("kind", get_args(Kind))
@pytest.mark.parametrize("population", [None, 0, 450, 3_400, 3_500, 60_000])
@pytest.mark.parametrize("fte", [None, 0, 50])
def test_every_obligation_is_said_in_short_french_sentences(
    kind: Kind, population: int | None, fte: float | None
) -> None:
    for found in obligations(Facts(kind, population, fte=fte), TODAY):
        words = describe(found)
        assert words.title
        for sentence in (words.when, words.reason, words.question):
            assert "{" not in sentence
            assert len(sentence.replace(NARROW_NO_BREAK, "").split()) <= 20
        assert found.texts[0].url.startswith("https://www.legifrance.gouv.fr/")


def test_a_deadline_is_said_as_a_date() -> None:
    found = obligation("bal", Facts("commune", 1_900), TODAY)
    assert "2024-06-01" in describe(found, "en").when
    assert "2024" in describe(found).when


def test_each_word_has_its_use() -> None:
    assert set(TITLES) == set(DUTIES)
    assert set(FREQUENCIES) == set(get_args(Frequency))
    assert set(QUESTIONS) == set(get_args(Question))
    assert all(REASONS.values())


def test_every_table_schema_of_the_catalogue_has_its_rule() -> None:
    assert {schema.slug for schema in load_catalogue()} <= set(DUTIES)


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-12-15", 2, "2027-02-15"),
        ("2026-10-31", 2, "2026-12-31"),
    ],
)
def test_a_month_ends_where_the_calendar_says(
    start: str, months: int, expected: str
) -> None:
    assert add_months(day(start), months) == day(expected)
