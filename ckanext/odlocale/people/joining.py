"""What the ways of coming in have in common."""

from __future__ import annotations

import datetime
from typing import NoReturn

import ckantoolkit as tk
from ckan import model
from ckan.types import Context


def caller_of(context: Context) -> str | None:
    """Return the id of the account that calls, if any."""
    user = model.User.get(context["user"]) if context.get("user") else None
    return user.id if user else None


def sentence_of(verdict: str, left: int) -> str:
    """Say what is wrong with a code that was typed.

    :param verdict: of :func:`~.codes.judge`
    :param left: how many tries are left
    """
    if verdict == "expired":
        return str(tk._("This code is too old. Ask for another one."))
    if verdict == "locked" or not left:
        return str(tk._("Too many tries. Ask for another code."))
    said = tk.ungettext(
        "This is not the code. {count} try left.",
        "This is not the code. {count} tries left.",
        left,
    )
    return str(said.format(count=left))


def portal_key() -> str:
    """Return the key that codes are sealed with."""
    return str(tk.config["SECRET_KEY"])


def now() -> datetime.datetime:
    """Return this moment, with its time zone."""
    return datetime.datetime.now(datetime.timezone.utc)


def refuse(field: str, sentence: str) -> NoReturn:
    """Undo what was begun, and say what is wrong.

    :raises ckan.plugins.toolkit.ValidationError: always
    """
    model.Session.rollback()
    raise tk.ValidationError({field: [sentence.strip()]})
