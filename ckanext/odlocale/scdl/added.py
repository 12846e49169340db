"""Schemas added while the portal runs: one file a version, in a folder.

``<folder>/<slug>/<version>.json`` is a Table Schema with our ``odlocale`` key. The
highest version of a slug is the one in use. A file that cannot be read is left out
and told, in the log and to whoever manages schemas: the version below serves meanwhile,
and one bad file never takes the portal down.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .descriptors import parse_schema
from .table_schema import TableSchema

log = logging.getLogger(__name__)

VersionOrder = tuple[tuple[int, int, str], ...]


def order_version(version: str) -> VersionOrder:
    """Return what versions are ordered by: figures as numbers, before letters.

    >>> order_version("v1.10.0") > order_version("1.9")
    True
    >>> order_version("1.0.0-beta") < order_version("1.0.0")
    True
    """
    release, _, suffix = version.lower().removeprefix("v").partition("-")
    parts = re.findall(r"\d+|[a-z]+", release)
    figures = [(1, int(one), "") if one.isdigit() else (0, 0, one) for one in parts]
    while len(figures) > 1 and figures[-1] == (1, 0, ""):
        figures.pop()
    return (*figures, (0, 0, suffix) if suffix else (0, 1, ""))


@dataclass(frozen=True)
class Damaged:
    """A file of the folder that cannot be used: it is left out, and told.

    :ivar slug: the folder it is in
    :ivar version: its name
    """

    slug: str
    version: str
    cause: str


def read_added(folder: Path) -> tuple[TableSchema, ...]:
    """Return the schemas of a folder, in their highest version that can be read; the
    same objects while the files are the same."""
    return _read(tuple(_scan(folder)))


def read_versions(folder: Path, slug: str) -> tuple[TableSchema, ...]:
    """Return the versions of one schema that can be read, the highest first."""
    read = [
        _read_one(path, stamp)
        for path, stamp in _scan(folder)
        if path.parent.name == slug
    ]
    found = [one for one in read if isinstance(one, TableSchema)]
    return tuple(sorted(found, key=lambda one: order_version(one.version))[::-1])


def find_damaged(folder: Path) -> tuple[Damaged, ...]:
    """Return the files of a folder that cannot be used."""
    read = (_read_one(path, stamp) for path, stamp in _scan(folder))
    return tuple(one for one in read if isinstance(one, Damaged))


Stamp = tuple[int, int]


def _scan(folder: Path) -> Iterator[tuple[Path, Stamp]]:
    """Yield the schema files of a folder, with what changes when they do."""
    for slug in _list(folder):
        if slug.is_dir():
            for entry in _list(Path(slug.path)):
                if entry.name.endswith(".json") and not entry.name.startswith("."):
                    try:
                        status = entry.stat()
                        stamp = (status.st_mtime_ns, status.st_size)
                    except OSError:  # a link to nothing: told when it is read
                        stamp = (0, 0)
                    yield Path(entry.path), stamp


def _list(folder: Path) -> list[os.DirEntry[str]]:
    try:
        return sorted(os.scandir(folder), key=lambda one: one.name)
    except OSError as error:
        if not isinstance(error, FileNotFoundError):
            log.error("schemas of %s are left out: %s", folder, error)
        return []


@lru_cache(maxsize=8)
def _read(stamped: tuple[tuple[Path, Stamp], ...]) -> tuple[TableSchema, ...]:
    highest: dict[str, TableSchema] = {}
    for path, stamp in stamped:
        found = _read_one(path, stamp)
        if isinstance(found, Damaged):
            continue
        known = highest.get(found.slug)
        if known is None or order_version(found.version) > order_version(known.version):
            highest[found.slug] = found
    return tuple(highest.values())


@lru_cache(maxsize=1024)
def _read_one(path: Path, stamp: Stamp) -> TableSchema | Damaged:
    slug, version = path.parent.name, path.stem
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        schema = parse_schema(data, added=True)
        if (schema.slug, schema.version) != (slug, version):
            raise ValueError(f"it holds {schema.slug} {schema.version}")
    except (
        OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError,
    ) as error:  # fmt: skip
        log.error("schema %s is left out: %s", path, error)
        return Damaged(slug, version, str(error)[:200] or type(error).__name__)
    return schema
