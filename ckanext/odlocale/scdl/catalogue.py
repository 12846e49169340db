"""The table schemas that ship with the package, read from ``schemas/scdl/``.

Names, types, constraints and checks are facts of the schemas published on
schema.data.gouv.fr (checked against their version); labels, help and defaults are
this project's own words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any

SCHEMAS_PACKAGE = "ckanext.odlocale.schemas"

DEFAULT_TRUE = ("true", "True", "TRUE", "1")
DEFAULT_FALSE = ("false", "False", "FALSE", "0")


class UnknownSchema(LookupError):
    """No schema has this slug or identifier."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(name)
        self.name = name
        self.known = known

    def __str__(self) -> str:
        return f"unknown schema {self.name!r}; known: {', '.join(self.known)}"


@dataclass(frozen=True)
class Field:
    """One column of a table schema, with its Table Schema constraints.

    :ivar name: the column's name in a conforming file
    :ivar title: French label for an agent
    :ivar enum: allowed values; empty means any
    :ivar item_enum: allowed values of the items of an array
    :ivar synonyms: other headers met for this column
    :ivar value_synonyms: other spellings met for a value of ``enum``, to that value
    """

    name: str
    type: str = "string"
    format: str = "default"
    title: str = ""
    description: str = ""
    example: str = ""
    required: bool = False
    unique: bool = False
    pattern: str | None = None
    enum: tuple[str, ...] = ()
    minimum: str | None = None
    maximum: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    true_values: tuple[str, ...] = DEFAULT_TRUE
    false_values: tuple[str, ...] = DEFAULT_FALSE
    item_enum: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    value_synonyms: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CustomCheck:
    """A check of the national validator beyond Table Schema, by its current name.

    :ivar name: siret, siren, year-interval-value, cohesive-columns-value,
        compare-columns-value, sum-columns-value, nomenclature-acte, one-of-required
    :ivar columns: field names concerned, the one an error is shown on first
    :ivar params: the other parameters
    """

    name: str
    columns: tuple[str, ...]
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DatasetDefaults:
    """What a dataset of this schema says of itself before anyone types a word.

    :ivar title: with ``{name}``, the collectivité's name: « Budget – {name} »
    :ivar description: over 100 characters (data.gouv.fr's quality score), ``{name}``
    :ivar frequency: code of the EU frequency authority, such as ANNUAL
    :ivar tags: keywords
    :ivar themes: codes of the EU data-theme authority, such as GOVE
    """

    title: str
    description: str
    frequency: str
    tags: tuple[str, ...]
    themes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class TableSchema:
    """A table schema and what the project adds to it.

    Compared by identity, so that what is compiled from it can be kept beside it.

    :ivar slug: short and final, part of permanent addresses (``budget``)
    :ivar id: name on schema.data.gouv.fr (``scdl/budget``)
    :ivar label: what an agent calls it (« Budget »)
    :ivar purpose: what it is for, one sentence
    :ivar schema_url: the address data.gouv.fr recognises the schema by
    :ivar key_parts: what a publication's key is made of, in order: a field's name,
        with ``:year``, ``:month``, ``:nic`` or ``:slug``; none means ``complet``
    :ivar siret_field: the column that says whose data it is by SIRET, if any
    :ivar insee_field: the column that says it by INSEE code, if any
    :ivar period_field: the column the covered period is read from, if any
    """

    slug: str
    id: str
    version: str
    label: str
    purpose: str
    fields: tuple[Field, ...]
    checks: tuple[CustomCheck, ...]
    schema_url: str
    dataset: DatasetDefaults
    key_parts: tuple[str, ...] = ()
    siret_field: str | None = None
    insee_field: str | None = None
    period_field: str | None = None

    def field(self, name: str) -> Field:
        """Return the field of that name.

        :raises KeyError: where the schema has no such field
        """
        for one in self.fields:
            if one.name == name:
                return one
        raise KeyError(name)

    @property
    def required(self) -> tuple[Field, ...]:
        """Fields a conforming file must have."""
        return tuple(one for one in self.fields if one.required)


