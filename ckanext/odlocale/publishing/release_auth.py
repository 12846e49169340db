"""Who reads the history of what is published, restores, withdraws, erases.

Erasing cannot be undone, and changes what others published: it is left to those who
answer for the collectivité, not to each of its agents, nor to a mandate.
"""

from __future__ import annotations

import ckantoolkit as tk
from ckan.types import AuthResult, Context, DataDict

from ckanext.odlocale.people import rights
from ckanext.odlocale.publishing.model import Deposit

__all__ = [
    "odlocale_release_list",
    "odlocale_release_purge",
    "odlocale_release_purge_plan",
]


@tk.auth_allow_anonymous_access
def odlocale_release_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Everybody: releases are public."""
    return {"success": True}


def odlocale_release_purge_plan(context: Context, data_dict: DataDict) -> AuthResult:
    """The responsables of the deposit's organisation, who animates, administrators."""
    return _may_answer_for(context, data_dict)


def odlocale_release_purge(context: Context, data_dict: DataDict) -> AuthResult:
    """The responsables of the deposit's organisation, who animates, administrators."""
    return _may_answer_for(context, data_dict)


def _may_answer_for(context: Context, data_dict: DataDict) -> AuthResult:
    deposit = Deposit.load(tk.get_or_bust(data_dict, "id"))
    if deposit is None:
        raise tk.ObjectNotFound(tk._("This file was not found."))
    if rights.may_manage(context["user"], deposit.org_id):
        return {"success": True}
    return {
        "success": False,
        "msg": tk._("Only a person in charge of this town hall's team may erase."),
    }
