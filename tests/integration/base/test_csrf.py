"""Cross-site requests: core's gap, and how our blueprints close it.

Two blueprints have the same view; only one is protected. The first test fails on
the day CKAN repairs its exemption: ``protect_blueprint`` can then be retired.
"""

from __future__ import annotations

import re
from typing import Any

import ckantoolkit as tk
import pytest
from ckan.tests import factories
from flask import Blueprint
from flask.testing import FlaskClient
from werkzeug.routing import IntegerConverter, Rule

from ckanext.odlocale.base.csrf import protect_blueprint
from tests.integration.logging_in import send_login

PASSWORD = "un mot de passe assez long"


def write() -> str:
    """A view that writes, and says who asked."""
    return tk.current_user.name or "nobody"


def write_too() -> str:
    """The same: exemptions go by a view's module and name."""
    return write()


def form() -> str:
    """What a page of ours gives to its forms."""
    return str(tk.h.csrf_input())


@pytest.fixture
def clients_of(application):
    """Makes browsers, each with its own cookies, on a CKAN with both blueprints."""
    # Named as ours: the portal's own check passes it over.
    open_blueprint = Blueprint("odlocaletest_open", __name__, url_prefix="/test-open")
    closed_blueprint = Blueprint("test_closed", __name__, url_prefix="/test-closed")
    open_blueprint.post("/")(write)
    closed_blueprint.post("/")(write_too)
    closed_blueprint.get("/")(form)
    return application(open_blueprint, protect_blueprint(closed_blueprint)).test_client


@pytest.fixture
def user() -> dict[str, str]:
    return factories.User(password=PASSWORD)


@pytest.fixture
def browser(clients_of, user: dict[str, str]) -> FlaskClient:
    """A browser whose visitor has logged in."""
    client: FlaskClient = clients_of()
    answer = send_login(client, user["name"], PASSWORD)
    assert answer.status_code == 302, answer.text
    return client


def token_of(browser: FlaskClient) -> str:
    page = browser.get("/test-closed/").text
    found = re.search(r'value="([^"]+)"', page)
    assert found, page
    return found[1]


def test_core_stops_checking_a_view_once_an_anonymous_visitor_posted_to_it(
    browser: FlaskClient, clients_of
) -> None:
    assert browser.post("/test-open/").status_code == 400
    assert clients_of().post("/test-open/").status_code == 200
    assert browser.post("/test-open/").status_code == 200


def test_a_protected_view_goes_on_being_checked(
    browser: FlaskClient, clients_of, user: dict[str, str]
) -> None:
    token = factories.APIToken(user=user["id"])["token"]
    for _ in range(2):
        assert browser.post("/test-closed/").status_code == 400
        assert clients_of().post("/test-closed/").text == "nobody"
        answer = clients_of().post("/test-closed/", headers={"Authorization": token})
        assert answer.text == user["name"]


def test_core_s_pages_go_on_being_checked_once_a_token_has_asked_for_them(
    browser: FlaskClient, clients_of, user: dict[str, str]
) -> None:
    token = factories.APIToken(user=user["id"])["token"]
    address = f"/user/edit/{user['name']}"
    for _ in range(2):
        clients_of().get(address, headers={"Authorization": token})
        assert browser.post(address, data={"about": "pirate"}).status_code == 400


def test_a_form_with_its_token_is_accepted(
    browser: FlaskClient, user: dict[str, str]
) -> None:
    data = {tk.config["WTF_CSRF_FIELD_NAME"]: token_of(browser)}
    assert browser.post("/test-closed/", data=data).text == user["name"]


def test_htmx_s_header_is_accepted(browser: FlaskClient, user: dict[str, str]) -> None:
    headers = {"X-CSRFToken": token_of(browser)}
    assert browser.post("/test-closed/", headers=headers).text == user["name"]


def test_another_session_s_token_is_refused(browser: FlaskClient, clients_of) -> None:
    stranger: FlaskClient = clients_of()
    headers = {"X-CSRFToken": token_of(stranger)}
    assert browser.post("/test-closed/", headers=headers).status_code == 400


def test_an_unknown_api_token_does_not_lift_the_check(browser: FlaskClient) -> None:
    headers = {"Authorization": "inconnu"}
    assert browser.post("/test-closed/", headers=headers).status_code == 400


def test_reading_needs_no_token(browser: FlaskClient) -> None:
    assert browser.get("/test-closed/").status_code == 200


def test_the_refusal_speaks_no_jargon(browser: FlaskClient) -> None:
    assert "CSRF" not in browser.post("/test-closed/").text


def any_values(rule: Rule) -> dict[str, Any]:
    """What makes an address of a rule: what each part of it accepts."""
    values: dict[str, Any] = {}
    for name, converter in rule._converters.items():
        if isinstance(converter, IntegerConverter):
            values[name] = 1
        else:
            values[name] = min(getattr(converter, "items", ()), default="x")
    return values


#: Where software calls with a token of its own: no cookie is anybody there.
OF_SOFTWARE = "odlocale_push."


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "GET"])
def test_where_software_calls_a_session_is_nobody(
    method: str, browser: FlaskClient
) -> None:
    application = browser.application
    rules = [
        rule
        for rule in application.url_map.iter_rules()
        if rule.endpoint.startswith(OF_SOFTWARE)
        and method in (rule.methods or ())
        and rule.arguments
    ]
    assert rules
    headers = {"X-CSRFToken": token_of(browser)}
    for rule in rules:
        application.view_functions[rule.endpoint] = lambda **_: write()
        with application.test_request_context():
            address = tk.url_for(rule.endpoint, **any_values(rule))
        for sent in ({}, headers):
            answer = browser.open(address, method=method, headers=sent)
            assert answer.text == "nobody", address


def test_no_writing_page_of_ours_runs_without_its_token(
    browser: FlaskClient, clients_of, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a room answers instead: a page, or the way back to the form."""
    # Pages of a login by a provider are there only where there is one.
    issuer = "ckanext.odlocale.oidc_issuer"
    monkeypatch.setitem(tk.config, issuer, "https://essai.example.org")
    application = browser.application
    rules = [
        rule
        for rule in application.url_map.iter_rules()
        if rule.endpoint.startswith("odlocale_")
        and not rule.endpoint.startswith(OF_SOFTWARE)
        and "POST" in (rule.methods or ())
    ]
    assert rules
    headers = {"X-CSRFToken": token_of(browser)}
    for rule in rules:
        application.view_functions[rule.endpoint] = lambda **_: "it ran"
        with application.test_request_context():
            address = tk.url_for(rule.endpoint, **any_values(rule))
        clients_of().post(address)
        assert browser.post(address).text != "it ran", address
        assert browser.post(address, headers=headers).text == "it ran", address
