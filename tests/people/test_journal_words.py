"""The journal in words: each verb that the portal writes has its sentence."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from ckanext.odlocale.people.journal_words import sentence_of

PACKAGE = Path(__file__).parents[2] / "ckanext" / "odlocale"
ROOMS = ("people", "publishing", "territory", "handover", "reuse", "datagouv")
WRITERS = ("record", "_record", "note", "_note", "finish", "_finish", "_note_identity")
INVITED = {"whom": "Paul Durand (paul@mairie.example)", "role": "agent"}
MANDATE = {"holder": "Vannes Agglo", "data": "Budget", "until": "31 décembre 2027"}


def written_verbs() -> set[str]:
    """Verbs given to the functions that write in the journal, in all rooms."""
    found: set[str] = set()
    for room in ROOMS:
        for path in (PACKAGE / room).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    found |= verbs_given(node)
    return found


def verbs_given(call: ast.Call) -> set[str]:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    named = [one.value for one in call.keywords if one.arg == "verb"]
    given = [*call.args, *named] if name in WRITERS else named
    choices = [
        choice
        for one in given
        for choice in ([one.body, one.orelse] if isinstance(one, ast.IfExp) else [one])
    ]
    return {
        one.value
        for one in choices
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    }


def test_the_verbs_are_found() -> None:
    assert written_verbs() >= {"published", "invited", "logged in", "set", "packed",
                               "administrator named", "identity linked"}  # fmt: skip


def test_each_verb_has_its_sentence() -> None:
    said = {verb: sentence_of(verb, {"data": "x"}, str) for verb in written_verbs()}
    assert {verb for verb, sentence in said.items() if sentence == verb} == set()


def test_an_unknown_verb_is_shown_as_it_is() -> None:
    assert sentence_of("folded", {}, str) == "folded"


@pytest.mark.parametrize(
    ("verb", "detail", "said"),
    [
        ("invited", INVITED, "invited Paul Durand (paul@mairie.example) (role: agent)"),
        ("removed", INVITED, "took Paul Durand (paul@mairie.example) out of the team"),
        (
            "mandate accepted",
            MANDATE,
            "accepted the mandate of Vannes Agglo: Budget, until 31 décembre 2027",
        ),
        ("published", {"data": "Budget, 2025"}, "published: Budget, 2025"),
        # What somebody wrote is no place to be filled in.
        ("removed", {"whom": "{data}"}, "took {data} out of the team"),
    ],
)  # fmt: skip
def test_it_says_whom_what_and_until_when(
    verb: str, detail: dict[str, str], said: str
) -> None:
    assert sentence_of(verb, detail, str) == said
