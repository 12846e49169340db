"""Histories that name nobody to the public: agents are not public figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
from ckan import model

Action = Callable[..., Any]
Context = dict[str, Any]
DataDict = dict[str, Any]

__all__ = [
    "activity_show",
    "group_activity_list",
    "organization_activity_list",
    "package_activity_list",
]


@tk.chained_action
@tk.side_effect_free
def activity_show(action: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's action, without the person's name for who is not logged in."""
    return _without_names(context, action(context, data_dict))


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


def _without_names(context: Context, found: Any) -> Any:
    if context.get("ignore_auth") or model.User.get(context.get("user")):
        return found
    for activity in found if isinstance(found, list) else [found]:
        data = activity.get("data")
        if isinstance(data, dict):
            activity["data"] = {key: data[key] for key in data if key != "actor"}
    return found
