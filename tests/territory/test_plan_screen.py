"""What the animator's page shows of a plan."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from ckanext.odlocale.territory.plan_screen import (
    ALL,
    EXPORTED,
    LIVE,
    PER_PAGE,
    VERDICTS,
    Answer,
    Asked,
    arrange_plan,
    gather_answers,
    read_answers,
    read_asked,
    to_decisions,
    write_answers,
    write_plan_csv,
)
from ckanext.odlocale.territory.steps import VERDICTS as PLANNED
from ckanext.odlocale.territory.steps import WRITING

ATD, OTHER = "225600014", "222900011"


def step(verdict: str, title: str = "Crach", **more: Any) -> dict[str, Any]:
    base = {
        "id": title,
        "verdict": verdict,
        "kind": "commune",
        "title": title,
        "siren": "215600461",
        "insee": "56046",
        "organization": "crach-56046",
        "organization_id": None,
        "successor": None,
        "candidates": [],
        "datasets": 0,
        "reason": "new",
        "message": "Pas encore sur le portail.",
        "changes": [],
    }
    return {**base, **more}


def plan(*steps: dict[str, Any]) -> dict[str, Any]:
    counts = {one: sum(s["verdict"] == one for s in steps) for one in VERDICTS}
    return {"steps": list(steps), "counts": counts, "digest": "d", "vintage": 2026}


def asked(**changes: Any) -> Asked:
    return Asked(**{"perimeter": ATD, "register": "2026", **changes})


def test_every_verdict_of_a_plan_is_shown() -> None:
    assert set(VERDICTS) == set(PLANNED)


def test_only_what_writes_is_counted_as_to_apply() -> None:
    made = plan(*(step(verdict) for verdict in VERDICTS))
    assert arrange_plan(made, asked()).to_apply == len(WRITING)


def test_changes_come_first_and_what_stays_is_not_listed() -> None:
    made = plan(step("unchanged"), step("create"), step("conflict"), step("doubtful"))
    screen = arrange_plan(made, asked())
    assert [verdict for verdict, _ in screen.groups] == ["conflict", "create"]
    assert [one["verdict"] for one in screen.doubtful] == ["doubtful"]
    assert screen.counts == {"conflict": 1, "doubtful": 1, "create": 1, "unchanged": 1}


def test_a_page_holds_fifty_rows_of_two_thousand() -> None:
    made = plan(*(step("create", f"Commune {n}") for n in range(2000)))
    first, last = (arrange_plan(made, asked(page=page)) for page in (1, 9999))
    assert (first.count, first.pages, last.page) == (2000, 40, 40)
    assert sum(len(steps) for _, steps in first.groups) == PER_PAGE
    assert last.groups[0][1][-1]["title"] == "Commune 1999"


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("crach", 1),
        ("ÎLE ARZ", 1),
        ("56046", 2),
        ("215600461", 2),
        ("rach", 0),
        ("  ", 2),
        ("%", 0),
    ],
)
def test_a_name_or_a_code_is_found(q: str, found: int) -> None:
    made = plan(step("create"), step("create", "Île-d'Arz"))
    given = {"perimetre": ATD, "q": q}
    assert arrange_plan(made, read_asked(given, [ATD], [2026])).count == found


def test_a_search_finds_what_does_not_change() -> None:
    made = plan(step("unchanged"))
    assert arrange_plan(made, asked()).count == 0
    assert arrange_plan(made, asked(q="crach")).count == 1
    assert arrange_plan(made, asked(verdict="unchanged")).count == 1


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, Asked(ATD, "2026")),
        ({"perimetre": OTHER}, Asked(OTHER, "2026")),
        ({"perimetre": ALL}, Asked(ALL, "2026")),
        ({"perimetre": "999999999"}, Asked(ATD, "2026")),
        ({"registre": "2023"}, Asked(ATD, "2023")),
        ({"registre": LIVE}, Asked(ATD, LIVE)),
        ({"registre": "1789"}, Asked(ATD, "2026")),
        ({"verdict": "explode"}, Asked(ATD, "2026")),
        ({"verdict": "merge", "page": "3"}, Asked(ATD, "2026", "merge", page=3)),
        ({"page": "0"}, Asked(ATD, "2026")),
        ({"page": "-2"}, Asked(ATD, "2026")),
        ({"page": "9" * 30}, Asked(ATD, "2026")),
        ({"page": "²"}, Asked(ATD, "2026")),
    ],
)
def test_an_altered_address_is_read_as_the_usual_one(
    given: dict[str, str], expected: Asked
) -> None:
    assert read_asked(given, [ATD, OTHER], [2026, 2023]) == expected


def test_an_address_gives_back_what_was_asked() -> None:
    wanted = asked(verdict="merge", q="crach", page=2)
    query = {name: str(value) for name, value in wanted.to_query().items()}
    assert read_asked(query, [ATD], [2026]) == wanted


def test_the_action_is_asked_for_one_perimeter_or_for_all() -> None:
    assert asked().to_action([ATD, OTHER]) == {"perimeters": [ATD], "vintage": 2026}
    live = asked(perimeter=ALL, register=LIVE)
    assert live.to_action([ATD, OTHER]) == {"perimeters": [ATD, OTHER], "live": True}


DOUBT = step(
    "doubtful",
    "Mairie de Sainte-Croix",
    organization_id="org-1",
    candidates=[{"siren": ATD, "insee": "04175", "title": "Sainte-Croix-à-Lauze"}],
)


@pytest.mark.parametrize(
    ("form", "answers"),
    [
        ({}, {}),
        ({"answer-org-1": ""}, {}),
        (
            {"answer-org-1": ATD},
            {"org-1": Answer(ATD, "Mairie de Sainte-Croix", "Sainte-Croix-à-Lauze")},
        ),
        (
            {"answer-org-1": "none"},
            {"org-1": Answer("none", "Mairie de Sainte-Croix", "")},
        ),
        ({"answer-org-1": OTHER}, {}),
        ({"answer-org-2": ATD}, {}),
    ],
)
def test_only_what_was_asked_is_answered(
    form: dict[str, str], answers: dict[str, Answer]
) -> None:
    assert gather_answers(form, [DOUBT]) == answers
    assert read_answers(write_answers(answers)) == answers
    assert to_decisions(answers) == {k: one.choice for k, one in answers.items()}


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"a": 3}', '{"a": {}}', "null"])
def test_answers_that_cannot_be_read_are_asked_again(text: str) -> None:
    assert read_answers(text) == {}


def test_a_spreadsheet_opens_the_export_and_runs_no_formula() -> None:
    risky = step(
        "rename",
        "=cmd|' /C calc'!A0",
        changes=[{"field": "title", "before": None, "after": "Crac'h"}],
        successor={"siren": ATD, "title": "Plumelec"},
    )
    headers = {name: name for name in EXPORTED}
    written = write_plan_csv(plan(risky), headers, {"rename": "à renommer"})
    assert written.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(written.decode("utf-8-sig")), delimiter=";"))
    assert rows[0]["title"] == "'=cmd|' /C calc'!A0"
    assert rows[0]["verdict"] == "à renommer"
    assert rows[0]["changes"] == "title: – → Crac'h"
    assert rows[0]["successor"] == "Plumelec"
