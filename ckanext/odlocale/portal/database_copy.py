"""A database, as one moment had it, out of PostgreSQL and in again.

By ``COPY`` in one transaction, rather than by ``pg_dump``: that program must be of the
server's own version or later, and the portal's image holds none. Tables are made by the
migrations; rows alone are copied. People may work meanwhile: the transaction reads the
portal as it was when it began.
"""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import IO, Any

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ

_TABLES = """
    SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
      AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    GROUP BY c.relname ORDER BY c.relname
"""
_FOREIGN_KEYS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint
    WHERE contype = 'f' AND connamespace = 'public'::regnamespace
"""
_SEQUENCES = """
    SELECT s.relname, t.relname, a.attname
    FROM pg_class s
    JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i')
    JOIN pg_class t ON t.oid = d.refobjid
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
    WHERE s.relkind = 'S' AND s.relnamespace = 'public'::regnamespace
"""


class CannotCopy(Exception):
    """The database is not one that rows can be put in; it says why."""


@dataclass(frozen=True)
class Table:
    """What was copied of a table."""

    name: str
    columns: tuple[str, ...]
    rows: int


@contextmanager
def snapshot(url: str) -> Iterator[Any]:
    """A connection that reads the database as it is now, whatever is written later."""
    with closing(psycopg2.connect(url)) as connection:
        connection.set_session(
            isolation_level=ISOLATION_LEVEL_REPEATABLE_READ, readonly=True
        )
        # The snapshot is taken by the first statement.
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        yield connection


def tables_of(connection: Any) -> dict[str, tuple[str, ...]]:
    """The tables of a database, with the columns that are not computed."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        return {name: tuple(columns) for name, columns in cursor.fetchall()}


def copy_out(connection: Any) -> Iterator[tuple[Table, IO[bytes], int]]:
    """Yield each table, its rows compressed, and how many bytes these take."""
    for name, columns in tables_of(connection).items():
        with tempfile.TemporaryFile() as file, connection.cursor() as cursor:
            with gzip.GzipFile(fileobj=file, mode="wb", mtime=0, compresslevel=4) as to:
                cursor.copy_expert(_copy(name, columns, "TO STDOUT", connection), to)
            table = Table(name, columns, cursor.rowcount)
            size = file.tell()
            file.seek(0)
            yield table, file, size


def copy_in(
    connection: Any, tables: Mapping[str, Table], rows: Iterator[tuple[str, IO[bytes]]]
) -> None:
    """Put rows in empty tables, in the caller's transaction, and count them.

    :param rows: name of the table, its rows compressed
    :raises CannotCopy: a table or a column is not there, or other rows came out
    """
    present = tables_of(connection)
    for table in tables.values():
        missing = set(table.columns) - set(present.get(table.name, ()))
        if table.name not in present or missing:
            raise CannotCopy(f"the database lacks {table.name} {sorted(missing)}")
    with connection.cursor() as cursor:
        cursor.execute(_FOREIGN_KEYS)
        keys = cursor.fetchall()
        # Tables name each other in rings: keys are checked once all rows are there.
        for owner, name, _ in keys:
            cursor.execute(f"ALTER TABLE {owner} DROP CONSTRAINT {_quoted(name)}")
        # One of ours refuses that the journal be emptied: here it is a beginning.
        for name in present:
            cursor.execute(f"ALTER TABLE {_quoted(name)} DISABLE TRIGGER USER")
            cursor.execute(f"TRUNCATE {_quoted(name)}")
        for name, content in rows:
            table = tables[name]
            with gzip.GzipFile(fileobj=content) as plain:
                cursor.copy_expert(
                    _copy(name, table.columns, "FROM STDIN", connection), plain
                )
        for name, table in tables.items():
            cursor.execute(f"SELECT count(*) FROM {_quoted(name)}")  # noqa: S608
            (count,) = cursor.fetchone()
            if count != table.rows:
                raise CannotCopy(f"{name}: {count} rows instead of {table.rows}")
        for name in present:
            cursor.execute(f"ALTER TABLE {_quoted(name)} ENABLE TRIGGER USER")
        for owner, name, definition in keys:
            cursor.execute(
                f"ALTER TABLE {owner} ADD CONSTRAINT {_quoted(name)} {definition}"
            )
        cursor.execute(_SEQUENCES)
        for sequence, owner, column in cursor.fetchall():
            cursor.execute(
                f"SELECT setval('{_quoted(sequence)}', GREATEST(1,"  # noqa: S608
                f" (SELECT max({_quoted(column)}) FROM {_quoted(owner)})))"
            )


def _copy(name: str, columns: tuple[str, ...], way: str, connection: Any) -> str:
    written: str = (
        sql.SQL("COPY {} ({}) " + way)
        .format(sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, columns)))
        .as_string(connection)
    )
    return written


def _quoted(name: str) -> str:
    """A name of the catalogue's, as a statement has it."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
