"""Sending to udata's real API: edited, withdrawn, changed by hand, killed, refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ckanext.odlocale.portal import process, servers
from ckanext.odlocale.portal.home import free_port, load_memory
from tests.contracts.conftest import COMMUNE, Publisher
from tests.contracts.counterpart import Counterpart, run_counterpart
from tests.running import SITE_URL, Portal, home_of_tests, start

#: Communes of Morbihan whose data are sent; and one that was harvested first.
SENT, HARVESTED = "56091", "56092"
ATD = "225600014"
CKAN = str(Path(sys.executable).parent / "ckan")


class Shell:
    """A process of CKAN that does what it is told, a line at a time."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.tell("import json, sys")
        self.tell("from ckanext.odlocale.datagouv import push_run")
        self.tell("def tell(x): print('\\n@@' + json.dumps(x), flush=True)\n")

    def tell(self, line: str) -> None:
        """Send a line, and wait for nothing."""
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def ask(self, line: str) -> Any:
        """Send a line that ends by telling something."""
        self.tell(line)
        assert self.process.stdout
        for answer in self.process.stdout:
            if answer.startswith("@@"):
                return json.loads(answer[2:])
        raise AssertionError("the process ended: its last words are above")

    def kill(self) -> None:
        """End it as a power cut does."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.communicate(timeout=30)


class Sender:
    """The commands of a portal that sends, and what data.gouv.fr then holds."""

    def __init__(
        self, portal: Portal, datagouv: Counterpart, publisher: Publisher
    ) -> None:
        self.portal, self.datagouv, self.publisher = portal, datagouv, publisher
        self.ini = portal.home.ini.with_name("sending.ini")
        lines = (
            f"ckanext.odlocale.datagouv_url = {datagouv.site}\n"
            "ckanext.odlocale.allowed_hosts = 127.0.0.1\n"
            "ckanext.odlocale.datagouv_calls_per_second = 500\n"
        )
        text = portal.home.ini.read_text("utf-8")
        self.ini.write_text(text.replace("[app:main]\n", f"[app:main]\n{lines}", 1))
        self.api = datagouv.client("atd").caller
        self.organizations: dict[str, str] = {}
        self.sources: dict[str, str] = {}
        self.shell = self.open_shell()

    def register(self, *codes: str) -> None:
        """What the plan of the registration does: an organisation and a source each."""
        key = self.datagouv.keys["atd"]
        self.shell.tell("from ckanext.odlocale.datagouv import keys")
        self.shell.tell(f"keys.keep_key({ATD!r}, {key!r}, 'Atd', None)")
        self.shell.ask("model.Session.commit(); tell(1)")
        client = self.datagouv.client("atd")
        for code in codes:
            named = {"name": f"Commune {code}", "description": "Ses données."}
            made = client.create_organization(named)
            address = f"{SITE_URL}/catalogue/{code}.ttl"
            asked = {"name": code, "url": address, "organization": made.id}
            self.organizations[code] = made.id
            self.sources[code] = client.create_source(asked).id
            self.run_sql(
                "INSERT INTO odlocale_datagouv (siren, state, organization_id)"
                f" SELECT siren, 'ours', '{made.id}' FROM odlocale_collectivity"
                f" WHERE insee = '{code}'"
            )

    def run(self, *arguments: str) -> str:
        """Standard output of a command, whatever its status."""
        done = subprocess.run(
            [CKAN, "-c", str(self.ini), "odlocale", "datagouv", *arguments],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode in (0, 1), done.stderr
        assert self.datagouv.keys["atd"] not in done.stdout + done.stderr
        return done.stdout

    def push(self, status: int = 0) -> str:
        """What ``ckan odlocale datagouv push`` does, in a process that stays.

        :param status: 1 where something fails
        :returns: what became of each dataset
        """
        said = self.shell.ask(
            "r = push_run.run();tell([r.busy, r.stopped, r.outcomes, r.failures])"
        )
        busy, stopped, outcomes, failures = said
        assert not busy
        assert bool(failures) is bool(status), (outcomes, failures)
        return " ".join([*outcomes, *failures, *(["stopped"] if stopped else [])])

    def open_shell(self) -> Shell:
        """Another process that sends."""
        return Shell(
            subprocess.Popen(
                [CKAN, "-c", str(self.ini), "shell"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        )

    def waiting(self, what: str = "waiting") -> list[dict[str, Any]]:
        """What the page and ``ckan odlocale datagouv outbox`` show."""
        asked = {"what": what, "limit": 1000}
        found = self.publisher.act("odlocale_datagouv_send_list", **asked)
        results: list[dict[str, Any]] = found["results"]
        return results

    def held(self, package_id: str) -> list[dict[str, Any]]:
        """Every living dataset there that tells of one of ours."""
        return [
            one
            for one in self.listed(SENT)
            if one["extras"].get("odlocale:id") == package_id and not one["deleted"]
        ]

    def listed(self, code: str) -> list[dict[str, Any]]:
        """Every dataset of a commune's organisation there."""
        asked = {"organization": self.organizations[code], "page_size": 200}
        found: list[dict[str, Any]] = self.api.call("GET", "/datasets/", asked)["data"]
        return found

    def there(self, package_id: str) -> dict[str, Any]:
        """The one dataset there that tells of one of ours."""
        (found,) = self.held(package_id)
        return found

    def change(self, dataset: dict[str, Any], **values: Any) -> None:
        """What somebody does by hand on data.gouv.fr."""
        owner = {"organization": dataset["organization"]["id"]}
        path = f"/datasets/{dataset['id']}/"
        self.api.call("PUT", path, payload={**dataset, **values, **owner})

    def writes(self) -> list[str]:
        """The calls since the last time that write."""
        found = self.datagouv.calls()
        return [one.split("/")[0].strip() for one in found if not one.startswith("GET")]

    def run_sql(self, statement: str) -> list[Any]:
        """Change what only time changes, or read what was recorded."""
        memory = load_memory(self.portal.home)
        with closing(servers.connect(memory, "ckan")) as connection:
            cursor = connection.cursor()
            cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []

    def forget_all(self) -> None:
        """Leave nothing that the portal's own worker would send."""
        for table in ("outbox", "pushed", "push_choice", "datagouv_key", "datagouv"):
            self.run_sql(f"DELETE FROM odlocale_{table}")


