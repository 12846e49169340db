"""Page of the software of a collectivité, ``/equipe/<code>/logiciels``."""

from __future__ import annotations

import datetime
from typing import Any

import ckantoolkit as tk
from ckan import model
from flask import Blueprint, request

from ckanext.odlocale.people import rights
from ckanext.odlocale.people.guards import (
    Page,
    context_of_user,
    go_to,
    place_of,
    show,
)
from ckanext.odlocale.people.tables import new_id
from ckanext.odlocale.people.token_help import curl_line, deposit_path, example_key
from ckanext.odlocale.people.token_rules import load
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.territory.identifiers import default_siret
from ckanext.odlocale.territory.tables import Collectivity

_FIELDS = ("id", "name", "may", "until", "donnees")
_USUAL_DAYS = 365


def add_routes(blueprint: Blueprint) -> None:
    """Put the pages on the room's blueprint."""
    blueprint.get("/<code>/logiciels")(software)
    blueprint.post("/<code>/logiciels")(make_token)
    blueprint.post("/logiciel/<token_id>/arreter")(revoke_token)


def software(code: str) -> Page:
    """Show which software sends data, since when and for what."""
    owner = place_of(code)
    if code != owner.code:
        return go_to("odlocale_people.software", code=owner.code)
    return _show(owner)


def make_token(code: str) -> Page:
    """Make a token, and show it: this once."""
    owner = place_of(code)
    typed: dict[str, Any] = {
        name: request.form.get(name, "").strip() for name in _FIELDS
    }
    typed["withdraw"] = "withdraw" in request.form
    typed["schemas"] = request.form.getlist("schemas")
    verbs = [typed["may"]] if typed["may"] else []
    asked = {
        "org_id": owner.org_id,
        "schemas": [] if typed["donnees"] == "toutes" else typed["schemas"],
        "verbs": [*verbs, "withdraw"] if verbs and typed["withdraw"] else verbs,
        **{name: typed[name] for name in ("id", "name", "until")},
    }
    document = request.files.get("document")
    if document is not None and document.filename:
        asked["document"] = document
    errors = {}
    if typed["donnees"] != "toutes" and not typed["schemas"]:
        errors["schemas"] = tk._("Say for which data.")
    if not verbs:
        errors["may"] = tk._("Say what the software may do.")
    if not errors:
        try:
            made = tk.get_action("odlocale_token_create")(context_of_user(), asked)
        except tk.ValidationError as error:
            model.Session.rollback()
            errors = _first_of(error)
        else:
            return _show_secret(owner, made)
    return _show(owner, typed=typed, errors=errors)


def revoke_token(token_id: str) -> Page:
    """Stop a software."""
    done: dict[str, Any] | None = None
    try:
        asked = {"id": token_id}
        done = tk.get_action("odlocale_token_revoke")(context_of_user(), asked)
    except tk.ValidationError as error:
        tk.h.flash_notice(next(iter(_first_of(error).values())))
    else:
        said = tk._("{name} no longer sends anything. Everybody concerned is told.")
        tk.h.flash_success(said.format(name=done["name"]))
    owner = Collectivity.by_org(load(token_id).org_id)
    return go_to("odlocale_people.software", code=owner.code if owner else "")


def _first_of(error: tk.ValidationError) -> dict[str, str]:
    return {
        {"verbs": "may"}.get(field, field): (
            said[0] if isinstance(said, list) else str(said)
        )
        for field, said in error.error_dict.items()
    }


def _show_secret(owner: Collectivity, made: dict[str, Any]) -> Page:
    catalogue = load_catalogue()
    schema = next(
        one for one in catalogue if not made["schemas"] or one.slug in made["schemas"]
    )
    key = example_key(schema, datetime.date.today(), default_siret(owner.siren))
    path = deposit_path(owner.code, schema.slug, key)
    site_url = str(tk.config["ckan.site_url"])
    line = curl_line(site_url, made["secret"], path, f"{schema.slug}.csv")
    extra = {"owner": owner, "has_role": True, "token": made, "line": line}
    return show("software_made", extra)


def _show(
    owner: Collectivity,
    *,
    typed: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
) -> Page:
    user = tk.current_user
    asked = {"org_id": owner.org_id}
    tokens = tk.get_action("odlocale_token_list")(context_of_user(), asked)
    until = datetime.date.today() + datetime.timedelta(days=_USUAL_DAYS)
    usual = {"until": until.isoformat(), "may": "deposit", "donnees": "choix"}
    extra = {
        "owner": owner,
        "tokens": tokens,
        "has_role": True,
        "manages": rights.may_manage(user.name, str(owner.org_id)),
        "signs": rights.is_direct_manager(user.id, str(owner.org_id)),
        "schemas": {one.slug: one.label for one in load_catalogue()},
        "typed": {"id": new_id(), **usual, **(typed or {})},
        "errors": errors or {},
    }
    page = show("software", extra)
    return (page, 400) if errors else page
