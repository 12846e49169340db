"""What a reader may write about a file."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.odlocale.reuse.reports import (
    MAX_MESSAGE,
    MIN_MESSAGE,
    read_reason,
    read_report,
)

GOOD = "Le montant de la ligne 12 est faux."


def test_a_message_alone_is_enough() -> None:
    written, faults = read_report({"message": f"  {GOOD}\r\nVraiment. "})
    assert faults == {}
    assert written is not None
    assert written.message == f"{GOOD}\nVraiment."
    assert (written.email, written.row, written.personal) == ("", None, False)


WRONG: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "nothing": ({}, {"message": "short"}),
    "too short": ({"message": "x" * (MIN_MESSAGE - 1)}, {"message": "short"}),
    "too long": ({"message": "x" * (MAX_MESSAGE + 1)}, {"message": "long"}),
    "a megabyte": ({"message": "x" * 10**6}, {"message": "long"}),
    "no text": ({"message": ["x"]}, {"message": "text"}),
    "only signs that nobody sees": (
        {"message": "\u200b\u202e\x00" * 20},
        {"message": "short"},
    ),
    "an address that adds a header": (
        {"message": GOOD, "email": "a@b.fr\r\nBcc: c@d.fr"},
        {"email": "email"},
    ),
    "two addresses": ({"message": GOOD, "email": "a@b.fr,c@d.fr"}, {"email": "email"}),
    "no address": ({"message": GOOD, "email": "mairie"}, {"email": "email"}),
    "row zero": ({"message": GOOD, "row": "0"}, {"row": "row"}),
    "a row in words": ({"message": GOOD, "row": "la douze"}, {"row": "row"}),
    "a row that is no number here": ({"message": GOOD, "row": "١٢"}, {"row": "row"}),
    "a row beyond all files": ({"message": GOOD, "row": "9" * 40}, {"row": "row"}),
    "everything at once": (
        {"message": "", "email": "x", "row": "-1"},
        {"message": "short", "email": "email", "row": "row"},
    ),
}


@pytest.mark.parametrize(("typed", "faults"), WRONG.values(), ids=WRONG)
def test_each_field_at_fault_is_told(typed: dict, faults: dict) -> None:
    assert read_report(typed) == (None, faults)


def test_what_turns_a_text_around_is_taken_out_and_html_is_left_as_text() -> None:
    written, _ = read_report({"message": "<b>faux</b> \u202eelbisivni\u2069 ici"})
    assert written is not None
    assert written.message == "<b>faux</b> elbisivni ici"


@pytest.mark.parametrize(
    ("typed", "personal"),
    [("yes", True), (True, True), ("", False), (False, False), (None, False)],
)
def test_a_box_that_is_ticked_tells_of_people(typed: Any, personal: bool) -> None:
    written, _ = read_report({"message": GOOD, "personal": typed})
    assert written is not None
    assert written.personal is personal


def test_a_refusal_says_why() -> None:
    assert read_reason(GOOD) == (GOOD, None)
    assert read_reason("non") == ("non", "short")
    assert read_reason(None) == ("", "short")
