"""``/sante`` on real servers, and which of them it names when it is gone."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import pytest
from ckan.tests.helpers import CKANTestApp

from ckanext.odlocale.watching import logs

#: Where nothing listens.
GONE = {
    "database": ("sqlalchemy.url", "postgresql://ckan:hunter2@127.0.0.1:9/ckan"),
    "tables": ("ckan.datastore.read_url", "postgresql://r:hunter2@127.0.0.1:9/t"),
    "search": ("solr_url", "http://127.0.0.1:9/solr/ckan"),
    "valkey": ("ckan.redis.url", "redis://:hunter2@127.0.0.1:9/0"),
    "storage": ("ckan.files.storage.odlocale.path", "/nowhere/hunter2"),
}


def test_all_parts_answer_and_no_worker_runs_beside_the_tests(app: CKANTestApp) -> None:
    answer = app.get("/sante")
    assert answer.status_code == 200
    parts = answer.json["parts"]
    states = {name: part["status"] for name, part in parts.items()}
    assert {name: states[name] for name in GONE} == dict.fromkeys(GONE, "ok")
    assert states["worker"] == "down"
    assert set(parts["outbox"]) >= {"status", "due"}
    assert set(parts["feeds"]) >= {"unwritten", "tables_due"}
    # Neither a session nor a cookie: a load balancer asks every few seconds.
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("name", sorted(GONE))
def test_the_part_that_is_gone_is_named_and_its_secret_is_not(
    name: str, app: CKANTestApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    option, address = GONE[name]
    monkeypatch.setitem(tk.config, option, address)
    answer = app.get("/sante", status=503)
    assert answer.json["parts"][name]["status"] == "down"
    others = set(GONE) - {name}
    assert {answer.json["parts"][one]["status"] for one in others} == {"ok"}
    assert "hunter2" not in answer.text
    page = app.get("/sante", status=503, headers={"Accept": "text/html"})
    assert "hunter2" not in page.text
    assert "127.0.0.1" not in page.text


def test_every_link_that_opens_a_door_is_hidden_in_the_log(app: CKANTestApp) -> None:
    """A new page with a secret in its address fails here until logs know of it."""
    secret = "c0ffee-C0FFEE-c0ffee-0123"
    rules: Any = app.flask_app.url_map.iter_rules()
    paths = [one.rule for one in rules if "<token>" in one.rule]
    assert len(paths) >= 5
    for path in paths:
        asked = path.replace("<token>", secret)
        assert secret not in logs.strip_secrets(f"GET {asked} 200"), path
