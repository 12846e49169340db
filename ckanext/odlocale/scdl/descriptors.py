"""From the JSON of a Table Schema to what the engine works with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .table_schema import (
    DEFAULT_FALSE,
    DEFAULT_TRUE,
    CustomCheck,
    DatasetDefaults,
    Deduction,
    Field,
    NationalHome,
    PersonalRisk,
    TableSchema,
)

#: Parameters of custom checks that name columns, in the order errors are shown on.
COLUMN_PARAMS = ("column", "column1", "column2", "columns", "othercolumns")

#: Names the national validator has renamed.
RENAMED_CHECKS = {
    "french-siret-value": "siret",
    "french-siren-value": "siren",
    "nomenclature-actes-value": "nomenclature-acte",
}


def parse_field(data: Mapping[str, Any]) -> Field:
    """Build a field from its Table Schema descriptor.

    Own keys beside Table Schema's: ``synonyms``, ``valueSynonyms``, ``listItems``
    (``values`` and ``separator`` of a text that lists several) and ``personalData``
    (``risk`` and ``reason``).
    """
    constraints = data.get("constraints", {})
    item = data.get("arrayItem", {})
    listed = data.get("listItems", {})
    personal = data.get("personalData", {})
    items = listed.get("values") or item.get("constraints", {}).get("enum", ())
    return Field(
        name=data["name"],
        type=data.get("type", "string"),
        format=data.get("format", "default"),
        title=data.get("title", data["name"]),
        description=data.get("description", ""),
        example=_write(data.get("example", "")),
        required=bool(constraints.get("required", False)),
        unique=bool(constraints.get("unique", False)),
        pattern=constraints.get("pattern"),
        enum=tuple(_write(one) for one in constraints.get("enum", ())),
        minimum=_write_bound(constraints.get("minimum")),
        maximum=_write_bound(constraints.get("maximum")),
        min_length=constraints.get("minLength"),
        max_length=constraints.get("maxLength"),
        true_values=tuple(data.get("trueValues", DEFAULT_TRUE)),
        false_values=tuple(data.get("falseValues", DEFAULT_FALSE)),
        item_enum=tuple(_write(one) for one in items),
        separator=listed.get("separator", "|"),
        synonyms=tuple(data.get("synonyms", ())),
        value_synonyms=dict(data.get("valueSynonyms", {})),
        personal=PersonalRisk(personal.get("risk", "none"), personal.get("reason", "")),
    )


def _write(value: object) -> str:
    """Write a value of JSON as a cell would: ``true``, not Python's ``True``."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _write_bound(value: object) -> str | None:
    return None if value is None else str(value)


def parse_check(data: Mapping[str, Any]) -> CustomCheck:
    """Build a custom check from its descriptor, under its current name."""
    params = dict(data.get("params", {}))
    columns: list[str] = []
    for key in COLUMN_PARAMS:
        value = params.pop(key, ())
        columns += [value] if isinstance(value, str) else list(value)
    name = RENAMED_CHECKS.get(data["name"], data["name"])
    return CustomCheck(name=name, columns=tuple(columns), params=params)


def parse_primary_key(value: object) -> tuple[str, ...]:
    """Return the columns of a primary key, which may be one name or a list."""
    if isinstance(value, str):
        return (value,)
    return tuple(str(one) for one in value) if isinstance(value, list) else ()


def parse_deduction(data: Mapping[str, Any]) -> Deduction:
    """Build a deduction from ``{"field", "from", "values": {value: [beginnings]}}``."""
    starts = {
        str(start): str(value)
        for value, beginnings in data["values"].items()
        for start in beginnings
    }
    return Deduction(str(data["field"]), str(data["from"]), starts)


def parse_schema(data: Mapping[str, Any], *, added: bool = False) -> TableSchema:
    """Build a table schema from a file of ``schemas/scdl/``.

    :param data: a Table Schema whose ``odlocale`` key holds what the project adds
    :param added: whether it was brought in at run time
    :raises KeyError: where a compulsory key is missing
    """
    own = data["odlocale"]
    dataset = own["dataset"]
    home = own.get("home")
    return TableSchema(
        slug=own["slug"],
        id=own["id"],
        version=data["version"],
        label=own["label"],
        purpose=own["purpose"],
        fields=tuple(parse_field(one) for one in data["fields"]),
        checks=tuple(parse_check(one) for one in data.get("custom_checks") or ()),
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
        missing_values=tuple(one for one in data.get("missingValues") or () if one),
        primary_key=parse_primary_key(data.get("primaryKey")),
        deductions=tuple(parse_deduction(one) for one in own.get("deductions") or ()),
        home=NationalHome(home["name"], home["url"], home["note"]) if home else None,
        recognition_only=bool(own.get("recognition_only", False)),
        core=bool(own.get("core", False)),
        added=added,
        added_by=str(own.get("added_by") or ""),
        migrations=tuple(own.get("migrations") or ()),
    )
