"""An apply that is killed, refused or repeated leaves a portal that is whole."""

from __future__ import annotations

import datetime
import os
import signal
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories, helpers

from ckanext.odlocale.territory import jobs, progress
from ckanext.odlocale.territory import model as store
from ckanext.odlocale.territory.tables import AtdPerimeter, Collectivity, Reindex

Call = Callable[..., Any]
# Guyane, Martinique: nobody else's in these tests.
GUYANE, KOUROU, MARTINIQUE = "973", "97304", "972"


def site() -> str:
    return str(helpers.call_action("get_site_user")["name"])


def run_and_be_killed(work: Callable[[], None]) -> None:
    """Do something in a process of its own, which kills itself with -9."""
    # The child must not speak on its parent's connections.
    model.Session.remove()
    child = os.fork()
    if child == 0:
        try:
            model.meta.engine.dispose(close=False)
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def apply(departement: str, **context: Any) -> dict[str, Any]:
    done = tk.get_action("odlocale_territory_apply")(
        {"user": site(), **context}, {"departement": departement}
    )
    model.Session.expire_all()
    return dict(done)


def dataset(org_id: str) -> dict[str, Any]:
    made = helpers.call_action(
        "package_create",
        {"user": site()},
        name=factories.Dataset.stub().name,
        title="Essai",
        notes="Essai",
        owner_org=org_id,
        license_id="lov2",
    )
    return dict(made)


def test_a_worker_killed_before_the_end_has_done_nothing(portal: None) -> None:
    user = site()

    def work() -> None:
        def tell(phase: str, done: int, total: int) -> None:
            if phase == "telling":
                # All is written, nothing is committed.
                assert Collectivity.by_code(KOUROU) is not None
                die()

        tk.get_action("odlocale_territory_apply")(
            {"user": user, "odlocale_tell": tell}, {"departement": GUYANE}
        )

    run_and_be_killed(work)
    assert Collectivity.by_code(KOUROU) is None
    assert model.Group.get("kourou-97304") is None
    head = model.Session.get(AtdPerimeter, "200052678")
    assert head is None
    # The lock died with the worker: whoever comes next does not wait.
    assert apply(GUYANE)["counts"]["create"] > 20
    assert not store.is_locked()


