"""What the actions on documents, and on an ATD's rules, accept."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan.types import Schema

from ckanext.odlocale.publishing.validators import MAX_NOTES, MAX_TITLE, too_long


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


def _title(value: str) -> str:
    if len(value) > MAX_TITLE:
        raise tk.Invalid(too_long(MAX_TITLE))
    return " ".join(value.split())


def _notes(value: str) -> str:
    if len(value) > MAX_NOTES:
        raise tk.Invalid(too_long(MAX_NOTES))
    return value.strip()


def _validators(*names: str) -> list[Any]:
    return [tk.get_validator(name) for name in names]
