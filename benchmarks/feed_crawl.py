"""A thousand feeds harvested by data.gouv.fr's own software while data are edited.

    python benchmarks/feed_crawl.py [--feeds NUMBER] [--datasets NUMBER] [--long NUMBER]

udata's harvester (``tests/contracts/harvester.py``, in its own environment) reads the
feeds one after the other from gunicorn; a few of them are of several pages. Meanwhile
another process edits, adds and withdraws datasets anywhere, as fast as the portal takes
it. What data.gouv.fr then holds is compared with what was public: a dataset that was
public all along must be there, once, whatever happened to the others.

There is no peer: udata's CKAN backend, the other way in, has no pages at all.

Exit status: 1 when a harvest fails, an item is refused, or a dataset is missing or
twice.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SITE = "http://test.ckan.net"
LICENCE_SCHEMA = "https://schema.data.gouv.fr/schemas/scdl/budget/latest/schema.json"


class Udata:
    """data.gouv.fr's harvester, by lines of JSON."""

    def __init__(self, python: Path, address: str) -> None:
        script = ROOT / "tests" / "contracts" / "harvester.py"
        self.process = subprocess.Popen(
            [str(python), str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        schemas = [{"name": "scdl/budget", "schema_url": LICENCE_SCHEMA}]
        ready = self.ask(mapping={SITE: address}, schemas=schemas)
        assert ready == {"ready": True}, ready

    def ask(self, **question: Any) -> Any:
        """Send one line, read one line."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, "udata stopped: its last words are above"
        return json.loads(answer)

    def stop(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(60)


def edit(ids: Sequence[str], owners: Sequence[str]) -> None:
    """Edit, add and withdraw datasets until killed; print one line for each.

    Only every tenth dataset is ever withdrawn: the others are public all along.
    """
    sys.path.insert(0, str(ROOT))
    from benchmarks import feed_rows
    from benchmarks.territory_apply import start_portal

    start_portal()
    import ckantoolkit as tk

    chance = random.Random(8)
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    number = 0
    print("ready", flush=True)
    while True:
        number += 1
        what = chance.choice(("title", "title", "add", "withdraw"))
        context = {"user": user, "ignore_auth": True}
        if what == "add":
            name = f"ajout-{number}-{int(time.time())}"
            values = feed_rows.budget(chance.choice(list(owners)), name)
            tk.get_action("package_create")(context, values)
        else:
            pick = chance.randrange(len(ids))
            if what == "withdraw":
                pick -= pick % 10
                patch = {"id": ids[pick], "private": bool(number % 2)}
            else:
                patch = {"id": ids[pick], "title": f"Budget {number}"}
            tk.get_action("package_patch")(context, patch)
        print(what, flush=True)


def judge(report: Any, code: str, stable: set[str]) -> list[str]:
    """What is wrong with a harvest."""
    if report["status"] != "done":
        return [f"{code}: {report['status']}, {report['errors']}"]
    taken = [one["remote_id"] for one in report["items"]]
    refused = [
        one for one in report["items"] if one["status"] not in ("done", "archived")
    ]
    wrong = [f"{code}: refused {one}" for one in refused[:1]]
    held = [one["remote_id"] for one in report["datasets"]]
    if missing := stable - set(held):
        wrong.append(f"{code}: {len(missing)} missing")
    if len(set(taken)) != len(taken) or len(set(held)) != len(held):
        wrong.append(f"{code}: twice")
    return wrong


def crawl(udata: Udata, feeds: dict[str, set[str]]) -> tuple[list[str], int, int]:
    """Harvest every feed; return what is wrong, items read and pages asked."""
    wrong, items, pages = [], 0, 0
    for code, stable in feeds.items():
        url = f"{SITE}/catalogue/{code}.ttl"
        report = udata.ask(url=url, organization=code, days=0)
        wrong += judge(report, code, stable)
        items += len(report["items"])
        pages += len(report["requests"])
    return wrong, items, pages


def main(arguments: Sequence[str] | None = None) -> int:
    """Publish, serve, edit, harvest, judge."""
    parser = argparse.ArgumentParser(description="Feeds harvested while edited.")
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--datasets", type=int, default=2, help="of each feed")
    parser.add_argument("--long", type=int, default=5, help="feeds of 250 datasets")
    # What follows is how the benchmark calls itself.
    parser.add_argument("--edit", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.edit:
        known = json.loads(options.edit.read_text(encoding="utf-8"))
        edit(known["ids"], known["owners"])
    # Before CKAN, whose own folder of tests comes first once it is loaded.
    sys.path.insert(0, str(ROOT))
    from tests import portal_rows
    from tests.contracts.environment import ensure_environment

    # isort: split
    from benchmarks import feed_one, feed_rows
    from benchmarks.territory_apply import start_portal, stop_portal
    from ckanext.odlocale.portal.home import free_port

    start_portal()
    try:
        territory = portal_rows.write_territory(("62", "80", "76"), limit=options.feeds)
        feed_rows.draw_contours()
        owners = list(territory.communes)
        ids = feed_rows.write_budgets(owners, len(owners) * options.datasets)
        for owner in owners[: options.long]:
            ids += feed_rows.write_budgets([owner], 250)
        feeds = stable_of(territory.orgs, set(owners), ids)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "public").mkdir()
            known = folder / "known.json"
            known.write_text(json.dumps({"ids": ids, "owners": owners}), "utf-8")
            port = free_port(set())
            server = feed_one.start_server(folder, port)
            feed_one.wait_for(port)
            command = [sys.executable, __file__, "--edit", str(known)]
            log = folder / "edits"
            with log.open("w", encoding="utf-8") as out:
                editor = subprocess.Popen(command, stdout=out)
                udata = Udata(ensure_environment(), f"http://127.0.0.1:{port}")
                while "ready" not in log.read_text("utf-8"):
                    time.sleep(0.2)
                started = time.perf_counter()
                try:
                    wrong, items, pages = crawl(udata, feeds)
                finally:
                    seconds = time.perf_counter() - started
                    editor.kill()
                    editor.wait()
                    server.terminate()
                    udata.stop()
            edits = log.read_text("utf-8").splitlines()[1:]
    finally:
        stop_portal()
    print(
        f"{len(feeds)} feeds, {pages} pages, {items} datasets in {seconds:.0f} s;"
        f" meanwhile {len(edits)} edits, of which {edits.count('add')} added and"
        f" {edits.count('withdraw')} withdrawn or back"
    )
    print(f"missing, twice or refused: {len(wrong)}")
    print("\n".join(wrong[:10]))
    return 1 if wrong or not edits else 0


def stable_of(
    orgs: dict[str, str], communes: set[str], ids: Sequence[str]
) -> dict[str, set[str]]:
    """The datasets of each feed that are public all along, by code."""
    import sqlalchemy as sa
    from ckan import model

    kept = {one for rank, one in enumerate(ids) if rank % 10}
    rows = model.Session.execute(sa.select(model.Package.owner_org, model.Package.id))
    by_owner: dict[str, set[str]] = {}
    for owner, package in rows:
        if package in kept:
            by_owner.setdefault(owner, set()).add(package)
    return {
        code: by_owner.get(org, set()) for code, org in orgs.items() if org in communes
    }


if __name__ == "__main__":
    raise SystemExit(main())
