"""A territory harvested while it is edited: none missing, none twice, no zombie."""

from __future__ import annotations

import itertools
import threading
from typing import Any

from tests.contracts.conftest import CROWD, REMADE

FEW = 101


def test_no_dataset_is_missing_or_twice_while_others_are_edited(
    publisher: Any, harvester: Any
) -> None:
    published = {
        code: [publisher.publish(code, resources=[])["id"] for _ in range(number)]
        for code, number in zip(CROWD, (FEW, 3, 3), strict=True)
    }
    stop = threading.Event()
    edits = itertools.count()
    made = 0

    def edit() -> None:
        nonlocal made
        everything = [one for ids in published.values() for one in ids]
        while not stop.is_set():
            made = next(edits)
            chosen = everything[made * 37 % len(everything)]
            publisher.act("package_patch", id=chosen, title=f"Budget {made}")
            if made % 5 == 0:
                publisher.publish(CROWD[made % len(CROWD)], resources=[])

    editor = threading.Thread(target=edit)
    editor.start()
    try:
        for code in CROWD * 2:
            report = harvester.harvest(code)
            assert (report["status"], report["errors"]) == ("done", [])
            taken = [item["remote_id"] for item in report["items"]]
            assert len(taken) == len(set(taken))
            assert set(published[code]) <= set(taken)
            assert {item["status"] for item in report["items"]} == {"done"}
    finally:
        stop.set()
        editor.join()
    assert made > 0


def test_a_dataset_made_anew_replaces_the_one_that_was_deleted(
    publisher: Any, harvester: Any
) -> None:
    kept = publisher.publish(REMADE)
    first = publisher.publish(REMADE, name="refait")
    harvester.harvest(REMADE)
    publisher.act("package_delete", id=first["id"])
    publisher.act("dataset_purge", id=first["id"])
    second = publisher.publish(REMADE, name="refait", resources=first["resources"])
    report = harvester.harvest(REMADE, days=8)
    assert (report["status"], report["errors"]) == ("done", [])
    archived = {one["remote_id"]: one["archived"] for one in report["datasets"]}
    assert archived == {kept["id"]: False, first["id"]: True, second["id"]: False}
