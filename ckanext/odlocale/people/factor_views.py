"""Page of one's own second factor, ``/compte/double-verification``."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from flask import Blueprint, request

from ckanext.odlocale.people import second_factor
from ckanext.odlocale.people.guards import (
    Page,
    context_of_user,
    explain,
    go_to,
    show,
)


def add_routes(blueprint: Blueprint) -> None:
    """Put the pages on the blueprint of one's account."""
    blueprint.get("/double-verification")(own_factor)
    blueprint.post("/double-verification/commencer")(begin_factor)
    blueprint.post("/double-verification/activer")(set_factor)
    blueprint.post("/double-verification/retirer")(remove_factor)
    blueprint.post("/double-verification/codes")(renew_codes)


def own_factor() -> Page:
    """Show whether one has a second factor, and what one may do about it."""
    return _show({})


def begin_factor() -> Page:
    """Show the drawing to scan, once the password is typed."""
    try:
        made = _call("odlocale_factor_begin")
    except tk.ValidationError as error:
        return _refused(error)
    drawing = second_factor.drawing_of(tk.current_user, made["secret"])
    return _show_setting_up({"drawing": drawing, "secret": made["secret"]})


def set_factor() -> Page:
    """Set it up, once the telephone shows the right code."""
    asked = {"typed": request.form.get("typed", "")}
    try:
        done = tk.get_action("odlocale_factor_set")(context_of_user(), asked)
    except tk.ValidationError as error:
        # The drawing is not shown again: who only has the session would read it.
        return _show_setting_up({"errors": {"typed": explain(error)[0]}}), 400
    return _show_codes(done["codes"])


def remove_factor() -> Page:
    """Remove it, once the password is typed."""
    try:
        _call("odlocale_factor_remove")
    except tk.ValidationError as error:
        return _refused(error, "confirm-remove")
    tk.h.flash_success(tk._("The double check is removed."))
    return go_to("odlocale_account.own_factor")


def renew_codes() -> Page:
    """Show other recovery codes, once the password is typed."""
    try:
        done = _call("odlocale_factor_renew_codes")
    except tk.ValidationError as error:
        return _refused(error)
    return _show_codes(done["codes"])


def _call(action: str) -> dict[str, Any]:
    asked = {"confirm": request.form.get("confirm", "")}
    done: dict[str, Any] = tk.get_action(action)(context_of_user(), asked)
    return done


def _refused(error: tk.ValidationError, field: str = "confirm") -> Page:
    if "confirm" not in error.error_dict:
        field = "message"
    return _show({field: explain(error)[0]}), 400


def _show_codes(codes: list[str]) -> str:
    where = tk.h.url_for("odlocale_account.own_factor")
    return show("recovery", {"codes": codes, "where": where})


def _show_setting_up(extra: dict[str, Any]) -> str:
    where = tk.h.url_for("odlocale_account.set_factor")
    return show("second_factor_set", {"errors": {}, "where": where, **extra})


def _show(errors: dict[str, str]) -> str:
    user = tk.current_user
    extra = {
        "is_set": second_factor.is_set(user.id),
        "is_asked": second_factor.is_asked_of(user),
        "codes_left": second_factor.codes_left(user.id),
        "has_password": bool(user.password),
        "name": user.name,
        "has_role": False,
        "errors": errors,
    }
    return show("own_factor", extra)
