"""A file too long to wait for: its page, worker and letter, and what goes wrong."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.odlocale.publishing import work_actions, work_jobs
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.work_model import Work
from tests.integration.mailbox import Mailbox, mailbox
from tests.integration.publishing.conftest import Desk, Town, budget, call_as

Open = Callable[[str | None], Desk]
__all__ = ["mailbox"]


@pytest.fixture(autouse=True)
def long_from_200_bytes(portal: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tk.config, "ckanext.odlocale.long_file_bytes", 200)


def work_of(draft: str) -> Work:
    model.Session.rollback()
    work = Work.of(draft)
    assert work is not None
    return work


def run(app: Any, draft: str) -> None:
    """What the worker does when the queue gives it the job."""
    work = work_of(draft)
    token = work.token
    with app.flask_app.test_request_context():
        work_jobs.do_work(draft, token)
    model.Session.rollback()


def only_draft(town: Town) -> str:
    model.Session.rollback()
    (found,) = Deposit.of_organizations([town.org_id])
    return str(found.id)


def leave(draft: str) -> None:
    """Close the page, a while ago."""
    work_of(draft).seen_at = None
    model.Session.commit()


def drop(desk: Desk, town: Town) -> str:
    desk.drop(town, budget(town.siret))
    return only_draft(town)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Jobs given to the queue, which no worker takes here."""
    jobs: list[tuple[Any, ...]] = []

    class Queue:
        def enqueue(self, *arguments: Any, **options: Any) -> None:
            jobs.append(arguments)

    monkeypatch.setattr(work_actions, "get_queue", Queue)
    return jobs


def test_a_long_file_is_checked_and_published_while_its_agent_is_elsewhere(
    mende: Town, app: Any, desk_of: Open, asked: list[Any], mailbox: Mailbox
) -> None:
    desk = desk_of(mende.agent)
    draft = drop(desk, mende)
    assert desk.address.endswith("/lecture")
    assert "Votre fichier attend son tour." in desk.page
    assert "Vous pouvez fermer cette page, nous vous écrirons." in desk.page
    assert asked == [(work_jobs.do_work, draft, work_of(draft).token)]
    # The home says it, and leads to it; every other screen of it waits.
    assert "Voir où nous en sommes" in desk.get(f"/publier/{mende.code}").page
    assert desk.get(f"/publier/depot/{draft}/verifier").address.endswith("/lecture")

    leave(draft)
    run(app, draft)
    assert Work.of(draft) is None
    assert "est vérifié" in mailbox.only_message()["Subject"]
    desk.get(f"/publier/depot/{draft}")
    assert desk.address.endswith("/verifier")

    desk.post(f"/publier/depot/{draft}/corriger", {})
    assert desk.address.endswith("/lecture")
    leave(draft)
    run(app, draft)
    shown = call_as(mende.agent, "odlocale_deposit_show", id=draft)
    assert shown["state"] == "checked"
    assert shown["corrections"]

    seen = {"version": shown["version"]}
    desk.post(f"/publier/depot/{draft}/publier", seen)
    assert "Nous publions vos données" in desk.page
    assert call_as(mende.agent, "odlocale_deposit_show", id=draft)["state"] == "checked"
    leave(draft)
    run(app, draft)
    published = call_as(mende.agent, "odlocale_deposit_show", id=draft)
    assert published["state"] == "published"
    assert len(mailbox.envelopes) == 3
    # The journal says it as for any file: what was done, by her.
    desk.get(f"/publier/depot/{draft}")
    assert desk.address.endswith("/fini")


def test_who_looks_at_the_page_gets_no_letter(
    mende: Town, app: Any, desk_of: Open, asked: list[Any], mailbox: Mailbox
) -> None:
    desk = desk_of(mende.agent)
    draft = drop(desk, mende)
    answer = desk.get(f"/publier/depot/{draft}/lecture.json").page
    assert '"said":"Votre fichier attend son tour."' in answer.replace(": ", ":")
    run(app, draft)
    assert mailbox.envelopes == []
    assert desk.get(f"/publier/depot/{draft}/lecture.json").page.strip() == "null"


def test_who_just_left_the_page_gets_one(
    mende: Town, app: Any, desk_of: Open, asked: list[Any], mailbox: Mailbox
) -> None:
    """Its script says so: nobody waits for a silence to be long enough."""
    desk = desk_of(mende.agent)
    draft = drop(desk, mende)
    address = f"/publier/depot/{draft}/lecture.json"
    desk.get(address)
    assert f'data-module-left="{address}?quitte=1"' in desk.get(address[:-5]).page
    desk.get(f"{address}?quitte=1")
    run(app, draft)
    assert len(mailbox.envelopes) == 1


