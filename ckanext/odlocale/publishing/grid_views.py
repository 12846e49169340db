"""Pages of the tables filled in online: the grid, and the same row by row."""

from __future__ import annotations

import uuid
from typing import Any

import ckantoolkit as tk
from flask import Blueprint, Response, request

from ckanext.odlocale.publishing.grid_core import DEFAULT_KEY, free_key
from ckanext.odlocale.publishing.grid_form import RowForm, build_form, list_changes
from ckanext.odlocale.publishing.grid_guards import guard_grid, recall_typed
from ckanext.odlocale.publishing.grid_page import Table
from ckanext.odlocale.publishing.grid_table import Column
from ckanext.odlocale.publishing.grid_words import list_words
from ckanext.odlocale.publishing.guards import (
    Page,
    context_of_user,
    describe_owner,
    go_to,
    owner_of,
    show,
)
from ckanext.odlocale.publishing.release import explain
from ckanext.odlocale.scdl.catalogue import load_catalogue

grid = Blueprint("odlocale_grid", __name__, url_prefix="/publier")

#: Rows of the plain table, without JavaScript, on one page.
PER_PAGE = 50

guard_grid(grid)


@grid.get("/<code>/saisie")
def start(code: str) -> Page:
    """Show the tables begun, and the models that one may fill in."""
    owner = owner_of(code)
    asked = {"org_id": owner.org_id}
    begun = tk.get_action("odlocale_grid_list")(context_of_user(), asked)
    catalogue = load_catalogue()
    known = [one for one in begun if one["schema"] in catalogue]
    keys: dict[str, list[str]] = {}
    for one in known:
        keys.setdefault(one["schema"], []).append(one["key"])
    extra = {
        "begun": known,
        "labels": {one.slug: one.label for one in catalogue},
        "models": [
            one for one in catalogue if DEFAULT_KEY not in keys.get(one.slug, ())
        ],
        "others": {slug: free_key(taken) for slug, taken in keys.items()},
        "default_key": DEFAULT_KEY,
    }
    return show("grid_start", {**describe_owner(owner), **extra})


