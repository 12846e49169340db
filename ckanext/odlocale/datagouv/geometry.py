"""From a collectivité's contour to the polygon that data.gouv.fr can store.

udata keeps closed polygons only, and puts them in a spatial index: one ring that is
open, crosses itself or passes twice through a point makes the whole dataset fail. It
also keeps a copy of every page it reads, within 15 MB: a contour, which is repeated in
each dataset of a commune, is drawn in some hundreds of points.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

Point = tuple[float, float]
Ring = tuple[Point, ...]
Polygon = tuple[Ring, ...]

# 5 decimals of a degree are about one metre.
DECIMALS = 5
# The smallest number of points that gives a drawing without crossings is kept.
BUDGETS = (500, 1500, 4000)
_FINEST = 0.00002


# One of 800 points takes 30 ms: a page of the portal's feed names a hundred owners, and
# a territory has 1,500. A drawing weighs some kilobytes.
@lru_cache(maxsize=2048)
def coverage_of(contour: str | None) -> str | None:
    """Draw a contour as one compact, valid GeoJSON geometry, or not at all.

    :param contour: GeoJSON text of a Polygon or MultiPolygon, in degrees (WGS 84).
    :returns: GeoJSON text, always the same for the same contour; ``None`` where the
        contour is absent, is not a geometry of that kind, or cannot be drawn without
        a line that crosses another.
    """
    polygons = _read(contour)
    for budget in BUDGETS if polygons else ():
        drawing = _draw(polygons, budget)
        if drawing and all(_is_valid(polygon) for polygon in drawing):
            return _write(drawing)
    return None


def _read(contour: str | None) -> tuple[Polygon, ...]:
    try:
        geometry = json.loads(contour or "null")
    except ValueError:
        return ()
    if not isinstance(geometry, Mapping):
        return ()
    coordinates: Any = geometry.get("coordinates")
    if geometry.get("type") == "Polygon":
        coordinates = [coordinates]
    elif geometry.get("type") != "MultiPolygon":
        return ()
    try:
        return tuple(
            tuple(_read_ring(ring) for ring in polygon) for polygon in coordinates
        )
    except (TypeError, ValueError, IndexError):
        return ()


def _read_ring(ring: Sequence[Any]) -> Ring:
    points: list[Point] = []
    for position in ring:
        longitude, latitude = float(position[0]), float(position[1])
        if not (abs(longitude) <= 180 and abs(latitude) <= 90):
            raise ValueError("not degrees")
        points.append((round(longitude, DECIMALS), round(latitude, DECIMALS)))
    return _tidy(points)


def _tidy(points: Iterable[Point]) -> Ring:
    """Open a ring (its end is not repeated), without pauses nor returns."""
    kept: list[Point] = []
    for point in points:
        if kept and kept[-1] == point:
            continue
        if len(kept) > 1 and kept[-2] == point:
            kept.pop()
            continue
        kept.append(point)
    while len(kept) > 2 and kept[0] in (kept[-1], kept[-2]):
        kept.pop()
    while len(kept) > 2 and kept[1] == kept[-1]:
        kept = kept[1:-1]
    return tuple(kept)


def _draw(polygons: Sequence[Polygon], budget: int) -> tuple[Polygon, ...]:
    tolerance = 0.0
    while True:
        drawing = tuple(
            polygon
            for original in polygons
            if (polygon := _simplify_polygon(original, tolerance))
        )
        if sum(len(ring) for polygon in drawing for ring in polygon) <= budget:
            return drawing
        tolerance = max(_FINEST, tolerance * 1.5)


def _simplify_polygon(polygon: Polygon, tolerance: float) -> Polygon:
    """Simplify each ring; what becomes smaller than a triangle disappears."""
    rings = [_simplify(ring, tolerance) for ring in polygon]
    if not rings or len(rings[0]) < 3:
        return ()
    holes = [ring for ring in rings[1:] if len(ring) >= 3]
    return (
        _turn(rings[0], counterclockwise=True),
        *(_turn(hole, counterclockwise=False) for hole in holes),
    )


def _simplify(ring: Ring, tolerance: float) -> Ring:
    """Douglas-Peucker, from the ring's first point and the one farthest from it."""
    if tolerance <= 0 or len(ring) < 4:
        return ring
    far = max(range(len(ring)), key=lambda i: _squared(ring[0], ring[i]))
    closed = (*ring, ring[0])
    keep = {0, far}
    pending = [(0, far), (far, len(ring))]
    while pending:
        first, last = pending.pop()
        worst, distance = first, 0.0
        for i in range(first + 1, last):
            away = _distance(closed[i], closed[first], closed[last])
            if away > distance:
                worst, distance = i, away
        if distance > tolerance:
            keep.add(worst)
            pending += [(first, worst), (worst, last)]
    return _tidy(closed[i] for i in sorted(keep))