@pytest.fixture(scope="module")
def datagouv(portal: Portal) -> Iterator[Counterpart]:
    with run_counterpart(free_port(set()), {SITE_URL: portal.address}) as running:
        yield running


@pytest.fixture(scope="module")
def sender(
    portal: Portal, datagouv: Counterpart, publisher: Publisher
) -> Iterator[Sender]:
    # The portal's own worker knows another data.gouv.fr: the real one.
    process.stop(portal.home, "worker", servers.stop_signal("worker"))
    made = Sender(portal, datagouv, publisher)
    made.forget_all()
    made.run_sql(
        "UPDATE odlocale_collectivity SET contour = (SELECT contour FROM"
        f" odlocale_collectivity WHERE insee = '{COMMUNE}') WHERE insee = '{SENT}'"
    )
    for code in (SENT, HARVESTED):
        publisher.publish(code)
    made.register(SENT, HARVESTED)
    publisher.act("odlocale_datagouv_send_choose", codes=[SENT], send=True)
    made.push()
    yield made
    made.shell.kill()
    made.forget_all()
    start(home_of_tests(), SITE_URL)


def test_a_dataset_is_there_with_all_that_was_said_and_once(sender: Sender) -> None:
    dataset = sender.publisher.publish(SENT)
    # The commands themselves, once.
    assert dataset["id"] in sender.run("push", "--dry-run")
    assert sender.held(dataset["id"]) == []
    assert dataset["id"] in sender.run("outbox")
    assert f"{dataset['id']}\tcreated" in sender.run("push")
    found = sender.there(dataset["id"])
    assert found["license"] == "lov2"
    assert found["frequency"] == "annual"
    assert found["temporal_coverage"] == {"start": "2022-01-01", "end": "2022-12-31"}
    assert found["tags"] == ["budget", "finances"]
    assert found["spatial"]["geom"]["type"] == "MultiPolygon"
    assert found["extras"]["odlocale:page"].startswith(f"{SITE_URL}/dataset/")
    assert found["contact_points"][0]["email"] == "mairie@essai.example.org"
    assert found["quality"]["score"] == 1
    (resource,) = found["resources"]
    assert resource["url"] == dataset["resources"][0]["url"]
    assert resource["schema"]["name"] == "scdl/budget"
    assert (resource["format"], resource["mime"]) == ("csv", "text/csv")
    assert (resource["filesize"], resource["filetype"]) == (12345, "remote")
    assert resource["checksum"] == {"type": "sha256", "value": "0f" * 32}
    sender.datagouv.calls()
    sender.push()
    assert sender.datagouv.calls() == []
    # Read again there, it is as it must be: nothing is written.
    sender.run_sql("UPDATE odlocale_pushed SET checked_at = now() - interval '2 days'")
    sender.push()
    assert sender.writes() == []


