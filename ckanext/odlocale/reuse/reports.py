"""What a reader may write about a file, and what an agent may answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ckanext.odlocale.people.invitations import is_address

#: Characters of a message. Fewer say nothing, more are not read.
MIN_MESSAGE, MAX_MESSAGE = 10, 2_000
#: Reports from one address of the internet in a day: a school has one.
MAX_FROM_ONE = 10
#: Reports in a day about one file, from where nobody knows; letters about one
#: collectivité's.
MAX_FROM_NOBODY, MAX_LETTERS = 40, 5
#: Rows that a file may have: the number is a person's, not a count.
MAX_ROW = 100_000_000

State = Literal["open", "corrected", "refused"]
Verdict = Literal["corrected", "refused"]

Fault = Literal["short", "long", "text", "email", "row"]

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Written:
    """What a reader wrote, cleaned.

    :ivar row: of the file, counted as a person does; nothing for the whole file
    :ivar email: where to answer; empty where none is wanted
    """

    message: str
    email: str
    row: int | None
    personal: bool


def read_report(typed: Mapping[str, Any]) -> tuple[Written | None, dict[str, Fault]]:
    """Return what a reader wrote, or what is wrong with it by field.

    Signs that nobody sees, some of which turn a text around, are taken out. What is
    left is shown as it is, never obeyed.
    """
    faults: dict[str, Fault] = {}
    message = _read_message(typed.get("message"), faults)
    email = str(typed.get("email") or "").strip()
    if email and not is_address(email):
        faults["email"] = "email"
    row = _read_row(typed.get("row"), faults)
    personal = str(typed.get("personal") or "") not in ("", "False", "false", "0")
    if faults:
        return None, faults
    return Written(message, email, row, personal), {}


def read_reason(value: Any) -> tuple[str, Fault | None]:
    """Return why an agent says that it is no error, or what is wrong with it."""
    faults: dict[str, Fault] = {}
    return _read_message(value, faults), faults.get("message")


def _read_message(value: Any, faults: dict[str, Fault]) -> str:
    if value is not None and not isinstance(value, str):
        faults["message"] = "text"
        return ""
    text = _UNSEEN.sub("", (value or "").replace("\r\n", "\n")).strip()
    if len(text) > MAX_MESSAGE:
        faults["message"] = "long"
    elif len(text) < MIN_MESSAGE:
        faults["message"] = "short"
    return text


def _read_row(value: Any, faults: dict[str, Fault]) -> int | None:
    text = str(value if value is not None else "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        faults["row"] = "row"
        return None
    row = int(text)
    if not 1 <= row <= MAX_ROW:
        faults["row"] = "row"
        return None
    return row
