"""A commune handed over from a portal to another one that runs beside it.

Two whole portals, each with its servers, its files and its address. They reach each
other by 127.0.0.1, which a portal refuses by default: the one that sends is told to
allow it.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from ckanext.odlocale.territory.identifiers import default_siret
from ckanext.odlocale.territory.register import Register
from tests.integration.publishing.conftest import budget
from tests.running import Api, Portal, home_of_tests, start

ADDRESSES = {"a": "https://ancien.example.fr", "b": "https://nouveau.example.fr"}
CKAN = str(Path(sys.executable).parent / "ckan")
#: Communes of the Territoire de Belfort: one for each way to hand over.
TOWNS = [one for one in Register.load().departement("90") if one.kind == "commune"]


def start_beside(letter: str) -> Portal:
    """One of the two portals, in a folder of its own, empty: what an earlier run handed
    over is gone from there."""
    base = home_of_tests()
    folder = base.with_name(f"{base.name}-{letter}")
    subprocess.run(
        [str(Path(sys.executable).parent / "odlocale"), "reset", "--yes"],
        env={**os.environ, "ODLOCALE_HOME": str(folder)},
        check=True,
    )
    return start(folder, ADDRESSES[letter], ODLOCALE_DEPARTEMENT="90")


@pytest.fixture(scope="module")
def portals() -> Iterator[tuple[Api, Api]]:
    """The portal that a commune leaves, and the one that it joins."""
    both = (start_beside("a"), start_beside("b"))
    yield Api(both[0], "handover"), Api(both[1], "handover")
    if not os.environ.get("ODLOCALE_TEST_KEEP"):
        for portal in both:
            subprocess.run(
                [str(Path(sys.executable).parent / "odlocale"), "down"],
                env={**os.environ, "ODLOCALE_HOME": str(portal.home.root)},
                check=True,
            )


def run(portal: Portal, *arguments: str, **environ: str) -> Any:
    """A ``ckan odlocale territory`` command of a portal that may call 127.0.0.1."""
    ini = portal.home.root / "handover.ini"
    allowed = "[app:main]\nckanext.odlocale.allowed_hosts = 127.0.0.1"
    text = portal.home.ini.read_text("utf-8").replace("[app:main]", allowed)
    ini.write_text(text, "utf-8")
    ini.chmod(0o600)
    return subprocess.run(
        [CKAN, "-c", str(ini), "odlocale", "territory", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environ},
    )


def publish(api: Api, town: Any) -> dict[str, Any]:
    """Publish a budget twice, so that there is a history, and leave a draft."""
    found = api.post("odlocale_collectivity_show", json={"code": town.insee})
    deposit: dict[str, Any] = {}
    for rows, year, online in ((5, 2022, True), (9, 2022, True), (4, 2023, False)):
        content = budget(default_siret(town.siren), rows=rows, year=year)
        deposit = api.post(
            "odlocale_deposit_create",
            data={"org_id": found["organization"]["id"]},
            files={"upload": ("budget.csv", content)},
        )
        api.post("odlocale_deposit_correct", json={"id": deposit["id"]})
        if not online:
            continue
        if deposit["online"]:
            api.post(
                "odlocale_deposit_answer",
                json={"id": deposit["id"], "replaces": deposit["online"]},
            )
        deposit = api.post("odlocale_deposit_publish", json={"id": deposit["id"]})
        published = deposit
    return published


def get(api: Api, path: str, **options: Any) -> requests.Response:
    """An address, as it answers, redirections not followed."""
    return requests.get(
        api.portal.url(path), allow_redirects=False, timeout=60, **options
    )


def state(api: Api, town: Any) -> dict[str, Any]:
    """All that the portal holds of a commune, by the pack that it would make."""
    made = api.post("odlocale_handover_pack", json={"siren": town.siren})
    return {
        "digest": made["manifest"]["digest"],
        "deposits": made["records"]["deposits"],
        "datasets": set(made["records"]["datasets"]),
    }


def check_moved(old: Api, new: Api, town: Any, deposit: Any, feed: bytes) -> None:
    """Everything is at the same place on the new portal, byte for byte."""
    path = deposit["address"].removeprefix(ADDRESSES["a"])
    there = get(new, path)
    assert there.status_code == 200
    sha256 = hashlib.sha256(there.content).hexdigest()
    assert sha256 == deposit["canonical_sha256"]
    assert there.headers["ETag"] == f'"{sha256}"'
    dataset = new.post("package_show", json={"id": deposit["package_id"]})
    assert dataset["resources"][0]["id"] == deposit["resource_id"]
    assert dataset["resources"][0]["url"] == ADDRESSES["b"] + path
    found = new.post("package_search", json={"q": f'id:"{dataset["id"]}"'})
    assert found["count"] == 1
    catalogue = get(new, f"/catalogue/{town.insee}.ttl")
    assert catalogue.status_code == 200
    # data.gouv.fr goes on knowing the file by the address that it has.
    assert deposit["address"] in catalogue.text
    assert deposit["package_id"] in catalogue.text
    for address in (
        path,
        f"/commune/{town.insee}",
        f"/collectivite/{town.siren}",
        f"/organization/{dataset['organization']['name']}",
        f"/dataset/{dataset['name']}",
        f"/publier/{town.insee}",
    ):
        answer = get(old, address)
        assert answer.status_code == 301, address
        assert answer.headers["Location"] == ADDRESSES["b"] + address
        assert get(new, address).status_code in (200, 302), address
    kept = get(old, f"/catalogue/{town.insee}.ttl")
    assert (kept.status_code, kept.content) == (200, feed)


def test_a_commune_is_handed_over_by_the_network(
    portals: tuple[Api, Api],
) -> None:
    old, new = portals
    town = TOWNS[0]
    deposit = publish(old, town)
    feed = get(old, f"/catalogue/{town.insee}.ttl").content
    to = ("handover", town.siren, "--to", new.portal.address)
    plan = run(old.portal, *to, ODLOCALE_HANDOVER_TOKEN=new.token)
    assert plan.returncode == 0, plan.stderr
    assert "datasets" in plan.stdout
    assert get(new, f"/catalogue/{town.insee}.ttl").status_code == 404
    done = run(old.portal, *to, "--apply", ODLOCALE_HANDOVER_TOKEN=new.token)
    assert done.returncode == 0, done.stderr
    assert new.token not in done.stdout + done.stderr
    check_moved(old, new, town, deposit, feed)
    released = run(old.portal, "handover", town.siren, "--release-feed")
    assert released.returncode == 0, released.stderr
    answer = get(old, f"/catalogue/{town.insee}.ttl")
    assert answer.status_code == 301
    assert answer.headers["Location"].startswith(ADDRESSES["b"])


def test_a_commune_is_handed_over_by_a_folder(
    portals: tuple[Api, Api], tmp_path: Path
) -> None:
    old, new = portals
    town = TOWNS[1]
    deposit = publish(old, town)
    feed = get(old, f"/catalogue/{town.insee}.ttl").content
    packed = run(old.portal, "handover", town.siren, "--to", str(tmp_path))
    assert packed.returncode == 0, packed.stderr
    number = json.loads(packed.stdout.splitlines()[-1])["pack"]
    folder, receipt = str(tmp_path / town.siren), str(tmp_path / "receipt.json")
    took = ("takeover", folder, "--apply", "--expect", number, "--receipt", receipt)
    done = run(new.portal, *took)
    assert done.returncode == 0, done.stderr
    again = run(new.portal, "takeover", folder)
    # Nothing but the totals and the receipt: not one step.
    assert len(again.stdout.splitlines()) == 2, again.stdout
    confirmed = run(old.portal, "handover", "--confirm", receipt)
    assert confirmed.returncode == 0, confirmed.stderr
    check_moved(old, new, town, deposit, feed)


def test_a_takeover_that_is_killed_leaves_nothing_half_done(
    portals: tuple[Api, Api], tmp_path: Path
) -> None:
    old, new = portals
    town = TOWNS[2]
    publish(old, town)
    packed = run(old.portal, "handover", town.siren, "--to", str(tmp_path))
    assert packed.returncode == 0, packed.stderr
    before = state(new, town)
    folder = str(tmp_path / town.siren)
    # It writes everything, then dies just before it commits.
    program = (
        "import os, runpy, sys; from ckanext.odlocale.handover import actions;"
        "actions.finish = lambda context: os.kill(os.getpid(), 9);"
        "sys.argv = ['ckan'] + sys.argv[1:];"
        "from ckan.cli.cli import ckan; ckan()"
    )
    ini = str(new.portal.home.root / "handover.ini")
    arguments = ("-c", ini, "odlocale", "territory", "takeover", folder, "--apply")
    killed = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, check=False
    )
    assert killed.returncode == -9
    assert state(new, town) == before
    assert get(old, f"/commune/{town.insee}").status_code == 302
    done = run(new.portal, "takeover", folder, "--apply")
    assert done.returncode == 0, done.stderr
    assert state(new, town)["datasets"]
