"""Actions on what the portal holds of a person: having it, having it erased."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context, DataDict

from ckanext.odlocale.base import journal
from ckanext.odlocale.people import erasing, leaving, personal, proving, sessions
from ckanext.odlocale.people.contacts import managers_of, tell
from ckanext.odlocale.people.letters import taken_out
from ckanext.odlocale.people.members import alert_if_empty
from ckanext.odlocale.people.rights import account_asked

__all__ = ["odlocale_person_erase", "odlocale_person_export"]


@tk.side_effect_free
def odlocale_person_export(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return everything the portal holds on a person.

    :param id: the account's id or name; one's own without it
    :returns: ``account``, ``memberships``, ``invitations``, ``access_requests``,
        ``mandates``, ``journal``, ``deposits``, ``grids``, ``api_tokens`` (names),
        ``second_factor`` (whether one is set), ``follows``, ``activities``,
        ``datasets_created``, ``published_with_address`` (``datasets``,
        ``collectivities``); never a secret
    """
    user = account_asked(context, data_dict)
    tk.check_access("odlocale_person_export", context, {"id": user.id})
    return personal.gather(user)


def odlocale_person_erase(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Close an account, and take the person out of all that the portal keeps.

    Deposits, mandates and the journal stay the collectivités': they keep the number of
    an account that says nothing of anybody. Those who are concerned are told.

    :param id: the account's id or name; one's own without it
    :param apply: without it, what would be done is returned, and nothing is
    :param confirm: with ``apply``: one's own password, or, for an administrator, the
        account's name
    :returns: the plan: ``places``, ``alone_in``, ``alone_above``, ``invitations``,
        ``access_requests``, ``api_tokens``, ``deposits``, ``journal`` (counts),
        ``published_with_address``
    :raises ValidationError: the last administrator, or ``confirm`` is not right
    """
    user = account_asked(context, data_dict)
    tk.check_access("odlocale_person_erase", context, {"id": user.id})
    leaving.refuse_last_administrator(user)
    plan = erasing.plan_of(user)
    if not tk.asbool(data_dict.get("apply") or False):
        return plan
    confirm(context, user, str(data_dict.get("confirm") or ""))
    close(user, _id_of_caller(context))
    return plan


def close(user: Any, by: str | None) -> list[str]:
    """Erase a person, commit, and tell those concerned.

    :param by: id of who decided it; nothing for the portal
    :returns: the organisations that he published for
    """
    image, places = user.image_url, leaving.seats_of(user.id)
    # Written now: afterwards nobody knows the name.
    said = [(one, taken_out(user, one, by)) for one in places]
    erasing.erase(user, by)
    journal.record(
        "account closed",
        user_id=by,
        org_id=None,
        object_type="user",
        object_id=user.id,
    )
    model.Session.commit()
    erasing.remove_picture(image)
    for org_id, letter in said:
        tell(letter, managers_of(org_id))
        alert_if_empty(org_id, by)
    return places


def confirm(context: Context, user: Any, typed: str) -> None:
    """Check the password of who acts on his own account; where he has none, that he has
    just logged in by a work account, and the name of the account, as who acts on
    another's writes it.

    :raises ckan.plugins.toolkit.ValidationError: on ``confirm``
    """
    is_own = _id_of_caller(context) == user.id
    if is_own and not user.password and not sessions.is_recent():
        said = tk._("Log out, log in again by your work account, then come back here.")
        raise tk.ValidationError({"confirm": [said]})
    if not is_own or not user.password:
        if typed != user.name:
            said = tk._("Write the name of the account, {name}, to confirm.")
            raise tk.ValidationError({"confirm": [said.format(name=user.name)]})
        return
    proving.require_password(user, typed)


def _id_of_caller(context: Context) -> str | None:
    user = model.User.get(context.get("user") or None)
    return user.id if user else None
