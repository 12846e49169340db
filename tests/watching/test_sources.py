"""Outside services: real HTTP answers, right and wrong."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ckanext.odlocale.base.http import GuardedClient
from ckanext.odlocale.watching.sources import check, sources

GEO = {
    "code": "56046", "nom": "Crach", "siren": "215600461", "population": 3366,
    "codeEpci": "200043123", "codeDepartement": "56",
}  # fmt: skip
TOWN = {
    "nom": "Mairie - Crach", "pivot": "[]", "code_insee_commune": "56046",
    "adresse_courriel": "mairie@example.org",
}  # fmt: skip
RIGHT: dict[str, Any] = {
    "/api/1/organizations/": {
        "data": [{"id": "1", "slug": "a", "name": "A", "page": "u"}], "total": 1
    },
    "/communes/56046": GEO,
    "/api/explore": [TOWN],
    "/schemas.json": {
        "schemas": [
            {"name": f"scdl/{one}", "schema_url": "u"}
            for one in ("budget", "subventions", "deliberations")
        ]
    },
}  # fmt: skip


@contextmanager
def serving(answers: dict[str, Any]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = [
                body for path, body in answers.items() if self.path.startswith(path)
            ]
            body = json.dumps(found[0] if found else {}).encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


def ask(url: str, issuer: str = "") -> dict[str, tuple[str, ...]]:
    client = GuardedClient(frozenset({"127.0.0.1"}), retries=0)
    asked = sources(
        datagouv=url, api_geo=url, directory=url, schemas=url, issuer=issuer
    )
    return {one.name: one.differences for one in check(client, asked)}


def test_services_that_answer_as_expected() -> None:
    with serving(RIGHT) as url:
        discovery = {
            "issuer": url, "authorization_endpoint": "a", "token_endpoint": "t",
            "userinfo_endpoint": "u", "jwks_uri": "j",
        }  # fmt: skip
        with serving({**RIGHT, "/.well-known": {**discovery}}) as other:
            found = ask(url, issuer=other)
    assert {name for name, wrong in found.items() if wrong} == {"OpenID Connect"}
    assert "names itself" in found["OpenID Connect"][0]


def test_each_service_that_changed_is_named_with_what_differs() -> None:
    wrong = {
        "/api/1/organizations/": {"data": [{"id": "1"}], "total": 1},
        "/communes/56046": {**GEO, "nom": "Autre"},
        "/api/explore": {"error": "moved"},
        "/schemas.json": {"schemas": [{"name": "scdl/budget", "schema_url": ""}]},
    }
    with serving(wrong) as url:
        found = ask(url)
    assert "slug" in " ".join(found["data.gouv.fr"])
    assert "Autre" in found["API Géo"][0]
    assert "no list" in found["annuaire de l'administration"][0]
    assert "no longer lists scdl/subventions" in found["schema.data.gouv.fr"]
    with serving({}) as url:
        assert set(ask(url).values()) == {("answers 404 instead of 200",)}


def test_a_private_address_is_not_called_unless_it_was_allowed() -> None:
    with serving(RIGHT) as url:
        asked = sources(datagouv=url)[:1]
        (answer,) = check(GuardedClient(retries=0), asked)
    assert answer.differences == ("is not called: not on the public Internet",)
