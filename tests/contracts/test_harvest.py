"""data.gouv.fr's own harvester, on the feeds of a portal that runs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contracts.conftest import ATTIC, COMMUNE, NEIGHBOUR
from tests.running import SITE_URL


def find(report: Any, dataset: Any) -> Any:
    """What data.gouv.fr stores of a dataset."""
    (found,) = [d for d in report["datasets"] if d["remote_id"] == dataset["id"]]
    return found


def refused(report: Any) -> list[Any]:
    """The items that data.gouv.fr did not take as they are, and its complaints."""
    return [
        item
        for item in report["items"]
        if item["status"] not in ("done", "archived") or item["warnings"]
    ]


@pytest.mark.parametrize("extension", ["ttl", "rdf", "jsonld"])
def test_a_budget_is_stored_with_all_that_was_said(
    extension: str, publisher: Any, harvester: Any
) -> None:
    dataset = publisher.publish(COMMUNE)
    report = harvester.harvest(COMMUNE, extension=extension)
    assert (report["status"], refused(report)) == ("done", [])
    found = find(report, dataset)
    assert found["licence"] == "lov2"
    assert found["frequency"] == "annual"
    assert found["period"] == ["2022-01-01", "2022-12-31"]
    assert found["tags"] == ["budget", "finances"]
    assert found["remote_url"] == f"{SITE_URL}/dataset/{dataset['name']}"
    (polygon,) = found["polygons"]
    assert polygon[0][0] == polygon[0][-1]
    contact = {"role": "contact", "name": "Mairie", "email": "mairie@essai.example.org"}
    assert contact in found["contacts"]
    assert "publisher" in {c["role"] for c in found["contacts"]}
    assert found["score"] == 1
    (resource,) = found["resources"]
    expected = dataset["resources"][0]
    assert resource["url"] == expected["url"]
    assert resource["url"].startswith(f"{SITE_URL}/donnees/{COMMUNE}/budget/")
    assert resource["schema"] == "scdl/budget"
    assert (resource["format"], resource["mime"]) == ("csv", "text/csv")
    assert resource["size"] == 12345
    assert resource["checksum"] == ["sha256", "0f" * 32]


def test_nothing_is_asked_that_the_portal_does_not_answer_at_once(
    publisher: Any, harvester: Any
) -> None:
    publisher.publish(COMMUNE)
    report = harvester.harvest(COMMUNE)
    assert [r["method"] for r in report["requests"]] == ["GET"]
    assert {r["status"] for r in report["requests"]} == {200}
    assert {r["content_type"] for r in report["requests"]} == {
        "text/turtle; charset=utf-8"
    }
    assert report["fetched_by_rdflib"] == []


def test_accents_come_through(publisher: Any, harvester: Any) -> None:
    dataset = publisher.publish(COMMUNE, title="Délibérations – l’été à Crac’h, œuvre")
    found = find(harvester.harvest(COMMUNE), dataset)
    assert found["title"] == "Délibérations – l’été à Crac’h, œuvre"


def test_a_second_harvest_changes_nothing(publisher: Any, harvester: Any) -> None:
    publisher.publish(COMMUNE)
    first = harvester.harvest(COMMUNE)
    again = harvester.harvest(COMMUNE)
    assert again["status"] == "done"
    assert again["datasets"] == first["datasets"]


def test_a_new_edition_replaces_the_file_and_leaves_no_zombie(
    publisher: Any, harvester: Any
) -> None:
    dataset = publisher.publish(COMMUNE)
    before = find(harvester.harvest(COMMUNE), dataset)
    resource = dataset["resources"][0]
    publisher.act("resource_patch", id=resource["id"], hash="1e" * 32, size=999)
    after = find(harvester.harvest(COMMUNE), dataset)
    assert [r["id"] for r in after["resources"]] == [
        r["id"] for r in before["resources"]
    ]
    assert after["resources"][0]["checksum"] == ["sha256", "1e" * 32]


@pytest.mark.parametrize("how", ["deleted", "private"])
def test_a_withdrawn_dataset_is_archived_after_eight_days_and_comes_back(
    how: str, publisher: Any, harvester: Any
) -> None:
    kept, withdrawn = publisher.publish(COMMUNE), publisher.publish(COMMUNE)
    harvester.harvest(COMMUNE)
    if how == "deleted":
        publisher.act("package_delete", id=withdrawn["id"])
    else:
        publisher.act("package_patch", id=withdrawn["id"], private=True)
    soon = harvester.harvest(COMMUNE, days=6)
    assert find(soon, withdrawn)["archived"] is False
    later = harvester.harvest(COMMUNE, days=2)
    assert find(later, withdrawn)["archived"] is True
    assert find(later, kept)["archived"] is False
    publisher.act("package_patch", id=withdrawn["id"], state="active", private=False)
    assert find(harvester.harvest(COMMUNE), withdrawn)["archived"] is False


BAD = {
    "a title of 5,000 characters": {"title": "Budget " * 720},
    "control characters": {"title": "Bud\x0bget", "notes": "Un\x02 texte\x1f"},
    "unclosed HTML": {"notes": "<p>Un <b>budget <script>alert(1)"},
    "a period before 1900": {
        "temporal_coverage": [{"start": "1791-02-01", "end": "1899-12-31"}]
    },
    "a period without an end": {"temporal_coverage": [{"start": "2022-01-01"}]},
    "a period that ends before it starts": {
        "temporal_coverage": [{"start": "2022-12-31", "end": "2022-01-01"}]
    },
    "no file": {"resources": []},
    "an address with spaces": {
        "resources": [{"url": "https://www.example.org/mes fichiers/été.csv"}]
    },
    "an address of an internal server": {
        "resources": [{"url": "http://ckan:5000/budget.csv"}]
    },
    "one address twice": {
        "resources": [{"url": "https://www.example.org/a.csv"}] * 2,
    },
    "a fingerprint of nothing": {
        "resources": [{"url": "https://www.example.org/b.csv", "hash": "zz"}]
    },
    "a format of the reader's own": {
        "resources": [{"url": "https://www.example.org/c", "format": "tableau Excel !"}]
    },
    "a date to come": {"modified": "2999-01-01", "issued": "2998-01-01"},
    "no description": {"notes": ""},
    "short keywords": {"tags": [{"name": "PV"}, {"name": "eau"}]},
}


@pytest.mark.parametrize("values", BAD.values(), ids=BAD.keys())
def test_no_value_makes_data_gouv_refuse_a_dataset(
    values: dict[str, Any], publisher: Any, harvester: Any
) -> None:
    dataset = publisher.publish(NEIGHBOUR, **values)
    report = harvester.harvest(NEIGHBOUR)
    assert (report["status"], refused(report)) == ("done", [])
    assert find(report, dataset)["title"]
    publisher.act("package_delete", id=dataset["id"])


def test_a_feed_of_several_pages_is_read_whole(publisher: Any, harvester: Any) -> None:
    for _ in range(101 - publisher.count(ATTIC)):
        publisher.publish(ATTIC, resources=[])
    report = harvester.harvest(ATTIC)
    assert report["status"] == "done"
    assert len(report["requests"]) == 2
    found = [item["remote_id"] for item in report["items"]]
    assert len(found) == len(set(found)) == publisher.count(ATTIC)


def test_a_commune_that_never_published_archives_nothing(harvester: Any) -> None:
    report = harvester.harvest("56001")
    assert report["status"] == "failed"
    assert report["requests"][0]["status"] == 404
    assert report["datasets"] == []
