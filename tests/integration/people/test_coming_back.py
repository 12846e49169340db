"""Who was stopped, removed or shut out comes back by nothing that was left open."""

from __future__ import annotations

import datetime
import io
import re
import uuid
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pyotp
import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.odlocale.base.journal import JournalLine
from ckanext.odlocale.people import inviting, rights, second_factor
from ckanext.odlocale.people.invitations import MOST_TO_ONE, Line
from ckanext.odlocale.people.mandate_limits import MAX_A_DAY, MAX_GIVEN
from ckanext.odlocale.people.tables import Invitation
from ckanext.odlocale.people.team_actions import MOST_ROLES
from tests.integration.mailbox import Mailbox
from tests.integration.people.conftest import (
    Desk,
    Epci,
    account,
    as_site,
    invite,
    manager_of,
)
from tests.integration.publishing.conftest import (
    PASSWORD,
    Town,
    budget,
    call_as,
    send,
)

Open = Callable[[str | None], Desk]
TODAY = datetime.date.today()
PERIOD = {
    "since": TODAY.isoformat(),
    "until": (TODAY + datetime.timedelta(days=300)).isoformat(),
}

LATER = (TODAY + datetime.timedelta(days=700)).isoformat()


@pytest.fixture
def commune(town: Callable[[], Town]) -> Town:
    return town()


def half_in(desk: Desk, name: str) -> Desk:
    """Give the password, and not yet the second factor."""
    desk.get("/user/login").post("/user/login", {"login": name, "password": PASSWORD})
    assert desk.address == "/connexion/verification"
    return desk


def secret_on(desk: Desk) -> str:
    found = re.search(r'id="secret"[^>]*value="([A-Z2-7]+)"', desk.page)
    assert found
    return found.group(1)


@pytest.mark.parametrize("change", ["password", "sessions", "factor"])
def test_a_login_half_done_ends_with_what_it_began_with(
    change: str, commune: Town, epci: Callable[..., Epci], asked: None, desk_of: Open
) -> None:
    above = epci(commune)
    user = model.User.get(above.animator)
    if change == "factor":
        secret = second_factor.begin(user.id)
        assert second_factor.confirm(user.id, pyotp.TOTP(secret).now())
    thief = half_in(desk_of(None), above.animator)
    if change == "password":
        as_site("user_update", id=user.id, name=user.name, email=user.email,
                fullname=user.fullname, password="cheval agrafe batterie")  # fmt: skip
    elif change == "sessions":
        call_as(above.animator, "odlocale_account_end_sessions")
    else:
        second_factor.remove(user.id)
        model.Session.commit()
    assert thief.get("/connexion/verification").address == "/user/login"
    thief.post("/connexion/verification", {"typed": "000000"})
    assert thief.address == "/user/login"
    assert not second_factor.is_set(user.id)


def test_the_secret_that_one_login_shows_is_no_other_login_s(
    commune: Town, epci: Callable[..., Epci], asked: None, desk_of: Open
) -> None:
    """Whoever knows the password saw another drawing than the owner."""
    above = epci(commune)
    thief, owner = (half_in(desk_of(None), above.animator) for _ in range(2))
    shown = [secret_on(one.get("/connexion/verification")) for one in (thief, owner)]
    assert shown[0] != shown[1]
    assert secret_on(owner.get("/connexion/verification")) == shown[1], "kept meanwhile"
    owner.post("/connexion/verification", {"typed": pyotp.TOTP(shown[1]).now()})
    assert owner.get("/publier").address == "/publier"
    thief.post("/connexion/verification", {"typed": pyotp.TOTP(shown[0]).now()})
    assert thief.get("/publier").address != "/publier"


def give(user: str, place: Town, named: str, **more: Any) -> dict[str, Any]:
    asked = {"org_id": place.org_id, "holder": "agent", "holder_id": named, **PERIOD}
    return dict(call_as(user, "odlocale_mandate_create", **asked, **more))


def test_nobody_gives_oneself_a_mandate(
    commune: Town, epci: Callable[..., Epci], mailbox: Mailbox
) -> None:
    above, manager = epci(commune), manager_of(commune)
    deed = io.BytesIO(b"%PDF-1.4 signed")
    for who, more in ((manager, {}), (above.animator, {"document": deed})):
        with pytest.raises(tk.ValidationError) as caught:
            give(who, commune, who, **more)
        assert "holder_id" in caught.value.error_dict
    # Asked for as a stranger, it is not accepted as a responsable.
    late = account()
    one = give(late, commune, late)
    as_site("organization_member_create", id=commune.org_id, username=late,
            role="admin")  # fmt: skip
    with pytest.raises(tk.ValidationError):
        call_as(late, "odlocale_mandate_settle", id=one["id"], accept=True)
    given = call_as(manager, "odlocale_mandate_settle", id=one["id"], accept=True)
    assert given["standing"] == "current"
    again = call_as(late, "odlocale_mandate_renew", id=one["id"], until=LATER)
    assert again["standing"] == "asked"


