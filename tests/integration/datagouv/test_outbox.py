"""A message is written with its dataset, or not at all; and who may decide."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any
from unittest import mock

import ckantoolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories, helpers

from ckanext.odlocale.datagouv import hooks, push_due, push_run
from ckanext.odlocale.datagouv.calling import NotNow, Refused
from ckanext.odlocale.datagouv.outbox import LEASE
from ckanext.odlocale.datagouv.outbox_model import Outbox, PushChoice, Pushed
from ckanext.odlocale.datagouv.push_store import digest_of
from ckanext.odlocale.territory.tables import Target

Act = Callable[..., Any]


@pytest.fixture
def sent(commune: Any) -> Any:
    """A commune whose data are sent."""
    model.Session.add(PushChoice(siren=commune.siren))
    model.Session.commit()
    return commune


@pytest.fixture(autouse=True)
def alone() -> None:
    """Whatever other tests left is of no interest."""
    for table in (Outbox, Pushed, PushChoice, Target):
        model.Session.execute(sa.delete(table))
    model.Session.commit()


def message_of(package_id: str) -> Any:
    model.Session.expire_all()
    return model.Session.get(Outbox, ("dataset", package_id))


def test_a_message_is_written_with_the_dataset_and_replaced_by_the_next(
    sent: Any, act: Act
) -> None:
    dataset = sent.publish()
    first = message_of(dataset["id"])
    assert first.payload["status"] == "online"
    assert first.payload["values"]["title"] == "Budget de Kerlibre"
    version = first.version
    act("package_patch", id=dataset["id"], title="Budget corrigé")
    second = message_of(dataset["id"])
    assert second.payload["values"]["title"] == "Budget corrigé"
    assert second.version == version + 1


def test_a_change_that_is_rolled_back_leaves_no_message(sent: Any, act: Act) -> None:
    dataset = sent.publish()
    before = message_of(dataset["id"]).version
    with (
        mock.patch.object(hooks, "store", side_effect=RuntimeError("the disk is full")),
        pytest.raises(RuntimeError),
    ):
        act("package_patch", id=dataset["id"], title="Perdu")
    model.Session.rollback()
    assert message_of(dataset["id"]).version == before
    context = {"ignore_auth": True, "defer_commit": True}
    helpers.call_action(
        "package_patch", context, id=dataset["id"], title="Budget abandonné"
    )
    model.Session.rollback()
    found = message_of(dataset["id"])
    assert found.payload["values"]["title"] == "Budget de Kerlibre"


def test_what_is_sent_is_not_in_the_feed_too(
    sent: Any, other_commune: Any, app: Any
) -> None:
    dataset, other = sent.publish(), other_commune.publish()
    feed = app.get(sent.feed, expect_errors=True)
    assert dataset["id"] not in feed.body
    assert other["id"] in app.get(other_commune.feed).body
    assert message_of(other["id"]) is None


def test_a_target_says_which_data_are_sent(commune: Any) -> None:
    for schema, target in (("budget", "datagouv"), ("subventions", "elsewhere")):
        model.Session.add(Target(siren=commune.siren, schema=schema, target=target))
    model.Session.add(PushChoice(siren=commune.siren))
    model.Session.commit()
    budget = commune.publish(scdl_schema="budget")
    away = commune.publish(scdl_schema="subventions")
    assert message_of(budget["id"]) is not None
    assert message_of(away["id"]) is None


@pytest.mark.parametrize(
    ("how", "status"),
    [("private", "private"), ("deleted", "archived"), ("purged", "deleted")],
)
def test_what_is_withdrawn_is_told_whatever_told_no_plugin(
    how: str, status: str, sent: Any, act: Act
) -> None:
    dataset = sent.publish()
    written(dataset["id"])
    if how == "private":
        act("package_patch", id=dataset["id"], private=True)
    elif how == "deleted":
        act("package_delete", id=dataset["id"])
    else:
        # Core's purge tells nobody.
        act("dataset_purge", id=dataset["id"])
        push_due.sweep(hooks.refresh)
    assert message_of(dataset["id"]).payload["status"] == status
    pushed = Pushed.of(dataset["id"])
    assert pushed is not None
    assert (pushed.before is None) is (how == "purged")


def test_what_was_withdrawn_before_it_was_ever_sent_leaves_nothing(
    sent: Any, act: Act
) -> None:
    dataset = sent.publish()
    act("package_delete", id=dataset["id"])
    assert message_of(dataset["id"]) is None
    assert Pushed.of(dataset["id"]) is None


def test_what_was_created_by_sending_goes_on_so_when_the_choice_is_forgotten(
    sent: Any, act: Act, app: Any
) -> None:
    dataset, fresh = sent.publish(), sent.publish()
    written(dataset["id"])
    act("odlocale_datagouv_send_choose", codes=[sent.code], send=False)
    push_due.sweep(hooks.refresh)
    body = app.get(sent.feed).body
    assert dataset["id"] not in body
    assert fresh["id"] in body
    assert message_of(fresh["id"]) is None


def written(package_id: str, **changes: Any) -> None:
    """What a run records of a dataset that is there."""
    values = message_of(package_id).payload["values"]
    model.Session.execute(
        sa.update(Pushed)
        .where(Pushed.package_id == package_id)
        .values(remote_id="there", before=values, **changes)
    )
    model.Session.execute(sa.delete(Outbox).where(Outbox.key == package_id))
    model.Session.commit()


class Site:
    """A data.gouv.fr that says what a test wants."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.asked = list(answers), list[str]()

    def send(self, taken: Any, places: Any, clock: Any) -> Any:
        self.asked.append(taken.message.package_id)
        answer = self.answers.pop(0) if self.answers else "written"
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            return answer(taken)
        return answer


