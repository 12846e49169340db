"""Coming in with a password: slowed down, doubled where one acts for others, ended."""

from __future__ import annotations

import ipaddress
import random
import re
import time
import uuid
from collections.abc import Callable
from typing import Any
from unittest import mock

import pyotp
import pytest
from ckan import model
from ckan.lib.redis import connect_to_redis
from ckan.plugins import toolkit as tk
from passlib.hash import pbkdf2_sha512

from ckanext.odlocale.base.safety import list_settings
from ckanext.odlocale.people import access, second_factor
from ckanext.odlocale.people.tables import Account
from tests.integration.logging_in import send_login
from tests.integration.mailbox import Mailbox
from tests.integration.people.conftest import Desk, Epci, account, as_site, come_in
from tests.integration.publishing.conftest import PASSWORD, Town, call_as


@pytest.fixture
def commune(town: Callable[[], Town]) -> Town:
    return town()


def try_in(desk: Desk, name: str, password: str = PASSWORD) -> Desk:
    desk.get("/user/login")
    return desk.post("/user/login", {"login": name, "password": password})


def is_in(desk: Desk) -> bool:
    return desk.get("/publier").address == "/publier"


@pytest.mark.parametrize("known", [True, False])
def test_who_guesses_waits_whether_the_account_exists_or_not(
    known: bool, commune: Town, desk_of: Callable[[str | None], Desk]
) -> None:
    name = commune.agent if known else f"personne-{uuid.uuid4().hex[:8]}"
    desk = desk_of(None)
    pages = [try_in(desk, name, "ce n'est pas celui-ci").page for _ in range(5)]
    assert all("mot de passe" in one for one in pages)
    refused = try_in(desk, name)
    assert refused.response.status_code == 429
    assert not is_in(desk)


def test_waiting_over_the_right_password_opens(
    commune: Town, desk_of: Callable[[str | None], Desk]
) -> None:
    desk = desk_of(None)
    for _ in range(5):
        try_in(desk, commune.agent, "ce n'est pas celui-ci")
    server = connect_to_redis()
    for key in server.scan_iter("odlocale:login:*:wait"):
        server.delete(key)
    try_in(desk, commune.agent)
    assert is_in(desk)


def at(desk: Desk, address: str) -> Desk:
    """Put a browser somewhere on the internet."""
    desk.client.environ_base["REMOTE_ADDR"] = address
    return desk


def somewhere() -> str:
    """An address that no other test comes from."""
    return str(ipaddress.ip_address(random.randrange(2**24 * 21, 2**24 * 22)))


def test_who_locks_an_account_locks_it_from_his_own_place_only(
    commune: Town, desk_of: Callable[[str | None], Desk]
) -> None:
    guesser = at(desk_of(None), somewhere())
    for _ in range(5):
        try_in(guesser, commune.agent, "ce n'est pas celui-ci")
    assert try_in(guesser, commune.agent).response.status_code == 429
    owner = at(desk_of(None), somewhere())
    try_in(owner, commune.agent)
    assert is_in(owner)


def test_one_place_that_tries_all_accounts_waits(
    commune: Town, desk_of: Callable[[str | None], Desk]
) -> None:
    place = somewhere()
    # Coming in with an account of one's own forgets nothing of the others'.
    try_in(at(desk_of(None), place), account())
    guesser = at(desk_of(None), place)
    for _ in range(access.FREE_FROM_ONE):
        tried = try_in(guesser, f"personne-{uuid.uuid4().hex}", "printemps 2026")
        assert tried.response.status_code == 200
    assert try_in(guesser, commune.agent).response.status_code == 429
    owner = at(desk_of(None), somewhere())
    try_in(owner, commune.agent)
    assert is_in(owner)


def test_tried_from_everywhere_an_account_is_open_where_it_is_known(
    commune: Town, desk_of: Callable[[str | None], Desk]
) -> None:
    home = somewhere()
    assert is_in(try_in(at(desk_of(None), home), commune.agent))
    with mock.patch.object(access, "FREE_ON_ONE", 3):
        for _ in range(3):
            guesser = at(desk_of(None), somewhere())
            try_in(guesser, commune.agent, "ce n'est pas celui-ci")
        elsewhere = try_in(at(desk_of(None), somewhere()), commune.agent)
        assert elsewhere.response.status_code == 429
    assert "1 minute" in elsewhere.page
    assert is_in(try_in(at(desk_of(None), home), commune.agent))


def test_those_a_proxy_hides_are_not_one_place(
    commune: Town, desk_of: Callable[[str | None], Desk]
) -> None:
    with mock.patch.object(access, "FREE_FROM_ONE", 3):
        for _ in range(4):
            try_in(desk_of(None), f"personne-{uuid.uuid4().hex}", "printemps 2026")
        assert is_in(try_in(desk_of(None), commune.agent))


