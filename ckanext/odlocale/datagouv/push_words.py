"""What is sent and changed there, in words for whoever decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckantoolkit as tk

LONGEST = 300


def why_sentences() -> dict[str, str]:
    """Say why a message waits, by its word."""
    return {
        "no_answer": tk._("data.gouv.fr does not answer. We try again by ourselves."),
        "not_now": tk._("data.gouv.fr takes nothing for now. We try again later."),
        "not_understood": tk._(
            "data.gouv.fr gave no readable answer. We try again by ourselves."
        ),
        "refused": tk._("data.gouv.fr refuses these data. Correct them here."),
        "key": tk._("data.gouv.fr does not know the key any more. Give another one."),
        "right": tk._("The key may not write there. Ask the organisation's managers."),
        "no_key": tk._("No key of data.gouv.fr was given. Give one."),
        "no_organization": tk._("It is not registered on data.gouv.fr yet."),
        "failed": tk._("The portal failed. Tell its operator."),
    }


def describe_change(change: Mapping[str, Any]) -> dict[str, str]:
    """Say what somebody changed there: what, from what, to what."""
    path = str(change["path"])
    was, is_now = change["was"], change["is"]
    if path in ("gone", "deleted"):
        return _change(tk._("The whole page"), tk._("online"), tk._("deleted there"))
    if path.startswith("file:"):
        field = path.split(":")[2] if path.count(":") > 1 else ""
        if not field:
            gone = tk._("deleted there")
            return _change(tk._("A file"), _text(was), gone)
        return _change(
            tk._("A file: {what}").format(what=_names().get(field, field)),
            _text(was),
            _text(is_now),
        )
    return _change(_names().get(path, path), _text(was), _text(is_now))


def _change(what: str, was: str, is_now: str) -> dict[str, str]:
    return {"what": what, "was": was, "is": is_now}


def _text(value: Any) -> str:
    """A value as one reads it; a long one is cut."""
    if value in (None, "", [], {}):
        return str(tk._("(nothing)"))
    if isinstance(value, bool):
        return str(tk._("yes") if value else tk._("no"))
    if isinstance(value, Mapping):
        value = [one for one in value.values() if one]
    if isinstance(value, list):
        flat = [" ".join(map(str, one)) if isinstance(one, list) else str(one)
                for one in value]  # fmt: skip
        value = ", ".join(flat)
    text = str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _names() -> dict[str, str]:
    return {
        "title": tk._("Title"),
        "description": tk._("Description"),
        "license": tk._("Licence"),
        "frequency": tk._("Update frequency"),
        "temporal_coverage": tk._("Period"),
        "spatial": tk._("Territory on the map"),
        "tags": tk._("Keywords"),
        "contacts": tk._("Contact"),
        "private": tk._("Hidden"),
        "archived": tk._("Archived"),
        "url": tk._("Address"),
        "format": tk._("Format"),
        "mime": tk._("Format"),
        "size": tk._("Size"),
        "checksum": tk._("Fingerprint of the file"),
        "schema": tk._("National model"),
    }
