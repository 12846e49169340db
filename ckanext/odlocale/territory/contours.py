"""Contours of collectivités: reading GeoJSON, refusing what is not a contour.

A contour is a Polygon or a MultiPolygon in WGS 84, longitude first (RFC 7946).
It goes into every dataset's description, so it is kept small: at most
:data:`MAX_BYTES`, by dropping the points that change the drawing least (Visvalingam
and Whyatt, 1993: its time is bounded whatever the outline).
"""

from __future__ import annotations

import heapq
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, get_args

MAX_BYTES = 24_000
# Five decimals of a degree: about one metre.
DECIMALS = 5

Fault = Literal[
    "no_code",
    "wrong_code",
    "twice",
    "no_geometry",
    "not_surface",
    "bad_position",
    "out_of_range",
    "open_ring",
    "short_ring",
    "too_complex",
]
FAULTS: tuple[Fault, ...] = get_args(Fault)

# Where publishers put the INSEE code or the SIREN: API Géo, IGN Admin Express,
# INSEE, ODS portals.
_CODE_NAMES = (
    "code",
    "insee",
    "code_insee",
    "codeinsee",
    "insee_com",
    "codgeo",
    "com_code",
    "siren",
    "code_siren",
)

Position = tuple[float, float]
Ring = list[Position]
Polygon = list[Ring]


class NotFeatures(ValueError):
    """The document is not a GeoJSON FeatureCollection."""


class _Refused(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault: Fault = fault


@dataclass(frozen=True)
class Contour:
    """The contour of a collectivité.

    :ivar code: an INSEE code or a SIREN.
    :ivar geometry: compact GeoJSON, a Polygon or a MultiPolygon.
    :ivar longitude: of the centre of its largest part, in degrees.
    :ivar latitude: idem.
    :ivar simplified: whether points were dropped to make it small enough.
    """

    code: str
    geometry: str
    longitude: float
    latitude: float
    simplified: bool = False


@dataclass(frozen=True)
class RefusedContour:
    """A feature that cannot be used: its rank in the file, from 1, and why."""

    rank: int
    code: str | None
    fault: Fault


def read_contours(
    document: object,
) -> tuple[tuple[Contour, ...], tuple[RefusedContour, ...]]:
    """Read a GeoJSON FeatureCollection.

    :param document: the decoded JSON.
    :returns: the contours, and the features refused. Each feature is in one.
    :raises NotFeatures: it is something else.
    """
    if not isinstance(document, Mapping) or document.get("type") != "FeatureCollection":
        raise NotFeatures("not a GeoJSON FeatureCollection")
    features = document.get("features")
    if not isinstance(features, list):
        raise NotFeatures("no list of features")
    kept: dict[str, Contour] = {}
    refused: list[RefusedContour] = []
    for rank, feature in enumerate(features, start=1):
        code = _code(feature)
        try:
            contour = _contour(feature, code)
            if contour.code in kept:
                raise _Refused("twice")
            kept[contour.code] = contour
        except _Refused as refusal:
            refused.append(RefusedContour(rank, code, refusal.fault))
    return tuple(kept.values()), tuple(refused)


def _code(feature: object) -> str | None:
    properties = feature.get("properties") if isinstance(feature, Mapping) else None
    if not isinstance(properties, Mapping):
        return None
    lowered = {str(name).lower(): value for name, value in properties.items()}
    for name in _CODE_NAMES:
        value = lowered.get(name)
        # A spreadsheet turns 01001 into the number 1001.
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value).zfill(5)
        if isinstance(value, str) and value.strip():
            return value.strip().upper()
    return None


def _contour(feature: object, code: str | None) -> Contour:
    if code is None:
        raise _Refused("no_code")
    if len(code) not in (5, 9) or not code.isalnum():
        raise _Refused("wrong_code")
    geometry = feature.get("geometry") if isinstance(feature, Mapping) else None
    if not isinstance(geometry, Mapping):
        raise _Refused("no_geometry")
    polygons = list(_polygons(geometry))
    if not polygons:
        raise _Refused("no_geometry")
    largest = max((polygon[0] for polygon in polygons), key=_area)
    if _area(largest) == 0:
        raise _Refused("short_ring")
    longitude, latitude = _centre(largest)
    written = _write(polygons)
    simplified = len(written) > MAX_BYTES
    if simplified:
        written = _shrink(polygons)
    return Contour(
        code, written, round(longitude, DECIMALS), round(latitude, DECIMALS), simplified
    )


def _polygons(geometry: Mapping[Any, Any]) -> Iterator[Polygon]:
    coordinates = geometry.get("coordinates")
    if geometry.get("type") == "Polygon":
        coordinates = [coordinates]
    elif geometry.get("type") != "MultiPolygon":
        raise _Refused("not_surface")
    for rings in _list(coordinates):
        polygon = [_ring(ring) for ring in _list(rings)]
        if not polygon:
            raise _Refused("no_geometry")
        yield polygon


