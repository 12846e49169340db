"""Actions on one's own account: ending its sessions, its second factor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
from ckan import authz, model
from ckan.types import Context, DataDict
from flask import has_request_context

from ckanext.odlocale.base import journal
from ckanext.odlocale.people import (
    bouncing,
    inviting,
    members,
    proving,
    second_factor,
    sessions,
)
from ckanext.odlocale.people.invitations import is_person_name
from ckanext.odlocale.people.rights import account_asked
from ckanext.odlocale.territory.permission import memberships_of

__all__ = [
    "api_token_create",
    "followee_list",
    "odlocale_account_end_sessions",
    "odlocale_account_reset_factor",
    "user_show",
    "user_update",
]

Action = Callable[[Context, DataDict], dict[str, Any]]


def odlocale_account_end_sessions(
    context: Context, data_dict: DataDict
) -> dict[str, Any]:
    """End all sessions of an account, wherever they are open, and its API tokens.

    :param id: the account; one's own without it
    :returns: ``id``
    """
    user = account_asked(context, data_dict)
    tk.check_access("odlocale_account_end_sessions", context, {"id": user.id})
    members.take_keys(user.id)
    _note(context, "sessions ended", user)
    model.Session.commit()
    return {"id": user.id}


def odlocale_account_reset_factor(
    context: Context, data_dict: DataDict
) -> dict[str, Any]:
    """Forget the second factor of somebody who lost it, and end his sessions and API
    tokens.

    :param id: the account
    :returns: ``id``
    """
    user = account_asked(context, data_dict)
    tk.check_access("odlocale_account_reset_factor", context, {"id": user.id})
    second_factor.remove(user.id)
    members.take_keys(user.id)
    _note(context, "second factor reset", user)
    model.Session.commit()
    return {"id": user.id}


@tk.chained_action
def api_token_create(
    original: Action, context: Context, data_dict: DataDict
) -> dict[str, Any]:
    """Core's; but its rule is asked before the account is looked up, so that whoever
    may not hears the same of one as of none."""
    tk.check_access("api_token_create", context, data_dict)
    return original(context, data_dict)


@tk.chained_action
def user_update(
    original: Action, context: Context, data_dict: DataDict
) -> dict[str, Any]:
    """Core's; but nobody gives himself an address that he has not proved, nor another
    password without the one that he has (``old_password``).

    An address is changed by :func:`~.address_actions.odlocale_address_change`. What
    changes is in the journal, a name where the person works. A changed password, and
    the end of an administrator's role, end the account's other sessions and its API
    tokens; a changed address is no longer one that letters come back from.
    """
    user = model.User.get(data_dict.get("id"))
    if user is None:
        # Before core says that there is none, to whoever asks.
        tk.check_access("user_update", context, data_dict)
    before = _told(user)
    if user is not None and _is_own(context, user):
        _refuse_unproved(user, data_dict)
        # Core keeps it as it is where an administrator gives it, and empties the
        # password of anybody else: neither is a way to change one's own.
        data_dict = {k: v for k, v in data_dict.items() if k != "password_hash"}
    updated = original(context, data_dict)
    user = model.User.get(updated["id"])
    now = _told(user)
    changed = {name for name in now if now[name] != before[name]}
    if changed and user is not None:
        _follow_changes(context, user, changed)
    return updated


def _told(user: Any) -> dict[str, Any]:
    """What of an account does not change without a line in the journal."""
    names = ("password", "email", "fullname", "sysadmin")
    return {name: getattr(user, name, None) for name in names}


def _follow_changes(context: Context, user: Any, changed: set[str]) -> None:
    """Write what changed in the journal, and end what it ends."""
    if "email" in changed:
        _note(context, "address changed", user)
        # What came back from the former address says nothing of this one.
        bouncing.mark_account(user.id, None)
    if "fullname" in changed:
        # Read where the person works: lines of before show the present name.
        places: list[str | None] = [one.org_id for one in memberships_of(user.id)]
        for org_id in places or [None]:
            _note(context, "renamed", user, org_id)
    if "password" in changed:
        _note(context, "password changed", user)
    ends = "password" in changed or ("sysadmin" in changed and not user.sysadmin)
    if ends:
        members.take_keys(user.id)
    if "sysadmin" in changed and not user.sysadmin:
        inviting.close_made_by(user)
    if not context.get("defer_commit"):
        model.Session.commit()
    if ends and has_request_context():
        sessions.keep_this_one(user.id)


@tk.chained_action
@tk.side_effect_free
def followee_list(
    original: Action, context: Context, data_dict: DataDict
) -> dict[str, Any]:
    """Core's, which looks for the account before it asks who may know of it."""
    tk.check_access("followee_list", context, data_dict)
    return original(context, data_dict)


@tk.chained_action
@tk.side_effect_free
def user_show(
    original: Action, context: Context, data_dict: DataDict
) -> dict[str, Any]:
    """Core's; but of an account that does not exist, the same is said as of one that
    whoever asks does not know. Administrators are told."""
    user = context.get("user")
    if data_dict.get("id") and not context.get("ignore_auth"):
        known = model.User.get(data_dict["id"]) or authz.is_sysadmin(user)
        if not known and not context.get("user_obj"):
            raise tk.NotAuthorized(tk._("Not authorized to see this page"))
    return original(context, data_dict)


def _is_own(context: Context, user: Any) -> bool:
    """Tell whether somebody changes his own account, by a form or a call."""
    own = context.get("user") in (user.name, user.id)
    return own and not context.get("ignore_auth")


def _refuse_unproved(user: Any, data_dict: DataDict) -> None:
    """Keep anybody from taking another's address, which then shuts its owner out, and
    whoever finds a session open from taking the account: core's form asks the old
    password, its API does not."""
    asked = str(data_dict.get("email") or user.email or "").lower()
    if asked != (user.email or "").lower():
        said = tk._("An address is changed on its own page, which proves it.")
        raise tk.ValidationError({"email": [said]})
    name = data_dict.get("fullname")
    if name and name != user.fullname and not is_person_name(str(name)):
        # It goes into official letters, and stands beside what one did.
        said = tk._("Write a first name and a name, without address nor sentence.")
        raise tk.ValidationError({"fullname": [said]})
    if data_dict.get("password") or data_dict.get("password1"):
        try:
            proving.require_password(user, str(data_dict.get("old_password") or ""))
        except tk.ValidationError as error:
            said = error.error_dict["confirm"]
            raise tk.ValidationError({"old_password": said}) from error


def _note(context: Context, verb: str, user: Any, org_id: str | None = None) -> None:
    by = model.User.get(context.get("user") or None)
    journal.record(
        verb,
        user_id=by.id if by else user.id,
        org_id=org_id,
        object_type="user",
        object_id=user.id,
    )
