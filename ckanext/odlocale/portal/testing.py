"""Pytest plugin: the real stack under the integration tests.

    pytest -p ckanext.odlocale.portal.testing --ckan-ini=test.ini tests/integration

Starts PostgreSQL, Valkey and Solr once for the run, before CKAN's own pytest plugin
reads its configuration, and tells CKAN where they are by environment variables. Where
pytest-xdist spreads the tests over several processes (``-n 2``), they share the
servers, and each has a database, a core and a number of Valkey of its own. Servers of
one's own are used instead where ``ODLOCALE_TEST_SQLALCHEMY_URL``,
``ODLOCALE_TEST_DATASTORE_WRITE_URL``, ``ODLOCALE_TEST_DATASTORE_READ_URL``,
``ODLOCALE_TEST_REDIS_URL`` and ``ODLOCALE_TEST_SOLR_URL`` are all given; they serve
one process.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

import pytest
import requests

from ckanext.odlocale.portal import servers, stack, tables_database
from ckanext.odlocale.portal.downloads import ensure_solr_jars
from ckanext.odlocale.portal.home import Home, Memory, cache_folder, load_memory

#: Which process of pytest-xdist this is, from 1; 0 where one runs all the tests.
WORKER = int((os.environ.get("PYTEST_XDIST_WORKER") or "gw-1").removeprefix("gw")) + 1
#: As many processes as that find a core: Solr learns their names when it starts.
MOST_WORKERS = 4


def name_of(worker: int) -> str:
    """The name of a process's database and Solr core, beside the portal's own."""
    return f"ckan_test_{worker}" if worker else "ckan_test"


DATABASE = CORE = name_of(WORKER)
REDIS_NUMBER = WORKER + 1
CORES = tuple(name_of(worker) for worker in range(MOST_WORKERS + 1))

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
            home, lambda: servers.solr(home, memory, jars, ("ckan",), CORES), "solr", []
        )
        empty_stores(memory)
    return memory


def join_servers(home: Home) -> Memory:
    """Use the servers that pytest-xdist's first process started, one after another."""
    memory = load_memory(home)
    with (home.root / "run" / "essais").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        empty_stores(memory)
    return memory


def empty_stores(memory: Memory) -> None:
    """Make this process's database anew, and forget what its core indexed."""
    empty_core(memory, CORE)
    write_url, read_url = servers.tables_urls(memory, DATABASE)
    for name in (DATABASE, f"{DATABASE}_tables"):
        drop_database(memory, name)
    servers.create_database(memory, DATABASE)
    tables_database.prepare(servers.database_url(memory, DATABASE), write_url, read_url)


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
    storage = test_home().root / f"files-{DATABASE}"
    shutil.rmtree(storage, ignore_errors=True)
    if all(os.environ.get(given) for given in GIVEN.values()):
        if WORKER:
            raise pytest.UsageError("One's own servers have one database: use -n 0")
        for name, given in GIVEN.items():
            os.environ[name] = os.environ[given]
    else:
        point_to((join_servers if WORKER else start_servers)(test_home()))
    storage.mkdir(parents=True, exist_ok=True)
    os.environ["CKAN_STORAGE_PATH"] = str(storage)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers, unless somebody keeps them for the next run."""
    kept = os.environ.get("ODLOCALE_TEST_KEEP") or not stack.is_created(test_home())
    if kept or WORKER:
        return
    stack.down(test_home())
