"""The map: communes coloured by what they publish, light enough for a telephone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import polars as pl

from ckanext.odlocale.observatory.summing import OPEN, OPEN_HERE

#: Of a degree: some hundred metres, enough for a map of a département.
DECIMALS = 3


def draw_map(
    rows: pl.DataFrame, outlines: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Return what the map draws.

    :param rows: of communes
    :param outlines: by SIREN ``name``, ``code``, ``contour`` (GeoJSON) or nothing,
        ``latitude``, ``longitude``
    :returns: ``communes``: ``name``, ``code``, ``state`` (here, elsewhere, none),
        ``models`` (how many) and ``shape`` or ``point``; ``lost``: how many have
        neither
    """
    found, lost = [], 0
    told = rows.select("siren", "schemas", here=OPEN_HERE, somewhere=OPEN)
    for siren, schemas, here, somewhere in told.iter_rows():
        one = outlines.get(siren)
        place = _place(one) if one is not None else None
        if one is None or place is None:
            lost += 1
            continue
        found.append(
            {
                "name": one["name"],
                "code": one["code"],
                "state": "here" if here else "elsewhere" if somewhere else "none",
                "models": len(schemas.split(",")) if schemas else 0,
                **place,
            }
        )
    return {"communes": found, "lost": lost}


def _place(one: Mapping[str, Any]) -> dict[str, Any] | None:
    if one["contour"]:
        return {"shape": lighten(one["contour"])}
    if one["latitude"] is None or one["longitude"] is None:
        return None
    return {"point": [round(one["latitude"], 4), round(one["longitude"], 4)]}


@lru_cache(maxsize=4096)
def lighten(contour: str) -> list[list[list[float]]]:
    """Return the outer rings of a contour, with the points that a small map shows.

    :param contour: GeoJSON, a Polygon or a MultiPolygon
    :returns: rings of latitudes and longitudes

    >>> lighten('{"type":"Polygon","coordinates":[[[0,0],[0,1],[1,1],[0,0]]]}')
    [[[0, 0], [1, 0], [1, 1], [0, 0]]]
    """
    geometry = json.loads(contour)
    polygons = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        polygons = [polygons]
    rings = []
    for polygon in polygons:
        ring: list[list[float]] = []
        for longitude, latitude in polygon[0]:
            point = [round(latitude, DECIMALS), round(longitude, DECIMALS)]
            if not ring or ring[-1] != point:
                ring.append(point)
        if len(ring) > 3:
            rings.append(ring)
    return rings