class Catalogue:
    """Table schemas, iterable in the order an agent reads them."""

    def __init__(self, schemas: tuple[TableSchema, ...]) -> None:
        self._schemas = schemas
        self._by_name = {
            name: schema for schema in schemas for name in (schema.slug, schema.id)
        }

    def __iter__(self) -> Iterator[TableSchema]:
        return iter(self._schemas)

    def __len__(self) -> int:
        return len(self._schemas)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def get(self, name: str) -> TableSchema:
        """Return a schema by its slug (``budget``) or identifier (``scdl/budget``).

        :raises UnknownSchema: where neither matches
        """
        try:
            return self._by_name[name]
        except KeyError:
            slugs = tuple(schema.slug for schema in self._schemas)
            raise UnknownSchema(name, slugs) from None


def parse_field(data: Mapping[str, Any]) -> Field:
    """Build a field from its Table Schema descriptor.

    Own keys beside Table Schema's: ``synonyms`` and ``valueSynonyms``.
    """
    constraints = data.get("constraints", {})
    item = data.get("arrayItem", {})

    def text(value: object) -> str | None:
        return None if value is None else str(value)

    return Field(
        name=data["name"],
        type=data.get("type", "string"),
        format=data.get("format", "default"),
        title=data.get("title", data["name"]),
        description=data.get("description", ""),
        example=str(data.get("example", "")),
        required=bool(constraints.get("required", False)),
        unique=bool(constraints.get("unique", False)),
        pattern=constraints.get("pattern"),
        enum=tuple(constraints.get("enum", ())),
        minimum=text(constraints.get("minimum")),
        maximum=text(constraints.get("maximum")),
        min_length=constraints.get("minLength"),
        max_length=constraints.get("maxLength"),
        true_values=tuple(data.get("trueValues", DEFAULT_TRUE)),
        false_values=tuple(data.get("falseValues", DEFAULT_FALSE)),
        item_enum=tuple(item.get("constraints", {}).get("enum", ())),
        synonyms=tuple(data.get("synonyms", ())),
        value_synonyms=dict(data.get("valueSynonyms", {})),
    )


#: Parameters of custom checks that name columns, in the order errors are shown on.
_COLUMN_PARAMS = ("column", "column1", "column2", "columns", "othercolumns")

#: Names the national validator has renamed.
_RENAMED_CHECKS = {
    "french-siret-value": "siret",
    "french-siren-value": "siren",
    "nomenclature-actes-value": "nomenclature-acte",
}


def parse_check(data: Mapping[str, Any]) -> CustomCheck:
    """Build a custom check from its descriptor, under its current name."""
    params = dict(data.get("params", {}))
    columns: list[str] = []
    for key in _COLUMN_PARAMS:
        value = params.pop(key, ())
        columns += [value] if isinstance(value, str) else list(value)
    name = _RENAMED_CHECKS.get(data["name"], data["name"])
    return CustomCheck(name=name, columns=tuple(columns), params=params)


def parse_schema(data: Mapping[str, Any]) -> TableSchema:
    """Build a table schema from a file of ``schemas/scdl/``.

    :param data: a Table Schema whose ``odlocale`` key holds what the project adds
    :raises KeyError: where a compulsory key is missing
    """
    own = data["odlocale"]
    dataset = own["dataset"]
    return TableSchema(
        slug=own["slug"],
        id=own["id"],
        version=data["version"],
        label=own["label"],
        purpose=own["purpose"],
        fields=tuple(parse_field(one) for one in data["fields"]),
        checks=tuple(parse_check(one) for one in data.get("custom_checks", ())),
        schema_url=own["schema_url"],
        dataset=DatasetDefaults(
            title=dataset["title"],
            description=dataset["description"],
            frequency=dataset["frequency"],
            tags=tuple(dataset["tags"]),
            themes=tuple(dataset["themes"]),
        ),
        key_parts=tuple(own.get("key", ())),
        siret_field=own.get("siret_field"),
        insee_field=own.get("insee_field"),
        period_field=own.get("period_field"),
    )


@lru_cache(maxsize=1)
def load_catalogue() -> Catalogue:
    """Return the catalogue of the schemas shipped with the package, read once."""
    folder = files(SCHEMAS_PACKAGE) / "scdl"
    found = [
        parse_schema(json.loads(entry.read_text(encoding="utf-8")))
        for entry in folder.iterdir()
        if entry.name.endswith(".json")
    ]
    return Catalogue(tuple(sorted(found, key=lambda schema: schema.label)))
