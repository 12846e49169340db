"""``ckan odlocale people``: what an operator, or a planned task, runs."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.cli.cli import ckan
from ckan.plugins import toolkit as tk

from ckanext.odlocale.base.journal import JournalLine
from ckanext.odlocale.people import second_factor
from ckanext.odlocale.people.tables import Account, Invitation, Mandate
from tests.integration.mailbox import Mailbox
from tests.integration.people.conftest import account, as_site, manager_of
from tests.integration.people.test_team import letters_to, link_of
from tests.integration.publishing.conftest import Town, budget, call_as, send


@pytest.fixture
def commune(town: Callable[[], Town]) -> Town:
    return town()


def run(cli: Any, *command: str, code: int = 0) -> str:
    done = cli.invoke(ckan, ["odlocale", "people", *command])
    assert done.exit_code == code, done.output
    model.Session.rollback()
    return str(done.stdout)


def json_in(output: str) -> dict[str, Any]:
    """What a command wrote, after CKAN's own lines."""
    found: dict[str, Any] = json.loads(output[output.index("{\n") :])
    return found


def test_a_person_s_data_are_exported_then_erased(
    commune: Town, mailbox: Mailbox, cli: Any
) -> None:
    user = model.User.get(commune.agent)
    user_id, email = user.id, user.email
    deposit = send(commune, budget(commune.siret))["id"]
    assert email in json.dumps(json_in(run(cli, "export", user.name)))
    plan = json_in(run(cli, "erase", user.name))
    assert plan
    assert model.User.get(user_id).email == email, "nothing without --apply"
    run(cli, "erase", user.name, "--apply")
    model.Session.expire_all()
    gone = model.User.get(user_id)
    assert (gone.state, gone.email == email) == ("deleted", False)
    left = as_site("odlocale_deposit_show", id=deposit)
    assert left["org_id"] == commune.org_id
    run(cli, "export", "personne-de-ce-nom", code=2)


def test_a_lost_second_factor_is_forgotten(commune: Town, cli: Any) -> None:
    user = model.User.get(commune.agent)
    secret = second_factor.begin(user.id)
    import pyotp

    assert second_factor.confirm(user.id, pyotp.TOTP(secret).now())
    model.Session.commit()
    run(cli, "reset-factor", user.name)
    model.Session.expire_all()
    assert not second_factor.is_set(user.id)


def test_a_list_is_planned_then_invited(
    commune: Town, mailbox: Mailbox, cli: Any, tmp_path: Path
) -> None:
    email = f"liste-{commune.code}@essai.example".lower()
    file = tmp_path / "agents.csv"
    file.write_text(f"code,email\n{commune.code},{email}\n", "utf-8")
    query = sa.select(Invitation).where(Invitation.email == email)
    run(cli, "invite", str(file))
    assert model.Session.scalars(query).first() is None, "nothing without --apply"
    run(cli, "invite", str(file), "--apply")
    run(cli, "send")
    model.Session.expire_all()
    assert model.Session.scalars(query).one().state == "sent"
    (letter,) = letters_to(mailbox, email)
    # Made in nobody's name, it makes no account without the code either.
    token = link_of(letter).rpartition("/")[2]
    assert call_as("", "odlocale_invitation_show", token=token)["proof"] == "to send"
    with pytest.raises(tk.ValidationError):
        call_as("", "odlocale_invitation_accept", token=token, fullname="Mallory Autre",
                password="trois mots sans rapport")  # fmt: skip


def test_each_day_all_that_is_due_is_done(
    commune: Town, mailbox: Mailbox, cli: Any
) -> None:
    """One thing of each kind waits: a line of the command that is lost fails here."""
    now = datetime.datetime.now(datetime.timezone.utc)
    manager, helper, idle = manager_of(commune), account(), account()
    today = now.date()
    mandate = Mandate(
        org_id=commune.org_id, holder="agent", schemas=["budget"],
        holder_id=model.User.get(helper).id, state="accepted", since=today,
        until=today + datetime.timedelta(days=3),
    )  # fmt: skip
    invited = f"attend-{commune.code}@essai.example".lower()
    waits = Invitation(
        org_id=commune.org_id, email=invited, capacity="editor", state="waiting",
        created_by=model.User.get(manager).id,
    )  # fmt: skip
    model.Session.add_all([mandate, waits])
    old = model.User.get(idle)
    old.created = old.last_active = (now - datetime.timedelta(days=400)).replace(
        tzinfo=None
    )
    model.Session.execute(
        sa.insert(JournalLine).values(
            verb="published", org_id=commune.org_id, object_type="test", detail={},
            object_id="ancient", at=now - datetime.timedelta(days=400),
        )
    )  # fmt: skip
    model.Session.commit()
    run(cli, "daily")
    model.Session.expire_all()
    told = "\n".join(letters_to(mailbox, model.User.get(helper).email))
    assert commune.name in told, "whose mandate ends is told"
    assert letters_to(mailbox, model.User.get(manager).email), "and who gave it"
    assert len(letters_to(mailbox, invited)) == 1, "what waits is sent"
    ancient = sa.select(JournalLine).where(JournalLine.object_id == "ancient")
    assert model.Session.scalars(ancient).first() is None, "what is past is forgotten"
    assert letters_to(mailbox, model.User.get(idle).email), "an idle account is warned"
    before = len(mailbox.envelopes)
    run(cli, "daily")
    assert len(mailbox.envelopes) == before, "and nobody is told twice"
    assert model.Session.get(Account, model.User.get(idle).id) is not None
