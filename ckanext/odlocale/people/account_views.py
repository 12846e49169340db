"""Pages on one's own account, ``/compte``: what the portal holds, and closing it."""

from __future__ import annotations

import json

import ckantoolkit as tk
from flask import Blueprint, Response, request

from ckanext.odlocale.people import factor_views, journal_views
from ckanext.odlocale.people.guards import (
    Page,
    context_of_user,
    explain,
    go_to,
    guard,
    show,
)

own_account = Blueprint("odlocale_account", __name__, url_prefix="/compte")

guard(own_account)
journal_views.add_own_routes(own_account)
factor_views.add_routes(own_account)


@own_account.get("/mes-donnees")
def own_data() -> Page:
    """Show what is held, and what closing the account would do."""
    return _show({})


@own_account.get("/mes-donnees.json")
def own_data_json() -> Response:
    """Send all of it."""
    found = tk.get_action("odlocale_person_export")(context_of_user(), {})
    written = json.dumps(found, ensure_ascii=False, indent=2)
    headers = {"Content-Disposition": 'attachment; filename="mes-donnees.json"'}
    return Response(written, mimetype="application/json", headers=headers)


@own_account.post("/fermer")
def close() -> Page:
    """Close the account for good, once the password is typed again."""
    asked = {"apply": True, "confirm": request.form.get("confirm", "")}
    try:
        tk.get_action("odlocale_person_erase")(context_of_user(), asked)
    except tk.ValidationError as error:
        field = "confirm" if "confirm" in error.error_dict else "message"
        return _show({field: explain(error)[0]}), 400
    tk.logout_user()
    tk.h.flash_success(tk._("Your account is closed, and your data are erased."))
    return go_to("home.index")


def _show(errors: dict[str, str]) -> str:
    context = context_of_user()
    plan, refusal = None, ""
    try:
        plan = tk.get_action("odlocale_person_erase")(context, {})
    except tk.ValidationError as error:
        refusal = explain(error)[0]
    extra = {
        "held": tk.get_action("odlocale_person_export")(context, {}),
        "plan": plan,
        "refusal": refusal,
        "errors": errors,
        "has_role": False,
        "has_password": bool(tk.current_user.password),
        "name": tk.current_user.name,
    }
    return show("own_data", extra)
