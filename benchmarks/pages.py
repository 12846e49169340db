"""Time of a page on a small portal and on a large one, and without this extension.

    python benchmarks/pages.py [--rounds NUMBER] [--small ORGS DATASETS]
                               [--large ORGS DATASETS] [--only PAGE]

Four portals run side by side on the same PostgreSQL, Valkey and Solr, each with a
database and a Solr core of its own: this extension's and CKAN's own, with few
organisations and with many. Each round asks each of them for the same page in turn,
as each person, so that what else the machine does weighs on all alike. Requests enter
CKAN's WSGI application as a server would send them.

Exit status: 1 when a page of ours takes more than LIMIT times its time on the small
portal, or sends more statements to PostgreSQL or more labels to Solr; or when a search
takes an animator of the large portal more than SEARCH_LIMIT times what it takes
anybody. That one is the action itself: reading who asks costs the same to all.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 1.3
SEARCH_LIMIT = 1.2
ACTION_ROUNDS = 10
# Enough communes for two thousand organisations, neighbours of nobody's.
DEPARTEMENTS = ("62", "80", "76", "60")
PORTALS = ("ours-small", "ours-large", "vanilla-small", "vanilla-large")
PEOPLE = ("anonymous", "agent", "animator")
PAGES = {
    "home page": "/",
    "organisation list": "/organization/",
    "dataset search": "/dataset/?q=budget",
    "search action": "package_search",
    "dataset form": "/dataset/new",
    "dashboard": "/dashboard/organizations",
}
#: Pages of whoever is logged in.
RESERVED = {"dataset form", "dashboard"}
LABELS = re.compile(r"permission_labels:\(([^)]*)\)")


@dataclass(frozen=True)
class Size:
    """How much a portal holds."""

    organisations: int
    datasets: int


class Portal:
    """A portal in a process of its own, asked for pages by lines of JSON."""

    def __init__(self, name: str, size: Size, ini: Path) -> None:
        self.name = name
        command = [sys.executable, __file__, "--serve", name, "--ini", str(ini)]
        command += ["--organisations", str(size.organisations)]
        command += ["--datasets", str(size.datasets)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def read(self) -> dict[str, Any]:
        """Return its next answer."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} stopped: see above")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def ask(self, page: str, who: str) -> dict[str, Any]:
        """Ask for a page as somebody."""
        assert self.process.stdin is not None
        print(json.dumps([page, who]), file=self.process.stdin, flush=True)
        return self.read()

    def stop(self) -> None:
        """End the process."""
        self.process.stdin and self.process.stdin.close()
        self.process.wait(30)


@contextmanager
def servers_running() -> Iterator[dict[str, Path]]:
    """Start servers for the run alone; give each portal's configuration file."""
    from ckanext.odlocale.portal import servers, stack, tables_database, testing
    from ckanext.odlocale.portal.configuration import portal_settings, render_ini
    from ckanext.odlocale.portal.downloads import ensure_solr_jars
    from ckanext.odlocale.portal.home import Home, cache_folder, load_memory

    tests = testing.test_home().root
    home = Home(tests.with_name(f"{tests.name}-pages"))
    shutil.rmtree(home.root, ignore_errors=True)
    home.create()
    try:
        with stack.only_one(home):
            memory = stack.move_taken_ports(home, load_memory(home))
            stack.start_stores(home, memory, testing.silent, [], unsafe=True)
            jars = ensure_solr_jars(cache_folder())
            stack.ensure_running(
                home, lambda: servers.solr(home, memory, jars, PORTALS), "solr", []
            )
        files = {}
        for number, name in enumerate(PORTALS):
            database = name.replace("-", "_")
            servers.create_database(memory, database)
            main_url = servers.database_url(memory, database)
            write_url, read_url = servers.tables_urls(memory, database)
            tables_database.prepare(main_url, write_url, read_url)
            storage = home.root / "files" / name
            storage.mkdir(parents=True)
            settings = portal_settings(
                site_url="http://localhost:5000",
                secret="a key that only a benchmark uses, long enough to sign",
                sqlalchemy_url=main_url,
                datastore_write_url=write_url,
                datastore_read_url=read_url,
                redis_url=servers.redis_url(memory, number),
                solr_url=servers.solr_url(memory, name),
                storage_path=str(storage),
                atd_name="Mesures",
                contact_email="mesures@example.org",
            )
            if name.startswith("vanilla"):
                settings = without_us(settings)
            files[name] = home.root / f"{name}.ini"
            files[name].write_text(render_ini(settings), encoding="utf-8")
        yield files
    finally:
        stack.down(home)
        shutil.rmtree(home.root, ignore_errors=True)


