"""What is accepted of the fiche, and of what else the desk asks before publishing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import ckantoolkit as tk
from ckan.types import Schema

from ckanext.odlocale.publishing.dataset import LICENCES
from ckanext.odlocale.publishing.fiche import (
    MAX_TAGS,
    Fault,
    Wishes,
    is_many,
    keep_changes,
    names_of_wishes,
    refuse_days,
    split_words,
)
from ckanext.odlocale.publishing.validators import (
    MAX_ID,
    MAX_NOTES,
    MAX_TITLE,
    deposit_schema,
    too_long,
)
from ckanext.odlocale.territory.page_validators import settle_behalf

MAX_CONTACT_NAME = 200
#: Of a field that lists several values.
MAX_LISTED = 20_000


def answer_schema() -> Schema:
    """Accept answers before publishing."""
    optional = tk.get_validator("ignore_empty")
    missing = tk.get_validator("ignore_missing")
    return {
        **deposit_schema(),
        "replaces": [optional, tk.get_validator("odlocale_text"), _short],
        "another": [optional, tk.get_validator("odlocale_flag")],
        "wishes": [missing, _fiche],
    }


def settle_territory(wishes: dict[str, Any], org_id: str) -> dict[str, Any]:
    """Return the wishes with the codes of the collectivités that they name.

    :param org_id: the organisation that publishes: those named are below it
    :raises ckan.plugins.toolkit.ValidationError: one of them cannot be named
    """
    if not wishes.get("on_behalf_of"):
        return wishes
    try:
        return {
            **wishes,
            "on_behalf_of": list(settle_behalf(wishes["on_behalf_of"], org_id)),
        }
    except tk.Invalid as error:
        said = _labelled("on_behalf_of", error.error)
        raise tk.ValidationError({"wishes": [said]}) from error


def read_wishes(said: dict[str, Any], filled: Wishes) -> Wishes:
    """Return what was changed of a fiche.

    :param said: what a form or a call says, once it was accepted
    :param filled: what the fiche is filled with
    """
    wishes = Wishes.from_dict(said)
    if filled.on_behalf_of and said.get("on_behalf_of") == []:
        wishes = replace(wishes, whole_territory="yes")
    return keep_changes(wishes, filled)


def _fiche(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise tk.Invalid(tk._("Write a text."))
    value: dict[str, Any] = {
        name: _many(said) if is_many(name) else _text(said or "")
        for name, said in given.items()
        if name in names_of_wishes()
    }
    for name, said in value.items():
        if not said or name not in _CHECKS:
            continue
        try:
            _CHECKS[name](said)
        except tk.Invalid as error:
            raise tk.Invalid(_labelled(name, error.error)) from error
    _check_days(value.get("temporal_start", ""), value.get("temporal_end", ""))
    return value


def _labelled(name: str, problem: str) -> str:
    labels = {
        "title": tk._("Title"),
        "notes": tk._("Description"),
        "contact_name": tk._("Service to contact"),
        "contact_email": tk._("Contact address"),
        "license_id": tk._("Licence"),
        "frequency": tk._("Update frequency"),
        "tag_string": tk._("Keywords"),
        "theme": tk._("Themes"),
        "on_behalf_of": tk._("Communes covered"),
    }
    return str(tk._("{label}: {problem}").format(label=labels[name], problem=problem))


def _text(value: Any) -> str:
    return str(tk.get_validator("odlocale_text")(value)).strip()


def _many(value: Any) -> list[str]:
    """Values given as a list, or as a text with commas."""
    if isinstance(value, (list, tuple)):
        found = [_text(one) for one in value]
    else:
        found = split_words(_text(value or ""))
    if sum(map(len, found)) > MAX_LISTED:
        raise tk.Invalid(too_long(MAX_LISTED))
    return found


def _short(value: str) -> str:
    _at_most(MAX_ID)(value)
    return value


def _at_most(limit: int) -> Callable[[str], None]:
    def check(text: str) -> None:
        if len(text) > limit:
            raise tk.Invalid(too_long(limit))

    return check


def _check_licence(value: str) -> None:
    if value not in LICENCES:
        raise tk.Invalid(tk._("choose one of those offered."))


def _among_choices(field_name: str) -> Callable[[str | list[str]], None]:
    def check(value: str | list[str]) -> None:
        fields = tk.h.scheming_get_dataset_schema("dataset")["dataset_fields"]
        field = tk.h.scheming_field_by_name(fields, field_name)
        known = {one["value"] for one in tk.h.scheming_field_choices(field)}
        if not known.issuperset([value] if isinstance(value, str) else value):
            raise tk.Invalid(tk._("choose one of those offered."))

    return check


def _check_email(address: str) -> None:
    try:
        tk.get_validator("email_validator")(address.strip(), {})
    except tk.Invalid as error:
        raise tk.Invalid(
            tk._("write a whole address, for example mairie@commune.fr.")
        ) from error


def _check_tags(text: str) -> None:
    words = split_words(text)
    if len(words) > MAX_TAGS:
        raise tk.Invalid(tk._("write {count} at most.").format(count=MAX_TAGS))
    for word in words:
        # CKAN's own rules: length, and which characters.
        for rule in ("tag_length_validator", "tag_name_validator"):
            try:
                tk.get_validator(rule)(word, {})
            except tk.Invalid as error:
                said = tk._(
                    "“{word}” cannot be one. Write letters, figures, spaces, hyphens"
                    " or full stops, from 2 to 100, with commas between keywords."
                )
                raise tk.Invalid(said.format(word=word[:MAX_ID])) from error


def _check_days(start: str, end: str) -> None:
    fault = refuse_days(start, end)
    if fault is None:
        return
    sentences = {
        Fault.HALF: tk._("Dates covered: write the first day and the last one."),
        Fault.UNREADABLE: tk._("Dates covered: write days as 31/12/2025."),
        Fault.REVERSED: tk._("Dates covered: the last day comes before the first."),
    }
    raise tk.Invalid(sentences[fault])


_CHECKS: dict[str, Callable[[Any], None]] = {
    "title": _at_most(MAX_TITLE),
    "notes": _at_most(MAX_NOTES),
    "contact_name": _at_most(MAX_CONTACT_NAME),
    "contact_email": _check_email,
    "license_id": _check_licence,
    "frequency": _among_choices("frequency"),
    "tag_string": _check_tags,
    "theme": _among_choices("theme"),
}
