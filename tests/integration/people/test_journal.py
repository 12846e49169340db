"""The journal: read by those concerned, never changed, erased in its time."""

from __future__ import annotations

import csv
import datetime
import html
import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.odlocale.base import journal
from ckanext.odlocale.base.journal import JournalLine
from ckanext.odlocale.people import retention
from tests.integration.mailbox import Mailbox
from tests.integration.people.conftest import (
    Desk,
    Epci,
    account,
    as_site,
    manager_of,
)
from tests.integration.people.test_mandates import ask
from tests.integration.people.test_team import letters_to
from tests.integration.publishing.conftest import (
    PASSWORD,
    Town,
    budget,
    call_as,
    publish,
)


@pytest.fixture
def commune(town: Callable[[], Town]) -> Town:
    return town()


def lines_of(who: str, place: Town) -> list[dict[str, object]]:
    listed = call_as(who, "odlocale_journal_list", org_id=place.org_id, limit=1000)
    return list(listed["lines"])


def test_who_published_is_told_and_on_whose_behalf(
    commune: Town,
    epci: Callable[..., Epci],
    town: Callable[[], Town],
    desk_of: Callable[[str | None], Desk],
) -> None:
    publish(commune, budget(commune.siret))
    above = epci(commune)
    content = io.BytesIO(budget(commune.siret, year=2021))
    sent = {"org_id": commune.org_id, "upload": content, "filename": "b.csv"}
    call_as(above.animator, "odlocale_deposit_create", **sent)
    lines = lines_of(commune.agent, commune)
    assert [(one["verb"], one["on_behalf"]) for one in lines][:2] == [
        ("deposited", True),
        ("published", False),
    ]
    page = desk_of(commune.agent).get(f"/equipe/{commune.code}/journal").page
    assert "pour le compte de" in page
    # Who leaves, or comes, changes nothing of what was done.
    leaver, told = account(commune.org_id, "editor"), lines
    call_as(
        leaver,
        "odlocale_deposit_create",
        org_id=commune.org_id,
        upload=io.BytesIO(budget(commune.siret, year=2020)),
        filename="c.csv",
    )
    call_as(leaver, "odlocale_person_leave", org_id=commune.org_id)
    as_site(
        "organization_member_create",
        id=commune.org_id,
        username=above.animator,
        role="editor",
    )
    desk = desk_of(commune.agent)
    lines = lines_of(commune.agent, commune)
    assert [one["on_behalf"] for one in lines[-len(told) :]] == [
        one["on_behalf"] for one in told
    ]
    deposited = [one for one in lines if one["verb"] == "deposited"]
    assert deposited[0]["on_behalf"] is False
    table = desk.get(f"/equipe/{commune.code}/journal.csv")
    rows = list(csv.reader(io.StringIO(table.response.data.decode("utf-8-sig"))))
    assert len(rows) == 1 + len(lines)
    for stranger in (town().agent, above.agent, account(), ""):
        with pytest.raises(tk.NotAuthorized):
            lines_of(stranger, commune)


def test_whom_is_named_and_the_address_is_for_who_may_invite(
    commune: Town, epci: Callable[..., Epci], mailbox: Mailbox
) -> None:
    above, manager = epci(commune), manager_of(commune)
    paul = f"paul-{commune.code}@essai.example"
    call_as(manager, "odlocale_person_invite", org_id=commune.org_id, email=paul,
            fullname="Paul Durand", role="agent")  # fmt: skip
    call_as(manager, "odlocale_person_invite", org_id=commune.org_id,
            email=f"sans-nom-{paul}", role="manager")  # fmt: skip
    call_as(manager, "odlocale_person_change", org_id=commune.org_id,
            user=commune.agent, role="manager")  # fmt: skip
    helper = account(email=f"aide-{paul}")
    asked = ask(helper, commune, "agent", helper, until="2027-06-30")
    call_as(manager, "odlocale_mandate_settle", id=asked["id"], accept=True)
    given = ask(manager, commune, "organization", above.code, until="2027-06-30")
    call_as(manager, "odlocale_mandate_end", id=given["id"])
    colleague = account(commune.org_id, "editor")

    def said(who: str) -> list[str]:
        lines = lines_of(who, commune)[:7]
        return [str(one["sentence"]) for one in lines]

    lines = lines_of(manager, commune)
    # Who asks is not of the commune, and does not act for it.
    assert not any(one["on_behalf"] for one in lines if one["verb"] == "mandate asked")
    agent, person = (shown_as(one) for one in (commune.agent, helper))
    assert said(manager) == [
        f"ended the mandate of {above.name}: Budget, foreseen until 30 juin 2027",
        f"gave a mandate to {above.name}: Budget, until 30 juin 2027",
        f"accepted the mandate of {person}: Budget, until 30 juin 2027",
        f"asked a mandate for {person}: Budget, until 30 juin 2027",
        f"changed the role of {agent} (role: manager)",
        f"invited sans-nom-{paul} (role: manager)",
        f"invited Paul Durand ({paul}) (role: agent)",
    ]
    assert "@" not in "".join(said(colleague)[:5])
    assert said(colleague)[5:] == [
        "invited s•••••@essai.example (role: manager)",
        "invited Paul Durand (role: agent)",
    ]
    # Whoever has her account erased is nobody in what was done before.
    as_site("odlocale_person_erase", id=helper, apply=True, confirm=helper)
    assert person not in "".join(said(manager))
    assert "mandate for somebody whose account is closed: Budget" in said(manager)[3]


