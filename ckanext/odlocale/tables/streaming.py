"""A whole table as CSV, sent as PostgreSQL reads it, in a memory that does not grow."""

from __future__ import annotations

import contextlib
import os
import threading
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

import psycopg2

from ckanext.odlocale.tables import store
from ckanext.odlocale.tables.columns import quote, table_name

#: What is read at once of what PostgreSQL sends.
CHUNK = 1 << 18

#: Fast: a text of this kind loses nine tenths of its length already.
GZIP_LEVEL = 1


class Stream:
    """One version of a table, about to be sent.

    The connection is its own: a slow reader takes none from the pool of the others.

    :param url: of the DataStore's database, as the role that only reads
    :ivar state: what is sent: version and rows are of the same moment; ``None`` where
        there is no such table
    :ivar types: of its columns, in PostgreSQL
    """

    def __init__(self, url: str, schema: str) -> None:
        self._connection = psycopg2.connect(url)
        self._connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        self.state: store.State | None = None
        self.types: dict[str, str] = {}
        try:
            with self._connection.cursor() as cursor:
                states = store.read_states(cursor, schema)
                self.state = states[0] if states else None
                self.types = store.column_types(cursor, table_name(schema))
                # A scan that joins another's would give the rows in another order.
                cursor.execute("SET LOCAL synchronize_seqscans = off")
        except BaseException:
            self.close()
            raise
        self._statement = copy_statement(schema, self.types)

    def close(self) -> None:
        """End the reading. May be called again."""
        self._connection.close()

    def read(self, *, compressed: bool = False) -> Iterator[bytes]:
        """Read the table, header first, and close.

        :param compressed: as gzip
        """
        pieces = self._pieces()
        return _gzip(pieces) if compressed else pieces

    def _pieces(self) -> Iterator[bytes]:
        failures: list[BaseException] = []
        source, sink = os.pipe()

        def work() -> None:
            # psycopg2 writes row by row: a buffer in C, not a call of ours, takes each.
            try:
                with (
                    os.fdopen(sink, "wb", CHUNK) as out,
                    self._connection.cursor() as cursor,
                ):
                    cursor.copy_expert(self._statement, out)
            except BaseException as error:
                failures.append(error)

        thread = threading.Thread(target=work, name="odlocale-copy", daemon=True)
        thread.start()
        try:
            while piece := os.read(source, CHUNK):
                yield piece
            thread.join()
            # A part of a table must not look like a whole one: the answer breaks off.
            if failures:
                raise failures[0]
        finally:
            os.close(source)
            with contextlib.suppress(psycopg2.Error):
                if thread.is_alive():
                    self._connection.cancel()
            thread.join()
            self.close()


def copy_statement(schema: str, types: Mapping[str, str]) -> str:
    """Return the statement that sends a table, without its hidden columns."""
    columns = ", ".join(_shown(name, kind) for name, kind in _visible(types))
    table = quote(table_name(schema))
    chosen = f"SELECT {columns} FROM {table}"  # noqa: S608 - names are quoted
    return f"COPY ({chosen}) TO STDOUT (FORMAT csv, HEADER)"


def _visible(types: Mapping[str, str]) -> list[tuple[str, str]]:
    return [one for one in types.items() if not one[0].startswith("_")]


def _shown(name: str, kind: str) -> str:
    quoted = quote(name)
    if kind != "boolean":
        return quoted
    # PostgreSQL writes t and f, which no schema means by true and false.
    return f"CASE {quoted} WHEN true THEN 'true' WHEN false THEN 'false' END {quoted}"


def _gzip(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    try:
        for piece in pieces:
            if packed := packer.compress(piece):
                yield packed
        yield packer.flush()
    finally:
        close: Any = getattr(pieces, "close", None)
        if close:
            close()
