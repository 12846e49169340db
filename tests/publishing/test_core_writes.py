"""What a write of a dataset is in the journal."""

from __future__ import annotations

import itertools

import pytest

from ckanext.odlocale.people.journal_words import sentence_of
from ckanext.odlocale.publishing.core_writes import Seen, tell

PUBLIC, HIDDEN = Seen("crach", True), Seen("crach", False)
AWAY = Seen("auray", True)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (None, PUBLIC, [("published", "crach")]),
        (None, HIDDEN, []),
        (HIDDEN, PUBLIC, [("published", "crach")]),
        (PUBLIC, PUBLIC, [("changed", "crach")]),
        (HIDDEN, HIDDEN, []),
        (PUBLIC, HIDDEN, [("withdrawn", "crach")]),
        (PUBLIC, AWAY, [("moved", "crach"), ("moved", "auray")]),
        (
            HIDDEN,
            AWAY,
            [("moved", "crach"), ("moved", "auray"), ("published", "auray")],
        ),
        (Seen(None, True), AWAY, [("moved", "auray")]),
        (AWAY, Seen(None, True), [("moved", "auray")]),
    ],
)
def test_it_says_what_one_write_did(
    before: Seen | None, after: Seen, said: list[tuple[str, str | None]]
) -> None:
    assert tell(before, after) == said


def test_each_verb_has_its_sentence() -> None:
    every = [PUBLIC, HIDDEN, AWAY]
    verbs = {
        verb
        for before, after in itertools.product([None, *every], every)
        for verb, _ in tell(before, after)
    }
    assert verbs == {"published", "changed", "withdrawn", "moved"}
    assert not [one for one in verbs if sentence_of(one, {}, str) == one]