@grid.get("/<code>/<schema>/saisie")
def sheet(code: str, schema: str) -> Page:
    """Show the grid; without JavaScript, its rows and a link to each."""
    table = Table(code, schema)
    draft = table.draft()
    rows = draft["rows"]
    last = max(1, -(-len(rows) // PER_PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), last)
    first = (page - 1) * PER_PAGE
    shown = [one for one in table.columns if one.name not in draft["constants"]]
    extra = {
        "grid_data": _gather_data(table, draft, shown),
        "columns": shown,
        "rows": list(enumerate(rows, start=1))[first : first + PER_PAGE],
        "page": page,
        "last_page": last,
    }
    return show("grid", {**table.describe(draft), **extra})


def _gather_data(
    table: Table, draft: dict[str, Any], columns: list[Column]
) -> dict[str, Any]:
    """Return what the program of the grid begins with."""
    return {
        "columns": [one.to_dict() for one in columns],
        "rows": [
            {"id": one["id"], "position": one["position"], "cells": one["cells"]}
            for one in draft["rows"]
        ],
        "version": draft["version"],
        "conflicts": draft["conflicts"],
        "user": tk.current_user.id,
        "place": f"{table.code}/{table.slug}/{table.key}",
        "label": table.schema.label,
        "calls": table.address("ask", name="show").replace(
            "/appel/show", "/appel/{name}"
        ),
        "row_by_row": table.address("first_row"),
        "conflicts_page": table.address("conflicts"),
        "controls": str(tk.h.url_for("odlocale_controls.index")),
        "whole": request.args.get("tableau_entier") == "oui",
        "words": list_words(tk._),
    }


@grid.get("/<code>/<schema>/saisie/ligne")
def first_row(code: str, schema: str) -> Response:
    """Go to the first row, or to the one that is asked by its number."""
    table = Table(code, schema)
    number = request.args.get("numero", 1, type=int)
    return table.go("row", number=min(max(number, 1), len(table.draft()["rows"]) + 1))


@grid.get("/<code>/<schema>/saisie/ligne/<int:number>")
def row(code: str, schema: str, number: int) -> Page:
    """Show one row as a form."""
    table = Table(code, schema)
    return _show_row(table, table.draft(), number, recall_typed())


@grid.post("/<code>/<schema>/saisie/ligne/<int:number>")
def save_row(code: str, schema: str, number: int) -> Page:
    """Save one row, check it, and go on to the next once nothing is left to say."""
    table = Table(code, schema)
    form = request.form.to_dict()
    changes = list_changes(form, [one.name for one in table.columns])
    try:
        saved = _save(table, form, changes)
    except tk.ValidationError as error:
        tk.h.flash_error(explain(error))
        # Shown at once rather than after a redirection: nothing typed is lost.
        return _show_row(table, table.draft(), number, form)
    if any(one["row"] == form.get("row") for one in saved["conflicts"]):
        return table.go("conflicts")
    # The row is found by its own name: another may have been put before it.
    order = [one["id"] for one in table.draft()["rows"]]
    place = order.index(form["row"]) + 1 if form.get("row") in order else number
    if changes and table.call("check", rows=[form["row"]])["findings"]:
        return table.go("row", number=place, verifiee="oui")
    if changes:
        tk.h.flash_success(tk._("Row {number} is saved.").format(number=place))
    return table.go("row", number=min(place, len(order)) + 1)


def _save(
    table: Table, form: dict[str, str], changes: list[dict[str, str]]
) -> dict[str, Any]:
    seen = {"version": form.get("version", "0")}
    if form.get("new") and changes:
        cells = {one["field"]: one["value"] for one in changes}
        added = [{"id": form.get("row"), "cells": cells}]
        return table.call("rows", add=added, **seen)
    if not changes:
        return {"conflicts": []}
    return table.call("save", changes=changes, **seen)


def _show_row(
    table: Table, draft: dict[str, Any], number: int, typed: dict[str, str]
) -> Page:
    total = len(draft["rows"])
    if number < 1 or number > total + 1:
        return table.go("row", number=total + 1)
    findings: list[dict[str, Any]] = []
    if number <= total and not typed:
        asked = [draft["rows"][number - 1]["id"]]
        findings = table.call("check", rows=asked)["findings"]
    form: RowForm = build_form(
        table.columns, draft, number, uuid.uuid4().hex, typed, findings
    )
    extra = {
        "form": form,
        "version": typed.get("version") or draft["version"],
        "checked": request.args.get("verifiee") == "oui",
    }
    return show("grid_row", {**table.describe(draft), **extra})


@grid.post("/<code>/<schema>/saisie/ligne/<int:number>/retirer")
def remove_row(code: str, schema: str, number: int) -> Response:
    """Take one row out. It can be brought back."""
    table = Table(code, schema)
    name = request.form.get("row", "")
    return _change_rows(table, number, tk._("The row was taken out."), remove=[name])


@grid.post("/<code>/<schema>/saisie/ligne/<int:number>/remettre")
def restore_row(code: str, schema: str, number: int) -> Response:
    """Bring a row back as it was."""
    table = Table(code, schema)
    name = request.form.get("row", "")
    return _change_rows(table, number, tk._("The row is back."), restore=[name])


def _change_rows(table: Table, number: int, said: str, **asked: list[str]) -> Response:
    try:
        table.call("rows", **asked)
    except tk.ValidationError as error:
        tk.h.flash_error(explain(error))
        return table.go("row", number=number)
    tk.h.flash_success(said)
    gone = {"retiree": asked["remove"][0]} if asked.get("remove") else {}
    return table.go("row", number=number, **gone)


@grid.get("/<code>/<schema>/saisie/constantes")
def constants(code: str, schema: str) -> Page:
    """Show what is the same on all rows."""
    table = Table(code, schema)
    kept = recall_typed()
    typed = {
        one.name: kept[f"cell-{one.name}"]
        for one in table.columns
        if one.constant and f"cell-{one.name}" in kept
    }
    return _show_constants(table, typed)


@grid.post("/<code>/<schema>/saisie/constantes")
def save_constants(code: str, schema: str) -> Page:
    """Change what is the same on all rows."""
    table = Table(code, schema)
    offered = [one.name for one in table.columns if one.constant]
    said = {name: request.form.get(f"cell-{name}", "") for name in offered}
    try:
        table.call("save", constants=said)
    except tk.ValidationError as error:
        tk.h.flash_error(explain(error))
        return _show_constants(table, said)
    return table.go("sheet")


def _show_constants(table: Table, typed: dict[str, str]) -> Page:
    draft = table.draft()
    offered = [one for one in table.columns if one.constant]
    held = {**draft["constants"], **typed}
    return show(
        "grid_constants", {**table.describe(draft), "offered": offered, "held": held}
    )


@grid.get("/<code>/<schema>/saisie/conflits")
def conflicts(code: str, schema: str) -> Page:
    """Show the cells that somebody else changed too."""
    table = Table(code, schema)
    draft = table.draft()
    if not draft["conflicts"]:
        return table.go("sheet")
    order = {one["id"]: at for at, one in enumerate(draft["rows"], start=1)}
    return show("grid_conflicts", {**table.describe(draft), "order": order})


@grid.post("/<code>/<schema>/saisie/conflits")
def settle_conflicts(code: str, schema: str) -> Response:
    """Keep what was chosen. A cell that nobody chose stays to be chosen."""
    table = Table(code, schema)
    every = request.form.get("every")
    choices = []
    for number, one in enumerate(table.draft()["conflicts"]):
        keep = every or request.form.get(f"keep-{number}")
        # The list may have changed since: the choice says which cell it was about.
        cell = f"{one['row']}/{one['field']}"
        if keep in ("mine", "theirs") and request.form.get(f"cell-{number}") == cell:
            choices.append({"row": one["row"], "field": one["field"], "keep": keep})
    if not choices:
        tk.h.flash_error(tk._("Choose one of the answers."))
        return table.go("conflicts")
    left = table.call("settle", choices=choices)["conflicts"]
    return table.go("conflicts" if left else "sheet")


@grid.post("/<code>/<schema>/saisie/verifier")
def deposit(code: str, schema: str) -> Response:
    """Check the table as a file, and go to the first screen it needs."""
    table = Table(code, schema)
    if table.draft()["conflicts"]:
        tk.h.flash_notice(tk._("First choose between these values."))
        return table.go("conflicts")
    try:
        sent = table.call("deposit")
    except tk.ValidationError as error:
        tk.h.flash_error(explain(error))
        return table.go("sheet")
    return go_to("odlocale_publishing.resume", deposit_id=sent["id"])


@grid.post("/<code>/<schema>/saisie/supprimer")
def drop(code: str, schema: str) -> Response:
    """Erase the table and all it holds."""
    table = Table(code, schema)
    table.call("delete")
    tk.h.flash_success(tk._("The table was erased. Nothing was published."))
    return go_to("odlocale_grid.start", code=table.code)
