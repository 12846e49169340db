"""A dataset as the desk publishes it, and who publishes it."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ckanext.odlocale.datagouv.description import Portal, Publisher

SITE = "https://opendata.example.fr"
SQUARE = (
    '{"type":"Polygon","coordinates":'
    "[[[-3.1,47.6],[-3.0,47.6],[-3.0,47.7],[-3.1,47.7],[-3.1,47.6]]]}"
)


@pytest.fixture
def now() -> datetime.datetime:
    return datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.timezone.utc)


@pytest.fixture
def portal() -> Portal:
    return Portal(SITE, "Données ouvertes du Morbihan", "atd@example.fr")


@pytest.fixture
def publisher() -> Publisher:
    return Publisher(
        org_id="8d9e5ea6-2b8c-4c0e-9b3e-6a2f3f0f6f01",
        name="Kerlibre",
        slug="kerlibre-56999",
        identifier="21560999900010",
        email="mairie@kerlibre.example.fr",
        coverage=SQUARE,
    )


@pytest.fixture
def dataset() -> dict[str, Any]:
    """As ``package_show`` returns it."""
    return {
        "id": "0f7a31ad-6a1e-4c0e-8f52-0d2a5c7b9e11",
        "name": "budget-kerlibre-56999",
        "title": "Budget de Kerlibre",
        "notes": "Les recettes et les dépenses votées par la commune.",
        "license_id": "lov2",
        "frequency": "http://publications.europa.eu/resource/authority/frequency/ANNUAL",
        "temporal_coverage": [{"start": "2022-01-01", "end": "2022-12-31"}],
        "tags": [{"name": "budget"}, {"name": "finances"}],
        "theme": ["http://publications.europa.eu/resource/authority/data-theme/ECON"],
        "metadata_created": "2026-10-01T08:00:00.123456",
        "metadata_modified": "2026-11-20T10:00:00.654321",
        "resources": [
            {
                "id": "5f2f0f5e-94a8-4b39-8d27-5f1f0e7a1c22",
                "url": f"{SITE}/donnees/56999/budget/2022-budget-primitif-00010.csv",
                "name": "Budget primitif 2022",
                "description": "Une ligne par recette ou dépense.",
                "format": "CSV",
                "mimetype": "text/csv",
                "size": 12345,
                "hash": "0f" * 32,
                "hash_algorithm": "sha256",
                "schema_url": (
                    "https://schema.data.gouv.fr/schemas/scdl/budget/latest/schema.json"
                ),
            }
        ],
    }
