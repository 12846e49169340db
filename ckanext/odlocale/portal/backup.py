"""Back a portal up in one file, and restore it in an empty portal.

In the file: the rows of the portal's database and its files, as one moment had them.
Not in it: Solr and the tables of the DataStore, which are made again; sessions; the
configuration and ``SECRET_KEY``, which are kept apart from what they sign.
"""

from __future__ import annotations

import datetime
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any, Final

import psycopg2
import requests
from ckan.cli import CKANConfigLoader

from ckanext.odlocale.portal import archive, database_copy
from ckanext.odlocale.portal.archive import ArchiveRefused, Writer
from ckanext.odlocale.portal.database_copy import CannotCopy, Table

#: Made again by CKAN, or half written.
_SKIPPED: Final = frozenset({"webassets", ".incoming", "i18n"})
_TRIES: Final = 3
#: What names a stored file: ``keeping.stored_files``, in SQL, for one moment's rows.
STORED: Final = """
    SELECT original_sha256 FROM odlocale_deposit
    UNION SELECT canonical_sha256 FROM odlocale_deposit
    UNION SELECT parquet_sha256 FROM odlocale_deposit
    UNION SELECT document ->> 'sha256' FROM odlocale_mandate
    UNION SELECT jsonb_path_query(feed, '$.*.*.*') #>> '{}' FROM odlocale_handover
"""
_NAMED: Final = f"SELECT s FROM ({STORED}) AS n(s) WHERE s ~ '^[0-9a-f]{{64}}$'"  # noqa: S608
_OCCUPIED: Final = (
    ("package", "datasets"),
    ("group", "organisations"),
    ("odlocale_deposit", "deposits"),
)  # fmt: skip
Say = Callable[[str], None]


class _Purged(Exception):
    """A file was erased for good while the backup was made: its rows must go too."""


