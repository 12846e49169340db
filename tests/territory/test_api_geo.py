"""Contours from API Géo, whatever it answers."""

from __future__ import annotations

import json

import pytest

from ckanext.odlocale.territory.api_geo import ApiGeoUnavailable, fetch_contours
from tests.conftest import Serve, answer, local_client

FOUND = json.dumps({"type": "FeatureCollection", "features": [{"type": "Feature"}]})


def test_each_departement_is_asked_for_once(serve: Serve) -> None:
    found = answer(FOUND.encode())
    places = [f"/departements/{code}/communes" for code in ("56", "2A")]
    server = serve(dict.fromkeys(places, found))
    document = fetch_contours(local_client(), ["56", "2A"], server.url(""))
    assert document["type"] == "FeatureCollection"
    assert len(document["features"]) == 2
    asked = [path for path, _ in server.requests]
    assert [path.partition("?")[0] for path in asked] == places
    assert all("geometry=contour" in path for path in asked)


@pytest.mark.parametrize(
    ("status", "body", "cause"),
    [
        pytest.param(404, b"{}", "status 404", id="not found"),
        pytest.param(503, b"down", "status 503", id="down"),
        pytest.param(200, b"<html>Maintenance</html>", "html", id="HTML"),
        pytest.param(200, b"[]", "no list of features", id="a list"),
        pytest.param(200, b'{"features": 3}', "no list of features", id="no list"),
        pytest.param(200, b"", "", id="nothing"),
    ],
)
def test_another_answer_says_what_was_wrong(
    serve: Serve, status: int, body: bytes, cause: str
) -> None:
    server = serve({"/departements/56/communes": answer(body, status)})
    with pytest.raises(ApiGeoUnavailable) as caught:
        fetch_contours(local_client(), ["56"], server.url(""))
    assert caught.value.departement == "56"
    assert cause in caught.value.cause


def test_no_server_at_all_says_so() -> None:
    with pytest.raises(ApiGeoUnavailable):
        fetch_contours(local_client(), ["56"], "http://127.0.0.1:9")


def test_a_code_never_leaves_its_place_in_the_address(serve: Serve) -> None:
    place = "/departements/..%2F..%2Fsecret%3Fx%3D/communes"
    server = serve({place: answer(FOUND.encode())})
    fetch_contours(local_client(), ["../../secret?x="], server.url(""))
    assert server.requests[0][0].startswith(f"{place}?")