def test_what_is_checked_is_said_and_stopping_keeps_the_file(
    mende: Town,
    app: Any,
    desk_of: Open,
    asked: list[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The agent stops from another window, in the midst of the check."""
    monkeypatch.setattr(work_jobs, "BEAT", 0)
    desk = desk_of(mende.agent)
    draft = drop(desk, mende)
    told = []
    change = Work.change.__func__

    def follow(cls: Any, *named: str, **values: Any) -> Any:
        state = change(cls, *named, **values)
        if values.get("rows"):
            told.append(values["rows"])
            call_as(mende.agent, "odlocale_work_stop", id=draft)
        return state

    monkeypatch.setattr(Work, "change", classmethod(follow))
    run(app, draft)
    assert told, "nothing was said of the check"
    assert told[0] == 12
    assert work_of(draft).state == "stopped"
    assert Deposit.load(draft).schema is None, "what was stopped wrote nothing"
    page = desk.get(f"/publier/depot/{draft}").page
    assert "Vous avez arrêté la vérification. Votre fichier est gardé" in page
    # A job of before does nothing more; asked again, it is done.
    run(app, draft)
    assert work_of(draft).state == "stopped"
    monkeypatch.setattr(Work, "change", classmethod(change))
    desk.post(f"/publier/depot/{draft}/lecture/reprendre", {})
    run(app, draft)
    assert Deposit.load(draft).schema == "budget"


def test_nobody_changes_a_file_that_the_worker_has(
    mende: Town, desk_of: Open, asked: list[Any]
) -> None:
    draft = drop(desk_of(mende.agent), mende)
    for action, more in (
        ("odlocale_deposit_choose", {"schema": "budget"}),
        ("odlocale_deposit_publish", {}),
        ("odlocale_deposit_delete", {}),
        ("odlocale_work_start", {"action": "odlocale_deposit_undo"}),
        ("odlocale_work_resume", {}),
    ):
        with pytest.raises(tk.ValidationError) as refused:
            call_as(mende.agent, action, id=draft, **more)
        assert refused.value.error_dict["refusal"] == ["READING"], action
    call_as(mende.agent, "odlocale_work_stop", id=draft)
    call_as(mende.agent, "odlocale_deposit_delete", id=draft)
    assert Work.of(draft) is None


def test_a_worker_that_dies_leaves_what_another_takes_up(
    mende: Town, app: Any, desk_of: Open, asked: list[Any], mailbox: Mailbox
) -> None:
    desk = desk_of(mende.agent)
    draft = drop(desk, mende)
    work = work_of(draft)
    assert Work.claim(draft, work.token) is not None
    assert Work.claim(draft, work.token) is None, "two workers never take one"
    silent = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
    work_of(draft).beat_at = silent
    model.Session.commit()
    page = desk.get(f"/publier/depot/{draft}").page
    assert "s’est arrêté. Rien n’est publié, rien n’est perdu." in page
    leave(draft)
    with app.flask_app.test_request_context():
        assert work_jobs.begin_again() == 1
    model.Session.rollback()
    assert Deposit.load(draft).schema == "budget"
    assert len(mailbox.envelopes) == 1


def test_a_refusal_is_read_and_what_was_answered_stays(
    mende: Town, app: Any, desk_of: Open, asked: list[Any], mailbox: Mailbox
) -> None:
    desk = desk_of(mende.agent)
    draft = drop(desk, mende)
    run(app, draft)
    analysis = call_as(mende.agent, "odlocale_deposit_show", id=draft)["analysis"]
    group = analysis["check"]["groups"][0]["id"]
    decision = {"group": group, "option": "fill", "rows": [3], "value": "à moi"}
    asked_of = {"action": "odlocale_deposit_decide", "data": {"decisions": [decision]}}
    shown = call_as(mende.agent, "odlocale_work_start", id=draft, **asked_of)
    assert shown["step"] == "lecture"
    run(app, draft)
    work = work_of(draft)
    assert work.state == "refused"
    assert work.message in desk.get(f"/publier/depot/{draft}").page
    assert "Votre fichier vous attend" in desk.page
    assert f"/lignes/{group}" in desk.page
    # What was typed is there, with the reason.
    desk.get(f"/publier/depot/{draft}/lignes/{group}")
    assert work.message in desk.page
    assert desk.get(f"/publier/depot/{draft}/verifier").address.endswith("/verifier")
    # She looked at the page of the first work, and never at the second's.
    assert len(mailbox.envelopes) == 1


def test_without_a_queue_a_long_file_is_checked_at_once(
    mende: Town, desk_of: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> Any:
        raise work_actions.RedisError

    monkeypatch.setattr(work_actions, "get_queue", away)
    desk = desk_of(mende.agent)
    drop(desk, mende)
    assert desk.address.endswith("/verifier")


def test_the_work_of_who_left_is_not_done(
    mende: Town, app: Any, desk_of: Open, asked: list[Any]
) -> None:
    draft = drop(desk_of(mende.agent), mende)
    admin = factories.Sysadmin()["name"]
    call_as(admin, "organization_member_delete", id=mende.org_id, username=mende.agent)
    run_token = work_of(draft).token
    with app.flask_app.test_request_context():
        work_jobs.do_work(draft, run_token)
    model.Session.rollback()
    assert Work.of(draft) is None
    assert Deposit.load(draft).schema is None


def test_a_call_of_the_api_waits_unless_it_asks_not_to(
    mende: Town, desk_of: Open, asked: list[Any]
) -> None:
    import io

    upload = io.BytesIO(budget(mende.siret))
    sent = call_as(
        mende.agent,
        "odlocale_deposit_create",
        org_id=mende.org_id,
        upload=upload,
        filename="budget.csv",
    )
    assert sent["schema"] == "budget"
    assert asked == []


def test_others_are_refused(
    mende: Town, town: Callable[[], Town], desk_of: Open, asked: list[Any]
) -> None:
    draft = drop(desk_of(mende.agent), mende)
    other = town()
    for who in ("", other.agent):
        for action, more in (
            ("odlocale_work_start", {"action": "odlocale_deposit_publish"}),
            ("odlocale_work_show", {}),
            ("odlocale_work_stop", {}),
            ("odlocale_work_resume", {}),
        ):
            with pytest.raises(tk.NotAuthorized):
                call_as(who, action, id=draft, **more)
    assert work_of(draft).state == "waiting"
    stranger = desk_of(other.agent)
    assert stranger.get(f"/publier/depot/{draft}/lecture.json", status=403)
