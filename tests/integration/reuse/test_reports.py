"""A reader reports an error; the reader is answered."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from unittest import mock

import pytest
from ckan import model
from ckan.plugins import toolkit as tk

from ckanext.odlocale import rooms
from ckanext.odlocale.base.journal import JournalLine
from ckanext.odlocale.reuse.model import Report
from ckanext.odlocale.reuse.reports import (
    MAX_FROM_NOBODY,
    MAX_FROM_ONE,
    MAX_LETTERS,
)
from tests.integration.mailbox import Mailbox
from tests.integration.publishing.conftest import Desk, Town, budget, call_as, publish

Open = Callable[[str | None], Desk]
MESSAGE = "Le montant de la ligne 3 ne va pas."
READER = "lectrice@essai.example"
ATD = "atd@essai.example"


@pytest.fixture(autouse=True)
def address_of_atd() -> Any:
    with mock.patch.dict(tk.config, {"ckanext.odlocale.contact_email": ATD}):
        yield


def letters(mailbox: Mailbox, address: str) -> list[tuple[str, str]]:
    found = []
    for envelope in mailbox.envelopes:
        if address in envelope.rcpt_tos:
            message = message_from_bytes(envelope.content, policy=default)
            assert isinstance(message, EmailMessage)
            body = message.get_body(("plain",))
            assert body is not None
            found.append((str(message["Subject"]), str(body.get_content())))
    return found


def path_of(town: Town, key: str) -> str:
    return f"/signaler/{town.code}/budget/{key}"


def report(town: Town, key: str, **more: Any) -> None:
    place = {"code": town.code, "schema": "budget", "key": key}
    call_as("", "odlocale_report_create", **place, message=MESSAGE, **more)


def reports_of(town: Town) -> list[Report]:
    return list(
        model.Session.query(Report)
        .filter_by(siren=town.siren)
        .order_by(Report.created_at)
    )


def test_from_the_page_of_the_file_to_the_answer_that_the_reader_reads(
    mende: Town, desk_of: Open, mailbox: Mailbox
) -> None:
    online = publish(mende, budget(mende.siret))
    reader = desk_of(None).get(f"/dataset/{online['package_id']}")
    path = path_of(mende, online["key"])
    assert path in reader.page
    reader.get(path).post(path, {"message": MESSAGE, "row": "3", "email": READER})
    assert reader.address == path + "/merci"
    (subject, text), *_ = letters(mailbox, model.User.get(mende.agent).email)
    assert mende.name in subject
    assert MESSAGE not in text
    assert len(letters(mailbox, ATD)) == 1

    agent = desk_of(mende.agent).get(f"/publier/{mende.code}")
    link = re.search(r'href="(/publier/signalement/[^"]+)"', agent.page)
    assert link
    assert link.group(1) in text
    assert MESSAGE in agent.get(link.group(1)).page
    # Nothing newer is online: there is nothing to link to.
    agent.post(link.group(1), {"verdict": "corrected"})
    assert agent.response.status_code == 400
    sent = publish_again(mende, rows=11)
    agent.get(link.group(1)).post(link.group(1), {"verdict": "corrected"})
    assert agent.address == f"/publier/{mende.code}"
    ((subject, text),) = letters(mailbox, READER)
    assert "corrigée" in subject
    assert f"/donnees/{mende.code}/budget/{online['key']}.csv" in text
    (kept,) = reports_of(mende)
    model.Session.refresh(kept)
    assert (kept.state, kept.release_id, kept.email) == ("corrected", sent["id"], "")
    assert "signalement/" not in agent.get(f"/publier/{mende.code}").page
    verbs = model.Session.query(JournalLine.verb).filter_by(object_id=kept.id)
    assert [verb for (verb,) in verbs.order_by(JournalLine.id)] == [
        "reported",
        "report corrected",
    ]


def publish_again(town: Town, rows: int) -> dict[str, Any]:
    """Replace the file that is online."""
    sent = call_as(
        town.agent,
        "odlocale_deposit_create",
        org_id=town.org_id,
        upload=io.BytesIO(budget(town.siret, rows=rows)),
        filename="b.csv",
    )
    call_as(town.agent, "odlocale_deposit_correct", id=sent["id"])
    online = call_as(town.agent, "odlocale_deposit_show", id=sent["id"])["online"]
    call_as(town.agent, "odlocale_deposit_answer", id=sent["id"], replaces=online)
    return dict(call_as(town.agent, "odlocale_deposit_publish", id=sent["id"]))


def test_it_is_no_error_and_the_reader_is_told_why(
    mende: Town, desk_of: Open, mailbox: Mailbox
) -> None:
    online = publish(mende, budget(mende.siret))
    report(mende, online["key"], email=READER)
    (kept,) = reports_of(mende)
    where = f"/publier/signalement/{kept.id}"
    agent = desk_of(mende.agent).get(where)
    agent.post(where, {"verdict": "refused", "reason": "non"})
    assert agent.response.status_code == 400
    assert "non</textarea>" in agent.page
    reason = "Ce montant est celui du <b>vote</b>."
    agent.post(where, {"verdict": "refused", "reason": reason})
    ((_, text),) = letters(mailbox, READER)
    assert "<b>vote</b>" in text
    again = {"id": kept.id, "verdict": "refused", "reason": reason}
    with pytest.raises(tk.ValidationError):
        call_as(mende.agent, "odlocale_report_settle", **again)
    assert len(letters(mailbox, READER)) == 1


def test_hostile_words_are_shown_and_never_obeyed(
    mende: Town, desk_of: Open, mailbox: Mailbox
) -> None:
    online = publish(mende, budget(mende.siret))
    path = path_of(mende, online["key"])
    hostile = "<script>alert(1)</script> {{ 7*7 }} \u202eabc"
    desk_of(None).get(path).post(path, {"message": hostile})
    (kept,) = reports_of(mende)
    page = desk_of(mende.agent).get(f"/publier/signalement/{kept.id}").page
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "{{ 7*7 }}" in page


REFUSED = {
    "a megabyte": ({"message": "x" * 1_000_000}, 413),
    "a little too much": ({"message": "x" * 3_000}, 400),
    "nothing": ({"message": " "}, 400),
    "a header": ({"message": MESSAGE, "email": "a@b.fr\r\nBcc: x@y.fr"}, 400),
    "a row that is none": ({"message": MESSAGE, "row": "<b>"}, 400),
}


@pytest.mark.parametrize(("form", "status"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_kept_is_refused_and_what_was_typed_stays(
    form: dict[str, str], status: int, mende: Town, desk_of: Open, mailbox: Mailbox
) -> None:
    online = publish(mende, budget(mende.siret))
    path = path_of(mende, online["key"])
    desk = desk_of(None).get(path).post(path, form)
    assert desk.response.status_code == status
    assert reports_of(mende) == []
    assert mailbox.envelopes == []
    if status == 400 and form["message"] == MESSAGE:
        assert MESSAGE in desk.page


def test_a_program_that_fills_in_every_field_is_thanked_and_forgotten(
    mende: Town, desk_of: Open, mailbox: Mailbox
) -> None:
    online = publish(mende, budget(mende.siret))
    path = path_of(mende, online["key"])
    filled = {"message": MESSAGE, "email": READER, "website": "https://spam.example"}
    desk = desk_of(None).get(path).post(path, filled)
    assert desk.address == path + "/merci"
    assert reports_of(mende) == []
    assert mailbox.envelopes == []


def test_a_flood_from_one_address_stops_and_letters_stop_before(
    mende: Town, app: Any, mailbox: Mailbox
) -> None:
    key = publish(mende, budget(mende.siret))["key"]
    visitor = {"REMOTE_ADDR": "81.2.69.160"}
    with app.flask_app.test_request_context(environ_base=visitor):
        for _ in range(MAX_FROM_ONE):
            report(mende, key)
        with pytest.raises(tk.ValidationError):
            report(mende, key)
    with app.flask_app.test_request_context(
        environ_base={"REMOTE_ADDR": "81.2.69.161"}
    ):
        report(mende, key)
    assert len(reports_of(mende)) == MAX_FROM_ONE + 1
    assert len(letters(mailbox, ATD)) == MAX_LETTERS
    assert all("81.2" not in one.origin for one in reports_of(mende))


def test_whom_the_network_does_not_tell_closes_reports_to_nobody_else(
    mende: Town, app: Any, mailbox: Mailbox
) -> None:
    flooded, other = (
        publish(mende, budget(mende.siret, year=year))["key"] for year in (2021, 2022)
    )
    for _ in range(MAX_FROM_NOBODY):
        report(mende, flooded)
    with pytest.raises(tk.ValidationError):
        report(mende, flooded)
    report(mende, other)
    visitor = {"REMOTE_ADDR": "81.2.69.162"}
    with app.flask_app.test_request_context(environ_base=visitor):
        report(mende, flooded)
    assert len(reports_of(mende)) == MAX_FROM_NOBODY + 2


def test_a_report_about_people_comes_first_and_is_always_written(
    mende: Town, mailbox: Mailbox
) -> None:
    key = publish(mende, budget(mende.siret))["key"]
    for _ in range(MAX_LETTERS):
        report(mende, key)
    report(mende, key, personal="yes")
    assert len(letters(mailbox, ATD)) == MAX_LETTERS + 1
    listed = call_as(mende.agent, "odlocale_report_list", org_id=mende.org_id)
    assert [one["personal"] for one in listed][:2] == [True, False]


@pytest.mark.parametrize("key", ["absent", "a\0b", "../2022"])
def test_nobody_reports_a_file_that_is_not_online(key: str, mende: Town) -> None:
    publish(mende, budget(mende.siret))
    with pytest.raises(tk.ObjectNotFound):
        report(mende, key)


def test_a_withdrawn_file_is_no_longer_reported(mende: Town, desk_of: Open) -> None:
    online = publish(mende, budget(mende.siret))
    call_as(mende.agent, "odlocale_deposit_withdraw", id=online["id"])
    desk = desk_of(None).get(path_of(mende, online["key"]))
    assert desk.response.status_code == 404


def test_another_town_hall_reads_no_report(
    mende: Town, town: Callable[[], Town], desk_of: Open
) -> None:
    report(mende, publish(mende, budget(mende.siret))["key"])
    (kept,) = reports_of(mende)
    desk = desk_of(town().agent).get(f"/publier/signalement/{kept.id}")
    assert desk.response.status_code == 403
    assert MESSAGE not in desk.page


def test_the_address_stays_until_a_letter_left(mende: Town) -> None:
    report(mende, publish(mende, budget(mende.siret))["key"], email=READER)
    (kept,) = reports_of(mende)
    settled = call_as(
        mende.agent,
        "odlocale_report_settle",
        id=kept.id, verdict="refused", reason="C'est bien ce montant.",
    )  # fmt: skip
    assert (settled["told"], settled["wants_answer"]) == (False, True)


def test_reports_and_marks_go_in_their_time(mende: Town) -> None:
    report(mende, publish(mende, budget(mende.siret))["key"], email=READER)
    (kept,) = reports_of(mende)
    kept.origin = "marque"
    model.Session.commit()
    now = datetime.datetime.now(datetime.timezone.utc)
    rooms.call_hooks("each_day", now + datetime.timedelta(days=2))
    model.Session.refresh(kept)
    assert kept.origin == ""
    days = int(tk.config["ckanext.odlocale.report_days"])
    rooms.call_hooks("each_day", now + datetime.timedelta(days=days + 1))
    assert reports_of(mende) == []
