"""A contour becomes a polygon that a spatial index accepts, or nothing."""

from __future__ import annotations

import itertools
import json
import math
from typing import Any

import pytest

from ckanext.odlocale.datagouv.geometry import BUDGETS, coverage_of

SQUARE = [[-3.1, 47.6], [-3.0, 47.6], [-3.0, 47.7], [-3.1, 47.7], [-3.1, 47.6]]
HOLE = [[-3.08, 47.62], [-3.08, 47.64], [-3.06, 47.64], [-3.08, 47.62]]
FAR = [[x + 1, y] for x, y in SQUARE]


def polygon(*rings: Any) -> str:
    return json.dumps({"type": "Polygon", "coordinates": rings})


def drawn(contour: str | None) -> Any:
    text = coverage_of(contour)
    return None if text is None else json.loads(text)


def circle(points: int, wobble: float = 0.0) -> list[list[float]]:
    ring = [
        [
            -3 + (0.1 + wobble * (i % 2)) * math.cos(2 * math.pi * i / points),
            47 + (0.1 + wobble * (i % 2)) * math.sin(2 * math.pi * i / points),
        ]
        for i in range(points)
    ]
    return [*ring, ring[0]]


def test_a_polygon_is_kept() -> None:
    assert drawn(polygon(SQUARE)) == json.loads(polygon(SQUARE))


def test_a_hole_is_kept_and_turns_the_other_way() -> None:
    rings = drawn(polygon(SQUARE[::-1], HOLE[::-1]))["coordinates"]
    assert {tuple(p) for p in rings[0]} == {tuple(p) for p in SQUARE}
    assert {tuple(p) for p in rings[1]} == {tuple(p) for p in HOLE}
    turns = [
        sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise(r)) > 0
        for r in rings
    ]
    assert turns == [True, False]


def test_several_polygons_stay_several() -> None:
    contour = {"type": "MultiPolygon", "coordinates": [[SQUARE], [FAR]]}
    assert drawn(json.dumps(contour)) == contour


def test_a_multipolygon_of_one_is_a_polygon() -> None:
    contour = {"type": "MultiPolygon", "coordinates": [[SQUARE]]}
    assert drawn(json.dumps(contour)) == json.loads(polygon(SQUARE))


def test_an_open_ring_is_closed() -> None:
    assert drawn(polygon(SQUARE[:-1])) == json.loads(polygon(SQUARE))


def test_points_given_twice_and_returns_are_dropped() -> None:
    spiked = [SQUARE[0], SQUARE[0], *SQUARE[1:3], [-2.9, 47.8], *SQUARE[2:]]
    assert drawn(polygon(spiked)) == json.loads(polygon(SQUARE))


def test_a_third_coordinate_is_dropped() -> None:
    assert drawn(polygon([[*p, 12.5] for p in SQUARE])) == json.loads(polygon(SQUARE))


def test_what_is_smaller_than_a_metre_is_dropped() -> None:
    speck = [[0, 0], [1e-7, 0], [0, 1e-7], [0, 0]]
    contour = {"type": "MultiPolygon", "coordinates": [[SQUARE], [speck]]}
    assert drawn(json.dumps(contour)) == json.loads(polygon(SQUARE))


@pytest.mark.parametrize("points", [400, 3000, 20_000])
def test_a_fine_contour_is_drawn_in_few_points(points: int) -> None:
    shape = drawn(polygon(circle(points)))
    ring = shape["coordinates"][0]
    assert ring[0] == ring[-1]
    assert len(ring) <= BUDGETS[0] + 1
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise(ring))
    assert area / 2 == pytest.approx(math.pi * 0.01, rel=0.01)


def test_the_same_contour_gives_the_same_text() -> None:
    contour = polygon(circle(2000, wobble=0.001))
    first = coverage_of(contour)
    coverage_of.cache_clear()
    assert coverage_of(contour) == first


@pytest.mark.parametrize(
    "contour",
    [
        pytest.param(None, id="no contour"),
        pytest.param("", id="empty"),
        pytest.param("{", id="not JSON"),
        pytest.param("[]", id="a list"),
        pytest.param("12", id="a number"),
        pytest.param('{"type":"Point","coordinates":[-3,47]}', id="a point"),
        pytest.param('{"type":"Polygon"}', id="no coordinates"),
        pytest.param('{"type":"Polygon","coordinates":null}', id="null"),
        pytest.param('{"type":"Polygon","coordinates":[]}', id="no ring"),
        pytest.param('{"type":"MultiPolygon","coordinates":[]}', id="no polygon"),
        pytest.param('{"type":"Polygon","coordinates":[["a","b"]]}', id="letters"),
        pytest.param(polygon([[0, 0], [1, 1], [0, 0]]), id="a line"),
        pytest.param(polygon([[0, 0], [1, 1], [2, 2], [0, 0]]), id="flat"),
        pytest.param(polygon([[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]), id="a bow tie"),
        pytest.param(
            polygon([[0, 0], [2, 0], [2, 2], [1, 0], [0, 2], [0, 0]]),
            id="a point on an edge",
        ),
        pytest.param(
            polygon([[0, 0], [1, 1], [2, 0], [2, 2], [1, 1], [0, 2], [0, 0]]),
            id="twice through a point",
        ),
        pytest.param(polygon(SQUARE, FAR), id="a hole outside"),
        pytest.param(
            polygon(SQUARE, [[-3.2, 47.65], [-3.05, 47.65], [-3.05, 47.66]]),
            id="a hole across",
        ),
        pytest.param(
            polygon([[255000, 6748000], [256000, 6748000], [256000, 6749000]]),
            id="Lambert 93",
        ),
        pytest.param(
            '{"type":"Polygon","coordinates":[[[NaN,1],[2,2],[3,1],[NaN,1]]]}', id="NaN"
        ),
    ],
)
def test_what_cannot_be_stored_is_not_said(contour: str | None) -> None:
    assert coverage_of(contour) is None