def test_a_new_release_replaces_the_file_at_its_place(sender: Sender) -> None:
    dataset = sender.publisher.publish(SENT)
    sender.push()
    before = sender.there(dataset["id"])
    resource = dataset["resources"][0]
    sender.publisher.act("resource_patch", id=resource["id"], hash="1e" * 32, size=999)
    sender.publisher.act("package_patch", id=dataset["id"], title="Budget corrigé")
    sender.push()
    after = sender.there(dataset["id"])
    assert (after["id"], after["title"]) == (before["id"], "Budget corrigé")
    assert [one["id"] for one in after["resources"]] == [
        one["id"] for one in before["resources"]
    ]
    assert after["resources"][0]["checksum"]["value"] == "1e" * 32
    sender.publisher.act("package_patch", id=dataset["id"], resources=[])
    sender.push()
    assert sender.there(dataset["id"])["resources"] == []


def test_what_is_withdrawn_is_hidden_and_what_is_purged_is_gone(
    sender: Sender,
) -> None:
    dataset = sender.publisher.publish(SENT)
    sender.push()
    first = sender.there(dataset["id"])
    sender.publisher.act("package_patch", id=dataset["id"], private=True)
    sender.push()
    assert sender.there(dataset["id"])["private"] is True
    sender.publisher.act("package_delete", id=dataset["id"])
    sender.push()
    assert sender.there(dataset["id"])["archived"]
    sender.publisher.act(
        "package_patch", id=dataset["id"], state="active", private=False
    )
    sender.push()
    back = sender.there(dataset["id"])
    assert (back["id"], back["archived"], back["private"]) == (
        first["id"],
        None,
        False,
    )
    sender.publisher.act("dataset_purge", id=dataset["id"])
    sender.push()
    assert sender.held(dataset["id"]) == []
    assert dataset["id"] not in [one["id"] for one in sender.waiting("all")]


def test_what_a_hand_changed_there_is_shown_and_waits_for_a_person(
    sender: Sender,
) -> None:
    dataset = sender.publisher.publish(SENT)
    sender.push()
    sender.change(sender.there(dataset["id"]), title="Titre de la mairie")
    sender.api.call(
        "POST",
        f"/datasets/{sender.there(dataset['id'])['id']}/resources/",
        payload={"title": "Notice", "url": "https://www.example.org/n.pdf",
                 "filetype": "remote", "type": "documentation", "format": "pdf"},
    )  # fmt: skip
    sender.publisher.act(
        "package_patch", id=dataset["id"], notes="Un autre texte. " * 9
    )
    sender.push()
    found = sender.there(dataset["id"])
    assert found["title"] == "Titre de la mairie"
    assert found["description"].startswith("Un autre texte.")
    assert [one["title"] for one in found["resources"]][1:] == ["Notice"]
    (shown,) = [one for one in sender.waiting("held") if one["id"] == dataset["id"]]
    assert shown["held"] == [
        {"path": "title", "was": dataset["title"], "is": "Titre de la mairie"}
    ]
    asked = {"id": dataset["id"], "answer": "replace", "seen": shown["seen"]}
    sender.publisher.act("odlocale_datagouv_send_decide", **asked)
    sender.push()
    assert sender.there(dataset["id"])["title"] == dataset["title"]
    assert sender.waiting("held") == []


