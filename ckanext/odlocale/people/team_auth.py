"""Who says who works for a collectivité."""

from __future__ import annotations

from collections.abc import Callable

import ckantoolkit as tk
from ckan import authz, model
from ckan.types import AuthResult, Context, DataDict

from ckanext.odlocale.people import rights
from ckanext.odlocale.people.tables import Invitation

NextAuth = Callable[[Context, DataDict], AuthResult]

__all__ = [
    "member_list",
    "odlocale_access_ask",
    "odlocale_access_confirm",
    "odlocale_invitation_accept",
    "odlocale_invitation_cancel",
    "odlocale_invitation_decline",
    "odlocale_invitation_prove",
    "odlocale_invitation_resend",
    "odlocale_invitation_show",
    "odlocale_official_set",
    "odlocale_person_change",
    "odlocale_person_invite",
    "odlocale_person_leave",
    "odlocale_person_list",
    "odlocale_person_remove",
]


@tk.chained_auth_function
def member_list(
    next_auth: NextAuth, context: Context, data_dict: DataDict
) -> AuthResult:
    """Core's rule, for who reads the drafts of the organisation, or the group.

    Core gives it to everybody: agents, their roles, and the ids of datasets in draft.
    """
    asked = model.Group.get(data_dict.get("id"))
    if asked is None or not context.get("user"):
        return _answer(False)
    reads = authz.has_user_permission_for_group_or_org(
        asked.id, context["user"], "read"
    )
    return next_auth(context, data_dict) if reads else _answer(False)


def odlocale_person_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Who works for the organisation ``org_id``, or above it."""
    org_id = tk.get_or_bust(data_dict, "org_id")
    return _answer(bool(context["user"]) and rights.has_role(context["user"], org_id))


def odlocale_person_invite(context: Context, data_dict: DataDict) -> AuthResult:
    """Responsables, and who animates above."""
    return _manages(context, tk.get_or_bust(data_dict, "org_id"))


def odlocale_person_change(context: Context, data_dict: DataDict) -> AuthResult:
    """Responsables, and who animates above."""
    return _manages(context, tk.get_or_bust(data_dict, "org_id"))


def odlocale_person_remove(context: Context, data_dict: DataDict) -> AuthResult:
    """Responsables, and who animates above."""
    return _manages(context, tk.get_or_bust(data_dict, "org_id"))


def odlocale_official_set(context: Context, data_dict: DataDict) -> AuthResult:
    """Who animates above, never the collectivité itself: codes are sent there."""
    org_id = str(tk.get_or_bust(data_dict, "org_id"))
    return _answer(rights.animates_above(context["user"], org_id))


def odlocale_person_leave(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever works there by name."""
    user = model.User.get(context["user"]) if context["user"] else None
    org_id = tk.get_or_bust(data_dict, "org_id")
    return _answer(user is not None and rights.is_member(user.id, org_id))


def odlocale_invitation_cancel(context: Context, data_dict: DataDict) -> AuthResult:
    """Who may invite for the same collectivité."""
    return _manages(context, _org_of(data_dict))


def odlocale_invitation_resend(context: Context, data_dict: DataDict) -> AuthResult:
    """Who may invite for the same collectivité."""
    return _manages(context, _org_of(data_dict))


@tk.auth_allow_anonymous_access
def odlocale_invitation_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever has the link: its secret is the right."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def odlocale_invitation_accept(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever has the link: its secret is the right."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def odlocale_invitation_prove(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever has the link: the code goes to the invited address, not to who asks."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def odlocale_invitation_decline(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever has the link: its secret is the right."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def odlocale_access_ask(context: Context, data_dict: DataDict) -> AuthResult:
    """Everybody: the code goes to the town hall, not to who asks."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def odlocale_access_confirm(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever has the code: it is the right."""
    return {"success": True}


def _org_of(data_dict: DataDict) -> str:
    found = model.Session.get(Invitation, tk.get_or_bust(data_dict, "id"))
    if found is None:
        raise tk.ObjectNotFound(tk._("This invitation was not found."))
    return str(found.org_id)


def _manages(context: Context, org_id: str) -> AuthResult:
    return _answer(rights.may_manage(context["user"], org_id))


def _answer(allowed: bool) -> AuthResult:
    if allowed:
        return {"success": True}
    return {
        "success": False,
        "msg": tk._("This page is reserved to another town hall."),
    }
