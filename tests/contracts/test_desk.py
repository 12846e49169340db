"""What the desk itself publishes, as data.gouv.fr stores it."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
import requests

from ckanext.odlocale.territory.identifiers import default_siret, is_siret
from ckanext.odlocale.territory.register import Register
from tests.contracts.conftest import TOWN
from tests.running import ROOT, SITE_URL, Api, Portal

DATA = ROOT / "tests" / "data" / "journeys"
KEYS = {
    "budget-principal.csv": "2022-budget-primitif",
    "budget-annexe.csv": "2021-compte-administratif",
    "budget-principal-2021.csv": "2021-compte-administratif",
}


@pytest.fixture(scope="module")
def addresses(portal: Portal) -> list[str]:
    """The three budgets, deposited, corrected and published by the desk's actions."""
    api = Api(portal, "contracts")
    commune = Register.load().commune(TOWN)
    assert commune is not None
    own = default_siret(commune.siren)
    owner = api.post("odlocale_collectivity_show", json={"code": TOWN})
    return [publish(api, owner["org_id"], name, own) for name in KEYS]


def publish(api: Api, org_id: str, name: str, siret: str) -> str:
    text = (DATA / name).read_text("utf-8")
    annexe = f"{siret[:9]}{second_establishment(siret)}"
    text = text.replace("21560046100010", siret).replace("21560046100085", annexe)
    deposit = api.post(
        "odlocale_deposit_create",
        data={"org_id": org_id},
        files={"upload": (name, text.encode())},
    )
    api.post("odlocale_deposit_correct", json={"id": deposit["id"]})
    published = api.post("odlocale_deposit_publish", json={"id": deposit["id"]})
    return str(published["address"])


def second_establishment(siret: str) -> str:
    """The NIC of another establishment of the same SIREN, its check digit right."""
    return next(
        nic
        for nic in (f"{number:05}" for number in range(20, 200))
        if is_siret(siret[:9] + nic) and siret[9:] != nic
    )


def test_three_budgets_are_three_files_of_one_dataset(
    addresses: list[str], portal: Portal, harvester: Any
) -> None:
    assert len(set(addresses)) == 3
    report = harvester.harvest(TOWN)
    assert report["status"] == "done"
    assert [i for i in report["items"] if i["status"] != "done" or i["warnings"]] == []
    (found,) = report["datasets"]
    assert found["licence"] == "lov2"
    assert found["frequency"] == "annual"
    assert found["period"] == ["2021-01-01", "2022-12-31"]
    assert found["score"] == 1
    assert len(found["polygons"]) == 1
    assert {"contact", "publisher"} <= {c["role"] for c in found["contacts"]}
    assert {r["url"] for r in found["resources"]} == set(addresses)
    for resource in found["resources"]:
        assert resource["schema"] == "scdl/budget"
        assert (resource["format"], resource["mime"]) == ("csv", "text/csv")
        check_bytes(portal, resource)


def check_bytes(portal: Portal, resource: dict[str, Any]) -> None:
    """What data.gouv.fr was told of a file is what the file is."""
    path = resource["url"].removeprefix(SITE_URL)
    body = requests.get(portal.url(path), timeout=30).content
    assert resource["size"] == len(body)
    assert resource["checksum"] == ["sha256", hashlib.sha256(body).hexdigest()]


def test_harvesting_them_again_changes_nothing(
    addresses: list[str], harvester: Any
) -> None:
    before = harvester.harvest(TOWN)["datasets"]
    assert harvester.harvest(TOWN, days=1)["datasets"] == before
