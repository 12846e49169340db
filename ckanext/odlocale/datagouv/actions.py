"""Actions of the feeds."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.odlocale.datagouv.decision_actions import *  # noqa: F403
from ckanext.odlocale.datagouv.decision_actions import __all__ as decision_names
from ckanext.odlocale.datagouv.discussion_actions import *  # noqa: F403
from ckanext.odlocale.datagouv.discussion_actions import __all__ as discussion_names
from ckanext.odlocale.datagouv.elsewhere_actions import *  # noqa: F403
from ckanext.odlocale.datagouv.elsewhere_actions import __all__ as elsewhere_names
from ckanext.odlocale.datagouv.feed import PAGE_SIZE
from ckanext.odlocale.datagouv.fragment import read_order_key
from ckanext.odlocale.datagouv.hooks import refresh
from ckanext.odlocale.datagouv.model import (
    Scope,
    count_public,
    forget_orphans,
    read_rows,
)
from ckanext.odlocale.datagouv.push_actions import *  # noqa: F403
from ckanext.odlocale.datagouv.push_actions import __all__ as push_names
from ckanext.odlocale.datagouv.registration_actions import *  # noqa: F403
from ckanext.odlocale.datagouv.registration_actions import (
    __all__ as registration_names,
)

__all__ = ["odlocale_fragment_rebuild"]
__all__ += [*push_names, *registration_names, *decision_names, *discussion_names]
__all__ += elsewhere_names

Context = dict[str, Any]
DataDict = dict[str, Any]


def odlocale_fragment_rebuild(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Write anew a page of fragments, as they would be written by an edit.

    Call it again with ``next`` as ``after`` until ``next`` is ``None``: a run that was
    stopped goes on from where it was.

    :param id: an organisation, by id or name; all of them by default.
    :param after: the order key that ``next`` gave; from the start by default.
    :returns: ``rebuilt`` (fragments written), ``removed`` (fragments of datasets that
        are not public any more), ``total`` (public datasets), ``next``.
    :raises NotAuthorized: the user is no system administrator.
    :raises ObjectNotFound: there is no such organisation.
    :raises ValidationError: ``after`` is no order key.
    """
    tk.check_access("odlocale_fragment_rebuild", context, data_dict)
    scope = Scope(_organization_id(data_dict.get("id")))
    rows = read_rows(scope, _cursor(data_dict.get("after")), PAGE_SIZE + 1)
    for row in rows[:PAGE_SIZE]:
        refresh(row.package_id)
    last = None if len(rows) <= PAGE_SIZE else rows[PAGE_SIZE - 1].order_key
    removed = forget_orphans() if last is None else 0
    if not context.get("defer_commit"):
        model.Session.commit()
    return {
        "rebuilt": len(rows[:PAGE_SIZE]),
        "removed": removed,
        "total": count_public(scope),
        "next": last,
    }


def _organization_id(name: str | None) -> str | None:
    if not name:
        return None
    group = model.Group.get(name)
    if group is None or not group.is_organization:
        raise tk.ObjectNotFound(tk._("Organization not found"))
    return str(group.id)


def _cursor(after: Any) -> Any:
    try:
        return read_order_key(str(after)) if after else None
    except ValueError as error:
        raise tk.ValidationError({"after": [str(error)]}) from error
