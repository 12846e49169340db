"""A portal backed up while somebody writes, restored in an empty one, compared."""

from __future__ import annotations

import os
import threading
from contextlib import closing
from pathlib import Path

import ckantoolkit as tk
import psycopg2
import pytest
from ckan import model
from ckan.tests import factories

from ckanext.odlocale import rooms
from ckanext.odlocale.portal import backup, database_copy, servers, tables_database
from ckanext.odlocale.portal.archive import ArchiveRefused
from ckanext.odlocale.portal.home import load_memory
from ckanext.odlocale.portal.testing import empty_core, test_home
from tests.integration.publishing.conftest import Town, budget, mende, publish, town

__all__ = ["mende", "town"]

ROOT = Path(__file__).resolve().parents[3]
#: A core that the tests' Solr has, and no process of the run uses.
CORE = "ckan"
NAME = "ckan_test_restored"


@pytest.fixture
def here() -> backup.Place:
    """The portal of the tests."""
    return backup.Place(
        ini=ROOT / "test.ini",
        secret=str(tk.config["SECRET_KEY"]),
        database=str(tk.config["sqlalchemy.url"]),
        solr=str(tk.config["solr_url"]),
        storage=Path(str(tk.config["ckan.storage_path"])),
        content=Path(str(tk.config["ckan.files.storage.odlocale.path"])),
    )


@pytest.fixture
def elsewhere(
    here: backup.Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> backup.Place:
    """An empty portal: databases, a core and a folder of its own."""
    memory = load_memory(test_home())
    with closing(servers.connect(memory)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for name in (NAME, f"{NAME}_tables"):
                cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    servers.create_database(memory, NAME)
    write, read = servers.tables_urls(memory, NAME)
    main = servers.database_url(memory, NAME)
    tables_database.prepare(main, write, read)
    empty_core(memory, CORE)
    place = backup.Place(
        ini=here.ini,
        secret=here.secret,
        database=main,
        solr=servers.solr_url(memory, CORE),
        storage=tmp_path / "files",
        content=tmp_path / "files" / "odlocale",
    )
    for variable, value in (
        ("CKAN_SQLALCHEMY_URL", main),
        ("CKAN_DATASTORE_WRITE_URL", write),
        ("CKAN_DATASTORE_READ_URL", read),
        ("CKAN_SOLR_URL", place.solr),
        ("CKAN_STORAGE_PATH", str(place.storage)),
        ("CKAN_REDIS_URL", servers.redis_url(memory, 9)),
    ):
        monkeypatch.setitem(os.environ, variable, value)
    place.content.mkdir(parents=True)
    return place


def rows_of(url: str, table: str) -> list[str]:
    with database_copy.snapshot(url) as connection, connection.cursor() as cursor:
        cursor.execute(f'SELECT t::text FROM "{table}" t ORDER BY 1')
        return [row for (row,) in cursor.fetchall()]


def test_what_is_restored_is_what_was_there(
    mende: Town, here: backup.Place, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    online = publish(mende, budget(mende.siret))
    model.Session.commit()
    file = tmp_path / "backup.tar"
    # Somebody writes meanwhile: the backup is of one moment, not of several.
    ended = threading.Event()

    def write() -> None:
        with closing(psycopg2.connect(here.database)) as connection:
            connection.autocommit = True
            while not ended.wait(0.01):
                with connection.cursor() as cursor:
                    cursor.execute(
                        "INSERT INTO term_translation VALUES ('x', 'x', 'x')"
                    )

    writer = threading.Thread(target=write)
    writer.start()
    try:
        backup.make(here, file, lambda _: None)
    finally:
        ended.set()
        writer.join()
    elsewhere: backup.Place = request.getfixturevalue("elsewhere")
    elsewhere.ckan("db", "upgrade")
    elsewhere.ckan("db", "pending-migrations", "--apply")
    said: list[str] = []
    backup.restore(elsewhere, file, said.append)
    assert said[-1].endswith("in the search, as in the database")
    for table in ("odlocale_deposit", "odlocale_journal", "package", "member", "user"):
        made = set(rows_of(elsewhere.database, table))
        had = set(rows_of(here.database, table))
        # Where no worker had made the dataset of a whole table yet, restoring does,
        # with its organisation.
        more = made - had if table in ("package", "member") else set()
        assert made - more == had, table
    stored = [path.name for path in elsewhere.content.rglob("*") if path.is_file()]
    with database_copy.snapshot(elsewhere.database) as connection:
        assert backup._named(connection) <= set(stored)
    assert online["id"] in "".join(rows_of(elsewhere.database, "odlocale_deposit"))
    with pytest.raises(ArchiveRefused, match="not empty"):
        backup.restore(elsewhere, file, said.append)


def test_a_portal_that_is_not_empty_or_a_cut_backup_changes_nothing(
    here: backup.Place, tmp_path: Path
) -> None:
    factories.Organization()
    file = tmp_path / "backup.tar"
    backup.make(here, file, lambda _: None)
    before = rows_of(here.database, "group")
    with pytest.raises(ArchiveRefused, match="not empty"):
        backup.restore(here, file, lambda _: None)
    os.truncate(file, file.stat().st_size // 2)
    with pytest.raises(ArchiveRefused):
        backup.restore(here, file, lambda _: None)
    assert rows_of(here.database, "group") == before


def test_a_stored_file_that_is_missing_is_told_and_nothing_is_kept(
    mende: Town, here: backup.Place, tmp_path: Path
) -> None:
    publish(mende, budget(mende.siret))
    model.Session.commit()
    with database_copy.snapshot(here.database) as connection:
        named = backup._named(connection)
    lost = next(one for one in here.content.rglob("*") if one.name in named)
    kept = lost.read_bytes()
    lost.unlink()
    try:
        with pytest.raises(ArchiveRefused, match="missing"):
            backup.make(here, tmp_path / "backup.tar", lambda _: None)
    finally:
        lost.write_bytes(kept)
    assert list(tmp_path.iterdir()) == []


def test_every_column_that_names_a_stored_file_is_looked_at() -> None:
    """A room that stores files elsewhere fails here until backups know of it."""
    listed = [
        column
        for module in rooms.modules("hooks").values()
        for column in getattr(module, "stored_files", list)()
    ]
    assert len(listed) == backup.STORED.count("SELECT")
