"""The dataset that is filled in for the agent."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import pytest

from ckanext.odlocale.publishing.dataset import (
    Existing,
    Publisher,
    Release,
    build_dataset,
    dataset_name,
    drop_resource,
    place_resource,
    unite_periods,
)
from ckanext.odlocale.publishing.fiche import Wishes
from ckanext.odlocale.scdl.catalogue import load_catalogue

BUDGET = load_catalogue().get("budget")
TOWN = Publisher("org", "215600461", "56046", "Crach", "Mairie de Crach", "a@b.fr")
FILE = Release(
    deposit_id="d1",
    key="2022-budget-primitif-00010",
    name="Budget primitif 2022 – Crach",
    description="201 lignes.",
    url="https://example.org/donnees/56046/budget/2022-budget-primitif-00010.csv",
    sha256="ab" * 32,
    size=38050,
    rows=201,
    published_on=datetime.date(2026, 11, 23),
)
YEAR = (datetime.date(2022, 1, 1), datetime.date(2022, 12, 31))


def build(**options: Any) -> dict[str, Any]:
    return build_dataset(BUDGET, TOWN, FILE, periods=[YEAR], **options)


def test_nothing_is_left_for_the_agent_to_type() -> None:
    dataset = build()
    empty = {name for name, value in dataset.items() if value in ("", None, [], {})}
    assert not empty
    assert dataset["name"] == "budget-crach-56046"
    assert dataset["contact"] == [{"name": "Mairie de Crach", "email": "a@b.fr"}]


@pytest.mark.parametrize("schema", load_catalogue(), ids=lambda schema: schema.slug)
def test_every_model_describes_its_dataset_in_over_100_characters(
    schema: Any,
) -> None:
    dataset = build_dataset(schema, TOWN, FILE, periods=[YEAR])
    assert len(dataset["notes"]) > 100
    assert "{" not in dataset["notes"] + dataset["title"]
    assert all(3 <= len(tag["name"]) <= 96 for tag in dataset["tags"])


def test_what_an_agent_wrote_is_kept_and_what_the_data_say_is_renewed() -> None:
    known = {
        **build(),
        "title": "Les comptes",
        "issued": "2025-01-01",
        "temporal_coverage": [{"start": "2001-01-01", "end": "2001-12-31"}],
        "contact": [{"name": "Compta", "email": "c@d.fr", "url": "https://x.fr"}],
    }
    dataset = build(existing=Existing(known))
    assert dataset["title"] == "Les comptes"
    assert dataset["contact"] == known["contact"]
    assert dataset["issued"] == "2025-01-01"
    assert dataset["temporal_coverage"] == [
        {"start": "2022-01-01", "end": "2022-12-31"}
    ]


def test_a_wish_comes_before_what_is_there() -> None:
    known = Existing({**build(), "title": "Les comptes"})
    wishes = Wishes.from_dict({"title": "Le budget", "notes": "", "other": "x"})
    dataset = build(existing=known, wishes=wishes)
    assert dataset["title"] == "Le budget"
    assert dataset["notes"] == build()["notes"]


def test_a_release_takes_the_place_of_the_one_of_its_key() -> None:
    old = {"id": "r1", "scdl_key": FILE.key, "issued": "2025-01-01", "hash": "x"}
    other = {"id": "r2", "scdl_key": "2021-budget-primitif-00010"}
    (resource,) = build()["resources"]
    placed = place_resource([old, other], resource)
    assert [one["id"] for one in placed] == ["r1", "r2"]
    assert placed[0]["hash"] == FILE.sha256
    assert placed[0]["issued"] == "2025-01-01"
    assert placed[1] == other


def test_a_new_key_comes_with_the_latest_first() -> None:
    (resource,) = build()["resources"]
    others = [{"scdl_key": "2023-a"}, {"scdl_key": "2021-a"}]
    keys = [one["scdl_key"] for one in place_resource(others, resource)]
    assert keys == ["2023-a", FILE.key, "2021-a"]


def test_a_withdrawn_key_leaves_alone() -> None:
    kept = {"scdl_key": "2021"}
    assert drop_resource([kept, {"scdl_key": "2022"}], "2022") == [kept]


def test_the_period_holds_all_the_others() -> None:
    earlier = (datetime.date(2019, 1, 1), datetime.date(2019, 12, 31))
    assert unite_periods([YEAR, earlier]) == [
        {"start": "2019-01-01", "end": "2022-12-31"}
    ]
    assert unite_periods([]) == []


def test_a_long_name_still_ends_with_its_code() -> None:
    name = dataset_name("plats-menus-collectifs", "Saint-" * 30, "56046")
    assert len(name) <= 100
    assert name.endswith("-56046")
    assert "--" not in name


def test_two_establishments_have_two_resources() -> None:
    annexe = replace(FILE, key="2022-budget-primitif-00085")
    first = Existing(build())
    both = build_dataset(BUDGET, TOWN, annexe, periods=[YEAR], existing=first)
    assert len(both["resources"]) == 2
