"""Publishing is whole or nothing, whoever publishes and whatever fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import logic, model
from ckan.lib.search import SearchIndexError
from ckan.plugins import toolkit as tk
from ckan.tests import helpers

from ckanext.odlocale.base.journal import JournalLine
from ckanext.odlocale.people.members import drop_capacity
from ckanext.odlocale.publishing import release, stopped
from ckanext.odlocale.publishing.model import Deposit
from tests.integration.publishing.conftest import (
    Desk,
    Town,
    budget,
    call_as,
    publish,
    send,
)

Open = Callable[[str | None], Desk]


def ready(town: Town, content: bytes) -> str:
    sent = send(town, content)
    call_as(town.agent, "odlocale_deposit_correct", id=sent["id"])
    return str(sent["id"])


def fail(error: Exception) -> Callable[..., None]:
    def raised(*arguments: Any, **options: Any) -> None:
        raise error

    return raised


def begin(town: Town, draft: str, seconds: float) -> None:
    """Leave what a process that is killed leaves: a beginning, some seconds ago."""
    shown = call_as(town.agent, "odlocale_deposit_show", id=draft)
    at = time.time() - seconds
    stopped.Mark(at, True, town.agent, shown["version"]).write(draft)


FAILURES = {
    "the search index does not answer": (logic, "index_update_package"),
    "the dataset cannot be written": (release, "save_dataset"),
    "the resource is not found": (release, "_find_resource"),
}


@pytest.mark.parametrize("broken", FAILURES.values(), ids=FAILURES)
def test_a_failure_leaves_the_former_release_whole(
    broken: tuple[Any, str], mende: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    former = publish(mende, budget(mende.siret))
    draft = ready(mende, budget(mende.siret, rows=3))
    call_as(mende.agent, "odlocale_deposit_answer", id=draft, replaces=former["id"])
    monkeypatch.setattr(*broken, fail(SearchIndexError("no answer")))
    with pytest.raises(tk.ValidationError) as refused:
        call_as(mende.agent, "odlocale_deposit_publish", id=draft)
    assert refused.value.error_dict["refusal"] == ["NO_SEARCH"]
    monkeypatch.undo()
    model.Session.expire_all()
    shown = Deposit.shown(mende.siren, "budget", former["key"])
    assert shown is not None
    assert shown.id == former["id"]
    assert call_as(mende.agent, "odlocale_deposit_show", id=draft)["state"] == "checked"
    dataset = helpers.call_action("package_show", id=former["package_id"])
    assert dataset["resources"][0]["hash"] == former["canonical_sha256"]
    # And once the server answers again, the same draft goes online.
    done = call_as(mende.agent, "odlocale_deposit_publish", id=draft)
    assert done["state"] == "published"


@pytest.mark.parametrize("end", ["the search fails", "the server dies"])
def test_a_publication_that_stops_is_the_next_step_until_it_is_done(
    end: str,
    town: Callable[[], Town],
    desk_of: Callable[[str | None], Desk],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = town()
    stops = ready(place, budget(place.siret))
    later = send(place, budget(place.siret, year=2021))["id"]
    desk, said = desk_of(place.agent), "s’est arrêtée. Rien n’est perdu."
    assert said not in desk.get(f"/publier/{place.code}").page
    if end == "the search fails":
        monkeypatch.setattr(logic, "index_update_package", fail(SearchIndexError("no")))
        with pytest.raises(tk.ValidationError):
            call_as(place.agent, "odlocale_deposit_publish", id=stops)
        monkeypatch.undo()
    else:
        # What a process that is killed leaves: a beginning, and no end.
        begin(place, stops, 0)
        assert said not in desk.get(f"/publier/{place.code}").page, "it may go on"
        begin(place, stops, stopped.SILENT_SECONDS + 1)
    model.Session.expire_all()
    home = desk.get(f"/publier/{place.code}").page
    assert said in home
    resume = home.partition(said)[2].partition("</a>")[0]
    assert stops in resume
    assert later not in resume
    call_as(place.agent, "odlocale_deposit_publish", id=stops)
    assert said not in desk.get(f"/publier/{place.code}").page


def test_what_stopped_is_published_by_itself_once_the_server_answers(
    mende: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = ready(mende, budget(mende.siret))
    monkeypatch.setattr(logic, "index_update_package", fail(SearchIndexError("no")))
    with pytest.raises(tk.ValidationError):
        call_as(mende.agent, "odlocale_deposit_publish", id=draft)
    assert stopped.retry() == 0, "the search is still down"
    monkeypatch.undo()
    # Other tests may have left some of theirs.
    assert stopped.retry() >= 1
    shown = call_as(mende.agent, "odlocale_deposit_show", id=draft)
    assert shown["state"] == "published"
    stopped.retry()
    line = (
        model.Session.query(JournalLine)
        .filter_by(object_id=draft, verb="published")
        .one()
    )
    assert line.user_id == model.User.get(mende.agent).id


def test_what_is_no_servers_fault_is_not_tried_again_nor_holds_up_the_rest(
    town: Callable[[], Town], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = town(), town(), town()
    wrong, lost, good = (
        ready(one, budget(one.siret)) for one in (first, second, third)
    )
    refused = tk.ValidationError({"name": ["already in use"]})
    monkeypatch.setattr(release, "save_dataset", fail(refused))
    with pytest.raises(tk.ValidationError):
        call_as(first.agent, "odlocale_deposit_publish", id=wrong)
    monkeypatch.undo()
    for place, draft in ((second, lost), (third, good)):
        begin(place, draft, stopped.SILENT_SECONDS + 1)
    deposit = Deposit.load(lost)
    assert deposit is not None
    deposit.original_sha256 = "0" * 64
    model.Session.commit()
    stopped.retry()
    kept = {one: Deposit.load(one) for one in (wrong, lost, good)}
    states = {one: found.state for one, found in kept.items() if found is not None}
    assert states == {wrong: "checked", lost: "checked", good: "published"}


CHANGES = ("the draft changed", "she left", "a day went by", "it may go on")


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_since_is_left_to_its_agent(change: str, mende: Town) -> None:
    draft = ready(mende, budget(mende.siret))
    days = {"a day went by": stopped.RETRIED_SECONDS + 1, "it may go on": 0}
    begin(mende, draft, days.get(change, stopped.SILENT_SECONDS + 1))
    if change == "the draft changed":
        wishes = {"title": "Un autre titre"}
        call_as(mende.agent, "odlocale_deposit_answer", id=draft, wishes=wishes)
    elif change == "she left":
        drop_capacity(mende.org_id, model.User.get(mende.agent).id)
        model.Session.commit()
    stopped.retry()
    kept = Deposit.load(draft)
    assert kept is not None
    assert kept.state == "checked"


def test_a_crash_of_a_first_publication_leaves_no_dataset(
    mende: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = ready(mende, budget(mende.siret))
    monkeypatch.setattr(release, "_find_resource", fail(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        call_as(mende.agent, "odlocale_deposit_publish", id=draft)
    monkeypatch.undo()
    owned = model.Session.query(model.Package).filter_by(owner_org=mende.org_id)
    assert owned.count() == 0
    assert call_as(mende.agent, "odlocale_deposit_show", id=draft)["state"] == "checked"


def test_the_agent_reads_that_nothing_is_lost(
    mende: Town, desk_of: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = desk_of(mende.agent).drop(mende, budget(mende.siret))
    base = desk.address.removesuffix("/verifier")
    desk.post(f"{base}/corriger", {}).get(f"{base}/relire")
    error = SearchIndexError("no answer")
    monkeypatch.setattr(logic, "index_update_package", fail(error))
    desk.post(f"{base}/publier", {})
    assert "Le service ne répond pas" in desk.page
    assert desk.response.status_code == 200


def test_of_two_agents_publishing_one_key_one_wins(mende: Town, app: Any) -> None:
    drafts = [
        ready(mende, budget(mende.siret)),
        ready(mende, budget(mende.siret, rows=4)),
    ]
    model.Session.remove()
    start = threading.Barrier(2)
    outcomes: dict[str, str] = {}

    def work(draft: str) -> None:
        with app.flask_app.test_request_context():
            start.wait()
            try:
                done = call_as(mende.agent, "odlocale_deposit_publish", id=draft)
                outcomes[draft] = done["state"]
            except tk.ValidationError as refused:
                outcomes[draft] = refused.error_dict["refusal"][0]
            finally:
                model.Session.remove()

    threads = [threading.Thread(target=work, args=(draft,)) for draft in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes.values()) == ["ALREADY_ONLINE", "published"]
    winner = next(draft for draft, state in outcomes.items() if state == "published")
    done = call_as(mende.agent, "odlocale_deposit_show", id=winner)
    dataset = helpers.call_action("package_show", id=done["package_id"])
    assert len(dataset["resources"]) == 1
    assert dataset["resources"][0]["deposit_id"] == winner


def test_of_two_clicks_at_the_same_moment_one_publishes(mende: Town, app: Any) -> None:
    draft = ready(mende, budget(mende.siret))
    model.Session.remove()
    start = threading.Barrier(2)
    states: list[str] = []

    def work() -> None:
        with app.flask_app.test_request_context():
            start.wait()
            done = call_as(mende.agent, "odlocale_deposit_publish", id=draft)
            states.append(done["state"])
            model.Session.remove()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert states == ["published", "published"]
    assert call_as(mende.agent, "odlocale_deposit_show", id=draft)["version"] == 4


def test_publishing_is_in_the_search_the_activity_and_the_journal(
    mende: Town,
) -> None:
    done = publish(mende, budget(mende.siret))
    again = publish(mende, budget(mende.siret, year=2021))
    found = helpers.call_action("package_search", fq=f"id:{done['package_id']}")
    assert found["count"] == 1
    assert len(found["results"][0]["resources"]) == 2
    kinds = [
        one["activity_type"]
        for one in helpers.call_action("package_activity_list", id=done["package_id"])
    ]
    assert kinds == ["changed package", "new package"]
    verbs = model.Session.execute(
        sa.text("SELECT verb FROM odlocale_journal WHERE object_id = :id ORDER BY id"),
        {"id": again["id"]},
    )
    assert [verb for (verb,) in verbs] == ["deposited", "corrected", "published"]
