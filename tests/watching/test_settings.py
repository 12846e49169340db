"""With which settings the portal does not start, and what it says."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.odlocale.portal.configuration import PLUGINS, portal_settings
from ckanext.odlocale.watching.settings import list_faults

LONG = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15"


def right() -> dict[str, Any]:
    settings: dict[str, Any] = portal_settings(
        site_url="https://data.example.fr",
        secret=LONG,
        sqlalchemy_url=f"postgresql://ckan:{LONG}@db/ckan",
        datastore_write_url=f"postgresql://w:{LONG}@db/t",
        datastore_read_url=f"postgresql://r:{LONG}@db/t",
        redis_url="redis://valkey:6379/0",
        solr_url="http://solr:8983/solr/ckan",
        storage_path="/srv",
        atd_name="ATD",
        contact_email="a@example.fr",
    )
    return {**settings, "ckan.plugins": PLUGINS.split()}


def test_the_configuration_that_ships_is_right() -> None:
    assert list_faults(right()) == []


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("ckan.plugins", "odlocale datastore activity dcat scheming_datasets"
         " scheming_organizations", "datastore before odlocale"),
        ("ckan.plugins", "datastore activity odlocale dcat scheming_datasets"
         " scheming_organizations", "activity after odlocale"),
        ("ckan.plugins", "datastore odlocale activity", "lacks dcat scheming_datasets"),
        ("SECRET_KEY", "", "SECRET_KEY is empty"),
        ("SECRET_KEY", "CHANGE_ME_IN_PRODUCTION_PLEASE_0", "default"),
        ("SECRET_KEY", "a" * 40, "default"),
        ("SECRET_KEY", LONG[:20], "less than 24 signs"),
        ("sqlalchemy.url", "postgresql://ckan:ckan@db/ckan", "sqlalchemy.url"),
        ("ckan.datastore.read_url", "postgresql://r:password1@db/t", "read_url"),
        ("ckan.redis.url", "redis://:changeme@valkey:6379/0", "ckan.redis.url"),
        ("ckan.site_url", "data.example.fr", "ckan.site_url"),
        ("ckan.site_url", "", "ckan.site_url"),
        ("ckanext.odlocale.metrics_token", "short", "metrics_token"),
        ("ckanext.odlocale.metrics_networks", ["0.0.0.0/0"], "everybody"),
        ("ckanext.odlocale.metrics_networks", ["10.0.0.1/8"], "is no network"),
    ],
)  # fmt: skip
def test_one_wrong_setting_is_one_line_without_its_secret(
    name: str, value: Any, says: str
) -> None:
    wrong = value.split() if name == "ckan.plugins" else value
    (line,) = list_faults({**right(), name: wrong})
    assert says in line
    assert "\n" not in line
    assert "changeme" not in line
    assert "password1" not in line
