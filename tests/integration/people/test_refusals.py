"""Whoever is refused leaves a line in the journal, and cannot fill it."""

from __future__ import annotations

import datetime
import json
import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib.redis import connect_to_redis
from ckan.tests import factories

from ckanext.odlocale.base.journal import JournalLine
from ckanext.odlocale.people import refused, retention, second_factor
from ckanext.odlocale.people.contacts import people_of
from ckanext.odlocale.people.tables import AccessRequest, Invitation, Mandate, Token
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.reuse.model import Report
from tests.integration.mailbox import Mailbox
from tests.integration.people.conftest import (
    Desk,
    Epci,
    account,
    as_site,
    come_in,
    manager_of,
    prove,
)
from tests.integration.people.test_login import try_in
from tests.integration.people.test_tokens import make
from tests.integration.publishing.conftest import (
    PASSWORD,
    Town,
    budget,
    call_as,
    publish,
    send,
)


@pytest.fixture(autouse=True)
def counted_anew() -> Iterator[None]:
    """The lines of other tests are not counted, nor these in theirs."""
    for _ in (1, 2):
        server = connect_to_redis()
        for key in server.scan_iter("odlocale:refused:*"):
            server.delete(key)
        if _ == 1:
            yield


@pytest.fixture
def commune(town: Callable[[], Town]) -> Town:
    return town()


def lines_about(object_id: str, org_id: str | None = None) -> list[JournalLine]:
    """The lines of refusals about an object, or in an organisation's journal."""
    model.Session.rollback()
    query = sa.select(JournalLine).where(JournalLine.verb == refused.VERB)
    query = query.where(
        JournalLine.org_id == org_id if org_id else JournalLine.object_id == object_id
    )
    return list(model.Session.scalars(query.order_by(JournalLine.id)))


def reasons_of(lines: list[JournalLine]) -> list[str]:
    return [one.detail["reason"] for one in lines]


def csrf_of(desk: Desk) -> str:
    found = re.search(
        r'name="_csrf_token" content="([^"]+)"', desk.client.get("/about").text
    )
    assert found
    return found[1]


def count_all() -> int:
    query = sa.select(sa.func.count()).where(JournalLine.verb == refused.VERB)
    return int(model.Session.scalar(query) or 0)


def link_in(mailbox: Mailbox) -> str:
    message = mailbox.only_message().get_body(("plain",))
    assert message is not None
    found = re.search(r"/invitation/[\w-]+", message.get_content())
    assert found
    return found.group()


def test_wrong_passwords_then_the_wait(
    commune: Town, desk_of: Callable[[str | None], Desk]
) -> None:
    desk = desk_of(None)
    for _ in range(6):
        try_in(desk, commune.agent, "ce n'est pas celui-ci")
    lines = lines_about(model.User.get(commune.agent).id)
    assert reasons_of(lines) == ["password"] * 5 + ["wait"]
    assert {one.user_id for one in lines} == {None}, "nobody proved who he is"
    assert not any("celui-ci" in str(one.detail) for one in lines)


def test_an_unknown_name_is_not_kept(desk_of: Callable[[str | None], Desk]) -> None:
    before = count_all()
    name = f"{uuid.uuid4().hex}@essai.example"
    try_in(desk_of(None), name, "ce n'est pas celui-ci")
    assert count_all() == before + 1
    kept = model.Session.execute(sa.text("SELECT t::text FROM odlocale_journal t"))
    assert not any(name in row for (row,) in kept)


def test_a_wrong_second_factor(
    commune: Town,
    epci: Callable[..., Epci],
    asked: None,
    desk_of: Callable[[str | None], Desk],
) -> None:
    user = model.User.get(epci(commune).animator)
    secret = second_factor.begin(user.id)
    assert second_factor.confirm(user.id, pyotp.TOTP(secret).now())
    desk = try_in(desk_of(None), user.name)
    for _ in range(6):
        desk.post("/connexion/verification", {"typed": "000000"})
    reasons = reasons_of(lines_about(user.id))
    assert reasons == ["second factor"] * 5 + ["wait"]


