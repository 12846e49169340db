"""Reminders as they leave: real SMTP, once a week, nobody twice."""

from __future__ import annotations

import datetime
import re
import threading
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from click.testing import CliRunner

from ckanext.odlocale.base.french import format_date
from ckanext.odlocale.people import bouncing
from ckanext.odlocale.people.members import drop_capacity, set_capacity
from ckanext.odlocale.reminders import sending
from ckanext.odlocale.reminders.model import LetterStop, Reminder
from tests.integration.mailbox import Mailbox
from tests.integration.publishing.conftest import Town, budget, call_as, publish
from tests.integration.reminders.conftest import NOW, Desk

SITE = "http://test.ckan.net"


def messages(mailbox: Mailbox) -> list[EmailMessage]:
    found = []
    for envelope in mailbox.envelopes:
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        found.append(message)
    return found


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def remind(app: Any, now: datetime.datetime = NOW, **more: Any) -> int:
    with app.flask_app.test_request_context():
        return sending.send_reminders(now, per_minute=0, **more)


def path_in(text: str, beginning: str) -> str:
    found = re.search(r"https?://[^/\s]+(" + re.escape(beginning) + r"\S+)", text)
    assert found, text
    return found.group(1)


@pytest.mark.usefixtures("alone")
def test_a_late_budget_is_told_in_french_with_what_to_do(
    late_town: Callable[[], Town], mailbox: Mailbox, app: Any
) -> None:
    place = late_town()
    assert remind(app) == 1
    message = mailbox.only_message()
    text = text_of(message)
    assert place.name in message["Subject"]
    assert "Budget" in message["Subject"]
    assert "attendu" in message["Subject"]
    path_in(text, f"/publier/{place.code}/budget/preparer/")
    path_in(text, "/rappel/rien/")
    stop = path_in(text, "/rappel/arret/")
    assert message["List-Unsubscribe"].endswith(stop + ">")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    html = message.get_body(("html",))
    assert html is not None
    assert "<a href" in html.get_content()


@pytest.mark.usefixtures("alone")
def test_nobody_is_written_to_twice_in_a_week_nor_before_four_weeks(
    late_town: Callable[[], Town], mailbox: Mailbox, app: Any
) -> None:
    late_town()
    assert remind(app) == 1
    for days in (0, 1, 6, 7, 20):
        assert remind(app, NOW + datetime.timedelta(days=days)) == 0
    assert remind(app, NOW + datetime.timedelta(days=28)) == 1
    assert len(mailbox.envelopes) == 2


@pytest.mark.usefixtures("alone")
def test_the_first_letter_comes_before_the_day(
    town: Callable[[], Town], mailbox: Mailbox, app: Any
) -> None:
    """Once, with the table ready and the answer «nothing»; the next one is late."""
    place = town()
    for year in (NOW.year - 1, NOW.year):
        publish(place, budget(place.siret, year=year))
    day = next(
        number
        for number in range(800)
        if list(sending.plan_letters(NOW + datetime.timedelta(days=number)))
    )
    assert day > 0, "nothing is expected today"
    now = NOW + datetime.timedelta(days=day)
    (planned,) = sending.plan_letters(now)
    due_on = planned.parts[0].lines[0].due_on
    assert due_on is not None
    assert now.date() < due_on
    assert remind(app, now) == 1
    message = mailbox.only_message()
    text, said = text_of(message), format_date(due_on)
    assert f"avant le {said}" in message["Subject"]
    assert f"une mise à jour est attendue avant le {said}" in text
    path_in(text, f"/publier/{place.code}/budget/preparer/")
    path_in(text, "/rappel/rien/")
    left = (due_on - now.date()).days
    for later in (7, left):
        assert remind(app, now + datetime.timedelta(days=later)) == 0
    assert remind(app, now + datetime.timedelta(days=max(left + 1, 8))) == 1
    assert "attendu" in messages(mailbox)[-1]["Subject"]


@pytest.mark.usefixtures("alone")
def test_nobody_writes_to_an_address_that_letters_come_back_from(
    late_town: Callable[[], Town], mailbox: Mailbox, app: Any
) -> None:
    place = late_town()
    user = model.User.get(place.agent)
    bouncing.mark_account(user.id, NOW)
    model.Session.commit()
    assert remind(app) == 0
    # Until somebody corrects the address.
    bouncing.mark_account(user.id, None)
    model.Session.commit()
    assert remind(app) == 1


