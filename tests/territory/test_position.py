"""The drawing that says where a collectivité is."""

from __future__ import annotations

import json
import re

import pytest

from ckanext.odlocale.territory.position import WIDTH, Cell, draw

CELLS = [Cell(-3.5 + 0.1 * i, 47.5 + 0.1 * j) for i in range(10) for j in range(6)]
SQUARE = [[-3.0, 47.6], [-2.95, 47.6], [-2.95, 47.65], [-3.0, 47.65], [-3.0, 47.6]]
CONTOUR = json.dumps({"type": "Polygon", "coordinates": [SQUARE]})


def test_a_commune_is_drawn_among_the_others() -> None:
    drawing = draw(CELLS, CONTOUR, (-2.975, 47.625))
    assert drawing is not None
    assert len(drawing.dots) == 60
    assert re.fullmatch(r"M[\d .L-]+Z", drawing.outline)
    x, y = drawing.centre
    assert 0 < x < WIDTH
    assert 0 < y < drawing.height


def test_north_is_above_and_west_on_the_left() -> None:
    north_west, south_east = (
        draw(CELLS, None, place).centre for place in ((-3.4, 48.0), (-2.7, 47.6))
    )
    assert north_west[0] < south_east[0]
    assert north_west[1] < south_east[1]


def test_everything_stays_in_the_frame() -> None:
    drawing = draw([*CELLS, Cell(-2.0, 49.9)], CONTOUR, (-2.975, 47.625))
    for x, y in drawing.dots:
        assert 0 <= x <= WIDTH
        assert 0 <= y <= drawing.height


def test_a_commune_of_several_parts_is_drawn_whole() -> None:
    islet = [[x + 0.2, y] for x, y in SQUARE]
    parts = {"type": "MultiPolygon", "coordinates": [[SQUARE], [islet]]}
    assert draw(CELLS, json.dumps(parts)).outline.count("M") == 2


def test_a_long_contour_is_drawn_lightly() -> None:
    fine = [[-3.0 + i / 200_000, 47.6 + (i % 7) / 200_000] for i in range(2_000)]
    ring = [*fine, [-2.95, 47.65], fine[0]]
    contour = json.dumps({"type": "Polygon", "coordinates": [ring]})
    assert len(draw(CELLS, contour).outline) < 1_000


def test_an_intercommunality_is_drawn_by_its_communes() -> None:
    cells = [Cell(c.longitude, c.latitude, own=i < 4) for i, c in enumerate(CELLS)]
    drawing = draw(cells)
    assert len(drawing.own) == 4
    assert drawing.centre is None


@pytest.mark.parametrize("cells", [[], CELLS])
def test_nothing_known_draws_nothing(cells: list[Cell]) -> None:
    assert draw(cells) is None


def test_one_point_alone_is_drawn_without_failing() -> None:
    drawing = draw([], None, (2.35, 48.85))
    assert drawing is not None
    assert drawing.height > 0
