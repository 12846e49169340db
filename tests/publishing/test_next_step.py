"""What the home says of each data, and the one thing that it proposes."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest

from ckanext.odlocale.publishing.due import Expectation, Release
from ckanext.odlocale.publishing.next_step import (
    DataLine,
    Draft,
    Duty,
    Holding,
    ReaderReport,
    choose_next_card,
    describe_data,
)
from ckanext.odlocale.scdl.catalogue import load_catalogue

TODAY = datetime.date(2026, 11, 23)
PRENOMS = load_catalogue().get("prenoms")
GRANTS = load_catalogue().get("subventions")

STATUSES = {
    "nothing yet": (Holding(), "to_publish"),
    "begun": (Holding(has_draft=True), "draft"),
    "begun again": (
        Holding([Release("2020", datetime.date(2021, 1, 1))], has_draft=True),
        "draft",
    ),
    "online": (Holding([Release("2025", TODAY)]), "up_to_date"),
    "late": (
        Holding([Release("2020", datetime.date(2021, 1, 1))]),
        "to_update",
    ),
    "answered": (Holding(answered=frozenset({2026})), "up_to_date"),
}


@pytest.mark.parametrize(("holding", "status"), STATUSES.values(), ids=STATUSES)
def test_a_data_has_one_of_four_statuses(holding: Holding, status: str) -> None:
    assert describe_data(PRENOMS, holding, TODAY).status == status


def line(slug: str, standing: str = "free", **more: object) -> DataLine:
    due = more.pop("due_on", None)
    expected = Expectation(standing, 2025, due)  # type: ignore[arg-type]
    status = "up_to_date" if more.get("files") else "to_publish"
    found = DataLine(slug, slug.title(), "", status, 0, None, expected)  # type: ignore[arg-type]
    return replace(found, **more)  # type: ignore[arg-type]


SURE, MAYBE = Duty(True, ""), Duty(False, "")
ONLINE = line("a", "up_to_date", files=1, due_on=datetime.date(2027, 3, 1))
LATE = line("late", "late", files=1, due_on=datetime.date(2026, 3, 31))
LATER = line("later", "late", files=1, due_on=datetime.date(2026, 5, 15))
DUE = line("due", "due", files=1, due_on=datetime.date(2026, 12, 1))
ASKED = line("asked", "missing", duty=SURE, columns=9)
PRESUMED = line("maybe", "missing", duty=MAYBE, columns=2)
PROPOSED = line("proposed", columns=5, proposed_by="Agglomération")
DRAFT = Draft("1", "budget", "b.csv", datetime.datetime(2026, 11, 1))
REPORT = ReaderReport("r", "budget", "2025")

CARDS = {
    "a report before all": ([LATE, DUE], [DRAFT], [REPORT], "report"),
    "a draft before what is late": ([LATE], [DRAFT], [], "draft"),
    "a publication that stopped": (
        [LATE],
        [replace(DRAFT, stopped=True), DRAFT],
        [],
        "stopped",
    ),
    "a report before it": ([], [replace(DRAFT, stopped=True)], [REPORT], "report"),
    "late before due": ([DUE, LATE], [], [], "late"),
    "due before what the law asks": ([DUE, ASKED], [], [], "due"),
    "asked by the law": ([ONLINE, ASKED], [], [], "obliged"),
    "sure before presumed": ([ONLINE, PRESUMED, ASKED], [], [], "obliged"),
    "presumed is not said as sure": ([ONLINE, PRESUMED], [], [], "presumed"),
    "what the ATD proposes": ([ONLINE, PROPOSED], [], [], "priority"),
    "asked by the law before proposed": ([ONLINE, PROPOSED, ASKED], [], [], "obliged"),
    "proposed before presumed": ([ONLINE, PRESUMED, PROPOSED], [], [], "priority"),
    "proposed, and published": (
        [replace(PROPOSED, files=1, status="up_to_date")],
        [],
        [],
        "nothing",
    ),
    "all up to date": ([ONLINE], [], [], "nothing"),
    "the first day": ([ASKED, line("b")], [], [], "welcome"),
    "the first day, due": ([replace(DUE, files=0)], [], [], "welcome"),
    "nothing known": ([], [], [], "welcome"),
}


@pytest.mark.parametrize(
    ("lines", "drafts", "reports", "kind"), CARDS.values(), ids=CARDS
)
def test_the_home_proposes_the_first_thing_that_matches(
    lines: list[DataLine],
    drafts: list[Draft],
    reports: list[ReaderReport],
    kind: str,
) -> None:
    assert choose_next_card(lines, drafts, reports).kind == kind


def test_the_longest_late_is_proposed_first() -> None:
    assert choose_next_card([LATER, LATE], []).line == LATE


def test_the_first_day_proposes_the_shortest_unless_the_law_asks() -> None:
    short, long = line("short", columns=2), line("long", columns=12)
    assert choose_next_card([long, short], []).line == short
    assert choose_next_card([long, short, ASKED], []).line == ASKED
    assert choose_next_card([long, short, PROPOSED, PRESUMED], []).line == PROPOSED


def test_the_home_says_the_next_day_when_all_is_up_to_date() -> None:
    assert choose_next_card([ONLINE], []).day == datetime.date(2027, 3, 1)


def test_the_year_is_named_where_the_data_of_that_year_are_expected() -> None:
    releases = [Release("2024", datetime.date(2025, 3, 1))]
    late = describe_data(GRANTS, Holding(releases), TODAY)
    assert late.name == "Subventions 2025"
    assert describe_data(PRENOMS, Holding(releases), TODAY).name == PRENOMS.label