@pytest.mark.parametrize("fault", [500, 423, 429, "html", "nothing", "lost"])
def test_where_data_gouv_fails_the_message_waits_and_arrives_once(
    fault: Any, sender: Sender
) -> None:
    dataset = sender.publisher.publish(SENT)
    sender.datagouv.fail("POST /api/1/datasets/", *[fault] * 2)
    sender.push(status=1)
    sender.datagouv.control("faults", [])
    (waiting,) = sender.waiting()
    assert waiting["why"] in ("no_answer", "not_now", "not_understood")
    sender.publisher.act("odlocale_datagouv_send_retry", id=dataset["id"])
    sender.push()
    assert sender.there(dataset["id"])["title"] == dataset["title"]
    assert sender.waiting() == []


def test_a_read_only_data_gouv_is_left_alone(sender: Sender) -> None:
    datasets = [sender.publisher.publish(SENT) for _ in range(2)]
    sender.datagouv.control("read-only", {"on": True})
    sender.datagouv.calls()
    said = sender.push(status=1)
    assert said == "not_now stopped"
    assert len(sender.writes()) <= 2
    sender.datagouv.control("read-only", {"on": False})
    for dataset in datasets:
        sender.publisher.act("odlocale_datagouv_send_retry", id=dataset["id"])
    sender.push()
    assert all(sender.there(one["id"]) for one in datasets)


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_killed_between_the_call_and_its_record_it_doubles_and_loses_nothing(
    method: str, sender: Sender
) -> None:
    dataset = sender.publisher.publish(SENT)
    if method == "PUT":
        sender.push()
        sender.publisher.act("package_patch", id=dataset["id"], title="Avant la mort")
    sender.datagouv.calls()
    sender.datagouv.fail(f"{method} /api/1/datasets/", "hold")
    shell = sender.open_shell()
    shell.tell("push_run.run()")
    seen: list[str] = []
    for _ in range(1200):
        seen += sender.datagouv.calls()
        if any(one.startswith(f"{method} /api/1/datasets/") for one in seen):
            break
        time.sleep(0.1)
    else:
        pytest.fail(f"it never came to its {method}: {seen}")
    time.sleep(1)
    shell.kill()
    sender.datagouv.control("release")
    sender.publisher.act("package_patch", id=dataset["id"], title="Après la mort")
    # Until its lease is over, nobody looks: the call may still arrive.
    sender.push()
    sender.run_sql("UPDATE odlocale_outbox SET leased_until = now()")
    sender.push()
    assert sender.there(dataset["id"])["title"] == "Après la mort"
    assert sender.waiting("held") == sender.waiting() == []


def test_what_a_harvest_had_left_there_is_taken_over_and_not_doubled(
    sender: Sender,
) -> None:
    source = sender.sources[HARVESTED]
    sender.datagouv.accept(source)
    before = sender.listed(HARVESTED)
    assert before
    assert all(one["harvest"] for one in before)
    chosen = {"codes": [HARVESTED], "send": True}
    sender.publisher.act("odlocale_datagouv_send_choose", **chosen)
    sender.push()
    after = sender.listed(HARVESTED)
    assert [one["id"] for one in after] == [one["id"] for one in before]
    assert all(len(one["resources"]) == 1 for one in after)
    # Gone from the feed, the harvest archives it once; it is brought back.
    sender.datagouv.control("days", {"days": 9})
    sender.datagouv.accept(source)
    assert all(one["archived"] for one in sender.listed(HARVESTED))
    sender.run_sql("UPDATE odlocale_pushed SET checked_at = now() - interval '2 days'")
    sender.push()
    assert not any(one["archived"] for one in sender.listed(HARVESTED))
    assert sender.waiting("held") == []