@pytest.mark.usefixtures("alone")
def test_no_letter_leaves_once_all_is_up_to_date_or_answered(
    late_town: Callable[[], Town], mailbox: Mailbox, app: Any
) -> None:
    place = late_town()
    for year in (NOW.year - 1, NOW.year, NOW.year + 1):
        said = {"org_id": place.org_id, "schema": "budget", "year": year}
        call_as(place.agent, "odlocale_answer_nothing", **said)
    assert remind(app) == 0
    assert mailbox.envelopes == []


@pytest.mark.usefixtures("alone")
def test_who_works_at_three_town_halls_has_one_letter_a_week(
    late_town: Callable[[], Town], mailbox: Mailbox, app: Any
) -> None:
    places = [late_town() for _ in range(3)]
    shared = model.User.get(places[0].agent)
    for one in places[1:]:
        set_capacity(one.org_id, shared.id, "editor")
        drop_capacity(one.org_id, model.User.get(one.agent).id)
    model.Session.commit()
    assert remind(app) == 1
    message = mailbox.only_message()
    text = text_of(message)
    assert "et 2 autres" in message["Subject"]
    for one in places:
        assert one.name in text
        path_in(text, f"/publier/{one.code}/budget/preparer/")
        assert Reminder.of(one.siren, shared.id).state == "sent"
    # Another of hers becomes late three days after: it waits for its week.
    other = late_town()
    set_capacity(other.org_id, shared.id, "editor")
    drop_capacity(other.org_id, model.User.get(other.agent).id)
    model.Session.commit()
    assert remind(app, NOW + datetime.timedelta(days=3)) == 0
    assert remind(app, NOW + datetime.timedelta(days=7)) == 1
    text = text_of(messages(mailbox)[-1])
    path_in(text, f"/publier/{other.code}/budget/preparer/")
    assert not any(f"/publier/{one.code}/" in text for one in places)


@pytest.mark.usefixtures("alone")
def test_a_commune_that_never_published_is_not_reminded(
    town: Callable[[], Town], mailbox: Mailbox, app: Any
) -> None:
    town()
    assert remind(app) == 0
    assert mailbox.envelopes == []


@pytest.mark.usefixtures("alone")
def test_who_left_the_town_hall_is_not_written_to(
    late_town: Callable[[], Town], mailbox: Mailbox, app: Any
) -> None:
    place = late_town()
    drop_capacity(place.org_id, model.User.get(place.agent).id)
    model.Session.commit()
    assert remind(app) == 0
    assert mailbox.envelopes == []


