"""What the portal holds on a person: he has it, and has it erased everywhere."""

from __future__ import annotations

import datetime
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyotp
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib.search.common import make_connection
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.odlocale.people import retention, second_factor
from ckanext.odlocale.people.contacts import people_of
from ckanext.odlocale.people.oidc_tables import Attachment, Identity
from ckanext.odlocale.people.tables import AccessRequest, Invitation, Mandate, Token
from ckanext.odlocale.publishing.nothing_model import Nothing
from ckanext.odlocale.reminders import hooks
from ckanext.odlocale.reminders.model import Digest, LetterStop, Reminder
from tests.integration.mailbox import Mailbox
from tests.integration.people.conftest import (
    Desk,
    Epci,
    account,
    as_site,
    manager_of,
    only_administrators,
)
from tests.integration.people.test_team import letters_to, official
from tests.integration.publishing.conftest import (
    PASSWORD,
    Town,
    budget,
    call_as,
    publish,
    send,
)

#: Where the person's strings may stay, and why.
ACCEPTED: dict[tuple[str, str], str] = {}


@dataclass(frozen=True)
class Person:
    """Somebody who left traces everywhere."""

    id: str
    name: str
    fullname: str
    email: str
    commune: Town


def strings_in_database(wanted: list[str]) -> dict[tuple[str, str], str]:
    """Columns of every table of the database that hold one of the strings."""
    found = {}
    columns = model.Session.execute(
        sa.text(
            "SELECT c.table_schema, c.table_name, c.column_name"
            " FROM information_schema.columns c JOIN information_schema.tables t"
            " USING (table_schema, table_name) WHERE t.table_type = 'BASE TABLE'"
            " AND c.table_schema NOT IN ('pg_catalog', 'information_schema')"
        )
    ).all()
    assert len(columns) > 200
    for schema, table, column in columns:
        for one in wanted:
            query = sa.text(
                f'SELECT count(*) FROM "{schema}"."{table}"'
                f' WHERE position(:one in lower(CAST("{column}" AS text))) > 0'
            )
            if model.Session.scalar(query, {"one": one.lower()}):
                found[table, column] = one
    return found


def strings_in_solr(wanted: list[str]) -> list[str]:
    found = make_connection().search("*:*", fl="*", rows=100_000)
    text = json.dumps(list(found), default=str, ensure_ascii=False).lower()
    return [one for one in wanted if one.lower() in text]


@pytest.fixture
def commune(town: Callable[[], Town]) -> Town:
    return town()


@pytest.fixture
def person(town: Callable[[], Town], mailbox: Mailbox) -> Person:
    """Somebody who published, was invited, has a key, a mandate, a second factor."""
    commune = town()
    mark = uuid.uuid4().hex[:8]
    user = model.User.get(commune.agent)
    name, fullname = user.name, f"Erwanez Kermarrec-{mark}"
    email = f"erwanez-{mark}@essai.example"
    as_site("user_patch", id=name, email=email, password=PASSWORD)
    call_as(name, "user_patch", id=name, fullname=fullname, about=f"Je suis {fullname}")
    publish(commune, budget(commune.siret))
    send(commune, budget(commune.siret, year=2021))
    dataset = factories.Dataset(user=name, owner_org=commune.org_id)
    call_as(name, "package_patch", id=dataset["id"], notes="Autre chose")
    call_as(name, "follow_dataset", id=dataset["id"])
    as_site("follow_user", id=user.id)
    as_site("api_token_create", user=name, name="logiciel")
    secret = second_factor.begin(user.id)
    assert second_factor.confirm(user.id, pyotp.TOTP(secret).now())
    other = town()
    official(other)
    call_as(manager_of(other), "odlocale_person_invite", org_id=other.org_id,
            email=email, fullname=fullname, role="agent")  # fmt: skip
    call_as("", "odlocale_access_ask", code=other.code, fullname=fullname, email=email)
    today = datetime.date.today()
    given = {"holder": "agent", "holder_id": user.id, "state": "accepted"}
    mandate = Mandate(org_id=other.org_id, since=today, until=today, **given)
    model.Session.add(mandate)
    came = {"sub": mark, "email": email, "siret": commune.siret}
    issuer = "https://fournisseur.example"
    identity = Identity(id=f"id-{mark}", issuer=issuer, user_id=user.id, **came)
    model.Session.add(identity)
    model.Session.flush()
    proved = {"siren": commune.siren, "siret": commune.siret, "label": fullname}
    model.Session.add(Attachment(identity_id=identity.id, state="granted", **proved))
    now = datetime.datetime.now(datetime.timezone.utc)
    sent = {"siren": commune.siren, "user_id": user.id, "state": "refused", "at": now}
    # As rows of before may be: the server's words quoted the address.
    sent["error"] = f"SMTPRecipientsRefused({{'{email}': (550, b'No')}})"
    model.Session.add_all(
        [
            Reminder(**sent),
            Digest(month="2026-03", **sent),
            LetterStop(user_id=user.id, kind="digest"),
            Invitation(
                id=f"inv-{mark}", org_id=other.org_id, email="a@essai.example",
                capacity="editor", state="declined", created_by=user.id,
            ),
            Token(
                org_id=other.org_id, mandate_id=mandate.id, name="Logiciel", schemas=[],
                verbs=["read"], prefix=mark, token_hash=mark, until=today,
                created_by=user.id,
            ),
        ]
    )  # fmt: skip
    Nothing.say(commune.siren, "subventions", 2024, user.id)
    model.Session.commit()
    return Person(user.id, name, fullname, email, commune)


