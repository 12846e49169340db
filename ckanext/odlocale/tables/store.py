"""Statements on the DataStore's database: tables, their slices, their versions.

Knows PostgreSQL and not CKAN: each function is given a cursor of the role that writes,
inside a transaction of its caller's. Names that begin with ``_`` are seen by no API.
"""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ckanext.odlocale.tables.cells import write_typed
from ckanext.odlocale.tables.columns import (
    OWNER_COLUMNS,
    Changes,
    Column,
    plan_columns,
    quote,
    table_name,
)
from ckanext.odlocale.tables.slices import Release

#: Namespace of our locks among PostgreSQL's advisory locks.
LOCK_NAMESPACE = 0x0D2

#: Rows are found by words of their texts, in French, as ``datastore_search`` looks.
LANGUAGE = "french"

#: Of words that wait to be sorted: a release of some 50,000 rows.
PENDING_KB = 32_768

_BASE = """
CREATE TABLE IF NOT EXISTS _odl_table (
    schema text PRIMARY KEY,
    version bigint NOT NULL DEFAULT 0,
    rows bigint NOT NULL DEFAULT 0,
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS _odl_slice (
    id serial PRIMARY KEY,
    schema text NOT NULL,
    siren text NOT NULL,
    key text NOT NULL,
    deposit text NOT NULL,
    sha256 text NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    rows bigint NOT NULL,
    UNIQUE (schema, siren, key)
);
"""


@dataclass(frozen=True)
class State:
    """What a table is, at one moment.

    :ivar version: grows by one at each change
    """

    schema: str
    version: int
    rows: int
    changed_at: datetime.datetime


@dataclass(frozen=True)
class Slice:
    """The rows of one permanent address, as a table holds them."""

    id: int
    schema: str
    rows: int


def lock(cursor: Any, schema: str, siren: str) -> None:
    """Make others who bring the same slices up to date wait for this transaction."""
    cursor.execute(
        "SELECT pg_advisory_xact_lock(%s, hashtext(%s))",
        (LOCK_NAMESPACE, f"{schema}/{siren}"),
    )


def is_ready(cursor: Any) -> bool:
    """Tell whether any table was ever made."""
    cursor.execute("SELECT to_regclass('public._odl_slice') IS NOT NULL")
    return bool(cursor.fetchone()[0])


def column_types(cursor: Any, table: str) -> dict[str, str]:
    """Return the types of a table's columns; nothing where there is no such table."""
    cursor.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
        " WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped",
        (f"public.{quote(table)}",),
    )
    return dict(cursor.fetchall())


def ensure_table(cursor: Any, schema: str, columns: Sequence[Column]) -> dict[str, str]:
    """Make a schema's table, or add the columns that it lacks.

    :returns: the types of its columns
    """
    table = table_name(schema)
    types = column_types(cursor, table)
    if types and not plan_columns(types, columns):
        return types
    # One at a time, and not for ever: somebody may be reading the whole table.
    cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", (LOCK_NAMESPACE,))
    cursor.execute("SET LOCAL lock_timeout = '10s'")
    types = column_types(cursor, table)
    if not types:
        _create(cursor, schema, table, columns)
    else:
        _alter(cursor, table, plan_columns(types, columns))
    cursor.execute("SET LOCAL lock_timeout = DEFAULT")
    _describe(cursor, table, columns)
    return column_types(cursor, table)


def _create(cursor: Any, schema: str, table: str, columns: Sequence[Column]) -> None:
    cursor.execute(_BASE)
    name = quote(table)
    own = "".join(f", {quote(one)} text NOT NULL" for one in OWNER_COLUMNS)
    theirs = "".join(f", {quote(one.name)} {one.type}" for one in columns)
    cursor.execute(
        f"CREATE TABLE {name} (_id bigserial PRIMARY KEY, _full_text tsvector,"
        f" _slice integer NOT NULL{own}{theirs})"
    )
    # In order of _id inside a slice: the page of a commune's rows reads no other.
    cursor.execute(f"CREATE INDEX ON {name} (_slice, _id)")
    cursor.execute(f"CREATE INDEX ON {name} (org_code)")
    # Words wait in a list that searches read as well, so that a release does not sort
    # them into the index: half of its time. The worker does (tidy).
    cursor.execute(
        f"CREATE INDEX ON {name} USING gin (_full_text)"
        f" WITH (gin_pending_list_limit = {PENDING_KB})"
    )
    # Whoever sets the DataStore's rights anew gives a table its trigger unless it has
    # one of that name. Ours is never run: it would index each row twice, in English.
    cursor.execute(
        f"CREATE TRIGGER zfulltext BEFORE INSERT OR UPDATE ON {name}"
        " FOR EACH ROW EXECUTE FUNCTION populate_full_text_trigger()"
    )
    cursor.execute(f"ALTER TABLE {name} DISABLE TRIGGER zfulltext")
    cursor.execute(
        "INSERT INTO _odl_table (schema) VALUES (%s) ON CONFLICT DO NOTHING", (schema,)
    )


