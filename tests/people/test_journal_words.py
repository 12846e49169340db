"""The journal in words: each verb that the portal writes has its sentence."""

from __future__ import annotations

import ast
from pathlib import Path

from ckanext.odlocale.people.journal_words import sentence_of

ROOM = Path(__file__).parents[2] / "ckanext" / "odlocale"
#: Not about a collectivité, so that no collectivité's journal has them.
ELSEWHERE = {
    "identity linked",
    "logged in",
    "login refused",
    "sessions ended",
    "second factor reset",
    "password changed",
    "address changed",
}


def written_verbs() -> set[str]:
    """Verbs given to the functions that write in the journal, in two rooms."""
    found: set[str] = set()
    for path in [*(ROOM / "people").glob("*.py"), *(ROOM / "publishing").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in ("record", "_record", "note", "_note", "finish", "_finish"):
                for one in node.args:
                    either = isinstance(one, ast.IfExp)
                    choices = [one.body, one.orelse] if either else [one]
                    found |= {
                        choice.value
                        for choice in choices
                        if isinstance(choice, ast.Constant)
                        and isinstance(choice.value, str)
                    }
    return found


def test_each_verb_has_its_sentence() -> None:
    said = {verb: sentence_of(verb, {"data": "x"}, str) for verb in written_verbs()}
    without = {verb for verb, sentence in said.items() if sentence == verb}
    assert without <= ELSEWHERE


def test_an_unknown_verb_is_shown_as_it_is() -> None:
    assert sentence_of("folded", {}, str) == "folded"