def test_a_worker_killed_after_the_end_leaves_reindexing_to_the_next(
    portal: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(GUYANE)
    row = Collectivity.by_code(KOUROU)
    org_id = str(row.org_id)
    made = dataset(org_id)
    group = model.Group.get(org_id)
    group.name, group.title = "ancien-kourou", "Ancien"
    model.repo.commit()
    helpers.call_action("package_patch", {"user": site()}, id=made["id"], notes="x")

    def titles() -> set[str]:
        found = helpers.call_action("package_search", fq=f"id:{made['id']}")
        return {one["organization"]["title"] for one in found["results"]}

    assert titles() == {"Ancien"}
    user = site()

    def work() -> None:
        monkeypatch.setattr(jobs, "reindex_later", die)
        tk.get_action("odlocale_territory_apply")(
            {"user": user}, {"departement": GUYANE}
        )

    run_and_be_killed(work)
    assert model.Group.get(org_id).title == "Kourou"
    assert titles() == {"Ancien"}
    assert org_id in set(model.Session.scalars(sa.select(Reindex.org_id)))
    jobs.reindex_pending()
    assert titles() == {"Kourou"}
    assert org_id not in set(model.Session.scalars(sa.select(Reindex.org_id)))


def test_what_the_search_engine_refuses_stays_to_be_reindexed(
    portal: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ckan.lib import search

    apply(GUYANE)
    org_id = str(Collectivity.by_code(KOUROU).org_id)
    dataset(org_id)
    jobs.reindex_pending()
    model.Session.add(Reindex(org_id=org_id))
    model.Session.commit()

    def fail(*_: object, **__: object) -> None:
        raise search.SearchIndexError("Solr is down")

    with monkeypatch.context() as patched:
        patched.setattr(jobs.search, "rebuild", fail)
        with pytest.raises(jobs.NotIndexed):
            jobs.reindex_pending()
    assert jobs.count_pending() == 1
    jobs.reindex_pending()
    assert jobs.count_pending() == 0


def test_an_organization_marked_again_meanwhile_is_not_forgotten(
    portal: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(GUYANE)
    jobs.reindex_pending()
    org_id = str(Collectivity.by_code(KOUROU).org_id)
    model.Session.add(Reindex(org_id=org_id))
    model.Session.commit()
    reindex = jobs._reindex

    def reindex_while_another_marks(one: str) -> int:
        done = reindex(one)
        with model.meta.engine.begin() as other:
            other.execute(sa.update(Reindex).values(since=sa.func.clock_timestamp()))
        return done

    with monkeypatch.context() as patched:
        patched.setattr(jobs, "_reindex", reindex_while_another_marks)
        jobs.reindex_pending()
    assert jobs.count_pending() == 1
    jobs.reindex_pending()
    assert jobs.count_pending() == 0


def test_a_plan_made_stale_by_another_person_is_refused_whole(portal: None) -> None:
    apply(GUYANE)
    one, two = "97305", "97306"
    for code in (one, two):
        model.Group.get(Collectivity.by_code(code).org_id).title = "Ancien"
    model.repo.commit()
    read = tk.get_action("odlocale_territory_plan")(
        {"user": site()}, {"departement": GUYANE}
    )
    assert read["counts"]["rename"] == 2
    # Another person puts one right meanwhile.
    helpers.call_action(
        "organization_patch",
        {"user": site(), "ignore_auth": True},
        id=Collectivity.by_code(one).org_id,
        description="Autre chose.",
    )
    group = model.Group.get(Collectivity.by_code(one).org_id)
    group.title = "Macouria"
    model.repo.commit()
    with pytest.raises(tk.ValidationError) as caught:
        tk.get_action("odlocale_territory_apply")(
            {"user": site()}, {"departement": GUYANE, "digest": read["digest"]}
        )
    assert "digest" in caught.value.error_dict
    model.Session.rollback()
    assert model.Group.get(Collectivity.by_code(two).org_id).title == "Ancien"
    apply(GUYANE)


class TestLater:
    """The same, by the portal's worker."""

    def begin(self, monkeypatch: pytest.MonkeyPatch, **data: Any) -> tuple[str, Any]:
        queued: list[Any] = []
        monkeypatch.setattr(
            "ckantoolkit.enqueue_job",
            lambda function, args=(), **_: queued.append(args),
        )
        job = tk.get_action("odlocale_territory_apply_later")(
            {"user": site()}, {"departement": MARTINIQUE, **data}
        )
        assert job["state"] == "waiting"
        return str(job["id"]), queued[-1]

    def look(self, job: str, user: str | None = None) -> dict[str, Any]:
        context = {"user": user or site(), "ignore_auth": user is None}
        return dict(tk.get_action("odlocale_territory_progress")(context, {"id": job}))

    def test_it_is_applied_and_says_how_far_it_is(
        self, portal: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        job, arguments = self.begin(monkeypatch)
        assert self.look(job)["state"] == "waiting"
        phases: list[str] = []
        tell = progress.tell

        def note(job: str, phase: str, done: int, total: int) -> None:
            tell(job, phase, done, total)
            # Seen from another connection while the transaction is open.
            phases.append(str(self.look(job)["phase"]))

        monkeypatch.setattr(progress, "tell", note)
        jobs.apply_territory(*arguments)
        assert list(dict.fromkeys(phases)) == ["reading", "writing", "telling"]
        found = self.look(job)
        assert found["state"] == "done"
        assert found["counts"]["create"] + found["counts"]["unchanged"] > 30
        assert Collectivity.by_code("97209") is not None

    def test_a_stale_plan_says_so(
        self, portal: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        job, arguments = self.begin(monkeypatch, digest="of another time")
        jobs.apply_territory(*arguments)
        found = self.look(job)
        assert found["state"] == "failed"
        assert found["errors"]
        assert found["counts"] is None

    def test_a_failure_is_told_without_its_details(
        self, portal: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from ckanext.odlocale.territory import applying

        job, arguments = self.begin(monkeypatch)

        def fail(*_: object) -> None:
            raise RuntimeError("secret path")

        model.Session.remove()
        monkeypatch.setattr(applying.store, "read_organisations", fail)
        with pytest.raises(RuntimeError):
            jobs.apply_territory(*arguments)
        found = self.look(job)
        assert found["state"] == "failed"
        assert "secret" not in str(found)

    def test_a_worker_that_was_killed_is_not_waited_for_ever(
        self, portal: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        job, arguments = self.begin(monkeypatch)

        def work() -> None:
            monkeypatch.setattr(store, "read_organisations", die)
            jobs.apply_territory(*arguments)

        run_and_be_killed(work)
        assert self.look(job)["state"] == "running"
        later = datetime.datetime.now() + datetime.timedelta(minutes=1)
        monkeypatch.setattr(progress, "now", lambda: later)
        assert self.look(job)["state"] == "lost"

    def test_only_who_asked_for_it_and_administrators_follow_it(
        self, portal: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        job, _ = self.begin(monkeypatch)
        with pytest.raises(tk.NotAuthorized):
            self.look(job, factories.User()["name"])
        assert self.look(job, factories.Sysadmin()["name"])["state"] == "waiting"
        with pytest.raises(tk.ObjectNotFound):
            self.look("another")
