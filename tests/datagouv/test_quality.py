"""The nine criteria, counted as udata counts them."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

import pytest

from ckanext.odlocale.datagouv.description import describe
from ckanext.odlocale.datagouv.quality import CRITERIA, DAYS, measure_quality
from ckanext.odlocale.datagouv.seen import see
from ckanext.odlocale.datagouv.vocabularies import FREQUENCIES, FREQUENCY

LONG = "Les recettes et les dépenses que le conseil a votées, section par section. " * 2
FILE: dict[str, Any] = {"id": "f", "url": "https://www.example.org/budget.csv"}


def measure(dataset: Any, publisher: Any, portal: Any, now: Any, **values: Any) -> Any:
    said = describe({**dataset, "notes": LONG, **values}, publisher, portal, now=now)
    met = measure_quality(said, now)
    assert tuple(met) == CRITERIA
    return {name for name, is_met in met.items() if not is_met}


def test_what_the_desk_publishes_meets_all_nine(
    dataset: Any, publisher: Any, portal: Any, now: Any
) -> None:
    assert measure(dataset, publisher, portal, now) == set()


LACKING = {
    "a licence of one's own": ({"license_id": "ma-licence"}, {"licence"}),
    "no licence": ({"license_id": ""}, {"licence"}),
    "no period": ({"temporal_coverage": []}, {"period"}),
    "a period of which one day is known": (
        {"temporal_coverage": [{"start": "2022-01-01"}]},
        set(),
    ),
    "an unknown frequency": (
        {"frequency": f"{FREQUENCY}UNKNOWN"},
        {"frequency", "in_time"},
    ),
    "no frequency": ({"frequency": ""}, {"frequency", "in_time"}),
    "one hundred characters": ({"notes": "é" * 100}, {"description"}),
    "one hundred and one": ({"notes": "é" * 101}, set()),
    "no file": ({"resources": []}, {"open_format", "available", "described"}),
    "a file nobody can reach": (
        {"resources": [{**FILE, "url": "http://ckan:5000/budget.csv"}]},
        {"open_format", "available", "described"},
    ),
    "a PDF": (
        {"resources": [{**FILE, "format": "PDF", "description": "Le budget"}]},
        {"open_format"},
    ),
    "a PDF and its rows": (
        {
            "resources": [
                {**FILE, "format": "PDF", "description": "Le budget"},
                {**FILE, "id": "g", "url": "https://www.example.org/b.ods"},
            ]
        },
        set(),
    ),
    "files without a word": ({"resources": [FILE]}, {"described"}),
}


@pytest.mark.parametrize(("values", "missing"), LACKING.values(), ids=LACKING.keys())
def test_what_a_dataset_lacks_is_told(
    values: Any, missing: Any, dataset: Any, publisher: Any, portal: Any, now: Any
) -> None:
    assert measure(dataset, publisher, portal, now, **values) == missing


def test_without_a_contour_the_territory_is_missing(
    dataset: Any, publisher: Any, portal: Any, now: Any
) -> None:
    bare = dataclasses.replace(publisher, coverage=None)
    assert measure(dataset, bare, portal, now) == {"territory"}


@pytest.mark.parametrize(
    ("code", "days", "missing"),
    [
        ("ANNUAL", 365, set()),
        ("ANNUAL", 366, set()),
        ("ANNUAL", 367, {"in_time"}),
        ("MONTHLY_2", 33, {"in_time"}),
        ("DAILY", 1.9, set()),
        ("IRREG", 4000, set()),
        ("NEVER", 4000, set()),
        ("UPDATE_CONT", 4000, set()),
    ],
)
def test_an_update_may_be_one_day_late(
    code: str,
    days: float,
    missing: Any,
    dataset: Any,
    publisher: Any,
    portal: Any,
    now: Any,
) -> None:
    modified = (now - datetime.timedelta(days=days)).isoformat()
    found = measure(
        dataset,
        *(publisher, portal, now),
        frequency=FREQUENCY + code,
        metadata_modified=modified,
    )
    assert found == missing


def test_every_frequency_is_one_that_the_feeds_may_say() -> None:
    assert set(DAYS) <= FREQUENCIES


def test_what_is_seen_is_what_is_sent(
    dataset: Any, publisher: Any, portal: Any, now: Any
) -> None:
    files = [
        *dataset["resources"],
        {**FILE, "schema_url": "https://exemple.fr/schema.json", "format": "GeoJSON"},
        {"id": "h", "url": "http://localhost/prive.csv"},
    ]
    said = describe({**dataset, "resources": files}, publisher, portal, now=now)
    seen = see(said, len(files), now)
    assert (seen.publisher, seen.licence) == ("Kerlibre", "lov2")
    assert seen.formats == ("csv", "geojson")
    assert seen.schemas == (dataset["resources"][0]["schema_url"],)
    assert seen.foreign_schemas == ("https://exemple.fr/schema.json",)
    assert (seen.dropped_files, seen.has_territory) == (1, True)
    assert (seen.score, seen.missing) == (8, ("description",))
