"""data.gouv.fr's own harvester, while two communes merge."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.contracts.test_harvest import find, refused
from tests.running import ROOT, Portal

Merge = Callable[[str, str], None]


def run_merging(portal: Portal, *arguments: str) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.contracts.merging"),
            *(str(portal.home.ini), *arguments),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def communes(portal: Portal, publisher: Any) -> tuple[str, str]:
    """Two communes of these tests: one will become part of the other."""
    # Of the form of a code, and nobody's: a portal that is kept has those of before.
    first, second = random.sample(range(90_000, 99_000), 2)
    codes = str(first), str(second)
    for code in codes:
        name = f"kervieux-{code}"
        publisher.act("organization_create", name=name, title=f"Kervieux {code}")
        run_merging(portal, "add", name, code)
    return codes


def items_of(report: Any) -> dict[str, str]:
    """What became of each dataset of a harvest."""
    return {item["remote_id"]: item["status"] for item in report["items"]}


def test_a_merger_loses_nothing_on_data_gouv(
    communes: tuple[str, str], portal: Portal, publisher: Any, harvester: Any
) -> None:
    former, heir = communes
    moved, own = publisher.publish(former), publisher.publish(heir)
    before = find(harvester.harvest(former), moved)
    harvester.harvest(heir)

    run_merging(portal, "merge", former, heir)
    # Long enough for data.gouv.fr to archive what it would see no more.
    first = harvester.harvest(former, days=10)
    second = harvester.harvest(heir, days=10)
    assert [first["status"], second["status"]] == ["done", "done"]
    assert refused(first) == refused(second) == []
    assert items_of(first) == {moved["id"]: "done"}
    assert items_of(second) == {own["id"]: "done"}
    waiting = find(first, moved)
    assert (waiting["organization"], waiting["archived"]) == (former, False)
    assert waiting["id"] == before["id"]
    files = [one["id"] for one in waiting["resources"]]
    assert files == [one["id"] for one in before["resources"]]

    harvester.transfer(moved, heir)
    done = publisher.act("odlocale_transfer_accept", former=former)
    assert done["datasets"] == [moved["id"]]
    left = harvester.harvest(former)
    assert (left["status"], refused(left)) == ("done", [])
    assert {request["status"] for request in left["requests"]} == {200}
    assert moved["id"] not in items_of(left)
    last = harvester.harvest(heir)
    assert (last["status"], refused(last)) == ("done", [])
    assert items_of(last) == {own["id"]: "done", moved["id"]: "done"}
    after = find(last, moved)
    # The same dataset and the same file there: neither a double nor a zombie.
    assert (after["id"], after["organization"]) == (before["id"], heir)
    assert after["archived"] is False
    assert [one["id"] for one in after["resources"]] == files

    # Years later, the empty feed of the former commune archives nothing of it.
    assert items_of(harvester.harvest(former, days=400)) == {}
    assert find(harvester.harvest(heir), moved)["archived"] is False


def test_data_gouv_refuses_a_dataset_that_moves_without_its_transfer(
    communes: tuple[str, str], portal: Portal, publisher: Any, harvester: Any
) -> None:
    """Why the former's feed goes on. Should data.gouv.fr change its mind, we know."""
    former, heir = communes
    moved = publisher.publish(former)
    harvester.harvest(former)
    run_merging(portal, "merge", former, heir)
    publisher.act("odlocale_transfer_accept", former=former)
    report = harvester.harvest(heir)
    (item,) = report["items"]
    assert item["remote_id"] == moved["id"]
    assert item["status"] == "failed"
    assert "another owner" in item["errors"][0]


def test_a_transfer_accepted_there_first_loses_nothing_meanwhile(
    communes: tuple[str, str], portal: Portal, publisher: Any, harvester: Any
) -> None:
    former, heir = communes
    moved = publisher.publish(former)
    harvester.harvest(former)
    harvester.harvest(heir)
    run_merging(portal, "merge", former, heir)
    harvester.transfer(moved, heir)
    # Nobody told the portal yet: data.gouv.fr refuses it in the old feed…
    report = harvester.harvest(former)
    assert items_of(report) == {moved["id"]: "failed"}
    assert find(report, moved)["archived"] is False
    # …until somebody does.
    publisher.act("odlocale_transfer_accept", former=former)
    last = harvester.harvest(heir)
    assert items_of(last) == {moved["id"]: "done"}
    assert find(last, moved)["organization"] == heir