def _ring(positions: object) -> Ring:
    ring = [_position(position) for position in _list(positions)]
    if len(ring) < 4:
        raise _Refused("short_ring")
    if ring[0] != ring[-1]:
        raise _Refused("open_ring")
    return ring


def _position(position: object) -> Position:
    values = _list(position)
    if len(values) < 2:
        raise _Refused("bad_position")
    longitude, latitude = (_degrees(value) for value in values[:2])
    if abs(longitude) > 180 or abs(latitude) > 90:
        raise _Refused("out_of_range")
    return round(longitude, DECIMALS), round(latitude, DECIMALS)


def _degrees(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _Refused("bad_position")
    if not math.isfinite(value):
        raise _Refused("bad_position")
    return float(value)


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise _Refused("bad_position")
    return value


def _write(polygons: Sequence[Polygon]) -> str:
    # Anticlockwise outside, clockwise holes (RFC 7946, 3.1.6).
    wound = [
        [_wind(ring, outer=rank == 0) for rank, ring in enumerate(polygon)]
        for polygon in polygons
    ]
    geometry: dict[str, Any] = {"type": "MultiPolygon", "coordinates": wound}
    if len(wound) == 1:
        geometry = {"type": "Polygon", "coordinates": wound[0]}
    return json.dumps(geometry, separators=(",", ":"))


def _wind(ring: Ring, *, outer: bool) -> Ring:
    return ring if (_signed_area(ring) > 0) == outer else ring[::-1]


def _shrink(polygons: Sequence[Polygon]) -> str:
    # How much each point matters is measured once; then the threshold is sought.
    weights = [[_weigh(ring) for ring in polygon] for polygon in polygons]
    ordered = sorted({w for polygon in weights for ring in polygon for w in ring})
    low, high, best = 0, len(ordered) - 1, ""
    while low <= high:
        middle = (low + high) // 2
        lighter = _above(polygons, weights, ordered[middle])
        written = _write(lighter) if lighter else ""
        if len(written) > MAX_BYTES:
            low = middle + 1
        else:
            high = middle - 1
            best = written or best
    if not best:
        raise _Refused("too_complex")
    return best


def _above(
    polygons: Sequence[Polygon], weights: list[list[list[float]]], threshold: float
) -> list[Polygon]:
    lighter = []
    for polygon, rings in zip(polygons, weights, strict=True):
        kept = [
            _close([p for p, w in zip(ring, ws, strict=False) if w >= threshold])
            for ring, ws in zip(polygon, rings, strict=True)
        ]
        # An islet, or a hole, that weighs less than the threshold disappears.
        if kept[0]:
            lighter.append([ring for ring in kept if ring])
    return lighter


def _close(points: Ring) -> Ring:
    return [*points, points[0]] if len(points) >= 3 else []


def _weigh(ring: Ring) -> list[float]:
    """Return what each point of a ring adds to it, the closing one left out.

    Points are taken away one by one, each time the one whose triangle with its
    neighbours is the smallest; its weight is that triangle's area. The last
    three weigh what they surround.
    """
    number = len(ring) - 1
    before = [(i - 1) % number for i in range(number)]
    after = [(i + 1) % number for i in range(number)]
    weights = [math.inf] * number
    left = number

    def triangle(i: int) -> float:
        corners = (ring[before[i]], ring[i], ring[after[i]], ring[before[i]])
        return _area(list(corners))

    heap = [(triangle(i), i) for i in range(number)]
    heapq.heapify(heap)
    current = [area for area, _ in sorted(heap, key=lambda entry: entry[1])]
    heaviest = 0.0
    while left > 3:
        area, i = heapq.heappop(heap)
        if weights[i] != math.inf or area != current[i]:
            continue
        # A point behind another cannot matter less than that one did.
        heaviest = max(heaviest, area)
        weights[i] = heaviest
        left -= 1
        after[before[i]], before[after[i]] = after[i], before[i]
        for neighbour in (before[i], after[i]):
            current[neighbour] = triangle(neighbour)
            heapq.heappush(heap, (current[neighbour], neighbour))
    rest = [i for i in range(number) if weights[i] == math.inf]
    for i in rest:
        weights[i] = max(heaviest, triangle(i))
    return weights


def _area(ring: Ring) -> float:
    return abs(_signed_area(ring))


def _signed_area(ring: Ring) -> float:
    sides = pairwise(ring)
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in sides) / 2


def _centre(ring: Ring) -> Position:
    x0, y0 = ring[0]
    # Relative to the first point: the figures are small and nothing is lost.
    moved = [(x - x0, y - y0) for x, y in ring]
    area = _signed_area(moved)
    x = y = 0.0
    for (xa, ya), (xb, yb) in pairwise(moved):
        cross = xa * yb - xb * ya
        x += (xa + xb) * cross
        y += (ya + yb) * cross
    return x0 + x / (6 * area), y0 + y / (6 * area)