def test_a_guessed_code_of_the_town_hall(
    commune: Town, mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    as_site("odlocale_official_set", org_id=commune.org_id, email="m@essai.example")
    desk = desk_of(None).get(f"/rejoindre/{commune.code}")
    desk.post(f"/rejoindre/{commune.code}", {"fullname": "Anne", "email": "a@b.fr"})
    desk.post(f"/rejoindre/{commune.code}/code", {"typed": "000 000"})
    query = sa.select(AccessRequest).where(AccessRequest.org_id == commune.org_id)
    (request,) = model.Session.scalars(query)
    (line,) = lines_about(request.id)
    assert (line.org_id, line.detail["reason"]) == (commune.org_id, "town hall code")
    page = desk_of(commune.agent).get(f"/equipe/{commune.code}/journal").page
    assert "refusé : un mauvais code de la mairie" in page.replace("\xa0", " ")


def test_a_link_that_is_expired_forwarded_reused_or_made_up(
    commune: Town, mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    email = f"{uuid.uuid4().hex[:8]}@essai.example"
    call_as(manager_of(commune), "odlocale_person_invite", org_id=commune.org_id,
            email=email, role="agent")  # fmt: skip
    link = link_in(mailbox)
    query = sa.select(Invitation).where(Invitation.email == email)
    invitation_id = model.Session.scalars(query).one().id
    stranger = desk_of(account()).get(link)
    stranger.post(link, {})
    assert stranger.response.status_code == 400

    day = datetime.timedelta(days=20)
    for move in (-day, day):
        change = sa.update(Invitation).where(Invitation.id == invitation_id)
        model.Session.execute(change.values(expires_at=Invitation.expires_at + move))
        model.Session.commit()
        opened = desk_of(None).get(link).response.status_code
        assert opened == (410 if move < day else 200)
    assert reasons_of(lines_about(invitation_id)) == ["link forwarded", "link expired"]
    assert {one.org_id for one in lines_about(invitation_id)} == {commune.org_id}

    guest = desk_of(None).get(link)
    code = prove(guest, link, mailbox)
    typed = {"fullname": "Anne Ime", "password": PASSWORD + " long"}
    guest.post(link, {**typed, "typed": "000 000" if code != "000 000" else "1"})
    assert reasons_of(lines_about(invitation_id))[-1] == "invitation code"
    come_in(guest, link, mailbox)
    before = count_all()
    for closed in (link, "/invitation/inventee"):
        assert desk_of(None).get(closed).response.status_code == 404
    assert count_all() == before + 2
    (last,) = lines_about("")[-1:]
    assert (last.detail["reason"], last.org_id) == ("link unknown", None)


def test_a_software_that_is_refused(
    commune: Town, town: Callable[[], Town], mailbox: Mailbox, app: Any
) -> None:
    manager, other = manager_of(commune), town()
    made = make(manager, commune)

    def call(place: Town, secret: str, schema: str = "budget") -> int:
        answer = app.get(
            f"/api/odlocale/v1/depots/{place.code}/{schema}/2024",
            headers={"Authorization": f"Bearer {secret}"},
        )
        return int(answer.status_code)

    secret, token_id = made["secret"], made["id"]
    assert call(commune, secret[:13] + "A" * 43) == 401
    assert call(other, secret) == 403
    assert call(commune, secret, "dae") == 403
    mandate = model.Session.get(Mandate, made["mandate_id"])
    mandate.state = "ended"
    model.Session.commit()
    assert call(commune, secret) == 403
    mandate = model.Session.get(Mandate, made["mandate_id"])
    mandate.state = "accepted"
    token = model.Session.get(Token, token_id)
    until, token.until = token.until, datetime.date(2020, 1, 1)
    model.Session.commit()
    assert call(commune, secret) == 401
    model.Session.get(Token, token_id).until = until
    model.Session.commit()
    call_as(manager, "odlocale_token_revoke", id=token_id)
    assert call(commune, secret) == 401
    lines = lines_about(token_id)
    assert reasons_of(lines) == [
        "token unknown", "token elsewhere", "token beyond", "token mandate",
        "token expired", "token revoked",
    ]  # fmt: skip
    assert [one.org_id for one in lines] == [
        commune.org_id, other.org_id, *[commune.org_id] * 4
    ]  # fmt: skip
    names = [one.detail.get("software") for one in lines]
    assert names == [None, *["Horizon Compta"] * 5], "a guess is not the software"
    assert not any(secret[14:] in str(one.detail) for one in lines)
    listed = call_as(manager, "odlocale_journal_list", org_id=commune.org_id)
    said = [one for one in listed["lines"] if one["verb"] == refused.VERB]
    assert {one["on_behalf"] for one in said} == {False}
    assert {one["who"] for one in said} == {
        "Somebody who was not logged in", "The software Horizon Compta",
    }  # fmt: skip


def test_who_names_what_is_another_s_by_its_id(
    commune: Town, town: Callable[[], Town], desk_of: Callable[[str | None], Desk]
) -> None:
    deposit = send(commune, budget(commune.siret))["id"]
    release = publish(commune, budget(commune.siret, year=2021))
    dataset = factories.Dataset(owner_org=commune.org_id, private=True)
    draft = dataset["id"]
    made = {"resource": {"package_id": draft}, "records": [{"dépense": "12"}]}
    table = as_site("datastore_create", **made)["resource_id"]
    user = model.User.get(account())
    mandate = Mandate(
        org_id=commune.org_id, holder="agent", schemas=[], holder_id=user.id,
        state="accepted", since=datetime.date.today(), until=datetime.date.today(),
    )  # fmt: skip
    report = Report(
        siren=commune.siren, schema="budget", key=release["key"], message="Faux.",
        state="open",
    )  # fmt: skip
    model.Session.add_all([mandate, report])
    model.Session.commit()
    ids = {
        f"/publier/depot/{deposit}": (deposit, "deposit"),
        f"/publier/depot/{deposit}/original": (deposit, "deposit"),
        f"/equipe/mandat/{mandate.id}/document": (mandate.id, "mandate"),
        f"/publier/signalement/{report.id}": (report.id, "report"),
        f"/dataset/{draft}": (draft, "dataset"),
        f"/publier/{commune.code}": (commune.siren, "collectivity"),
        f"/api/3/action/odlocale_deposit_show?id={deposit}": (deposit, "deposit"),
        f"/api/3/action/odlocale_mandate_show?id={mandate.id}": (mandate.id, "mandate"),
        f"/api/3/action/package_show?id={draft}": (draft, "dataset"),
        f"/api/3/action/package_show?id={dataset['name']}": (draft, "dataset"),
        f"/dataset/{dataset['name']}": (draft, "dataset"),
        f"/datastore/dump/{table}": (draft, "dataset"),
        f"/api/3/action/datastore_search?resource_id={table}": (draft, "dataset"),
        f'/api/3/action/datastore_search_sql?sql=SELECT * FROM "{table}"': (
            draft, "dataset",
        ),
    }  # fmt: skip
    stranger = town().agent
    desk = desk_of(stranger)
    stranger_id = model.User.get(stranger).id
    for address, (object_id, kind) in ids.items():
        before = len(lines_about(object_id))
        assert desk.get(address).response.status_code in (403, 404), address
        lines = lines_about(object_id)
        assert len(lines) == before + 1, address
        line = lines[-1]
        assert (line.user_id, line.org_id) == (stranger_id, commune.org_id)
        assert (line.object_type, line.detail["reason"]) == (kind, "not theirs")
    headers = {"X-CSRFToken": csrf_of(desk)}
    as_form = "application/x-www-form-urlencoded"
    # However the call is written, and however deep it names the data.
    calls: list[tuple[str, dict[str, Any]]] = [
        (
            "package_delete",
            {"data": json.dumps({"id": draft}), "content_type": as_form},
        ),
        ("package_revise", {"json": {"match": {"id": draft}, "update": {}}}),
        ("datastore_create", {"json": {"resource": {"package_id": draft}}}),
    ]
    for action, sent in calls:
        for key in connect_to_redis().scan_iter("odlocale:refused:*"):
            connect_to_redis().delete(key)
        before = len(lines_about(draft))
        answer = desk.client.post(f"/api/3/action/{action}", headers=headers, **sent)
        assert answer.status_code == 403, (action, answer.text)
        assert len(lines_about(draft)) == before + 1, action
    before = count_all()
    for address in ids:
        desk_of(None).get(address)
    agent = desk_of(commune.agent)
    for address in (*ids, f"/publier/depot/{deposit}/effacer", "/dataset/inconnu"):
        agent.get(address)
    assert count_all() == before, "neither a visitor, nor an agent of the commune"
    page = agent.get(f"/equipe/{commune.code}/journal").page
    assert "demandait ce qui est réservé" in page


def test_who_goes_beyond_a_mandate(
    commune: Town, mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    helper = account()
    manager = manager_of(commune)
    given = {"since": datetime.date.today().isoformat(),
             "until": datetime.date.today().isoformat()}  # fmt: skip
    one = call_as(helper, "odlocale_mandate_create", org_id=commune.org_id,
                  holder="agent", holder_id=helper, schemas=["budget"],
                  **given)  # fmt: skip
    call_as(manager, "odlocale_mandate_settle", id=one["id"], accept=True)
    covered = send(commune, budget(commune.siret))["id"]
    other = send(commune, budget(commune.siret, year=2020))["id"]
    change = sa.update(Deposit).where(Deposit.id == other)
    model.Session.execute(change.values(schema="subventions"))
    model.Session.commit()
    unknown = send(commune, b"quoi;qui\n1;2\n", "notes.csv")["id"]
    draft = factories.Dataset(owner_org=commune.org_id, private=True)["id"]
    desk, api = desk_of(helper), "/api/3/action"
    assert desk.get(f"/publier/depot/{covered}").response.status_code == 200
    assert desk.get(f"/publier/{commune.code}/budget/saisie").response.status_code < 403
    assert lines_about("", commune.org_id) == []
    place = f"org_id={commune.org_id}&key=2024"
    for address, object_id in {
        f"/publier/depot/{other}": other,
        f"/publier/depot/{unknown}": unknown,
        f"/dataset/{draft}": draft,
        f"/publier/{commune.code}/subventions/saisie": commune.siren,
        f"/equipe/{commune.code}/journal": commune.siren,
        f"{api}/odlocale_deposit_show?id={other}": other,
        f"{api}/odlocale_grid_show?schema=subventions&{place}": commune.org_id,
    }.items():
        before = len(lines_about("", commune.org_id))
        assert desk.get(address).response.status_code in (403, 404), address
        lines = lines_about("", commune.org_id)
        assert len(lines) == before + 1, address
        assert lines[-1].object_id == object_id
    page = desk_of(manager).get(f"/equipe/{commune.code}/journal").page
    for kind in ("un fichier", "un jeu de données", "ses pages", "son organisation"):
        assert f"réservé à la collectivité ({kind})" in page


def test_who_names_in_a_form_what_is_another_s(
    commune: Town,
    town: Callable[[], Town],
    mailbox: Mailbox,
    desk_of: Callable[[str | None], Desk],
) -> None:
    email = f"{uuid.uuid4().hex[:8]}@essai.example"
    call_as(manager_of(commune), "odlocale_person_invite", org_id=commune.org_id,
            email=email, role="agent")  # fmt: skip
    query = sa.select(Invitation.id).where(Invitation.email == email)
    invitation = str(model.Session.scalar(query))
    elsewhere = town()
    desk = desk_of(manager_of(elsewhere)).get(f"/equipe/{elsewhere.code}")
    for what in ("renvoyer", "annuler"):
        desk.post(f"/equipe/{elsewhere.code}/invitation/{what}", {"id": invitation})
        assert desk.response.status_code == 403
        desk.get(f"/equipe/{elsewhere.code}")
    lines = lines_about(invitation)
    assert reasons_of(lines) == ["not theirs"] * 2
    assert {(one.object_type, one.org_id) for one in lines} == {
        ("invitation", commune.org_id)
    }


def test_who_tries_what_is_beyond_his_role(
    commune: Town, mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    """An agent who sends what is the responsable's; a responsable removed meanwhile."""
    one, two = manager_of(commune), manager_of(commune)
    team = f"/equipe/{commune.code}"
    desk = desk_of(commune.agent).get(team)
    for what, form in {
        "inviter": {"email": "x@essai.example", "role": "agent"},
        "role": {"user": one, "role": "agent"},
        "retirer": {"user": one},
    }.items():
        desk.get(team)
        before = len(lines_about("", commune.org_id))
        desk.post(f"{team}/{what}", form)
        assert desk.response.status_code == 403, what
        lines = lines_about("", commune.org_id)
        assert len(lines) == before + 1, what
        assert lines[-1].detail["reason"] == "beyond role"
        assert lines[-1].user_id == model.User.get(commune.agent).id
    first, second = desk_of(one).get(team), desk_of(two).get(team)
    first.post(f"{team}/retirer", {"user": two})
    assert first.response.status_code == 200
    second.post(f"{team}/retirer", {"user": one})
    assert {one.id for one, _ in people_of(commune.org_id)} >= {model.User.get(one).id}
    first.get(f"{team}/journal")
    assert "a tenté ce que son rôle ne permet pas" in first.page


def test_a_public_dataset_is_refused_only_to_who_changes_it(
    commune: Town, town: Callable[[], Town], desk_of: Callable[[str | None], Desk]
) -> None:
    dataset = factories.Dataset(owner_org=commune.org_id)["id"]
    desk = desk_of(town().agent)
    desk.get(f"/dataset/{dataset}/resource/{uuid.uuid4()}")
    assert desk.response.status_code == 404
    assert lines_about(dataset) == []
    desk.get(f"/dataset/edit/{dataset}")
    assert desk.response.status_code == 403
    assert reasons_of(lines_about(dataset)) == ["not theirs"]
    desk.get("/user/edit")
    token = desk.page.partition('name="_csrf_token"')[2].split('"')[1]
    answer = desk.client.post(
        "/api/3/action/package_patch",
        json={"id": dataset, "title": "Autre chose"},
        headers={"X-CSRFToken": token},
    )
    assert answer.status_code == 403
    assert reasons_of(lines_about(dataset)) == ["not theirs"] * 2


def test_the_journal_cannot_be_filled(
    commune: Town, town: Callable[[], Town], desk_of: Callable[[str | None], Desk]
) -> None:
    deposit = send(commune, budget(commune.siret))["id"]
    desk = desk_of(town().agent)
    for _ in range(refused.MOST_ABOUT_ONE + 3):
        assert desk.get(f"/publier/depot/{deposit}").response.status_code == 403
    assert len(lines_about(deposit)) == refused.MOST_ABOUT_ONE
    before = count_all()
    somewhere = {"REMOTE_ADDR": "203.0.114.9"}
    for _ in range(refused.MOST_FROM_ONE + 3):
        desk.get(f"/invitation/{uuid.uuid4().hex}", environ_base=somewhere)
    assert count_all() == before + refused.MOST_FROM_ONE


def test_refusals_are_kept_as_long_as_logins(commune: Town) -> None:
    now = datetime.datetime.now(datetime.timezone.utc)
    for days in (181, 179):
        model.Session.execute(
            sa.insert(JournalLine).values(
                verb=refused.VERB, org_id=commune.org_id, object_type="test",
                detail={}, object_id=str(days), at=now - datetime.timedelta(days=days),
            )
        )  # fmt: skip
    model.Session.commit()
    retention.forget_old(now)
    assert [one.object_id for one in lines_about("", commune.org_id)] == ["179"]
