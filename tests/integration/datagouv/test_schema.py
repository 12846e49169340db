"""The schema of datasets: what the form shows, and what validation refuses."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import ckantoolkit as tk
import pytest
from ckan.tests import factories, helpers

EU = "http://publications.europa.eu/resource/authority"


class Fields(HTMLParser):
    """The inputs and the options of a page, as dictionaries of attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.inputs: list[dict[str, str]] = []
        self.options: dict[str, list[dict[str, str]]] = {}
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {key: value or "" for key, value in attrs}
        if tag == "select":
            self._select = found.get("name", "")
        elif tag == "option":
            self.options.setdefault(self._select, []).append(found)
        elif tag == "input":
            self.inputs.append(found)

    def handle_endtag(self, tag: str) -> None:
        # What follows may be of a datalist.
        if tag == "select":
            self._select = ""


@pytest.fixture
def sysadmin() -> dict[str, str]:
    return {"Authorization": factories.SysadminWithToken()["token"]}


def test_all_that_the_desk_writes_comes_back(commune: Any) -> None:
    written = commune.publish(
        theme=[f"{EU}/data-theme/ECON"],
        language=[f"{EU}/language/FRA"],
        scdl_schema="budget",
        contact=[{"name": "Mairie", "email": "mairie@kerlibre.example.fr"}],
        issued="2026-11-20T10:00:00",
        resources=[
            {
                **commune.resource(),
                "scdl_key": "2022-budget-primitif-00010",
                "deposit_id": "0f7a31ad",
                "rows": 201,
                "issued": "2026-11-20T10:00:00",
            }
        ],
    )
    shown = helpers.call_action("package_show", id=written["id"])
    assert shown["theme"] == [f"{EU}/data-theme/ECON"]
    assert shown["temporal_coverage"] == [{"start": "2022-01-01", "end": "2022-12-31"}]
    assert shown["contact"][0]["email"] == "mairie@kerlibre.example.fr"
    assert shown["scdl_schema"] == "budget"
    resource = shown["resources"][0]
    assert resource["schema_url"].endswith("/scdl/budget/latest/schema.json")
    assert resource["scdl_key"] == "2022-budget-primitif-00010"
    assert resource["hash_algorithm"] == "sha256"
    assert (resource["size"], int(resource["rows"])) == (12345, 201)


def test_a_dataset_needs_no_more_than_ckan_asks(commune: Any, act: Any) -> None:
    dataset = act("package_create", name="autre-chose", owner_org=commune.org_id)
    assert dataset["license_id"] == "lov2"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("license_id", "cc-by"),
        ("frequency", "Annuelle"),
        ("theme", ["Finances"]),
        ("language", ["fr"]),
        ("scdl_schema", "scdl/inconnu"),
        ("temporal_coverage", [{"start": "2022", "end": "2022"}]),
        ("contact", [{"name": "Mairie", "email": "pas une adresse"}]),
        ("contact", [{"name": "Mairie", "url": "javascript:alert(1)"}]),
    ],
)
def test_what_data_gouv_would_lose_is_refused(
    field: str, value: Any, commune: Any
) -> None:
    with pytest.raises(tk.ValidationError) as refused:
        commune.publish(**{field: value})
    assert field in refused.value.error_dict


def test_a_bad_model_address_is_refused_on_its_file(commune: Any) -> None:
    resource = {**commune.resource(), "schema_url": "scdl/budget"}
    with pytest.raises(tk.ValidationError) as refused:
        commune.publish(resources=[resource])
    assert "schema_url" in refused.value.error_dict["resources"][0]


def test_the_form_of_a_new_dataset_offers_the_choices(
    commune: Any, app: Any, sysadmin: dict[str, str]
) -> None:
    page = Fields(app.get("/dataset/new", headers=sysadmin).body)
    licences = page.options["license_id"]
    assert [option["value"] for option in licences] == ["lov2", "odc-odbl"]
    assert [o["value"] for o in licences if "selected" in o] == ["lov2"]
    assert "budget" in [option["value"] for option in page.options["scdl_schema"]]
    names = {field.get("name") for field in page.inputs}
    assert {"temporal_coverage-0-start", "contact-0-email"} <= names


def test_editing_by_hand_keeps_what_the_desk_wrote(
    commune: Any, app: Any, act: Any, sysadmin: dict[str, str]
) -> None:
    dataset = commune.publish(
        scdl_schema="budget",
        resources=[{**commune.resource(), "scdl_key": "k", "deposit_id": "d"}],
    )
    resource_id = dataset["resources"][0]["id"]
    address = f"/dataset/{dataset['name']}/resource/{resource_id}/edit"
    page = Fields(app.get(address, headers=sysadmin).body)
    carried = {
        field["name"]: field["value"]
        for field in page.inputs
        if field.get("name") in ("scdl_key", "deposit_id")
    }
    assert carried == {"scdl_key": "k", "deposit_id": "d"}


@pytest.mark.parametrize("address", ["/dataset/{name}", "/dataset/edit/{name}"])
def test_a_published_dataset_is_shown_and_edited(
    address: str, commune: Any, app: Any, sysadmin: dict[str, str]
) -> None:
    dataset = commune.publish(scdl_schema="budget")
    response = app.get(address.format(name=dataset["name"]), headers=sysadmin)
    assert response.status_code == 200
    assert "Kerlibre" in response.body
