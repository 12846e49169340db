"""What core lets one do to a file that the desk published: nothing that hides it."""

from __future__ import annotations

from collections.abc import Callable

import ckantoolkit as tk
from ckan import authz, model
from ckan.types import AuthResult, Context, DataDict

from ckanext.odlocale.publishing.hooks import is_of_the_desk
from ckanext.odlocale.publishing.validators import of_the_desk

NextAuth = Callable[[Context, DataDict], AuthResult]

__all__ = ["resource_delete"]


@tk.chained_auth_function
@tk.auth_sysadmins_check
def resource_delete(
    next_auth: NextAuth, context: Context, data_dict: DataDict
) -> AuthResult:
    """Core's rule, but for a file of the desk, which is withdrawn there.

    Administrators too: its permanent address would show nothing and say nothing.
    """
    if not authz.is_sysadmin(context["user"]):
        allowed = next_auth(context, data_dict)
        if not allowed["success"]:
            return allowed
    if is_of_the_desk(model.Resource.get(data_dict.get("id"))):
        return {"success": False, "msg": of_the_desk()}
    return {"success": True}
