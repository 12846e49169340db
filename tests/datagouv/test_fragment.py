"""Stored triples: the same for the same dataset, and each on its own."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

import pytest
from rdflib import BNode, Graph

from ckanext.odlocale.datagouv import fragment
from ckanext.odlocale.datagouv.description import (
    Description,
    Portal,
    Publisher,
    describe,
)


@pytest.fixture
def description(
    dataset: dict[str, Any],
    publisher: Publisher,
    portal: Portal,
    now: datetime.datetime,
) -> Description:
    return describe(dataset, publisher, portal, now=now)


def test_the_same_dataset_gives_the_same_text(
    description: Description, portal: Portal
) -> None:
    first = fragment.write_fragment(description, portal)
    assert fragment.write_fragment(description, portal) == first
    assert first.ntriples.splitlines() == sorted(set(first.ntriples.splitlines()))


def test_two_datasets_share_no_blank_node(
    description: Description, portal: Portal
) -> None:
    other = dataclasses.replace(
        description,
        identifier="other",
        uri="https://opendata.example.fr/dataset/other",
        distributions=tuple(
            dataclasses.replace(file, key=f"other-{file.key}", uri=f"{file.uri}-2")
            for file in description.distributions
        ),
    )
    texts = [
        fragment.write_fragment(each, portal).ntriples for each in (description, other)
    ]
    nodes = [set(Graph().parse(data=text, format="nt").subjects()) for text in texts]
    names = [
        {line.split(" ")[0] for line in text.splitlines() if line.startswith("_:")}
        for text in texts
    ]
    assert any(isinstance(node, BNode) for node in nodes[0])
    assert names[0]
    assert not names[0] & names[1]


CHANGES: dict[str, dict[str, Any]] = {
    "a new name": {"name": "Kerlibre-sur-Mer"},
    "a confirmed SIRET": {"identifier": "21560999900028"},
    "another address": {"email": "accueil@kerlibre.example.fr"},
    "another contour": {"coverage": None},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_what_changes_a_publisher_changes_the_stamp(
    change: dict[str, Any], publisher: Publisher, portal: Portal
) -> None:
    changed = dataclasses.replace(publisher, **change)
    assert fragment.stamp_of(changed, portal) != fragment.stamp_of(publisher, portal)


def test_a_portal_that_moves_changes_the_stamp(
    publisher: Publisher, portal: Portal
) -> None:
    moved = dataclasses.replace(portal, site_url="https://donnees.example.fr")
    assert fragment.stamp_of(publisher, moved) != fragment.stamp_of(publisher, portal)


def test_order_keys_sort_as_datasets_were_created() -> None:
    moments = [
        datetime.datetime(2026, 1, 1),
        datetime.datetime(2026, 1, 1, 0, 0, 0, 1),
        datetime.datetime(2026, 10, 1),
    ]
    keys = [fragment.order_key("id", moment) for moment in moments]
    assert keys == sorted(keys)
    assert [fragment.read_order_key(key) for key in keys] == [
        (moment, "id") for moment in moments
    ]


@pytest.mark.parametrize(
    "text", ["", "-", "20260101T000000000000-", "x-y", "20260101T000000000000-a\x00"]
)
def test_what_is_no_order_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"order key|time data"):
        fragment.read_order_key(text)
