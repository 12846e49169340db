"""Who may act on an account."""

from __future__ import annotations

from collections.abc import Callable

import ckantoolkit as tk
from ckan import model
from ckan.types import AuthResult, Context, DataDict

from ckanext.odlocale.people import rights

NextAuth = Callable[[Context, DataDict], AuthResult]

__all__ = [
    "am_following_user",
    "api_token_create",
    "dataset_followee_count",
    "follow_user",
    "followee_count",
    "group_followee_count",
    "odlocale_account_end_sessions",
    "odlocale_account_reset_factor",
    "odlocale_address_change",
    "odlocale_address_confirm",
    "odlocale_factor_begin",
    "odlocale_factor_remove",
    "odlocale_factor_renew_codes",
    "odlocale_factor_set",
    "odlocale_password_ask",
    "odlocale_password_set",
    "odlocale_person_erase",
    "odlocale_person_export",
    "organization_followee_count",
    "organization_list_for_user",
    "unfollow_user",
    "user_activity_list",
    "user_followee_count",
    "user_follower_count",
    "user_list",
    "user_show",
    "user_update",
]


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def organization_list_for_user(
    next_auth: NextAuth, context: Context, data_dict: DataDict
) -> AuthResult:
    """One's own, or those of whom one may know: core tells those of everybody."""
    if data_dict.get("id") and not _knows(context, data_dict):
        return {"success": False, "msg": tk._("Not authorized to see this page")}
    return next_auth(context, data_dict)


def _knows(context: Context, data_dict: DataDict) -> bool:
    """Tell whether who asks may know of the account that is named."""
    asker, asked = model.User.get(context.get("user") or None), data_dict.get("id")
    other = model.User.get(asked) if isinstance(asked, str) else None
    return bool(asker and other and rights.knows(asker.id, other.id))


@tk.chained_auth_function
def api_token_create(
    next_auth: NextAuth, context: Context, data_dict: DataDict
) -> AuthResult:
    """The portal's administrators only: core gives anybody a key to all that his
    account may do, without an end. A software has an access of its own
    (``odlocale_token_create``)."""
    return _refusal()


@tk.chained_auth_function
def user_list(next_auth: NextAuth, context: Context, data_dict: DataDict) -> AuthResult:
    """The portal's administrators only: core gives it to whoever has an account."""
    return _refusal()


@tk.chained_auth_function
def user_show(next_auth: NextAuth, context: Context, data_dict: DataDict) -> AuthResult:
    """One's own, a colleague's, or that of who is helped: core shows all to all."""
    asker = model.User.get(context.get("user") or None)
    other = model.User.get(data_dict.get("id") or None) or context.get("user_obj")
    if asker is None or (other is not None and not rights.knows(asker.id, other.id)):
        return {"success": False, "msg": tk._("Not authorized to see this page")}
    return next_auth(context, data_dict)


@tk.chained_auth_function
def user_update(
    next_auth: NextAuth, context: Context, data_dict: DataDict
) -> AuthResult:
    """Core's, without its key of letters: it has no end, and asks for no login."""
    kept = {name: one for name, one in data_dict.items() if name != "reset_key"}
    said = next_auth(context, kept)
    # Core's sentence tells an account that exists from one that does not.
    return said if said["success"] else _refusal()


def _about_whom_one_knows(named: str) -> NextAuth:
    """Make a rule: one's own, or those of whom one may know; of an account that does
    not exist, the same is said as of a stranger's."""

    @tk.chained_auth_function
    def rule(next_auth: NextAuth, context: Context, data_dict: DataDict) -> AuthResult:
        if not _knows(context, data_dict):
            return {"success": False, "msg": tk._("Not authorized to see this page")}
        return next_auth(context, data_dict)

    rule.__name__ = named
    checked: NextAuth = rule
    return checked


am_following_user = _about_whom_one_knows("am_following_user")
dataset_followee_count = _about_whom_one_knows("dataset_followee_count")
follow_user = _about_whom_one_knows("follow_user")
unfollow_user = _about_whom_one_knows("unfollow_user")
user_activity_list = _about_whom_one_knows("user_activity_list")
followee_count = _about_whom_one_knows("followee_count")
group_followee_count = _about_whom_one_knows("group_followee_count")
organization_followee_count = _about_whom_one_knows("organization_followee_count")
user_followee_count = _about_whom_one_knows("user_followee_count")
user_follower_count = _about_whom_one_knows("user_follower_count")


@tk.auth_allow_anonymous_access
def odlocale_password_ask(context: Context, data_dict: DataDict) -> AuthResult:
    """Everybody: the letter goes to the account's owner."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def odlocale_password_set(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever holds the link."""
    return {"success": True}


def odlocale_address_change(context: Context, data_dict: DataDict) -> AuthResult:
    """One's own only: administrators change another's by core's form."""
    return _own(context, {})


def odlocale_address_confirm(context: Context, data_dict: DataDict) -> AuthResult:
    """One's own only."""
    return _own(context, {})


def odlocale_account_end_sessions(context: Context, data_dict: DataDict) -> AuthResult:
    """One's own, and the portal's administrators."""
    return _own(context, data_dict)


def odlocale_account_reset_factor(context: Context, data_dict: DataDict) -> AuthResult:
    """The portal's administrators only."""
    return _refusal()


def odlocale_factor_begin(context: Context, data_dict: DataDict) -> AuthResult:
    """One's own only: whoever has an account."""
    if context["user"] and model.User.get(context["user"]) is not None:
        return {"success": True}
    return {"success": False, "msg": tk._("Log in first.")}


def odlocale_factor_set(context: Context, data_dict: DataDict) -> AuthResult:
    """As to begin it."""
    return odlocale_factor_begin(context, data_dict)


def odlocale_factor_remove(context: Context, data_dict: DataDict) -> AuthResult:
    """As to begin it."""
    return odlocale_factor_begin(context, data_dict)


def odlocale_factor_renew_codes(context: Context, data_dict: DataDict) -> AuthResult:
    """As to begin it."""
    return odlocale_factor_begin(context, data_dict)


def odlocale_person_export(context: Context, data_dict: DataDict) -> AuthResult:
    """One's own, and the portal's administrators."""
    return _own(context, data_dict)


def odlocale_person_erase(context: Context, data_dict: DataDict) -> AuthResult:
    """One's own, and the portal's administrators."""
    return _own(context, data_dict)


def _own(context: Context, data_dict: DataDict) -> AuthResult:
    user = model.User.get(context["user"]) if context["user"] else None
    asked = model.User.get(data_dict.get("id")) if data_dict.get("id") else user
    own = user is not None and asked is not None and asked.id == user.id
    return {"success": True} if own else _refusal()


def _refusal() -> AuthResult:
    said = tk._("This is reserved to the administrators of the portal.")
    return {"success": False, "msg": said}
