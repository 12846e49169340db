"""Validators of an organisation's fields, and of what any action is given."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.odlocale.base.plain import drop_controls
from ckanext.odlocale.territory.choices import named_exactly
from ckanext.odlocale.territory.identifiers import is_insee, is_siren, is_siret
from ckanext.odlocale.territory.owners import choices_meant, organisation_meant
from ckanext.odlocale.territory.page_validators import (
    odlocale_colour,
    odlocale_consent,
    odlocale_on_behalf_of,
    odlocale_on_behalf_of_output,
    odlocale_with_consent,
)
from ckanext.odlocale.territory.register import KINDS
from ckanext.odlocale.territory.tables import Collectivity

Key = tuple[Any, ...]
Flat = dict[Key, Any]

_NAMES = ("name", "title")

#: France has 35,000 communes.
MAX_CODES = 50_000

#: PostgreSQL's largest integer.
MAX_INTEGER = 2**31 - 1

__all__ = [
    "odlocale_codes",
    "odlocale_colour",
    "odlocale_consent",
    "odlocale_flag",
    "odlocale_insee",
    "odlocale_kind",
    "odlocale_on_behalf_of",
    "odlocale_on_behalf_of_output",
    "odlocale_owner",
    "odlocale_population",
    "odlocale_register_owned",
    "odlocale_siren",
    "odlocale_siret",
    "odlocale_text",
    "odlocale_whole_number",
    "odlocale_with_consent",
]


def odlocale_codes(value: Any) -> list[str]:
    """Accept one code or a list of them; spaces and commas part them in a text.

    :raises Invalid: something else than texts, or more than the portal can hold.
    """
    listed = value if isinstance(value, list) else [value]
    texts = [odlocale_text(one) for one in listed]
    codes = [code for text in texts for code in text.replace(",", " ").split()]
    if len(codes) > MAX_CODES:
        raise tk.Invalid(tk._("These are too many codes for one call."))
    return list(dict.fromkeys(codes))


def odlocale_siren(value: str) -> str:
    """Accept a SIREN, however it is spaced.

    :raises Invalid: it has not nine figures, or its check digit is wrong.
    """
    text = "".join(str(value).split())
    if not is_siren(text):
        raise tk.Invalid(tk._("A SIREN has nine figures. Compare with your document."))
    return text


def odlocale_siret(
    key: Key, data: Flat, errors: dict[Key, list[str]], context: dict[str, Any]
) -> None:
    """Accept a SIRET of this very collectivité, however it is spaced.

    :raises Invalid: its check digit is wrong, or its SIREN is another's.
    """
    value = "".join(str(data.get(key) or "").split())
    if not value:
        return
    if not is_siret(value):
        raise tk.Invalid(
            tk._("This SIRET is wrong: compare its 14 figures with your document.")
        )
    group = _stored_group(data)
    own = Collectivity.by_org(group.id) if group is not None else None
    if own is not None and not value.startswith(own.siren):
        raise tk.Invalid(
            tk._(
                "This SIRET is another collectivité's: yours begins with {siren}."
            ).format(siren=own.siren)
        )
    data[key] = value


def odlocale_insee(value: str) -> str:
    """Accept an INSEE code of a commune.

    :raises Invalid: it is not written as one.
    """
    text = str(value).strip().upper()
    if not is_insee(text):
        raise tk.Invalid(tk._("An INSEE code has five signs, for example 56046."))
    return text


def odlocale_kind(value: str) -> str:
    """Accept a kind of collectivité.

    :raises Invalid: an unknown kind.
    """
    if value not in KINDS:
        raise tk.Invalid(tk._("Choose one of: {kinds}.").format(kinds=", ".join(KINDS)))
    return value


def odlocale_owner(value: Any, context: dict[str, Any]) -> Any:
    """Read the organisation that a form's field names, whatever was typed in it.

    Core's own validator comes after it, and says whether the user may publish there.

    :raises Invalid: nothing, or several collectivités, are called so.
    """
    if value is tk.missing or not isinstance(value, str) or not value.strip():
        return value
    typed = odlocale_text(value)
    meant = organisation_meant(typed)
    if meant is not None:
        return meant
    user = None if context.get("ignore_auth") else model.User.get(context.get("user"))
    if user is None and not context.get("ignore_auth"):
        return value
    found = choices_meant(user, typed)
    if len(found) == 1 and named_exactly(found, typed):
        return found[0]["id"]
    if not found:
        raise tk.Invalid(
            tk._("You publish for no local authority of this name. Check its spelling.")
        )
    raise tk.Invalid(
        tk._("Which one do you mean? Write it as here: {choices}.").format(
            choices=", ".join(one["label"] for one in found)
        )
    )


def odlocale_population(value: str) -> str:
    """Accept a number of inhabitants, kept as text like every field here.

    :raises Invalid: it is not a whole number.
    """
    text = "".join(str(value).split())
    if not (text.isascii() and text.isdigit()):
        raise tk.Invalid(tk._("Write a whole number, for example 3423."))
    return text


def odlocale_text(value: Any) -> str:
    """Accept a text that the database can keep.

    :raises Invalid: not a text, or with a NUL or half a character in it.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise tk.Invalid(tk._("Write a text."))
    if "\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
        raise tk.Invalid(tk._("This text holds a sign that cannot be kept."))
    return drop_controls(value)