def _alter(cursor: Any, table: str, changes: Changes) -> None:
    steps = [f"ADD COLUMN {quote(name)} {kind}" for name, kind in changes.added]
    steps += [f"ALTER COLUMN {quote(name)} TYPE text" for name in changes.widened]
    if steps:
        cursor.execute(f"ALTER TABLE {quote(table)} {', '.join(steps)}")


def _describe(cursor: Any, table: str, columns: Sequence[Column]) -> None:
    """Say what each column is, where CKAN's data dictionary reads it."""
    for column in columns:
        field = column.field
        cursor.execute(
            "SELECT json_build_object('_info', json_build_object('label', %s::text,"
            " 'notes', %s::text))::text",
            (field.title or field.name, field.description),
        )
        (said,) = cursor.fetchone()
        cursor.execute(
            f"COMMENT ON COLUMN {quote(table)}.{quote(column.name)} IS %s", (said,)
        )


def held_slices(cursor: Any, schema: str, siren: str | None = None) -> list[Release]:
    """Return what a table holds, of one collectivité or of all."""
    if not is_ready(cursor):
        return []
    cursor.execute(
        "SELECT siren, key, deposit, sha256, code, name FROM _odl_slice"
        " WHERE schema = %s AND (%s::text IS NULL OR siren = %s)",
        (schema, siren, siren),
    )
    return [Release(*row) for row in cursor.fetchall()]


def find_slice(cursor: Any, schema: str, siren: str, key: str) -> Slice | None:
    """Return the slice of one permanent address, if the table has it."""
    if not is_ready(cursor):
        return None
    cursor.execute(
        "SELECT id, schema, rows FROM _odl_slice"
        " WHERE schema = %s AND siren = %s AND key = %s",
        (schema, siren, key),
    )
    row = cursor.fetchone()
    return Slice(*row) if row else None


def number_rows(
    cursor: Any, schema: str, slice_id: int, ids: Sequence[int]
) -> dict[int, int]:
    """Return the place in its file of each of some rows, from 1: a search or another
    order shows them without it.

    :param ids: the rows' ``_id``
    """
    table = quote(table_name(schema))
    cursor.execute(
        "WITH placed AS (SELECT _id, row_number() OVER (ORDER BY _id) AS place"  # noqa: S608 - quoted
        f" FROM {table} WHERE _slice = %s)"
        " SELECT _id, place FROM placed WHERE _id = ANY(%s)",
        (slice_id, list(ids)),
    )
    return dict(cursor.fetchall())


def read_states(cursor: Any, schema: str | None = None) -> list[State]:
    """Return what the tables are, or one of them."""
    if not is_ready(cursor):
        return []
    cursor.execute(
        "SELECT schema, version, rows, changed_at FROM _odl_table"
        " WHERE %s::text IS NULL OR schema = %s ORDER BY schema",
        (schema, schema),
    )
    return [State(*row) for row in cursor.fetchall()]


