"""Who brings in models, and moves files to their new versions: ATDs, within bounds.

A model added serves the whole portal: its name and its addresses are everybody's. A
new version of it is brought in by the ATD that brought the first, or by an
administrator; one of a model that ships with the portal, by an administrator, or by
who animates every perimeter. Files move where their collectivité is in a perimeter of
one's own.
"""

from __future__ import annotations

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import AuthResult, Context, DataDict

from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.territory.animators import animated_by, is_administrator
from ckanext.odlocale.territory.tables import AtdPerimeter

__all__ = [
    "odlocale_schema_add",
    "odlocale_schema_change",
    "odlocale_schema_migrate",
    "odlocale_schema_plan",
    "odlocale_schema_rule_list",
    "odlocale_schema_rule_set",
]


def _may_animate(context: Context) -> AuthResult:
    user = context["user"]
    if is_administrator(user) or animated_by(user):
        return {"success": True}
    return {
        "success": False,
        "msg": tk._("This page is reserved to those who animate a territory."),
    }


def odlocale_schema_add(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever animates a perimeter, and administrators."""
    return _may_animate(context)


def odlocale_schema_plan(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever animates a perimeter: the files of its collectivités only are told."""
    return _may_animate(context)


def odlocale_schema_migrate(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever animates a perimeter: the files of its collectivités only move."""
    return _may_animate(context)


def odlocale_schema_change(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever may bring in a new version of the model ``schema`` (its slug)."""
    user = context["user"]
    if is_administrator(user):
        return {"success": True}
    own = {one.atd_siren for one in animated_by(user)}
    added_by = load_catalogue().get(tk.get_or_bust(data_dict, "schema")).added_by
    if added_by:
        allowed = added_by in own
    else:
        every = set(model.Session.scalars(sa.select(AtdPerimeter.atd_siren)))
        allowed = bool(own) and own == every
    if allowed:
        return {"success": True}
    return {
        "success": False,
        "msg": tk._("Only those who brought this model in may change it."),
    }


def odlocale_schema_rule_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever animates a perimeter: the rules of one's own are told."""
    return _may_animate(context)


def odlocale_schema_rule_set(context: Context, data_dict: DataDict) -> AuthResult:
    """Whoever animates the ATD that is named, and administrators."""
    own = {one.atd_siren for one in animated_by(context["user"])}
    if is_administrator(context["user"]) or data_dict.get("atd_siren") in own:
        return {"success": True}
    return {
        "success": False,
        "msg": tk._("Only those who animate this territory may do this."),
    }
