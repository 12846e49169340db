"""Validators that take the place of core's: what a password must be."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan.lib.navl.dictization_functions import Missing

from ckanext.odlocale.people.access import MAX_LENGTH, MIN_LENGTH, fault_of

__all__ = ["user_password_validator"]

#: In the context of an account's making: what anybody knows of where it is to work.
WORDS = "odlocale_password_words"


def user_password_validator(
    key: Any, data: dict[Any, Any], errors: dict[Any, Any], context: Any
) -> None:
    """Refuse a password that is short, or that somebody who knows its owner guesses."""
    value = data[key]
    if isinstance(value, Missing) or value == "":
        return
    if not isinstance(value, str):
        errors[("password",)].append(tk._("Choose a password."))
        return
    known = [data.get((name,)) for name in ("name", "fullname", "email")]
    words = [one for one in known if isinstance(one, str)]
    words += [part for one in words for part in one.replace("@", " ").split()]
    words += [str(one) for one in context.get(WORDS, ())]
    fault = fault_of(value, [*words, str(tk.config["ckan.site_title"])])
    if fault is not None:
        sentences = {
            "short": tk._("Choose a longer password: {count} characters at least."),
            "long": tk._("Choose a shorter password: {limit} characters at most."),
            "guessable": tk._(
                "This password is easy to guess. Choose three words that do not go"
                " together."
            ),
        }
        said = sentences[fault].format(count=MIN_LENGTH, limit=MAX_LENGTH)
        errors[("password",)].append(said)
