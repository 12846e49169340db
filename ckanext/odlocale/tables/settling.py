"""Bringing the tables to what the portal's database says, whole releases at a time.

The order that makes nothing lost and nothing half shown:

1. a change of a release commits, its mark (``odlocale_table_due``) with it;
2. whoever settles takes the slice's lock in the DataStore's database, *then* reads
   the marks and what is public: the last to settle has read the last change;
3. former rows leave and new ones come in one transaction of that database;
4. the marks that were read are removed.

Killed anywhere, the marks stay and the next to settle does it again, to the same end.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ckanext.datastore.backend.postgres import get_write_engine

from ckanext.odlocale.base import storage
from ckanext.odlocale.scdl.catalogue import load_catalogue, load_versions
from ckanext.odlocale.tables import model, store
from ckanext.odlocale.tables.columns import Column, columns_of
from ckanext.odlocale.tables.slices import Steps, plan_steps

#: Folder of the storage that holds a Parquet file for each table.
FOLDER = "tables"


@contextlib.contextmanager
def writing() -> Iterator[Any]:
    """Give a cursor of the DataStore's database, and commit where nothing fails."""
    connection = get_write_engine().raw_connection()
    try:
        with connection.cursor() as cursor:
            yield cursor
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    finally:
        connection.close()


def columns_for(schema: str) -> tuple[Column, ...]:
    """Return the columns of a schema's table: of all its versions.

    :raises UnknownSchema: the catalogue has no such schema any more
    """
    present = load_catalogue().get(schema)
    others = [one for one in load_versions(schema) if one.version != present.version]
    return columns_of([present, *others])


def settle(schema: str, siren: str, *, anew: bool = False) -> bool:
    """Make one collectivité's slices of a table what is public of it now.

    :param anew: load even what is there already
    :returns: whether anything changed
    """
    with writing() as cursor, model.connect() as portal:
        store.lock(cursor, schema, siren)
        marks = model.due_marks(portal, schema, siren)
        wanted = model.public_releases(portal, schema, [siren])
        steps = plan_steps(wanted, store.held_slices(cursor, schema, siren), anew=anew)
        # Whoever waits for the DataStore must not keep a transaction open here.
        portal.rollback()
        _apply(cursor, schema, steps)
        # Here too, so that the next one with the lock finds the marks gone.
        cursor.connection.commit()
        model.forget_marks(portal, marks)
        portal.commit()
    return bool(steps)


def _apply(cursor: Any, schema: str, steps: Steps) -> None:
    if not steps:
        return
    grown = 0
    if steps.drop:
        grown -= store.drop_slices(cursor, schema, steps.drop)
    if steps.load:
        columns = columns_for(schema)
        types = store.ensure_table(cursor, schema, columns)
        for release in steps.load:
            source = storage.open_path(release.sha256)
            grown += store.load_slice(cursor, schema, columns, types, release, source)
    store.note_change(cursor, schema, grown)


def retire(schema: str | None = None) -> None:
    """Remove the rows that nothing public is behind any more, before they are read.

    A dataset made private in CKAN's own pages, or in bulk, tells nobody: whoever reads
    a whole table first does this. It costs one query where nothing is out of date.
    What only changed keeps its former rows until :func:`settle` replaces them.
    """
    late: dict[str, list[str]] = {}
    for name, siren in model.due_pairs(schema):
        late.setdefault(name, []).append(siren)
    for name, sirens in late.items():
        with model.connect() as portal:
            wanted = model.public_releases(portal, name, sirens)
        with writing() as cursor:
            held = [
                one
                for one in store.held_slices(cursor, name)
                if one.siren in set(sirens)
            ]
            if not plan_steps(wanted, held).drop:
                continue
        for siren in {one.siren for one in plan_steps(wanted, held).drop}:
            _retire(name, siren)


def _retire(schema: str, siren: str) -> None:
    with writing() as cursor, model.connect() as portal:
        store.lock(cursor, schema, siren)
        steps = plan_steps(
            model.public_releases(portal, schema, [siren]),
            store.held_slices(cursor, schema, siren),
        )
        if steps.drop:
            # Its file holds the same rows: the worker writes another.
            parquet_path(schema).unlink(missing_ok=True)
            _apply(cursor, schema, Steps((), steps.drop))


def parquet_path(schema: str) -> Path:
    """Return where the Parquet file of a table is, or is to be."""
    return storage.folder(FOLDER) / f"{schema}.parquet"


def tidy(schema: str) -> None:
    """Let the searches of a table be quick again, after releases that were."""
    with writing() as cursor:
        store.tidy(cursor, schema)


def made_schemas() -> list[str]:
    """Return the schemas that have a table."""
    return [one.schema for one in read_states()]


def read_states(schema: str | None = None) -> list[store.State]:
    """Return what the tables are, or one of them."""
    with writing() as cursor:
        return store.read_states(cursor, schema)


def known_schemas() -> list[str]:
    """Return the schemas of the catalogue that have, or should have, a table."""
    catalogue = load_catalogue()
    names = {*made_schemas(), *model.published_schemas()}
    return sorted(name for name in names if name in catalogue)


def concerned(schema: str) -> list[str]:
    """Return the collectivités that a table holds rows of, or should, in order."""
    with writing() as cursor:
        held = {one.siren for one in store.held_slices(cursor, schema)}
    return sorted({*held, *model.public_sirens(schema)})
