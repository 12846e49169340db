"""The files of a model that anybody downloads: its description, template, example."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from .catalogue import SCHEMAS_PACKAGE, UnknownSchema, extra_folder, load_versions
from .example import example_csv
from .table_schema import TableSchema
from .templating import build_template


def find_version(name: str, version: str | None = None) -> TableSchema | None:
    """Return a version of a model; None where there is none.

    :param name: ``scdl/budget`` or its slug
    :param version: by default the highest
    """
    try:
        versions = load_versions(name)
    except UnknownSchema:
        return None
    if version is None:
        return versions[0] if versions else None
    return next((one for one in versions if one.version == version), None)


def read_description(schema: TableSchema) -> bytes:
    """Return the Table Schema of a model, as it is kept.

    :raises OSError: its file has gone since it was read
    """
    if not schema.added:
        kept = files(SCHEMAS_PACKAGE) / "scdl" / f"{schema.slug}.json"
        return kept.read_bytes()
    folder = extra_folder()
    if folder is None:
        raise FileNotFoundError(schema.slug)
    return Path(folder, schema.slug, f"{schema.version}.json").read_bytes()


@lru_cache(maxsize=32)
def read_template(schema: TableSchema, siret: str | None, name: str | None) -> bytes:
    """Return the workbook to fill in, the same bytes for the same questions."""
    return build_template(schema, siret=siret, name=name)


@lru_cache(maxsize=64)
def read_example(schema: TableSchema) -> bytes:
    """Return the example, as a CSV file."""
    return example_csv(schema)
