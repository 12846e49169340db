"""The table schemas known: those that ship, and those added while the portal runs.

Names, types, constraints and checks are facts of the schemas published on
schema.data.gouv.fr (checked against their version); labels, help and defaults are
this project's own words.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from .added import order_version, read_added, read_versions
from .descriptors import parse_check, parse_field, parse_schema
from .table_schema import (
    DEFAULT_FALSE,
    DEFAULT_TRUE,
    CustomCheck,
    DatasetDefaults,
    Field,
    NationalHome,
    PersonalRisk,
    TableSchema,
)

__all__ = [
    "DEFAULT_FALSE", "DEFAULT_TRUE", "Catalogue", "CustomCheck", "DatasetDefaults",
    "Field", "NationalHome", "PersonalRisk", "TableSchema", "UnknownSchema",
    "extra_folder", "load_catalogue", "load_versions", "parse_check", "parse_field",
    "parse_schema", "use_folder",
]  # fmt: skip

SCHEMAS_PACKAGE = "ckanext.odlocale.schemas"

#: Folder of the schemas added, where nobody names another.
FOLDER_VARIABLE = "ODLOCALE_SCHEMAS"

_folder: Path | None = None


class UnknownSchema(LookupError):
    """No schema has this slug or identifier."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(name)
        self.name = name
        self.known = known

    def __str__(self) -> str:
        return f"unknown schema {self.name!r}; known: {', '.join(self.known)}"


class Catalogue:
    """Table schemas, iterable in the order an agent reads them.

    Those that are only recognised (:attr:`recognised_only`) are apart: nothing is
    checked against them, so that they are neither listed nor found by name.
    """

    def __init__(self, schemas: tuple[TableSchema, ...]) -> None:
        self._schemas = tuple(one for one in schemas if not one.recognition_only)
        self.recognised_only = tuple(one for one in schemas if one.recognition_only)
        self._by_name = {
            name: schema
            for schema in self._schemas
            for name in (schema.slug, schema.id)
        }

    def __iter__(self) -> Iterator[TableSchema]:
        return iter(self._schemas)

    def __len__(self) -> int:
        return len(self._schemas)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    @property
    def every(self) -> tuple[TableSchema, ...]:
        """All the schemas, those that are only recognised included."""
        return (*self._schemas, *self.recognised_only)

    def get(self, name: str) -> TableSchema:
        """Return a schema by its slug (``budget``) or identifier (``scdl/budget``).

        :raises UnknownSchema: where neither matches
        """
        try:
            return self._by_name[name]
        except KeyError:
            slugs = tuple(schema.slug for schema in self._schemas)
            raise UnknownSchema(name, slugs) from None


def use_folder(folder: Path | None) -> None:
    """Say where the schemas added are kept, for the whole process."""
    global _folder
    _folder = folder


def extra_folder() -> Path | None:
    """Return the folder of the schemas added: what was said, else ``ODLOCALE_SCHEMAS``.

    >>> use_folder(Path("/srv/schemas")); str(extra_folder()); use_folder(None)
    '/srv/schemas'
    """
    named = os.environ.get(FOLDER_VARIABLE, "").strip()
    return _folder or (Path(named) if named else None)


def load_catalogue(folder: Path | None = None) -> Catalogue:
    """Return the schemas shipped with the package, and those added since.

    The folder is looked at on every call: a schema added by another process is there
    at once, without a restart. Nothing is read again that has not changed.

    :param folder: of the schemas added; by default :func:`extra_folder`
    """
    extra = folder or extra_folder()
    added = read_added(extra) if extra is not None else ()
    return _join(added)


@lru_cache(maxsize=1)
def load_shipped() -> tuple[TableSchema, ...]:
    """Return the schemas shipped with the package, read once."""
    shipped = files(SCHEMAS_PACKAGE) / "scdl"
    return tuple(
        parse_schema(json.loads(entry.read_text(encoding="utf-8")))
        for entry in shipped.iterdir()
        if entry.name.endswith(".json")
    )


def load_versions(name: str, folder: Path | None = None) -> tuple[TableSchema, ...]:
    """Return the versions kept of one schema, the highest first.

    :param name: its slug or identifier
    :param folder: as for :func:`load_catalogue`
    :raises UnknownSchema: no schema has this name
    """
    extra = folder or extra_folder()
    slug = load_catalogue(extra).get(name).slug
    added = read_versions(extra, slug) if extra is not None else ()
    kept = {one.version for one in added}
    shipped = [
        one for one in load_shipped() if one.slug == slug and one.version not in kept
    ]
    found = sorted((*added, *shipped), key=lambda one: order_version(one.version))
    return tuple(reversed(found))


@lru_cache(maxsize=8)
def _join(added: tuple[TableSchema, ...]) -> Catalogue:
    """Return all the schemas; a version added takes the place of a lower one shipped.

    A portal brought up to date may ship a version above the one that was added.
    """
    joined = {schema.slug: schema for schema in load_shipped()}
    for schema in added:
        shipped = joined.get(schema.slug)
        same = shipped is not None and shipped.id == schema.id
        if shipped is None or not same or _is_above(schema, shipped):
            joined[schema.slug] = schema
    return Catalogue(tuple(sorted(joined.values(), key=lambda schema: schema.label)))


def _is_above(one: TableSchema, other: TableSchema) -> bool:
    return order_version(one.version) > order_version(other.version)
