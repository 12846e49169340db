"""Actions of who forgot a password: having a link sent, choosing another."""

from __future__ import annotations

import logging
from typing import Any

import ckantoolkit as tk
from ckan.types import Context, DataDict

from ckanext.odlocale.base.mail import LetterNotSent, send
from ckanext.odlocale.base.worker import portal_language
from ckanext.odlocale.people import account_letters, proving, throttle
from ckanext.odlocale.people.origins import origin_mark

__all__ = ["odlocale_password_ask", "odlocale_password_set"]

log = logging.getLogger(__name__)

#: Links that one place may ask for in an hour, and all those that a proxy hides.
MAX_FROM_ONE = 10
MAX_FROM_UNKNOWN = 200
#: Letters that one account receives in an hour, whoever asks.
MAX_FOR_ONE = 3
MAX_TYPED = 200


def odlocale_password_ask(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Have a link sent that lets choose another password.

    The answer is the same, as fast, whether or not there is such an account: the worker
    looks, and writes.

    :param typed: an account's name, or its address
    :returns: ``asked``
    :raises ValidationError: nothing was typed, or too many links were asked for
    """
    tk.check_access("odlocale_password_ask", context, data_dict)
    typed = data_dict.get("typed")
    typed = typed.strip()[:MAX_TYPED] if isinstance(typed, str) else ""
    if not typed or "\0" in typed:
        said = tk._("Write your user name or your e-mail address.")
        raise tk.ValidationError({"typed": [said]})
    origin = origin_mark()
    most = MAX_FROM_ONE if origin else MAX_FROM_UNKNOWN
    if throttle.is_one_too_many(f"reset:from:{origin}", most):
        said = tk._("Too many links were asked for. Try again in an hour.")
        raise tk.ValidationError({"message": [said]})
    tk.enqueue_job(send_link, [typed], title="odlocale: a link for a password")
    return {"asked": True}


def odlocale_password_set(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Choose another password by the link of a letter, which then no longer opens.

    All sessions of the account end, and its API tokens.

    :param token: the link's secret
    :param password: the new one
    :returns: ``user``: the account's name
    :raises NotFound: the link served, or is too old
    :raises ValidationError: the password is too weak
    """
    tk.check_access("odlocale_password_set", context, data_dict)
    user, _ = proving.follow_link("password", str(tk.get_or_bust(data_dict, "token")))
    password = data_dict.get("password")
    if not password:
        raise tk.ValidationError({"password": [tk._("Choose a password.")]})
    name = user.name
    # Whom core invited is here from now on: the link proves the address.
    user.activate()
    tk.get_action("user_patch")(
        {"user": name, "ignore_auth": True}, {"id": user.id, "password": password}
    )
    throttle.remember(name)
    return {"user": name}


def send_link(typed: str) -> bool:
    """Write to an account, from a job; tell whether a letter left.

    :param typed: what was typed, which may be nobody's
    """
    user = proving.living_account(typed)
    if user is None or not user.email:
        return False
    if throttle.is_one_too_many(f"reset:for:{user.id}", MAX_FOR_ONE):
        return False
    with portal_language():
        letter = account_letters.forgotten(proving.make_link("password", user))
        try:
            send(letter, name=user.display_name, address=user.email)
        except LetterNotSent:
            log.exception("A link for a password could not be sent")
            return False
    return True
