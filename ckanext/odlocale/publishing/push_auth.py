"""What a token lets do: its collectivité, its data, its verbs, and nothing else.

No account has a right here, an administrator's no more than another: people deposit
at the desk.
"""

from __future__ import annotations

import ckantoolkit as tk
from ckan.types import AuthResult, Context, DataDict

from ckanext.odlocale.people.token_rules import bearer_of
from ckanext.odlocale.people.tokens import Verb
from ckanext.odlocale.publishing.push_refusals import refusal_of_scope

__all__ = [
    "odlocale_push_deposit",
    "odlocale_push_show",
    "odlocale_push_withdraw",
]


@tk.auth_allow_anonymous_access
@tk.auth_sysadmins_check
def odlocale_push_deposit(context: Context, data_dict: DataDict) -> AuthResult:
    """A token of the collectivité, for these data, that lets deposit."""
    return _judge(context, data_dict, "deposit")


@tk.auth_allow_anonymous_access
@tk.auth_sysadmins_check
def odlocale_push_show(context: Context, data_dict: DataDict) -> AuthResult:
    """A token of the collectivité, for these data."""
    return _judge(context, data_dict, "read")


@tk.auth_allow_anonymous_access
@tk.auth_sysadmins_check
def odlocale_push_withdraw(context: Context, data_dict: DataDict) -> AuthResult:
    """A token of the collectivité, for these data, that lets withdraw."""
    return _judge(context, data_dict, "withdraw")


def _judge(context: Context, data_dict: DataDict, verb: Verb) -> AuthResult:
    bearer = bearer_of(context)
    org_id, schema = tk.get_or_bust(data_dict, ["org_id", "schema"])
    refused = bearer is None or refusal_of_scope(bearer, org_id, schema, verb)
    if not refused:
        return {"success": True}
    return {
        "success": False,
        "msg": tk._("This is done by a software, with its code."),
    }
