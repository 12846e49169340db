"""The public pages of the observatory, ``/observatoire``."""

from __future__ import annotations

import datetime
from functools import lru_cache
from typing import Any

import ckantoolkit as tk
import polars as pl
from ckan import model
from flask import Blueprint, Response
from markupsafe import Markup

from ckanext.odlocale.observatory import (
    animer_views,
    downloads,
    export_views,
    place_views,
    reading,
)
from ckanext.odlocale.observatory.asking import Asked
from ckanext.odlocale.observatory.csv_tables import (
    GROUP_NAMES,
    communes_table,
    curve_table,
    indicator_table,
    places_frame,
    totals_table,
)
from ckanext.odlocale.observatory.definitions import BY_SLUG, INDICATORS, VERSION
from ckanext.odlocale.observatory.goals import Goal as Target
from ckanext.odlocale.observatory.goals import month_ends
from ckanext.odlocale.observatory.guards import (
    Page,
    asked,
    last_day,
    schema_labels,
    scope_of,
    send_csv,
    show,
)
from ckanext.odlocale.observatory.model import Goal, Observation
from ckanext.odlocale.observatory.screens import (
    CELLS,
    CurvePoint,
    draw_curve,
    fill_matrix,
    whole_picture,
)
from ckanext.odlocale.observatory.summing import summarise

pages = Blueprint("odlocale_observatory", __name__, url_prefix="/observatoire")
blueprints = [
    pages,
    place_views.places,
    export_views.exports,
    export_views.well_known,
    animer_views.animer,
]

#: Lines of the matrix in one page: more than any ATD has, and what a browser scrolls.
PER_PAGE = 2_000
#: Territories and days whose figures a process keeps until history is written again.
KEPT = 64


@pages.get("", strict_slashes=False)
def home() -> Page:
    """Show the figures of the portal, or of one ATD."""
    wanted, last = asked(), Observation.last()
    scope = scope_of(wanted)
    day = wanted.day or (last.day if last else None)
    extra = {"asked": wanted, "perimeters": perimeters(), "day": day}
    figures = figures_of(scope, day, last.at) if last and day else None
    if figures is None:
        return show("empty", extra)
    picture, names, counted = figures
    goal = model.Session.get(Goal, wanted.atd) if wanted.atd else None
    target = Target(goal.by_day, goal.count) if goal else None
    drawn = {"points": draw_curve(counted, target), "goal": goal, "names": names}
    return show("home", {**extra, **picture, **drawn})


Figures = tuple[dict[str, Any], dict[str, str], list[tuple[datetime.date, int, int]]]


@lru_cache(maxsize=KEPT)
def figures_of(
    scope: reading.Scope, day: datetime.date, written_at: datetime.datetime
) -> Figures | None:
    """Return what the first page counts; nothing where nobody is.

    They change once a day, when history is written: each process keeps them until then.

    :param written_at: when history was last written
    """
    rows = reading.read_rows(scope, day)
    if rows.is_empty():
        return None
    picture = whole_picture(rows, day)
    codes = [one["code"] for one in picture["epcis"] if one["code"]]
    names = reading.name_groups(codes)
    picture["epcis"].sort(key=lambda one: names.get(one["code"], "~"))
    return picture, names, _count_curve(scope, day)


def _count_curve(
    scope: reading.Scope, day: datetime.date
) -> list[tuple[datetime.date, int, int]]:
    first = reading.first_day(scope)
    if first is None or first > day:
        return []
    return reading.read_curve(scope, month_ends(first, day))


def curve_of(
    scope: reading.Scope, wanted: Asked, day: datetime.date
) -> list[CurvePoint]:
    """Return the growth curve of a territory, against its goal."""
    goal = model.Session.get(Goal, wanted.atd) if wanted.atd else None
    target = Target(goal.by_day, goal.count) if goal else None
    return draw_curve(_count_curve(scope, day), target)


