"""CKAN's configuration file for the embedded portal."""

from __future__ import annotations

from configparser import ConfigParser

from ckanext.odlocale.base.safety import SETTINGS as SAFE
from ckanext.odlocale.portal.configuration import (
    PLUGINS,
    portal_settings,
    render_ini,
)

SETTINGS = portal_settings(
    site_url="https://opendata.example.fr",
    secret="x" * 48,
    sqlalchemy_url="postgresql://u:p%40ss@127.0.0.1:1/ckan",
    datastore_write_url="postgresql://w:p@127.0.0.1:1/ckan_tables",
    datastore_read_url="postgresql://r:p@127.0.0.1:1/ckan_tables",
    redis_url="redis://127.0.0.1:2/0",
    solr_url="http://127.0.0.1:3/solr/ckan",
    storage_path="/srv/files",
    atd_name="Morbihan",
    contact_email="opendata@example.org",
)


def read(text: str) -> ConfigParser:
    parser = ConfigParser()
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(text)
    return parser


def test_what_is_written_is_read_back_unchanged() -> None:
    section = read(render_ini(SETTINGS))["app:main"]
    assert {key: section[key] for key in SETTINGS} == SETTINGS


def test_odlocale_comes_first_so_that_its_french_completes_the_others() -> None:
    # The DataStore translates nothing; its backend is the last one listed.
    assert PLUGINS.split()[:2] == ["datastore", "odlocale"]


def test_what_is_safe_by_default_is_not_written_again() -> None:
    # The stack says which server keeps the sessions.
    assert not {one.name for one in SAFE} - {"SESSION_TYPE"} & set(SETTINGS)
