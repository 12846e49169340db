"""Reading contours."""

from __future__ import annotations

import itertools
import json
import math
from typing import Any

import pytest

from ckanext.odlocale.territory.contours import (
    FAULTS,
    MAX_BYTES,
    NotFeatures,
    RefusedContour,
    read_contours,
)
from ckanext.odlocale.territory.reasons import describe_refusal

SQUARE = [[-3.0, 47.6], [-2.9, 47.6], [-2.9, 47.7], [-3.0, 47.7], [-3.0, 47.6]]
HOLE = [[-2.96, 47.64], [-2.94, 47.64], [-2.94, 47.66], [-2.96, 47.64]]


def feature(
    coordinates: Any = None, kind: str = "Polygon", **properties: Any
) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": properties or {"code": "56046"},
        "geometry": {"type": kind, "coordinates": coordinates or [SQUARE]},
    }


def collection(*features: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def test_a_square_is_kept_with_its_centre() -> None:
    (contour,), refused = read_contours(collection(feature()))
    assert refused == ()
    assert (contour.code, contour.longitude, contour.latitude) == (
        "56046",
        -2.95,
        47.65,
    )
    assert json.loads(contour.geometry) == {"type": "Polygon", "coordinates": [SQUARE]}
    assert not contour.simplified


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({"code": "56046"}, "56046"),
        ({"insee": "2a004"}, "2A004"),
        ({"INSEE_COM": "56046"}, "56046"),
        ({"codgeo": " 56046 "}, "56046"),
        ({"com_code": "56046", "nom": "Crach"}, "56046"),
        ({"siren": "200043123"}, "200043123"),
        ({"code": 1001}, "01001"),
        ({"code": "", "insee": "56046"}, "56046"),
    ],
)
def test_the_code_is_found_where_publishers_put_it(
    properties: dict[str, Any], code: str
) -> None:
    (contour,), _ = read_contours(collection(feature(**properties)))
    assert contour.code == code


def test_several_parts_become_one_contour_whose_centre_is_in_the_largest() -> None:
    islet = [[-3.5, 47.0], [-3.49, 47.0], [-3.49, 47.01], [-3.5, 47.0]]
    (contour,), _ = read_contours(
        collection(feature([[islet], [SQUARE]], "MultiPolygon"))
    )
    assert json.loads(contour.geometry)["type"] == "MultiPolygon"
    assert (contour.longitude, contour.latitude) == (-2.95, 47.65)


def test_rings_are_wound_as_the_rfc_asks() -> None:
    (contour,), _ = read_contours(collection(feature([SQUARE[::-1], HOLE])))
    outer, hole = json.loads(contour.geometry)["coordinates"]
    assert outer == SQUARE
    assert hole == HOLE[::-1]


def test_altitudes_are_left_out_and_figures_rounded_to_a_metre() -> None:
    ring = [[x + 0.000000123, y, 12.5] for x, y in SQUARE]
    (contour,), _ = read_contours(collection(feature([ring])))
    assert json.loads(contour.geometry)["coordinates"] == [SQUARE]


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        pytest.param({**feature(), "properties": {}}, "no_code", id="no properties"),
        pytest.param({**feature(), "properties": None}, "no_code", id="null"),
        pytest.param("text", "no_code", id="not even an object"),
        pytest.param(feature(nom="Crach"), "no_code", id="a name only"),
        pytest.param(feature(code="560460"), "wrong_code", id="six signs"),
        pytest.param(feature(code="56-46"), "wrong_code", id="hyphen"),
        pytest.param({**feature(), "geometry": None}, "no_geometry", id="no geometry"),
        pytest.param(feature([[]]), "short_ring", id="empty outline"),
        pytest.param(feature(SQUARE, "LineString"), "not_surface", id="line"),
        pytest.param(feature([0, 1], "Point"), "not_surface", id="point"),
        pytest.param(feature([SQUARE[:-1]]), "open_ring", id="open"),
        pytest.param(feature([SQUARE[:2]]), "short_ring", id="two points"),
        pytest.param(
            feature([[[0, 0], [1, 1], [2, 2], [0, 0]]]), "short_ring", id="no surface"
        ),
        pytest.param(
            feature([[[252000, 6740000], *SQUARE, [252000, 6740000]]]),
            "out_of_range",
            id="Lambert 93",
        ),
        pytest.param(feature([[[1], *SQUARE[1:]]]), "bad_position", id="one figure"),
        pytest.param(
            feature([[["1", "2"], *SQUARE[1:]]]), "bad_position", id="figures as text"
        ),
        pytest.param(
            feature([[[math.nan, 1], *SQUARE[1:]]]), "bad_position", id="not a number"
        ),
        pytest.param(
            feature([[[True, 1], *SQUARE[1:]]]), "bad_position", id="true is no figure"
        ),
        pytest.param(feature("x"), "bad_position", id="coordinates as text"),
    ],
)
def test_what_is_no_contour_is_refused_with_its_reason(bad: Any, fault: str) -> None:
    kept, refused = read_contours(collection(feature(code="56001"), bad))
    assert [contour.code for contour in kept] == ["56001"]
    assert [(r.rank, r.fault) for r in refused] == [(2, fault)]


def test_the_same_code_twice_keeps_the_first() -> None:
    kept, refused = read_contours(collection(feature(), feature()))
    assert len(kept) == 1
    assert refused == (RefusedContour(2, "56046", "twice"),)


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "text",
        {},
        {"type": "Feature"},
        {"type": "FeatureCollection"},
        {"type": "FeatureCollection", "features": {}},
        feature(),
    ],
)
def test_another_document_is_refused_whole(document: object) -> None:
    with pytest.raises(NotFeatures):
        read_contours(document)


def coast(points: int) -> list[list[float]]:
    """A ragged outline, of as many points as asked."""
    ring = []
    for i in range(points):
        angle = 2 * math.pi * i / points
        radius = 0.1 + 0.002 * math.sin(37 * angle) + 0.0003 * (i % 7)
        ring.append([-3 + radius * math.cos(angle), 47.6 + radius * math.sin(angle)])
    return [*ring, ring[0]]


def test_a_huge_contour_is_made_light_and_keeps_its_shape() -> None:
    ring = coast(20_000)
    (contour,), refused = read_contours(collection(feature([ring])))
    assert refused == ()
    assert contour.simplified
    assert len(contour.geometry) <= MAX_BYTES
    (outer,) = json.loads(contour.geometry)["coordinates"]
    assert outer[0] == outer[-1]
    assert len(outer) > 50
    assert area(outer) == pytest.approx(area(ring), rel=0.02)
    # What was written is itself readable.
    again, _ = read_contours(collection(feature([outer])))
    assert again[0].geometry == contour.geometry


def test_islets_below_the_drawing_disappear_and_the_island_stays() -> None:
    islets = [
        [[[x, 47.0], [x + 0.0001, 47.0], [x, 47.0001], [x, 47.0]]]
        for x in (-4 + i / 2000 for i in range(600))
    ]
    (contour,), _ = read_contours(
        collection(feature([*islets, [coast(3000)]], "MultiPolygon"))
    )
    assert len(contour.geometry) <= MAX_BYTES
    assert abs(contour.longitude + 3) < 0.01


def area(ring: list[list[float]]) -> float:
    pairs = itertools.pairwise(ring)
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs)) / 2


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_has_a_sentence(fault: str) -> None:
    refused = RefusedContour(1, None, fault)  # type: ignore[arg-type]
    assert describe_refusal(refused, "en")["message"].endswith(".")
