"""How parts are judged together, and what the front answers about them."""

from __future__ import annotations

import ipaddress
import json
import time
from typing import Any

import pytest
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.test import Client
from werkzeug.wrappers import Response

from ckanext.odlocale.watching import exposition
from ckanext.odlocale.watching.front import Front, Watch
from ckanext.odlocale.watching.health import REQUIRED, Part, Report, ask

TOKEN = "a-token-of-thirty-two-characters!"
WELL = {name: Part("ok") for name in (*sorted(REQUIRED), "worker", "feeds")}


def front(parts: dict[str, Part], proxies: int = 0, **more: Any) -> Client:
    counted: dict[str, float] = {}

    def count(fields: Any) -> None:
        for name, value in fields.items():
            counted[name] = counted.get(name, 0) + value

    watch = Watch(
        report=lambda: Report(parts), count=count, counted=lambda: counted, **more
    )
    application: Any = Front(Response("the portal"), watch)
    if proxies:
        application = ProxyFix(application, proxies, 0, 0, 0, 0)
    return Client(application)


@pytest.mark.parametrize("name", sorted(REQUIRED))
def test_a_part_without_which_no_page_is_right_answers_503(name: str) -> None:
    answer = front({**WELL, name: Part("down")}).get("/sante")
    assert answer.status_code == 503
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json["parts"][name] == {"status": "down"}
    assert answer.json["status"] == "down"


def test_a_dead_worker_is_told_and_keeps_the_portal_open() -> None:
    answer = front({**WELL, "worker": Part("down")}).get("/sante")
    assert answer.status_code == 200
    assert (answer.json["status"], answer.json["ready"]) == ("degraded", True)


def test_a_part_that_fails_or_hangs_is_down_and_says_nothing_of_why() -> None:
    def fails() -> Part:
        raise RuntimeError("postgresql://ckan:hunter2@db")

    def hangs() -> Part:
        time.sleep(1)
        return Part("ok")

    began = time.monotonic()
    report = ask({"database": fails, "search": hangs}, patience=0.2)
    assert time.monotonic() - began < 0.9
    assert {part.state for part in report.parts.values()} == {"down"}
    assert "hunter2" not in json.dumps(report.as_json())


def test_a_person_reads_a_page_in_french_and_a_program_json() -> None:
    client = front(WELL)
    page = client.get("/sante", headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.mimetype == "text/html"
    assert page.text.count("<h1>") == 1
    assert client.get("/sante", headers={"Accept": "*/*"}).json["status"] == "ok"
    assert client.post("/sante").status_code == 405
    assert front({"database": Part("down")}).get("/sante/vie").status_code == 200


def test_figures_are_for_who_has_the_token_or_the_network() -> None:
    net = (ipaddress.ip_network("10.1.0.0/16"),)
    client = front(WELL, token=TOKEN, networks=net)
    assert client.get("/sante/metriques").status_code == 404
    for value in (f"Bearer {TOKEN[:-1]}", "Bearer ", TOKEN, ""):
        found = client.get("/sante/metriques", headers={"Authorization": value})
        assert found.status_code == 404
    good = client.get("/sante/metriques", headers={"Authorization": f"Bearer {TOKEN}"})
    assert good.status_code == 200
    inside = {"REMOTE_ADDR": "10.1.2.3"}
    assert client.get("/sante/metriques", environ_base=inside).status_code == 200
    assert front(WELL).get("/sante/metriques").status_code == 404


def test_figures_are_not_opened_by_the_address_of_a_proxy() -> None:
    """A proxy is in the network: whoever it speaks for is not."""
    net = (ipaddress.ip_network("10.1.0.0/16"),)
    asked: dict[str, Any] = {
        "environ_base": {"REMOTE_ADDR": "10.1.2.3"},
        "headers": {"X-Forwarded-For": "203.0.113.9"},
    }
    assert front(WELL, networks=net).get("/sante/metriques", **asked).status_code == 404
    known = front(WELL, proxies=1, networks=net)
    assert known.get("/sante/metriques", **asked).status_code == 404
    asked["headers"] = {"X-Forwarded-For": "10.1.9.9"}
    assert known.get("/sante/metriques", **asked).status_code == 200


def test_requests_are_counted_by_page_and_never_by_address(
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = front(WELL, token=TOKEN)
    with caplog.at_level("INFO"):
        answer = client.get("/invitation/abcdefghijklmnop?code=123456")
    assert len(answer.headers["X-Request-ID"]) == 32
    assert "abcdefghijklmnop" not in caplog.text
    assert "123456" not in caplog.text
    text = client.get(
        "/sante/metriques", headers={"Authorization": f"Bearer {TOKEN}"}
    ).text
    assert 'odlocale_requests_total{method="GET",page="none",status="2xx"} 1' in text
    assert "invitation" not in text
    assert "odlocale_request_seconds_count 1" in text


def test_labels_are_escaped() -> None:
    fields = exposition.fields_of("BREW", 'a"}\n evil 1', 200, 99.0)
    text = exposition.write(Report(WELL), fields)
    assert "\n evil" not in text
    assert 'method="other"' in text
    assert 'odlocale_request_seconds_bucket{le="30.0"} 0' in text
    assert 'odlocale_request_seconds_bucket{le="+Inf"} 1' in text
