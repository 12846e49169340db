"""Which file is long, and how the work on it stands."""

from __future__ import annotations

import datetime

import pytest

from ckanext.odlocale.publishing import waiting
from ckanext.odlocale.publishing.steps import Facts, Step, allowed_step, first_step

NOW = datetime.datetime(2026, 11, 30, 12, tzinfo=datetime.timezone.utc)


def ago(**since: int) -> datetime.datetime:
    return NOW - datetime.timedelta(**since)


@pytest.mark.parametrize(
    ("size", "head", "long"),
    [
        (1_000, b"nom;", False),
        (1_001, b"nom;", True),
        (250, b"PK\x03\x04", False),
        (251, b"PK\x03\x04", True),
        (0, b"", False),
    ],
)
def test_a_workbook_weighs_more_than_text(size: int, head: bytes, long: bool) -> None:
    assert waiting.is_long(size, head, 1_000) is long


def test_work_that_says_nothing_any_more_has_failed() -> None:
    assert waiting.standing("running", ago(seconds=20), NOW) == "running"
    assert waiting.standing("running", ago(minutes=4), NOW) == "failed"
    # Waiting for a worker is not failing, nor is what its agent stopped.
    assert waiting.standing("waiting", ago(hours=3), NOW) == "waiting"
    assert waiting.standing("stopped", ago(hours=3), NOW) == "stopped"


def test_what_a_worker_lost_begins_again_a_few_times() -> None:
    assert waiting.begins_again("running", ago(minutes=4), 1, NOW)
    assert waiting.begins_again("waiting", ago(minutes=16), 0, NOW)
    assert not waiting.begins_again("waiting", ago(minutes=5), 0, NOW)
    assert not waiting.begins_again("running", ago(seconds=30), 1, NOW)
    assert not waiting.begins_again("stopped", ago(hours=1), 1, NOW)
    assert not waiting.begins_again("running", ago(minutes=4), 3, NOW)


def test_who_looks_at_the_page_needs_no_letter() -> None:
    assert not waiting.is_gone(ago(seconds=3), NOW)
    assert waiting.is_gone(ago(minutes=1), NOW)
    assert waiting.is_gone(None, NOW)


@pytest.mark.parametrize("asked", [step for step in Step if step is not Step.WAIT])
def test_a_draft_in_the_worker_s_hands_shows_that_only(asked: Step) -> None:
    facts = Facts("draft", work="held", schema="budget")
    assert allowed_step(facts, asked) is Step.WAIT
    assert first_step(facts) is Step.WAIT


def test_a_refusal_is_read_once_and_hides_nothing() -> None:
    facts = Facts("draft", work="refused", schema="budget", to_see=2)
    assert first_step(facts) is Step.WAIT
    assert allowed_step(facts, Step.WAIT) is Step.WAIT
    assert allowed_step(facts, Step.CHECK) is Step.CHECK


def test_nothing_to_wait_for_leads_to_what_follows() -> None:
    facts = Facts("checked", schema="budget")
    assert allowed_step(facts, Step.WAIT) is Step.REVIEW
    assert allowed_step(Facts("published", work="held"), Step.WAIT) is Step.DONE
