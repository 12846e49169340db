"""Which screen comes next."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ckanext.odlocale.publishing.steps import Facts, Step, allowed_step, first_step

READY = Facts("checked", schema="budget")

FIRST = {
    "a file that cannot be read": (replace(READY, problem="binary"), Step.CHECK),
    "nothing recognised": (replace(READY, schema=None), Step.RECOGNISE),
    "a required column missing": (replace(READY, missing=("A",)), Step.COLUMNS),
    "a column that she does not have": (
        replace(READY, missing=("A",), columns_answered=True, blocking=1, to_see=1),
        Step.CHECK,
    ),
    "findings": (replace(READY, to_see=2), Step.CHECK),
    "nothing to see": (READY, Step.REVIEW),
    "already online": (replace(READY, online="x"), Step.REPLACE),
    "agreed to replace": (replace(READY, online="x", replaces="x"), Step.REVIEW),
    "replaced by somebody meanwhile": (
        replace(READY, online="y", replaces="x"),
        Step.REPLACE,
    ),
    "published": (Facts("published", schema="budget"), Step.DONE),
    "withdrawn": (Facts("withdrawn", schema="budget"), Step.DONE),
}


@pytest.mark.parametrize(("facts", "step"), FIRST.values(), ids=FIRST)
def test_work_goes_on_at_the_screen_that_is_needed(facts: Facts, step: Step) -> None:
    assert first_step(facts) is step


ALLOWED = {
    "back to the findings": (READY, Step.CHECK, Step.CHECK),
    "back to the model": (replace(READY, to_see=2), Step.RECOGNISE, Step.RECOGNISE),
    "review with findings that only warn": (
        replace(READY, to_see=2),
        Step.REVIEW,
        Step.REVIEW,
    ),
    "review of a blocked file": (replace(READY, blocking=1), Step.REVIEW, Step.CHECK),
    "review before the question": (
        replace(READY, online="x"),
        Step.REVIEW,
        Step.REPLACE,
    ),
    "the question when nothing is online": (READY, Step.REPLACE, Step.REVIEW),
    "done before publishing": (READY, Step.DONE, Step.REVIEW),
    "review of an unknown file": (
        replace(READY, schema=None),
        Step.REVIEW,
        Step.RECOGNISE,
    ),
    "the model of an unreadable file": (
        replace(READY, problem="empty"),
        Step.RECOGNISE,
        Step.CHECK,
    ),
    "anything once published": (Facts("replaced"), Step.CHECK, Step.DONE),
}


@pytest.mark.parametrize(("facts", "asked", "shown"), ALLOWED.values(), ids=ALLOWED)
def test_an_address_typed_by_hand_shows_what_must_come_first(
    facts: Facts, asked: Step, shown: Step
) -> None:
    assert allowed_step(facts, asked) is shown


@pytest.mark.parametrize("facts", [facts for facts, _ in FIRST.values()], ids=FIRST)
@pytest.mark.parametrize("asked", Step)
def test_redirections_never_loop(facts: Facts, asked: Step) -> None:
    shown = allowed_step(facts, asked)
    assert allowed_step(facts, shown) is shown