def odlocale_whole_number(value: Any) -> int:
    """Accept a whole number from 0 to PostgreSQL's largest integer.

    :raises Invalid: it is anything else.
    """
    text = str(value).strip()
    short = text.isascii() and text.isdigit() and len(text) <= len(str(MAX_INTEGER))
    if isinstance(value, bool) or not short or int(text) > MAX_INTEGER:
        raise tk.Invalid(tk._("Write a whole number, for example 3423."))
    return int(text)


def odlocale_flag(value: Any) -> bool:
    """Accept yes or no, as core does, and nothing that makes core fail.

    :raises Invalid: a list, a dictionary…
    """
    if not isinstance(value, (bool, int, str)):
        raise tk.Invalid(tk._("Answer true or false."))
    return str(value).strip().lower() in ("true", "yes", "t", "y", "1", "on")


def odlocale_register_owned(
    key: Key, data: Flat, errors: dict[Key, list[str]], context: dict[str, Any]
) -> None:
    """Keep a field as the register gives it.

    A field left out keeps its value, so that a partial update loses nothing. On
    an organisation made by hand, an administrator of the portal may set it.

    :raises StopOnError: the field was given another value.
    """
    group = context.get("group") or _stored_group(data)
    given = data.get(key)
    is_given = given is not tk.missing and given not in (None, "")
    stored = _stored_value(group, str(key[0])) if group is not None else ""
    if is_given and str(given) != stored and not _may_set(str(key[0]), group, context):
        errors[key].append(
            tk._("This comes from the official register and cannot be changed here.")
        )
        raise tk.StopOnError
    if not is_given and stored:
        data[key] = stored


def _stored_group(data: Flat) -> model.Group | None:
    reference = data.get(("id",)) or None
    if reference is None or reference is tk.missing:
        return None
    return model.Group.get(reference)


def _stored_value(group: model.Group, name: str) -> str:
    if name in _NAMES:
        return str(getattr(group, name) or "")
    return str((group.extras or {}).get(name, ""))


def _may_set(name: str, group: model.Group | None, context: dict[str, Any]) -> bool:
    if group is not None and Collectivity.by_org(group.id) is not None:
        return False
    # Anybody who may edit an organisation made by hand names it; a SIREN of
    # another's would make it speak in that one's name.
    if name in _NAMES or context.get("ignore_auth"):
        return True
    user = model.User.get(context.get("user"))
    return user is not None and bool(user.sysadmin)
