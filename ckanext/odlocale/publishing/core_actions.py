"""Core's actions that change whose a dataset is, or that it is, and tell no plugin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context, DataDict

from ckanext.odlocale.publishing.core_writes import Seen
from ckanext.odlocale.publishing.hooks import note_write, see

Action = Callable[[Context, DataDict], Any]

__all__ = ["dataset_purge", "package_owner_org_update"]


@tk.chained_action
def package_owner_org_update(
    action: Action, context: Context, data_dict: DataDict
) -> Any:
    """Core's action, written in the journal of both organisations.

    Within core's own writes, whose hooks tell of them, it is core's alone.
    """
    package = model.Package.get(data_dict.get("id"))
    if package is None or context.get("defer_commit"):
        return action(context, data_dict)
    before = see(package)
    deferred: Any = {**context, "defer_commit": True}
    done = action(deferred, data_dict)
    if package.owner_org != before.org_id:
        note_write(context, package, before, see(package))
    # The dataset and its lines are one transaction.
    model.Session.commit()
    return done


@tk.chained_action
def dataset_purge(action: Action, context: Context, data_dict: DataDict) -> Any:
    """Core's action, whose dataset is withdrawn where it was public until then."""
    package = model.Package.get(data_dict.get("id"))
    if package is not None:
        tk.check_access("dataset_purge", context, data_dict)
        before = see(package)
        note_write(context, package, before, Seen(before.org_id, is_public=False))
    return action(context, data_dict)