@pytest.mark.parametrize("who", ["known", "nobody", "without password", "deleted"])
def test_a_refusal_costs_the_same_whoever_is_named(
    who: str, commune: Town, desk_of: Callable[[str | None], Desk]
) -> None:
    name = f"personne-{uuid.uuid4().hex[:8]}" if who == "nobody" else account()
    user = model.User.get(name)
    if who == "without password":
        user._password = None
    elif who == "deleted":
        user.state = "deleted"
    model.Session.commit()
    verify = pbkdf2_sha512.verify
    try_in(desk_of(None), name, "ce n'est pas celui-ci")
    with mock.patch.object(pbkdf2_sha512, "verify", side_effect=verify) as counted:
        refused = try_in(desk_of(None), name, "ce n'est pas celui-ci")
    assert counted.call_count == 1
    assert "mot de passe" in refused.page


@pytest.mark.parametrize("typed", ["", "\0", "agent\0", "é" * 5000, "' OR 1=1 --"])
def test_whatever_is_typed_is_answered(
    typed: str, commune: Town, desk_of: Callable[[str | None], Desk]
) -> None:
    for name in (typed, commune.agent):
        for password in ("", "\0", "x" * 100_000):
            answer = try_in(at(desk_of(None), somewhere()), name, password).response
            # No form of a browser holds that sign.
            odd = "\0" in name + password
            assert answer.status_code == (400 if odd else 200)


def test_a_form_of_another_site_logs_nobody_in(
    commune: Town, desk_of: Callable[[str | None], Desk]
) -> None:
    desk = desk_of(None)
    form = {"login": commune.agent, "password": PASSWORD}
    desk.response = desk.client.post("/user/login", data=form)
    assert desk.response.status_code == 400
    assert not is_in(desk)


def test_the_session_has_another_name_once_logged_in(
    commune: Town, desk_of: Callable[[str | None], Desk]
) -> None:
    name = tk.config["SESSION_COOKIE_NAME"]

    def session_of(desk: Desk) -> str:
        (found,) = (one for one in desk.client._cookies.values() if one.key == name)
        return str(found.value)

    desk = desk_of(None).get("/user/login")
    before = session_of(desk)
    try_in(desk, commune.agent)
    assert session_of(desk) != before


@pytest.mark.parametrize(
    ("setting", "minutes"),
    [("session_idle_minutes", 300), ("session_minutes", 800)],
)
def test_a_session_ends_by_itself(
    setting: str, minutes: int, commune: Town, desk_of: Callable[[str | None], Desk]
) -> None:
    desk = desk_of(commune.agent)
    assert is_in(desk)
    later = time.time() + 60 * minutes
    quiet = {} if setting == "session_idle_minutes" else {
        "ckanext.odlocale.session_idle_minutes": 10_000
    }  # fmt: skip
    with (
        mock.patch.dict(tk.config, quiet),
        mock.patch("ckanext.odlocale.people.sessions.time.time", return_value=later),
    ):
        assert not is_in(desk)


def test_logged_out_everywhere_at_once(
    commune: Town, desk_of: Callable[[str | None], Desk]
) -> None:
    here, there = desk_of(commune.agent), desk_of(commune.agent)
    assert is_in(here)
    assert is_in(there)
    call_as(commune.agent, "odlocale_account_end_sessions")
    assert not is_in(here)
    assert not is_in(there)


def test_a_made_up_token_gives_no_ended_session_back(
    commune: Town, desk_of: Callable[[str | None], Desk]
) -> None:
    desk = desk_of(commune.agent)
    assert is_in(desk)
    call_as(commune.agent, "odlocale_account_end_sessions")
    desk.get("/publier", headers={"Authorization": "made-up"})
    assert desk.address != "/publier"


def test_an_invited_animator_sets_the_double_check_up_before_anything(
    commune: Town,
    epci: Callable[..., Epci],
    asked: None,
    mailbox: Mailbox,
    desk_of: Callable[[str | None], Desk],
) -> None:
    above = epci(commune)
    call_as(above.animator, "odlocale_person_invite", org_id=above.org_id,
            email=f"anime-{above.code}@essai.example", role="animator")  # fmt: skip
    message = mailbox.only_message().get_body(("plain",))
    assert message is not None
    found = re.search(r"/invitation/[\w-]+", message.get_content())
    assert found
    desk = come_in(desk_of(None), found.group(), mailbox)
    assert desk.address == "/user/login"
    assert not is_in(desk)


def test_a_changed_password_ends_the_others_sessions(
    commune: Town, desk_of: Callable[[str | None], Desk]
) -> None:
    there = desk_of(commune.agent)
    assert is_in(there)
    user = model.User.get(commune.agent)
    as_site("user_update", id=user.id, name=user.name, email=user.email,
            fullname=user.fullname, password="cheval agrafe batterie")  # fmt: skip
    assert not is_in(there)


@pytest.mark.parametrize("weak", ["court", "azertyuiop12", "123456789012"])
def test_a_weak_password_is_refused_wherever_it_is_chosen(
    weak: str, commune: Town
) -> None:
    user = model.User.get(commune.agent)
    with pytest.raises(tk.ValidationError) as caught:
        as_site("user_update", id=user.id, name=user.name, email=user.email,
                password=weak)  # fmt: skip
    assert "password" in caught.value.error_dict


