"""Links of letters: signed, bounded, never guessed."""

from __future__ import annotations

import pytest

from ckanext.odlocale.reminders.links import (
    Answer,
    LinkRefused,
    Stop,
    headers_of,
    read_answer,
    read_stop,
    sign_answer,
    sign_stop,
)

KEY = "une clé d'essai"
ANSWER = Answer("u-1", "215600461", "subventions", 2025)
STOP = Stop("u-1", "reminders")


def test_a_link_says_what_was_signed() -> None:
    assert read_answer(sign_answer(ANSWER, KEY), KEY) == ANSWER
    assert read_stop(sign_stop(STOP, KEY), KEY) == STOP


WRONG = {
    "empty": "",
    "invented": "WyJ1LTEiXQ.aaaa.bbbb",
    "another link's": sign_stop(STOP, KEY),
    "another portal's": sign_answer(ANSWER, "une autre clé"),
    "cut": sign_answer(ANSWER, KEY)[:-1],
    "not text": "\0é",
}


@pytest.mark.parametrize("token", WRONG.values(), ids=WRONG)
def test_a_link_that_nobody_signed_answers_nothing(token: str) -> None:
    with pytest.raises(LinkRefused):
        read_answer(token, KEY)


# Named: a signature changes each second, and processes that share the tests must call
# them alike.
NO_STOP = {"empty": "", "invented": "x.y", "another link's": sign_answer(ANSWER, KEY)}


@pytest.mark.parametrize("token", NO_STOP.values(), ids=NO_STOP)
def test_a_link_that_nobody_signed_stops_nothing(token: str) -> None:
    with pytest.raises(LinkRefused):
        read_stop(token, KEY)


def test_an_answer_is_too_old_after_its_time_a_stop_never_is() -> None:
    with pytest.raises(LinkRefused):
        read_answer(sign_answer(ANSWER, KEY), KEY, seconds=-1)


def test_letters_of_no_kind_are_not_stopped() -> None:
    with pytest.raises(LinkRefused):
        read_stop(sign_stop(Stop("u", "adverts"), KEY), KEY)  # type: ignore[arg-type]


def test_mail_programs_are_told_how_to_stop() -> None:
    assert headers_of("https://x.example/a") == {
        "List-Unsubscribe": "<https://x.example/a>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