def run_with(site: Site, after: datetime.timedelta = datetime.timedelta()) -> Any:
    moment = datetime.datetime.now(datetime.timezone.utc) + after
    with mock.patch.object(push_run, "_send", site.send):
        return push_run.run(clock=lambda: moment)


def test_a_poisoned_message_never_blocks_the_others(sent: Any) -> None:
    datasets = sorted(sent.publish()["id"] for _ in range(3))
    poison = Refused("POST /datasets/", "400", 400, {"title": "Trop long"})
    site = Site(poison)
    report = run_with(site)
    assert site.asked == datasets
    assert report.failures == {"refused": 1}
    left = message_of(datasets[0])
    assert (left.last_error, left.last_said) == ("refused", "title: Trop long")
    assert left.next_try is None
    assert [message_of(one) for one in datasets[1:]] == [None, None]
    assert run_with(Site()).outcomes == {}


def test_where_data_gouv_takes_no_write_the_run_stops_and_comes_back(
    sent: Any,
) -> None:
    datasets = [sent.publish()["id"] for _ in range(2)]
    site = Site(NotNow("POST /datasets/", "423", 423))
    assert run_with(site).stopped
    assert len(site.asked) == 1
    later = run_with(Site(), after=datetime.timedelta(minutes=2))
    assert later.outcomes == {"written": 2}
    assert [message_of(one) for one in datasets] == [None, None]


def test_a_killed_worker_leaves_its_message_until_its_lease_is_over(sent: Any) -> None:
    dataset = sent.publish()["id"]
    with pytest.raises(KeyboardInterrupt):
        run_with(Site(_raise_kill))
    model.Session.rollback()
    assert run_with(Site()).outcomes == {}
    assert run_with(Site(), after=LEASE * 1.1).outcomes == {"written": 1}
    assert message_of(dataset) is None


def _raise_kill(taken: Any) -> Any:
    raise KeyboardInterrupt


def test_a_change_made_while_a_message_is_sent_is_sent_next(
    sent: Any, act: Act
) -> None:
    dataset = sent.publish()["id"]

    def change(taken: Any) -> str:
        act("package_patch", id=dataset, title="Meanwhile")
        return "written"

    run_with(Site(change))
    left = message_of(dataset)
    assert left.payload["values"]["title"] == "Meanwhile"
    assert left.leased_until is None


def test_two_runs_at_once_are_one(sent: Any) -> None:
    sent.publish()

    def run_again(taken: Any) -> str:
        with mock.patch.object(push_run, "_send", Site().send):
            assert push_run.run().busy
        return "written"

    assert run_with(Site(run_again)).outcomes == {"written": 1}


HELD = {"title": ["Budget de Kerlibre", "Leur titre"]}


@pytest.mark.parametrize("who", ["anonymous", "stranger", "neighbour"])
@pytest.mark.parametrize("action", ["decide", "retry", "choose", "list", "places"])
def test_only_those_concerned_decide(
    action: str, who: str, sent: Any, other_commune: Any
) -> None:
    dataset = sent.publish()
    written(dataset["id"], held=HELD)
    user = {"name": ""} if who == "anonymous" else factories.User()
    if who == "neighbour":
        helpers.call_action(
            "organization_member_create",
            {"ignore_auth": True},
            id=other_commune.org_id,
            username=user["name"],
            role="editor",
        )
    asked = {
        "decide": {"id": dataset["id"], "answer": "keep", "seen": digest_of(HELD)},
        "retry": {"id": dataset["id"]},
        "choose": {"codes": [sent.code], "send": True},
    }.get(action, {})
    context = {"user": user["name"], "ignore_auth": False}
    with pytest.raises(tk.NotAuthorized):
        helpers.call_action(f"odlocale_datagouv_send_{action}", context, **asked)


@pytest.mark.parametrize("answer", ["keep", "replace"])
def test_the_communes_own_agent_decides_on_what_was_shown(
    answer: str, sent: Any, act: Act
) -> None:
    dataset = sent.publish()
    written(dataset["id"], held=HELD)
    user = factories.User()
    helpers.call_action(
        "organization_member_create",
        {"ignore_auth": True},
        id=sent.org_id,
        username=user["name"],
        role="editor",
    )
    context = {"user": user["name"], "ignore_auth": False}
    asked = {"id": dataset["id"], "answer": answer}
    with pytest.raises(tk.ValidationError):
        helpers.call_action(
            "odlocale_datagouv_send_decide", {**context}, seen="other", **asked
        )
    helpers.call_action(
        "odlocale_datagouv_send_decide", {**context}, seen=digest_of(HELD), **asked
    )
    pushed = Pushed.of(dataset["id"])
    assert pushed is not None
    assert pushed.held == {}
    assert pushed.kept == (["title"] if answer == "keep" else [])
    assert message_of(dataset["id"]) is not None
