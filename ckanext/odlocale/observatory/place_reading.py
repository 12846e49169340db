"""What is known of one collectivité: for its page, and for its report."""

from __future__ import annotations

from typing import Any, NoReturn

import ckantoolkit as tk
import polars as pl

from ckanext.odlocale.observatory import reading
from ckanext.odlocale.observatory.goals import month_ends
from ckanext.odlocale.observatory.guards import last_day, schema_labels
from ckanext.odlocale.observatory.peers import Standing, stand
from ckanext.odlocale.observatory.screens import (
    draw_curve,
    fill_matrix,
    whole_picture,
)
from ckanext.odlocale.observatory.strata import stratum_of
from ckanext.odlocale.observatory.summing import standings_of
from ckanext.odlocale.territory.tables import Collectivity


def describe(owner: Collectivity) -> dict[str, Any]:
    """Return what is shown of one collectivité, in a fixed number of queries."""
    day = last_day()
    known = reading.read_places([owner.siren])[owner.siren]
    extra: dict[str, Any] = {"owner": owner, "place": known, "day": day}
    rows = reading.read_rows(reading.Scope(sirens=[owner.siren]))
    if day is None or rows.is_empty():
        return {**extra, "row": None, "standing": None}
    row = rows.row(0, named=True)
    history = reading.read_history(reading.Scope(sirens=[owner.siren]))
    mine = {
        **extra,
        "row": row,
        "standings": standings_of(row, list(schema_labels())),
        "steps": openings_of(history),
    }
    if owner.kind == "commune":
        return {**mine, "standing": standing_of(owner, row)}
    return {**mine, **_below(owner, day)}


def standing_of(owner: Collectivity, row: dict[str, Any]) -> Standing:
    """Return where a commune stands among those of its size in its département."""
    peers = reading.read_rows(
        reading.Scope(
            kind="commune",
            departement=owner.departement,
            stratum=stratum_of(row["population"]),
        )
    ).filter(pl.col("siren") != owner.siren)
    return stand(row, peers.select("schemas", "missing").to_dicts())


def _below(owner: Collectivity, day: Any) -> dict[str, Any]:
    """What an EPCI, a département or an ATD sees of its communes."""
    scope = (
        reading.Scope(epci=owner.siren, kind="commune")
        if owner.kind == "epci"
        else reading.Scope(departement=owner.departement, kind="commune")
        if owner.kind == "departement"
        else reading.Scope(atd=owner.siren, kind="commune")
    )
    rows = reading.read_rows(scope)
    first = reading.first_day(scope)
    days = month_ends(first, day) if first else []
    named = reading.read_places(rows["siren"].to_list())
    return {
        **whole_picture(rows, day),
        "standing": None,
        "lines": fill_matrix(rows, named, list(schema_labels())),
        "points": draw_curve(reading.read_curve(scope, days), None) if days else [],
    }


def openings_of(history: pl.DataFrame) -> list[tuple[Any, list[str], list[str]]]:
    """Return what appeared and went, day by day, the latest first.

    :returns: the day, the models that came online, those that went
    """
    steps: list[tuple[Any, list[str], list[str]]] = []
    before: set[str] = set()
    for since, names in history.select("since", "schemas").iter_rows():
        now = set(names.split(",")) - {""}
        if now != before:
            steps.append((since, sorted(now - before), sorted(before - now)))
        before = now
    return steps[::-1]


def find_owner(code: str) -> Collectivity:
    """Return who answers for a code today.

    :raises NotFound: nobody of the portal
    """
    found = Collectivity.by_code(code.upper()) if len(code) in (5, 9) else None
    if found is None:
        _refuse()
    heir = found.heir()
    if heir.status != "active":
        _refuse()
    return heir


def _refuse() -> NoReturn:
    tk.abort(404, tk._("This collectivité is not on the portal. Check its code."))
    raise AssertionError("abort raises")
