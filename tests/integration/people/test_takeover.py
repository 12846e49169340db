"""Whoever finds a session open takes no account; no text of a stranger runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from tests.integration.mailbox import Mailbox
from tests.integration.people.conftest import account, manager_of
from tests.integration.publishing.conftest import PASSWORD, Desk, Town, call_as

Open = Callable[[str | None], Desk]


@pytest.fixture
def commune(town: Callable[[], Town]) -> Town:
    return town()


def patch(desk: Desk, name: str, **changes: Any) -> int:
    """Call core's action from a page, as a script of it would."""
    desk.get("/user/edit")
    token = desk.page.partition('name="_csrf_token" content="')[2].partition('"')[0]
    answer = desk.client.post(
        "/api/3/action/user_patch",
        data=json.dumps({"id": name, **changes}),
        headers={"Content-Type": "application/json", "X-CSRFToken": token},
    )
    return int(answer.status_code)


@pytest.mark.parametrize("who", ["agent", "administrator"])
def test_a_hash_changes_no_password(who: str, commune: Town, desk_of: Open) -> None:
    name = (
        commune.agent
        if who == "agent"
        else str(factories.Sysadmin(password=PASSWORD)["name"])
    )
    before = model.User.get(name).password
    assert before
    patch(desk_of(name), name, password_hash="x")
    model.Session.expire_all()
    assert model.User.get(name).password == before
    with pytest.raises(tk.ValidationError):
        call_as(name, "odlocale_factor_begin", confirm=name)


def test_an_administrator_proves_his_own_address_too(desk_of: Open) -> None:
    name = str(factories.Sysadmin(password=PASSWORD)["name"])
    before = model.User.get(name).email
    assert patch(desk_of(name), name, email="autre@essai.example") == 409
    model.Session.expire_all()
    assert model.User.get(name).email == before


def test_an_account_without_password_proves_a_recent_login() -> None:
    name = account()
    user = model.User.get(name)
    user._password = None
    model.Session.commit()
    with pytest.raises(tk.ValidationError) as refused:
        call_as(name, "odlocale_factor_begin", confirm=name)
    assert "confirm" in refused.value.error_dict


NAMES = [
    "Votre compte expire http://evil.example/",
    "<b>Administration</b>",
    "Préfecture evil.example/reset",
    "Gwen\r\nBcc: tous@essai.example",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_a_name(name: str, commune: Town, mailbox: Mailbox) -> None:
    manager = manager_of(commune)
    with pytest.raises(tk.ValidationError):
        call_as(commune.agent, "user_patch", id=commune.agent, fullname=name)
    asked = {"org_id": commune.org_id, "email": "a@b.example", "role": "agent"}
    with pytest.raises(tk.ValidationError):
        call_as(manager, "odlocale_person_invite", fullname=name, **asked)
    assert mailbox.envelopes == []


def test_an_invitation_leaves_three_times_a_day_again(
    commune: Town, mailbox: Mailbox
) -> None:
    manager = manager_of(commune)
    asked = {"org_id": commune.org_id, "email": "v@essai.example", "role": "agent"}
    made = call_as(manager, "odlocale_person_invite", **asked)
    for _ in range(3):
        call_as(manager, "odlocale_invitation_resend", id=made["id"])
    with pytest.raises(tk.ValidationError):
        call_as(manager, "odlocale_invitation_resend", id=made["id"])
    assert len(mailbox.envelopes) == 4


ADDRESSES = [
    "javascript:alert(1)",
    " JaVa\tScript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
]


@pytest.mark.parametrize("url", ADDRESSES)
def test_no_address_of_a_file_runs_anything(
    url: str, commune: Town, desk_of: Open
) -> None:
    dataset = factories.Dataset(owner_org=commune.org_id, resources=[])
    asked = {"package_id": dataset["id"], "url": url, "name": "x"}
    with pytest.raises(tk.ValidationError) as refused:
        call_as(commune.agent, "resource_create", **asked)
    assert "url" in refused.value.error_dict
    # What an older portal kept is shown without its link.
    made = factories.Resource(package_id=dataset["id"], url="https://a.example/b.csv")
    model.Resource.get(made["id"]).url = url
    model.Session.commit()
    page = desk_of(None).get(f"/dataset/{dataset['id']}/resource/{made['id']}")
    assert page.response.status_code == 200
    assert f'href="{url.strip()[:6]}' not in page.page


@pytest.mark.parametrize("sign", ["\x08", "\x0b", "\x1f", "\ufffe"])
def test_no_sign_of_a_title_breaks_a_feed(
    sign: str, commune: Town, desk_of: Open
) -> None:
    name = f"plan-{ord(sign)}-{commune.code.lower()}"
    said = {"title": f"Plan{sign} du cimetière", "notes": f"Relevé{sign}."}
    owner = {"owner_org": commune.org_id}
    made = call_as(commune.agent, "package_create", name=name, **said, **owner)
    assert made["title"] == "Plan du cimetière"
    call_as(
        commune.agent, "odlocale_document_publish", org_id=commune.org_id, agreed=True,
        title=f"Carte{sign} du PLU", url="https://geo.example.fr/",
    )  # fmt: skip
    for feed in ("dataset.atom", "custom.atom"):
        assert desk_of(None).get(f"/feeds/{feed}").response.status_code == 200


def test_an_empty_mandate_is_refused_in_words() -> None:
    with pytest.raises((tk.ValidationError, tk.NotAuthorized)):
        call_as("", "odlocale_mandate_create")