def test_a_software_and_a_helper_act_on_behalf_but_not_of_themselves(
    commune: Town, mailbox: Mailbox
) -> None:
    manager, helper = manager_of(commune), account()
    one = ask(manager, commune, "agent", helper)
    call_as(helper, "odlocale_mandate_end", id=one["id"])
    journal.record("deposited", user_id=None, org_id=commune.org_id,
                   object_type="deposit", object_id="x",
                   detail={"software": "Mairie+"})  # fmt: skip
    model.Session.commit()
    said = [(one["verb"], one["who"], one["on_behalf"])
            for one in lines_of(manager, commune)]  # fmt: skip
    assert said[:2] == [
        ("deposited", "The software Mairie+", True),
        ("mandate ended", shown_as(helper), False),
    ]


def shown_as(name: str) -> str:
    user = model.User.get(name)
    return f"{user.display_name} ({user.email})"


def verbs_of(who: str, action: str = "odlocale_journal_own") -> list[str]:
    return [one["verb"] for one in call_as(who, action, limit=50)["lines"]]


def test_each_reads_his_own_account_and_administrators_read_all(
    commune: Town, desk_of: Callable[[str | None], Desk]
) -> None:
    person, other = account(), account()
    head = str(factories.Sysadmin()["name"])
    call_as(person, "odlocale_account_end_sessions")
    call_as(head, "odlocale_account_reset_factor", id=person)
    assert verbs_of(person) == ["second factor reset", "sessions ended"]
    assert verbs_of(other) == []
    assert verbs_of(head, "odlocale_journal_portal")[:2] == verbs_of(person)
    for stranger in (person, commune.agent, ""):
        with pytest.raises(tk.NotAuthorized):
            verbs_of(stranger, "odlocale_journal_portal")
    with pytest.raises(tk.NotAuthorized):
        verbs_of("")
    desk = desk_of(person).get("/compte/journal")
    assert "a fermé toutes les sessions" in desk.page
    rows = desk.get("/compte/journal.csv").response.data.decode("utf-8-sig")
    # The line of his own login came meanwhile.
    assert len(list(csv.reader(io.StringIO(rows)))) == 1 + len(verbs_of(person))
    assert desk.get("/equipe/journal").response.status_code == 403
    assert desk.get("/equipe/journal.csv").response.status_code == 403
    portal = desk_of(head).get("/equipe/journal")
    assert shown_as(person) in html.unescape(portal.page)
    sent = portal.get("/equipe/journal.csv").response.data.decode("utf-8-sig")
    assert shown_as(person) in sent


def own_lines(who: str) -> list[tuple[str, str]]:
    listed = call_as(who, "odlocale_journal_own", limit=1000)["lines"]
    return [(str(one["sentence"]), str(one["for"])) for one in listed]


