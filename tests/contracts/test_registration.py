"""Registering communes on udata's real API: twice, killed half-way, while it fails."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import requests

from ckanext.odlocale.portal.home import free_port
from ckanext.odlocale.territory.identifiers import default_siret
from ckanext.odlocale.territory.register import Collectivity, Register
from tests.contracts.conftest import Publisher
from tests.contracts.counterpart import Counterpart, run_counterpart
from tests.running import SITE_URL, Portal, letters_to

#: Communes of Morbihan: two that have nothing there, one whose organisation is somebody
#: else's, one that only a name may be, one killed half-way, one for what goes wrong.
NEW, OTHER_NEW, OTHERS, DOUBTFUL, KILLED = "56085", "56086", "56087", "56088", "56089"
#: One commune for each thing that goes wrong, at each of the two creations.
FAULTS = (500, 423, "html", "nothing", "lost")
FAULTY = ("56110", "56111", "56112", "56113", "56114",
          "56115", "56116", "56117", "56118", "56124")  # fmt: skip
ATD = "225600014"
CLI = ("odlocale", "datagouv")


class Registrar:
    """A portal that knows this data.gouv.fr: its actions, and its commands.

    :ivar said: what the last command told
    """

    def __init__(self, portal: Portal, datagouv: Counterpart, token: str) -> None:
        self.portal, self.datagouv = portal, datagouv
        self.said = ""
        self.ini = portal.home.ini.with_name("registration.ini")
        settings = {
            "ckanext.odlocale.datagouv_url": datagouv.site,
            "ckanext.odlocale.allowed_hosts": "127.0.0.1",
            "ckanext.odlocale.datagouv_calls_per_second": "500",
        }
        lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
        text = portal.home.ini.read_text("utf-8")
        self.ini.write_text(text.replace("[app:main]\n", f"[app:main]\n{lines}", 1))
        self.address = f"http://127.0.0.1:{free_port(set())}"
        self.session = requests.Session()
        self.session.headers["Authorization"] = token

    def command(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command of CKAN's."""
        return subprocess.Popen(
            [
                str(Path(sys.executable).parent / "ckan"),
                "-c",
                str(self.ini),
                *arguments,
            ],
            env={**os.environ, **letters_to(self.portal.smtp_port)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @contextmanager
    def serve(self) -> Iterator[None]:
        """Serve its API beside the portal's own."""
        port = self.address.rpartition(":")[2]
        with self.ini.with_name("registration.log").open("w") as log:
            process = subprocess.Popen(
                [str(Path(sys.executable).parent / "ckan"), "-c", str(self.ini), "run",
                 "--host", "127.0.0.1", "--port", port, "--disable-reloader"],
                stdout=log, stderr=log,
            )  # fmt: skip
            try:
                deadline = time.monotonic() + 300
                while not self.answers():
                    assert process.poll() is None, "the server stopped"
                    assert time.monotonic() < deadline
                    time.sleep(0.5)
                yield
            finally:
                process.kill()
                process.wait(30)

    def answers(self) -> bool:
        try:
            return self.session.get(f"{self.address}/sante", timeout=60).status_code > 0
        except requests.RequestException:
            return False

    def run(self, *arguments: str, typed: str = "", status: int = 0) -> str:
        """Standard output of a command, which must end with a status."""
        process = self.command(*CLI, *arguments)
        out, self.said = process.communicate(typed, timeout=600)
        assert process.returncode == status, out + self.said
        assert not any(key in out + self.said for key in self.datagouv.keys.values())
        return out

    def act(self, name: str, **given: Any) -> Any:
        """Result of an action."""
        answer = self.session.post(
            f"{self.address}/api/3/action/odlocale_datagouv_{name}",
            json=given,
            timeout=300,
        )
        assert answer.ok, answer.text
        return answer.json()["result"]

    def plan(self, *codes: str) -> dict[str, Any]:
        """The plan of some communes, by code, once they were searched."""
        self.act("search", codes=list(codes))
        made = self.act("plan", codes=list(codes))
        return {step["code"]: step for step in made["steps"]}

    def apply(self, *codes: str) -> dict[str, Any]:
        """What an application did."""
        found: dict[str, Any] = self.act("apply", codes=list(codes))
        return found

    def state(self, code: str) -> dict[str, Any]:
        """Where a commune is."""
        (one,) = self.act("status", codes=[code])["results"]
        result: dict[str, Any] = one
        return result


def named(codes: tuple[str, ...]) -> list[str]:
    return [part for code in codes for part in ("--code", code)]


def commune_of(code: str) -> Collectivity:
    commune = Register.load().commune(code)
    assert commune is not None
    return commune


def name_of(code: str) -> str:
    return str(commune_of(code).full_name)


@pytest.fixture(scope="module")
def datagouv(portal: Portal) -> Iterator[Counterpart]:
    with run_counterpart(free_port(set()), {SITE_URL: portal.address}) as running:
        yield running


@pytest.fixture(scope="module")
def registrar(
    portal: Portal, datagouv: Counterpart, publisher: Publisher
) -> Iterator[Registrar]:
    token = str(publisher.session.headers["Authorization"])
    made = Registrar(portal, datagouv, token)
    with made.serve():
        forget_all(made)
        for code in (NEW, OTHER_NEW, OTHERS, DOUBTFUL, KILLED, *FAULTY):
            if not publisher.count(code):
                publisher.publish(code)
        show_arms(publisher, NEW)
        theirs = datagouv.client("commune")
        siret = default_siret(commune_of(OTHERS).siren)
        named_so = {"name": f"Ville de {commune_of(OTHERS).name}", "description": "x"}
        theirs.create_organization({**named_so, "business_number_id": siret})
        maybe = f"Mairie de {commune_of(DOUBTFUL).name}"
        theirs.create_organization({"name": maybe, "description": "x"})
        made.run("key", ATD, typed=datagouv.keys["atd"] + "\n")
        assert "key of Atd Essai" in made.said
        yield made


def show_arms(publisher: Publisher, code: str) -> None:
    """Upload a commune's logo, by CKAN's own form of its organisation."""
    name = publisher.organization(code)
    images = files("ckan") / "public" / "base" / "images"
    arms = (images / "placeholder-organization.png").read_bytes()
    answer = publisher.session.post(
        publisher.portal.url("/api/3/action/organization_patch"),
        data={"id": name, "image_url": "blason.png"},
        files={"image_upload": ("blason.png", arms, "image/png")},
        timeout=60,
    )
    assert answer.ok, answer.text


def forget_all(registrar: Registrar) -> None:
    """A portal that is kept from a run to the next knows another data.gouv.fr."""
    script = (
        "from ckan import model; import sqlalchemy as sa;"
        "model.Session.execute(sa.text('DELETE FROM odlocale_datagouv'));"
        "model.Session.commit()\n"
    )
    process = registrar.command("shell")
    process.communicate(script, timeout=600)
    assert process.returncode == 0


def test_each_commune_gets_what_it_lacks_once(
    registrar: Registrar, datagouv: Counterpart, tmp_path: Path
) -> None:
    before = datagouv.everything()
    codes = (NEW, OTHER_NEW, OTHERS, DOUBTFUL)
    datagouv.calls()

    plan = registrar.plan(*codes)

    assert {code: step["verb"] for code, step in plan.items()} == {
        NEW: "create_organization",
        OTHER_NEW: "create_organization",
        OTHERS: "adopt",
        DOUBTFUL: "decide",
    }
    # Two calls for each at most.
    assert len(datagouv.calls()) <= 2 * len(codes)
    assert datagouv.everything() == before
    datagouv.calls()
    file = tmp_path / "plan.json"
    # Somebody must decide: the command says so by its status.
    file.write_text(registrar.run("plan", "--format", "json", *named(codes), status=1))
    # The second time, only the key is tried.
    assert datagouv.calls() == ["GET /api/1/me/"]

    said = registrar.run("apply", "--format", "json", "--plan", str(file))

    assert json.loads(said)["done"] == {"create_organization": 2, "adopt": 1}
    names, feeds = datagouv.everything()
    assert {name_of(NEW), name_of(OTHER_NEW)} == set(names) - set(before[0])
    assert set(feeds) == {
        f"{SITE_URL}/catalogue/{code}.ttl" for code in (NEW, OTHER_NEW)
    }
    made = registrar.state(NEW)
    assert made["state"] == "pending"
    # Nobody confirmed it: it is not sent.
    assert made["organization"]["siret"] == ""
    found = {one.name: one for one in datagouv.client("atd").organizations().items}
    # The logo of one that has one goes with it.
    assert (found[name_of(NEW)].has_logo, found[name_of(OTHER_NEW)].has_logo) == (
        True,
        False,
    )
    assert registrar.state(OTHERS)["state"] == "others"
    assert registrar.state(DOUBTFUL)["state"] == "doubtful"

    datagouv.calls()
    steps = [step["id"] for step in json.loads(file.read_text())["steps"]]
    for again in (registrar.apply(*codes), registrar.act("apply", steps=steps)):
        assert (again["done"], again["calls"]) == ({}, 0)
    assert datagouv.calls() == []
    assert datagouv.everything() == (names, feeds)


def test_a_siret_is_sent_once_a_person_confirmed_it(
    registrar: Registrar, datagouv: Counterpart
) -> None:
    siret = default_siret(commune_of(NEW).siren)
    registrar.act("siret_confirm", code=NEW, siret=siret)
    assert registrar.apply(NEW)["done"] == {"add_siret": 1}
    found = datagouv.client().organizations(siret=siret).items
    assert [one.name for one in found] == [name_of(NEW)]
    assert registrar.apply(NEW)["done"] == {}


@pytest.mark.parametrize("held", ["POST /api/1/organizations/", "POST /api/1/harvest/"])
def test_killed_at_a_creation_it_makes_nothing_twice(
    registrar: Registrar, datagouv: Counterpart, held: str
) -> None:
    registrar.plan(KILLED)
    datagouv.calls()
    datagouv.fail(held, "hold")
    process = registrar.command(*CLI, "apply", *named((KILLED,)))
    deadline = time.monotonic() + 300
    while not any(call.startswith(held) for call in datagouv.calls()):
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.1)
    # It is carried out there, and never recorded here.
    time.sleep(2)
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    datagouv.control("release")

    registrar.plan(KILLED)
    registrar.apply(KILLED)

    names, feeds = datagouv.everything()
    assert names.count(name_of(KILLED)) == 1
    assert feeds.count(f"{SITE_URL}/catalogue/{KILLED}.ttl") == (
        1 if registrar.state(KILLED)["state"] == "pending" else 0
    )
    assert registrar.state(KILLED)["state"] == "pending"
    if "harvest" not in held:
        # For the next trial, its source is to be made again.
        forget_source(registrar, datagouv)


def forget_source(registrar: Registrar, datagouv: Counterpart) -> None:
    """Have KILLED's source deleted there, and read here that it is."""
    datagouv.client().delete_source(registrar.state(KILLED)["source"]["id"])
    registrar.act("read", codes=[KILLED])
    assert registrar.state(KILLED)["state"] == "ours"


CASES = [
    (code, fault, what)
    for code, (fault, what) in zip(
        FAULTY,
        [(f, w) for w in ("organizations", "harvest/sources") for f in FAULTS],
        strict=True,
    )
]


@pytest.mark.parametrize(("code", "fault", "what"), CASES)
def test_whatever_it_answers_the_state_stays_true(
    registrar: Registrar, datagouv: Counterpart, code: str, fault: Any, what: str
) -> None:
    registrar.plan(code)
    # A refusal for now is tried again a few times; the rest is left to the next run.
    datagouv.fail(f"POST /api/1/{what}/", *([fault] * (4 if fault == 423 else 1)))

    done = registrar.apply(code)

    kept = registrar.state(code)
    # Where only the answer was lost, what was made is found again at once.
    stopped = fault != "lost"
    assert bool(done["problems"]) is bool(kept["problem"]) is stopped
    assert (kept["state"] == "pending") is not stopped
    registrar.apply(code)
    names, feeds = datagouv.everything()
    assert names.count(name_of(code)) == 1
    assert feeds.count(f"{SITE_URL}/catalogue/{code}.ttl") == 1
    kept = registrar.state(code)
    assert (kept["state"], kept["problem"]) == ("pending", None)


def test_what_is_held_there_is_read_back(
    registrar: Registrar, datagouv: Counterpart
) -> None:
    datagouv.accept(registrar.state(OTHER_NEW)["source"]["id"])

    registrar.act("read", codes=[OTHER_NEW])

    live = registrar.state(OTHER_NEW)
    assert (live["state"], live["last_job"]["status"]) == ("live", "done"), live
    held = registrar.act("held_list", code=OTHER_NEW)["results"]
    assert {one["held"] for one in held} == {"up_to_date"}
    assert all(one["score"] > 0 for one in held)

    owner = live["organization"]["id"]
    dataset = next(iter(datagouv.client("team").datasets(owner)))
    subject = {"class": "Dataset", "id": dataset.id}
    question = {"title": "Une question", "comment": "Et 2023 ?", "subject": subject}
    datagouv.client("reader").caller.call("POST", "/discussions/", payload=question)
    registrar.run("daily")
    asked = registrar.act("discussion_list", code=OTHER_NEW)
    assert (asked["may_answer"], asked["waiting"]) == (True, 1)
    (talk,) = asked["results"]
    assert talk["messages"][0]["text"] == "Et 2023 ?"

    registrar.act(
        "discussion_answer", code=OTHER_NEW, id=talk["id"], text="Bientôt.", version=1
    )
    there = datagouv.client().discussion(talk["id"]).messages[-1]
    assert (there.text, there.organization_id) == ("Bientôt.", owner)
    registrar.act("read", codes=[OTHER_NEW])
    assert registrar.act("discussion_list", code=OTHER_NEW)["waiting"] == 0

    # Once its organisation is taken over by others, it is theirs.
    lost = datagouv.client("team").caller
    member = datagouv.client().me().id
    lost.call("DELETE", f"/organizations/{owner}/member/{member}/")
    registrar.act("read", codes=[OTHER_NEW])
    assert registrar.state(OTHER_NEW)["organization"]["ours"] is False
