"""What the actions on documents, and on an ATD's rules, accept."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan.types import Schema

from ckanext.odlocale.publishing.validators import (
    MAX_NOTES,
    MAX_TITLE,
    a_file,
    a_known_reason,
    too_long,
)
from ckanext.odlocale.publishing.withdrawal import MAX_NOTE


def rule_list_schema() -> Schema:
    """Accept a model."""
    required, text = _validators("not_empty", "odlocale_text")
    return {"schema": [required, text]}


def rule_schema() -> Schema:
    """Accept an ATD, a model, and what is asked about it."""
    required, text = _validators("not_empty", "odlocale_text")
    optional, boolean = _validators("ignore_missing", "boolean_validator")
    asked = [optional, boolean]
    named = [required, text]
    return {"atd_siren": named, "schema": named, "conforming": asked, "priority": asked}


def document_list_schema() -> Schema:
    """Accept an organisation."""
    required, text = _validators("not_empty", "odlocale_text")
    return {"org_id": [required, text]}


def document_schema() -> Schema:
    """Accept a draft or an address, and what is said of it."""
    required, text, optional = _validators("not_empty", "odlocale_text", "ignore_empty")
    number, flag = _validators("odlocale_whole_number", "odlocale_flag")
    kept = tk.get_validator("ignore_missing")
    return {
        "org_id": [required, text],
        "id": [optional, text],
        "version": [kept, number],
        "url": [optional, text],
        "title": [tk.get_validator("default")(""), text, _title],
        "notes": [optional, text, _notes],
        "agreed": [kept, flag],
    }


def document_named_schema() -> Schema:
    """Accept a document by its name or its id, and the version that was seen."""
    required, text, optional = _validators("not_empty", "odlocale_text", "ignore_empty")
    return {"id": [required, text], "version": [optional, text]}


def document_change_schema() -> Schema:
    """Accept what is said of a document."""
    text, optional = _validators("odlocale_text", "ignore_empty")
    return {
        **document_named_schema(),
        "title": [tk.get_validator("default")(""), text, _title],
        "notes": [optional, text, _notes],
    }


def document_replace_schema() -> Schema:
    """Accept a newer file of a document, or another address."""
    text, optional = _validators("odlocale_text", "ignore_empty")
    kept, flag = _validators("ignore_missing", "odlocale_flag")
    return {
        **document_named_schema(),
        "upload": [optional, a_file],
        "filename": [optional, text],
        "url": [optional, text],
        "agreed": [kept, flag],
    }


def document_withdraw_schema() -> Schema:
    """Accept why a document is withdrawn."""
    text, optional = _validators("odlocale_text", "ignore_empty")
    return {
        **document_named_schema(),
        "reason": [optional, text, a_known_reason],
        "note": [optional, text, _note],
    }


def document_purge_schema() -> Schema:
    """Accept why a document is erased."""
    text, optional = _validators("odlocale_text", "ignore_empty")
    return {**document_named_schema(), "reason": [optional, text, a_known_reason]}


def _note(value: Any) -> str:
    return _within(MAX_NOTE, value).strip()


def _title(value: Any) -> str:
    return " ".join(_within(MAX_TITLE, value).split())


def _notes(value: Any) -> str:
    return _within(MAX_NOTES, value).strip()


def _within(limit: int, value: Any) -> str:
    # CKAN calls a field's next validator even after one that refused.
    if not isinstance(value, str):
        raise tk.Invalid(tk._("Write a text."))
    if len(value) > limit:
        raise tk.Invalid(too_long(limit))
    return value


def _validators(*names: str) -> list[Any]:
    return [tk.get_validator(name) for name in names]
