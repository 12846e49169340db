"""Core's actions that take somebody out, with what must follow here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context, DataDict

from ckanext.odlocale.base import journal
from ckanext.odlocale.people import inviting, leaving, members, second_factor

__all__ = ["member_delete", "user_delete"]

Action = Callable[[Context, DataDict], Any]


@tk.chained_action
def member_delete(original: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's action, which ``organization_member_delete`` and ``group_member_delete``
    call. Who leaves a collectivité by it leaves as by our own pages: keys, journal,
    letters, alert.
    """
    user = _member_of(data_dict)
    group = model.Group.get(data_dict.get("id"))
    if group is not None:
        # Before anything is looked up: whoever may not hears the same of an account as
        # of none.
        tk.check_access("member_delete", context, data_dict)
    if user is None or group is None or group.id not in leaving.seats_of(user.id):
        return original(context, data_dict)
    members.hold_team(group.id)
    if not context.get("ignore_auth"):
        members.require_manager(context["user"], group.id)
    # Before core's own change, which commits: all of it happens, or nothing.
    leaving.note_departure(user, group.id, _by(context))
    done = original(context, data_dict)
    leaving.tell_departure(user, group.id, _by(context))
    return done


@tk.chained_action
def user_delete(original: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's action, which leaves API tokens and tells nobody.

    The row keeps its name and address: see :func:`odlocale_person_erase`.

    :raises ValidationError: nobody else administers the portal
    """
    user = model.User.get(data_dict.get("id"))
    if user is None or user.state == "deleted":
        return original(context, data_dict)
    tk.check_access("user_delete", context, data_dict)
    leaving.refuse_last_administrator(user)
    places = leaving.seats_of(user.id)
    for org_id in places:
        members.hold_team(org_id)
        leaving.note_departure(user, org_id, _by(context))
    if _by(context) != user.id:
        inviting.close_made_by(user)
    members.take_keys(user.id)
    second_factor.remove(user.id)
    journal.record(
        "account closed",
        user_id=_by(context),
        org_id=None,
        object_type="user",
        object_id=user.id,
    )
    done = original(context, data_dict)
    for org_id in places:
        leaving.tell_departure(user, org_id, _by(context))
    return done


def _member_of(data_dict: DataDict) -> Any:
    if str(data_dict.get("object_type")).lower() != "user":
        return None
    return model.User.get(data_dict.get("object"))


def _by(context: Context) -> str | None:
    user = model.User.get(context.get("user") or None)
    return user.id if user else None