def load_slice(
    cursor: Any,
    schema: str,
    columns: Sequence[Column],
    types: Mapping[str, str],
    release: Release,
    source: Path,
) -> int:
    """Put a release's rows in the place of those of its address.

    :param types: what :func:`ensure_table` returned
    :param source: the published file
    :returns: by how many rows the table grew
    """
    removed = _remove_rows(cursor, schema, [release])
    cursor.execute(
        "INSERT INTO _odl_slice (schema, siren, key, deposit, sha256, code, name, rows)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, 0) ON CONFLICT (schema, siren, key)"
        " DO UPDATE SET deposit = excluded.deposit, sha256 = excluded.sha256,"
        " code = excluded.code, name = excluded.name RETURNING id",
        (schema, release.siren, release.key, release.deposit, release.sha256,
         release.code, release.name),
    )  # fmt: skip
    (number,) = cursor.fetchone()
    with tempfile.TemporaryDirectory() as folder:
        typed = Path(folder) / "rows.csv"
        names = write_typed(source, typed, columns, types, release.owner())
        added = _copy(cursor, table_name(schema), names, number, typed)
    cursor.execute("UPDATE _odl_slice SET rows = %s WHERE id = %s", (added, number))
    return added - removed


def _copy(
    cursor: Any, table: str, names: Sequence[str], number: int, typed: Path
) -> int:
    """Copy rows through a table of this transaction, which reads their words.

    The words of a row are of what it says, not of whose it is: the owner's name is
    in each, and would make the index as long as the table.
    """
    listed = ", ".join(quote(name) for name in names)
    into = quote(table)
    none = f"SELECT {listed} FROM {into} WITH NO DATA"  # noqa: S608 - quoted
    cursor.execute(f"CREATE TEMPORARY TABLE _odl_incoming ON COMMIT DROP AS {none}")
    with typed.open("rb") as rows:
        cursor.copy_expert("COPY _odl_incoming FROM STDIN (FORMAT csv)", rows)
    said = [name for name in names if name not in OWNER_COLUMNS]
    words = ", ".join(quote(name) for name in said) or "NULL"
    cursor.execute(
        f"INSERT INTO {into} (_slice, _full_text, {listed})"  # noqa: S608 - quoted
        f" SELECT %s, to_tsvector('{LANGUAGE}', concat_ws(' ', {words})), {listed}"
        " FROM _odl_incoming",
        (number,),
    )
    count: int = cursor.rowcount
    cursor.execute("DROP TABLE _odl_incoming")
    return count


def drop_slices(cursor: Any, schema: str, releases: Sequence[Release]) -> int:
    """Remove slices and their rows.

    :returns: how many rows left
    """
    removed = _remove_rows(cursor, schema, releases)
    for one in releases:
        cursor.execute(
            "DELETE FROM _odl_slice WHERE schema = %s AND siren = %s AND key = %s",
            (schema, one.siren, one.key),
        )
    return removed


def _remove_rows(cursor: Any, schema: str, releases: Iterable[Release]) -> int:
    cursor.execute(
        "SELECT id FROM _odl_slice WHERE schema = %s AND (siren, key) IN %s",
        (schema, tuple(one.address for one in releases)),
    )
    numbers = [number for (number,) in cursor.fetchall()]
    if not numbers:
        return 0
    table = quote(table_name(schema))
    cursor.execute(
        f"DELETE FROM {table} WHERE _slice = ANY(%s)",  # noqa: S608 - quoted
        (numbers,),
    )
    count: int = cursor.rowcount
    return count


def tidy(cursor: Any, schema: str) -> None:
    """Sort into a table's index the words of the rows that came since the last time."""
    cursor.execute(
        "SELECT gin_clean_pending_list(i.indexrelid) FROM pg_index i"
        " JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam"
        " WHERE a.amname = 'gin' AND i.indrelid = to_regclass(%s)",
        (f"public.{quote(table_name(schema))}",),
    )


def note_change(cursor: Any, schema: str, rows: int) -> None:
    """Give a table its next version, and tell CKAN how many rows it has.

    Last in its transaction: other releases of the schema wait for the row.

    :param rows: by how many the table grew
    """
    cursor.execute(
        "UPDATE _odl_table SET version = version + 1, rows = rows + %s,"
        " changed_at = clock_timestamp() WHERE schema = %s RETURNING rows",
        (rows, schema),
    )
    (total,) = cursor.fetchone()
    # CKAN counts a table once and keeps the number.
    cursor.execute(
        "INSERT INTO _table_stats VALUES (%s, jsonb_build_object('rows', %s::bigint))"
        " ON CONFLICT (resource_id) DO UPDATE SET stats = excluded.stats",
        (table_name(schema), total),
    )
