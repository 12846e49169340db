"""Everybody reads the figures; who animates a territory sets its goal."""

from __future__ import annotations

import ckantoolkit as tk
from ckan.types import AuthResult, Context, DataDict

from ckanext.odlocale.territory.animators import authorize_animator

__all__ = [
    "odlocale_goal_set",
    "odlocale_indicator_list",
    "odlocale_observatory_curve",
    "odlocale_observatory_follow",
    "odlocale_observatory_list",
    "odlocale_observatory_show",
]


@tk.auth_allow_anonymous_access
def odlocale_observatory_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Everybody: the observatory is open data."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def odlocale_observatory_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Everybody."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def odlocale_observatory_curve(context: Context, data_dict: DataDict) -> AuthResult:
    """Everybody."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def odlocale_indicator_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Everybody."""
    return {"success": True}


def odlocale_goal_set(context: Context, data_dict: DataDict) -> AuthResult:
    """Those who animate the territory ``perimeter``."""
    return _animators_only(context, data_dict)


def odlocale_observatory_follow(context: Context, data_dict: DataDict) -> AuthResult:
    """Those who animate the territory ``perimeter``."""
    return _animators_only(context, data_dict)


def _animators_only(context: Context, data_dict: DataDict) -> AuthResult:
    named = data_dict.get("perimeter")
    return authorize_animator(context.get("user"), named, must_name=True)
