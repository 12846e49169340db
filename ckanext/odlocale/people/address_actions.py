"""Actions on one's own e-mail address, which counts once it is proved."""

from __future__ import annotations

import logging
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context, DataDict

from ckanext.odlocale.base.letter import Letter
from ckanext.odlocale.base.mail import LetterNotSent, send
from ckanext.odlocale.people import account_letters, proving, refusals, throttle
from ckanext.odlocale.people.codes import mask
from ckanext.odlocale.people.invitations import is_address

__all__ = ["odlocale_address_change", "odlocale_address_confirm"]

log = logging.getLogger(__name__)

#: Links that an account may have sent in a day.
MAX_A_DAY = 5


def odlocale_address_change(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Ask that another address becomes one's own.

    A link goes there, which proves it; the present address is told. Until then nothing
    changes. Nothing says whether the other address has an account here.

    :param email: the new address
    :param confirm: a code of one's second factor where one is set, else the password
    :returns: ``sent_to``
    :raises ValidationError: a field is wrong, or the letter does not leave
    """
    tk.check_access("odlocale_address_change", context, data_dict)
    user = model.User.get(context["user"])
    email = str(data_dict.get("email") or "").strip().lower()
    if not is_address(email):
        said = tk._("Write an e-mail address, such as mairie@commune.fr.")
        raise tk.ValidationError({"email": [said]})
    if email == (user.email or "").lower():
        raise tk.ValidationError({"email": [tk._("This is your address already.")]})
    proving.require_proof(user, str(data_dict.get("confirm") or ""))
    if throttle.is_one_too_many(f"address:{user.id}", MAX_A_DAY, 86_400):
        said = tk._("Enough letters were sent today. Try again tomorrow.")
        raise tk.ValidationError({"message": [said]})
    link = proving.make_link("address", user, email)
    try:
        letter = account_letters.prove_address(link)
        send(letter, name=user.display_name, address=email)
    except LetterNotSent as error:
        log.exception("The letter that proves an address could not be sent")
        said = tk._("The letter could not leave. Try again in a few minutes.")
        raise tk.ValidationError({"message": [said]}) from error
    former = account_letters.address_changes(mask(email), done=False)
    _tell(former, user.display_name, user.email)
    return {"sent_to": email}


def odlocale_address_confirm(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Take the address that a link proves. The former one is told.

    :param token: the link's secret
    :returns: ``email``
    :raises NotFound: the link served, is too old, or is another account's
    :raises ValidationError: the address has another account meanwhile
    """
    tk.check_access("odlocale_address_confirm", context, data_dict)
    token = str(tk.get_or_bust(data_dict, "token"))
    user, claim = proving.follow_link("address", token)
    if user.name != context["user"]:
        refusals.write("account link", object_type="user", object_id=user.id)
        raise tk.ObjectNotFound(tk._("This link no longer opens."))
    former, who = user.email, user.display_name
    tk.get_action("user_patch")(
        {"user": user.name, "ignore_auth": True}, {"id": user.id, "email": claim.email}
    )
    letter = account_letters.address_changes(mask(claim.email), done=True)
    _tell(letter, who, former)
    return {"email": claim.email}


def _tell(letter: Letter, name: str, address: str | None) -> None:
    try:
        if address:
            send(letter, name=name, address=address)
    except LetterNotSent:
        log.exception("The former address of an account could not be told")
