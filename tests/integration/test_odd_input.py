"""What is answered to what no form sends: never a failure, and in the API no page.

Each action, ours and CKAN's, is called over HTTP with each of its parameters in another
shape than a text's. An administrator calls, since no rule stops him before the action
reads what it was given.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories, helpers

from ckanext.odlocale import rooms
from tests.integration.mailbox import Mailbox
from tests.integration.publishing.conftest import (
    PASSWORD,
    Desk,
    Town,
    call_as,
    desk_of,
    town,
)
from tests.integration.test_core_rights import Objects, actions_of_others

__all__ = ["desk_of", "town"]

#: What stands for all the shapes that :mod:`tests.base.test_calls` tries one by one.
ODD: dict[str, Any] = {
    "a list": ["a", {"b": 1}],
    "a number": 10**30,
    "a NUL": "a\0b",
    "a long text": "é" * 20_000,
    "nothing's name": "rien-de-tel",
}

#: Without an argument that they know, these empty what other tests stand on.
EMPTIED = {"activity_delete_all", "job_clear"}

_made: list[tuple[Objects, str]] = []


@pytest.fixture
def called(portal: None, town: Callable[[], Town]) -> Iterator[tuple[Objects, str]]:
    """What the calls are about, and an administrator's token."""
    if not _made:
        objects = Objects(town)
        name = objects.place.people["administrator"]
        _made.append((objects, token_of(name)))
    yield _made[0]
    model.Session.rollback()


def token_of(name: str) -> str:
    made = helpers.call_action(
        "api_token_create", {"ignore_auth": True}, user=name, name="essai"
    )
    return str(made["token"])


def parameters_of(action: str) -> list[str]:
    """The names of what an action takes, as its docstring says."""
    said = tk.get_action(action).__doc__ or ""
    found = re.findall(r":param (?:type )?([\w, ]+):", said)
    return sorted({name.split()[-1] for one in found for name in one.split(",")})


def plain_arguments(objects: Objects, action: str) -> dict[str, Any]:
    """What names the commune's objects, in an action's own parameters."""
    ours, taken = action.startswith("odlocale_"), parameters_of(action)
    place = objects.place
    given = place.about(action, place) if ours else objects.arguments(action)
    return {
        name: value
        for name, value in given.items()
        if name in taken and not hasattr(value, "read")
    }


def test_no_call_of_the_api_fails_whatever_its_shape(
    called: tuple[Objects, str], app: Any
) -> None:
    objects, token = called
    asked = {
        action: plain_arguments(objects, action)
        for action in {*rooms.exports("actions"), *actions_of_others()} - EMPTIED
    }
    headers = {"Authorization": token, "Content-Type": "application/json"}
    client, failed, calls = app.test_client(), [], 0
    for action, given in sorted(asked.items()):
        for name in parameters_of(action):
            for kind, value in ODD.items():
                body = json.dumps({**given, name: value})
                address = f"/api/action/{action}"
                answer = client.post(address, data=body, headers=headers)
                calls += 1
                if answer.status_code >= 500 or not answer.is_json:
                    failed.append((action, name, kind, answer.status_code))
    assert failed == []
    assert calls > 3000


