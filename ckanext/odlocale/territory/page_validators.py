"""Validators of what pages show: an ATD's colour, a person who agreed, on whose
behalf a dataset is published."""

from __future__ import annotations

import json
from typing import Any, NoReturn

import ckantoolkit as tk
from ckan import model

from ckanext.odlocale.territory import behalf, colours
from ckanext.odlocale.territory.model import run

Key = tuple[Any, ...]
Flat = dict[Key, Any]

__all__ = [
    "odlocale_colour",
    "odlocale_consent",
    "odlocale_on_behalf_of",
    "odlocale_on_behalf_of_output",
    "odlocale_with_consent",
]

_YES = ("true", "yes", "on", "1", "oui")


def odlocale_colour(value: Any) -> str | None:
    """Accept a colour that is read on white, at 4.5:1 or more (WCAG 2.2, 1.4.3).

    :returns: ``#rrggbb``; nothing where no colour is given.
    :raises Invalid: not a colour, or too pale: the nearest allowed one is told.
    """
    if value is None or value is tk.missing or (value == ""):
        return None
    if not isinstance(value, str):
        raise tk.Invalid(tk._("Write a colour with its six signs, such as #005d7a."))
    try:
        colour = colours.parse_colour(value)
    except ValueError as error:
        raise tk.Invalid(
            tk._("Write a colour with its six signs, such as #005d7a.")
        ) from error
    if not colours.is_readable(colour):
        raise tk.Invalid(
            tk._(
                "The colour {colour} is too pale to be read on white. "
                "The nearest one that can be read is {allowed}."
            ).format(colour=colour, allowed=colours.nearest_readable(colour))
        )
    return colour


def odlocale_with_consent(
    key: Key, data: Flat, errors: dict[Key, list[str]], context: dict[str, Any]
) -> None:
    """Keep a person's name only where that person agreed that everybody reads it.

    The agreement is the field of the same name followed by ``_consent``. Without
    it, or once it is taken back, the name is not stored.
    """
    consent = data.get((f"{key[0]}_consent",))
    if not _agrees(consent):
        _forget(key, data)


def odlocale_consent(
    key: Key, data: Flat, errors: dict[Key, list[str]], context: dict[str, Any]
) -> None:
    """Keep an agreement as ``yes``; anything else is no agreement."""
    if not _agrees(data.get(key)):
        _forget(key, data)
    data[key] = "yes"


def _agrees(value: Any) -> bool:
    # CKAN's mark of a field left out refuses to be written as a text.
    return value is not tk.missing and str(value).strip().lower() in _YES


def _forget(key: Key, data: Flat) -> NoReturn:
    data.pop(key, None)
    raise tk.StopOnError


def odlocale_on_behalf_of(
    key: Key, data: Flat, errors: dict[Key, list[str]], context: dict[str, Any]
) -> None:
    """Keep the codes of those for whom a dataset is published.

    Codes, or names of collectivités below the dataset's owner, are accepted. What
    is stored is a JSON list of codes, each once, in order. A code that the dataset
    holds already stays good as long as its owner does: a commune that is merged
    later must not prevent an update.

    :raises Invalid: one is unknown, is not below the owner, or may be several.
    """
    try:
        written = behalf.split_written(_given(data.get(key)))
        kept = _kept(written, data.get(("owner_org",)), context)
        new = tuple(one for one in written if one not in kept)
        codes = sorted({*kept, *_settle(new, data.get(("owner_org",)))})
    except behalf.Refusal as refusal:
        raise tk.Invalid(_explain(refusal)) from refusal
    if not codes:
        _forget(key, data)
    data[key] = json.dumps(codes)


def settle_behalf(written: Any, owner_org: str) -> tuple[str, ...]:
    """Return the codes of those for whom an organisation would publish, in order.

    :param written: codes or names, as :func:`~.behalf.split_written` reads them
    :raises Invalid: one is unknown, is not below the owner, or may be several.
    """
    try:
        return tuple(sorted(_settle(behalf.split_written(written), owner_org)))
    except behalf.Refusal as refusal:
        raise tk.Invalid(_explain(refusal)) from refusal


def odlocale_on_behalf_of_output(value: Any) -> list[str]:
    """Give the codes back as a list, as they were stored."""
    try:
        return list(behalf.split_written(value))
    except behalf.Refusal:
        return []


def _given(value: Any) -> Any:
    return None if value is tk.missing else value


def _kept(
    written: tuple[str, ...], owner_org: Any, context: dict[str, Any]
) -> set[str]:
    package = context.get("package")
    if not isinstance(package, model.Package) or package.owner_org != owner_org:
        return set()
    stored = (package.extras or {}).get("on_behalf_of")
    return set(odlocale_on_behalf_of_output(stored)) & set(written)


def _settle(written: tuple[str, ...], owner_org: Any) -> tuple[str, ...]:
    if not written:
        return ()
    owner = model.Group.get(owner_org) if isinstance(owner_org, str) else None
    if owner is None:
        raise behalf.Refusal("no_owner")
    rows = run(behalf.candidates_statement(owner.id, written))
    return behalf.settle(written, rows)


def _explain(refusal: behalf.Refusal) -> str:
    sentences = {
        "unknown": tk._(
            "No local authority below this one is called {given}. "
            "Write its INSEE code or its full name."
        ),
        "not_below": tk._(
            "{given} is not below the publisher. "
            "Only authorities below it can be named here."
        ),
        "ambiguous": tk._("{given} may be several. Write its code: {choices}."),
        "itself": tk._("{given} is the publisher itself. Leave it out."),
        "commune": tk._("A commune publishes for itself only. Leave this empty."),
        "no_owner": tk._("Choose the publisher first: it decides who can be named."),
        "too_many": tk._("These are too many local authorities for one publication."),
    }
    choices = ", ".join(refusal.choices)
    return str(sentences[refusal.fault].format(given=refusal.given, choices=choices))
