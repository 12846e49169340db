"""Histories that name nobody to the public, and no dataset that one may not read.

Agents are not public figures. Core looks at who could read a dataset when something was
done to it: here, at who may read it today. Core's lists also hold each former state,
whole, whatever ``ckan.auth.public_activity_stream_detail`` says: ``activity_data_show``
gives those, to who may change the object.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

Action = Callable[..., Any]
Context = dict[str, Any]
DataDict = dict[str, Any]

__all__ = [
    "activity_show",
    "dashboard_activity_list",
    "group_activity_list",
    "organization_activity_list",
    "package_activity_list",
    "recently_changed_packages_activity_list",
    "user_activity_list",
]

#: What names an object in a line of a history.
NAMING = ("id", "name", "title", "type")


@tk.chained_action
@tk.side_effect_free
def activity_show(action: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's action, without the person's name for who is not logged in.

    :param include_data: with the former state, whole, for who may change the object
        (optional, false)
    """
    shown = action(context, data_dict)
    if data_dict.get("include_data"):
        return shown
    return _without_names(context, shown)


@tk.chained_action
@tk.side_effect_free
def group_activity_list(action: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's action, without the persons' names for who is not logged in."""
    return _without_names(context, action(context, data_dict))


@tk.chained_action
@tk.side_effect_free
def organization_activity_list(
    action: Action, context: Context, data_dict: DataDict
) -> Any:
    """Core's action, without the persons' names for who is not logged in."""
    return _without_names(context, action(context, data_dict))


@tk.chained_action
@tk.side_effect_free
def package_activity_list(action: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's action, without the persons' names for who is not logged in."""
    return _without_names(context, action(context, data_dict))


@tk.chained_action
@tk.side_effect_free
def recently_changed_packages_activity_list(
    action: Action, context: Context, data_dict: DataDict
) -> Any:
    """Core's action, without what one may not read or know."""
    return _without_names(context, action(context, data_dict))


@tk.chained_action
@tk.side_effect_free
def user_activity_list(action: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's action, without what one may not read."""
    return _without_names(context, action(context, data_dict))


@tk.chained_action
@tk.side_effect_free
def dashboard_activity_list(
    action: Action, context: Context, data_dict: DataDict
) -> Any:
    """Core's action, without what one may not read."""
    return _without_names(context, action(context, data_dict))


def _without_names(context: Context, found: Any) -> Any:
    if context.get("ignore_auth"):
        return found
    if isinstance(found, list):
        found = _without_hidden(context, found)
    is_account = model.User.get(context.get("user")) is not None
    listed = found if isinstance(found, list) else [found]
    for activity in listed:
        data = activity.get("data")
        if isinstance(data, dict):
            activity["data"] = _without_states(data)
        if not is_account:
            activity["user_id"] = ""
            (activity["data"] or {}).pop("actor", None)
    return found


def _without_states(data: dict[str, Any]) -> dict[str, Any]:
    """Return what a line of a history says, its objects by their names alone."""
    return {
        key: {name: value[name] for name in NAMING if name in value}
        if isinstance(value, dict)
        else value
        for key, value in data.items()
    }


def _without_hidden(
    context: Context, found: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Leave out what is about a dataset that one may not read today.

    One query where all are public.
    """
    package = model.Package
    named = {one["object_id"] for one in found}
    query = sa.select(package.id).where(
        package.id.in_(named),
        package.private.is_(True) | (package.state != "active"),
    )
    hidden = {one for one in model.Session.scalars(query) if not _reads(context, one)}
    return [one for one in found if one["object_id"] not in hidden]


def _reads(context: Context, package_id: str) -> bool:
    asked = {"user": context.get("user"), "model": model, "session": model.Session}
    try:
        return bool(tk.check_access("package_show", asked, {"id": package_id}))
    except tk.NotAuthorized:
        return False