def test_an_animator_sets_the_double_check_up_then_gives_it(
    commune: Town,
    epci: Callable[..., Epci],
    asked: None,
    desk_of: Callable[[str | None], Desk],
) -> None:
    above = epci(commune)
    desk = desk_of(None)
    try_in(desk, above.animator)
    assert desk.address == "/connexion/verification"
    assert desk.get("/publier").address != "/publier", (
        "the password alone opens nothing"
    )
    desk.get("/connexion/verification")
    found = re.search(r'id="secret"[^>]*value="([A-Z2-7]+)"', desk.page)
    assert found
    totp = pyotp.TOTP(found.group(1))
    desk.post("/connexion/verification", {"typed": "000000"})
    assert desk.response.status_code == 400
    desk.post("/connexion/verification", {"typed": totp.now()})
    recovery = re.findall(r"<code>([a-z0-9]{5}-[a-z0-9]{5})</code>", desk.page)
    assert len(recovery) == 8
    assert is_in(desk)

    again = try_in(desk_of(None), above.animator)
    again.post("/connexion/verification", {"typed": totp.now()})
    assert again.response.status_code == 400, "a code serves once"
    again.post("/connexion/verification", {"typed": recovery[0]})
    assert is_in(again)
    third = try_in(desk_of(None), above.animator)
    third.post("/connexion/verification", {"typed": recovery[0]})
    assert not is_in(third), "a recovery code serves once"


def test_an_agent_alone_is_not_asked_for_it(
    commune: Town, asked: None, desk_of: Callable[[str | None], Desk]
) -> None:
    assert is_in(try_in(desk_of(None), commune.agent))


def test_guessing_the_second_factor_is_slowed_too(
    commune: Town,
    epci: Callable[..., Epci],
    asked: None,
    desk_of: Callable[[str | None], Desk],
) -> None:
    above = epci(commune)
    user = model.User.get(above.animator)
    secret = second_factor.begin(user.id)
    assert second_factor.confirm(user.id, pyotp.TOTP(secret).now())
    desk = try_in(desk_of(None), above.animator)
    answers = []
    for number in range(6):
        desk.post("/connexion/verification", {"typed": f"00000{number}"})
        answers.append(desk.response.status_code)
    assert answers[-1] == 429


def test_an_administrator_resets_a_lost_second_factor(commune: Town) -> None:
    user = model.User.get(commune.agent)
    secret = second_factor.begin(user.id)
    assert second_factor.confirm(user.id, pyotp.TOTP(secret).now())
    for who in (commune.agent, account(), ""):
        with pytest.raises(tk.NotAuthorized):
            call_as(who, "odlocale_account_reset_factor", id=user.id)
    as_site("odlocale_account_reset_factor", id=user.id)
    assert not second_factor.is_set(user.id)
    assert model.Session.get(Account, user.id).epoch == 1


def test_nobody_ends_another_s_sessions(commune: Town) -> None:
    for who in (account(), ""):
        with pytest.raises(tk.NotAuthorized):
            call_as(who, "odlocale_account_end_sessions", id=commune.agent)


@pytest.mark.parametrize(("asked_of", "says"), [("nobody", True), ("animators", False)])
def test_a_portal_without_a_second_factor_says_so(
    asked_of: str, says: bool, desk_of: Callable[[str | None], Desk]
) -> None:
    with mock.patch.dict(tk.config, {"ckanext.odlocale.second_factor": asked_of}):
        page = desk_of(None).get("/user/login").page
    assert ("Portail d’essai" in page) is says


@pytest.mark.parametrize("address", ["http://test.ckan.net", "https://test.ckan.net"])
def test_no_script_nor_other_site_nor_clear_network_has_the_cookies(
    address: str, commune: Town, make_app: Any
) -> None:
    """As the server writes them, at a login and after it."""
    safe = {one.name: one.value for one in list_settings(address)}
    with mock.patch.dict(tk.config, {**safe, "ckan.site_url": address}):
        browser = make_app().test_client()
        # Over HTTPS, a form tells which page it is on.
        ours = {"base_url": address, "headers": {"Referer": f"{address}/user/login"}}
        answers = [
            browser.get("/user/login", **ours),
            send_login(browser, commune.agent, PASSWORD, **ours),
            browser.get("/publier", **ours),
        ]
    assert [one.status_code for one in answers] == [200, 302, 200]
    written = [
        one for answer in answers for one in answer.headers.getlist("Set-Cookie")
    ]
    assert {one.partition("=")[0] for one in written} == {"ckan"}
    for one in written:
        attributes = {part.strip().lower() for part in one.split(";")[1:]}
        assert "httponly" in attributes, one
        assert "samesite=lax" in attributes, one
        assert ("secure" in attributes) is address.startswith("https"), one
        assert not any(part.startswith("domain") for part in attributes), one
