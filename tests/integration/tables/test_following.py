"""The tables follow what is public: at once or later, never half, never lost."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.cli.cli import ckan
from ckan.plugins import toolkit as tk
from ckan.tests import factories, helpers

from ckanext.odlocale.tables import actions, hooks, jobs, keeping, settling
from ckanext.odlocale.tables import model as table_model
from tests.integration import mergers
from tests.integration.publishing.conftest import (
    Town,
    budget,
    call_as,
    publish,
    send,
)
from tests.integration.tables.conftest import (
    as_administrator,
    held,
    rows_of,
    tables_down,
)

Make = Callable[[], Town]


def replace(town: Town, former: dict[str, Any], content: bytes) -> dict[str, Any]:
    sent = send(town, content)
    call_as(town.agent, "odlocale_deposit_correct", id=sent["id"])
    call_as(town.agent, "odlocale_deposit_answer", id=sent["id"], replaces=former["id"])
    return dict(call_as(town.agent, "odlocale_deposit_publish", id=sent["id"]))


def is_due(town: Town) -> bool:
    return ("budget", town.siren) in table_model.due_pairs("budget")


class TestAtOnce:
    def test_a_release_is_in_the_table(self, mende: Town) -> None:
        done = publish(mende, budget(mende.siret, rows=5))
        assert held("budget", mende.siren) == [(done["id"], 5)]
        assert not is_due(mende)
        (row, *others) = rows_of(done["resource_id"])["records"]
        assert len(others) == 4
        assert (row["org"], row["org_code"], row["org_name"], row["deposit"]) == (
            mende.siren, mende.code, mende.name, done["id"],
        )  # fmt: skip
        assert row["BGT_ANNEE"] == 2022
        assert row["BGT_MTBUDGPREC"] == 100
        assert row["BGT_OPERATION"] is None

    def test_the_next_takes_the_place_of_its_rows(self, mende: Town) -> None:
        done = publish(mende, budget(mende.siret, rows=5))
        new = replace(mende, done, budget(mende.siret, rows=3))
        assert held("budget", mende.siren) == [(new["id"], 3)]
        assert rows_of(new["resource_id"])["total"] == 3

    def test_two_files_of_a_commune_are_two_slices(self, mende: Town) -> None:
        first = publish(mende, budget(mende.siret, rows=5))
        second = publish(mende, budget(mende.siret, year=2021, rows=2))
        assert rows_of(first["resource_id"])["total"] == 5
        assert rows_of(second["resource_id"])["total"] == 2

    def test_a_withdrawn_file_leaves(self, mende: Town) -> None:
        first = publish(mende, budget(mende.siret))
        kept = publish(mende, budget(mende.siret, year=2021, rows=2))
        call_as(mende.agent, "odlocale_deposit_withdraw", id=first["id"])
        assert held("budget", mende.siren) == [(kept["id"], 2)]

    def test_a_long_file_is_left_to_the_worker(
        self, mende: Town, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(hooks, "ROWS_AT_ONCE", 4)
        done = publish(mende, budget(mende.siret, rows=5))
        assert held("budget", mende.siren) == []
        jobs.settle_pending()
        assert held("budget", mende.siren) == [(done["id"], 5)]


class TestTheDataStoreDown:
    def test_the_file_is_published_and_the_table_follows(
        self, mende: Town, desk_of: Any
    ) -> None:
        with tables_down():
            done = publish(mende, budget(mende.siret, rows=5))
            assert done["state"] == "published"
            answer = desk_of(None).get(done["address"]).response
            assert answer.status_code == 200
            with pytest.raises(jobs.NotSettled):
                jobs.settle_pending()
        assert is_due(mende)
        jobs.settle_pending()
        assert held("budget", mende.siren) == [(done["id"], 5)]
        assert not is_due(mende)

    def test_a_failure_of_one_lets_the_others_pass(
        self, town: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(hooks, "ROWS_AT_ONCE", -1)
        bad, good = town(), town()
        for one in (bad, good):
            publish(one, budget(one.siret))
        settle = settling.settle

        def refuse(schema: str, siren: str) -> bool:
            if siren == bad.siren:
                raise RuntimeError("a broken file")
            return settle(schema, siren)

        with monkeypatch.context() as broken:
            broken.setattr(settling, "settle", refuse)
            with pytest.raises(jobs.NotSettled):
                jobs.settle_pending()
        assert held("budget", good.siren)
        assert is_due(bad)
        jobs.settle_pending()
        assert held("budget", bad.siren)


DYING = """
import os, signal, sys
from ckan.cli import load_config
from ckan.config.middleware import make_app
make_app(load_config("test.ini"))
from ckanext.odlocale.tables import model, settling, store
step, schema, siren = sys.argv[1:]
def die(*arguments, **options):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(model if step == "forget_marks" else store, step, die)
settling.settle(schema, siren)
"""


class TestKilled:
    @pytest.mark.parametrize("step", ["_copy", "note_change", "forget_marks"])
    def test_in_the_middle_leaves_the_old_rows_or_the_new(
        self, step: str, mende: Town, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        old = publish(mende, budget(mende.siret, rows=5))
        monkeypatch.setattr(hooks, "ROWS_AT_ONCE", -1)
        new = replace(mende, old, budget(mende.siret, rows=3))
        model.Session.remove()
        command = [sys.executable, "-c", DYING, step, "budget", mende.siren]
        worker = subprocess.run(command, check=False, capture_output=True, timeout=120)
        assert worker.returncode == -signal.SIGKILL, worker.stderr.decode()[-2000:]
        assert held("budget", mende.siren) in [[(old["id"], 5)], [(new["id"], 3)]]
        assert is_due(mende)
        settling.settle("budget", mende.siren)
        assert held("budget", mende.siren) == [(new["id"], 3)]
        assert not is_due(mende)


class TestWhatCoreChanges:
    def test_a_dataset_made_private_is_hidden_then_leaves(self, mende: Town) -> None:
        done = publish(mende, budget(mende.siret))
        as_administrator("package_patch", id=done["package_id"], private=True)
        assert is_due(mende)
        settling.retire("budget")
        assert held("budget", mende.siren) == []
        as_administrator("package_patch", id=done["package_id"], private=False)
        jobs.settle_pending()
        assert held("budget", mende.siren) == [(done["id"], 12)]

    @pytest.mark.parametrize("action", ["bulk_update_private", "bulk_update_delete"])
    def test_a_bulk_action_tells_no_plugin_and_is_followed(
        self, action: str, mende: Town
    ) -> None:
        done = publish(mende, budget(mende.siret))
        as_administrator(action, datasets=[done["package_id"]], org_id=mende.org_id)
        settling.retire("budget")
        assert held("budget", mende.siren) == []

    @pytest.mark.parametrize("action", ["package_delete", "dataset_purge"])
    def test_a_dataset_deleted_or_purged_leaves(self, action: str, mende: Town) -> None:
        done = publish(mende, budget(mende.siret))
        as_administrator(action, id=done["package_id"])
        settling.retire("budget")
        assert held("budget", mende.siren) == []

    def test_a_resource_deleted_by_core_does_not_fail(self, mende: Town) -> None:
        done = publish(mende, budget(mende.siret))
        as_administrator(
            "resource_patch", id=done["resource_id"], datastore_active=True
        )
        # Nobody may by a call: only the server itself.
        server = {"user": factories.Sysadmin()["name"]}
        helpers.call_action("resource_delete", server, id=done["resource_id"])
        assert helpers.call_action("package_show", id=done["package_id"])

    def test_a_change_that_is_rolled_back_marks_nothing(self, mende: Town) -> None:
        done = publish(mende, budget(mende.siret))
        model.Session.execute(
            sa.text("UPDATE package SET private = true WHERE id = :id"),
            {"id": done["package_id"]},
        )
        model.Session.rollback()
        assert not is_due(mende)


class TestTheTerritory:
    def test_a_merger_keeps_the_rows_in_the_formers_name(self, town: Make) -> None:
        pers, sauze = town(), town()
        done = publish(pers, budget(pers.siret))
        mergers.merge(pers.org_id, sauze.org_id)
        jobs.settle_pending()
        assert held("budget", pers.siren) == [(done["id"], 12)]
        assert rows_of(done["resource_id"])["total"] == 12

    def test_a_new_name_is_on_the_rows(self, mende: Town) -> None:
        done = publish(mende, budget(mende.siret))
        model.Session.execute(
            sa.text("UPDATE odlocale_collectivity SET name = 'Mende-sur-Lot'"
                    " WHERE siren = :siren"),
            {"siren": mende.siren},
        )  # fmt: skip
        model.Session.commit()
        jobs.settle_pending()
        (row, *_) = rows_of(done["resource_id"])["records"]
        assert row["org_name"] == "Mende-sur-Lot"


class TestRebuild:
    def test_makes_good_what_was_lost_and_then_changes_nothing(
        self, town: Make
    ) -> None:
        one, two = town(), town()
        done = [publish(each, budget(each.siret)) for each in (one, two)]
        with settling.writing() as cursor:
            cursor.execute("DELETE FROM odl_budget WHERE org = %s", (one.siren,))
            cursor.execute("DELETE FROM _odl_slice WHERE siren = %s", (one.siren,))
            cursor.execute(
                "INSERT INTO _odl_slice (schema, siren, key, deposit, sha256, code,"
                " name, rows) VALUES ('budget', '999', 'x', 'd', 's', 'c', 'n', 0)"
            )
        call = self.run()
        assert call["changed"] >= 2
        assert held("budget", one.siren) == [(done[0]["id"], 12)]
        assert self.run()["changed"] == 0

    def run(self, **options: Any) -> dict[str, Any]:
        total = {"looked": 0, "changed": 0}
        after = None
        while True:
            done = helpers.call_action(
                "odlocale_table_rebuild", schema="budget", after=after, **options
            )
            for name in total:
                total[name] += done[name]
            after = done["next"]
            if after is None:
                return total

    def test_goes_on_from_where_it_stopped(
        self, town: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for _ in range(2):
            one = town()
            publish(one, budget(one.siret))
        monkeypatch.setattr(actions, "BATCH", 1)
        first = helpers.call_action("odlocale_table_rebuild", schema="budget")
        assert first["next"] is not None
        later = helpers.call_action(
            "odlocale_table_rebuild", schema="budget", after=first["next"]
        )
        assert later["looked"] == 1

    def test_by_command_with_progress(self, mende: Town, cli: Any) -> None:
        publish(mende, budget(mende.siret))
        result = cli.invoke(ckan, ["odlocale", "tables", "rebuild", "budget"])
        assert result.exit_code == 0, result.output
        assert "budget: 0 collectivités changed" in result.output
        wrong = cli.invoke(ckan, ["odlocale", "tables", "rebuild", "rien"])
        assert wrong.exit_code == 2
        settled = cli.invoke(ckan, ["odlocale", "tables", "settle"])
        assert settled.exit_code == 0, settled.output


def test_an_agent_may_neither_settle_nor_rebuild(mende: Town) -> None:
    for action in ("odlocale_table_settle", "odlocale_table_rebuild"):
        with pytest.raises(tk.NotAuthorized):
            call_as(mende.agent, action, schema="budget")


def test_who_settles_last_has_read_the_last_change(town: Make, app: Any) -> None:
    one = town()
    done = publish(one, budget(one.siret))
    model.Session.remove()

    def work() -> None:
        for _ in range(5):
            settling.settle("budget", one.siren)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    with app.flask_app.test_request_context():
        for private in (True, False, True):
            as_administrator("package_patch", id=done["package_id"], private=private)
            model.Session.remove()
    for thread in threads:
        thread.join()
    settling.settle("budget", one.siren)
    assert held("budget", one.siren) == []
    assert not is_due(one)


def test_a_purge_waits_for_the_worker_that_read_the_rows_before_it(
    town: Make, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker would write the file again, with what was erased in it."""
    one = town()
    content = budget(one.siret).replace(b"Fournitures", b"Achat Zyxrace", 1)
    done = publish(one, content)
    jobs.settle_pending()
    path = settling.parquet_path("budget")
    assert is_in_parquet("Zyxrace", path)
    # Something else changes, so that the file is to be written again.
    publish(one, budget(one.siret, year=2021))
    administrator = factories.Sysadmin()["name"]
    model.Session.remove()
    read, go_on = threading.Event(), threading.Event()
    real = keeping.write_parquet

    def write(rows: Any, *args: Any) -> None:
        held_rows = list(rows)
        read.set()
        assert go_on.wait(30)
        real(iter(held_rows), *args)

    monkeypatch.setattr(keeping, "write_parquet", write)

    def work() -> None:
        with app.flask_app.test_request_context():
            jobs.keep_all()
            model.Session.remove()

    def erase() -> None:
        with app.flask_app.test_request_context():
            asked = {"id": done["id"]}
            plan = call_as(administrator, "odlocale_release_purge_plan", **asked)
            asked["digest"] = plan["digest"]
            call_as(administrator, "odlocale_release_purge", **asked)
            model.Session.remove()

    worker, purge = threading.Thread(target=work), threading.Thread(target=erase)
    worker.start()
    assert read.wait(30)
    purge.start()
    purge.join(3)
    assert purge.is_alive(), "it waits for the file to be written"
    go_on.set()
    worker.join(30)
    purge.join(30)
    assert not purge.is_alive()
    assert not path.exists()
    jobs.settle_pending()
    assert not is_in_parquet("Zyxrace", path)


def is_in_parquet(word: str, path: Path) -> bool:
    return word in str(pl.read_parquet(path).rows())
