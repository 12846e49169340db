"""An address counts once it is proved, and nobody takes another's."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default

import pyotp
import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from freezegun import freeze_time

from ckanext.odlocale.people import address_actions, members, second_factor
from ckanext.odlocale.people.account_links import LIFETIME
from tests.integration.mailbox import Mailbox
from tests.integration.people.conftest import Desk, account, come_in, manager_of
from tests.integration.publishing.conftest import PASSWORD, Town, call_as


@pytest.fixture
def commune(town: Callable[[], Town]) -> Town:
    return town()


def new_address() -> str:
    return f"{uuid.uuid4().hex[:12]}@essai.example"


def address_of(name: str) -> str:
    model.Session.rollback()
    return str(model.User.get(name).email)


def ask(desk: Desk, email: str, confirm: str = PASSWORD) -> Desk:
    desk.get("/compte/adresse")
    return desk.post("/compte/adresse", {"email": email, "confirm": confirm})


def letters(mailbox: Mailbox) -> dict[str, str]:
    """The text of each letter, by who received it."""
    return {
        one.rcpt_tos[0]: message_from_bytes(one.content, policy=default)
        .get_body(("plain",))  # type: ignore[attr-defined]
        .get_content()
        for one in mailbox.envelopes
    }


def link_in(letter: str) -> str:
    found = re.search(r"/compte/adresse/[\w.-]+", letter)
    assert found
    return found.group()


def test_it_counts_once_its_link_is_opened_and_the_former_is_told(
    commune: Town, mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    before, email = address_of(commune.agent), new_address()
    desk = desk_of(commune.agent)
    ask(desk, email.upper())
    assert "Un message part pour" in desk.page
    assert address_of(commune.agent) == before
    assert members.user_of_address(email) is None
    assert set(letters(mailbox)) == {email, before}
    told = letters(mailbox)[before]
    assert "va devenir" in told
    assert email not in told
    link = link_in(letters(mailbox)[email])
    assert email in desk.get(link).page
    assert address_of(commune.agent) == before, "a filter that opens it changes nothing"
    desk.post(link, {})
    assert desk.address.startswith("/user/edit")
    assert address_of(commune.agent) == email
    assert "est maintenant" in letters(mailbox)[before]
    assert desk.get(link).response.status_code == 404, "it serves once"


@pytest.mark.parametrize("field", ["email", "confirm"])
def test_what_is_wrong_is_said_and_nothing_leaves(
    field: str, commune: Town, mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    desk = desk_of(commune.agent)
    email = new_address()
    if field == "confirm":
        for wrong in ("\0", "", "ce n'est pas celui-ci", "x" * 9999):
            ask(desk, email, wrong)
            assert desk.response.status_code == 400
        assert f'value="{email}"' in desk.page, "what was typed is kept"
    else:
        for wrong in ("", "pas une adresse", address_of(commune.agent)):
            ask(desk, wrong)
            assert desk.response.status_code == 400
    assert desk.response.status_code == 400
    assert mailbox.envelopes == []


def test_guessing_the_password_there_is_slowed(
    commune: Town, desk_of: Callable[[str | None], Desk]
) -> None:
    desk = desk_of(commune.agent)
    for _ in range(5):
        ask(desk, new_address(), "ce n'est pas celui-ci")
    assert "Trop d’essais" in ask(desk, new_address()).page


def test_the_second_factor_is_asked_where_there_is_one(
    commune: Town, mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    desk = desk_of(commune.agent)
    user = model.User.get(commune.agent)
    secret = second_factor.begin(user.id)
    codes = second_factor.confirm(user.id, pyotp.TOTP(secret).now())
    assert codes
    assert ask(desk, new_address()).response.status_code == 400, "a password alone"
    assert mailbox.envelopes == []
    assert ask(desk, new_address(), codes[0]).response.status_code == 200


def test_a_link_that_is_another_s_or_too_old(
    commune: Town, mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    before, email = address_of(commune.agent), new_address()
    ask(desk_of(commune.agent), email)
    link = link_in(letters(mailbox)[email])
    stranger = desk_of(account()).get(link)
    assert stranger.response.status_code == 404
    stranger.get("/compte/adresse").post(link, {})
    assert stranger.response.status_code == 404
    with freeze_time(tz_offset=0) as clock:
        clock.tick(LIFETIME["address"] + 2)
        with pytest.raises(tk.ObjectNotFound):
            call_as(commune.agent, "odlocale_address_confirm",
                    token=link.rpartition("/")[2])  # fmt: skip
    assert address_of(commune.agent) == before
    assert desk_of(None).get(link).address == "/user/login"


def test_an_address_that_has_an_account_is_not_told_to_who_asks(
    commune: Town, mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    taken = new_address()
    account(email=taken)
    desk = desk_of(commune.agent)
    assert "Un message part pour" in ask(desk, taken).page
    link = link_in(letters(mailbox)[taken])
    desk.get(link).post(link, {})
    assert desk.response.status_code == 400
    assert address_of(commune.agent) != taken


def test_letters_are_limited(
    commune: Town, mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    desk = desk_of(commune.agent)
    for _ in range(address_actions.MAX_A_DAY):
        assert ask(desk, new_address()).response.status_code == 200
    assert ask(desk, new_address()).response.status_code == 400
    assert "Réessayez demain" in desk.page


def test_an_address_typed_in_a_profile_shuts_nobody_out(
    commune: Town, mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    invited = new_address()
    call_as(manager_of(commune), "odlocale_person_invite", org_id=commune.org_id,
            email=invited, role="agent")  # fmt: skip
    invitation = letters(mailbox)[invited]
    thief = account()
    user, before = model.User.get(thief), address_of(thief)
    for action in ("user_update", "user_patch"):
        with pytest.raises(tk.ValidationError) as refused:
            call_as(thief, action, id=user.id, name=user.name, email=invited)
        assert "email" in refused.value.error_dict
    desk = desk_of(thief).get("/user/edit")
    desk.post("/user/edit", {
        "name": thief, "email": invited, "fullname": "Voleur", "save": "",
        "old_password": PASSWORD,
    })  # fmt: skip
    assert "L’adresse se change sur sa propre page" in desk.page
    assert address_of(thief) == before
    found = re.search(r"/invitation/[\w-]+", invitation)
    assert found
    guest = come_in(desk_of(None), found.group(), mailbox)
    assert guest.address == f"/publier/{commune.code}"


def test_the_rest_of_a_profile_is_changed_as_before(
    commune: Town, desk_of: Callable[[str | None], Desk]
) -> None:
    desk = desk_of(commune.agent).get("/user/edit")
    assert "/compte/adresse" in desk.page
    email = address_of(commune.agent)
    desk.post("/user/edit", {
        "name": commune.agent, "email": email, "fullname": "Anne Bis", "save": "",
    })  # fmt: skip
    assert model.User.get(commune.agent).fullname == "Anne Bis"
    sysadmin = str(factories.Sysadmin()["name"])
    other = new_address()
    call_as(sysadmin, "user_patch", id=commune.agent, email=other)
    assert address_of(commune.agent) == other


def test_a_session_that_was_left_open_takes_no_account(
    commune: Town, desk_of: Callable[[str | None], Desk]
) -> None:
    new = "girafe parapluie horizon"
    user = model.User.get(commune.agent)
    for given in ({}, {"old_password": "ce n'est pas celui-ci"}):
        with pytest.raises(tk.ValidationError) as refused:
            call_as(commune.agent, "user_patch", id=user.id, password=new, **given)
        assert "old_password" in refused.value.error_dict
    desk = desk_of(commune.agent).get("/user/edit")
    form = {"name": user.name, "email": user.email, "fullname": "Anne", "save": "",
            "password1": new, "password2": new}  # fmt: skip
    desk.post("/user/edit", {**form, "old_password": "ce n'est pas celui-ci"})
    assert model.User.get(commune.agent).validate_password(PASSWORD)
    desk.get("/user/edit").post("/user/edit", {**form, "old_password": PASSWORD})
    model.Session.rollback()
    assert model.User.get(commune.agent).validate_password(new)
