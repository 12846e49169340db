"""One's own second factor: set up, removed, other codes, by who has the password."""

from __future__ import annotations

import re
from collections.abc import Callable
from unittest import mock

import pyotp
import pytest
from ckan import model
from ckan.plugins import toolkit as tk

from ckanext.odlocale.people import second_factor, sessions
from tests.integration.mailbox import Mailbox
from tests.integration.people.conftest import Desk, account
from tests.integration.people.test_journal import verbs_of
from tests.integration.people.test_login import is_in, try_in
from tests.integration.people.test_team import letters_to
from tests.integration.publishing.conftest import PASSWORD, Town, call_as

PAGE = "/compte/double-verification"
WRONG = "ce n'est pas celui-ci"


def id_of(name: str) -> str:
    return str(model.User.get(name).id)


def set_up(name: str) -> list[str]:
    """Set a second factor up; return its recovery codes."""
    begun = call_as(name, "odlocale_factor_begin", confirm=PASSWORD)
    code = pyotp.TOTP(begun["secret"]).now()
    return list(call_as(name, "odlocale_factor_set", typed=code)["codes"])


def test_anybody_sets_it_up_from_his_account_and_is_then_asked_for_it(
    town: Callable[[], Town], desk_of: Callable[[str | None], Desk], mailbox: Mailbox
) -> None:
    name = town().agent
    elsewhere = desk_of(name)
    assert is_in(elsewhere)
    desk = desk_of(name).get(PAGE)
    desk.post(f"{PAGE}/commencer", {"confirm": WRONG})
    assert desk.response.status_code == 400
    assert "odl-qr" not in desk.page
    desk.post(f"{PAGE}/commencer", {"confirm": PASSWORD})
    secret = re.search(r'id="secret"[^>]*value="([A-Z2-7]+)"', desk.page)
    assert secret
    assert "odl-qr" in desk.page
    desk.post(f"{PAGE}/activer", {"typed": "000000"})
    assert desk.response.status_code == 400
    assert secret.group(1) not in desk.page, "not shown to who only has the session"
    desk.post(f"{PAGE}/activer", {"typed": pyotp.TOTP(secret.group(1)).now()})
    codes = re.findall(r"<code>([a-z2-9]{5}-[a-z2-9]{5})</code>", desk.page)
    assert len(codes) == 8
    assert is_in(desk), "who set it up stays in"
    assert not is_in(elsewhere), "a session that the password alone opened ends"
    assert try_in(desk_of(None), name).address == "/connexion/verification"
    address = str(model.User.get(name).email)
    assert "double vérification" in "".join(letters_to(mailbox, address)).lower()
    assert "second factor set" in verbs_of(name)


def test_what_was_shown_before_the_password_is_worth_nothing(mailbox: Mailbox) -> None:
    name = account()
    shown = second_factor.begin(id_of(name))
    call_as(name, "odlocale_factor_begin", confirm=PASSWORD)
    with pytest.raises(tk.ValidationError):
        call_as(name, "odlocale_factor_set", typed=pyotp.TOTP(shown).now())
    assert not second_factor.is_set(id_of(name))


def test_nothing_is_set_up_that_was_not_begun() -> None:
    name = account()
    with pytest.raises(tk.ValidationError):
        call_as(name, "odlocale_factor_set", typed="000000")


@pytest.mark.parametrize(
    "action", ["odlocale_factor_remove", "odlocale_factor_renew_codes"]
)
def test_the_password_is_asked_and_guessing_it_is_slowed(
    action: str, mailbox: Mailbox
) -> None:
    name = account()
    codes = set_up(name)
    for _ in range(5):
        with pytest.raises(tk.ValidationError):
            call_as(name, action, confirm=WRONG)
    with pytest.raises(tk.ValidationError) as caught:
        call_as(name, action, confirm=PASSWORD)
    assert "Too many" in caught.value.error_dict["confirm"][0]
    assert second_factor.is_set(id_of(name))
    assert second_factor.check(id_of(name), codes[0])


def test_it_is_not_begun_again_where_it_is_set(mailbox: Mailbox) -> None:
    name = account()
    set_up(name)
    with pytest.raises(tk.ValidationError):
        call_as(name, "odlocale_factor_begin", confirm=PASSWORD)
    assert second_factor.is_set(id_of(name))


def test_removed_the_password_alone_opens_again(
    town: Callable[[], Town], desk_of: Callable[[str | None], Desk], mailbox: Mailbox
) -> None:
    name = town().agent
    desk = desk_of(name)
    set_up(name)
    epoch = sessions.epoch_of(id_of(name))
    # The test called the action from outside: this desk was ended as the others.
    assert epoch == 1
    with pytest.raises(tk.ValidationError):
        call_as(name, "odlocale_factor_remove", confirm="")
    call_as(name, "odlocale_factor_remove", confirm=PASSWORD)
    assert is_in(try_in(desk, name))
    assert verbs_of(name)[1] == "second factor removed"


def test_who_must_have_one_is_told_so_and_sets_another_up(
    town: Callable[[], Town],
    desk_of: Callable[[str | None], Desk],
    mailbox: Mailbox,
) -> None:
    name = town().agent
    desk = desk_of(name)
    with mock.patch.dict(tk.config, {"ckanext.odlocale.second_factor": "everybody"}):
        begun = desk.get(PAGE).post(f"{PAGE}/commencer", {"confirm": PASSWORD})
        secret = re.search(r'id="secret"[^>]*value="([A-Z2-7]+)"', begun.page)
        assert secret
        begun.post(f"{PAGE}/activer", {"typed": pyotp.TOTP(secret.group(1)).now()})
        assert "à la prochaine connexion" in desk.get(PAGE).page
        desk.post(f"{PAGE}/retirer", {"confirm": WRONG})
        assert 'href="#confirm-remove"' in desk.page
        desk.post(f"{PAGE}/retirer", {"confirm": PASSWORD})
        assert not second_factor.is_set(id_of(name))
        again = try_in(desk_of(None), name)
        assert again.address == "/connexion/verification"
        assert "odl-qr" in again.page


def test_renewed_codes_replace_the_former(mailbox: Mailbox) -> None:
    name = account()
    former = set_up(name)
    assert second_factor.check(id_of(name), former[0])
    assert second_factor.codes_left(id_of(name)) == 7
    new = call_as(name, "odlocale_factor_renew_codes", confirm=PASSWORD)["codes"]
    assert not set(new) & set(former)
    assert not any(second_factor.check(id_of(name), one) for one in former)
    assert [second_factor.check(id_of(name), new[0]) for _ in range(2)] == [True, False]
    assert second_factor.codes_left(id_of(name)) == 7


def test_there_are_no_codes_without_a_second_factor(mailbox: Mailbox) -> None:
    name = account()
    with pytest.raises(tk.ValidationError):
        call_as(name, "odlocale_factor_renew_codes", confirm=PASSWORD)
    assert second_factor.codes_left(id_of(name)) == 0


@pytest.mark.parametrize("what", ["begin", "set", "remove", "renew_codes"])
def test_it_is_one_s_own_only(what: str, mailbox: Mailbox) -> None:
    name, other = account(), account()
    set_up(name)
    with pytest.raises(tk.NotAuthorized):
        call_as("", f"odlocale_factor_{what}", id=name, confirm=PASSWORD)
    # Another's name is not read at all.
    if what == "remove":
        call_as(other, "odlocale_factor_remove", id=name, confirm=PASSWORD)
    assert second_factor.is_set(id_of(name))
