"""What follows when an administrator gives a role by core's own actions.

Only a person's act is followed: a command, or the portal itself, sets a territory up.
"""

from __future__ import annotations

from typing import Any, Final, cast

import ckantoolkit as tk
from ckan import model
from ckan.types import Context, DataDict

from ckanext.odlocale.people import letters, members
from ckanext.odlocale.people.contacts import managers_of, people_of, tell
from ckanext.odlocale.people.roles import role_of
from ckanext.odlocale.territory.tables import Collectivity

#: In the context of core's action: the role that it gives.
_GIVEN: Final = "odlocale_role_given"


def note_role(context: dict[str, Any], data_dict: DataDict) -> None:
    """Write in the journal who is given a role in a collectivité, uncommitted.

    :raises ckan.plugins.toolkit.ValidationError: a commune has nobody who only reads:
        its page would not show him, and nobody there could take him out
    """
    by, user = _person(context), model.User.get(data_dict.get("object"))
    group = model.Group.get(data_dict.get("id"))
    place = Collectivity.by_org(group.id) if group is not None else None
    if by is None or user is None or place is None:
        return
    tk.check_access("member_create", cast(Context, context), data_dict)
    capacity = str(data_dict.get("capacity"))
    role = role_of(capacity, place.kind)
    if role is None and place.kind == "commune":
        said = tk._("A commune has agents and managers only. Choose editor or admin.")
        raise tk.ValidationError({"capacity": [said]})
    members.hold_team(group.id)
    had = {one.id: it for one, it in people_of(group.id)}.get(user.id)
    if had == capacity or (role is None and had is None):
        return
    members.note(
        "role changed" if had else "role given",
        by=by.id,
        org_id=group.id,
        who=user.id,
        detail={"role": role or "reader"},
    )
    context[_GIVEN] = role


def tell_role(context: dict[str, Any], data_dict: DataDict) -> None:
    """Write to who was given a role, and to those who say who works there."""
    role = context.pop(_GIVEN, None)
    by, user = _person(context), model.User.get(data_dict.get("object"))
    group = model.Group.get(data_dict.get("id"))
    if role and by is not None and user is not None and group is not None:
        letter = letters.role_given(user, group.id, str(role), by.id)
        tell(letter, [user, *managers_of(group.id)])


def _person(context: dict[str, Any]) -> Any:
    user = model.User.get(context.get("user") or None)
    is_portal = user is None or user.name == str(tk.config["ckan.site_id"])
    return None if is_portal or context.get("ignore_auth") else user
