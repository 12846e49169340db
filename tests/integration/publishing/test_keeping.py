"""Files that nothing refers to any more leave the disk, and no others."""

from __future__ import annotations

import datetime
import os
import threading
import time
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.odlocale.base import storage
from ckanext.odlocale.handover.model import Handover
from ckanext.odlocale.people.tables import Mandate
from ckanext.odlocale.publishing import analysing, keeping, retention
from tests.integration.publishing.conftest import Town, budget, call_as, publish, send

DAYS = 30


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)


def grow_old(sha256: str, days: int = DAYS + 1) -> None:
    moment = time.time() - days * 24 * 3600
    os.utime(storage.open_path(sha256), (moment, moment))


def drop(town: Town, content: bytes) -> str:
    """Send a draft in, and drop it; return the SHA-256 of its file."""
    sent = send(town, content)
    call_as(town.agent, "odlocale_deposit_delete", id=sent["id"])
    return str(sent["original_sha256"])


def test_the_file_of_a_dropped_draft_goes_in_its_time(mende: Town) -> None:
    sha256 = drop(mende, budget(mende.siret))
    retention.work(now())
    assert storage.exists(sha256)
    grow_old(sha256)
    assert retention.work(now()).unused >= 1
    assert not storage.exists(sha256)


def test_a_file_in_use_stays_however_old(mende: Town) -> None:
    done = publish(mende, budget(mende.siret))
    shown = call_as(mende.agent, "odlocale_deposit_show", id=done["id"])
    names = ("original_sha256", "canonical_sha256", "parquet_sha256")
    kept = [shown[name] for name in names]
    for sha256 in kept:
        grow_old(sha256, 4000)
    retention.work(now())
    assert all(storage.exists(sha256) for sha256 in kept)


def test_the_same_bytes_dropped_by_one_stay_for_the_other(
    mende: Town,
) -> None:
    first = send(mende, budget(mende.siret))
    sha256 = drop(mende, budget(mende.siret))
    assert first["original_sha256"] == sha256
    grow_old(sha256)
    retention.work(now())
    assert storage.exists(sha256)


def test_deeds_of_mandates_and_feeds_of_who_left_stay(mende: Town) -> None:
    deed, page = storage.put(b"%PDF- deed"), storage.put(b"<a> <b> <c> .")
    model.Session.add(
        Mandate(
            org_id=mende.org_id, holder="agent", holder_id="x", schemas=["budget"],
            state="ended", since=datetime.date.today(), until=datetime.date.today(),
            document={"sha256": deed.sha256, "name": "a.pdf", "size": 1},
        )
    )  # fmt: skip
    model.Session.add(
        Handover(
            siren=mende.siren, pack="0" * 64, digest="0" * 64,
            feed={mende.code: {"ttl": {"": page.sha256}}},
        )
    )  # fmt: skip
    model.Session.commit()
    for one in (deed, page):
        grow_old(one.sha256)
    retention.work(now())
    assert storage.exists(deed.sha256)
    assert storage.exists(page.sha256)


def test_bytes_sent_again_are_as_if_they_had_just_come(mende: Town) -> None:
    sha256 = drop(mende, budget(mende.siret))
    grow_old(sha256)
    storage.put(budget(mende.siret))
    retention.work(now())
    assert storage.exists(sha256)


def test_a_deposit_that_is_being_written_keeps_its_file(mende: Town) -> None:
    """The lock: whoever removes waits for whoever refers, then looks again."""
    content = budget(mende.siret)
    sha256 = storage.put(content).sha256
    grow_old(sha256)
    keeping.hold(sha256)
    removed: list[int] = []

    def remove() -> None:
        removed.append(keeping.remove_unused(now() - datetime.timedelta(days=DAYS)))
        model.Session.remove()

    worker = threading.Thread(target=remove)
    worker.start()
    worker.join(0.7)
    assert worker.is_alive()
    query = sa.text(
        "INSERT INTO odlocale_deposit (id, org_id, siren, state, original_sha256,"
        " created_at, updated_at) VALUES (:id, :org, :siren, 'draft', :sha, now(),"
        " now())"
    )
    values = {"org": mende.org_id, "siren": mende.siren, "sha": sha256}
    model.Session.execute(query, {"id": f"essai-{sha256[:8]}", **values})
    model.Session.commit()
    worker.join(20)
    assert storage.exists(sha256)


def test_a_deposit_whose_file_was_removed_meanwhile_is_sent_again(
    mende: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = analysing.analyse_deposit

    def read_then_lose(deposit: Any) -> Any:
        found = read(deposit)
        storage.remove(str(deposit.original_sha256))
        return found

    monkeypatch.setattr(analysing, "analyse_deposit", read_then_lose)
    with pytest.raises(tk.ValidationError) as refused:
        send(mende, budget(mende.siret))
    assert refused.value.error_dict["refusal"] == ["LOST"]


def test_many_send_and_drop_the_same_bytes_while_files_are_removed(
    mende: Town, app: Any
) -> None:
    """No row is ever left without its file."""
    content = budget(mende.siret)
    model.Session.remove()
    failures: list[BaseException] = []
    stop = threading.Event()

    def agent() -> None:
        with app.flask_app.test_request_context():
            for _ in range(4):
                try:
                    sent = send(mende, content)
                    storage.open_path(sent["original_sha256"])
                    call_as(mende.agent, "odlocale_deposit_delete", id=sent["id"])
                except tk.ValidationError as refused:
                    if refused.error_dict.get("refusal") not in (["LOST"], ["BUSY"]):
                        failures.append(refused)
                except BaseException as error:
                    failures.append(error)
                finally:
                    model.Session.remove()

    def sweeper() -> None:
        while not stop.is_set():
            try:
                # Purges remove at once what nothing refers to.
                for sha256 in storage.list_older(time.time() + 60):
                    keeping.ask_erasure([sha256])
                keeping.erase_asked()
            except BaseException as error:
                failures.append(error)
                model.Session.rollback()
            model.Session.remove()

    agents = [threading.Thread(target=agent) for _ in range(3)]
    remover = threading.Thread(target=sweeper)
    remover.start()
    for one in agents:
        one.start()
    for one in agents:
        one.join()
    stop.set()
    remover.join()
    assert failures == []
    rows = model.Session.execute(
        sa.text("SELECT original_sha256 FROM odlocale_deposit WHERE org_id = :org"),
        {"org": mende.org_id},
    ).all()
    assert all(storage.exists(sha256) for (sha256,) in rows)


def test_what_a_purge_left_to_do_is_done_the_next_day(mende: Town) -> None:
    sha256 = drop(mende, budget(mende.siret))
    keeping.ask_erasure([sha256])
    model.Session.commit()
    # Here the purge was stopped.
    assert storage.exists(sha256)
    assert retention.work(now()).erased >= 1
    assert not storage.exists(sha256)
    left = model.Session.scalar(sa.select(sa.func.count()).select_from(keeping.Erasure))
    assert left == 0


def test_the_command_says_what_it_did(mende: Town, cli: Any) -> None:
    from ckan.cli.cli import ckan as command

    factories.Sysadmin()
    result = cli.invoke(command, ["odlocale", "publishing", "daily"])
    assert result.exit_code == 0, result.output
    assert "of no use removed" in result.output