def test_one_reads_what_one_did_and_what_names_one_and_for_whom(
    commune: Town, mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    manager, helper = manager_of(commune), account()
    publish(commune, budget(commune.siret))
    call_as(manager, "odlocale_person_change", org_id=commune.org_id,
            user=commune.agent, role="manager")  # fmt: skip
    asked = ask(helper, commune, "agent", helper, until="2027-06-30")
    call_as(manager, "odlocale_mandate_settle", id=asked["id"], accept=True)
    agent, named = (model.User.get(one).display_name for one in (commune.agent, helper))
    said = own_lines(commune.agent)
    assert (f"changed the role of {agent} (role: manager)", commune.name) == said[0]
    published = [place for sentence, place in said if sentence.startswith("published")]
    assert published == [commune.name]
    # Who decided on her mandate names her; of all the rest she reads nothing.
    assert own_lines(helper) == [
        (f"accepted the mandate of {named}: Budget, until 30 juin 2027", commune.name),
        (f"asked a mandate for {named}: Budget, until 30 juin 2027", commune.name),
    ]
    assert own_lines(account()) == []
    desk = desk_of(helper).get("/compte/journal")
    assert commune.name in html.unescape(desk.page)
    sent = desk.get("/compte/journal.csv").response.data.decode("utf-8-sig")
    assert commune.name in sent


def test_a_line_that_counts_data_is_read_among_the_others(commune: Town) -> None:
    atd = factories.Sysadmin()["name"]
    call_as(atd, "odlocale_target_set",
            codes=[commune.code], schemas=["budget"], target="portal")  # fmt: skip
    lines = call_as(atd, "odlocale_journal_portal", limit=1)
    assert lines["lines"][0]["sentence"] == "said where data are published"


def test_who_left_no_longer_reads_how_hidden_data_are_called(commune: Town) -> None:
    agent = commune.agent
    made = call_as(agent, "package_create", name=f"secret-{commune.code}",
                   title="Arbres", notes="Les arbres.", license_id="lov2",
                   owner_org=commune.org_id, private=False)  # fmt: skip
    call_as(agent, "package_patch", id=made["id"], private=True, title="Caché")
    assert own_lines(agent)[0] == ("withdrew: Caché", commune.name)
    call_as(agent, "odlocale_person_leave", org_id=commune.org_id)
    said = [sentence for sentence, _ in own_lines(agent)]
    assert "withdrew: a file" in said
    assert "Caché" not in "".join(said)


def test_who_holds_a_mandate_reads_what_became_of_it(
    commune: Town,
    epci: Callable[..., Epci],
    mailbox: Mailbox,
    desk_of: Callable[[str | None], Desk],
) -> None:
    above, manager = epci(commune), manager_of(commune)
    publish(commune, budget(commune.siret))
    given = ask(manager, commune, "organization", above.code, until="2027-06-30")
    content = io.BytesIO(budget(commune.siret, year=2021))
    call_as(above.agent, "odlocale_deposit_create", org_id=commune.org_id,
            upload=content, filename="b.csv")  # fmt: skip
    call_as(manager, "odlocale_mandate_end", id=given["id"])
    until = f"mandate of {above.name}: Budget, foreseen until 30 juin 2027"
    for reader in (above.agent, above.animator):
        listed = call_as(reader, "odlocale_journal_list", org_id=above.org_id)
        lines = listed["lines"]
        assert listed["count"] == len(lines) == 3
        assert {(one["for"], one["org_id"]) for one in lines} == {
            (commune.name, commune.org_id)
        }
        assert [(one["verb"], one["on_behalf"]) for one in lines] == [
            ("mandate ended", False), ("deposited", True), ("mandated", False),
        ]  # fmt: skip
        assert lines[0]["sentence"] == f"ended the {until}"
    page = desk_of(above.agent).get(f"/equipe/{above.code}/journal").page
    ended_by = f"{model.User.get(manager).display_name} ({commune.name})"
    assert ended_by in html.unescape(page)


def test_who_administers_the_portal_is_written_whichever_way(
    desk_of: Callable[[str | None], Desk],
) -> None:
    person, head = account(), str(factories.Sysadmin()["name"])
    user = model.User.get(person)
    named = {"username": person, "status": "1"}
    desk_of(head).get("/ckan-admin/").post("/user/sysadmin", named)
    # As the command does, which calls no action.
    user = model.User.get(person)
    user.sysadmin = False
    model.Session.commit()
    user.fullname = "Rien à voir"
    model.Session.commit()
    lines = model.Session.query(JournalLine).filter_by(object_id=user.id)
    lines = lines.filter(JournalLine.verb.startswith("administrator"))
    assert [(one.verb, one.user_id) for one in lines.order_by(JournalLine.id)] == [
        ("administrator named", model.User.get(head).id),
        ("administrator removed", None),
    ]


def test_an_administrator_who_makes_an_account_and_gives_a_role(
    commune: Town, mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    head, manager = str(factories.Sysadmin()["name"]), manager_of(commune)
    desk, name = desk_of(head).get("/user/edit"), f"recrue-{uuid.uuid4().hex[:8]}"
    token = desk.page.partition('name="_csrf_token"')[2].split('"')[1]

    def call(action: str, **sent: str) -> int:
        answer = desk.client.post(f"/api/3/action/{action}", json=sent,
                                  headers={"X-CSRFToken": token})  # fmt: skip
        model.Session.rollback()
        return int(answer.status_code)

    email = f"{name}@essai.example"
    assert (
        call("user_create", name=name, email=email, password=PASSWORD + " long") < 300
    )
    user, by = model.User.get(name), model.User.get(head).id
    (made,) = model.Session.query(JournalLine).filter_by(object_id=user.id)
    assert (made.verb, made.user_id) == ("account made", by)
    named = {"id": commune.org_id, "username": name}
    assert call("organization_member_create", **named, role="member") == 409
    assert call("organization_member_create", **named, role="editor") == 200
    assert call("organization_member_create", **named, role="editor") == 200
    assert call("organization_member_create", **named, role="admin") == 200
    lines = model.Session.query(JournalLine).filter_by(
        object_id=user.id, org_id=commune.org_id
    )
    said = [
        (one.verb, one.user_id, one.detail) for one in lines.order_by(JournalLine.id)
    ]
    assert said == [
        ("role given", by, {"role": "agent", "on_behalf": True}),
        ("role changed", by, {"role": "manager", "on_behalf": True}),
    ]
    whose = f"Décidé par {model.User.get(head).display_name}, pour le compte de"
    for address in (email, model.User.get(manager).email):
        letters = letters_to(mailbox, address)
        assert sum(whose in " ".join(one.split()) for one in letters) == 2


def test_who_no_longer_publishes_for_an_epci_has_a_line(
    commune: Town, epci: Callable[..., Epci]
) -> None:
    above = epci(commune)
    head, agent = str(factories.Sysadmin()["name"]), model.User.get(above.agent)
    call_as(head, "organization_member_create",
            id=above.org_id, username=agent.name, role="member")  # fmt: skip
    lines = call_as(above.animator, "odlocale_journal_list", org_id=above.org_id)
    said = lines["lines"][0]["sentence"]
    assert said.startswith(f"changed the role of {agent.display_name}")
    assert said.endswith("(role: reader only)")


def test_another_name_is_told_where_the_person_works(commune: Town) -> None:
    call_as(commune.agent, "user_patch", id=commune.agent, fullname="Anne Le Goff")
    said = [one["sentence"] for one in lines_of(manager_of(commune), commune)]
    assert "Anne Le Goff" in str(said[0])
    assert str(said[0]).startswith("changed the name of")
    call_as(commune.agent, "user_patch", id=commune.agent, about="Secrétaire")
    assert len(lines_of(manager_of(commune), commune)) == len(said)


def test_a_login_by_password_says_for_whom_to_the_responsables(
    commune: Town, town: Any, desk_of: Callable[[str | None], Desk]
) -> None:
    """Of each commune of a shared secretary, and of no other."""
    second, third = town(), town()
    as_site("organization_member_create", id=second.org_id, username=commune.agent,
            role="editor")  # fmt: skip
    desk_of(commune.agent)
    for place, times in ((commune, 1), (second, 1), (third, 0)):
        found = [one["sentence"] for one in lines_of(manager_of(place), place)
                 if one["verb"] == "logged in"]  # fmt: skip
        assert found == [f"logged in for {place.name}, by a password"] * times
    desk_of(account())
    query = sa.select(JournalLine).where(JournalLine.verb == "logged in")
    last = model.Session.scalars(query.order_by(JournalLine.id.desc())).first()
    assert last.org_id is None, "who works for nobody logs in for nobody"


@pytest.mark.parametrize("change", ["UPDATE odlocale_journal SET verb = 'x'",
                                    "DELETE FROM odlocale_journal",
                                    "TRUNCATE odlocale_journal"])  # fmt: skip
def test_nobody_changes_what_was_written(change: str, commune: Town) -> None:
    publish(commune, budget(commune.siret))
    with pytest.raises(sa.exc.DBAPIError):
        model.Session.execute(sa.text(change))
    model.Session.rollback()


def test_what_is_past_its_time_goes_and_nothing_else(commune: Town) -> None:
    now = datetime.datetime.now(datetime.timezone.utc)
    for verb, days in (("published", 366), ("published", 364), ("logged in", 181),
                       ("logged in", 179)):  # fmt: skip
        model.Session.execute(
            sa.insert(JournalLine).values(
                verb=verb, org_id=commune.org_id, object_type="test", detail={},
                object_id=f"{verb} {days}", at=now - datetime.timedelta(days=days),
            )
        )  # fmt: skip
        model.Session.commit()
    retention.forget_old(now)
    kept = model.Session.scalars(
        sa.select(JournalLine.object_id).where(
            JournalLine.org_id == commune.org_id, JournalLine.object_type == "test"
        )
    )
    assert set(kept) == {"published 364", "logged in 179"}
