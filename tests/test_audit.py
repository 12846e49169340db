"""The audit of dependencies says what it found, or that it could not ask."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from scripts import audit, sbom


@contextmanager
def database(answer: Callable[[list[Any]], Any]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            queries = json.loads(self.rfile.read(length))["queries"]
            body = json.dumps(answer(queries)).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


def leaflet_is_bad(queries: list[Any]) -> Any:
    return {
        "results": [
            {"vulns": [{"id": "GHSA-1"}]} if one["package"]["name"] == "leaflet" else {}
            for one in queries
        ]
    }


def run(server: str, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setenv("ODLOCALE_OSV", server)
    return audit.main(list(arguments))


def test_a_known_vulnerability_fails_and_is_named(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    read = tmp_path / "accepted.txt"
    with database(leaflet_is_bad) as server:
        assert run(server, monkeypatch) == audit.FOUND
        assert "leaflet 1.9.4: GHSA-1" in capsys.readouterr().out
        read.write_text("GHSA-1\n")
        assert run(server, monkeypatch, "--accept", str(read)) == audit.UNREADABLE
        read.write_text("GHSA-1 only with a setting that we do not use\n")
        assert run(server, monkeypatch, "--accept", str(read)) == 0


def test_what_could_not_be_asked_never_passes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("http://127.0.0.1:9", monkeypatch) == audit.NOT_CHECKED
    for odd in ({"results": []}, {}, [], {"results": None}):
        with database(lambda _, odd=odd: odd) as server:
            assert run(server, monkeypatch) == audit.NOT_CHECKED
    assert "NOTHING WAS CHECKED" in capsys.readouterr().err


def test_the_bill_of_materials_names_all_that_ships() -> None:
    written = sbom.bill()
    named = {one["name"]: one for one in written["components"]}
    assert {"ckan", "polars", "leaflet", "chart.js", "solr-core"} <= set(named)
    assert named["ckan"]["purl"].startswith("pkg:pypi/ckan@2.12")
    assert len({one["bom-ref"] for one in written["components"]}) == len(
        written["components"]
    )
    assert written == sbom.bill()
