"""Who forgot a password chooses another: by a letter, and by nothing else."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from typing import Any
from unittest import mock

import pyotp
import pytest
from ckan import model
from ckan.lib.jobs import get_queue
from ckan.lib.redis import connect_to_redis
from ckan.plugins import toolkit as tk
from freezegun import freeze_time

from ckanext.odlocale.people import password_actions, proving, second_factor
from ckanext.odlocale.people.account_links import LIFETIME
from tests.integration.mailbox import Mailbox
from tests.integration.people.conftest import Desk, account, as_site
from tests.integration.people.test_core_tokens import opens
from tests.integration.people.test_login import at, is_in, somewhere, try_in
from tests.integration.people.test_refusals import lines_about, reasons_of
from tests.integration.publishing.conftest import PASSWORD, Town, call_as

NEW = "girafe parapluie horizon"


@pytest.fixture
def commune(town: Callable[[], Town]) -> Town:
    return town()


@pytest.fixture(autouse=True)
def counted_anew() -> None:
    """Other tests asked for links too, from nowhere."""
    server = connect_to_redis()
    for pattern in ("odlocale:reset:*", "odlocale:refused:*"):
        for key in server.scan_iter(pattern):
            server.delete(key)


def do_jobs() -> list[bool]:
    """Do what the worker would, of these letters."""
    done = []
    for job in get_queue().jobs:
        if job.func_name.endswith("password_actions.send_link"):
            done.append(job.func(*job.args))
            job.delete()
    return done


def ask(desk: Desk, typed: str) -> Desk:
    return desk.get("/mot-de-passe").post("/mot-de-passe", {"typed": typed})


def link_for(desk: Desk, typed: str, mailbox: Mailbox) -> str:
    """The link of the last letter."""
    # What other tests asked for is not waited for here.
    do_jobs()
    ask(desk, typed)
    assert do_jobs() == [True]
    content = message_from_bytes(mailbox.envelopes[-1].content, policy=default)
    body = content.get_body(("plain",))  # type: ignore[attr-defined]
    found = re.search(r"/mot-de-passe/[\w.-]+", body.get_content())
    assert found
    return found.group()


def test_a_new_password_ends_what_was_open_and_the_link(
    commune: Town, mailbox: Mailbox, app: Any, desk_of: Callable[[str | None], Desk]
) -> None:
    there = desk_of(commune.agent)
    token = as_site("api_token_create", user=commune.agent, name="vieux")["token"]
    assert is_in(there)
    user = model.User.get(commune.agent)
    desk = desk_of(None)
    link = link_for(desk, str(user.email).upper(), mailbox)
    assert mailbox.envelopes[-1].rcpt_tos == [user.email]
    desk.get(link)
    assert desk.response.status_code == 200
    assert is_in(there), "a filter that opens the link changes nothing"
    desk.post(link, {"password": NEW})
    assert desk.address == "/user/login"
    assert "Votre mot de passe est changé" in desk.page
    assert not is_in(there)
    assert not opens(app, token)
    try_in(desk, commune.agent, PASSWORD)
    assert not is_in(desk)
    assert is_in(try_in(desk_of(None), commune.agent, NEW))
    again = desk_of(None).get(link)
    assert again.response.status_code == 404
    again.get("/mot-de-passe").post(link, {"password": NEW + " encore"})
    assert "Ce lien n’ouvre plus rien" in again.page
    assert reasons_of(lines_about(user.id))[-2:] == ["account link"] * 2


@pytest.mark.parametrize(
    "typed",
    ["known name", "known address", "nobody", "nobody@essai.example", "x" * 9999],
)
def test_the_answer_is_the_same_whoever_is_named(
    typed: str, commune: Town, mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    user = model.User.get(commune.agent)
    known = {"known name": user.name, "known address": user.email}
    desk = desk_of(None)
    # The request does the same: neither the account nor the mail server is asked.
    with mock.patch.object(proving, "living_account") as looked:
        ask(desk, known.get(typed, typed))
    looked.assert_not_called()
    assert mailbox.envelopes == []
    assert desk.response.status_code == 200
    assert "Si ce compte existe" in desk.page
    assert (user.email or "") not in desk.page
    assert do_jobs() == [typed in known]


@pytest.mark.parametrize("typed", ["", "  ", "\0"])
def test_nothing_is_asked_for_nobody(
    typed: str, desk_of: Callable[[str | None], Desk]
) -> None:
    assert ask(desk_of(None), typed).response.status_code == 400
    assert do_jobs() == []


def test_a_link_that_is_too_old_tampered_or_another_s(
    commune: Town, mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    desk = desk_of(None)
    link = link_for(desk, commune.agent, mailbox)
    with freeze_time(tz_offset=0) as clock:
        clock.tick(LIFETIME["password"] + 2)
        assert desk.get(link).response.status_code == 404
    user = model.User.get(commune.agent)
    for false in (
        link[:-3] + "AAA",
        "/mot-de-passe/x",
        "/mot-de-passe/" + proving.make_link("address", user, "a@b.fr"),
    ):
        assert desk.get(false).response.status_code == 404
    call_as(commune.agent, "odlocale_account_end_sessions")
    assert desk.get(link).response.status_code == 404, "closed everywhere, links too"
    assert is_in(try_in(desk, commune.agent))


def test_a_weak_password_is_refused_and_the_link_still_opens(
    commune: Town, mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    desk = desk_of(None)
    link = link_for(desk, commune.agent, mailbox)
    desk.get(link)
    for weak in ("", "court", commune.agent):
        desk.post(link, {"password": weak})
        assert desk.response.status_code == 400
    assert 'autocomplete="new-password"' in desk.page
    desk.post(link, {"password": NEW})
    assert desk.address == "/user/login"


def test_letters_to_one_account_and_asks_from_one_place_are_limited(
    commune: Town, mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    for _ in range(password_actions.MAX_FOR_ONE + 2):
        ask(at(desk_of(None), somewhere()), commune.agent)
    most = password_actions.MAX_FOR_ONE
    assert do_jobs() == [True] * most + [False] * 2
    desk = at(desk_of(None), somewhere())
    for _ in range(password_actions.MAX_FROM_ONE):
        assert ask(desk, uuid.uuid4().hex).response.status_code == 200
    assert ask(desk, uuid.uuid4().hex).response.status_code == 429
    assert "Réessayez dans une heure" in desk.page
    do_jobs()


def test_the_second_factor_is_asked_all_the_same(
    commune: Town, mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    user = model.User.get(commune.agent)
    secret = second_factor.begin(user.id)
    assert second_factor.confirm(user.id, pyotp.TOTP(secret).now())
    desk = desk_of(None)
    link = link_for(desk, commune.agent, mailbox)
    desk.get(link).post(link, {"password": NEW})
    assert not is_in(try_in(desk, commune.agent, NEW))
    assert second_factor.is_set(user.id)


def test_a_closed_account_receives_nothing(mailbox: Mailbox) -> None:
    name = account()
    as_site("user_delete", id=name)
    assert password_actions.send_link(name) is False
    assert mailbox.envelopes == []


def test_whom_core_invited_comes_in_by_it(
    mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    name = account()
    as_site("user_patch", id=name, state="pending")
    desk = desk_of(None)
    link = link_for(desk, name, mailbox)
    desk.get(link).post(link, {"password": NEW})
    assert is_in(try_in(desk, name, NEW))


def test_core_s_pages_and_its_key_are_closed(
    commune: Town, desk_of: Callable[[str | None], Desk]
) -> None:
    user = model.User.get(commune.agent)
    user.reset_key = "0123456789abcdef"
    model.Session.commit()
    desk = desk_of(None)
    for address in ("/user/reset", "/user/reset/x?key=y",
                    f"/user/reset/{user.id}?key={user.reset_key}"):  # fmt: skip
        desk.get(address)
        assert (desk.address, desk.response.status_code) == ("/mot-de-passe", 200)
    assert "Ce lien n’ouvre plus rien" in desk.page
    given = {"id": user.id, "reset_key": user.reset_key, "password": NEW}
    for action in ("user_update", "user_patch"):
        with pytest.raises(tk.NotAuthorized):
            call_as("", action, name=user.name, email=user.email, **given)
        with pytest.raises(tk.NotAuthorized):
            call_as(account(), action, name=user.name, email=user.email, **given)
