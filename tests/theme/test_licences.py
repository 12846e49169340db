"""The licences that the portal offers."""

from __future__ import annotations

import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LICENCES = ROOT / "ckanext/odlocale/public/odlocale/licenses.json"


def read_licences() -> dict[str, dict[str, object]]:
    return {one["id"]: one for one in json.loads(LICENCES.read_text())}


def test_only_the_two_licences_of_the_crpa_are_offered() -> None:
    # CRPA, article D323-2-1: a local authority needs the State's leave for others.
    assert set(read_licences()) == {"lov2", "odc-odbl"}


def test_each_licence_names_its_text_and_is_open() -> None:
    for licence in read_licences().values():
        assert str(licence["url"]).startswith("https://")
        assert licence["is_okd_compliant"] is True
        assert licence["status"] == "active"


def test_the_open_licence_has_the_address_that_data_gouv_fr_recognises() -> None:
    assert (
        read_licences()["lov2"]["url"]
        == "https://www.etalab.gouv.fr/licence-ouverte-open-licence"
    )
