"""A schema joins the catalogue: what that would change, then the writing of it.

The command, the action and the page all go through :func:`propose` and :func:`join`.
Writers take turns, so that two schemas never take one name at once.
"""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from .adding import Stored, complete, read_descriptor, store
from .catalogue import Catalogue, load_catalogue, load_versions
from .descriptors import parse_schema
from .recognising import is_certain, recognise
from .table import Source, Table, make_names_unique
from .table_schema import TableSchema
from .versions import SchemaChange, compare, find_rules

LOCK_NAME = ".lock"


@dataclass(frozen=True)
class Proposal:
    """What adding a schema would do.

    :ivar descriptor: the schema as it would be kept
    :ivar former: the version in use, where the schema is known
    :ivar changes: from the one in use
    :ivar rivals: schemas whose files would no longer be recognised by themselves
    """

    descriptor: dict[str, Any]
    schema: TableSchema
    former: TableSchema | None
    changes: tuple[SchemaChange, ...]
    rivals: tuple[TableSchema, ...]

    @property
    def is_known(self) -> bool:
        """Whether this very version is in use already."""
        return self.former is not None and self.former.version == self.schema.version


def propose(
    data: bytes,
    catalogue: Catalogue,
    *,
    url: str | None = None,
    slug: str | None = None,
    label: str | None = None,
    added_by: str = "",
    folder: Path | None = None,
) -> Proposal:
    """Check all of a Table Schema and say what adding it would do. Writes nothing.

    :param data: its bytes
    :param url: where it was published, if anywhere
    :param slug: short and final name; by default from its own
    :param label: what an agent calls it
    :param added_by: SIREN of the ATD that brings it in
    :param folder: of the schemas added
    :raises ckanext.odlocale.scdl.adding.SchemaRefused: with everything that is wrong
    """
    descriptor = read_descriptor(data)
    completed = complete(
        descriptor, catalogue, url=url, slug=slug, label=label, added_by=added_by
    )
    schema = parse_schema(completed, added=True)
    former = catalogue.get(schema.id) if schema.id in catalogue else None
    changes: tuple[SchemaChange, ...] = ()
    if former is not None:
        versions = (*load_versions(former.slug, folder), schema)
        rules = find_rules(versions, former.version, schema.version)
        changes = compare(former, schema, rules)
    rivals = find_rivals(schema, catalogue)
    return Proposal(completed, schema, former, changes, rivals)


def find_rivals(schema: TableSchema, catalogue: Catalogue) -> tuple[TableSchema, ...]:
    """Return the schemas whose own files one more schema would make doubtful."""
    others = [one for one in catalogue.every if one.slug != schema.slug]
    later = Catalogue((*others, schema))
    rivals = []
    for one in others:
        table = _empty_table(one)
        before, after = recognise(table, catalogue), recognise(table, later)
        if not before or before[0].schema is not one or not is_certain(before):
            continue
        if not after or after[0].schema is not one or not is_certain(after):
            rivals.append(one)
    return tuple(rivals)


def _empty_table(schema: TableSchema) -> Table:
    names = tuple(field.name for field in schema.fields)
    frame = pl.DataFrame({name: [""] for name in make_names_unique(names)})
    rows = pl.Series("row", [2], dtype=pl.UInt32)
    return Table(frame, names, rows, Source(format="csv", size=0))


def join(folder: Path, data: bytes, **options: str | None) -> tuple[Proposal, Stored]:
    """Check a Table Schema and keep it: it is in use at once.

    :param folder: where schemas added are kept
    :param options: as for :func:`propose`
    :raises ckanext.odlocale.scdl.adding.SchemaRefused: with everything that is wrong
    :raises OSError: the folder cannot be written, or the disk is full
    """
    with take_turn(folder):
        given: dict[str, Any] = {**options, "folder": folder}
        proposal = propose(data, load_catalogue(folder), **given)
        return proposal, store(folder, proposal.descriptor)


@contextlib.contextmanager
def take_turn(folder: Path) -> Iterator[None]:
    """Let one writer at a time change a folder; a process that dies leaves its turn."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK_NAME).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
