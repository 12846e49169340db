"""A letter that comes back: what it changes, and what a forged one does not."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from ckan import model
from ckan.cli.cli import ckan
from ckan.plugins import toolkit as tk

from ckanext.odlocale.base.letter import SEAL_HEADER
from ckanext.odlocale.people.tables import Account, Invitation, OfficialAddress
from tests.integration.mailbox import Mailbox
from tests.integration.people.conftest import Desk, Epci, as_site, manager_of
from tests.integration.people.test_team import invite, letters_to, link_of, official
from tests.integration.publishing.conftest import Town, call_as
from tests.people.test_bounces import dsn


@pytest.fixture
def commune(town: Callable[[], Town]) -> Town:
    return town()


def returned(mailbox: Mailbox, address: str, **more: str) -> bytes:
    """The notice that a server sends of the last letter to an address."""
    sent = [one for one in mailbox.envelopes if address in one.rcpt_tos][-1]
    seal = message_from_bytes(sent.content)[SEAL_HEADER]
    return dsn(address=address, seal=seal, **more)


def pipe(cli: Any, content: bytes) -> str:
    """Give a message to the command, as a mail alias does."""
    done = cli.invoke(ckan, ["odlocale", "people", "bounce"], input=content)
    assert done.exit_code == 0, done.output
    return str(done.output)


def test_an_invitation_that_comes_back_is_refused_and_its_link_closed(
    commune: Town, mailbox: Mailbox, cli: Any, desk_of: Callable[[str | None], Desk]
) -> None:
    manager = manager_of(commune)
    email = f"partie-{commune.code}@essai.example".lower()
    made = invite(manager, commune, email)
    link = link_of(letters_to(mailbox, email)[-1])
    pipe(cli, returned(mailbox, email))
    row = model.Session.get(Invitation, made["id"])
    assert (row.state, row.token_hash) == ("refused", None)
    assert row.error == "5.1.1 550 5.1.1 No such mailbox"
    (line,) = [
        one
        for one in call_as(manager, "odlocale_journal_list", org_id=commune.org_id)[
            "lines"
        ]
        if one["verb"] == "letter came back"
    ]
    assert line["who"]
    assert desk_of(None).get(link).response.status_code == 404
    page = desk_of(manager).get(f"/equipe/{commune.code}").page
    assert email in page
    assert "No such mailbox" in page
    again = call_as(manager, "odlocale_invitation_resend", id=made["id"])
    assert again["standing"] == "sent"


def test_a_letter_that_waits_changes_nothing(
    commune: Town, mailbox: Mailbox, cli: Any
) -> None:
    email = f"lente-{commune.code}@essai.example".lower()
    made = invite(manager_of(commune), commune, email)
    pipe(cli, returned(mailbox, email, action="delayed", status="4.4.1"))
    assert model.Session.get(Invitation, made["id"]).state == "sent"


@pytest.mark.parametrize("how", ["forged", "of another", "never written to"])
def test_what_answers_no_letter_of_ours_is_passed_over(
    how: str, commune: Town, mailbox: Mailbox, cli: Any
) -> None:
    manager = manager_of(commune)
    email = f"victime-{commune.code}@essai.example".lower()
    made = invite(manager, commune, email)
    if how == "forged":
        content = dsn(address=email, seal="0" * 64)
    elif how == "of another":
        other = f"malin-{commune.code}@essai.example".lower()
        invite(manager, commune, other)
        seal = message_from_bytes(mailbox.envelopes[-1].content)[SEAL_HEADER]
        content = dsn(address=email, seal=seal)
    else:
        content = dsn(address="jamais@essai.example")
    assert "passed over" in pipe(cli, content)
    assert model.Session.get(Invitation, made["id"]).state == "sent"


@pytest.mark.parametrize("content", [b"", b"Subject: x\r\n\r\nx", b"x" * 2_000_000])
def test_what_is_no_notice_is_passed_over(content: bytes, cli: Any) -> None:
    done = cli.invoke(ckan, ["odlocale", "people", "bounce"], input=content)
    assert done.exit_code == 0
    assert "passed over" in done.output + done.stderr


def test_a_town_hall_s_address_gets_no_code_until_an_animator_says_so(
    commune: Town, epci: Callable[..., Epci], mailbox: Mailbox, cli: Any,
    desk_of: Callable[[str | None], Desk],
) -> None:  # fmt: skip
    above, manager = epci(commune), manager_of(commune)
    address = official(commune)
    asked = {"code": commune.code, "fullname": "Qui", "email": "qui@essai.example"}
    call_as("", "odlocale_access_ask", **asked)
    pipe(cli, returned(mailbox, address))
    assert model.Session.get(OfficialAddress, commune.siren).bounced_at
    with pytest.raises(tk.ValidationError):
        call_as("", "odlocale_access_ask", **asked)
    assert address in desk_of(above.animator).get(f"/equipe/{commune.code}").page
    assert address not in desk_of(manager).get(f"/equipe/{commune.code}").page
    for who in (manager, commune.agent, above.agent, ""):
        with pytest.raises(tk.NotAuthorized):
            call_as(who, "odlocale_official_set", org_id=commune.org_id, email=address)
    desk = desk_of(above.animator).get(f"/equipe/{commune.code}")
    wrong = desk.post(f"/equipe/{commune.code}/adresse", {"official": "mairie"})
    assert wrong.response.status_code == 400
    desk.post(f"/equipe/{commune.code}/adresse", {"official": address})
    assert call_as("", "odlocale_access_ask", **asked)["id"]


def test_a_person_s_address_is_marked_until_it_changes(
    commune: Town, mailbox: Mailbox, cli: Any, desk_of: Callable[[str | None], Desk]
) -> None:
    manager = manager_of(commune)
    user = model.User.get(commune.agent)
    call_as(manager, "odlocale_person_change", org_id=commune.org_id,
            user=user.name, role="manager")  # fmt: skip
    pipe(cli, returned(mailbox, user.email.lower()))
    assert model.Session.get(Account, user.id).bounced_at
    shown = call_as(manager, "odlocale_person_list", org_id=commune.org_id)
    assert [one["bounced"] for one in shown["people"] if one["id"] == user.id] == [True]
    assert desk_of(manager).get(f"/equipe/{commune.code}").response.status_code == 200
    as_site("user_patch", id=user.id, email=f"neuve-{commune.code}@essai.example")
    assert model.Session.get(Account, user.id).bounced_at is None


def test_a_folder_is_read_once(
    commune: Town, mailbox: Mailbox, cli: Any, tmp_path: Path
) -> None:
    email = f"dossier-{commune.code}@essai.example".lower()
    made = invite(manager_of(commune), commune, email)
    (tmp_path / "1.eml").write_bytes(returned(mailbox, email))
    (tmp_path / "2.eml").write_bytes(b"rien")
    (tmp_path / "lien").symlink_to("/etc/passwd")
    done = cli.invoke(ckan, ["odlocale", "people", "bounce", "--folder", str(tmp_path)])
    assert done.exit_code == 0
    assert model.Session.get(Invitation, made["id"]).state == "refused"
    assert {one.name for one in (tmp_path / "read").iterdir()} == {"1.eml", "2.eml"}
    assert (tmp_path / "lien").is_symlink()
