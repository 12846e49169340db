"""Who may ask for, give, end and see a mandate."""

from __future__ import annotations

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import AuthResult, Context, DataDict

from ckanext.odlocale.people import rights
from ckanext.odlocale.people.contacts import people_of
from ckanext.odlocale.people.tables import Mandate
from ckanext.odlocale.territory.heirs import answering_for

__all__ = [
    "odlocale_mandate_create",
    "odlocale_mandate_end",
    "odlocale_mandate_list",
    "odlocale_mandate_renew",
    "odlocale_mandate_settle",
    "odlocale_mandate_show",
]


def odlocale_mandate_create(context: Context, data_dict: DataDict) -> AuthResult:
    """Who manages the collectivité gives one; who would hold it asks for it."""
    org_id = tk.get_or_bust(data_dict, "org_id")
    holder, named = data_dict.get("holder"), str(data_dict.get("holder_id") or "")
    managed = rights.may_manage(context["user"], org_id)
    return _answer(managed or is_holder(context["user"], str(holder), named))


def odlocale_mandate_settle(context: Context, data_dict: DataDict) -> AuthResult:
    """Who manages the collectivité that is asked for it."""
    mandate = _load(data_dict)
    return _answer(rights.may_manage(context["user"], mandate.org_id))


def odlocale_mandate_end(context: Context, data_dict: DataDict) -> AuthResult:
    """Who manages the collectivité, and who holds the mandate."""
    mandate = _load(data_dict)
    holds = is_holder(context["user"], mandate.holder, str(mandate.holder_id))
    return _answer(holds or rights.may_manage(context["user"], mandate.org_id))


def odlocale_mandate_renew(context: Context, data_dict: DataDict) -> AuthResult:
    """As to end it: who manages gives the next one, who holds asks for it."""
    return odlocale_mandate_end(context, data_dict)


def odlocale_mandate_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Who publishes for the collectivité, and who holds the mandate."""
    mandate = _load(data_dict)
    user = context["user"]
    holds = is_holder(user, mandate.holder, str(mandate.holder_id))
    return _answer(bool(user) and (holds or rights.has_role(user, mandate.org_id)))


def odlocale_mandate_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Who publishes for the organisation ``org_id`` by a role."""
    user = context["user"]
    org_id = tk.get_or_bust(data_dict, "org_id")
    return _answer(bool(user) and rights.has_role(user, org_id))


def is_holder(user_name: str | None, holder: str, holder_id: str) -> bool:
    """Tell whether a user is who holds a mandate, or publishes for it by name."""
    user = model.User.get(user_name) if user_name else None
    if user is None or not holder_id:
        return False
    if holder == "agent":
        return holder_id in (user.id, user.name, user.email)
    if holder != "organization":
        return False
    org = _org_of(holder_id)
    return any(one.id == user.id for one, _ in people_of(org)) if org else False


def _org_of(named: str) -> str | None:
    # An action is given a code, a mandate keeps an organisation's id.
    found = answering_for(named)
    return found.org_id if found is not None else named


def _load(data_dict: DataDict) -> Mandate:
    query = sa.select(Mandate).where(Mandate.id == tk.get_or_bust(data_dict, "id"))
    found: Mandate | None = model.Session.scalars(query).one_or_none()
    if found is None:
        raise tk.ObjectNotFound(tk._("This mandate was not found."))
    return found


def _answer(allowed: bool) -> AuthResult:
    if allowed:
        return {"success": True}
    return {
        "success": False,
        "msg": tk._("This page is reserved to another town hall."),
    }
