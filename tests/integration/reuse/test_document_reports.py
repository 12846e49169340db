"""A reader reports an error in what follows no model; the reader is answered."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.odlocale.reuse.model import Report
from tests.integration.mailbox import Mailbox
from tests.integration.publishing.conftest import Desk, Town, call_as, send
from tests.integration.publishing.test_documents import PDF, TITLE, publish_as_is
from tests.integration.reuse.test_reports import MESSAGE, READER, letters

Open = Callable[[str | None], Desk]


@pytest.fixture
def plan(mende: Town) -> dict[str, Any]:
    """A plan that is online."""
    return publish_as_is(mende, send(mende, PDF, "plan.pdf"))


def report(document: dict[str, Any], **more: Any) -> None:
    said = {"message": MESSAGE, **more}
    call_as("", "odlocale_report_create", document=document["name"], **said)


def report_of(town: Town) -> Report:
    found: Report = model.Session.query(Report).filter_by(siren=town.siren).one()
    return found


def test_from_the_public_page_to_the_answer_that_the_reader_reads(
    mende: Town, plan: dict[str, Any], desk_of: Open, mailbox: Mailbox
) -> None:
    path = f"/signaler/document/{plan['name']}"
    reader = desk_of(None).get(f"/dataset/{plan['name']}")
    assert f'href="{path}"' in reader.page
    reader.get(path)
    assert TITLE in reader.page
    assert 'name="row"' not in reader.page
    reader.post(path, {"message": MESSAGE, "email": READER})
    assert reader.address == path + "/merci"
    (subject, text), *_ = letters(mailbox, model.User.get(mende.agent).email)
    assert "une erreur" in subject
    assert TITLE in text
    agent = desk_of(mende.agent).get(f"/publier/{mende.code}")
    handled = f"/publier/signalement/{report_of(mende).id}"
    assert handled in agent.page
    agent.get(handled)
    assert MESSAGE in agent.page
    assert f"/publier/{mende.code}/document/{plan['id']}" in agent.page
    assert 'value="corrected"' not in agent.page
    newer = {"upload": io.BytesIO(PDF + b"%"), "filename": "plan.pdf", "agreed": True}
    call_as(mende.agent, "odlocale_document_replace", id=plan["id"], **newer)
    agent.get(handled).post(handled, {"verdict": "corrected"})
    assert agent.address == f"/publier/{mende.code}"
    assert report_of(mende).state == "corrected"
    (_, answer) = letters(mailbox, READER)[-1]
    assert TITLE in answer
    assert "/dataset/" in answer
    assert report_of(mende).email == ""


def test_it_is_corrected_once_something_changed(
    mende: Town, plan: dict[str, Any]
) -> None:
    report(plan)
    asked = {"id": report_of(mende).id, "verdict": "corrected"}
    with pytest.raises(tk.ValidationError):
        call_as(mende.agent, "odlocale_report_settle", **asked)
    call_as(mende.agent, "odlocale_document_change", id=plan["id"], title="Carte")
    assert call_as(mende.agent, "odlocale_report_settle", **asked)["state"] == (
        "corrected"
    )


def test_only_who_publishes_there_reads_it(
    mende: Town, plan: dict[str, Any], town: Callable[[], Town]
) -> None:
    report(plan)
    key = report_of(mende).id
    refusal = {"verdict": "refused", "reason": "Ce plan est juste."}
    for user in ("", town().agent, factories.User()["name"]):
        for action in ("odlocale_report_show", "odlocale_report_settle"):
            with pytest.raises(tk.NotAuthorized):
                call_as(user, action, id=key, **refusal)
    assert report_of(mende).state == "open"


@pytest.mark.parametrize("state", ["private", "deleted", "withdrawn"])
def test_what_is_not_online_takes_none(
    state: str, mende: Town, plan: dict[str, Any], desk_of: Open
) -> None:
    if state == "private":
        patch = {"id": plan["id"], "private": True}
        call_as(mende.agent, "package_patch", **patch)
    elif state == "deleted":
        call_as(mende.agent, "package_delete", id=plan["id"])
    else:
        call_as(mende.agent, "odlocale_document_withdraw", id=plan["id"])
    with pytest.raises(tk.ObjectNotFound):
        report(plan)
    desk = desk_of(None).get(f"/signaler/document/{plan['name']}")
    assert desk.response.status_code == 404
    assert TITLE not in desk.page


@pytest.mark.parametrize("named", ["nulle-part", "a\0b", "é" * 300, "x'y"])
def test_odd_names_are_absent(named: str) -> None:
    with pytest.raises(tk.ObjectNotFound):
        call_as("", "odlocale_report_create", document=named, message=MESSAGE)


def test_erasing_takes_what_a_reader_wrote(mende: Town, plan: dict[str, Any]) -> None:
    report(plan, email=READER)
    admin = factories.Sysadmin()["name"]
    call_as(admin, "odlocale_document_purge", id=plan["id"])
    kept = report_of(mende)
    assert (kept.message, kept.email, kept.state) == ("", "", "open")
    shown = call_as(mende.agent, "odlocale_report_show", id=kept.id)
    assert (shown["name"], shown["online"]) == ("", None)
