"""The query that finds a collectivité; what it finds is tested on PostgreSQL."""

from __future__ import annotations

import pytest

from ckanext.odlocale.territory.register import Register
from ckanext.odlocale.territory.search import MAX_WORDS, Statement, search_statement


def statement(text: str, **options: int) -> Statement:
    limit, offset = options.get("limit", 20), options.get("offset", 0)
    return search_statement(
        Register.load(), text, kind="commune", limit=limit, offset=offset
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("Crach", ["% crach%"], id="name"),
        pytest.param("ÉTEL", ["% etel%"], id="capitals and accents"),
        pytest.param("ile aux moines", ["% ile%", "% aux%", "% moines%"], id="words"),
        pytest.param("L'Île", ["% ile%"], id="article"),
        pytest.param("100%_sûr", None, id="signs of LIKE, with a figure"),
        pytest.param("sûr%_", ["% sur%"], id="signs of LIKE"),
    ],
)
def test_words_are_folded_and_never_reach_the_sql(
    text: str, words: list[str] | None
) -> None:
    made = statement(text)
    found = [v for k, v in made.params.items() if k.startswith("word")]
    assert found == (words or [])
    assert text not in made.sql


def test_saint_may_be_shortened() -> None:
    made = statement("st nolff")
    assert made.params["word0"] == "% st%"
    assert made.params["long0"] == "% saint%"
    assert made.params["whole"] == "saint nolff"


def test_a_postal_code_is_looked_up_in_the_register() -> None:
    made = statement("56 950")
    assert made.params["at"] == ["56046"]
    assert made.params["prefix"] == "56950%"


def test_a_hostile_text_is_cut() -> None:
    made = statement("a " * 10_000)
    assert sum(k.startswith("word") for k in made.params) == MAX_WORDS


@pytest.mark.parametrize("text", ["'", "%%", "—", "’’’"])
def test_what_no_name_can_hold_finds_nothing(text: str) -> None:
    assert "AND false" in statement(text).sql


@pytest.mark.parametrize("text", ["", "   ", "\t"])
def test_nothing_typed_finds_everything(text: str) -> None:
    assert "false" not in statement(text).sql
    assert statement(text).params == {"kind": "commune", "limit": 20, "offset": 0}
