"""Two people change a team at once, or somebody goes while he acts."""

from __future__ import annotations

import contextlib
import datetime
import secrets
import threading
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from ckan import model
from ckan.plugins import toolkit as tk

from ckanext.odlocale.people import members, rights, sending
from ckanext.odlocale.people.tables import Invitation, Token
from tests.integration.mailbox import Mailbox
from tests.integration.people.conftest import invite, manager_of
from tests.integration.publishing.conftest import Town, call_as


@pytest.fixture
def commune(town: Callable[[], Town]) -> Town:
    return town()


@pytest.mark.parametrize("way", ["our page", "CKAN's own", "made an agent"])
def test_two_responsables_who_remove_each_other_at_once_are_one_after_the_other(
    commune: Town, mailbox: Mailbox, app: Any, way: str
) -> None:
    """Whoever comes second has lost the right meanwhile, though he had it when he
    asked."""
    pair = [manager_of(commune), manager_of(commune)]
    ids = {name: model.User.get(name).id for name in pair}
    model.Session.remove()
    asked, checked = threading.Barrier(2), threading.Barrier(2)
    hold_team, require_manager = members.hold_team, members.require_manager
    ends = dict[str, str]()

    def hold(org_id: str) -> None:
        # Both had the right when they asked.
        asked.wait(timeout=10)
        hold_team(org_id)

    def require(user: str, org_id: str) -> None:
        # Both would be here together, did the second not wait for the first.
        require_manager(user, org_id)
        with contextlib.suppress(threading.BrokenBarrierError):
            checked.wait(timeout=1)

    def work(one: str, other: str) -> None:
        with app.flask_app.test_request_context():
            try:
                if way == "our page":
                    call_as(one, "odlocale_person_remove", org_id=commune.org_id,
                            user=other)  # fmt: skip
                elif way == "made an agent":
                    call_as(one, "odlocale_person_change", org_id=commune.org_id,
                            user=other, role="agent")  # fmt: skip
                else:
                    call_as(one, "organization_member_delete", id=commune.org_id,
                            username=other)  # fmt: skip
                ends[one] = "done"
            except tk.NotAuthorized:
                ends[one] = "refused"
            finally:
                model.Session.remove()

    with mock.patch.multiple(members, hold_team=hold, require_manager=require):
        threads = [
            threading.Thread(target=work, args=names) for names in (pair, pair[::-1])
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(ends.values()) == ["done", "refused"]
    (stays,) = [one for one, end in ends.items() if end == "done"]
    assert rights.is_direct_manager(ids[stays], commune.org_id)


@pytest.mark.parametrize("way", ["removed", "made an agent", "left"])
def test_who_goes_does_not_come_back_by_an_invitation(
    way: str, commune: Town, mailbox: Mailbox
) -> None:
    """Nor by one at his own address, nor by one that he made for another of his."""
    manager, goes = manager_of(commune), manager_of(commune)
    own = model.User.get(goes).email
    model.Session.add(Invitation(
        org_id=commune.org_id, email=own, capacity="admin", state="sent",
        token_hash=f"own-{way}",
    ))  # fmt: skip
    model.Session.commit()
    second = f"seconde-{commune.code}-{secrets.token_hex(3)}@essai.example".lower()
    made = invite(goes, commune, second, "manager")
    if way == "removed":
        call_as(manager, "odlocale_person_remove", org_id=commune.org_id, user=goes)
    elif way == "left":
        call_as(goes, "odlocale_person_leave", org_id=commune.org_id)
    else:
        call_as(manager, "odlocale_person_change", org_id=commune.org_id, user=goes,
                role="agent")  # fmt: skip
    model.Session.expire_all()
    state = model.Session.get(Invitation, made["id"]).state
    # Who leaves by himself may have invited who follows him.
    assert state == ("sent" if way == "left" else "cancelled")
    left = model.Session.query(Invitation).filter_by(email=own, org_id=commune.org_id)
    assert left.one().state == "cancelled"


def test_an_invitation_that_is_cancelled_while_its_letter_leaves_stays_cancelled(
    commune: Town, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager, real = manager_of(commune), sending.send
    email = f"annulee-{commune.code}@essai.example".lower()

    def leave(*letter: Any, **options: Any) -> None:
        row = model.Session.query(Invitation).filter_by(email=email).one()
        call_as(manager, "odlocale_invitation_cancel", id=row.id)
        real(*letter, **options)

    monkeypatch.setattr(sending, "send", leave)
    invite(manager, commune, email)
    model.Session.expire_all()
    row = model.Session.query(Invitation).filter_by(email=email).one()
    assert (row.state, row.token_hash) == ("cancelled", None)


@pytest.mark.parametrize("does", ["invite", "resend", "cancel", "token"])
def test_who_is_removed_while_he_does_it_does_nothing(
    does: str, commune: Town, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """He had the right when he asked, and no more once the team is held."""
    goes, real = manager_of(commune), members.hold_team
    email = f"tard-{commune.code}@essai.example".lower()
    made = invite(manager_of(commune), commune, f"avant-{email}")
    letters = len(mailbox.envelopes)

    def hold(org_id: str) -> None:
        real(org_id)
        members.drop_capacity(org_id, model.User.get(goes).id)

    def act() -> None:
        if does == "invite":
            invite(goes, commune, email)
        elif does == "token":
            until = datetime.date.today() + datetime.timedelta(days=30)
            call_as(goes, "odlocale_token_create", org_id=commune.org_id, name="Paie",
                    verbs=["publish"], until=until.isoformat())  # fmt: skip
        else:
            call_as(goes, f"odlocale_invitation_{does}", id=made["id"])

    # He may, but for what comes between.
    assert rights.may_manage(goes, commune.org_id)
    monkeypatch.setattr(members, "hold_team", hold)
    with pytest.raises(tk.NotAuthorized):
        act()
    model.Session.expire_all()
    assert model.Session.query(Invitation).filter_by(email=email).count() == 0
    assert model.Session.get(Invitation, made["id"]).state == "sent"
    assert model.Session.query(Token).filter_by(org_id=commune.org_id).count() == 0
    assert len(mailbox.envelopes) == letters
    # Without it, it is done: the call itself is right.
    monkeypatch.setattr(members, "hold_team", real)
    act()
