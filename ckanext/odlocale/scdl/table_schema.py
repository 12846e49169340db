"""What a table schema is: its columns, their constraints, and what we add to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Literal

DEFAULT_TRUE = ("true", "True", "TRUE", "1")
DEFAULT_FALSE = ("false", "False", "FALSE", "0")

Risk = Literal["none", "possible", "likely"]


@dataclass(frozen=True)
class PersonalRisk:
    """How likely a column is to say something of a person who can be recognised.

    :ivar reason: French, for an agent; empty where there is no risk
    """

    risk: Risk = "none"
    reason: str = ""


@dataclass(frozen=True)
class Field:
    """One column of a table schema, with its Table Schema constraints.

    :ivar name: the column's name in a conforming file
    :ivar title: French label for an agent
    :ivar enum: allowed values; empty means any
    :ivar item_enum: allowed values of the items of an array, or of a text that lists
        several, which its pattern then says too
    :ivar separator: what stands between the values of such a text
    :ivar synonyms: other headers met for this column
    :ivar value_synonyms: other spellings met for a value of ``enum``, to that value
    :ivar personal: how likely it is to hold personal data
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
    separator: str = "|"
    synonyms: tuple[str, ...] = ()
    value_synonyms: Mapping[str, str] = field(default_factory=dict)
    personal: PersonalRisk = PersonalRisk()


@dataclass(frozen=True)
class CustomCheck:
    """A check of the national validator beyond Table Schema, by its current name.

    :ivar name: siret, siren, year-interval-value, cohesive-columns-value,
        compare-columns-value, sum-columns-value, nomenclature-acte, one-of-required,
        opening-hours-value, phone-number-value, french-gps-coordinates, code-postal,
        code-commune-insee, code-departement, code-region, code-rna
    :ivar columns: field names concerned, the one an error is shown on first
    :ivar params: the other parameters
    """

    name: str
    columns: tuple[str, ...]
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Deduction:
    """What the beginning of one column's value says of another column.

    :ivar field: the column that is told
    :ivar source: the column that tells
    :ivar starts: beginnings of its values, to the value they mean; the longest counts
    """

    field: str
    source: str
    starts: Mapping[str, str]


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


@dataclass(frozen=True)
class NationalHome:
    """Where the State gathers these data.

    :ivar name: what it is called
    :ivar url: its address; ``{insee}`` stands for a commune's code
    :ivar note: French, what an agent should know of it
    """

    name: str
    url: str
    note: str


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
    :ivar siret_field: the column that says whose data it is by SIRET or SIREN, if any
    :ivar insee_field: the column that says it by INSEE code, if any
    :ivar period_field: the column the covered period is read from, if any
    :ivar missing_values: cells that mean nothing, besides the empty one
    :ivar primary_key: the columns no two rows have the same values in
    :ivar deductions: what some columns say of others
    :ivar home: where the State gathers these data, if anywhere
    :ivar recognition_only: known by its columns only: it is checked and published at
        its national home, never here
    :ivar core: one of the eight of the Socle commun, shown first
    :ivar added: brought in at run time, not shipped
    :ivar added_by: SIREN of the ATD that brought it in; empty for the portal
    :ivar migrations: how files of earlier versions follow (:mod:`.versions`)
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
    missing_values: tuple[str, ...] = ()
    primary_key: tuple[str, ...] = ()
    deductions: tuple[Deduction, ...] = ()
    home: NationalHome | None = None
    recognition_only: bool = False
    core: bool = False
    added: bool = False
    added_by: str = ""
    migrations: tuple[Mapping[str, Any], ...] = ()

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


@lru_cache(maxsize=256)
def extend_schema(schema: TableSchema, published: tuple[str, ...]) -> TableSchema:
    """Return a schema that expects more columns, of any text, after its own.

    They are what an agent publishes beyond the model: read, looked at for people's
    data and written as the others. The same columns give the same object, so that
    what is compiled from it is compiled once.

    :param published: headers; what the schema has come to expect is left out
    """
    known = {field.name for field in schema.fields}
    new = [one for one in dict.fromkeys(published) if one not in known]
    if not new:
        return schema
    more = tuple(Field(name=one, title=one) for one in new)
    return replace(schema, fields=(*schema.fields, *more))
