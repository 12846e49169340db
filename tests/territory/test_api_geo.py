"""Contours from API Géo, whatever it answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ckanext.odlocale.base.http import GuardedClient
from ckanext.odlocale.territory.api_geo import ApiGeoUnavailable, fetch_contours

Answer = tuple[int, bytes]
FOUND = json.dumps({"type": "FeatureCollection", "features": [{"type": "Feature"}]})


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], tuple[str, list[str]]]]:
    """Start a server that always answers the same; return its address and the
    paths that it was asked for."""
    servers = []

    def start(answer: Answer) -> tuple[str, list[str]]:
        asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(answer[0])
                self.send_header("Content-Length", str(len(answer[1])))
                self.end_headers()
                self.wfile.write(answer[1])

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}", asked

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def client() -> GuardedClient:
    return GuardedClient(
        frozenset({"127.0.0.1"}), timeout=(1, 1), retries=0, pause=lambda _: None
    )


def test_each_departement_is_asked_for_once(
    serve: Callable[[Answer], tuple[str, list[str]]],
) -> None:
    address, asked = serve((200, FOUND.encode()))
    document = fetch_contours(client(), ["56", "2A"], address)
    assert document["type"] == "FeatureCollection"
    assert len(document["features"]) == 2
    assert [path.partition("?")[0] for path in asked] == [
        "/departements/56/communes",
        "/departements/2A/communes",
    ]
    assert all("geometry=contour" in path for path in asked)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        pytest.param((404, b"{}"), "status 404", id="not found"),
        pytest.param((503, b"down"), "status 503", id="down"),
        pytest.param((200, b"<html>Maintenance</html>"), "html", id="HTML"),
        pytest.param((200, b"[]"), "no list of features", id="a list"),
        pytest.param((200, b'{"features": 3}'), "no list of features", id="no list"),
        pytest.param((200, b""), "", id="nothing"),
    ],
)
def test_another_answer_says_what_was_wrong(
    serve: Callable[[Answer], tuple[str, list[str]]], answer: Answer, cause: str
) -> None:
    address, _ = serve(answer)
    with pytest.raises(ApiGeoUnavailable) as caught:
        fetch_contours(client(), ["56"], address)
    assert caught.value.departement == "56"
    assert cause in caught.value.cause


def test_no_server_at_all_says_so() -> None:
    with pytest.raises(ApiGeoUnavailable):
        fetch_contours(client(), ["56"], "http://127.0.0.1:9")


def test_a_code_never_leaves_its_place_in_the_address(
    serve: Callable[[Answer], tuple[str, list[str]]],
) -> None:
    address, asked = serve((200, FOUND.encode()))
    fetch_contours(client(), ["../../secret?x="], address)
    assert asked[0].startswith("/departements/..%2F..%2Fsecret%3Fx%3D/communes?")
