"""A whole portal on one side, data.gouv.fr's software on the other."""

from __future__ import annotations

import json
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from ckanext.odlocale.scdl.catalogue import load_catalogue
from tests.contracts.environment import ensure_environment
from tests.running import SITE_URL, Portal, start_portal

# Communes of Morbihan; each test module that withdraws or moves data takes its own.
COMMUNE, NEIGHBOUR, ATTIC = "56046", "56034", "56055"
#: Whose feed is judged by the shapes of DCAT-AP.
SHAPED = "56003"
#: Whose data are counted by criteria; made anew; edited while they are read.
JUDGED, REMADE, CROWD = "56005", "56008", ("56010", "56012", "56013")
#: Whose files go through the desk itself.
TOWN = "56007"
CONTOUR = {
    "type": "Polygon",
    "coordinates": [
        [[-3.03, 47.60], [-2.97, 47.60], [-2.97, 47.65], [-3.03, 47.65], [-3.03, 47.60]]
    ],
}


class Harvester:
    """data.gouv.fr: it keeps what it harvested from a call to the next."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def harvest(self, code: str, days: int = 0, extension: str = "ttl") -> Any:
        """Harvest a commune's feed, some days after the last time.

        :returns: the report that ``tests/contracts/harvester.py`` makes.
        """
        return self.ask(
            url=f"{SITE_URL}/catalogue/{code}.{extension}",
            organization=code,
            days=days,
        )

    def transfer(self, dataset: Any, code: str) -> None:
        """Have a dataset given to the organisation of another commune."""
        done = self.ask(remote_id=dataset["id"], to=code)
        assert done == {"organization": code}

    def ask(self, **question: Any) -> Any:
        """Send one line, read one line."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, "udata stopped: its last words are above"
        return json.loads(answer)


class Publisher:
    """Whoever publishes on the portal, by its API."""

    def __init__(self, portal: Portal, token: str) -> None:
        self.portal = portal
        self.session = requests.Session()
        self.session.headers["Authorization"] = token

    def act(self, action: str, **values: Any) -> Any:
        """Call an action of the portal."""
        answer = self.session.post(
            self.portal.url(f"/api/3/action/{action}"), json=values, timeout=60
        )
        assert answer.ok, answer.text
        return answer.json()["result"]

    def organization(self, code: str) -> str:
        """The name of a commune's organisation, by its INSEE code."""
        found = [
            name for name in self.act("organization_list") if name.endswith(f"-{code}")
        ]
        assert len(found) == 1, f"no organisation of {code} on the portal"
        return str(found[0])

    def count(self, code: str) -> int:
        """How many datasets a commune has published."""
        owner = f"organization:{self.organization(code)}"
        return int(self.act("package_search", fq=owner, rows=0)["count"])

    def publish(self, code: str, **values: Any) -> Any:
        """Publish a budget as the desk does, but for what ``values`` say."""
        key = uuid.uuid4().hex[:8]
        url = f"{SITE_URL}/donnees/{code}/budget/2022-budget-primitif-{key}.csv"
        dataset = {
            "name": f"budget-{code}-{key}",
            "title": "Budget de la commune",
            "notes": "Les recettes et les dépenses que le conseil a votées. " * 3,
            "owner_org": self.organization(code),
            "license_id": "lov2",
            "frequency": (
                "http://publications.europa.eu/resource/authority/frequency/ANNUAL"
            ),
            "temporal_coverage": [{"start": "2022-01-01", "end": "2022-12-31"}],
            "tags": [{"name": "budget"}, {"name": "finances"}],
            "contact": [{"name": "Mairie", "email": "mairie@essai.example.org"}],
            "scdl_schema": "budget",
            "resources": [
                {
                    "url": url,
                    "name": "Budget primitif 2022",
                    "description": "Une ligne par recette ou dépense votée.",
                    "format": "CSV",
                    "mimetype": "text/csv",
                    "size": 12345,
                    "hash": "0f" * 32,
                    "hash_algorithm": "sha256",
                    "schema_url": (
                        "https://schema.data.gouv.fr/schemas/scdl/budget/latest/"
                        "schema.json"
                    ),
                }
            ],
        }
        return self.act("package_create", **{**dataset, **values})


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Portal:
    """The portal, with a contour for the communes of these tests."""
    running = start_portal()
    features = [
        {"type": "Feature", "properties": {"code": code}, "geometry": CONTOUR}
        for code in (COMMUNE, NEIGHBOUR, ATTIC, TOWN, SHAPED, JUDGED)
    ]
    contours = tmp_path_factory.mktemp("contours") / "contours.geojson"
    contours.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    running.run_ckan("odlocale", "territory", "contours", str(contours))
    return running


@pytest.fixture(scope="session")
def publisher(portal: Portal) -> Publisher:
    """The administrator, by a token."""
    said = portal.run_ckan("user", "token", "add", "admin", "contracts", "--quiet")
    return Publisher(portal, said.strip().splitlines()[-1])


@pytest.fixture(scope="session")
def harvester(portal: Portal) -> Iterator[Harvester]:
    """udata's own harvester, started once."""
    script = Path(__file__).with_name("harvester.py")
    with subprocess.Popen(
        [str(ensure_environment()), str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        running = Harvester(process)
        schemas = [
            {"name": schema.id, "schema_url": schema.schema_url}
            for schema in load_catalogue()
        ]
        mapping = {SITE_URL: portal.address}
        assert running.ask(mapping=mapping, schemas=schemas) == {"ready": True}
        yield running
        assert process.stdin
        process.stdin.close()
        process.wait(30)
