"""Who says whether somebody who came by a provider acts for a collectivité."""

from __future__ import annotations

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import AuthResult, Context, DataDict

from ckanext.odlocale.people import oidc_store as store
from ckanext.odlocale.people import rights
from ckanext.odlocale.people.oidc_tables import Attachment
from ckanext.odlocale.territory.animators import animated_by, is_administrator
from ckanext.odlocale.territory.tables import Collectivity

__all__ = [
    "odlocale_attachment_list",
    "odlocale_attachment_settle",
    "odlocale_identity_show",
]

#: Kinds that animate what is below them where no perimeter was written.
_WIDE = ("departement", "region")


def odlocale_attachment_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Who says who works for ``org_id``; without it, who animates a territory."""
    org_id = data_dict.get("org_id")
    if org_id:
        return _answer(rights.may_manage(context["user"], str(org_id)))
    return _answer(_animates(context["user"]))


def odlocale_attachment_settle(context: Context, data_dict: DataDict) -> AuthResult:
    """Who says who works for the collectivité that it is about; where it is about none
    yet, who animates a territory."""
    found = model.Session.get(Attachment, tk.get_or_bust(data_dict, "id"))
    if found is None:
        raise tk.ObjectNotFound(tk._("This request was not found."))
    place = store.place_of_siren(found.place)
    if place is None:
        return _answer(_animates(context["user"]))
    return _answer(rights.may_manage(context["user"], str(place.org_id)))


def odlocale_identity_show(context: Context, data_dict: DataDict) -> AuthResult:
    """One's own, once logged in."""
    return _answer(bool(context["user"]))


def _animates(user_name: str) -> bool:
    """Tell whether somebody helps a territory: a perimeter, or a whole département."""
    if animated_by(user_name) or is_administrator(user_name):
        return True
    user = model.User.get(user_name) if user_name else None
    if user is None or not user.is_active:
        return False
    query = (
        sa.select(model.Member.id)
        .join(Collectivity, Collectivity.org_id == model.Member.group_id)
        .where(
            model.Member.table_name == "user",
            model.Member.table_id == user.id,
            model.Member.state == "active",
            model.Member.capacity == "admin",
            Collectivity.kind.in_(_WIDE),
        )
    )
    return bool(model.Session.scalar(sa.select(query.exists())))


def _answer(allowed: bool) -> AuthResult:
    if allowed:
        return {"success": True}
    return {
        "success": False,
        "msg": tk._("This page is reserved to another town hall."),
    }
