"""One place, or one token, leaves the API to others."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import pytest
from ckan.tests import factories

from tests.integration.logging_in import send_login

MOST = 3
API = "/api/3/action/status_show"


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tk.config, "ckanext.odlocale.api_requests_per_minute", MOST)


def ask(client: Any, address: str, path: str = API, **headers: str) -> Any:
    return client.get(path, environ_overrides={"REMOTE_ADDR": address}, headers=headers)


def exhaust(client: Any, address: str, **headers: str) -> Any:
    """Call until refused: a minute may end in the middle of the test."""
    for _ in range(2 * MOST + 1):
        answer = ask(client, address, **headers)
        if answer.status_code == 429:
            return answer
    raise AssertionError("never refused")


def test_one_place_is_told_to_come_back_and_others_are_answered(app: Any) -> None:
    client = app.test_client()
    refused = exhaust(client, "8.8.4.4")
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert refused.json["success"] is False
    assert ask(client, "8.8.4.5").status_code == 200
    # A page is no call; neither is a reader behind a proxy that says nothing of him.
    assert ask(client, "8.8.4.4", "/dataset/").status_code == 200
    assert {ask(client, "192.168.0.9").status_code for _ in range(9)} == {200}


def test_false_tokens_do_not_give_a_place_more_calls(app: Any) -> None:
    client = app.test_client()
    for number in range(2 * MOST + 1):
        answer = ask(client, "8.8.4.6", Authorization=f"eyJ{number}.x.y")
        if answer.status_code == 429:
            break
    assert answer.status_code == 429


def test_a_token_is_counted_wherever_it_calls_from(app: Any) -> None:
    token = factories.SysadminWithToken()["token"]
    answers = [
        ask(app.test_client(), f"8.8.9.{number}", Authorization=token).status_code
        for number in range(1, 2 * MOST + 2)
    ]
    assert answers[0] == 200
    assert 429 in answers


def test_a_person_who_is_logged_in_is_not_counted(app: Any) -> None:
    user = factories.User(password="un mot de passe assez long")
    client = app.test_client()
    assert (
        send_login(client, user["name"], "un mot de passe assez long").status_code
        == 302
    )
    assert {ask(client, "8.8.4.7").status_code for _ in range(3 * MOST)} == {200}
