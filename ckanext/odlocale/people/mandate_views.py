"""Pages of the mandates of a collectivité, ``/equipe/<code>/mandats``."""

from __future__ import annotations

import datetime
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from flask import Blueprint, Response, request

from ckanext.odlocale.base import storage
from ckanext.odlocale.people import rights
from ckanext.odlocale.people.guards import (
    Page,
    context_of_user,
    go_to,
    place_of,
    show,
)
from ckanext.odlocale.people.mandate_auth import is_holder
from ckanext.odlocale.people.mandate_rules import describe
from ckanext.odlocale.people.roles import PUBLISHING
from ckanext.odlocale.people.tables import Mandate
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.territory.permission import organisations_above
from ckanext.odlocale.territory.tables import Collectivity

_FIELDS = ("holder", "agent", "organization", "software", "since", "until", "message")
#: The fields that the card of a mandate has.
_OF_CARDS = ("until", "document")
#: What a form proposes: the calendar year that comes.
_USUAL_DAYS = 365


def add_routes(blueprint: Blueprint) -> None:
    """Put the pages on the room's blueprint."""
    blueprint.get("/<code>/mandats")(mandates)
    blueprint.post("/<code>/mandats")(create_mandate)
    blueprint.get("/mandat/<mandate_id>/document")(mandate_document)
    for name, change in (
        ("repondre", answer_mandate),
        ("finir", end_mandate),
        ("renouveler", renew_mandate),
    ):
        blueprint.post(f"/mandat/<mandate_id>/{name}")(change)


def mandates(code: str) -> Page:
    """Show who acts for a collectivité and for whom it acts, or a form to ask it."""
    owner = place_of(code)
    if code != owner.code:
        return go_to("odlocale_people.mandates", code=owner.code)
    return _show(owner)


def create_mandate(code: str) -> Page:
    """Give a mandate, or ask for one."""
    owner = place_of(code)
    typed = {name: request.form.get(name, "").strip() for name in _FIELDS}
    holder = typed["holder"]
    schemas = request.form.getlist("schemas")
    chosen = request.form.get("donnees")
    said = chosen == "toutes" or (chosen == "choix" and schemas)
    asked = {
        "org_id": owner.org_id,
        "holder": holder,
        "holder_id": typed.get(holder, ""),
        # What names no data is refused with all the rest, not taken for all data.
        "schemas": ([] if chosen == "toutes" else schemas) if said else [""],
        **{name: typed[name] for name in ("since", "until", "message")},
    }
    if _document() is not None:
        asked["document"] = _document()
    try:
        done = tk.get_action("odlocale_mandate_create")(context_of_user(), asked)
    except tk.ValidationError as error:
        errors = {**_first_of(error, holder), **_missing_of(error, asked, holder)}
        typed_all = {**typed, "schemas": schemas, "donnees": chosen}
        return _show(owner, typed=typed_all, errors=errors)
    tk.h.flash_success(_said_of(done))
    return go_to("odlocale_people.mandates", code=owner.code)


def answer_mandate(mandate_id: str) -> Page:
    """Accept or refuse a mandate that is asked for."""
    asked: dict[str, Any] = {"id": mandate_id, "accept": "oui" in request.form}
    if _document() is not None:
        asked["document"] = _document()
    return _change("odlocale_mandate_settle", asked)


def end_mandate(mandate_id: str) -> Page:
    """End a mandate, or take back a request."""
    return _change("odlocale_mandate_end", {"id": mandate_id})


def renew_mandate(mandate_id: str) -> Page:
    """Give the mandate that follows, or ask for it."""
    asked = {"id": mandate_id, "until": request.form.get("until", "")}
    if _document() is not None:
        asked["document"] = _document()
    return _change("odlocale_mandate_renew", asked)


def mandate_document(mandate_id: str) -> Response:
    """Send the deed of a mandate to those whom it concerns."""
    show_mandate = tk.get_action("odlocale_mandate_show")
    document = show_mandate(context_of_user(), {"id": mandate_id})["document"]
    if not document:
        raise tk.ObjectNotFound()
    name = document["name"]
    sent: Response = storage.send(document["sha256"], name, "application/pdf")
    return sent


def _change(action: str, asked: dict[str, Any]) -> Page:
    context = context_of_user()
    seen = {"id": asked["id"]}
    owner = place_of(tk.get_action("odlocale_mandate_show")(context, seen)["code"])
    try:
        done = tk.get_action(action)(context_of_user(), asked)
    except tk.ValidationError as error:
        model.Session.rollback()
        # Under the field's name on the card, or on the card itself.
        errors = {
            f"{field}-{asked['id']}" if field in _OF_CARDS else asked["id"]: said
            for field, said in _first_of(error, "").items()
        }
        typed = {f"until-{asked['id']}": asked.get("until")}
        return _show(owner, typed=typed, errors=errors)
    tk.h.flash_success(_said_of(done))
    return go_to("odlocale_people.mandates", code=owner.code)


