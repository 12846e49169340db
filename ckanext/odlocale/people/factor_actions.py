"""Actions on one's own second factor: setting it up, removing it, other codes.

Each begins with the password: a session that somebody left open is not enough to shut
its owner out, nor to take away what protects him.
"""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context, DataDict
from flask import has_request_context

from ckanext.odlocale.people import second_factor, sessions
from ckanext.odlocale.people.account_letters import factor_changed
from ckanext.odlocale.people.contacts import tell
from ckanext.odlocale.people.personal_actions import confirm

__all__ = [
    "odlocale_factor_begin",
    "odlocale_factor_remove",
    "odlocale_factor_renew_codes",
    "odlocale_factor_set",
]


def odlocale_factor_begin(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the secret to put in one's telephone: another each time.

    :param confirm: one's password; the account's name where it has none
    :returns: ``secret``
    :raises ValidationError: the password is wrong, or a second factor is set up
    """
    tk.check_access("odlocale_factor_begin", context, data_dict)
    user = model.User.get(context["user"])
    if second_factor.is_set(user.id):
        _refuse("message", tk._("The double check is set up already."))
    confirm(context, user, str(data_dict.get("confirm") or ""))
    return {"secret": second_factor.begin(user.id)}


def odlocale_factor_set(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Set one's second factor up, by the code that the telephone shows.

    Only who was given the secret knows the code. Other sessions, which the password
    alone opened, end.

    :param typed: six digits
    :returns: ``codes``: of recovery, shown once
    :raises ValidationError: not the code, or nothing was begun
    """
    tk.check_access("odlocale_factor_set", context, data_dict)
    user = model.User.get(context["user"])
    codes = second_factor.confirm(user.id, str(data_dict.get("typed") or ""))
    if codes is None:
        _refuse("typed", tk._("This is not the code that your telephone shows."))
    sessions.end_all(user.id)
    model.Session.commit()
    if has_request_context():
        sessions.keep_this_one(user.id)
    tell(factor_changed("set"), [user])
    return {"codes": codes}


def odlocale_factor_remove(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Remove one's second factor. Who must have one sets another up at the next login.

    :param confirm: as :func:`odlocale_factor_begin`
    :raises ValidationError: the password is wrong
    """
    tk.check_access("odlocale_factor_remove", context, data_dict)
    user = model.User.get(context["user"])
    confirm(context, user, str(data_dict.get("confirm") or ""))
    second_factor.remove(user.id)
    second_factor.note("second factor removed", user.id)
    model.Session.commit()
    tell(factor_changed("removed"), [user])
    return {"id": user.id}


def odlocale_factor_renew_codes(
    context: Context, data_dict: DataDict
) -> dict[str, Any]:
    """Give oneself other recovery codes: the former open nothing any more.

    :param confirm: as :func:`odlocale_factor_begin`
    :returns: ``codes``, shown once
    :raises ValidationError: the password is wrong, or no second factor is set up
    """
    tk.check_access("odlocale_factor_renew_codes", context, data_dict)
    user = model.User.get(context["user"])
    confirm(context, user, str(data_dict.get("confirm") or ""))
    codes = second_factor.renew_codes(user.id)
    if codes is None:
        _refuse("message", tk._("The double check is not set up."))
    second_factor.note("recovery codes renewed", user.id)
    model.Session.commit()
    tell(factor_changed("renewed"), [user])
    return {"codes": codes}


def _refuse(field: str, sentence: str) -> None:
    model.Session.rollback()
    raise tk.ValidationError({field: [sentence]})
