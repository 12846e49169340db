"""Accounts that serve nobody: warned once, closed once, those concerned told once."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from unittest import mock

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.odlocale.people import idle_accounts
from ckanext.odlocale.people.contacts import people_of
from ckanext.odlocale.people.tables import Account, Invitation
from tests.integration.mailbox import Mailbox
from tests.integration.people.conftest import Desk, as_site, manager_of
from tests.integration.people.test_team import letters_to
from tests.integration.publishing.conftest import Town

ATD = "atd@essai.example"
NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)


@pytest.fixture
def commune(town: Callable[[], Town]) -> Town:
    """A commune whose only agent is its own."""
    made = town()
    for one, _ in people_of(made.org_id):
        if one.name != made.agent:
            as_site("organization_member_delete", id=made.org_id, username=one.name)
    return made


@pytest.fixture(autouse=True)
def atd() -> Iterator[None]:
    with mock.patch.dict(tk.config, {"ckanext.odlocale.contact_email": ATD}):
        yield


def last_seen(name: str, days: int) -> model.User:
    """Let an account be of somebody last seen so many days ago."""
    user = model.User.get(name)
    user.created = user.last_active = (NOW - days * DAY).replace(tzinfo=None)
    model.Session.commit()
    return user


def about(mailbox: Mailbox, address: str, words: str) -> list[str]:
    return [one for one in letters_to(mailbox, address) if words in one]


def test_the_last_agent_is_warned_then_closed_and_the_atd_is_told_once(
    commune: Town, mailbox: Mailbox
) -> None:
    user = last_seen(commune.agent, 340)
    email, user_id = user.email, user.id
    for _ in range(3):
        idle_accounts.review(NOW)
    assert len(letters_to(mailbox, email)) == 1
    assert len(about(mailbox, ATD, commune.name)) == 1, "told before it closes"
    later = NOW + 31 * DAY
    for _ in range(3):
        idle_accounts.review(later)
    closed = model.User.get(user_id)
    assert (closed.state, closed.email) == ("deleted", None)
    assert people_of(commune.org_id) == []
    assert len(about(mailbox, ATD, commune.name)) == 2, "and once it is closed"


def test_the_responsables_are_told_and_the_atd_is_not_where_one_is_awake(
    commune: Town, mailbox: Mailbox
) -> None:
    manager = model.User.get(manager_of(commune))
    last_seen(commune.agent, 340)
    idle_accounts.review(NOW)
    assert about(mailbox, ATD, commune.name) == []
    # Seen meanwhile, so that it is not idle itself a month later.
    idle_accounts.review(NOW + 31 * DAY)
    assert model.User.get(commune.agent) is None
    assert len(letters_to(mailbox, manager.email)) == 1
    assert about(mailbox, ATD, commune.name) == []


def test_whoever_comes_back_is_kept(
    commune: Town, mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    user = last_seen(commune.agent, 340)
    idle_accounts.review(NOW)
    desk_of(commune.agent).get("/publier")
    idle_accounts.review(NOW + 31 * DAY)
    assert model.User.get(user.id).state == "active"


@pytest.mark.parametrize("way", ["token", "invitation"])
def test_a_software_and_an_invitation_accepted_count_as_coming(
    way: str, commune: Town, mailbox: Mailbox, app: object
) -> None:
    user = last_seen(commune.agent, 400)
    if way == "token":
        token = as_site("api_token_create", user=user.name, name="logiciel")["token"]
        headers = {"Authorization": token}
        app.get("/api/3/action/odlocale_desk_list", headers=headers)  # type: ignore[attr-defined]
        assert model.User.get(user.id).last_active.year == NOW.year
        last_seen(commune.agent, 400)
    else:
        model.Session.add(
            Invitation(org_id=commune.org_id, email=user.email, capacity="editor",
                       state="accepted", answered_at=NOW, user_id=user.id)
        )  # fmt: skip
        model.Session.commit()
    idle_accounts.review(NOW)
    assert letters_to(mailbox, user.email) == []


def test_an_administrator_is_never_closed(mailbox: Mailbox) -> None:
    user = last_seen(str(factories.Sysadmin()["name"]), 4_000)
    idle_accounts.review(NOW)
    idle_accounts.review(NOW + 60 * DAY)
    assert model.User.get(user.id).state == "active"
    assert letters_to(mailbox, user.email) == []


def test_a_warning_that_could_not_leave_is_sent_later(
    commune: Town, mailbox: Mailbox
) -> None:
    user = last_seen(commune.agent, 340)
    with mock.patch.dict(tk.config, {"smtp.server": ""}):
        assert idle_accounts.review(NOW).warned == 0
    assert model.Session.get(Account, user.id).idle_warned_at is None
    idle_accounts.review(NOW + DAY)
    assert len(letters_to(mailbox, user.email)) == 1


def test_nobody_is_closed_where_the_operator_says_so(
    commune: Town, mailbox: Mailbox
) -> None:
    user = last_seen(commune.agent, 4_000)
    with mock.patch.dict(tk.config, {"ckanext.odlocale.account_idle_days": 0}):
        idle_accounts.review(NOW)
    assert letters_to(mailbox, user.email) == []
