"""Who works for a commune: invited, changed, removed, gone, back by a code."""

from __future__ import annotations

import datetime
import html
import json
import re
import secrets
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from unittest import mock

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.odlocale.people import (
    codes,
    inviting,
    joining_actions,
    rights,
    sending,
)
from ckanext.odlocale.people.contacts import people_of
from ckanext.odlocale.people.invitations import MOST_TO_ONE, read_list
from ckanext.odlocale.people.tables import Invitation, OfficialAddress
from tests.integration.mailbox import Mailbox
from tests.integration.people.conftest import (
    Desk,
    Epci,
    account,
    as_site,
    invite,
    manager_of,
    prove,
)
from tests.integration.publishing.conftest import Town, budget, call_as, send

PASSWORD = "trois mots sans rapport"


@pytest.fixture
def commune(town: Callable[[], Town]) -> Town:
    return town()


def letters_to(mailbox: Mailbox, address: str) -> list[str]:
    """The texts received at an address, the latest last."""
    found = []
    for one in mailbox.envelopes:
        if address in one.rcpt_tos:
            message = message_from_bytes(one.content, policy=default)
            assert isinstance(message, EmailMessage)
            body = message.get_body(("plain",))
            assert body is not None
            found.append(f"{message['Subject']}\n{body.get_content()}")
    return found


def link_of(letter: str) -> str:
    found = re.search(r"/invitation/[\w-]+", letter)
    assert found, letter
    return found.group()


def official(place: Town) -> str:
    """Give a commune its official address."""
    email = f"mairie-{place.code}@essai.example".lower()
    model.Session.merge(
        OfficialAddress(siren=place.siren, email=email, source="directory")
    )
    model.Session.commit()
    return email