@dataclass(frozen=True)
class Place:
    """Where a portal is.

    :ivar ini: its configuration file
    :ivar storage: its folder of files
    :ivar content: the folder of files by their SHA-256, in it or elsewhere
    """

    ini: Path
    secret: str
    database: str
    solr: str
    storage: Path
    content: Path

    @classmethod
    def read(cls, ini: Path) -> Place:
        """Read a configuration, as CKAN does: the environment wins."""
        config = CKANConfigLoader(str(ini)).get_config()

        def option(name: str, variable: str = "") -> str:
            found = os.environ.get(variable) or config.get(name)
            if not found:
                raise ArchiveRefused(f"{ini}: {name} is not set")
            return str(found)

        name = str(config.get("ckanext.odlocale.storage") or "odlocale")
        return cls(
            ini=ini,
            secret=option("SECRET_KEY", "CKAN_SECRET_KEY"),
            database=option("sqlalchemy.url", "CKAN_SQLALCHEMY_URL"),
            solr=option("solr_url", "CKAN_SOLR_URL"),
            storage=Path(option("ckan.storage_path", "CKAN_STORAGE_PATH")),
            content=Path(option(f"ckan.files.storage.{name}.path")),
        )

    def ckan(self, *arguments: str) -> str:
        """Run a command of CKAN's on it.

        :raises ArchiveRefused: it failed; with the end of what it said
        """
        done = subprocess.run(
            [
                str(Path(sys.executable).parent / "ckan"),
                "-c",
                str(self.ini),
                *arguments,
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            last = (done.stderr or done.stdout).strip().splitlines()[-1:]
            raise ArchiveRefused(f"ckan {' '.join(arguments)}: {' '.join(last)}")
        return done.stdout


def make(place: Place, path: Path, say: Say) -> None:
    """Back a portal up while people work.

    :raises ArchiveRefused: nothing is left of it then
    """
    for _ in range(_TRIES):
        try:
            return _make(place, path, say)
        except _Purged:
            say("a file was erased meanwhile: the backup begins again")
    raise ArchiveRefused("files were erased at each try: wait for the end of the purge")


def _make(place: Place, path: Path, say: Say) -> None:
    with (
        database_copy.snapshot(place.database) as connection,
        Writer(path, archive.key_of(place.secret)) as writer,
    ):
        tables: dict[str, Any] = {}
        for table, content, size in database_copy.copy_out(connection):
            writer.add(f"tables/{table.name}", content, size)
            tables[table.name] = {"columns": table.columns, "rows": table.rows}
        rows = sum(one["rows"] for one in tables.values())
        say(f"{len(tables)} tables, {rows} rows")
        stored = 0
        for name, file in _files(place):
            _add_file(writer, name, file)
            stored += 1
        say(f"{stored} files")
        missing = _named(connection) - _contents(writer)
        if missing & _named_now(place):
            raise ArchiveRefused(
                f"{len(missing)} stored files are missing: {sorted(missing)[0]}"
            )
        if missing:
            raise _Purged
        writer.finish(
            {
                "made_at": datetime.datetime.now(datetime.timezone.utc).isoformat(),
                "version": version("ckanext-odlocale"),
                "revisions": revisions(connection),
                "tables": tables,
            }
        )
    say(f"{path}: {path.stat().st_size} bytes")


def _files(place: Place) -> Iterator[tuple[str, Path]]:
    """Yield the names in the backup and the paths of all files."""
    for file in _walk(place.content):
        yield f"content/{file.relative_to(place.content).as_posix()}", file
    for file in _walk(place.storage):
        if not file.is_relative_to(place.content):
            yield f"files/{file.relative_to(place.storage).as_posix()}", file


def _walk(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - _SKIPPED)
        for name in sorted(names):
            path = Path(root, name)
            if path.is_file() and not path.is_symlink():
                yield path


def _add_file(writer: Writer, name: str, path: Path) -> None:
    """Add a file; CKAN writes some of its own in place, so that one may change.

    :raises ArchiveRefused: it never stood still
    """
    try:
        with path.open("rb") as source, tempfile.TemporaryFile() as copy:
            if name.startswith("content/"):
                # Never written again: as it is.
                writer.add(name, source, os.fstat(source.fileno()).st_size)
                return
            for _ in range(_TRIES):
                before = os.fstat(source.fileno())
                copy.seek(0)
                copy.truncate()
                source.seek(0)
                size = _pour(source, copy)
                after = os.fstat(source.fileno())
                if (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, size):
                    copy.seek(0)
                    writer.add(name, copy, size)
                    return
    except FileNotFoundError:
        # Removed since the folder was read: a stored one that rows name is looked for
        # at the end.
        return
    raise ArchiveRefused(f"{path} is written without end: try again")


def _pour(source: IO[bytes], target: IO[bytes]) -> int:
    size = 0
    while chunk := source.read(1024 * 1024):
        size += target.write(chunk)
    return size


def _contents(writer: Writer) -> set[str]:
    return {
        name.rpartition("/")[2]
        for name in writer.members
        if name.startswith("content/")
    }


def _named(connection: Any) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_NAMED)
        return {name for (name,) in cursor.fetchall()}


def _named_now(place: Place) -> set[str]:
    with database_copy.snapshot(place.database) as connection:
        return _named(connection)


def revisions(connection: Any) -> dict[str, str]:
    """What each plugin's tables were brought up to, by the table that says so."""
    found = {}
    with connection.cursor() as cursor:
        for table in database_copy.tables_of(connection):
            if table.endswith("alembic_version"):
                cursor.execute(f'SELECT version_num FROM "{table}"')  # noqa: S608
                row = cursor.fetchone()
                found[table] = row[0] if row else ""
    return found


def restore(place: Place, path: Path, say: Say) -> None:
    """Restore a backup in an empty portal, and count what came out.

    :raises ArchiveRefused: the backup or the portal is not fit; where it says so before
        the rows are in, nothing was changed in the database
    """
    said = archive.verify(path, archive.key_of(place.secret))
    say(f"{path}: whole, made {said['made_at']} by version {said['version']}")
    tables = {
        name: Table(name, tuple(one["columns"]), one["rows"])
        for name, one in said["tables"].items()
    }
    with closing(psycopg2.connect(place.database)) as connection:
        _require_empty(connection)
        present = revisions(connection)
    is_other = present != said["revisions"]
    if is_other:
        say("another version's tables: made as they were, then brought up to date")
        _make_tables_of(place, said["revisions"])
    files = _restore_files(place, path, said["members"])
    say(f"{files} files, each with its checksum")
    with closing(psycopg2.connect(place.database)) as connection:
        try:
            rows = archive.read_members(path, "tables")
            database_copy.copy_in(connection, tables, rows)
        except (CannotCopy, psycopg2.Error) as error:
            raise ArchiveRefused(f"the rows were not restored: {error}") from error
        connection.commit()
    say(f"{len(tables)} tables, {sum(one.rows for one in tables.values())} rows")
    if is_other:
        place.ckan("db", "upgrade")
        place.ckan("db", "pending-migrations", "--apply")
    for command in (
        ("search-index", "rebuild", "--force"),
        ("odlocale", "tables", "rebuild"),
        ("odlocale", "datagouv", "rebuild"),
    ):
        place.ckan(*command)
        say(f"ckan {' '.join(command)}: done")
    _compare_search(place, say)


def _require_empty(connection: Any) -> None:
    tables = database_copy.tables_of(connection)
    with connection.cursor() as cursor:
        for table, words in _OCCUPIED:
            if table in tables:
                cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608
                (count,) = cursor.fetchone()
                if count:
                    raise ArchiveRefused(
                        f"the portal is not empty: {count} {words}. Restore in another,"
                        " or in a new database"
                    )


def _make_tables_of(place: Place, wanted: dict[str, str]) -> None:
    """Make the tables of another version, by its migrations.

    :raises ArchiveRefused: it is a later one, which this portal does not know
    """
    with closing(psycopg2.connect(place.database)) as connection:
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE")
            cursor.execute("CREATE SCHEMA public")
        connection.commit()
    core = wanted.get("alembic_version", "")
    try:
        place.ckan("db", "upgrade", "--version", core)
        for table, revision in sorted(wanted.items()):
            plugin = table.removesuffix("alembic_version").rstrip("_")
            if plugin:
                place.ckan("db", "upgrade", "--plugin", plugin, "--version", revision)
    except ArchiveRefused as error:
        raise ArchiveRefused(
            f"the backup is of a version that this portal does not know: {error}. Its"
            " tables were emptied: ckan db upgrade makes them again"
        ) from error


def _restore_files(place: Place, path: Path, members: dict[str, Any]) -> int:
    count = 0
    for prefix, folder in (("content", place.content), ("files", place.storage)):
        for name, stream in archive.read_members(path, prefix):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            digest = hashlib.sha256()
            with tempfile.NamedTemporaryFile(
                dir=target.parent, prefix=".restored-", delete=False
            ) as copy:
                while chunk := stream.read(1024 * 1024):
                    digest.update(chunk)
                    copy.write(chunk)
                copy.flush()
                os.fsync(copy.fileno())
            if digest.hexdigest() != members[f"{prefix}/{name}"]["sha256"]:
                Path(copy.name).unlink()
                raise ArchiveRefused(f"{name} came out otherwise than it went in")
            os.chmod(copy.name, 0o644)
            os.replace(copy.name, target)
            count += 1
    return count


def _compare_search(place: Place, say: Say) -> None:
    asked = "SELECT count(*) FROM package WHERE state IN ('active', 'draft')"
    with (
        database_copy.snapshot(place.database) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(asked)
        (wanted,) = cursor.fetchone()
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(
            f"{place.solr.rstrip('/')}/select",
            params={"q": "entity_type:package", "rows": "0"},
            timeout=30,
        )
    found = answer.json()["response"]["numFound"]
    if found != wanted:
        raise ArchiveRefused(
            f"all is restored but the search: {found} datasets of {wanted}. Run"
            " ckan search-index rebuild again"
        )
    say(f"{found} datasets in the search, as in the database")