def test_a_person_has_everything_and_no_secret(person: Person) -> None:
    got = call_as(person.name, "odlocale_person_export")
    assert got["account"]["email"] == person.email
    assert got["second_factor"] is True
    for kind in (
        "memberships", "invitations", "access_requests", "mandates", "journal",
        "deposits", "api_tokens", "follows", "activities", "datasets_created",
        "identities", "attachments", "invitations_made", "software_accesses_made",
        "nothing_to_publish", "reminders", "digests", "letters_stopped",
    ):  # fmt: skip
        assert got[kind], kind
    assert got["invitations"][0]["email"] == person.email
    written = json.dumps(got)
    for secret in ("password", "token_hash", "sealed", "totp", "apikey", "reset_key"):
        assert f'"{secret}":' not in written


def test_nobody_has_another_s(person: Person) -> None:
    manager = manager_of(person.commune)
    for who in (manager, account(), ""):
        for action in ("odlocale_person_export", "odlocale_person_erase"):
            with pytest.raises(tk.NotAuthorized):
                call_as(who, action, id=person.name)
    assert as_site("odlocale_person_export", id=person.name)["account"]


def test_a_plan_writes_nothing(person: Person) -> None:
    plan = call_as(person.name, "odlocale_person_erase")
    assert plan["alone_in"] == [] or person.commune.name in plan["alone_in"]
    assert plan["places"] == [person.commune.name]
    assert (plan["invitations"], plan["api_tokens"]) == (1, 1)
    assert model.User.get(person.id).email == person.email


@pytest.mark.parametrize("typed", ["", "pas le bon", "nom"])
def test_one_s_own_password_is_asked(person: Person, typed: str) -> None:
    confirm = person.name if typed == "nom" else typed
    with pytest.raises(tk.ValidationError) as caught:
        call_as(person.name, "odlocale_person_erase", apply=True, confirm=confirm)
    assert "confirm" in caught.value.error_dict
    assert model.User.get(person.id).state == "active"


