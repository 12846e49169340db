"""Preparing the next table of a data from the last file that was published."""

from __future__ import annotations

import csv
import logging
from typing import Any

import ckantoolkit as tk
from ckan.types import Context, DataDict

from ckanext.odlocale.base import storage
from ckanext.odlocale.base.content_store import ContentMissing
from ckanext.odlocale.publishing.analysing import analyse_deposit
from ckanext.odlocale.publishing.drafts import load, open_desk, validate
from ckanext.odlocale.publishing.due import main_keys
from ckanext.odlocale.publishing.grid_model import Grid, GridRow
from ckanext.odlocale.publishing.grid_store import known_of
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.ownership import siret_of
from ckanext.odlocale.publishing.preparing import (
    key_of_file,
    prepare_rows,
    rows_of_file,
)
from ckanext.odlocale.publishing.validators import deposit_schema, nothing_schema
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.territory.tables import Collectivity

__all__ = ["odlocale_grid_open", "odlocale_grid_prepare"]
log = logging.getLogger(__name__)


def odlocale_grid_prepare(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Begin the table of a year with the structure of the last file published.

    What says when and how much is left empty. A table already begun is left as it is.

    :param org_id: the organisation
    :param schema: slug of the model
    :param year: the year of the data
    :returns: ``key`` of the table; ``rows``: how many it begins with
    :raises ValidationError: no such model
    """
    data = validate(data_dict, nothing_schema())
    tk.check_access("odlocale_grid_prepare", context, data)
    if data["schema"] not in load_catalogue():
        raise tk.ValidationError({"schema": [tk._("This model is not known.")]})
    place = {"org_id": data["org_id"], "schema": data["schema"]}
    key = str(data["year"])
    if Grid.find(data["org_id"], data["schema"], key) is not None:
        return {"key": key, "rows": 0}
    found = rows_to_begin_with(data["org_id"], data["schema"])
    # Rows bear names that depend on their order: a second click adds nothing.
    add = [
        {"id": f"repris-{number}", "cells": cells}
        for number, cells in enumerate(found, start=1)
    ]
    if add:
        calls = {"user": context["user"], "ignore_auth": False}
        asked = {**place, "key": key, "add": add}
        tk.get_action("odlocale_grid_rows")(calls, asked)
    return {"key": key, "rows": len(add)}


def odlocale_grid_open(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Open the rows of a file in a table online, where all its cells can be changed.

    The file stays as it is. A table already begun so is left as it is.

    :param id: the deposit: a draft, or a file that is online
    :returns: ``org_id``, ``schema`` and ``key`` of the table; ``rows``: how many it
        begins with
    :raises ValidationError: the file follows no model, has columns beyond it, or more
        rows than a table online holds
    """
    data = validate(data_dict, deposit_schema())
    tk.check_access("odlocale_grid_open", context, data)
    deposit = load(data["id"])
    place = {
        "org_id": deposit.org_id,
        "schema": str(deposit.schema),
        "key": key_of_file(deposit.id),
    }
    begun = Grid.find(*place.values())
    if begun is not None and GridRow.of(begun.id):
        return {**place, "rows": 0}
    analysis = analyse_deposit(deposit)
    if analysis.table is None or analysis.report is None or analysis.schema is None:
        raise tk.ValidationError({"id": [tk._("This file cannot be read as a table.")]})
    owner = open_desk(deposit.org_id, hold=False)
    schema = load_catalogue().get(place["schema"])
    opened = rows_of_file(
        schema,
        analysis.report.mapping,
        analysis.table.frame.iter_rows(named=True),
        known_of(owner, schema),
    )
    if opened is None:
        said = tk._(
            "This file has too many rows for a table online: correct it in Excel."
        )
        raise tk.ValidationError({"id": [said]})
    if analysis.schema.fields != schema.fields:
        said = tk._("This file has columns that the table online has not.")
        raise tk.ValidationError({"id": [said]})
    same, rows = opened
    calls = {"user": context["user"], "ignore_auth": False}
    add = [{"id": f"fichier-{at}", "cells": one} for at, one in enumerate(rows, 1)]
    # What is the same everywhere first: stopped in between, the table has no row, and
    # is filled the next time.
    if same:
        tk.get_action("odlocale_grid_save")(calls, {**place, "constants": same})
    tk.get_action("odlocale_grid_rows")(calls, {**place, "add": add})
    return {**place, "rows": len(rows)}


def last_release(org_id: str, schema: str) -> Deposit | None:
    """Return the latest file that an organisation has online of one model: of budgets,
    the main one that was voted, not an annexe."""
    online = [
        one
        for one in Deposit.of_organizations([org_id], schema)
        if one.state == "published" and one.canonical_sha256
    ]
    owner = Collectivity.by_org(org_id)
    nic = siret_of(owner)[9:] if owner else ""
    main = main_keys(schema, [one.key or "" for one in online], nic)
    return max(
        (one for one in online if (one.key or "") in main),
        key=lambda one: (one.key or "", one.updated_at),
        default=None,
    )


def rows_to_begin_with(org_id: str, schema: str) -> list[dict[str, str]]:
    """Return the rows that the next table begins with: none where the last file is
    lost, which is no reason not to fill in the next."""
    release = last_release(org_id, schema)
    if release is None:
        return []
    try:
        path = storage.open_path(str(release.canonical_sha256))
    except ContentMissing:
        log.exception("The file of %s is lost", release.id)
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return prepare_rows(load_catalogue().get(schema), csv.DictReader(file))
