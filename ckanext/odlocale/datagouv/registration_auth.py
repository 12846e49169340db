"""Who registers collectivités on data.gouv.fr, and who gives a key."""

from __future__ import annotations

import ckantoolkit as tk
from ckan import model
from ckan.types import AuthResult, Context, DataDict

from ckanext.odlocale.datagouv.registration_store import Scope, count
from ckanext.odlocale.people import rights
from ckanext.odlocale.territory.animators import (
    animated_by,
    authorize_animator,
    is_administrator,
)
from ckanext.odlocale.territory.tables import Collectivity

__all__ = [
    "odlocale_datagouv_apply",
    "odlocale_datagouv_decide",
    "odlocale_datagouv_discussion_answer",
    "odlocale_datagouv_discussion_list",
    "odlocale_datagouv_held_list",
    "odlocale_datagouv_invite",
    "odlocale_datagouv_key_forget",
    "odlocale_datagouv_key_list",
    "odlocale_datagouv_key_set",
    "odlocale_datagouv_plan",
    "odlocale_datagouv_progress",
    "odlocale_datagouv_read",
    "odlocale_datagouv_search",
    "odlocale_datagouv_siret_confirm",
    "odlocale_datagouv_start",
    "odlocale_datagouv_status",
]


def odlocale_datagouv_plan(context: Context, data_dict: DataDict) -> AuthResult:
    """Who animates the perimeters that are named; administrators of the portal."""
    return authorize_animator(context.get("user"), data_dict.get("perimeters"))


def odlocale_datagouv_search(context: Context, data_dict: DataDict) -> AuthResult:
    """As for the plan."""
    return authorize_animator(context.get("user"), data_dict.get("perimeters"))


def odlocale_datagouv_apply(context: Context, data_dict: DataDict) -> AuthResult:
    """As for the plan."""
    return authorize_animator(context.get("user"), data_dict.get("perimeters"))


def odlocale_datagouv_read(context: Context, data_dict: DataDict) -> AuthResult:
    """As for the plan."""
    return authorize_animator(context.get("user"), data_dict.get("perimeters"))


def odlocale_datagouv_start(context: Context, data_dict: DataDict) -> AuthResult:
    """As for the plan."""
    return authorize_animator(context.get("user"), data_dict.get("perimeters"))


def odlocale_datagouv_status(context: Context, data_dict: DataDict) -> AuthResult:
    """As for the plan."""
    return authorize_animator(context.get("user"), data_dict.get("perimeters"))


def odlocale_datagouv_progress(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever asked for the work; administrators of the portal."""
    user = model.User.get(str(context.get("user") or ""))
    if is_administrator(str(context.get("user") or "")) or (
        user is not None and user.id == data_dict.get("asker")
    ):
        return {"success": True}
    return _refuse()


def odlocale_datagouv_decide(context: Context, data_dict: DataDict) -> AuthResult:
    """Who animates a perimeter of the collectivité; administrators of the portal."""
    return _animates_place(context, data_dict)


def odlocale_datagouv_invite(context: Context, data_dict: DataDict) -> AuthResult:
    """Who animates a perimeter of the collectivité; administrators of the portal."""
    return _animates_place(context, data_dict)


def odlocale_datagouv_siret_confirm(
    context: Context, data_dict: DataDict
) -> AuthResult:
    """Who animates a perimeter of the collectivité, and who manages it."""
    return _manages_place(context, data_dict)


def odlocale_datagouv_key_set(context: Context, data_dict: DataDict) -> AuthResult:
    """Who animates a perimeter of the collectivité, and who manages it."""
    return _manages_place(context, data_dict)


def odlocale_datagouv_key_forget(context: Context, data_dict: DataDict) -> AuthResult:
    """Who animates a perimeter of the collectivité, and who manages it."""
    return _manages_place(context, data_dict)


def odlocale_datagouv_key_list(context: Context, data_dict: DataDict) -> AuthResult:
    """As for the plan. No key is told."""
    return authorize_animator(context.get("user"), data_dict.get("perimeters"))


def odlocale_datagouv_held_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the collectivité."""
    return _publishes(context, data_dict)


def odlocale_datagouv_discussion_list(
    context: Context, data_dict: DataDict
) -> AuthResult:
    """Whoever may publish for the collectivité."""
    return _publishes(context, data_dict)


def odlocale_datagouv_discussion_answer(
    context: Context, data_dict: DataDict
) -> AuthResult:
    """Whoever may publish for the collectivité, by a role there: a mandate is about
    data, not about speaking in its name."""
    place = _place(data_dict)
    user = str(context.get("user") or "")
    if place is not None and place.org_id and user:
        ground = rights.ground_of(user, str(place.org_id))
        if ground is not None and ground.kind == "role":
            return {"success": True}
    return _refuse()


def _animates_place(context: Context, data_dict: DataDict) -> AuthResult:
    place = _place(data_dict)
    user = str(context.get("user") or "")
    if is_administrator(user):
        return {"success": True}
    own = tuple(one.atd_siren for one in animated_by(user))
    if place is None or not own:
        return _refuse()
    # The ATD itself need not be in its own perimeter.
    if place.siren in own or count(Scope(own, (place.siren,))):
        return {"success": True}
    return _refuse()


def _manages_place(context: Context, data_dict: DataDict) -> AuthResult:
    place = _place(data_dict)
    user = str(context.get("user") or "")
    if place is not None and place.org_id and rights.may_manage(user, place.org_id):
        return {"success": True}
    return _animates_place(context, data_dict)


def _publishes(context: Context, data_dict: DataDict) -> AuthResult:
    place = _place(data_dict)
    user = str(context.get("user") or "")
    if place is not None and place.org_id and rights.ground_of(user, place.org_id):
        return {"success": True}
    return _refuse()


def _place(data_dict: DataDict) -> Collectivity | None:
    code = data_dict.get("code")
    return Collectivity.by_code(str(code)) if code else None


def _refuse() -> AuthResult:
    message = tk._("Only those who animate this territory may do this.")
    return {"success": False, "msg": message}
