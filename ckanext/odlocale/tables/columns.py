"""The columns of a table: names and types in PostgreSQL, from a table schema."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ckanext.odlocale.scdl.table_schema import Field, TableSchema

#: PostgreSQL cuts longer names without a word.
MAX_BYTES = 63
TABLE_PREFIX = "odl_"

#: What each row says of whose it is, before the schema's columns: SIREN; INSEE code
#: of a commune, SIREN of any other; name; the release that the row is from.
OWNER_COLUMNS = ("org", "org_code", "org_name", "deposit")

#: Types whose values sort and compare as the schema means. The others are text, as
#: in the file: a moment with a time zone or a list has no one form in PostgreSQL.
_TYPES = {
    "integer": "numeric",
    "number": "numeric",
    "year": "integer",
    "date": "date",
    "boolean": "boolean",
}

# The API splits lists of columns at commas, and reads ``:x`` as a parameter.
_UNSAFE = re.compile(r"[^\w .'’()/°-]", re.UNICODE)


@dataclass(frozen=True)
class Column:
    """One column that a schema asks for.

    :ivar name: in PostgreSQL: the field's, but for what cannot be
    :ivar type: in PostgreSQL
    :ivar field: of the schema
    """

    name: str
    type: str
    field: Field


@dataclass(frozen=True)
class Changes:
    """What a table lacks to hold a schema's rows.

    :ivar added: columns, with their types
    :ivar widened: columns that another version gave another type: they become text
    """

    added: tuple[tuple[str, str], ...]
    widened: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.widened)


def quote(name: str) -> str:
    """Return a name as PostgreSQL reads it, whatever it holds.

    >>> quote('a"b')
    '"a""b"'
    """
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def table_name(slug: str) -> str:
    """Return the name of a schema's table.

    >>> table_name("stationnement-cyclable")
    'odl_stationnement_cyclable'
    """
    return _shorten(TABLE_PREFIX + slug.replace("-", "_"))


def columns_of(versions: Iterable[TableSchema]) -> tuple[Column, ...]:
    """Return the columns of a schema's table: those of all its versions.

    Files of an earlier version stay published, with the columns that it had. Where
    two versions give a column two types, it is text.

    :param versions: the present one first
    """
    fields: dict[str, Field] = {}
    types: dict[str, str] = {}
    for schema in versions:
        for field in schema.fields:
            kind = _TYPES.get(field.type, "text")
            fields.setdefault(field.name, field)
            if types.setdefault(field.name, kind) != kind:
                types[field.name] = "text"
    taken = set(OWNER_COLUMNS)
    columns = []
    for name, field in fields.items():
        safe = _free(_clean(name), taken)
        taken.add(safe)
        columns.append(Column(safe, types[name], field))
    return tuple(columns)


def plan_columns(present: Mapping[str, str], wanted: Iterable[Column]) -> Changes:
    """Return what a table lacks.

    A column is never removed: rows of earlier versions have values in it.

    :param present: types of the columns there are, by name
    """
    added, widened = [], []
    for column in wanted:
        there = present.get(column.name)
        if there is None:
            added.append((column.name, column.type))
        elif there not in (column.type, "text"):
            widened.append(column.name)
    return Changes(tuple(added), tuple(widened))


def _clean(name: str) -> str:
    cleaned = _UNSAFE.sub("_", name).strip()
    # DataStore hides what begins with a low line.
    if not cleaned or cleaned.startswith("_"):
        cleaned = f"c{cleaned}"
    return _shorten(cleaned)


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 2
    while free in taken:
        free = _shorten(f"{name}_{number}")
        number += 1
    return free


def _shorten(name: str) -> str:
    """Cut a name that is too long, without making two names one."""
    if len(name.encode()) <= MAX_BYTES:
        return name
    mark = "_" + hashlib.sha256(name.encode()).hexdigest()[:8]
    kept = name.encode()[: MAX_BYTES - len(mark)].decode(errors="ignore")
    return kept + mark
