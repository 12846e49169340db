"""Small territories, as plain rows."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ckanext.odlocale.observatory.standing import Models
from ckanext.odlocale.scdl.catalogue import load_catalogue

D = datetime.date


def commune(number: int, population: int | None = 400, **more: Any) -> dict[str, Any]:
    """A commune; its SIREN and its code come from a number."""
    return {
        "siren": f"21{number:07d}",
        "insee": f"{number:05d}",
        "kind": "commune",
        "name": f"Commune {number}",
        "population": population,
        "epci": "200000001",
        "departement": "56",
        "region": "53",
        **more,
    }


def file(number: int, schema: str | None, since: D, **more: Any) -> dict[str, Any]:
    """A file that a commune has online."""
    return {
        "siren": f"21{number:07d}",
        "dataset": f"{number}-{schema}",
        "place": "portal",
        "schema": schema,
        "key": str(since.year),
        "since": since,
        "valid": True,
        "corrected": False,
        "quality": 1.0,
        "channel": "deposit",
        **more,
    }


@pytest.fixture(scope="session")
def models() -> Models:
    """The national models."""
    return Models({one.slug: one.dataset.frequency for one in load_catalogue()})
