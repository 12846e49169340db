"""The digest of a month: real figures, once to each animator."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from ckan import model
from ckan.tests import factories

from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.reminders import digest_sending
from ckanext.odlocale.reminders.digest import Month
from ckanext.odlocale.reminders.model import LetterStop, Reminder
from ckanext.odlocale.territory.register import Register
from ckanext.odlocale.territory.tables import (
    AtdPerimeter,
    Collectivity,
    PerimeterMember,
)
from tests.integration.mailbox import Mailbox
from tests.integration.publishing.conftest import Town, budget, publish, send
from tests.integration.reminders.conftest import NOW

MONTH = Month.before(NOW.date())


@pytest.fixture
def atd(portal: None) -> Callable[..., str]:
    """Make an ATD that covers some communes; return its animator."""

    def make(*towns: Town) -> str:
        head = next(
            one
            for one in Register.load().departement("81")
            if one.kind == "epci" and not model.Session.get(Collectivity, one.siren)
        )
        name = f"anime-{uuid.uuid4().hex[:10]}"
        user = factories.User(name=name, email=f"{name}@essai.example")
        members = [{"name": user["name"], "capacity": "admin"}]
        organization = factories.Organization(name=f"atd-{name}", users=members)
        model.Session.add(
            Collectivity(
                siren=head.siren, kind=head.kind, name=head.name, cog_vintage=2026,
                org_id=organization["id"], status="active",
            )
        )  # fmt: skip
        model.Session.flush()
        model.Session.add(
            AtdPerimeter(atd_siren=head.siren, name=head.name, definition={})
        )
        model.Session.flush()
        for one in towns:
            model.Session.add(PerimeterMember(atd_siren=head.siren, siren=one.siren))
        model.Session.commit()
        return str(user["id"])

    return make


def change(place: Town, **values: Any) -> None:
    model.Session.query(Deposit).filter_by(siren=place.siren).update(values)
    model.Session.commit()


def test_the_digest_says_who_began_who_needs_help_and_leaves_once(
    town: Callable[[], Town], atd: Callable[..., str], mailbox: Mailbox, app: Any
) -> None:
    new, old, stuck, late, silent = (town() for _ in range(5))
    publish(new, budget(new.siret))
    noon = datetime.time(12, tzinfo=datetime.timezone.utc)
    change(new, published_at=datetime.datetime.combine(MONTH.first_day, noon))
    publish(old, budget(old.siret))
    change(old, published_at=NOW - datetime.timedelta(days=400))
    send(stuck, budget(stuck.siret))
    change(stuck, updated_at=NOW - datetime.timedelta(days=45))
    told = {"budget": {"due_on": "2026-05-15", "late": 2, "on": "2026-08-01"}}
    reminder = {"user_id": "u", "at": NOW, "state": "sent", "told": told}
    model.Session.add(Reminder(siren=late.siren, **reminder))
    animator = atd(new, old, stuck, late, silent)
    address = model.User.get(animator).email
    with app.flask_app.test_request_context():
        digest_sending.send_digests(NOW)
        digest_sending.send_digests(NOW)
    (envelope,) = [one for one in mailbox.envelopes if address in one.rcpt_tos]
    message = message_from_bytes(envelope.content, policy=default)
    assert isinstance(message, EmailMessage)
    assert "1 commune de plus, 2 à aider" in message["Subject"]
    assert message["Subject"].startswith(MONTH.name)
    body = message.get_body(("plain",))
    assert body is not None
    text = " ".join(body.get_content().split())
    assert "2 de vos 5" in text
    assert f"Nouvelles : {new.name}." in text
    assert stuck.name in text
    assert late.name in text
    assert silent.name not in text
    assert "/rappel/arret/" in message["List-Unsubscribe"]


def test_who_stopped_it_is_not_written_to(
    town: Callable[[], Town], atd: Callable[..., str], mailbox: Mailbox, app: Any
) -> None:
    animator = atd(town())
    LetterStop.put(animator, "digest")
    model.Session.commit()
    with app.flask_app.test_request_context():
        digest_sending.send_digests(NOW)
    address = model.User.get(animator).email
    assert not [one for one in mailbox.envelopes if address in one.rcpt_tos]


def test_a_dry_run_names_who_and_sends_nothing(
    town: Callable[[], Town], atd: Callable[..., str], mailbox: Mailbox, app: Any
) -> None:
    address = model.User.get(atd(town())).email
    told: list[str] = []
    with app.flask_app.test_request_context():
        digest_sending.send_digests(
            NOW, dry_run=True, tell=lambda to, _, __: told.append(to)
        )
    assert address in told
    assert mailbox.envelopes == []
