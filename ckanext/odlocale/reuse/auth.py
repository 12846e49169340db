"""Everybody reports an error; whoever may publish the data answers it."""

from __future__ import annotations

import ckantoolkit as tk
from ckan.types import AuthResult, Context, DataDict

from ckanext.odlocale.people import rights
from ckanext.odlocale.reuse.actions import load_report, org_of

__all__ = [
    "odlocale_report_create",
    "odlocale_report_list",
    "odlocale_report_settle",
    "odlocale_report_show",
]


@tk.auth_allow_anonymous_access
def odlocale_report_create(context: Context, data_dict: DataDict) -> AuthResult:
    """Everybody."""
    return {"success": True}


def odlocale_report_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish for the organisation ``org_id``."""
    return _may_publish(context, str(tk.get_or_bust(data_dict, "org_id")), None)


def odlocale_report_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish the data that the report is about."""
    report = load_report(data_dict)
    return _may_publish(context, org_of(report), report.schema)


def odlocale_report_settle(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may publish the data that the report is about."""
    return odlocale_report_show(context, data_dict)


def _may_publish(context: Context, org_id: str, schema: str | None) -> AuthResult:
    ground = rights.ground_of(context["user"], org_id)
    if ground is not None and ground.covers(schema):
        return {"success": True}
    return {
        "success": False,
        "msg": tk._("This page is reserved to another town hall."),
    }
