"""The page that opens the table of the year, ready as last time, or a file's rows."""

from __future__ import annotations

import ckantoolkit as tk
from flask import Blueprint, abort

from ckanext.odlocale.publishing.grid_model import Grid
from ckanext.odlocale.publishing.guards import (
    Page,
    context_of_user,
    describe_owner,
    go_to,
    guard,
    owner_of,
    show,
)
from ckanext.odlocale.publishing.prepare_actions import rows_to_begin_with
from ckanext.odlocale.publishing.release import explain
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.territory.tables import Collectivity

preparing = Blueprint("odlocale_preparing", __name__, url_prefix="/publier")

guard(preparing)

_ADDRESS = "/<code>/<schema>/preparer/<int:year>"


@preparing.get(_ADDRESS)
def ask(code: str, schema: str, year: int) -> Page:
    """Say what the table begins with; go on with it where it was begun."""
    owner = owner_of(code)
    if schema not in load_catalogue():
        abort(404)
    asked = {"org_id": owner.org_id, "schema": schema}
    tk.check_access("odlocale_grid_prepare", context_of_user(), asked)
    if Grid.find(str(owner.org_id), schema, str(year)) is not None:
        return _open(owner.code, schema, str(year))
    extra = {
        "schema": load_catalogue().get(schema),
        "year": year,
        "rows": len(rows_to_begin_with(str(owner.org_id), schema)),
    }
    return show("prepare", {**describe_owner(owner), **extra})


@preparing.post(_ADDRESS)
def prepare(code: str, schema: str, year: int) -> Page:
    """Begin the table and open it."""
    owner = owner_of(code)
    asked = {"org_id": owner.org_id, "schema": schema, "year": year}
    try:
        begun = tk.get_action("odlocale_grid_prepare")(context_of_user(), asked)
    except tk.ValidationError as error:
        tk.h.flash_error(explain(error))
        return go_to("odlocale_publishing.collectivity", code=owner.code)
    return _open(owner.code, schema, begun["key"])


@preparing.post("/depot/<deposit_id>/tableau")
def open_file(deposit_id: str) -> Page:
    """Open the rows of a file in a table online."""
    try:
        opened = tk.get_action("odlocale_grid_open")(
            context_of_user(), {"id": deposit_id}
        )
    except tk.ValidationError as error:
        tk.h.flash_error(explain(error))
        return go_to("odlocale_publishing.resume", deposit_id=deposit_id)
    place = Collectivity.by_org(opened["org_id"])
    assert place is not None, "only a collectivité has a desk"
    return _open(place.code, opened["schema"], opened["key"])


def _open(code: str, schema: str, key: str) -> Page:
    return go_to("odlocale_grid.sheet", code=code, schema=schema, tableau=key)