def without_us(settings: dict[str, str]) -> dict[str, str]:
    """Return the settings of the same portal without this extension."""
    ours = ("ckanext.", "scheming.", "ckan.files.")
    kept = {key: value for key, value in settings.items() if not key.startswith(ours)}
    return {**kept, "ckan.plugins": "activity"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the portals, print the figures, judge them."""
    options = read_options(arguments)
    if options.serve:
        serve(options)
        return 0
    sizes = {"small": Size(*options.small), "large": Size(*options.large)}
    with servers_running() as files:
        portals = {
            name: Portal(name, sizes[name.partition("-")[2]], files[name])
            for name in PORTALS
        }
        try:
            for name, portal in portals.items():
                ready = portal.read()
                print(
                    f"{name}: {ready['organisations']} organisations,"
                    f" {ready['datasets']} datasets, ready in {ready['seconds']:.0f} s"
                )
            rows = [
                row
                for label in options.only or PAGES
                for row in measure(portals, label, options.rounds)
            ]
        finally:
            for portal in portals.values():
                portal.stop()
    return report(rows)


def read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Time of pages, small and large.")
    pair = {"nargs": 2, "type": int, "metavar": ("ORGS", "DATASETS")}
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--small", default=(20, 200), **pair)
    parser.add_argument("--large", default=(2000, 10000), **pair)
    parser.add_argument("--only", action="append", choices=PAGES)
    # What follows is how the benchmark calls itself.
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--ini", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--organisations", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--datasets", type=int, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def measure(
    portals: dict[str, Portal], label: str, rounds: int
) -> Iterator[dict[str, Any]]:
    """Ask each portal for a page, as each person in turn; give medians and counts."""
    people = [who for who in PEOPLE if who != "anonymous" or label not in RESERVED]
    taken: dict[tuple[str, str], list[float]] = {}
    last: dict[tuple[str, str], dict[str, Any]] = {}
    # An action takes less than a page, so that the noise weighs more.
    rounds = rounds if PAGES[label].startswith("/") else rounds * ACTION_ROUNDS
    for number in range(rounds + 2):
        for who in people:
            for name, portal in portals.items():
                told = last[who, name] = portal.ask(PAGES[label], who)
                # Two rounds to fill what is kept from one request to the next.
                if number >= 2:
                    taken.setdefault((who, name), []).append(told["seconds"])
    for who in people:
        yield {
            "page": label,
            "who": who,
            "medians": {name: statistics.median(taken[who, name]) for name in portals},
            "last": {name: last[who, name] for name in portals},
        }


def report(rows: list[dict[str, Any]]) -> int:
    """Print the figures; return the exit status."""
    title = f"{'page':<19}{'as':<11}{'small':>9}{'large':>9}{'ratio':>7}{'SQL':>9}"
    print("\n" + title + f"{'labels':>8}   vanilla: small, large, ratio, SQL")
    slow = []
    for row in rows:
        medians, last = row["medians"], row["last"]
        small, large = last["ours-small"], last["ours-large"]
        ratio = medians["ours-large"] / medians["ours-small"]
        same = all(small[name] == large[name] for name in ("statements", "labels"))
        plain, plain_large = last["vanilla-small"], last["vanilla-large"]
        print(
            f"{row['page']:<19}{row['who']:<11}"
            f"{medians['ours-small'] * 1000:>6.1f} ms"
            f"{medians['ours-large'] * 1000:>6.1f} ms"
            f"{ratio:>7.2f}{small['statements']:>4}/{large['statements']:<4}"
            f"{small['labels']:>4}/{large['labels']:<3}   "
            f"{medians['vanilla-small'] * 1000:>6.1f} ms"
            f"{medians['vanilla-large'] * 1000:>8.1f} ms"
            f"{medians['vanilla-large'] / medians['vanilla-small']:>7.1f}"
            f"{plain['statements']:>5}/{plain_large['statements']}"
            + (f"  (answers {plain_large['status']})" * (plain_large["status"] != 200))
        )
        if ratio > LIMIT or not same or large["status"] != 200:
            slow.append(f"{row['page']} as {row['who']}: {ratio:.2f}")
    print(f"\nlimit: {LIMIT} times, as many statements and labels")
    by_whom = {
        row["who"]: row["medians"]["ours-large"]
        for row in rows
        if row["page"] == "search action"
    }
    if by_whom:
        ratio = by_whom["animator"] / by_whom["anonymous"]
        print(f"search as animator: {ratio:.2f} times anonymous (limit {SEARCH_LIMIT})")
        if ratio > SEARCH_LIMIT:
            slow.append(f"search as animator: {ratio:.2f}")
    if slow:
        print("above the limit: " + "; ".join(slow))
    return 1 if slow else 0


def serve(options: argparse.Namespace) -> None:
    """Fill a portal, then answer requests for pages until there are none."""
    start = time.perf_counter()
    answers, sys.stdout = sys.stdout, sys.stderr
    os.environ["CKAN_INI"] = str(options.ini)
    # Before CKAN, whose own folder of that name comes first once it is loaded.
    sys.path.insert(0, str(ROOT))
    from tests import portal_rows

    # isort: split
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    from ckanext.odlocale.portal.prepare import upgrade_database

    app = make_app(load_config(str(options.ini)))
    upgrade_database()
    with app._wsgi_app.test_request_context():
        ready, headers = fill(options, portal_rows)
    client = app._wsgi_app.test_client()
    ready["seconds"] = time.perf_counter() - start
    print(json.dumps(ready), file=answers, flush=True)
    with listening() as sent:
        for line in sys.stdin:
            page, who = json.loads(line)
            sent.update(statements=0, labels=0)
            if page.startswith("/"):
                told = ask_page(client, page, headers[who])
            else:
                told = ask_action(app._wsgi_app, page, who)
            print(json.dumps({**sent, **told}), file=answers, flush=True)


def ask_page(client: Any, page: str, headers: dict[str, str]) -> dict[str, Any]:
    """Ask for a page, whole; return its time and its status."""
    started = time.perf_counter()
    answer = client.get(page, headers=headers)
    answer.get_data()
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "status": answer.status_code}


def ask_action(app: Any, action: str, who: str) -> dict[str, Any]:
    """Search as somebody who is logged in; return the search's time."""
    from ckan import model
    from ckan.plugins import toolkit as tk

    with app.test_request_context():
        context: dict[str, Any] = {"user": ""}
        if who != "anonymous":
            user = model.User.get(who)
            tk.login_user(user)
            # As a page does before it searches: logging in commits, which forgets it.
            model.Session.refresh(user)
            context = {"user": who, "auth_user_obj": user}
        started = time.perf_counter()
        tk.get_action(action)(context, {"q": "budget", "include_private": True})
        seconds = time.perf_counter() - started
        model.Session.remove()
    return {"seconds": seconds, "status": 200}


def fill(
    options: argparse.Namespace, portal_rows: ModuleType
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Write a territory, its datasets and the three who ask for pages."""
    import sqlalchemy as sa
    from ckan import model
    from ckan.plugins import toolkit as tk

    ours = options.serve.startswith("ours")
    # Some thirty communes to an EPCI.
    communes = max(options.organisations - 2 - options.organisations // 30, 1)
    territory = portal_rows.write_territory(DEPARTEMENTS, limit=communes, linked=ours)
    portal_rows.write_datasets(list(territory.communes), options.datasets)
    site = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    context = {"ignore_auth": True, "user": site["name"]}
    headers: dict[str, Any] = {"anonymous": {}}
    for who, role, org_id in (
        ("agent", "editor", territory.communes[0]),
        ("animator", "admin", territory.head),
    ):
        tk.get_action("user_create")(
            dict(context),
            {
                "name": who,
                "email": f"{who}@example.org",
                "password": "trois mots sans rapport",
            },
        )
        tk.get_action("organization_member_create")(
            dict(context), {"id": org_id, "username": who, "role": role}
        )
        token = tk.get_action("api_token_create")(
            dict(context), {"user": who, "name": "mesure"}
        )
        headers[who] = {"Authorization": token["token"]}
    # As PostgreSQL does by itself, a minute later.
    model.Session.execute(sa.text("ANALYZE"))
    model.Session.commit()
    held = {"organisations": len(territory.orgs), "datasets": options.datasets}
    return held, headers


@contextmanager
def listening() -> Iterator[dict[str, int]]:
    """Count statements sent to PostgreSQL, and labels sent to Solr."""
    import pysolr
    import sqlalchemy as sa
    from ckan import model

    sent = {"statements": 0, "labels": 0}

    def note(*_: Any) -> None:
        sent["statements"] += 1

    search = pysolr.Solr.search

    def note_search(solr: Any, q: Any, *args: Any, **options: Any) -> Any:
        filters = options.get("fq") or []
        for one in [filters] if isinstance(filters, str) else filters:
            for labels in LABELS.findall(one):
                sent["labels"] += len(labels.split(" OR "))
        return search(solr, q, *args, **options)

    sa.event.listen(model.meta.engine, "before_cursor_execute", note)
    pysolr.Solr.search = note_search
    yield sent


if __name__ == "__main__":
    raise SystemExit(main())
