"""Validators of what anybody writes in a form of CKAN's."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk

from ckanext.odlocale.base.plain import drop_controls, is_followed_safely

__all__ = ["odlocale_followed", "odlocale_plain"]


def odlocale_plain(value: Any) -> Any:
    """Leave out of a text the signs that no feed can hold."""
    return drop_controls(value) if isinstance(value, str) else value


def odlocale_followed(value: Any) -> Any:
    """Accept the address of a file or a page, and none that runs a program.

    :raises Invalid: ``javascript:``, ``data:``, or no address at all
    """
    if isinstance(value, str) and not is_followed_safely(value):
        raise tk.Invalid(
            tk._("Write the address of a file or a page, with https:// at its start.")
        )
    return value