def _said_of(done: dict[str, Any]) -> str:
    said = {
        "asked": tk._("Your request is sent to {name}."),
        "refused": tk._("It is refused. Everybody concerned is told."),
        "ended": tk._("It is ended. Everybody concerned is told."),
    }
    given = tk._("{holder} may act for {name}. Everybody concerned is told.")
    names = {"name": done["collectivity"], "holder": done["holder_title"]}
    return str(said.get(done["standing"], given).format(**names))


def _first_of(error: tk.ValidationError, holder: str) -> dict[str, str]:
    """Return the first sentence of each field, under the name that a form gives it."""
    names = {"holder_id": holder or "holder"}
    return {
        names.get(field, field): said[0] if isinstance(said, list) else str(said)
        for field, said in error.error_dict.items()
    }


def _missing_of(
    error: tk.ValidationError, asked: dict[str, Any], holder: str
) -> dict[str, str]:
    """Return what is to be done about the fields that were left empty."""
    sentences = {
        "holder": tk._("Say who will act."),
        "holder_id": tk._("Write who will act."),
        "schemas": tk._("Say for which data."),
        "since": tk._("Write the first day."),
        "until": tk._("Write the last day."),
    }
    names = {"holder_id": holder or "holder"}
    return {
        names.get(field, field): str(sentence)
        for field, sentence in reversed(sentences.items())
        if field in error.error_dict and asked[field] in ("", [""])
    }


def _document() -> Any:
    sent = request.files.get("document")
    return sent if sent is not None and sent.filename else None


def _show(
    owner: Collectivity,
    *,
    typed: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
) -> Page:
    user = tk.current_user
    has_role = rights.has_role(user.name, str(owner.org_id))
    asked = {"org_id": owner.org_id}
    lists = (
        tk.get_action("odlocale_mandate_list")(context_of_user(), asked)
        if has_role
        else {"given": _asked_by_me(owner), "held": []}
    )
    today = datetime.date.today()
    usual = {
        "since": today.isoformat(),
        "until": (today + datetime.timedelta(days=_USUAL_DAYS)).isoformat(),
    }
    extra = {
        "owner": owner,
        "lists": lists,
        "manages": rights.may_manage(user.name, str(owner.org_id)),
        "has_role": has_role,
        "followed": {
            one["renews"]
            for listed in lists.values()
            for one in listed
            if one["standing"] in ("asked", "future", "current")
        },
        "signs": rights.is_direct_manager(user.id, str(owner.org_id)),
        "schemas": {one.slug: one.label for one in load_catalogue()},
        "holders": _above(owner) if has_role else _mine(user.id, owner),
        "me": user,
        "typed": {**usual, **(typed or {})},
        "errors": errors or {},
    }
    page = show("mandates", extra)
    return (page, 400) if errors else page


def _asked_by_me(owner: Collectivity) -> list[dict[str, Any]]:
    """Return what the reader asked this collectivité, or holds from it."""
    query = (
        sa.select(Mandate)
        .where(Mandate.org_id == owner.org_id)
        .order_by(Mandate.asked_at.desc())
    )
    name = tk.current_user.name
    return [
        describe(one)
        for one in model.Session.scalars(query)
        if is_holder(name, one.holder, str(one.holder_id))
    ]


def _above(owner: Collectivity) -> list[Collectivity]:
    """Return who most often acts for a collectivité: its EPCI and its ATDs."""
    ids = organisations_above(str(owner.org_id))
    query = sa.select(Collectivity).where(Collectivity.org_id.in_(ids))
    return list(model.Session.scalars(query.order_by(Collectivity.name)))


def _mine(user_id: str, owner: Collectivity) -> list[Collectivity]:
    """Return the collectivités that the reader publishes for by name."""
    query = (
        sa.select(Collectivity)
        .join(model.Member, model.Member.group_id == Collectivity.org_id)
        .where(
            model.Member.table_name == "user",
            model.Member.table_id == user_id,
            model.Member.state == "active",
            model.Member.capacity.in_(PUBLISHING),
            Collectivity.org_id != owner.org_id,
        )
        .order_by(Collectivity.name)
        .limit(50)
    )
    return list(model.Session.scalars(query))
