"""Asking the ATD about a file: a letter, and nothing of the file in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from unittest import mock

import pytest
from ckan.plugins import toolkit as tk

from ckanext.odlocale.publishing.help_actions import MAX_QUESTIONS
from tests.integration.mailbox import Mailbox
from tests.integration.publishing.conftest import Desk, Town, budget, call_as, send
from tests.integration.publishing.test_decisions import send_grants
from tests.publishing.test_replaying import PEOPLE

Open = Callable[[str | None], Desk]
ATD = "animatrice@departement.example"


@pytest.fixture(autouse=True)
def contact(portal: None) -> Iterator[None]:
    with mock.patch.dict(tk.config, {"ckanext.odlocale.contact_email": ATD}):
        yield


def test_not_knowing_asks_the_atd_and_publishes_nothing(
    mende: Town, desk_of: Open, mailbox: Mailbox
) -> None:
    sent, group = send_grants(mende)
    address = f"/publier/depot/{sent['id']}/lignes/{group}"
    desk = desk_of(mende.agent).get(address)
    assert "Je ne sais pas" in desk.page
    desk.post(address, {"answer-3": "unsure", "answer-4": "withdraw"})
    assert ATD in desk.page
    letter = mailbox.only_message()
    assert letter["To"].addresses[0].addr_spec == ATD
    plain = letter.get_body(("plain",)).get_content()
    assert f"/publier/depot/{sent['id']}" in plain
    assert not any(name in letter.as_string() for name in PEOPLE)
    # What was known is kept; what was not still stands in the way.
    shown = call_as(mende.agent, "odlocale_deposit_show", id=sent["id"])
    assert shown["analysis"]["withdrawn"] == 1
    assert shown["tally"]["blocking"] == 1


def test_a_question_is_sent_from_its_page(
    mende: Town, desk_of: Open, mailbox: Mailbox
) -> None:
    sent = send(mende, budget(mende.siret))
    desk = desk_of(mende.agent).get(f"/publier/depot/{sent['id']}/verifier")
    address = f"/publier/depot/{sent['id']}/aide"
    assert f'href="{address}"' in desk.page
    desk.get(address).post(address, {"message": "Est-ce le bon <b>budget</b> ?"})
    page = mailbox.only_message().get_body(("html",)).get_content()
    assert "Est-ce le bon &lt;b&gt;budget&lt;/b&gt;" in page
    assert mailbox.only_message()["Reply-To"]


def test_what_cannot_be_sent_is_told_and_kept(mende: Town, desk_of: Open) -> None:
    sent = send(mende, budget(mende.siret))
    address = f"/publier/depot/{sent['id']}/aide"
    desk = desk_of(mende.agent).get(address)
    # No mail server is set.
    with mock.patch.dict(tk.config, {"smtp.server": ""}):
        desk.post(address, {"message": "Mes mots à moi"})
    assert "n’a pas pu partir" in desk.page
    assert "Mes mots à moi" in desk.page
    long = "a" * 2_001
    desk.post(address, {"message": long})
    assert long in desk.page


def test_questions_of_a_day_are_counted(
    mende: Town, desk_of: Open, mailbox: Mailbox
) -> None:
    sent = send(mende, budget(mende.siret))
    for _ in range(MAX_QUESTIONS):
        call_as(mende.agent, "odlocale_deposit_ask", id=sent["id"])
    with pytest.raises(tk.ValidationError) as refused:
        call_as(mende.agent, "odlocale_deposit_ask", id=sent["id"])
    assert refused.value.error_dict["refusal"] == ["ASKED"]
    assert len(mailbox.envelopes) == MAX_QUESTIONS


@pytest.mark.parametrize("who", ["another", "nobody"])
def test_nobody_else_asks_about_a_file(
    who: str, mende: Town, town: Callable[[], Town], mailbox: Mailbox
) -> None:
    sent = send(mende, budget(mende.siret))
    caller = town().agent if who == "another" else ""
    with pytest.raises(tk.NotAuthorized):
        call_as(caller, "odlocale_deposit_ask", id=sent["id"])
    assert mailbox.envelopes == []
