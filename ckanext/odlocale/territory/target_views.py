"""The page where animators say where each collectivité publishes each data."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from flask import Blueprint, request

from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.territory.animer_guards import (
    Page,
    context_of_user,
    explain,
    go_to,
    guard,
    own_perimeters,
    show,
)
from ckanext.odlocale.territory.register import KINDS
from ckanext.odlocale.territory.tables import AtdPerimeter
from ckanext.odlocale.territory.target_screen import Sought, read_sought
from ckanext.odlocale.territory.targets import (
    ALL_SCHEMAS,
    RESET,
    TARGETS,
    WrongTarget,
    read_choice,
)

targets = Blueprint(
    "odlocale_targets", __name__, url_prefix="/animer/territoire/cibles"
)

PER_PAGE = 50
#: What the action gives at most in one page.
READ_AT_ONCE = 1000

guard(targets)


@targets.get("")
def home() -> Page:
    """Show where the collectivités of a perimeter publish one data."""
    own = own_perimeters()
    if not own:
        return show("empty", {})
    return _show(_read(own, request.args), own)


@targets.post("")
def choose() -> Page:
    """Say what would change, and ask; or say what to correct."""
    own = own_perimeters()
    if not own:
        raise tk.NotAuthorized()
    sought = _read(own, request.form)
    target, url = request.form.get("cible-voulue", ""), request.form.get("adresse", "")
    chosen = {"target": target, "url": url.strip()}
    codes = request.form.getlist("code")
    every = bool(request.form.get("tous"))
    errors = _errors(target, url, bool(codes) or every)
    if errors:
        typed = {**chosen, "codes": codes, "every": every}
        return _show(sought, own, errors=errors, typed=typed)
    rows = _every_row(sought)
    kept = [row for row in rows if every or row["code"] in codes]
    extra = {"sought": sought, "rows": kept, "chosen": chosen}
    already = [row for row in kept if _is_there(row, chosen)]
    return show("targets_confirm", {**extra, **_words(), "already": already})


@targets.post("/fixer")
def write() -> Page:
    """Write exactly what was shown."""
    own = own_perimeters()
    if not own:
        raise tk.NotAuthorized()
    sought = _read(own, request.form)
    wanted = {
        "schemas": [sought.schema],
        "codes": request.form.get("codes", "").split(),
        "target": request.form.get("cible-voulue", ""),
        "url": request.form.get("adresse", ""),
    }
    try:
        done = tk.get_action("odlocale_target_set")(context_of_user(), wanted)
    except tk.ValidationError as error:
        return _show(sought, own, refusals=explain(error))
    said = tk.ungettext(
        "{count} choice is changed.", "{count} choices are changed.", done["changed"]
    )
    tk.h.flash_success(said.format(count=tk.h.odlocale_number(done["changed"])))
    return go_to("odlocale_targets.home", **sought.to_query(target="", page=1))


def _show(sought: Sought, own: list[AtdPerimeter], **extra: Any) -> Page:
    offset = (sought.page - 1) * PER_PAGE
    found = _list(sought, PER_PAGE, offset)
    pages = max(1, -(-found["count"] // PER_PAGE))
    blank: dict[str, Any] = {"errors": {}, "refusals": [], "typed": {}}
    shown = {
        **blank,
        **_words(),
        "perimeters": own,
        "sought": sought,
        "count": found["count"],
        "rows": found["results"],
        "pages": pages,
        "epcis": _epcis(sought.perimeter),
        "kinds": KINDS,
    }
    return show("targets", {**shown, **extra})


def _words() -> dict[str, Any]:
    return {
        "schemas": schema_names(),
        "targets": target_names(),
        "all_schemas": ALL_SCHEMAS,
        "reset": RESET,
    }


def _list(sought: Sought, limit: int, offset: int) -> dict[str, Any]:
    asked = {**sought.to_action(), "limit": limit, "offset": offset}
    listed = tk.get_action("odlocale_target_list")(context_of_user(), asked)
    return dict(listed)


def _every_row(sought: Sought) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    while True:
        page = _list(sought, READ_AT_ONCE, len(rows))
        rows += page["results"]
        if not page["results"] or len(rows) >= page["count"]:
            return rows


def _is_there(row: dict[str, Any], chosen: dict[str, str]) -> bool:
    if chosen["target"] == RESET:
        return bool(row["origin"] != "chosen")
    same = row["target"] == chosen["target"]
    return bool(same and row["origin"] == "chosen" and not chosen["url"])


def _errors(target: str, url: str, any_chosen: bool) -> dict[str, str]:
    errors = {}
    if not any_chosen:
        errors["rows"] = tk._("Choose one local authority at least.")
    if target not in (*TARGETS, RESET):
        errors["cible-voulue"] = tk._("Say where these data are published.")
        return errors
    try:
        if target != RESET:
            read_choice(target, url if target == "elsewhere" else "")
    except WrongTarget as error:
        errors["adresse"] = (
            tk._("Write the address where these data are published.")
            if error.fault == "no_url"
            else tk._(
                "This is not the address of a web page. It begins with https:// or"
                " http://."
            )
        )
    return errors


def _read(own: list[AtdPerimeter], given: Any) -> Sought:
    sirens = [one.atd_siren for one in own]
    return read_sought(given.to_dict(), sirens, list(schema_names()))


def _epcis(perimeter: str) -> list[tuple[str, str]]:
    asked = {"perimeter": perimeter, "schema": ALL_SCHEMAS, "kind": "epci"}
    found: list[tuple[str, str]] = []
    while True:
        asked_page = {**asked, "limit": READ_AT_ONCE, "offset": len(found)}
        page = tk.get_action("odlocale_target_list")(context_of_user(), asked_page)
        found += [(row["siren"], row["name"]) for row in page["results"]]
        if not page["results"] or len(found) >= page["count"]:
            return found


def schema_names() -> dict[str, str]:
    """Return what a target may be chosen for, in words."""
    labels = {schema.slug: schema.label for schema in load_catalogue()}
    return {
        **labels,
        "bal": tk._("Addresses (base adresse locale)"),
        "decp": tk._("Public contracts"),
        ALL_SCHEMAS: tk._("All data without a choice of their own"),
    }


def target_names() -> dict[str, str]:
    """Return the places in words."""
    return {
        "portal": tk._("on this portal"),
        "datagouv": tk._("on data.gouv.fr"),
        "elsewhere": tk._("elsewhere"),
    }


blueprints = [targets]
