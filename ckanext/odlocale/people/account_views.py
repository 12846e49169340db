"""Pages on one's own account, ``/compte``: what is held of one, address, closing."""

from __future__ import annotations

import json

import ckantoolkit as tk
from flask import Blueprint, Response, jsonify, request

from ckanext.odlocale.people import (
    factor_views,
    journal_views,
    proving,
    second_factor,
    sessions,
)
from ckanext.odlocale.people.guards import (
    Page,
    context_of_user,
    explain,
    go_to,
    guard,
    show,
)
from ckanext.odlocale.people.team_views import first_of

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


@own_account.get("/session")
def session_left() -> Response:
    """Say how long the session has still. Being asked, it has all its time again, but
    for what it may last whatever is done."""
    left = sessions.seconds_left()
    if left is None:
        return jsonify({"idle": 0, "absolute": 0})
    return jsonify({"idle": sessions.idle_seconds(), "absolute": left.absolute})


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


@own_account.get("/adresse")
def address() -> Page:
    """Show the form that changes one's address."""
    return _show_address({}, {})


@own_account.post("/adresse")
def change_address() -> Page:
    """Have a link sent to another address."""
    typed = {name: request.form.get(name, "") for name in ("email", "confirm")}
    try:
        sent = tk.get_action("odlocale_address_change")(context_of_user(), typed)
    except tk.ValidationError as error:
        return _show_address(typed, first_of(error)), 400
    return show("address_sent", {"email": sent["sent_to"]})


@own_account.get("/adresse/<token>")
def address_link(token: str) -> Page:
    """Show what the link is about. Nothing is done: mail filters open links too."""
    try:
        user, claim = proving.follow_link("address", token)
    except tk.ObjectNotFound:
        return _show_closed()
    if user.id != tk.current_user.id:
        return _show_closed()
    return show("address_confirm", {"token": token, "email": claim.email, "errors": {}})


@own_account.post("/adresse/<token>")
def confirm_address(token: str) -> Page:
    """Take the address that the link proves."""
    asked = {"token": token}
    try:
        done = tk.get_action("odlocale_address_confirm")(context_of_user(), asked)
    except tk.ObjectNotFound:
        return _show_closed()
    except tk.ValidationError as error:
        errors = {"message": explain(error)[0]}
        return show("address_confirm", {"token": token, "errors": errors}), 400
    said = tk._("Your address is now {email}.").format(email=done["email"])
    tk.h.flash_success(said)
    return go_to("user.edit")


def _show_closed() -> Page:
    return show("account_link_closed", {"about": "address"}), 404


def _show_address(typed: dict[str, str], errors: dict[str, str]) -> str:
    user = tk.current_user
    extra = {
        "typed": typed,
        "errors": errors,
        "email": user.email,
        "has_factor": second_factor.is_set(user.id),
    }
    return show("address", extra)


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
