"""Tables of many communes, for the benchmarks of the tables: not one by itself."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2

from ckanext.odlocale.portal import servers, stack, testing
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.tables import store
from ckanext.odlocale.tables.columns import Column, columns_of, quote, table_name
from ckanext.odlocale.tables.slices import Release

#: Rows of one commune's budget.
ROWS = 1000


@contextmanager
def tables_database() -> Iterator[tuple[str, str, str]]:
    """Start the tests' servers; give the addresses to write, to read, and as owner."""
    memory = testing.start_servers(testing.test_home())
    write, read = servers.tables_urls(memory, testing.DATABASE)
    try:
        yield write, read, servers.database_url(memory, f"{testing.DATABASE}_tables")
    finally:
        if not os.environ.get("ODLOCALE_TEST_KEEP"):
            stack.down(testing.test_home())


def budget_columns() -> tuple[Column, ...]:
    """Return the columns of a budget."""
    return columns_of([load_catalogue().get("budget")])


def budget_file(folder: Path, rows: int, seed: int) -> Path:
    """Write a budget as it is published."""
    fields = [one.field.name for one in budget_columns()]
    lines = [",".join(fields)]
    for number in range(rows):
        amount = (number * 37 + seed * 101) % 90000
        lines.append(
            f"budget primitif,2022,21560046100014,Commune {seed},011,Charges à"
            f" caractère général,60{number % 999:03},Fournitures et services"
            f" {number % 97},{number % 9},Fonction {number % 9},,fonctionnement,réel,"
            f"dépense,{amount}.50,{amount}.00,,{amount}.00,{amount}.00,,,non spécialisé"
        )
    path = folder / f"budget-{rows}-{seed}.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def release(number: int, deposit: str) -> Release:
    """Return the release of one invented commune."""
    code = f"{10000 + number}"
    return Release(
        f"2156{number:05}", "2022", deposit, deposit, code, f"Ville {number}"
    )


def replace(
    connection: Any,
    schema: str,
    columns: tuple[Column, ...],
    one: Release,
    source: Path,
) -> None:
    """Replace one commune's rows, as settling does, in one transaction."""
    with connection.cursor() as cursor:
        store.lock(cursor, schema, one.siren)
        types = store.ensure_table(cursor, schema, columns)
        grown = store.load_slice(cursor, schema, columns, types, one, source)
        store.note_change(cursor, schema, grown)
    connection.commit()


def fill(url: str, schema: str, communes: int) -> None:
    """Make a table of as many communes, of :data:`ROWS` rows each.

    The first is loaded as a release is; the others are its rows, in other names.
    """
    columns = budget_columns()
    connection = psycopg2.connect(url)
    with tempfile.TemporaryDirectory() as folder:
        source = budget_file(Path(folder), ROWS, 0)
        replace(connection, schema, columns, release(0, "d0"), source)
    table = quote(table_name(schema))
    copied = ", ".join(quote(one.name) for one in columns)
    with connection.cursor() as cursor:
        for start in range(1, communes, 100):
            numbers = range(start, min(start + 100, communes))
            for number in numbers:
                one = release(number, "d0")
                cursor.execute(
                    "INSERT INTO _odl_slice (schema, siren, key, deposit, sha256, code,"
                    " name, rows) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                    (schema, one.siren, one.key, one.deposit, one.sha256, one.code,
                     one.name, ROWS),
                )  # fmt: skip
            cursor.execute(
                f"INSERT INTO {table} (_slice, _full_text, org, org_code, org_name,"
                f" deposit, {copied}) SELECT s.id, _full_text, s.siren, s.code, s.name,"
                f" s.deposit, {copied} FROM _odl_slice s, {table} t"
                " WHERE t.org_code = '10000' AND s.schema = %s AND s.code = ANY(%s)",
                (schema, [release(number, "").code for number in numbers]),
            )
            store.note_change(cursor, schema, cursor.rowcount)
            connection.commit()
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {table}")
    connection.close()
