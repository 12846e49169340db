"""Core's API tokens: an administrator's only, and they end with the sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ckan import model
from ckan.tests import factories

from tests.integration.people.conftest import Desk, account, as_site
from tests.integration.publishing.conftest import Town, call_as

ASK = "/api/3/action/api_token_create"


@pytest.fixture
def commune(town: Callable[[], Town]) -> Town:
    return town()


def opens(app: Any, token: str) -> bool:
    """Whether a token is somebody, for a real call."""
    headers = {"Authorization": token}
    answer = app.get("/api/3/action/dashboard_activity_list", headers=headers)
    return bool(answer.status_code == 200)


def test_nobody_but_an_administrator_has_one(
    commune: Town, app: Any, desk_of: Callable[[str | None], Desk]
) -> None:
    desk = desk_of(commune.agent).get("/user/edit")
    token = {"X-CSRFToken": desk.page.partition('name="_csrf_token"')[2].split('"')[1]}
    asked = {"user": commune.agent, "name": "sans fin"}
    answer = desk.client.post(ASK, json=asked, headers=token)
    assert answer.status_code == 403
    page = f"/user/{commune.agent}/api-tokens"
    assert "sans fin" not in desk.post(page, {"name": "sans fin"}).page
    held = model.Session.query(model.ApiToken)
    user_id = model.User.get(commune.agent).id
    assert held.filter_by(user_id=user_id).count() == 0
    sysadmin = str(factories.Sysadmin()["name"])
    made = call_as(sysadmin, "api_token_create", user=sysadmin, name="robot")
    assert opens(app, made["token"])


@pytest.mark.parametrize(
    "how", ["closed everywhere", "password", "second factor", "demoted", "deleted"]
)
def test_it_ends_with_the_sessions(
    how: str, app: Any, desk_of: Callable[[str | None], Desk]
) -> None:
    name = account()
    user = model.User.get(name)
    as_site("user_patch", id=name, sysadmin=True)
    token = as_site("api_token_create", user=name, name="robot")["token"]
    assert opens(app, token)
    as_site("user_patch", id=name, fullname="Un autre nom")
    assert opens(app, token), "another change ends nothing"
    if how == "closed everywhere":
        desk = desk_of(name).get("/user/edit")
        desk.post("/connexion/fermer-partout", {})
        assert desk.address == "/user/login"
    elif how == "password":
        as_site("user_patch", id=name, password="cheval agrafe batterie")
    elif how == "second factor":
        as_site("odlocale_account_reset_factor", id=user.id)
    elif how == "demoted":
        as_site("user_patch", id=name, sysadmin=False)
    else:
        as_site("user_delete", id=name)
    assert not opens(app, token)
