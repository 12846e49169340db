"""The page of one territory: an EPCI, a commune; the map; the reports."""

from __future__ import annotations

import json
from typing import cast

import ckantoolkit as tk
import polars as pl
from flask import Blueprint, Response

from ckanext.odlocale.observatory import reading
from ckanext.odlocale.observatory.guards import (
    Page,
    asked,
    schema_labels,
    scope_of,
    send_text,
    show,
)
from ckanext.odlocale.observatory.mapping import draw_map
from ckanext.odlocale.observatory.place_reading import describe, find_owner
from ckanext.odlocale.observatory.reports import write_report

places = Blueprint("odlocale_observatory_place", __name__, url_prefix="/observatoire")

PDF = "application/pdf"


@places.get("/carte.json")
def map_data() -> Response:
    """Send what the map draws: one commune a shape, or a point."""
    scope = scope_of(asked())
    rows = reading.read_rows(scope).filter(pl.col("kind") == "commune")
    outlines = reading.read_outlines(rows["siren"].to_list())
    drawn = draw_map(rows, outlines)
    written = json.dumps(drawn, ensure_ascii=False, separators=(",", ":"))
    return send_text(written, "application/json")


@places.get("/territoire/<code>")
def place(code: str) -> Page:
    """Show one collectivité: a commune alone, or an EPCI with its communes."""
    owner = find_owner(code)
    if owner.code != code.upper():
        where = "odlocale_observatory_place.place"
        return cast(Response, tk.redirect_to(where, code=owner.code))
    extra = describe(owner)
    template = "commune" if owner.kind == "commune" else "territory"
    return show(template, {**extra, "labels": schema_labels()})


@places.get("/territoire/<code>/rapport.pdf")
def report(code: str) -> Response:
    """Send the one-page report of a collectivité."""
    owner = find_owner(code)
    written = write_report(owner)
    return send_text(written, PDF, f"observatoire-{owner.code}.pdf")
