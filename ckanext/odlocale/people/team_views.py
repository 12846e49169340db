"""Page of a collectivité's team, ``/equipe/<code>``."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from flask import Blueprint, request

from ckanext.odlocale.people import rights
from ckanext.odlocale.people.contacts import people_of
from ckanext.odlocale.people.guards import (
    Page,
    context_of_user,
    go_to,
    place_of,
    show,
)
from ckanext.odlocale.territory.tables import Collectivity


def add_routes(blueprint: Blueprint) -> None:
    """Put the pages on the room's blueprint."""
    blueprint.get("/<code>")(team)
    blueprint.post("/<code>/inviter")(invite)
    blueprint.post("/<code>/<any(role,retirer,partir):what>")(change_team)
    blueprint.post("/<code>/adresse")(set_official)
    blueprint.post("/<code>/invitation/<any(renvoyer,annuler):what>")(change_invitation)


def team(code: str) -> Page:
    """Show who works for a collectivité, and who was invited."""
    owner = place_of(code)
    if code != owner.code:
        return go_to("odlocale_people.team", code=owner.code)
    return _show(owner)


def invite(code: str) -> Page:
    """Invite somebody."""
    owner = place_of(code)
    typed = {
        name: request.form.get(name, "").strip()
        for name in ("email", "fullname", "role")
    }
    try:
        made = tk.get_action("odlocale_person_invite")(
            context_of_user(), {"org_id": owner.org_id, **typed}
        )
    except tk.ValidationError as error:
        return _show(owner, typed=typed, errors=first_of(error))
    _say(made)
    return go_to("odlocale_people.team", code=owner.code)


def change_team(code: str, what: str) -> Page:
    """Change a role, remove somebody, or leave."""
    owner = place_of(code)
    asked = {"org_id": owner.org_id}
    if what != "partir":
        asked["user"] = request.form.get("user", "")
    if what == "role":
        asked["role"] = request.form.get("role", "")
    if what == "role" and "sure" not in request.form and _steps_down(owner, asked):
        return show("step_down", {"owner": owner, "has_role": True, **asked})
    action = {"role": "change", "retirer": "remove", "partir": "leave"}[what]
    try:
        tk.get_action(f"odlocale_person_{action}")(context_of_user(), asked)
    except tk.ValidationError as error:
        return _show(owner, errors=first_of(error))
    except tk.ObjectNotFound as error:
        tk.h.flash_notice(str(error.message))
        return go_to("odlocale_people.team", code=owner.code)
    said = {
        "role": tk._("The role is changed. The person is told."),
        "retirer": tk._("This person no longer publishes here."),
        "partir": tk._("You no longer publish for {name}."),
    }
    tk.h.flash_success(said[what].format(name=owner.name))
    if what == "partir" or not rights.has_role(tk.current_user.name, str(owner.org_id)):
        return go_to("odlocale_publishing.home")
    return go_to("odlocale_people.team", code=owner.code)


def _steps_down(owner: Collectivity, asked: dict[str, Any]) -> bool:
    """Tell whether who asks gives up what nobody else there has: the last one who says
    who works there."""
    heads = [one.id for one, role in people_of(str(owner.org_id)) if role == "admin"]
    return asked["role"] == "agent" and heads == [tk.current_user.id] == [asked["user"]]


def change_invitation(code: str, what: str) -> Page:
    """Send an invitation again, or cancel it."""
    owner = place_of(code)
    action = {"renvoyer": "resend", "annuler": "cancel"}[what]
    asked = {"id": request.form.get("id", "")}
    try:
        made = tk.get_action(f"odlocale_invitation_{action}")(context_of_user(), asked)
    except tk.ValidationError as error:
        tk.h.flash_error(next(iter(first_of(error).values())))
        return go_to("odlocale_people.team", code=owner.code)
    if what == "renvoyer":
        _say(made)
    else:
        tk.h.flash_success(tk._("The invitation is cancelled: its link opens nothing."))
    return go_to("odlocale_people.team", code=owner.code)


def set_official(code: str) -> Page:
    """Write or confirm the official address."""
    owner = place_of(code)
    typed = {"official": request.form.get("official", "").strip()}
    asked = {"org_id": owner.org_id, "email": typed["official"]}
    try:
        made = tk.get_action("odlocale_official_set")(context_of_user(), asked)
    except tk.ValidationError as error:
        return _show(owner, typed=typed, errors=first_of(error))
    said = tk._("Codes for this town hall now go to {email}.")
    tk.h.flash_success(said.format(email=made["email"]))
    return go_to("odlocale_people.team", code=owner.code)


def first_of(error: tk.ValidationError) -> dict[str, str]:
    """Return the first sentence of each field."""
    return {
        field: said[0] if isinstance(said, list) else str(said)
        for field, said in error.error_dict.items()
    }


def _say(made: dict[str, Any]) -> None:
    if made["standing"] == "sent":
        said = tk._("The invitation is sent to {email}.")
        tk.h.flash_success(said.format(email=made["email"]))
    elif made["standing"] == "refused":
        said = tk._("The address {email} does not exist: its server refuses it.")
        tk.h.flash_error(said.format(email=made["email"]))
    else:
        said = tk._("The invitation of {email} will leave as soon as letters can.")
        tk.h.flash_notice(said.format(email=made["email"]))


def _show(
    owner: Collectivity,
    *,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> Page:
    asked = {"org_id": owner.org_id}
    listed = tk.get_action("odlocale_person_list")(context_of_user(), asked)
    user = tk.current_user
    manages = rights.may_manage(user.name, str(owner.org_id))
    heads = [one["id"] for one in listed["people"] if one["role"] != "agent"]
    waiting: list[Any] = []
    if manages:
        listing = tk.get_action("odlocale_attachment_list")(context_of_user(), asked)
        waiting = listing["waiting"]
    extra = {
        "owner": owner,
        **listed,
        "waiting": waiting,
        "me": user,
        "has_role": True,
        "manages": manages,
        "only_head": heads == [user.id],
        "roles": ["agent", "manager" if owner.kind == "commune" else "animator"],
        "typed": typed or {},
        "errors": errors or {},
    }
    page = show("team", extra)
    return (page, 400) if errors else page
