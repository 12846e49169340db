"""When a deposit may change, and when it may not."""

from __future__ import annotations

import pytest

from ckanext.odlocale.publishing.states import (
    Refusal,
    free_key,
    refuse_edit,
    refuse_publication,
    sentence_of,
    state_after_check,
)

AFTER_CHECK = {
    "nothing blocks": ((None, "budget", 0), "checked"),
    "a finding blocks": ((None, "budget", 1), "draft"),
    "no model": ((None, None, 0), "draft"),
    "unreadable": (("binary", None, 0), "draft"),
}


@pytest.mark.parametrize(("found", "state"), AFTER_CHECK.values(), ids=AFTER_CHECK)
def test_a_draft_is_checked_when_nothing_forbids_publishing(
    found: tuple[str | None, str | None, int], state: str
) -> None:
    assert state_after_check(*found) == state


EDITS = {
    "the version seen": (("draft", 3, 3), None),
    "no version asked": (("draft", 3, None), None),
    "an older version": (("draft", 3, 2), Refusal.CHANGED),
    "published": (("published", 3, 3), Refusal.NOT_DRAFT),
    "withdrawn": (("withdrawn", 3, None), Refusal.NOT_DRAFT),
}


@pytest.mark.parametrize(("deposit", "refusal"), EDITS.values(), ids=EDITS)
def test_a_draft_changes_only_as_it_was_seen(
    deposit: tuple[str, int, int | None], refusal: Refusal | None
) -> None:
    assert refuse_edit(*deposit) is refusal


PUBLICATIONS = {
    "nothing online": ("checked", None, None, None),
    "agreed to replace": ("checked", "x", "x", None),
    "not asked": ("checked", "x", None, Refusal.ALREADY_ONLINE),
    "another one meanwhile": ("checked", "y", "x", Refusal.ALREADY_ONLINE),
    "withdrawn meanwhile": ("checked", None, "x", None),
    "blocked": ("draft", None, None, Refusal.BLOCKED),
    "twice": ("published", None, None, Refusal.NOT_DRAFT),
}


@pytest.mark.parametrize(
    ("state", "online", "replaces", "refusal"), PUBLICATIONS.values(), ids=PUBLICATIONS
)
def test_publishing_replaces_only_what_was_agreed(
    state: str, online: str | None, replaces: str | None, refusal: Refusal | None
) -> None:
    found = refuse_publication(state, 1, 1, online=online, replaces=replaces)
    assert found is refusal


@pytest.mark.parametrize("refusal", Refusal)
def test_each_refusal_has_its_sentence(refusal: Refusal) -> None:
    assert sentence_of(refusal, str).endswith(".")


def test_a_third_document_of_a_key_has_its_own() -> None:
    assert free_key("2022-dm", frozenset()) == "2022-dm"
    assert free_key("2022-dm", frozenset({"2022-dm"})) == "2022-dm-2"
    assert free_key("2022-dm", frozenset({"2022-dm", "2022-dm-2"})) == "2022-dm-3"
