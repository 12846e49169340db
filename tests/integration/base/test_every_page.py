"""Rules of every page, core's included: files sent back, the API, sizes, outages."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ckantoolkit as tk
import psycopg2
import pytest
import redis.exceptions
import sqlalchemy as sa
from ckan import authz, logic, model
from ckan.config.middleware import make_app
from ckan.tests import factories
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage

from ckanext.odlocale.base import views
from ckanext.odlocale.people import account_auth
from tests.integration.logging_in import send_login

PASSWORD = "un mot de passe assez long"
SCRIPT = b"<html><script>alert(document.domain)</script></html>"
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture
def user() -> dict[str, str]:
    return factories.User(password=PASSWORD)


def log_in(app: Any, user: dict[str, str]) -> FlaskClient:
    client: FlaskClient = app.test_client()
    answer = send_login(client, user["name"], PASSWORD)
    assert answer.status_code == 302, answer.text
    return client


@pytest.fixture
def browser(app: Any, user: dict[str, str]) -> FlaskClient:
    return log_in(app, user)


def token_of(browser: FlaskClient) -> str:
    page = browser.get("/user/edit").text
    found = re.search(r'name="_csrf_token" content="([^"]+)"', page)
    assert found, page
    return found[1]


class TestFilesThatOthersDeposited:
    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("x.html", SCRIPT),
            ("x.xhtml", SCRIPT),
            ("x.svg", DRAWING),
            ("x.xml", DRAWING),
            ("x.js", b"alert(1)"),
            ("x.pdf.html", SCRIPT),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    @pytest.mark.parametrize("mimetype", [None, "text/html", "image/svg+xml"])
    def test_a_page_in_disguise_is_only_ever_downloaded(
        self, name: str, content: bytes, mimetype: str | None, app: Any
    ) -> None:
        owner = factories.Organization()
        dataset = factories.Dataset(owner_org=owner["id"])
        site_user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
        resource = tk.get_action("resource_create")(
            {"user": site_user["name"]},
            {
                "package_id": dataset["id"],
                "name": name,
                "url": name,
                "upload": _upload(name, content),
                **({"mimetype": mimetype} if mimetype else {}),
            },
        )
        answer = app.get(resource["url"].partition("test.ckan.net")[2])
        assert answer.status_code == 200
        assert answer.data == content
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Disposition"].startswith("attachment")

    def test_nor_does_one_in_the_folder_of_images_open(self, app: Any) -> None:
        folder = Path(tk.config["ckan.storage_path"]) / "storage" / "uploads" / "group"
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{uuid.uuid4()}.svg"
        (folder / name).write_bytes(DRAWING)
        answer = app.get(f"/uploads/group/{name}")
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def _upload(name: str, content: bytes) -> Any:
    return FileStorage(io.BytesIO(content), filename=name, name="upload")


@pytest.mark.parametrize("address", ["/", "/user/login", "/nowhere", "/publier"])
def test_no_page_may_be_framed_by_another_site(address: str, app: Any) -> None:
    answer = app.get(address)
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("address", ["/donnees/%00/b/c.csv", "/dataset/%00", "/%00"])
def test_a_null_sign_leads_nowhere(address: str, app: Any) -> None:
    assert app.get(address).status_code == 404


class TestTheApi:
    @pytest.mark.parametrize("address", ["/api/3/action", "/api/action"])
    def test_another_site_cannot_act_with_a_visitor_s_cookie(
        self, address: str, browser: FlaskClient, user: dict[str, str]
    ) -> None:
        call = {"id": user["id"], "about": "written by another site"}
        # What a form of another site can send: no header, a type of its choice.
        for options in ({"json": call}, {"data": call}):
            answer = browser.post(f"{address}/user_patch", **options)
            assert answer.status_code == 403
            assert answer.json["success"] is False
        assert model.User.get(user["id"]).about == user["about"]

    def test_the_portal_s_own_script_can(
        self, browser: FlaskClient, user: dict[str, str]
    ) -> None:
        answer = browser.post(
            "/api/3/action/user_patch",
            json={"id": user["id"], "about": "me"},
            headers={"X-CSRFToken": token_of(browser)},
        )
        assert answer.status_code == 200, answer.text

    def test_a_program_with_its_token_can(self, app: Any, user: dict[str, str]) -> None:
        token = factories.APIToken(user=user["id"])["token"]
        answer = app.test_client().post(
            "/api/3/action/user_patch",
            json={"id": user["id"], "about": "me"},
            headers={"Authorization": token},
        )
        assert answer.status_code == 200, answer.text

    def test_an_anonymous_reader_can_post_a_question(self, app: Any) -> None:
        answer = app.post("/api/3/action/package_search", json={"q": "budget"})
        assert answer.status_code == 200


@pytest.mark.parametrize("address", ["/user/login", "/api/3/action/package_search"])
def test_nobody_can_fill_the_disk(address: str, app: Any) -> None:
    limit = app.flask_app.config["MAX_CONTENT_LENGTH"]
    most = int(tk.config["ckanext.odlocale.max_deposit_bytes"])
    assert most < limit <= most + 2 * views.REQUEST_MARGIN_BYTES
    sent = {"login": "x", "file": (io.BytesIO(b"0" * (limit + 1)), "x.csv")}
    answer = app.test_client().post(address, data=sent)
    assert answer.status_code == 413


@pytest.mark.ckan_config("SESSION_TYPE", "redis")
@pytest.mark.ckan_config("PERMANENT_SESSION_LIFETIME", "604800")
def test_a_cookie_copied_before_logout_is_worth_nothing_after(
    app: Any, user: dict[str, str]
) -> None:
    browser = log_in(app, user)
    cookie = browser.get_cookie("ckan", domain="test.ckan.net") or browser.get_cookie(
        "ckan"
    )
    assert cookie is not None
    thief: FlaskClient = app.test_client()

    def replay() -> int:
        thief.set_cookie("ckan", cookie.value, domain=cookie.domain)
        return thief.get("/user/edit", follow_redirects=False).status_code

    assert replay() == 200
    browser.post("/user/_logout", data={"_csrf_token": token_of(browser)})
    assert replay() != 200


class TestAnOutageOfTheDatabase:
    @pytest.fixture
    def outage(self, app: Any, browser: FlaskClient) -> Iterator[FlaskClient]:
        """The database refuses every connection, once the browser has logged in."""

        def refuse(*_: Any) -> None:
            raise psycopg2.OperationalError("connection refused")

        engine = model.meta.engine
        model.Session.remove()
        engine.dispose()
        sa.event.listen(engine, "do_connect", refuse)
        yield browser
        sa.event.remove(engine, "do_connect", refuse)
        engine.dispose()

    @pytest.mark.parametrize(
        "address",
        [
            "/",
            "/publier",
            "/dataset/",
            "/donnees/56046/budget/x.csv",
            "/catalogue/56046.ttl",
            "/catalogue/portail.ttl",
        ],
    )
    @pytest.mark.parametrize("logged_in", [True, False])
    def test_it_is_said_in_french_and_asks_to_come_back(
        self, address: str, logged_in: bool, outage: FlaskClient, app: Any
    ) -> None:
        client = outage if logged_in else app.test_client()
        answer = client.get(address)
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        if not address.startswith("/catalogue"):
            assert "Le service ne répond pas" in answer.text
            assert "Rien n’est publié, rien n’est perdu." in answer.text
        assert "Internal Server Error" not in answer.text

    def test_an_outage_of_the_sessions_is_said_too(
        self, app: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: Any) -> None:
            raise redis.exceptions.ConnectionError("connection refused")

        monkeypatch.setattr(app.flask_app.session_interface, "open_session", refuse)
        answer = app.test_client().get("/")
        assert answer.status_code == 503
        assert "Le service ne répond pas" in answer.text
        call = app.test_client().put("/api/odlocale/v1/depots/56046/dae/complet")
        assert (call.status_code, call.json["error"]["code"]) == (503, "outage")
        assert int(call.headers["Retry-After"]) > 0


def test_the_rules_are_there_before_the_first_request(portal: None) -> None:
    """CKAN gathers them once, and threads that ask meanwhile would find some missing,
    or core's own in place of ours."""
    authz.clear_auth_functions_cache()
    logic.clear_actions_cache()
    make_app(tk.config)
    assert "odlocale_person_remove" in authz._AuthFunctions._functions
    assert authz._AuthFunctions._functions["user_list"].func is account_auth.user_list
    assert "odlocale_person_remove" in logic._actions


def test_a_deposited_script_is_none_of_the_pages_own(app: Any) -> None:
    """Neither its address is one that pages run, nor does it open with their powers."""
    page = app.get("/").headers["Content-Security-Policy"]
    scripts = re.search(r"script-src ([^;]+)", page)
    assert scripts
    assert all(one.endswith(("/webassets/", "/base/")) for one in scripts[1].split())
    folder = Path(tk.config["ckan.storage_path"]) / "storage" / "uploads" / "group"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "policy.txt").write_bytes(b"alert(1)")
    sent = app.get("/uploads/group/policy.txt").headers
    assert sent["Content-Security-Policy"].endswith("sandbox")
