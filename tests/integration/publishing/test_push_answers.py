"""The description of the API: each status that it announces is answered, no other."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import psycopg2
import pytest
import redis.exceptions
import sqlalchemy as sa
from ckan import logic, model
from ckan.lib.search import SearchIndexError
from ckan.plugins import toolkit as tk

from ckanext.odlocale.base import storage
from ckanext.odlocale.base.content_store import StorageFull
from ckanext.odlocale.people import throttle
from ckanext.odlocale.publishing import push_actions, push_guards
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.push_refusals import REFUSALS
from tests.integration.publishing.conftest import Desk, Town, budget, publish
from tests.integration.publishing.software import (
    ALL,
    DEPOSIT,
    DESCRIBED,
    Software,
    give,
)


class Scene:
    """One call, and what it needs."""

    def __init__(
        self, sender: Software, monkeypatch: pytest.MonkeyPatch, other: Town
    ) -> None:
        self.sender, self.patch, self.other = sender, monkeypatch, other
        self.town = sender.town

    def call(self, method: str, **options: Any) -> dict[str, Any]:
        if method == "PUT":
            options.setdefault("data", budget(self.town.siret))
        if method == "DELETE":
            options.setdefault("json", {"reason": "other"})
        return self.sender.call(method, **options)

    def fail(self, place: Any, name: str, error: Exception) -> None:
        def raised(*arguments: Any, **options: Any) -> None:
            raise error

        self.patch.setattr(place, name, raised)


def online(scene: Scene, method: str) -> None:
    publish(scene.town, budget(scene.town.siret))
    scene.call(method)


def bad_request(scene: Scene, method: str) -> None:
    path = f"{scene.sender.path()}?token={scene.sender.token}"
    scene.call(method, path=path)


def nobody(scene: Scene, method: str) -> None:
    scene.call(method, headers={"Authorization": None})


def elsewhere(scene: Scene, method: str) -> None:
    scene.sender.town = scene.other
    scene.call(method, path=scene.sender.path())


def too_often(scene: Scene, method: str) -> None:
    scene.patch.setattr(push_guards, "seconds_over", lambda *_: 7)
    scene.call(method)
    assert scene.sender.response.headers["Retry-After"] == "7"


def failure(scene: Scene, method: str) -> None:
    publish(scene.town, budget(scene.town.siret))
    scene.fail(push_actions, "note_use", RuntimeError("a defect"))
    scene.call(method)
    assert "a defect" not in scene.sender.response.text


def search_down(scene: Scene, method: str) -> None:
    former = publish(scene.town, budget(scene.town.siret))
    scene.fail(logic, "index_update_package", SearchIndexError("no answer"))
    if method == "PUT":
        scene.call(method, data=budget(scene.town.siret, rows=3))
    else:
        publish_second(scene, former)
        scene.call(method)
    model.Session.rollback()
    shown = Deposit.shown(scene.town.siren, "budget", former["key"])
    assert shown is not None
    assert shown.id == former["id"]


def publish_second(scene: Scene, former: dict[str, Any]) -> None:
    """Two files, so that withdrawing one changes the dataset and indexes it."""
    scene.patch.undo()
    publish(scene.town, budget(scene.town.siret, year=2021))
    scene.fail(logic, "index_update_package", SearchIndexError("no answer"))


def valkey_down(scene: Scene, method: str) -> None:
    error = redis.exceptions.ConnectionError("refused")
    scene.fail(throttle, "_redis", error)
    scene.call(method)


def put_as(**options: Any) -> Callable[[Scene, str], None]:
    def call(scene: Scene, method: str) -> None:
        scene.call(method, **options)

    return call


def other_year(scene: Scene, method: str) -> None:
    scene.call(method, data=budget(scene.town.siret, year=2021))


def draft(scene: Scene, method: str) -> None:
    content = budget(scene.town.siret).replace(b"6061", b"").replace(b"\n", b";\n", 1)
    rows = content.replace(scene.town.siret.encode(), scene.other.siret.encode(), 1)
    scene.call(method, data=rows)


PROVOKED: dict[tuple[str, int], Callable[[Scene, str], None]] = {
    ("PUT", 200): lambda scene, method: [scene.call(method) for _ in range(2)] and None,
    ("PUT", 201): put_as(),
    ("PUT", 202): draft,
    ("PUT", 409): other_year,
    ("PUT", 411): put_as(data=None, environ_overrides={"CONTENT_LENGTH": ""}),
    ("PUT", 413): put_as(environ_overrides={"CONTENT_LENGTH": "9999999999"}),
    ("PUT", 415): put_as(data=b"\x89PNG\r\n\x1a\n" + b"\0\x01" * 500),
    ("PUT", 422): put_as(data=b"PK\x03\x04" + b"x" * 900),
    ("PUT", 503): search_down,
    ("GET", 200): online,
    ("GET", 404): put_as(),
    ("GET", 503): valkey_down,
    ("DELETE", 200): online,
    ("DELETE", 404): put_as(),
    ("DELETE", 503): search_down,
    ("PUT", 404): lambda scene, method: scene.call(
        method, path=scene.sender.path(schema="inconnu")) and None,
    **{(method, 400): bad_request for method in ("PUT", "GET", "DELETE")},
    **{(method, 401): nobody for method in ("PUT", "GET", "DELETE")},
    **{(method, 403): elsewhere for method in ("PUT", "GET", "DELETE")},
    **{(method, 429): too_often for method in ("PUT", "GET", "DELETE")},
    **{(method, 500): failure for method in ("PUT", "GET", "DELETE")},
}  # fmt: skip


@pytest.fixture
def scene(
    app: Any, mende: Town, town: Callable[[], Town], monkeypatch: pytest.MonkeyPatch
) -> Scene:
    sender = Software(app, mende, give(mende, *ALL)[1])
    return Scene(sender, monkeypatch, town())


def test_each_status_described_is_tried_and_no_other() -> None:
    described = {
        (method.upper(), int(status))
        for method, operation in DESCRIBED["paths"][DEPOSIT].items()
        if method != "parameters"
        for status in operation["responses"]
    }
    assert described == set(PROVOKED)


@pytest.mark.parametrize(("method", "status"), PROVOKED)
def test_each_status_described_is_answered(
    method: str, status: int, scene: Scene
) -> None:
    PROVOKED[method, status](scene, method)
    assert scene.sender.status == status, scene.sender.response.text


def test_the_other_addresses_described_are_answered(app: Any) -> None:
    client = app.test_client()
    assert set(DESCRIBED["paths"]) == {"/", "/openapi.json", DEPOSIT}
    page = client.get("/api/odlocale/v1/")
    assert page.status_code == 200
    assert page.mimetype == "text/html"
    for code, (status, _) in REFUSALS.items():
        assert code in page.text
        assert str(status) in page.text
    sent = client.get("/api/odlocale/v1/openapi.json")
    assert json.loads(sent.data) == DESCRIBED


def test_the_page_is_read_logged_in_too(
    mende: Town, desk_of: Callable[[str | None], Desk]
) -> None:
    desk = desk_of(mende.agent).get("/api/odlocale/v1/")
    assert desk.response.status_code == 200
    assert "Envoyer des données depuis un logiciel" in desk.page


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_another_method_is_refused_in_the_same_shape(method: str, scene: Scene) -> None:
    done = scene.sender.call(method, data=b"x")
    assert (scene.sender.status, done["error"]["code"]) == (405, "unknown_method")
    assert "PUT" in scene.sender.response.headers["Allow"]


@pytest.mark.parametrize("path", ["rien", "depots", "depots/56046", "depots/a/b/c/d"])
def test_another_address_is_refused_in_the_same_shape(path: str, scene: Scene) -> None:
    done = scene.sender.call("PUT", path=f"/api/odlocale/v1/{path}", data=b"x")
    assert (scene.sender.status, done["error"]["code"]) == (404, "unknown_address")


def test_a_full_disk_publishes_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.fail(storage, "put", StorageFull("no room"))
    done = scene.call("PUT")
    assert (scene.sender.status, done["error"]["code"]) == (503, "no_room")


def test_a_database_down_is_said_in_the_same_shape(scene: Scene) -> None:
    error = sa.exc.OperationalError("SELECT 1", {}, Exception("refused"))
    scene.fail(push_guards, "find_bearer", error)
    done = scene.call("PUT")
    assert (scene.sender.status, done["error"]["code"]) == (503, "outage")


def test_the_whole_database_down_is_said_in_the_same_shape(
    scene: Scene, app: Any
) -> None:
    def refuse(*_: Any) -> None:
        raise psycopg2.OperationalError("connection refused")

    engine = model.meta.engine
    model.Session.remove()
    engine.dispose()
    sa.event.listen(engine, "do_connect", refuse)
    try:
        done = scene.call("PUT")
    finally:
        sa.event.remove(engine, "do_connect", refuse)
        engine.dispose()
    assert (scene.sender.status, done["error"]["code"]) == (503, "outage")


def test_once_the_search_answers_the_same_file_is_online(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.fail(logic, "index_update_package", SearchIndexError("no answer"))
    scene.call("PUT")
    assert scene.sender.status == 503
    model.Session.rollback()
    owned = model.Session.query(model.Package).filter_by(owner_org=scene.town.org_id)
    assert owned.count() == 0
    assert model.Session.query(Deposit).filter_by(org_id=scene.town.org_id).count() == 0
    monkeypatch.undo()
    scene.call("PUT")
    assert scene.sender.status == 201


@pytest.mark.parametrize("reason", [None, "", "  ", 3, "Mauvais document"])
def test_a_withdrawal_says_why(reason: Any, scene: Scene) -> None:
    publish(scene.town, budget(scene.town.siret))
    done = scene.call("DELETE", json={"reason": reason})
    assert (scene.sender.status, done["error"]["code"]) == (400, "reason_missing")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"x" * 100_000])
def test_a_withdrawal_is_json(body: bytes, scene: Scene) -> None:
    done = scene.call("DELETE", data=body, json=None)
    assert (scene.sender.status, done["error"]["code"]) == (400, "not_json")


def test_what_the_actions_refuse_has_a_code(scene: Scene) -> None:
    error = tk.ValidationError({"message": ["Une phrase."]})
    scene.fail(push_actions, "owner_of", error)
    done = scene.call("PUT")
    assert (scene.sender.status, done["error"]["message"]) == (422, "Une phrase.")