BODIES = {
    "no bottom": "[" * 100_000 + "]" * 100_000,
    "no bottom of an object": '{"id": ' * 50_000 + "1" + "}" * 50_000,
    "no object": "[]",
    "half a sign": '{"id": "\\ud800"}',
    "infinity": '{"id": "a", "limit": Infinity}',
    "no number": '{"id": "a", "limit": NaN}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("action", ["user_show", "package_search", "tag_list"])
def test_no_body_fails_whoever_sends_it(action: str, body: str, app: Any) -> None:
    headers = {"Content-Type": "application/json"}
    client = app.test_client()
    answer = client.post(f"/api/action/{action}", data=body, headers=headers)
    assert 400 <= answer.status_code < 500
    assert answer.is_json


ADDRESSES = [
    "/api/action/user_show?id=a&id=b",
    "/api/action/package_show?id=a%00b",
    "/api/action/package_search?rows=a&start=b",
    "/api/3/action/package_show%00",
    "/api/2/util/dataset/autocomplete?incomplete=a%00",
    "/api/odlocale/v1/depots/48095/budget/a%00",
    "/api/odlocale/v1/depots/48095/budget/a?reason=%00",
    "/api/odlocale/v1/a%00",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_api_answers_no_page_to_an_odd_address(address: str, app: Any) -> None:
    answer = app.test_client().get(address)
    assert 400 <= answer.status_code < 500
    assert answer.is_json
    if "/odlocale/" in address:
        assert set(answer.get_json()["error"]) >= {"code", "message"}


UNREADABLE = [
    "/catalog.ttl?q=:::%22",
    "/catalog.jsonld?q=:::%22",
    "/feeds/custom.atom?q=:::%22%5B",
    "/dataset/?q=:::%22%5B",
]


@pytest.mark.parametrize("address", UNREADABLE)
def test_a_search_that_cannot_be_read_is_no_failure(address: str, app: Any) -> None:
    assert app.test_client().get(address).status_code in (200, 400)


@pytest.mark.parametrize("kind", ["urlencoded", "multipart"])
@pytest.mark.parametrize("address", ["/user/login", "/user/reset", "/user/register"])
def test_a_form_with_a_null_sign_is_no_failure(
    address: str, kind: str, app: Any
) -> None:
    form: dict[str, Any] = {"login": "a\0", "user": "a\0", "name": "a\0"}
    mimetype = {"urlencoded": None, "multipart": "multipart/form-data"}[kind]
    answer = app.test_client().post(address, data=form, content_type=mimetype)
    assert answer.status_code == 400


ELSEWHERE = [
    "\\\\ailleurs.example", " //ailleurs.example", "/\\ailleurs.example",
    "//ailleurs.example", "/\t/ailleurs.example", "https://ailleurs.example",
]  # fmt: skip


@pytest.mark.parametrize("where", ELSEWHERE)
@pytest.mark.parametrize("name", ["next", "came_from"])
def test_a_login_leads_to_no_other_site(
    name: str, where: str, town: Callable[[], Town], desk_of: Callable[..., Desk]
) -> None:
    client = desk_of(None)
    client.get("/user/login", query_string={name: where})
    token = re.search(r'name="_csrf_token"[^>]*value="([^"]+)"', client.page)
    assert token
    form = {"login": town().agent, "password": PASSWORD, "_csrf_token": token[1]}
    answer = client.client.post(
        "/user/login", query_string={name: where}, data=form, follow_redirects=False
    )
    assert answer.status_code == 302
    assert "ailleurs" not in answer.headers["Location"]


NAMES = ["Anne\r\nBcc: tous@essai.example", "Anne\nBcc: a@b.fr", "A\x0bB", ["Anne"], {}]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_no_line_is_refused(
    name: Any, town: Callable[[], Town], app: Any
) -> None:
    place = town()
    manager = factories.User()["name"]
    helpers.call_action(
        "organization_member_create", {"ignore_auth": True},
        id=place.org_id, username=manager, role="admin",
    )  # fmt: skip
    asked = {
        "odlocale_person_invite": {"org_id": place.org_id, "email": "a@essai.example",
                                   "role": "agent", "fullname": name},
        "user_patch": {"id": manager, "fullname": name},
    }  # fmt: skip
    headers = {"Authorization": token_of(manager)}
    for action, body in asked.items():
        answer = app.post(f"/api/action/{action}", json=body, headers=headers)
        assert answer.status_code == 409, action
        assert "fullname" in answer.json["error"], action


def test_a_name_already_written_so_adds_no_header_and_no_markup(
    town: Callable[[], Town], mailbox: Mailbox, desk_of: Callable[..., Desk]
) -> None:
    """However it came in: the person is still written to, and shown as text."""
    place = town()
    agent = model.User.get(place.agent)
    agent.fullname = "Anne <b>X</b>\r\nBcc: tous@essai.example"
    model.Session.commit()
    atd = factories.Sysadmin()["name"]
    who = {"org_id": place.org_id, "user": place.agent, "role": "manager"}
    call_as(atd, "odlocale_person_change", **who)
    letter = mailbox.only_message()
    assert letter["Bcc"] is None
    assert "Anne" in str(letter["To"])
    page = desk_of(place.agent).get(f"/equipe/{place.code}").page
    assert "<b>X</b>" not in page
    assert "&lt;b&gt;X" in page
