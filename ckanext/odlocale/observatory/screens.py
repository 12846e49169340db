"""What the public pages show, arranged; no word is chosen here."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from ckanext.odlocale.observatory.goals import (
    NATIONAL_GOAL,
    NATIONAL_START,
    Goal,
    against,
    expected_on,
)
from ckanext.odlocale.observatory.strata import CODES
from ckanext.odlocale.observatory.summing import openings, summarise

#: A year and a day: what opened in the last twelve months.
YEAR = datetime.timedelta(365)


@dataclass(frozen=True)
class CurvePoint:
    """One day of the curve.

    :ivar expected: what the goal asked by then, rounded
    :ivar national: the national programme's line, from 2018 to 2020
    """

    day: datetime.date
    open: int
    here: int
    expected: int | None
    national: int | None


def draw_curve(
    points: Sequence[tuple[datetime.date, int, int]], goal: Goal | None
) -> list[CurvePoint]:
    """Return the growth curve against the goal.

    :param points: day, open by the national count, open on this portal
    """
    expected = against([(day, count) for day, count, _ in points], goal)
    drawn = []
    for (day, count, here), (_day, _count, asked) in zip(points, expected, strict=True):
        national = None
        if NATIONAL_START.on <= day <= NATIONAL_GOAL.on:
            national = round(expected_on(NATIONAL_START, NATIONAL_GOAL, day) or 0)
        asked_by_then = round(asked) if asked is not None else None
        drawn.append(CurvePoint(day, count, here, asked_by_then, national))
    return drawn


def by_stratum(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the totals of communes by population band, in the bands' order.

    A band where nobody is is left out.
    """
    communes = rows.filter(pl.col("kind") == "commune")
    found = summarise(communes, "stratum")
    return sorted(found, key=lambda one: CODES.index(one["code"]))


def whole_picture(rows: pl.DataFrame, day: datetime.date) -> dict[str, Any]:
    """Return all that the first page counts, from the rows of one day.

    :returns: ``total`` (of all), ``communes`` (of communes alone), ``strata``,
        ``kinds``, ``epcis``, ``departements``, ``arrondissements`` and ``openings``
        of the last twelve months
    """
    communes = rows.filter(pl.col("kind") == "commune")
    [total], [alone] = summarise(rows), summarise(communes)
    return {
        "total": total,
        "communes": alone,
        "strata": by_stratum(rows),
        "kinds": summarise(rows, "kind"),
        "epcis": summarise(communes, "epci"),
        "departements": summarise(communes, "departement"),
        "arrondissements": [
            one for one in summarise(communes, "arrondissement") if one["code"]
        ],
        "openings": openings(rows, day - YEAR, day + datetime.timedelta(1)),
    }


#: What a cell of the matrix is, in one letter of its CSS class.
CELLS = ("online", "late", "missing", "none")


def fill_matrix(
    rows: pl.DataFrame,
    places: Mapping[str, Mapping[str, Any]],
    schemas: Sequence[str],
) -> list[dict[str, Any]]:
    """Return the lines of the matrix commune × model, by name.

    :param places: who they are, by SIREN
    :param schemas: slugs, in the order of the columns
    :returns: ``place``, ``cells`` (see :data:`CELLS`), ``online`` (how many)
    """
    found = []
    needed = rows.select("siren", "schemas", "late", "missing", "population", "epci")
    for siren, names, late, missing, population, epci in needed.iter_rows():
        place = places.get(siren)
        if place is None:
            continue
        has, behind, owed = (set(t.split(",")) for t in (names, late, missing))
        cells = [
            "late"
            if slug in behind
            else "online"
            if slug in has
            else "missing"
            if slug in owed
            else "none"
            for slug in schemas
        ]
        online = sum(cell in ("online", "late") for cell in cells)
        found.append(
            {
                "place": place,
                "population": population,
                "epci": epci,
                "cells": cells,
                "online": online,
            }
        )
    return sorted(found, key=lambda one: (one["place"]["name"], one["place"]["siren"]))
