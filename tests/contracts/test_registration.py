"""Registering communes on udata's real API: twice, killed half-way, while it fails."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ckanext.odlocale.portal.home import free_port
from ckanext.odlocale.territory.identifiers import default_siret
from ckanext.odlocale.territory.register import Register
from tests.contracts.conftest import Publisher
from tests.contracts.counterpart import Counterpart, run_counterpart
from tests.running import SITE_URL, Portal, letters_to

#: Communes of Morbihan: two that have nothing there, one whose organisation is somebody
#: else's, one that only a name may be, one killed half-way, one for what goes wrong.
NEW, OTHER_NEW, OTHERS, DOUBTFUL, KILLED = "56085", "56086", "56087", "56088", "56089"
ATD = "225600014"
CLI = ("odlocale", "datagouv")


class Registrar:
    """The commands of a portal that knows this data.gouv.fr."""

    def __init__(self, portal: Portal, datagouv: Counterpart) -> None:
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

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command."""
        return subprocess.Popen(
            [str(Path(sys.executable).parent / "ckan"), "-c", str(self.ini), *CLI,
             *arguments],
            env={**os.environ, **letters_to(self.portal.smtp_port)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip

    def run(self, *arguments: str, typed: str = "", status: int = 0) -> str:
        """Standard output of a command, which must end with a status."""
        process = self.start(*arguments)
        out, self.said = process.communicate(typed, timeout=300)
        assert process.returncode == status, out + self.said
        assert not any(key in out + self.said for key in self.datagouv.keys.values())
        return out

    def plan(self, *codes: str, status: int = 0) -> dict[str, Any]:
        """The plan of some communes, by code."""
        made = json.loads(
            self.run("plan", "--format", "json", *named(codes), status=status)
        )
        return {step["code"]: step for step in made["steps"]}

    def apply(self, *codes: str, status: int = 0) -> dict[str, Any]:
        """What an application did."""
        done = self.run("apply", "--format", "json", *named(codes), status=status)
        found: dict[str, Any] = json.loads(done)
        return found

    def state(self, code: str, *more: str) -> dict[str, Any]:
        """Where a commune is."""
        found = json.loads(
            self.run("status", "--format", "json", "--code", code, *more)
        )
        (one,) = found
        result: dict[str, Any] = one
        return result


def named(codes: tuple[str, ...]) -> list[str]:
    return [part for code in codes for part in ("--code", code)]


def name_of(code: str) -> str:
    commune = Register.load().commune(code)
    assert commune is not None
    return str(commune.full_name)


@pytest.fixture(scope="module")
def datagouv(portal: Portal) -> Iterator[Counterpart]:
    with run_counterpart(free_port(set()), {SITE_URL: portal.address}) as running:
        yield running


@pytest.fixture(scope="module")
def registrar(portal: Portal, datagouv: Counterpart, publisher: Publisher) -> Registrar:
    made = Registrar(portal, datagouv)
    forget_all(made)
    made.run("key", ATD, typed=datagouv.keys["atd"] + "\n")
    assert "key of Atd Essai" in made.said
    for code in (NEW, OTHER_NEW, OTHERS, DOUBTFUL, KILLED):
        if not publisher.count(code):
            publisher.publish(code)
    theirs = datagouv.client("commune")
    commune = Register.load().commune(OTHERS)
    assert commune is not None
    siret = {"business_number_id": default_siret(commune.siren)}
    named_so = {"name": f"Ville de {commune.name}", "description": "x"}
    theirs.create_organization({**named_so, **siret})
    doubtful = Register.load().commune(DOUBTFUL)
    assert doubtful is not None
    theirs.create_organization(
        {"name": f"Mairie de {doubtful.name}", "description": "x"}
    )
    return made


def forget_all(registrar: Registrar) -> None:
    """A portal that is kept from a run to the next knows another data.gouv.fr."""
    statement = "DELETE FROM odlocale_datagouv"
    script = (
        "from ckan import model; import sqlalchemy as sa;"
        f"model.Session.execute(sa.text('{statement}')); model.Session.commit()"
    )
    done = subprocess.run(
        [str(Path(sys.executable).parent / "ckan"), "-c", str(registrar.ini),
         "shell"],
        input=script, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_each_commune_gets_what_it_lacks_once(
    registrar: Registrar, datagouv: Counterpart, tmp_path: Path
) -> None:
    before = datagouv.everything()
    codes = (NEW, OTHER_NEW, OTHERS, DOUBTFUL)
    datagouv.calls()

    plan = registrar.plan(*codes, status=1)

    assert {code: step["verb"] for code, step in plan.items()} == {
        NEW: "create_organization",
        OTHER_NEW: "create_organization",
        OTHERS: "adopt",
        DOUBTFUL: "decide",
    }
    # Two calls for each at most, and one for the key.
    assert len(datagouv.calls()) <= 2 * len(codes) + 1
    assert datagouv.everything() == before
    datagouv.calls()
    file = tmp_path / "plan.json"
    arguments = ("plan", "--format", "json", *named(codes))
    file.write_text(registrar.run(*arguments, status=1))
    assert datagouv.calls() == ["GET /api/1/me/"]

    done = json.loads(
        registrar.run("apply", "--format", "json", "--plan", str(file), *named(codes))
    )

    assert done["done"] == {"create_organization": 2, "adopt": 1}
    names, feeds = datagouv.everything()
    assert {name_of(NEW), name_of(OTHER_NEW)} == set(names) - set(before[0])
    assert set(feeds) == {
        f"{SITE_URL}/catalogue/{code}.ttl" for code in (NEW, OTHER_NEW)
    }
    made = registrar.state(NEW)
    assert made["state"] == "pending"
    # Nobody confirmed it: it is not sent.
    assert made["organization"]["siret"] == ""

    datagouv.calls()
    again = registrar.apply(*codes)
    assert (again["done"], again["calls"], datagouv.calls()) == ({}, 0, [])
    file.write_text(file.read_text())
    twice = registrar.run("apply", "--format", "json", "--plan", str(file))
    assert json.loads(twice)["done"] == {}
    assert datagouv.everything() == (names, feeds)
    assert registrar.state(OTHERS)["state"] == "others"
    assert registrar.state(DOUBTFUL)["state"] == "doubtful"


@pytest.mark.parametrize("held", ["POST /api/1/organizations/", "POST /api/1/harvest/"])
def test_killed_at_a_creation_it_makes_nothing_twice(
    registrar: Registrar, datagouv: Counterpart, held: str
) -> None:
    registrar.plan(KILLED)
    datagouv.calls()
    datagouv.fail(held, "hold")
    process = registrar.start("apply", *named((KILLED,)))
    deadline = time.monotonic() + 120
    while not any(call.startswith(held) for call in datagouv.calls()):
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.1)
    # It is carried out there, and never recorded here.
    time.sleep(1)
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    datagouv.control("release")

    registrar.plan(KILLED)
    registrar.apply(KILLED)

    names, feeds = datagouv.everything()
    assert names.count(name_of(KILLED)) == 1
    assert feeds.count(f"{SITE_URL}/catalogue/{KILLED}.ttl") == 1
    assert registrar.state(KILLED)["state"] == "pending"


#: One commune for each thing that goes wrong.
FREE = iter([f"56{number}" for number in range(110, 120) if number != 119] + ["56124"])


@pytest.mark.parametrize("fault", [500, 423, "html", "nothing", "lost"])
@pytest.mark.parametrize("what", ["organizations", "harvest/sources"])
def test_whatever_it_answers_the_state_stays_true(
    registrar: Registrar,
    datagouv: Counterpart,
    publisher: Publisher,
    fault: Any,
    what: str,
) -> None:
    code = next(FREE)
    if not publisher.count(code):
        publisher.publish(code)
    registrar.plan(code)
    # A refusal for now is tried again a few times; the rest is left to the next run.
    datagouv.fail(f"POST /api/1/{what}/", *([fault] * (4 if fault == 423 else 1)))

    status = 0 if fault == "lost" else 1
    registrar.apply(code, status=status)

    kept = registrar.state(code)
    if status:
        assert kept["problem"]
        assert kept["state"] in ("absent", "ours")
    registrar.apply(code)
    names, feeds = datagouv.everything()
    assert names.count(name_of(code)) == 1
    assert feeds.count(f"{SITE_URL}/catalogue/{code}.ttl") == 1
    kept = registrar.state(code)
    assert (kept["state"], kept["problem"]) == ("pending", None)


def test_what_is_held_there_is_read_back(
    registrar: Registrar, datagouv: Counterpart, publisher: Publisher
) -> None:
    source = registrar.state(OTHER_NEW)["source"]["id"]
    datagouv.accept(source)

    live = registrar.state(OTHER_NEW, "--read")

    assert live["state"] == "live"
    assert live["last_job"]["status"] == "done", live["last_job"]
    held = publisher.act("odlocale_datagouv_held_list", code=OTHER_NEW)["results"]
    assert held
    assert {one["held"] for one in held} == {"up_to_date"}
    assert all(one["score"] > 0 for one in held)

    owner = registrar.state(OTHER_NEW)["organization"]["id"]
    dataset = next(iter(datagouv.client("team").datasets(owner)))
    subject = {"class": "Dataset", "id": dataset.id}
    question = {"title": "Une question", "comment": "Et 2023 ?", "subject": subject}
    datagouv.client("reader").caller.call("POST", "/discussions/", payload=question)
    registrar.run("daily")
    asked = publisher.act("odlocale_datagouv_discussion_list", code=OTHER_NEW)
    assert (asked["may_answer"], asked["waiting"]) == (True, 1)
    assert asked["results"][0]["messages"][0]["text"] == "Et 2023 ?"
