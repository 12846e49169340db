"""A commune of its own for each test, and what asks for its feed."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from ckan import model
from ckan.tests import factories, helpers
from rdflib import Graph

from ckanext.odlocale.territory.tables import Collectivity

SQUARE = (
    '{"type":"Polygon","coordinates":'
    "[[[-3.1,47.6],[-3.0,47.6],[-3.0,47.7],[-3.1,47.7],[-3.1,47.6]]]}"
)
_NUMBERS = itertools.count(1)


class Commune:
    """A commune that exists in this test only.

    :ivar code: its INSEE code, of a département that France does not have
    """

    def __init__(self, name: str = "Kerlibre", contour: str | None = SQUARE) -> None:
        number = next(_NUMBERS)
        unique = uuid.uuid4().hex[:8]
        self.code = f"99{number:03}"
        self.siren = f"990{number:06}"
        self.organization = factories.Organization(
            name=f"kerlibre-{unique}",
            title=name,
            contact_email="mairie@kerlibre.example.fr",
        )
        self.org_id: str = self.organization["id"]
        model.Session.add(
            Collectivity(
                siren=self.siren,
                insee=self.code,
                kind="commune",
                name=name,
                cog_vintage=2026,
                org_id=self.org_id,
                contour=contour,
            )
        )
        model.Session.commit()

    @property
    def feed(self) -> str:
        """The address of its feed, on this portal."""
        return f"/catalogue/{self.code}.ttl"

    def publish(self, **values: Any) -> dict[str, Any]:
        """Publish a dataset, complete unless ``values`` say otherwise."""
        dataset = {
            "name": f"budget-{uuid.uuid4().hex[:12]}",
            "title": "Budget de Kerlibre",
            "notes": "Les recettes et les dépenses votées par la commune. " * 3,
            "owner_org": self.org_id,
            "license_id": "lov2",
            "frequency": (
                "http://publications.europa.eu/resource/authority/frequency/ANNUAL"
            ),
            "temporal_coverage": [{"start": "2022-01-01", "end": "2022-12-31"}],
            "tag_string": "budget,finances",
            "resources": [self.resource()],
        }
        return act("package_create", **{**dataset, **values})

    def resource(self, key: str = "2022-budget-primitif-00010") -> dict[str, Any]:
        """A file as the desk publishes it."""
        site_url = "http://test.ckan.net"
        return {
            "name": "Budget primitif 2022",
            "description": "Une ligne par recette ou dépense.",
            "url": f"{site_url}/donnees/{self.code}/budget/{key}.csv",
            "format": "CSV",
            "mimetype": "text/csv",
            "size": 12345,
            "hash": "0f" * 32,
            "hash_algorithm": "sha256",
            "schema_url": (
                "https://schema.data.gouv.fr/schemas/scdl/budget/latest/schema.json"
            ),
        }


def act(action: str, /, **values: Any) -> Any:
    """Call an action as the portal itself."""
    user = helpers.call_action("get_site_user")["name"]
    return helpers.call_action(action, {"ignore_auth": True, "user": user}, **values)


@pytest.fixture(name="act")
def act_fixture() -> Callable[..., Any]:
    """Call an action as the portal itself."""
    return act


@pytest.fixture
def commune() -> Commune:
    """A commune without datasets."""
    return Commune()


@pytest.fixture
def other_commune() -> Commune:
    """Another one."""
    return Commune(name="Ploumagique")


@pytest.fixture
def read(app: Any) -> Callable[..., Graph]:
    """Read a feed as an anonymous harvester does."""

    def fetch(address: str, format: str = "turtle") -> Graph:
        response = app.get(address)
        assert response.status_code == 200, response.body
        return Graph().parse(data=response.body, format=format)

    return fetch