def _squared(a: Point, b: Point) -> float:
    return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2


def _distance(point: Point, start: Point, end: Point) -> float:
    length = _squared(start, end)
    if length == 0:
        return math.sqrt(_squared(point, start))
    along = (point[0] - start[0]) * (end[0] - start[0]) + (point[1] - start[1]) * (
        end[1] - start[1]
    )
    share = min(1.0, max(0.0, along / length))
    nearest = (
        start[0] + share * (end[0] - start[0]),
        start[1] + share * (end[1] - start[1]),
    )
    return math.sqrt(_squared(point, nearest))


def _turn(ring: Ring, *, counterclockwise: bool) -> Ring:
    """RFC 7946: the outer ring turns counterclockwise, a hole the other way."""
    return ring if (_area(ring) > 0) == counterclockwise else ring[::-1]


def _area(ring: Ring) -> float:
    following = ring[1:] + ring[:1]
    return (
        sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, following, strict=True)) / 2
    )


def _is_valid(polygon: Polygon) -> bool:
    shell, *holes = polygon
    vertices = [point for ring in polygon for point in ring]
    if len(set(vertices)) != len(vertices) or _area(shell) == 0:
        return False
    if not all(_holds(shell, hole[0]) for hole in holes):
        return False
    return not _some_edges_meet(polygon)


def _holds(ring: Ring, point: Point) -> bool:
    inside = False
    for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
        if (a[1] > point[1]) != (b[1] > point[1]):
            crossing = a[0] + (point[1] - a[1]) * (b[0] - a[0]) / (b[1] - a[1])
            inside ^= point[0] < crossing
    return inside


def _some_edges_meet(polygon: Polygon) -> bool:
    """Tell whether two edges meet elsewhere than at the point that joins them."""
    edges = sorted(
        (min(a, b), max(a, b))
        for ring in polygon
        for a, b in zip(ring, ring[1:] + ring[:1], strict=True)
    )
    open_edges: list[tuple[Point, Point]] = []
    for edge in edges:
        open_edges = [other for other in open_edges if other[1][0] >= edge[0][0]]
        if any(_meet(edge, other) for other in open_edges):
            return True
        open_edges.append(edge)
    return False


def _meet(one: tuple[Point, Point], other: tuple[Point, Point]) -> bool:
    (a, b), (c, d) = one, other
    shared = {a, b} & {c, d}
    if len(shared) == 2:
        return True
    if shared:
        joint = shared.pop()
        p = b if a == joint else a
        q = d if c == joint else c
        along = (p[0] - joint[0]) * (q[0] - joint[0]) + (p[1] - joint[1]) * (
            q[1] - joint[1]
        )
        return _side(joint, p, q) == 0 and along > 0
    sides = (_side(a, b, c), _side(a, b, d), _side(c, d, a), _side(c, d, b))
    if 0 in sides:
        return any(
            side == 0 and _within_box(point, edge)
            for side, point, edge in zip(
                sides, (c, d, a, b), (one, one, other, other), strict=True
            )
        )
    return sides[0] != sides[1] and sides[2] != sides[3]


def _side(a: Point, b: Point, c: Point) -> int:
    # In whole units of the last decimal: exact, whatever the floats.
    scale = 10**DECIMALS
    (ax, ay), (bx, by), (cx, cy) = (
        (round(point[0] * scale), round(point[1] * scale)) for point in (a, b, c)
    )
    cross: int = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    return (cross > 0) - (cross < 0)


def _within_box(point: Point, edge: tuple[Point, Point]) -> bool:
    (x1, y1), (x2, y2) = edge
    return min(x1, x2) <= point[0] <= max(x1, x2) and min(y1, y2) <= point[1] <= max(
        y1, y2
    )


def _write(polygons: Sequence[Polygon]) -> str:
    closed = [[[*ring, ring[0]] for ring in polygon] for polygon in polygons]
    geometry: dict[str, Any] = (
        {"type": "Polygon", "coordinates": closed[0]}
        if len(closed) == 1
        else {"type": "MultiPolygon", "coordinates": closed}
    )
    return json.dumps(geometry, separators=(",", ":"))
