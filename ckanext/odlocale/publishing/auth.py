"""Who may do what at the desk: whoever may publish for the collectivité.

A role gives the right (a member of the organisation who may create its datasets, or
somebody whose role cascades to it), or a mandate, for the models that it names. One
rule, :mod:`ckanext.odlocale.people.rights`, so that each function delegates.
"""

from __future__ import annotations

import ckantoolkit as tk
from ckan import model
from ckan.types import AuthResult, Context, DataDict

from ckanext.odlocale.people import rights
from ckanext.odlocale.publishing.core_auth import resource_delete
from ckanext.odlocale.publishing.document_auth import *  # noqa: F403
from ckanext.odlocale.publishing.document_auth import __all__ as document_names
from ckanext.odlocale.publishing.grid_auth import *  # noqa: F403
from ckanext.odlocale.publishing.grid_auth import __all__ as grid_names
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.push_auth import *  # noqa: F403
from ckanext.odlocale.publishing.push_auth import __all__ as push_names
from ckanext.odlocale.publishing.release_auth import *  # noqa: F403
from ckanext.odlocale.publishing.release_auth import __all__ as release_names
from ckanext.odlocale.publishing.schema_auth import (
    odlocale_schema_add,
    odlocale_schema_change,
    odlocale_schema_migrate,
    odlocale_schema_plan,
    odlocale_schema_rule_list,
    odlocale_schema_rule_set,
)

__all__ = [
    "odlocale_answer_list",
    "odlocale_answer_nothing",
    "odlocale_answer_undo",
    "odlocale_deposit_answer",
    "odlocale_deposit_ask",
    "odlocale_deposit_choose",
    "odlocale_deposit_correct",
    "odlocale_deposit_create",
    "odlocale_deposit_decide",
    "odlocale_deposit_delete",
    "odlocale_deposit_list",
    "odlocale_deposit_publish",
    "odlocale_deposit_rows",
    "odlocale_deposit_show",
    "odlocale_deposit_undo",
    "odlocale_deposit_withdraw",
    "odlocale_desk_list",
    "odlocale_document_list",
    "odlocale_document_publish",
    "odlocale_grid_open",
    "odlocale_grid_prepare",
    "odlocale_schema_add",
    "odlocale_schema_change",
    "odlocale_schema_migrate",
    "odlocale_schema_plan",
    "odlocale_schema_rule_list",
    "odlocale_schema_rule_set",
    "odlocale_release_restore",
    "odlocale_work_resume",
    "odlocale_work_start",
    "odlocale_work_stop",
    "resource_delete",
    *document_names,
    *grid_names,
    *push_names,
    *release_names,
]


def _may_publish_for(
    context: Context, org_id: str, schema: str | None = None
) -> AuthResult:
    ground = rights.ground_of(context["user"], org_id)
    if ground is not None and ground.covers(schema):
        return {"success": True}
    return _refusal()


def _refusal() -> AuthResult:
    return {
        "success": False,
        "msg": tk._("This page is reserved to another town hall."),
    }


def _may_work_on(context: Context, data_dict: DataDict) -> AuthResult:
    deposit = Deposit.load(tk.get_or_bust(data_dict, "id"))
    if deposit is None:
        raise tk.ObjectNotFound(tk._("This file was not found."))
    if deposit.schema is None and not rights.has_role(context["user"], deposit.org_id):
        # Nobody knows yet what it is about: who holds a mandate sees his own files.
        user = model.User.get(context["user"]) if context["user"] else None
        if user is None or deposit.created_by != user.id:
            return _refusal()
    allowed = _may_publish_for(context, deposit.org_id, deposit.schema)
    chosen = data_dict.get("schema")
    if allowed["success"] and isinstance(chosen, str):
        return _may_publish_for(context, deposit.org_id, chosen)
    return allowed


def odlocale_deposit_create(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the organisation ``org_id``, in the model if named."""
    org_id = tk.get_or_bust(data_dict, "org_id")
    return _may_publish_for(context, org_id, data_dict.get("schema"))


def odlocale_deposit_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the organisation ``org_id``: drafts are not public."""
    org_id = tk.get_or_bust(data_dict, "org_id")
    return _may_publish_for(context, org_id, data_dict.get("schema"))


def odlocale_deposit_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the deposit's organisation."""
    return _may_work_on(context, data_dict)


def odlocale_document_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the organisation ``org_id``."""
    return _may_publish_for(context, tk.get_or_bust(data_dict, "org_id"))


def odlocale_document_publish(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish any data for the organisation, a draft of which is named.

    A mandate for named models is not about what follows none.
    """
    org_id = tk.get_or_bust(data_dict, "org_id")
    ground = rights.ground_of(context["user"], org_id)
    if ground is None or ground.schemas is not None:
        return _refusal()
    if not data_dict.get("id"):
        return {"success": True}
    draft = Deposit.load(data_dict["id"])
    if draft is not None and draft.org_id != org_id:
        return _refusal()
    return _may_work_on(context, {"id": data_dict["id"]})


def odlocale_deposit_ask(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the deposit's organisation."""
    return _may_work_on(context, data_dict)


def odlocale_deposit_choose(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the deposit's organisation."""
    return _may_work_on(context, data_dict)


def odlocale_deposit_correct(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the deposit's organisation."""
    return _may_work_on(context, data_dict)


def odlocale_deposit_decide(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the deposit's organisation."""
    return _may_work_on(context, data_dict)


def odlocale_deposit_rows(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the deposit's organisation: drafts are not public."""
    return _may_work_on(context, data_dict)


def odlocale_deposit_undo(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the deposit's organisation."""
    return _may_work_on(context, data_dict)


def odlocale_deposit_answer(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the deposit's organisation."""
    return _may_work_on(context, data_dict)


def odlocale_deposit_publish(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the deposit's organisation."""
    return _may_work_on(context, data_dict)


def odlocale_work_start(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may call the action that is named, with what it takes."""
    named = tk.get_or_bust(data_dict, "action")
    tk.check_access(str(named), context, data_dict)
    return {"success": True}


def odlocale_work_stop(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the deposit's organisation."""
    return _may_work_on(context, data_dict)


def odlocale_work_resume(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the deposit's organisation."""
    return _may_work_on(context, data_dict)


def odlocale_deposit_withdraw(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the deposit's organisation."""
    return _may_work_on(context, data_dict)


def odlocale_release_restore(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the deposit's organisation."""
    return _may_work_on(context, data_dict)


def odlocale_deposit_delete(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the deposit's organisation."""
    return _may_work_on(context, data_dict)


def odlocale_desk_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever is logged in: each sees one's own collectivités."""
    return {"success": bool(context["user"])}


def odlocale_answer_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the organisation ``org_id``."""
    return _may_publish_for(context, tk.get_or_bust(data_dict, "org_id"))


def odlocale_answer_nothing(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the organisation ``org_id``, in the model."""
    org_id = tk.get_or_bust(data_dict, "org_id")
    return _may_publish_for(context, org_id, data_dict.get("schema"))


def odlocale_answer_undo(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the organisation ``org_id``, in the model."""
    return odlocale_answer_nothing(context, data_dict)


def odlocale_grid_open(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the deposit's organisation."""
    return _may_work_on(context, data_dict)


def odlocale_grid_prepare(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the organisation ``org_id``, in the model."""
    return odlocale_answer_nothing(context, data_dict)