@pytest.mark.parametrize("way", ["removed", "left", "core"])
def test_who_goes_keeps_no_mandate_of_the_place(
    way: str, commune: Town, mailbox: Mailbox
) -> None:
    manager, goes = manager_of(commune), account()
    one = give(goes, commune, goes)
    call_as(manager, "odlocale_mandate_settle", id=one["id"], accept=True)
    as_site("organization_member_create", id=commune.org_id, username=goes,
            role="admin")  # fmt: skip
    until = PERIOD["until"]
    call_as(goes, "odlocale_token_create", org_id=commune.org_id, name="Paie 2000",
            verbs=["publish"], until=until)  # fmt: skip
    if way == "removed":
        call_as(manager, "odlocale_person_remove", org_id=commune.org_id, user=goes)
    elif way == "left":
        call_as(goes, "odlocale_person_leave", org_id=commune.org_id)
    else:
        call_as(manager, "organization_member_delete", id=commune.org_id,
                username=goes)  # fmt: skip
    assert rights.ground_of(goes, commune.org_id) is None
    with pytest.raises(tk.NotAuthorized):
        call_as(goes, "odlocale_deposit_create", org_id=commune.org_id,
                upload=io.BytesIO(budget(commune.siret)), filename="a.csv")  # fmt: skip
    shown = call_as(manager, "odlocale_mandate_show", id=one["id"])
    assert shown["standing"] == "ended"
    lines = model.Session.query(JournalLine).filter_by(
        object_id=one["id"], verb="mandate ended"
    )
    assert lines.count() == 1
    # Whoever stays reads which software goes on by him.
    assert "Paie 2000" in text_of(mailbox.envelopes[-1].content)


def test_an_animator_who_is_removed_comes_back_by_no_invitation_below(
    commune: Town, town: Callable[[], Town], epci: Callable[..., Epci], mailbox: Mailbox
) -> None:
    other = town()
    above = epci(commune, other)
    goes, stays = account(above.org_id, "admin"), above.animator
    as_site("organization_member_create", id=other.org_id, username=goes,
            role="admin")  # fmt: skip
    own = str(model.User.get(goes).email)
    kept = invite(goes, other, f"garde-{other.code}@essai.example".lower())
    second = invite(goes, commune, f"second-{commune.code}@essai.example".lower())
    himself = invite(goes, commune, own)
    theirs = invite(stays, commune, f"autre-{commune.code}@essai.example".lower())
    call_as(stays, "odlocale_person_remove", org_id=above.org_id, user=goes)
    model.Session.expire_all()
    states = [
        model.Session.get(Invitation, one["id"]).state
        for one in (second, himself, theirs, kept)
    ]
    # Where he is still in charge himself, what he did there holds.
    assert states == ["cancelled", "cancelled", "sent", "sent"]


def test_renewing_and_taking_back_is_no_way_to_send_letters(
    commune: Town, mailbox: Mailbox
) -> None:
    manager, helper = manager_of(commune), account()
    one = give(helper, commune, helper)
    call_as(manager, "odlocale_mandate_settle", id=one["id"], accept=True)

    def renew() -> None:
        again = call_as(helper, "odlocale_mandate_renew", id=one["id"], until=LATER)
        call_as(helper, "odlocale_mandate_end", id=again["id"])

    # The first of the day was asked above.
    for _ in range(MAX_A_DAY - 1):
        renew()
    with pytest.raises(tk.ValidationError) as caught:
        renew()
    assert "message" in caught.value.error_dict


def test_who_gives_mandates_sends_no_crowd_of_letters_either(
    commune: Town, epci: Callable[..., Epci], mailbox: Mailbox
) -> None:
    above, manager = epci(commune), manager_of(commune)
    asked = {"org_id": commune.org_id, "holder": "organization",
             "holder_id": above.code, **PERIOD}  # fmt: skip

    def give_and_end(who: str) -> None:
        one = call_as(who, "odlocale_mandate_create", **asked)
        call_as(who, "odlocale_mandate_end", id=one["id"])

    for _ in range(MAX_GIVEN):
        give_and_end(manager)
    # Nor does a colleague, for the same place.
    for who in (manager, manager_of(commune)):
        with pytest.raises(tk.ValidationError) as caught:
            give_and_end(who)
        assert "message" in caught.value.error_dict


