"""Core's actions on the members of an organisation that does not exist."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context

DataDict = dict[str, Any]
Action = Callable[[Context, DataDict], Any]


@tk.chained_action
def group_member_delete(action: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's action, which fails on a group that does not exist.

    :raises NotFound: there is no such group
    """
    _require_group(data_dict)
    return action(context, data_dict)


@tk.chained_action
def organization_member_delete(
    action: Action, context: Context, data_dict: DataDict
) -> Any:
    """Core's action, which fails on an organisation that does not exist.

    :raises NotFound: there is no such organisation
    """
    _require_group(data_dict)
    return action(context, data_dict)


def _require_group(data_dict: DataDict) -> None:
    named = tk.get_or_bust(data_dict, "id")
    if not isinstance(named, str) or model.Group.get(named) is None:
        raise tk.ObjectNotFound(tk._("This organisation was not found."))