@pages.get("/matrice")
def matrix() -> Page:
    """Show who publishes which model, one commune a line."""
    wanted, labels = asked(), schema_labels()
    if not wanted.kind:
        wanted = Asked(**{**vars(wanted), "kind": "commune"})
    rows = reading.read_rows(scope_of(wanted), wanted.day)
    places = reading.read_places(rows["siren"].to_list())
    lines = fill_matrix(rows, places, list(labels))
    if wanted.q:
        sought = wanted.q.casefold()
        lines = [one for one in lines if sought in one["place"]["name"].casefold()]
    if wanted.schema in labels:
        rank = list(labels).index(wanted.schema)
        lines = [one for one in lines if one["cells"][rank] in ("online", "late")]
    epcis = {one["epci"]: one["place"]["epci_name"] for one in lines if one["epci"]}
    begun = (wanted.page - 1) * PER_PAGE
    words = _cell_words()
    return show(
        "matrix",
        {
            "asked": wanted,
            "perimeters": perimeters(),
            "day": wanted.day or last_day(),
            "labels": labels,
            "count": len(lines),
            "pages": max(1, -(-len(lines) // PER_PAGE)),
            "epcis": sorted(epcis.items(), key=lambda item: str(item[1])),
            "lines": [
                {**one, "html": _write_cells(one["cells"], words)}
                for one in lines[begun : begun + PER_PAGE]
            ],
        },
    )


def _cell_words() -> dict[str, Markup]:
    said = {
        "online": tk._("yes"),
        "late": tk._("late"),
        "missing": tk._("expected"),
        "none": "",
    }
    # Thirty thousand cells: written here once each, not by the template.
    return {
        name: Markup('<td class="odl-cell--{}">{}</td>').format(name, said[name])
        for name in CELLS
    }


def _write_cells(cells: list[str], words: dict[str, Markup]) -> Markup:
    return Markup("").join(words[cell] for cell in cells)


@pages.get("/indicateurs")
def indicators() -> Page:
    """Show what is counted, and how."""
    told = [one.translate(tk._) for one in INDICATORS]
    return show("indicators", {"indicators": told, "version": VERSION})


@pages.get("/indicateurs/<slug>")
def indicator(slug: str) -> Page:
    """Show what one indicator is, and its figure today."""
    known = BY_SLUG.get(slug)
    if known is None:
        tk.abort(404, tk._("This page was not found."))
        raise AssertionError("abort raises")
    rows = reading.read_rows(reading.Scope())
    [total] = summarise(rows)
    extra = {"one": known.translate(tk._), "total": total, "day": last_day()}
    return show("indicator", {**extra, "version": VERSION})


@pages.get("/<name>.csv")
def table(name: str) -> Response:
    """Send one of the tables, with the filters of its address."""
    wanted = asked()
    scope = scope_of(wanted)
    if name == "courbe":
        day = wanted.day or last_day()
        points = curve_of(scope, wanted, day) if day else []
        return send_csv(curve_table(points), name)
    if name not in ("communes", *GROUP_NAMES, *BY_SLUG):
        tk.abort(404, tk._("This page was not found."))
    rows = reading.read_rows(scope, wanted.day)
    if name in GROUP_NAMES:
        if name != "natures":
            rows = rows.filter(pl.col("kind") == "commune")
        return send_csv(totals_table(summarise(rows, GROUP_NAMES[name])), name)
    places = places_frame(reading.read_places(rows["siren"].to_list()))
    if name == "communes":
        return send_csv(communes_table(rows, places), name)
    return send_csv(indicator_table(rows, places, name), name)


def perimeters() -> list[tuple[str, str]]:
    """Return the ATDs of the portal: SIREN, name."""
    return [(one["siren"], one["name"]) for one in reading.read_atds()]


#: Files are sent by another room's pages: counted from here, after they were.
pages.after_app_request(downloads.count)
