"""Schemas added while the portal runs: one file a version, in a folder.

``<folder>/<slug>/<version>.json`` is a Table Schema with our ``odlocale`` key. The
highest version of a slug is the one in use. A file that cannot be read is left out
and told in the log: one bad file must not take the portal down.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterator
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


def list_versions(folder: Path) -> dict[str, tuple[Path, ...]]:
    """Return the files of each slug, the highest version first."""
    found: dict[str, list[Path]] = {}
    for path, _ in _scan(folder):
        found.setdefault(path.parent.name, []).append(path)
    return {
        slug: tuple(sorted(paths, key=lambda p: order_version(p.stem), reverse=True))
        for slug, paths in found.items()
    }


def read_added(folder: Path) -> tuple[TableSchema, ...]:
    """Return the schemas of a folder, in their highest version; the same objects
    while the files are the same."""
    return _read(tuple(_scan(folder)))


Stamp = tuple[int, int]


def _scan(folder: Path) -> Iterator[tuple[Path, Stamp]]:
    """Yield the schema files of a folder, with what changes when they do."""
    try:
        slugs = sorted(
            (one for one in os.scandir(folder) if one.is_dir()),
            key=lambda one: one.name,
        )
    except OSError:
        return
    for slug in slugs:
        for entry in sorted(os.scandir(slug.path), key=lambda one: one.name):
            if entry.name.endswith(".json") and not entry.name.startswith("."):
                status = entry.stat()
                yield Path(entry.path), (status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=8)
def _read(stamped: tuple[tuple[Path, Stamp], ...]) -> tuple[TableSchema, ...]:
    highest: dict[str, tuple[Path, Stamp]] = {}
    for path, stamp in stamped:
        slug = path.parent.name
        known = highest.get(slug)
        if known is None or order_version(path.stem) > order_version(known[0].stem):
            highest[slug] = (path, stamp)
    found = (_read_one(path, stamp) for path, stamp in highest.values())
    return tuple(one for one in found if one is not None)


@lru_cache(maxsize=256)
def _read_one(path: Path, stamp: Stamp) -> TableSchema | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return parse_schema(data, added=True)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.error("schema %s is left out: %s", path, error)
        return None