@pytest.mark.usefixtures("alone")
def test_a_worker_killed_while_sending_writes_to_nobody_twice(
    late_town: Callable[[], Town],
    mailbox: Mailbox,
    app: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    late_town(), late_town()
    really_send = sending.send

    def killed(*args: Any, **more: Any) -> None:
        really_send(*args, **more)
        raise KeyboardInterrupt

    monkeypatch.setattr(sending, "send", killed)
    with pytest.raises(KeyboardInterrupt):
        remind(app)
    monkeypatch.setattr(sending, "send", really_send)
    model.Session.rollback()
    assert remind(app) == 1
    receivers = [one.rcpt_tos[0] for one in mailbox.envelopes]
    assert len(receivers) == len(set(receivers)) == 2


@pytest.mark.usefixtures("alone")
def test_two_workers_write_once(
    late_town: Callable[[], Town], mailbox: Mailbox, app: Any
) -> None:
    for _ in range(3):
        late_town()
    barrier, errors = threading.Barrier(2), []

    def work() -> None:
        try:
            barrier.wait()
            remind(app)
        except Exception as error:
            errors.append(error)
        finally:
            model.Session.remove()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert errors == []
    receivers = [one.rcpt_tos[0] for one in mailbox.envelopes]
    assert sorted(receivers) == sorted(set(receivers))
    assert len(receivers) == 3


@pytest.mark.usefixtures("alone")
def test_a_server_out_of_reach_leaves_everybody_for_the_next_run(
    late_town: Callable[[], Town], app: Any, ckan_config: Any
) -> None:
    place = late_town()
    nowhere = {"smtp.server": "127.0.0.1:1", "smtp.mail_from": "a@essai.example"}
    kept = {name: tk.config[name] for name in nowhere}
    tk.config.update(nowhere)
    try:
        with pytest.raises(sending.ServerOutOfReach):
            remind(app)
    finally:
        tk.config.update(kept)
    user = model.User.get(place.agent)
    assert Reminder.of(place.siren, user.id) is None


@pytest.mark.usefixtures("alone")
def test_an_address_that_the_server_refuses_stops_no_other(
    late_town: Callable[[], Town], mailbox: Mailbox, app: Any
) -> None:
    wrong, right = late_town(), late_town()
    user = model.User.get(wrong.agent)
    user.email = f"inconnu@{user.id}.example"
    model.Session.commit()
    assert remind(app) == 1
    found = Reminder.of(wrong.siren, user.id)
    assert found is not None
    assert found.state == "refused"
    assert found.error == "550", "the server's words quote the address"
    assert mailbox.envelopes[0].rcpt_tos == [model.User.get(right.agent).email]


@pytest.mark.usefixtures("alone")
def test_from_the_letter_two_clicks_answer_and_nobody_logs_in(
    late_town: Callable[[], Town],
    mailbox: Mailbox,
    app: Any,
    desk_of: Callable[[str | None], Desk],
) -> None:
    place = late_town()
    remind(app)
    link = path_in(text_of(mailbox.only_message()), "/rappel/rien/")
    desk = desk_of(None).get(link)
    assert desk.response.status_code == 200
    assert "no-store" in desk.response.headers["Cache-Control"]
    assert call_as(place.agent, "odlocale_answer_list", org_id=place.org_id) == []
    desk.post(link, {"answer": "nothing"})
    answers = call_as(place.agent, "odlocale_answer_list", org_id=place.org_id)
    assert [one["schema"] for one in answers] == ["budget"]
    assert len(mailbox.envelopes) == 2
    assert "notée" in messages(mailbox)[1]["Subject"]
    # The button again: no second letter.
    desk.post(link, {"answer": "nothing"})
    assert len(mailbox.envelopes) == 2
    desk.post(link, {"answer": "undo"})
    assert call_as(place.agent, "odlocale_answer_list", org_id=place.org_id) == []


@pytest.mark.usefixtures("alone")
def test_the_link_of_who_left_answers_nothing(
    late_town: Callable[[], Town],
    mailbox: Mailbox,
    app: Any,
    desk_of: Callable[[str | None], Desk],
) -> None:
    place = late_town()
    remind(app)
    link = path_in(text_of(mailbox.only_message()), "/rappel/rien/")
    drop_capacity(place.org_id, model.User.get(place.agent).id)
    model.Session.commit()
    assert desk_of(None).get(link).response.status_code == 403
    assert desk_of(None).post_bare(link, {"answer": "nothing"}) == 403


@pytest.mark.usefixtures("alone")
def test_one_click_of_a_mail_program_stops_reminders_and_a_page_brings_them_back(
    late_town: Callable[[], Town],
    mailbox: Mailbox,
    app: Any,
    desk_of: Callable[[str | None], Desk],
) -> None:
    place = late_town()
    remind(app)
    link = path_in(text_of(mailbox.only_message()), "/rappel/arret/")
    user = model.User.get(place.agent)
    desk_of(None).get(link)
    assert not LetterStop.holds(user.id, "reminders")
    # As RFC 8058 says: no cookie, no token, this body.
    answered = desk_of(None).post_bare(link, {"List-Unsubscribe": "One-Click"})
    assert answered in (200, 302)
    assert LetterStop.holds(user.id, "reminders")
    assert remind(app, NOW + datetime.timedelta(days=40)) == 0
    desk_of(None).get(link).post(link, {"answer": "resume"})
    assert not LetterStop.holds(user.id, "reminders")
    assert remind(app, NOW + datetime.timedelta(days=40)) == 1


@pytest.mark.parametrize("page", ["rien", "arret"])
def test_an_invented_link_is_no_page(
    page: str, desk_of: Callable[[str | None], Desk]
) -> None:
    desk = desk_of(None)
    assert desk.get(f"/rappel/{page}/inventé").response.status_code == 404
    assert desk.post_bare(f"/rappel/{page}/x.y.z", {}) == 404


def test_somebody_logged_in_finds_the_page_of_his_reminders(
    town: Callable[[], Town], desk_of: Callable[[str | None], Desk]
) -> None:
    desk = desk_of(town().agent).get("/rappel/mes-rappels")
    assert desk.address.startswith("/rappel/arret/")
    assert desk_of(None).get("/rappel/mes-rappels").address == "/user/login"


@pytest.mark.usefixtures("alone")
def test_a_dry_run_says_who_and_sends_nothing(
    late_town: Callable[[], Town], mailbox: Mailbox, app: Any, cli: CliRunner
) -> None:
    from ckan.cli.cli import ckan

    place = late_town()
    command = ["odlocale", "publishing", "remind"]
    result = cli.invoke(ckan, [*command, "--dry-run"])
    assert result.exit_code == 0, result.output
    assert place.code in result.stdout
    assert mailbox.envelopes == []
    result = cli.invoke(ckan, command)
    assert result.exit_code == 0, result.output
    assert len(mailbox.envelopes) == 1
