"""Pytest plugin: the real stack under the integration tests.

    pytest -p ckanext.odlocale.portal.testing --ckan-ini=test.ini tests/integration

Starts PostgreSQL, Valkey and Solr once for the run, before CKAN's own pytest
plugin reads its configuration, and tells CKAN where they are by environment
variables. Servers of one's own are used instead where ``ODLOCALE_TEST_SQLALCHEMY_URL``,
``ODLOCALE_TEST_DATASTORE_WRITE_URL``, ``ODLOCALE_TEST_DATASTORE_READ_URL``,
``ODLOCALE_TEST_REDIS_URL`` and ``ODLOCALE_TEST_SOLR_URL`` are all given.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import requests

from ckanext.odlocale.portal import servers, stack, tables_database
from ckanext.odlocale.portal.downloads import ensure_solr_jars
from ckanext.odlocale.portal.home import Home, Memory, cache_folder, load_memory

#: The tests' database, Solr core and Valkey number, beside the portal's own.
DATABASE, CORE, REDIS_NUMBER = "ckan_test", "ckan_test", 1
CORES = ("ckan", CORE)

GIVEN = {
    "CKAN_SQLALCHEMY_URL": "ODLOCALE_TEST_SQLALCHEMY_URL",
    "CKAN_DATASTORE_WRITE_URL": "ODLOCALE_TEST_DATASTORE_WRITE_URL",
    "CKAN_DATASTORE_READ_URL": "ODLOCALE_TEST_DATASTORE_READ_URL",
    "CKAN_REDIS_URL": "ODLOCALE_TEST_REDIS_URL",
    "CKAN_SOLR_URL": "ODLOCALE_TEST_SOLR_URL",
}


def test_home() -> Home:
    """Folder of the tests' stack; ``ODLOCALE_TEST_HOME`` names another."""
    return Home(Path(os.environ.get("ODLOCALE_TEST_HOME") or ".portal-test").resolve())


def silent(name: str, seconds: float | None) -> None:
    """Progress that nobody reads."""


def start_servers(home: Home) -> Memory:
    """Start the three servers, made for speed, and an empty database."""
    home.create()
    with stack.only_one(home):
        memory = stack.move_taken_ports(home, load_memory(home))
        stack.start_stores(home, memory, silent, [], unsafe=True)
        jars = ensure_solr_jars(cache_folder())
        stack.ensure_running(
            home, lambda: servers.solr(home, memory, jars, CORES), "solr", []
        )
    # What an earlier run indexed belongs to a database that is dropped here.
    empty_core(memory, CORE)
    write_url, read_url = servers.tables_urls(memory, DATABASE)
    for name in (DATABASE, f"{DATABASE}_tables"):
        drop_database(memory, name)
    servers.create_database(memory, DATABASE)
    tables_database.prepare(servers.database_url(memory, DATABASE), write_url, read_url)
    return memory


def point_to(memory: Memory) -> None:
    """Tell CKAN, by environment variables, where the servers are."""
    write_url, read_url = servers.tables_urls(memory, DATABASE)
    os.environ["CKAN_SQLALCHEMY_URL"] = servers.database_url(memory, DATABASE)
    os.environ["CKAN_DATASTORE_WRITE_URL"] = write_url
    os.environ["CKAN_DATASTORE_READ_URL"] = read_url
    os.environ["CKAN_REDIS_URL"] = servers.redis_url(memory, REDIS_NUMBER)
    os.environ["CKAN_SOLR_URL"] = servers.solr_url(memory, CORE)


def empty_core(memory: Memory, core: str) -> None:
    """Remove everything from one Solr core."""
    with requests.Session() as session:
        session.trust_env = False
        answer = session.post(
            f"{servers.solr_url(memory, core)}/update?commit=true",
            json={"delete": {"query": "*:*"}},
            timeout=60,
        )
        answer.raise_for_status()


def drop_database(memory: Memory, name: str) -> None:
    """Remove a database and whoever is connected to it."""
    connection = servers.connect(memory)
    try:
        connection.cursor().execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    finally:
        connection.close()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Start the servers and say where they are."""
    storage = test_home().root / "test-files"
    shutil.rmtree(storage, ignore_errors=True)
    if all(os.environ.get(given) for given in GIVEN.values()):
        for name, given in GIVEN.items():
            os.environ[name] = os.environ[given]
    else:
        point_to(start_servers(test_home()))
    storage.mkdir(parents=True, exist_ok=True)
    os.environ["CKAN_STORAGE_PATH"] = str(storage)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers, unless somebody keeps them for the next run."""
    if os.environ.get("ODLOCALE_TEST_KEEP") or not stack.is_created(test_home()):
        return
    stack.down(test_home())
