"""A model's file while what it needs dies: the process, the disk, Valkey.

Whatever dies, the permanent address serves the former release or the new one, whole.
"""

from __future__ import annotations

import datetime
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis
from ckan import model
from ckan.lib import redis as ckan_redis
from ckan.plugins import toolkit as tk
from ckan.tests import helpers

from ckanext.odlocale.base import storage
from ckanext.odlocale.publishing import retention, stopped
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.tables import jobs
from tests.integration.publishing.conftest import (
    Desk,
    Town,
    budget,
    call_as,
    publish,
    send,
)
from tests.integration.publishing.test_transactions import begin, ready
from tests.integration.tables.conftest import held

Open = Callable[[str | None], Desk]
#: A process that publishes, and is killed once a step was done, or before the commit.
DYING = """
import os, signal, sys
from ckan.cli import load_config
from ckan.config.middleware import make_app
app = make_app(load_config("test.ini"))._wsgi_app
from ckan import logic, model
from ckan.plugins import toolkit as tk
from ckanext.odlocale.publishing import keeping, release
step, who, deposit = sys.argv[1:]
place, name = {
    "files": (release, "keep_parquet"), "dataset": (release, "save_dataset"),
    "change told": (release, "tell_change"), "index": (logic, "index_update_package"),
    "commit": (model.Session, "commit"),
}[step]
real = getattr(place, name)
def die(*arguments, **options):
    if step != "commit":
        real(*arguments, **options)
    os.kill(os.getpid(), signal.SIGKILL)
with app.test_request_context():
    context = {"user": who, "ignore_auth": False}
    setattr(place, name, die)
    tk.get_action("odlocale_deposit_publish")(context, {"id": deposit})
"""


def content_at(desk: Desk, deposit: dict[str, Any]) -> str:
    """What anybody reads at a permanent address."""
    answer = desk.client.get(deposit["address"], buffered=True)
    assert answer.status_code == 200
    return str(answer.get_data(as_text=True))


def hash_found(name: str) -> str:
    """The hash of the file as the search tells it."""
    found = helpers.call_action("package_search", fq=f'name:"{name}"')["results"]
    return str(found[0]["resources"][0]["hash"])


@pytest.mark.parametrize("step", ["files", "dataset", "change told", "index", "commit"])
def test_a_process_killed_leaves_the_former_release_whole(
    step: str, mende: Town, desk_of: Open
) -> None:
    anybody = desk_of(None)
    former = publish(mende, budget(mende.siret, rows=5))
    jobs.settle_pending()
    draft = ready(mende, budget(mende.siret, rows=3))
    call_as(mende.agent, "odlocale_deposit_answer", id=draft, replaces=former["id"])
    before = content_at(anybody, former)
    model.Session.remove()
    command = [sys.executable, "-c", DYING, step, mende.agent, draft]
    died = subprocess.run(command, check=False, capture_output=True, timeout=180)
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()[-2000:]
    shown = Deposit.shown(mende.siren, "budget", former["key"])
    assert shown is not None
    assert shown.id == former["id"]
    assert content_at(anybody, former) == before
    dataset = helpers.call_action("package_show", id=former["package_id"])
    assert dataset["resources"][0]["hash"] == former["canonical_sha256"]
    feed = anybody.get(f"/catalogue/{mende.code}.ttl").page
    assert former["canonical_sha256"] in feed
    jobs.settle_pending()
    assert held("budget", mende.siren) == [(former["id"], 5)]
    # Once it is sure that the process is dead, the desk says so, and the worker lets
    # the search say what is online.
    begin(mende, draft, stopped.SILENT_SECONDS + 1)
    assert draft in stopped.stopped_of([draft])
    jobs.settle_pending()
    assert hash_found(dataset["name"]) == former["canonical_sha256"]
    assert draft in stopped.stopped_of([draft])
    done = call_as(mende.agent, "odlocale_deposit_publish", id=draft)
    assert done["state"] == "published"
    assert content_at(anybody, former) != before
    assert hash_found(dataset["name"]) == done["canonical_sha256"]
    jobs.settle_pending()
    assert held("budget", mende.siren) == [(done["id"], 3)]


def test_a_first_publication_that_is_killed_is_found_by_no_search(
    mende: Town, desk_of: Open
) -> None:
    draft = ready(mende, budget(mende.siret))
    model.Session.remove()
    command = [sys.executable, "-c", DYING, "commit", mende.agent, draft]
    died = subprocess.run(command, check=False, capture_output=True, timeout=180)
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()[-2000:]

    def found() -> int:
        name = model.Group.get(mende.org_id).name
        asked = helpers.call_action("package_search", fq=f"organization:{name}")
        return int(asked["count"])

    assert found() == 1, "the index was told before the commit"
    begin(mende, draft, stopped.SILENT_SECONDS + 1)
    assert stopped.repair_index() == 1
    assert found() == 0
    # And the day's work publishes it: its agent had asked for it.
    done = retention.work(datetime.datetime.now(datetime.timezone.utc))
    assert done.published >= 1
    assert found() == 1
    call_as(mende.agent, "odlocale_deposit_publish", id=draft)
    assert found() == 1


@contextmanager
def no_room() -> Iterator[None]:
    """Let this process write nothing more in a file, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_keeps_the_former_release_and_the_draft(
    mende: Town, desk_of: Open
) -> None:
    anybody = desk_of(None)
    former = publish(mende, budget(mende.siret))
    before = content_at(anybody, former)
    draft = ready(mende, budget(mende.siret, rows=3))
    call_as(mende.agent, "odlocale_deposit_answer", id=draft, replaces=former["id"])
    with no_room(), pytest.raises(tk.ValidationError) as refused:
        call_as(mende.agent, "odlocale_deposit_publish", id=draft)
    assert refused.value.error_dict["refusal"] == ["NO_ROOM"]
    assert content_at(anybody, former) == before
    kept = Deposit.load(draft)
    assert kept is not None
    assert kept.state == "checked"
    assert storage.exists(str(kept.original_sha256))
    with no_room(), pytest.raises(tk.ValidationError) as refused:
        send(mende, budget(mende.siret, year=2019))
    assert refused.value.error_dict["refusal"] == ["NO_ROOM"]
    # Once there is room again, the same draft goes online.
    done = call_as(mende.agent, "odlocale_deposit_publish", id=draft)
    assert done["state"] == "published"


def test_without_valkey_a_file_is_published_and_its_table_follows_later(
    mende: Town, desk_of: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = ready(mende, budget(mende.siret, rows=4))
    model.Session.remove()
    # A port that nobody listens on.
    dead = redis.ConnectionPool.from_url("redis://127.0.0.1:1/0")
    monkeypatch.setattr(ckan_redis, "_connection_pool", dead)
    with pytest.raises(redis.exceptions.ConnectionError):
        ckan_redis.connect_to_redis().ping()
    done = call_as(mende.agent, "odlocale_deposit_publish", id=draft)
    assert done["state"] == "published"
    monkeypatch.undo()
    assert "budget primitif" in content_at(desk_of(None), done)
    jobs.settle_pending()
    assert held("budget", mende.siren) == [(done["id"], 4)]
