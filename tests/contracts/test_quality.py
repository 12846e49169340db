"""What the panel tells before publishing, against what data.gouv.fr then counts."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ckanext.odlocale.datagouv.description import Portal, Publisher, describe
from ckanext.odlocale.datagouv.quality import Criterion, measure_quality
from tests.contracts.conftest import JUDGED
from tests.running import SITE_URL

#: Our names of udata's criteria.
NAMES: dict[Criterion, str] = {
    "licence": "license",
    "period": "temporal_coverage",
    "territory": "spatial",
    "frequency": "update_frequency",
    "in_time": "update_fulfilled_in_time",
    "description": "dataset_description_quality",
    "open_format": "has_open_format",
    "available": "all_resources_available",
    "described": "resources_documentation",
}
FREQUENCY = "http://publications.europa.eu/resource/authority/frequency/"
PLAIN = {"url": "https://www.example.org/budget.csv"}

DATASETS: dict[str, dict[str, Any]] = {
    "whole": {},
    "no licence": {"license_id": ""},
    "no period": {"temporal_coverage": []},
    "open period": {"temporal_coverage": [{"start": "2022-01-01"}]},
    "no frequency": {"frequency": ""},
    "late": {"frequency": f"{FREQUENCY}DAILY", "modified": "2026-01-01"},
    "irregular": {"frequency": f"{FREQUENCY}IRREG", "modified": "2020-01-01"},
    "short": {"notes": "Trop court."},
    "no file": {"resources": []},
    "silent file": {"resources": [PLAIN]},
    "closed file": {
        "resources": [{**PLAIN, "format": "PDF", "description": "Le budget"}]
    },
}


@pytest.fixture(scope="module")
def harvested(publisher: Any, harvester: Any) -> dict[str, tuple[Any, Any]]:
    """Each dataset as the portal shows it, and as data.gouv.fr holds it."""
    made = {name: publisher.publish(JUDGED, **one) for name, one in DATASETS.items()}
    report = harvester.harvest(JUDGED)
    assert (report["status"], report["errors"]) == ("done", [])
    held = {one["remote_id"]: one for one in report["datasets"]}
    return {name: (one, held[one["id"]]) for name, one in made.items()}


@pytest.mark.parametrize("name", DATASETS)
def test_the_nine_criteria_are_those_that_data_gouv_counts(
    name: str, harvested: dict[str, tuple[Any, Any]]
) -> None:
    shown, held = harvested[name]
    now = datetime.datetime.now(datetime.timezone.utc)
    owner = Publisher("o", "Essai", coverage='{"type":"Polygon","coordinates":[]}')
    met = measure_quality(describe(shown, owner, Portal(SITE_URL), now=now), now)
    counted = held["quality"]
    differing = {
        one for one, known in NAMES.items() if met[one] != counted.get(known, False)
    }
    assert differing == set()
