"""The words of the desk's and the animator's screens and letters: plain, and short.

What a town hall's secretary reads has no word of the trade, and no sentence that must
be read twice.
"""

from __future__ import annotations

import re

import pytest

from scripts import catalogue

#: Where what an agent or an animator reads is written.
ROOMS = (
    "templates/publishing/",
    "templates/animer/",
    "templates/people/",
    "templates/reminders/",
    "templates/reuse/",
    "templates/macros/desk.html",
    "templates/desk.html",
    "odlocale/publishing/",
    "odlocale/reminders/",
)
WORDS_OF_THE_TRADE = re.compile(
    r"veuillez|désolé|invalide|schéma|jeux? de données|ressource|métadonnée|encodage"
    r"|moissonn",
    re.IGNORECASE,
)
MAX_WORDS = 20
_SENTENCES = re.compile(r"(?<=[.!?…])\s+|\n")


def faults_of(text: str) -> list[str]:
    """What is wrong in one text."""
    found = [f"word: {one}" for one in WORDS_OF_THE_TRADE.findall(text)]
    for sentence in _SENTENCES.split(text):
        words = [one for one in sentence.split() if re.search(r"\w", one)]
        if len(words) > MAX_WORDS:
            found.append(f"{len(words)} words: {sentence}")
    return found


def test_what_agents_and_animators_read_is_plain_and_short() -> None:
    read, faults = 0, []
    for message in catalogue.read_catalog(catalogue.FRENCH):
        places = [name for name, _line in message.locations]
        if not message.id or not any(room in one for one in places for room in ROOMS):
            continue
        read += 1
        texts = message.string
        for text in (texts,) if isinstance(texts, str) else texts:
            faults += [f"{places[0]}: {one}" for one in faults_of(text)]
    assert read > 1_000, "the catalogue says where each text is read"
    assert faults == []


@pytest.mark.parametrize(
    "text",
    ["Veuillez patienter.", "Deux jeux de données.", "Un " + "mot " * 20 + "de trop."],
)
def test_the_rule_sees_what_is_wrong(text: str) -> None:
    assert faults_of(text)