def test_a_role_changes_so_many_times_a_day(commune: Town, mailbox: Mailbox) -> None:
    manager, person = manager_of(commune), account(commune.org_id, "editor")

    def change(role: str) -> None:
        call_as(manager, "odlocale_person_change", org_id=commune.org_id, user=person,
                role=role)  # fmt: skip

    for number in range(MOST_ROLES):
        change("agent" if number % 2 else "manager")
    with pytest.raises(tk.ValidationError):
        change("manager")
    # He is taken out all the same.
    call_as(manager, "odlocale_person_remove", org_id=commune.org_id, user=person)


@pytest.mark.parametrize("way", ["demoted", "deleted", "erased"])
def test_an_administrator_who_is_stopped_comes_back_by_no_invitation(
    way: str, commune: Town, mailbox: Mailbox
) -> None:
    goes, stays = (str(factories.Sysadmin()["name"]) for _ in range(2))
    one = invite(goes, commune, f"second-{way}-{commune.code}@essai.example".lower())
    theirs = invite(stays, commune, f"garde-{way}-{commune.code}@essai.example".lower())
    if way == "demoted":
        call_as(stays, "user_patch", id=goes, sysadmin=False)
    elif way == "deleted":
        call_as(stays, "user_delete", id=goes)
    else:
        call_as(stays, "odlocale_person_erase", id=goes, confirm=goes, apply=True)
    model.Session.expire_all()
    states = [model.Session.get(Invitation, row["id"]).state for row in (one, theirs)]
    assert states == ["cancelled", "sent"]


def test_who_sets_a_factor_up_while_coming_in_is_written_to(
    commune: Town, epci: Callable[..., Epci], asked: None, mailbox: Mailbox,
    desk_of: Open,
) -> None:  # fmt: skip
    """Whoever stole the password of an account without one does not do it unseen."""
    above = epci(commune)
    desk = half_in(desk_of(None), above.animator)
    secret = secret_on(desk.get("/connexion/verification"))
    letters = len(mailbox.envelopes)
    desk.post("/connexion/verification", {"typed": pyotp.TOTP(secret).now()})
    assert len(mailbox.envelopes) == letters + 1
    assert mailbox.envelopes[-1].rcpt_tos == [model.User.get(above.animator).email]


def test_a_role_that_is_given_again_tells_nobody(
    commune: Town, mailbox: Mailbox
) -> None:
    manager = manager_of(commune)
    before, letters = _lines_of(commune), len(mailbox.envelopes)
    for _ in range(3):
        call_as(manager, "odlocale_person_change", org_id=commune.org_id,
                user=commune.agent, role="agent")  # fmt: skip
    assert (_lines_of(commune), len(mailbox.envelopes)) == (before, letters)
    call_as(manager, "odlocale_person_change", org_id=commune.org_id,
            user=commune.agent, role="manager")  # fmt: skip
    assert _lines_of(commune) == before + 1


def text_of(content: bytes) -> str:
    """What a letter says, in its plain part."""
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def _lines_of(place: Town) -> int:
    return int(model.Session.query(JournalLine).filter_by(org_id=place.org_id).count())


def test_a_list_fills_nobody_s_mailbox(
    town: Callable[[], Town], epci: Callable[..., Epci], mailbox: Mailbox
) -> None:
    places = [town() for _ in range(MOST_TO_ONE + 3)]
    above = epci(*places)
    # Its own at each run: letters to one address are counted for a day.
    email = f"victime-{uuid.uuid4().hex[:12]}@essai.example"
    lines = [
        Line(number, one.code, email, "", "agent")
        for number, one in enumerate(places, 1)
    ]
    plan = inviting.plan_list(lines)
    assert len(plan.invited) == MOST_TO_ONE
    assert {reason for _, reason in plan.aside} == {"crowd"}
    assert inviting.invite_list(plan, None) == MOST_TO_ONE
    # Nor do a second list, and single invitations, after it.
    again = inviting.plan_list(lines[MOST_TO_ONE:])
    assert len(again.invited) == 3
    assert inviting.invite_list(again, None) == 0
    with pytest.raises(tk.ValidationError):
        invite(above.animator, places[-1], email)
    written = model.Session.query(Invitation).filter_by(email=email).count()
    assert written == MOST_TO_ONE


def test_two_people_of_one_name_are_told_apart_in_the_journal(
    commune: Town, mailbox: Mailbox
) -> None:
    manager, one, two = (manager_of(commune) for _ in range(3))
    for name in (one, two):
        call_as(name, "user_patch", id=name, fullname="Anne Le Goff")
    sent = send(commune, budget(commune.siret))
    assert sent
    listed = call_as(manager, "odlocale_journal_list", org_id=commune.org_id)["lines"]
    renamed = {line["who"] for line in listed if "Anne Le Goff" in line["who"]}
    assert len(renamed) == 2
    # An agent, who may not write to them all, reads names without addresses.
    listed = call_as(commune.agent, "odlocale_journal_list", org_id=commune.org_id)
    assert all("@" not in line["who"] for line in listed["lines"])
