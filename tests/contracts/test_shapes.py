"""The feeds, and ckanext-dcat's own addresses, under the shapes of DCAT-AP 3."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests
from rdflib import Graph
from rdflib.namespace import DCAT, DCTERMS, RDF

from tests.contracts.conftest import SHAPED
from tests.contracts.environment import ensure_environment
from tests.running import SITE_URL

#: What the shapes refuse, and that stays so: by path, why.
DIFFERENCES = {
    "http://spdx.org/rdf/terms#checksumValue": (
        "udata refuses the whole dataset where a checksum is typed xsd:hexBinary"
    ),
}
HVD = "http://data.europa.eu/bna/c_ac64a52d"
EU = "http://publications.europa.eu/resource/authority"


def judge(turtle: bytes) -> list[dict[str, str]]:
    """What the shapes refuse in a graph."""
    side = Path(__file__).with_name("shapes_side.py")
    done = subprocess.run(
        [str(ensure_environment("shacl")), str(side)],
        input=turtle,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    refused: list[dict[str, str]] = json.loads(done.stdout)
    return refused


@pytest.fixture(scope="module")
def published(publisher: Any) -> Any:
    """A dataset that says all that one may, and others that say little."""
    whole = publisher.publish(
        SHAPED,
        theme=[f"{EU}/data-theme/GOVE"],
        language=[f"{EU}/language/FRA", f"{EU}/language/BRE"],
        hvd_category=[HVD],
    )
    publisher.publish(SHAPED, resources=[], contact=[], tags=[], notes="")
    publisher.publish(SHAPED, license_id="", temporal_coverage=[], frequency="")
    return whole


def fetch(publisher: Any, address: str) -> bytes:
    answer = requests.get(
        publisher.portal.url(address),
        headers={"Host": SITE_URL.partition("://")[2]},
        timeout=60,
        allow_redirects=False,
    )
    assert answer.status_code == 200, address
    return answer.content


@pytest.mark.parametrize(
    "address",
    [
        f"/catalogue/{SHAPED}.ttl",
        f"/catalogue/{SHAPED}.rdf",
        f"/catalogue/{SHAPED}.jsonld",
        "/catalogue/portail.ttl",
        "/catalog.ttl",
        "/dataset/{id}.ttl",
    ],
)
def test_every_address_conforms_but_for_the_checksum(
    address: str, published: Any, publisher: Any
) -> None:
    content = fetch(publisher, address.format(id=published["id"]))
    kind = {"rdf": "xml", "jsonld": "json-ld"}.get(address.rpartition(".")[2], "turtle")
    graph = Graph().parse(data=content, format=kind)
    assert (None, RDF.type, DCAT.Dataset) in graph
    refused = judge(graph.serialize(format="turtle").encode())
    unexpected = [one for one in refused if one["path"] not in DIFFERENCES]
    assert unexpected == []
    # One that the shapes no longer refuse must leave the list. A page of the whole
    # portal may hold other data only.
    if "portail" not in address:
        assert {one["path"] for one in refused} == set(DIFFERENCES)


def test_high_value_data_say_their_category_and_the_regulation(
    published: Any, publisher: Any, harvester: Any
) -> None:
    content = fetch(publisher, f"/catalogue/{SHAPED}.ttl").decode()
    assert "<http://data.europa.eu/r5r/hvdCategory>" in content
    assert content.count("<http://data.europa.eu/r5r/applicableLegislation>") == 2
    report = harvester.harvest(SHAPED)
    assert (report["status"], report["errors"]) == ("done", [])
    (found,) = [d for d in report["datasets"] if d["remote_id"] == published["id"]]
    assert {"hvd", "geospatiales", "gouvernement-et-secteur-public"} <= {*found["tags"]}
    assert len(found["polygons"]) == 1


@pytest.mark.parametrize(
    ("predicate", "message"),
    [(DCTERMS.title, "Less than 1 values"), (RDF.type, "does not have class")],
)
def test_a_graph_that_lacks_something_is_refused(
    predicate: Any, message: str, published: Any, publisher: Any
) -> None:
    graph = Graph().parse(data=fetch(publisher, f"/catalogue/{SHAPED}.ttl"))
    if predicate == RDF.type:
        graph.remove((None, RDF.type, DCTERMS.LicenseDocument))
    else:
        graph.remove((None, predicate, None))
    refused = judge(graph.serialize(format="turtle").encode())
    assert any(message in one["message"] for one in refused)
