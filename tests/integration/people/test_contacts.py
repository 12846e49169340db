"""«The ATD»: who animates above a collectivité, and the portal's mailbox."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator
from unittest import mock

import pytest
from ckan import model
from ckan.plugins import toolkit as tk

from ckanext.odlocale.people import idle_accounts
from ckanext.odlocale.people.contacts import atd_of, people_of
from ckanext.odlocale.people.tables import OfficialAddress
from tests.integration.mailbox import Mailbox
from tests.integration.people.conftest import Epci, account, as_site
from tests.integration.people.test_idle import last_seen
from tests.integration.people.test_mandates import ask
from tests.integration.people.test_team import letters_to
from tests.integration.publishing.conftest import Town, call_as

ATD = "boite-atd@essai.example"


@pytest.fixture(autouse=True)
def mailbox_of_atd() -> Iterator[None]:
    with mock.patch.dict(tk.config, {"ckanext.odlocale.contact_email": ATD}):
        yield


class Land:
    """Two communes, each below an EPCI and an ATD of its own."""

    def __init__(self, town: Callable[[], Town], epci: Callable[..., Epci]) -> None:
        self.town, self.other = town(), town()
        for place in (self.town, self.other):
            for one, _ in people_of(place.org_id):
                if one.name != place.agent:
                    as_site("organization_member_delete", id=place.org_id,
                            username=one.name)  # fmt: skip
        self.epci, self.other_epci = epci(self.town), epci(self.other)
        # The fixture takes whatever has an organisation.
        self.atd, self.other_atd = epci(self.epci), epci(self.other_epci)
        for one in (self.epci, self.other_epci, self.atd, self.other_atd):
            for user, _ in people_of(one.org_id):
                if user.name not in (one.agent, one.animator):
                    as_site("organization_member_delete", id=one.org_id,
                            username=user.name)  # fmt: skip


@pytest.fixture
def land(town: Callable[[], Town], epci: Callable[..., Epci]) -> Land:
    return Land(town, epci)


def told(mailbox: Mailbox, subject: str) -> set[str]:
    """Names of the accounts that a letter was sent to; the mailbox is itself."""
    addresses = {to for sent in mailbox.envelopes for to in sent.rcpt_tos}
    counts = {
        to: sum(subject in one for one in letters_to(mailbox, to)) for to in addresses
    }
    assert max(counts.values()) == 1, "each once"
    known = {one.email: one.name for one in model.Session.query(model.User)}
    return {known.get(one, one) for one, count in counts.items() if count}


def test_only_those_above_are_the_atd(land: Land) -> None:
    above = {land.epci.animator, land.atd.animator}
    assert {getattr(one, "name", one.email) for one in atd_of(land.town.org_id)} == {
        *above, ATD,
    }  # fmt: skip
    assert [one.email for one in atd_of(None)] == [ATD]


def test_a_last_departure_is_told_to_those_above_but_who_did_it(
    land: Land, mailbox: Mailbox
) -> None:
    mailbox.envelopes.clear()
    call_as(land.atd.animator, "odlocale_person_remove", org_id=land.town.org_id,
            user=land.town.agent)  # fmt: skip
    assert told(mailbox, "nobody left") == {land.epci.animator, ATD}
    mailbox.envelopes.clear()
    call_as(land.other.agent, "odlocale_person_leave", org_id=land.other.org_id)
    assert told(mailbox, "nobody left") == {
        land.other_epci.animator, land.other_atd.animator, ATD,
    }  # fmt: skip


def test_a_code_of_the_town_hall_is_told_to_those_above(
    land: Land, mailbox: Mailbox
) -> None:
    official = f"mairie-{land.town.siren}@essai.example"
    model.Session.merge(
        OfficialAddress(siren=land.town.siren, email=official, source="animator")
    )
    model.Session.commit()
    person = account()
    asked = call_as(person, "odlocale_access_ask", code=land.town.code)
    code = re.search(r"\d{3}\s\d{3}", letters_to(mailbox, official)[-1])
    assert code
    mailbox.envelopes.clear()
    call_as(person, "odlocale_access_confirm", id=asked["id"], typed=code.group())
    assert told(mailbox, "may publish") == {
        land.town.agent, land.epci.animator, land.atd.animator, ATD,
    }  # fmt: skip


def test_a_mandate_asked_where_nobody_is_there_goes_to_those_above(
    land: Land, mailbox: Mailbox
) -> None:
    as_site("organization_member_delete", id=land.town.org_id,
            username=land.town.agent)  # fmt: skip
    helper = account()
    mailbox.envelopes.clear()
    ask(helper, land.town, "agent", helper)
    assert told(mailbox, "asks to act") == {
        helper, land.epci.animator, land.atd.animator, ATD,
    }  # fmt: skip


def test_each_animator_reads_of_the_sleeping_teams_below_him_only(
    land: Land, mailbox: Mailbox
) -> None:
    now = datetime.datetime.now(datetime.timezone.utc)
    for name in (land.town.agent, land.other.agent):
        last_seen(name, 340)
    mailbox.envelopes.clear()
    idle_accounts.review(now)
    for head, theirs, not_theirs in (
        (land.atd.animator, land.town, land.other),
        (land.other_atd.animator, land.other, land.town),
    ):
        received = letters_to(mailbox, str(model.User.get(head).email))
        assert len(received) == 1
        names = {model.Group.get(one.org_id).title for one in (theirs, not_theirs)}
        assert len(names) == 2
        assert theirs.name in received[0].split("\n")
        assert not_theirs.name not in received[0].split("\n")