def test_nothing_of_the_person_is_left_anywhere(
    person: Person, mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    wanted = [person.name, person.fullname, person.email]
    assert strings_in_database(wanted), "the search finds what is there"
    manager = manager_of(person.commune)
    plan = call_as(person.name, "odlocale_person_erase", apply=True, confirm=PASSWORD)
    assert plan["places"] == [person.commune.name]
    left = {
        place: why
        for place, why in strings_in_database(wanted).items()
        if place not in ACCEPTED
    }
    assert left == {}
    assert strings_in_solr(wanted) == []
    user = model.User.get(person.id)
    assert (user.state, user.email, user.password) == ("deleted", None, None)
    kept = call_as(manager, "odlocale_deposit_list", org_id=person.commune.org_id)
    assert len(kept) == 2
    lines = call_as(manager, "odlocale_journal_list", org_id=person.commune.org_id)
    assert "Somebody whose account is closed" in {one["who"] for one in lines["lines"]}
    told = letters_to(mailbox, model.User.get(manager).email)
    assert person.fullname in told[-1]
    for table in (Reminder, Digest, LetterStop):
        assert model.Session.query(table).filter_by(user_id=person.id).count() == 0
    open_ones = model.Session.query(Invitation).filter_by(email=person.email).count()
    asked = model.Session.query(AccessRequest).filter_by(email=person.email).count()
    assert (open_ones, asked) == (0, 0)
    shown = desk_of(manager).get(f"/equipe/{person.commune.code}/journal")
    assert "dont le compte est" in shown.page


def test_what_the_town_hall_publishes_with_his_address_is_said(
    person: Person, mailbox: Mailbox
) -> None:
    """The collectivité answers for its pages: an erasure does not rewrite them."""
    as_site("package_create", name=f"fiche-{uuid.uuid4().hex[:8]}", title="Fiche",
            owner_org=person.commune.org_id, maintainer_email=person.email)  # fmt: skip
    plan = call_as(person.name, "odlocale_person_erase")
    assert plan["published_with_address"] == ["Fiche"]


def test_core_s_deletion_keeps_what_ours_takes(person: Person) -> None:
    as_site("user_delete", id=person.name)
    assert model.User.get(person.id).email == person.email
    as_site("odlocale_person_erase", id=person.id, apply=True, confirm=person.name)
    assert strings_in_database([person.email, person.fullname]) == {}


def test_the_last_administrator_is_refused(mailbox: Mailbox) -> None:
    name = str(factories.Sysadmin()["name"])
    with only_administrators(name), pytest.raises(tk.ValidationError):
        call_as(name, "odlocale_person_erase")


def drop_second_factor(person: Person) -> None:
    """Let the person log in by the password alone."""
    second_factor.remove(person.id)
    model.Session.commit()


def test_one_closes_one_s_account_by_its_page(
    person: Person, mailbox: Mailbox, desk_of: Callable[[str | None], Desk]
) -> None:
    drop_second_factor(person)
    desk = desk_of(person.name).get("/compte/mes-donnees")
    assert person.email in desk.page
    held = desk_of(person.name).client.get("/compte/mes-donnees.json")
    assert held.get_json()["account"]["name"] == person.name
    desk.post("/compte/fermer", {"confirm": "pas le bon"})
    assert desk.response.status_code == 400
    assert 'id="confirm-error"' in desk.page
    desk.post("/compte/fermer", {"confirm": PASSWORD})
    assert desk.address == "/"
    assert desk.get("/publier").address == "/user/login"
    assert model.User.get(person.id).email is None


def test_the_last_animator_reads_what_follows_for_those_below(
    person: Person,
    epci: Callable[..., Epci],
    desk_of: Callable[[str | None], Desk],
) -> None:
    above = epci(person.commune)
    for one, _ in people_of(above.org_id):
        if one.name != above.animator:
            as_site("organization_member_delete", id=above.org_id, username=one.name)
    page = desk_of(above.animator).get("/compte/mes-donnees").page
    assert "Personne n’aidera plus" in page
    assert "La mairie reviendra" not in page


def test_a_form_without_its_token_closes_nothing(
    person: Person, desk_of: Callable[[str | None], Desk]
) -> None:
    drop_second_factor(person)
    desk = desk_of(person.name).get("/compte/mes-donnees")
    assert desk.response.status_code == 200
    desk.client.post("/compte/fermer", data={"confirm": PASSWORD})
    assert model.User.get(person.id).state == "active"


def test_the_picture_goes_too(person: Person) -> None:
    folder = Path(str(tk.config["ckan.storage_path"])) / "storage/uploads/user"
    folder.mkdir(parents=True, exist_ok=True)
    picture = folder / f"portrait-{person.id}.png"
    picture.write_bytes(b"png")
    model.User.get(person.id).image_url = picture.name
    model.Session.commit()
    as_site("odlocale_person_erase", id=person.id, apply=True, confirm=person.name)
    assert not picture.exists()


def test_what_nobody_answered_goes_in_its_time(commune: Town) -> None:
    now = datetime.datetime.now(datetime.timezone.utc)
    mark, names = uuid.uuid4().hex[:8], []
    for state, ended in (("sent", 366), ("sent", 364), ("waiting", 366)):
        moment = now - datetime.timedelta(days=ended)
        ends = moment if state == "sent" else None
        names.append(f"{state}-{ended}-{mark}")
        model.Session.add(
            Invitation(
                id=names[-1], org_id=commune.org_id, email=f"{names[-1]}@essai.example",
                capacity="editor", state=state, expires_at=ends,
                created_at=moment - datetime.timedelta(days=14),
            )
        )  # fmt: skip
        model.Session.add(
            Digest(siren=commune.siren, user_id=mark, month=names[-1], state="sent",
                   at=moment)
        )  # fmt: skip
    model.Session.commit()
    retention.forget_old(now)
    hooks.each_day(now)
    left = model.Session.query(Invitation.id).filter(Invitation.id.in_(names))
    assert [one for (one,) in left] == [names[1]]
    kept = model.Session.query(Digest.month).filter_by(user_id=mark)
    assert [one for (one,) in kept] == [names[1]]