def test_an_invitation_opens_the_desk_once(
    commune: Town, mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    email = f"nouvelle-{commune.code}@essai.example".lower()
    made = invite(manager_of(commune), commune, email)
    assert made["standing"] == "sent"
    (letter,) = letters_to(mailbox, email)
    link = link_of(letter)
    desk = desk_of(None)
    # Mail filters open links: nothing happens.
    assert desk_of(None).get(link).response.status_code == 200
    desk.get(link)
    assert email in desk.page
    code = prove(desk, link, mailbox)
    typed = {"fullname": "Anne Le Goff", "typed": code}
    weak = desk.post(link, {**typed, "password": "court"})
    assert weak.response.status_code == 400
    assert "Anne Le Goff" in weak.page
    assert code in weak.page
    desk.post(link, {**typed, "password": PASSWORD})
    assert desk.address == f"/publier/{commune.code}"
    user = model.User.by_email(email)
    assert rights.is_member(user.id, commune.org_id)
    assert desk_of(None).get(link).response.status_code == 404
    with pytest.raises(tk.ObjectNotFound):
        call_as("", "odlocale_invitation_accept", token=link.rpartition("/")[2],
                fullname="X", password=PASSWORD)  # fmt: skip


@pytest.mark.parametrize("spoilt", ["expired", "tampered", "cancelled", "replaced"])
def test_a_link_that_is_spoilt_opens_nothing(
    spoilt: str, commune: Town, mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    manager = manager_of(commune)
    email = f"{spoilt}-{commune.code}@essai.example".lower()
    made = invite(manager, commune, email)
    link = link_of(letters_to(mailbox, email)[-1])
    expected = 404
    if spoilt == "expired":
        row = model.Session.get(Invitation, made["id"])
        row.expires_at = row.sent_at - datetime.timedelta(days=1)
        model.Session.commit()
        expected = 410
    elif spoilt == "tampered":
        link = link[:-1] + ("a" if link[-1] != "a" else "b")
    elif spoilt == "cancelled":
        call_as(manager, "odlocale_invitation_cancel", id=made["id"])
    else:
        call_as(manager, "odlocale_invitation_resend", id=made["id"])
    desk = desk_of(None)
    assert desk.get(link).response.status_code == expected
    desk.post(link, {"fullname": "X", "password": PASSWORD})
    assert desk.response.status_code == expected
    assert model.User.by_email(email) is None
    if spoilt == "replaced":
        again = link_of(letters_to(mailbox, email)[-1])
        assert again != link
        assert desk_of(None).get(again).response.status_code == 200


def test_a_forwarded_link_opens_nothing_to_another_account(
    commune: Town,
    town: Callable[[], Town],
    mailbox: Mailbox,
    desk_of: Callable[[str | None], Desk],
) -> None:
    email = f"transmise-{commune.code}@essai.example".lower()
    invite(manager_of(commune), commune, email)
    link = link_of(letters_to(mailbox, email)[-1])
    other = town().agent
    desk = desk_of(other).get(link)
    desk.post(link, {})
    assert desk.response.status_code == 400
    assert "t•••••@essai.example" in desk.page
    assert not rights.is_member(model.User.get(other).id, commune.org_id)
    # Nor to who has no account, and not the mailbox: the code goes there.
    desk = desk_of(None).get(link)
    typed = {"fullname": "Quelqu’un d’autre", "password": PASSWORD}
    assert desk.post(link, typed).response.status_code == 400
    code = prove(desk, link, mailbox)
    assert mailbox.envelopes[-1].rcpt_tos == [email]
    wrong = "000 000" if code != "000 000" else "000 001"
    for left in (4, 3, 2, 1, 0, 0):
        page = desk.post(link, {**typed, "typed": wrong}).page
        assert ("Ce n’est pas le code" in html.unescape(page)) is bool(left)
    desk.post(link, {**typed, "typed": code})
    assert desk.response.status_code == 400, "five tries, not one more"
    assert model.User.by_email(email) is None
    # It still opens to whoever it was written to.
    assert desk_of(None).get(link).response.status_code == 200


@pytest.mark.parametrize(
    "name",
    ["Jean\nVotre compte est bloqué.", "Lisez https://evil.example", "www.evil.fr",
     "", "x" * 300, "A\0b"],
)  # fmt: skip
def test_a_letter_to_a_town_hall_says_nothing_that_a_stranger_wrote(
    name: str, commune: Town, mailbox: Mailbox
) -> None:
    address = official(commune)
    with pytest.raises(tk.ValidationError) as caught:
        call_as("", "odlocale_access_ask", code=commune.code, fullname=name,
                email="a@evil.example")  # fmt: skip
    assert list(caught.value.error_dict) == ["fullname"]
    assert letters_to(mailbox, address) == []


def test_those_whose_address_is_hidden_are_counted_together(
    commune: Town, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    official(commune)
    monkeypatch.setattr(joining_actions, "MAX_FROM_UNKNOWN", 0)
    with pytest.raises(tk.ValidationError):
        call_as("", "odlocale_access_ask", code=commune.code, fullname="Anne Le Goff",
                email="anne@essai.example")  # fmt: skip


def test_a_stranger_alone_shuts_no_town_hall_s_door(
    commune: Town, mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    address, door = official(commune), f"/rejoindre/{commune.code}"
    form = {"fullname": "Anne Le Goff", "email": "anne@essai.example"}

    def ask_from(place: str) -> int:
        desk = desk_of(None)
        desk.client.environ_base["REMOTE_ADDR"] = place
        before = len(letters_to(mailbox, address))
        desk.get(door).post(door, form)
        return len(letters_to(mailbox, address)) - before

    mark = f"2a01:cb{secrets.token_hex(1)}"
    # One line of IPv6 has as many addresses as it likes.
    stranger = [ask_from(f"{mark}::{n + 1}") for n in range(codes.MAX_FROM_ONE + 2)]
    assert stranger == [1, 1, 1, 0, 0]
    others = [ask_from(f"{mark}:{number + 2}::1") for number in range(8)]
    assert others == [1] * 7 + [0], "ten a day for a town hall"


def test_whoever_types_the_code_is_who_is_told_of(
    commune: Town, town: Callable[[], Town], mailbox: Mailbox
) -> None:
    manager, other = manager_of(commune), town().agent
    address = official(commune)
    asked = call_as("", "odlocale_access_ask", code=commune.code,
                    fullname="Jean Autre", email="jean@essai.example")  # fmt: skip
    found = re.search(r"[0-9]{3} [0-9]{3}", letters_to(mailbox, address)[-1])
    assert found
    call_as(other, "odlocale_access_confirm", id=asked["id"], typed=found[0])
    told = letters_to(mailbox, model.User.get(manager).email)[-1]
    assert model.User.get(other).display_name in told
    assert "Jean Autre" not in told


MEMBER = {"object_type": "user", "capacity": "admin"}


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("organization_member_create", {"username": "{other}", "role": "admin"}),
        ("group_member_create", {"username": "{other}", "role": "admin"}),
        ("member_create", {"object": "{other}", **MEMBER}),
        ("user_invite", {"email": "x@essai.example", "role": "admin"}),
        ("organization_patch", {"users": []}),
        ("organization_patch", {"users": [{"name": "{other}", "capacity": "admin"}]}),
        ("group_patch", {"users": []}),
        ("organization_update", {"users": []}),
    ],
    ids=str,
)
def test_core_puts_nobody_in_a_town_hall_behind_its_back(
    action: str, data: dict[str, Any], commune: Town, town: Callable[[], Town]
) -> None:
    manager, other = manager_of(commune), town().agent
    filled = json.loads(json.dumps(data).replace("{other}", other))
    named = {"group_id" if action == "user_invite" else "id": commune.org_id}
    before = {one.name for one, _ in people_of(commune.org_id)}
    with pytest.raises(tk.NotAuthorized):
        call_as(manager, action, **named, **filled)
    model.Session.rollback()
    assert {one.name for one, _ in people_of(commune.org_id)} == before


def test_nobody_reads_where_another_works(commune: Town, town: Any) -> None:
    for asker in ("", town().agent):
        for name in (commune.agent, "personne-de-ce-nom"):
            with pytest.raises(tk.NotAuthorized):
                call_as(asker, "organization_list_for_user", id=name)
    mine = call_as(commune.agent, "organization_list_for_user", id=commune.agent,
                   permission="create_dataset")  # fmt: skip
    assert [one["id"] for one in mine] == [commune.org_id]


def test_a_secretary_of_three_communes_has_one_account(
    town: Callable[[], Town], mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    places = [town(), town(), town()]
    first = places[0]
    email = model.User.get(first.agent).email
    for place in places[1:]:
        invite(manager_of(place), place, email)
        link = link_of(letters_to(mailbox, email)[-1])
        desk_of(first.agent).get(link).post(link, {})
        told = letters_to(mailbox, email)[-1]
        assert place.name in told, "the address that was invited learns who came in"
    home = desk_of(first.agent).get("/publier")
    assert all(one.name in html.unescape(home.page) for one in places)
    mine = call_as(first.agent, "odlocale_desk_list")
    assert {one["org_id"] for one in mine["collectivities"]} == {
        one.org_id for one in places
    }


def test_an_address_that_its_server_refuses_is_flagged(
    commune: Town, mailbox: Mailbox
) -> None:
    made = invite(manager_of(commune), commune, f"inconnu@{commune.code}.example.fr")
    assert made["standing"] == "refused"
    assert made["error"]


def test_nobody_is_invited_twice_nor_where_he_works(
    commune: Town, mailbox: Mailbox
) -> None:
    manager = manager_of(commune)
    email = f"deux-{commune.code}@essai.example".lower()
    invite(manager, commune, email)
    with pytest.raises(tk.ValidationError):
        invite(manager, commune, email.upper())
    agent = model.User.get(commune.agent)
    with pytest.raises(tk.ValidationError):
        invite(manager, commune, agent.email)
    with pytest.raises(tk.ValidationError):
        invite(manager, commune, "x@y.fr", role="animator")


def test_somebody_else_is_named_and_the_link_closes(
    commune: Town, mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    manager = manager_of(commune)
    email = f"partie-{commune.code}@essai.example".lower()
    invite(manager, commune, email)
    link = link_of(letters_to(mailbox, email)[0])
    desk = desk_of(None).get(link)
    desk.post(f"{link}/collegue", {"colleague": "collegue@essai.example"})
    assert desk.response.status_code == 200
    told = letters_to(mailbox, model.User.get(manager).email)
    assert "collegue@essai.example" in told[-1]
    assert desk_of(None).get(link).response.status_code == 404


def test_a_removed_agent_loses_all_at_once_and_leaves_all_behind(
    commune: Town, mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    manager = manager_of(commune)
    draft = send(commune, budget(commune.siret))
    open_desk = desk_of(commune.agent).get(f"/publier/{commune.code}")
    assert open_desk.response.status_code == 200
    agent = model.User.get(commune.agent)
    as_site("api_token_create", user=agent.name, name="vieux logiciel")
    call_as(
        manager, "odlocale_person_remove", org_id=commune.org_id, user=commune.agent
    )
    assert open_desk.get(f"/publier/{commune.code}").address == "/user/login"
    assert not model.Session.query(model.ApiToken).filter_by(user_id=agent.id).count()
    kept = call_as(manager, "odlocale_deposit_list", org_id=commune.org_id)
    assert [one["id"] for one in kept] == [draft["id"]]
    assert letters_to(mailbox, agent.email)


def test_the_last_one_leaves_the_atd_is_told_and_the_town_hall_comes_back(
    commune: Town, mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    draft = send(commune, budget(commune.siret))
    address = official(commune)
    for other, _ in people_of(commune.org_id):
        # CKAN's factory puts who made the organisation in it.
        if other.name != commune.agent:
            as_site(
                "organization_member_delete", id=commune.org_id, username=other.name
            )
    desk = desk_of(commune.agent).get(f"/equipe/{commune.code}")
    with mock.patch.dict(
        tk.config, {"ckanext.odlocale.contact_email": "atd@essai.example"}
    ):
        desk.post(f"/equipe/{commune.code}/partir", {})
    assert rights.ground_of(commune.agent, commune.org_id) is None
    assert any(commune.name in one for one in letters_to(mailbox, "atd@essai.example"))

    email = f"suivante-{commune.code}@essai.example".lower()
    desk = desk_of(None).get(f"/rejoindre/{commune.code}")
    desk.post(f"/rejoindre/{commune.code}", {"fullname": "Jean Le Dû", "email": email})
    assert address not in desk.page, "the whole address is told to nobody"
    code = re.search(r"\d{3}[\s\xa0]\d{3}", letters_to(mailbox, address)[-1])
    assert code
    for wrong in ("000 000", "111111"):
        refused = desk.post(f"/rejoindre/{commune.code}/code", {"typed": wrong})
        assert refused.response.status_code == 400
    desk.post(f"/rejoindre/{commune.code}/code", {"typed": code.group()})
    assert desk.response.status_code == 200
    link = link_of(letters_to(mailbox, email)[-1])
    desk.get(link).post(link, {"fullname": "Jean Le Dû", "password": PASSWORD})
    assert desk.address == f"/publier/{commune.code}"
    newcomer = model.User.by_email(email)
    seen = call_as(newcomer.name, "odlocale_deposit_show", id=draft["id"])
    assert seen["id"] == draft["id"]


def test_a_guessed_code_locks_after_five_tries(commune: Town, mailbox: Mailbox) -> None:
    address = official(commune)
    sent = call_as("", "odlocale_access_ask", code=commune.code, fullname="Qui",
                   email="qui@essai.example")  # fmt: skip
    code = re.search(r"\d{3}[\s\xa0]\d{3}", letters_to(mailbox, address)[-1])
    assert code
    wrong = "000000" if code.group()[0] != "0" else "999999"
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(tk.ValidationError) as caught:
            call_as("", "odlocale_access_confirm", id=sent["id"], typed=wrong)
        assert caught.value.error_dict["left"] == [str(left)]
    with pytest.raises(tk.ObjectNotFound):
        call_as("", "odlocale_access_confirm", id=sent["id"], typed=code.group())


def test_ten_codes_a_day_for_a_town_hall(commune: Town, mailbox: Mailbox) -> None:
    official(commune)
    asked = {"code": commune.code, "fullname": "Qui", "email": "qui@essai.example"}
    for _ in range(codes.MAX_A_DAY):
        call_as("", "odlocale_access_ask", **asked)
    with pytest.raises(tk.ValidationError):
        call_as("", "odlocale_access_ask", **asked)


def test_one_address_receives_so_many_invitations_a_day(
    commune: Town, mailbox: Mailbox
) -> None:
    manager = manager_of(commune)
    email = f"inondee-{commune.code}-{secrets.token_hex(3)}@essai.example".lower()
    for _ in range(MOST_TO_ONE):
        made = invite(manager, commune, email)
        call_as(manager, "odlocale_invitation_cancel", id=made["id"])
    with pytest.raises(tk.ValidationError) as refused:
        invite(manager, commune, email)
    assert "email" in refused.value.error_dict


def test_the_letter_says_who_invites(
    commune: Town, epci: Callable[..., Epci], mailbox: Mailbox
) -> None:
    above, manager = epci(commune), manager_of(commune)
    head = str(factories.Sysadmin()["name"])
    for name, fullname in ((manager, "Claire Martin"), (above.animator, "http://x.fr")):
        model.User.get(name).fullname = fullname
    model.Session.commit()
    for number, (by, said) in enumerate(
        (
            (manager, f"Claire Martin ({commune.name})"),
            # An address of the web is no name: the EPCI speaks for its animator.
            (above.animator, above.name),
            (head, str(tk.config["ckanext.odlocale.atd_name"])),
        )
    ):
        email = f"qui-invite-{number}-{commune.code}@essai.example"
        call_as(by, "odlocale_person_invite", org_id=commune.org_id, email=email,
                role="agent")  # fmt: skip
        letter = letters_to(mailbox, email)[-1]
        assert f"Hello, {said} opens a free access" in letter.replace("\n", " ")
        token = link_of(letter).rpartition("/")[2]
        shown = call_as("", "odlocale_invitation_show", token=token)
        assert shown["inviter"] == said


def test_core_s_page_of_members_leads_to_the_team(
    commune: Town, desk_of: Callable[[str | None], Desk]
) -> None:
    head = str(factories.Sysadmin()["name"])
    other = factories.Organization()
    where = f"/organization/manage_members/{commune.org_id}"
    assert desk_of(head).get(where).address == f"/equipe/{commune.code}"
    assert desk_of(manager_of(commune)).get(where).address == f"/equipe/{commune.code}"
    for stranger in (None, commune.agent, account()):
        assert desk_of(stranger).get(where).response.status_code == 403
    kept = desk_of(head).get(f"/organization/manage_members/{other['name']}")
    assert kept.address.endswith(other["name"])
    assert kept.response.status_code == 200


def test_the_last_responsable_is_warned_before_she_steps_down(
    commune: Town, desk_of: Callable[[str | None], Desk], mailbox: Mailbox
) -> None:
    for one, role in people_of(commune.org_id):
        if role == "admin":
            as_site("organization_member_delete", id=commune.org_id, username=one.name)
    manager = model.User.get(manager_of(commune))
    where = f"/equipe/{commune.code}/role"
    asked = {"user": manager.id, "role": "agent"}
    desk = desk_of(manager.name).get(f"/equipe/{commune.code}")
    assert "Vous seul" in desk.page
    desk.post(where, asked)
    assert 'name="sure"' in desk.page
    assert rights.is_direct_manager(manager.id, commune.org_id), "nothing is done yet"
    # Another's role, or one's own beside another's, is changed at once.
    other = model.User.get(manager_of(commune))
    desk.post(where, {"user": other.id, "role": "agent"})
    assert not rights.is_direct_manager(other.id, commune.org_id)
    desk.post(where, {**asked, "sure": "1"})
    assert not rights.is_direct_manager(manager.id, commune.org_id)


def test_an_epci_has_no_responsable_who_does_not_animate(
    commune: Town,
    epci: Callable[..., Epci],
    desk_of: Callable[[str | None], Desk],
) -> None:
    above = epci(commune)
    with pytest.raises(tk.ValidationError) as caught:
        call_as(above.animator, "odlocale_person_invite", org_id=above.org_id,
                email="x@essai.example", role="manager")  # fmt: skip
    assert "animator" in caught.value.error_dict["role"][0]
    page = desk_of(above.animator).get(f"/equipe/{above.code}").page
    assert "pas de responsable à part" in page


def test_another_commune_s_manager_touches_nothing(
    commune: Town, town: Callable[[], Town], mailbox: Mailbox
) -> None:
    made = invite(
        manager_of(commune), commune, f"a-{commune.code}@essai.example".lower()
    )
    stranger = manager_of(town())
    for user in (stranger, commune.agent, account(), ""):
        for action, data in (
            ("odlocale_invitation_cancel", {"id": made["id"]}),
            ("odlocale_invitation_resend", {"id": made["id"]}),
            ("odlocale_person_remove",
             {"org_id": commune.org_id, "user": commune.agent}),
            ("odlocale_person_change",
             {"org_id": commune.org_id, "user": commune.agent, "role": "manager"}),
            ("odlocale_person_invite",
             {"org_id": commune.org_id, "email": "b@c.fr", "role": "agent"}),
        ):  # fmt: skip
            with pytest.raises(tk.NotAuthorized):
                call_as(user, action, **data)


def test_a_list_is_invited_once_and_resumed_where_the_server_died(
    town: Callable[[], Town], mailbox: Mailbox
) -> None:
    places = [town() for _ in range(12)]
    lines = "\n".join(
        f"{one.code};liste-{one.code}@essai.example".lower() for one in places
    )
    listed = read_list(f"code;email\n{lines}\n99999;x@y.fr\n".encode().upper())
    plan = inviting.plan_list(listed)
    assert (len(plan.invited), [reason for _, reason in plan.aside]) == (12, ["code"])
    assert inviting.invite_list(plan, None) == 12
    assert inviting.plan_list(listed).invited == ()
    assert inviting.invite_list(plan, None) == 0, "the same plan twice"

    mailbox.dies_after = 5
    with pytest.raises(sending.ServerOutOfReach):
        sending.send_waiting(per_minute=0)
    before = sorted(to for one in mailbox.envelopes for to in one.rcpt_tos)
    assert len(before) == 5
    mailbox.dies_after = None
    sending.send_waiting(per_minute=0)
    received = [to for one in mailbox.envelopes for to in one.rcpt_tos]
    ours = [to for to in received if to.startswith("liste-")]
    assert len(ours) == len(set(ours)), "nobody is written to twice"
    unsure = model.Session.query(Invitation).filter(
        Invitation.state == "unknown", Invitation.email.startswith("liste-")
    )
    assert len(set(ours)) + unsure.count() == 12


def test_an_animator_of_the_epci_invites_below_and_an_agent_does_not(
    commune: Town, epci: Callable[..., Epci], mailbox: Mailbox
) -> None:
    above = epci(commune)
    email = f"epci-{commune.code}@essai.example".lower()
    assert invite(above.animator, commune, email)["standing"] == "sent"
    with pytest.raises(tk.NotAuthorized):
        invite(above.agent, commune, "autre@essai.example")
