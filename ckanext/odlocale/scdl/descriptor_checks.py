"""What is wrong with a Table Schema: every problem at once, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from ..base.language import translator
from .descriptors import COLUMN_PARAMS, RENAMED_CHECKS, parse_primary_key
from .formats import CODES
from .sentences import N_
from .values import translate_pattern

#: Signs that no database keeps, or that are not seen.
_UNSHOWN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

MAX_FIELDS = 500
MAX_NAME = 200
MAX_PATTERN = 2000
MAX_ENUM = 5000

TYPES = frozenset(
    "string integer number year yearmonth date datetime time duration boolean array"
    " list object geojson geopoint any".split()
)
CONSTRAINTS = frozenset(
    "required unique pattern enum minimum maximum minLength maxLength".split()
)
CHECKS = frozenset(
    {
        "siret", "siren", "year-interval-value", "cohesive-columns-value",
        "compare-columns-value", "sum-columns-value", "nomenclature-acte",
        "one-of-required", "opening-hours-value", "phone-number-value",
        "french-gps-coordinates", *CODES,
    }
)  # fmt: skip
OPERATORS = frozenset({">", ">=", "==", "<=", "<"})

#: In English for gettext; braces are filled by the facts of a problem.
SENTENCES: dict[str, str] = {
    "too_large": N_("This file is over {limit} MB."),
    "not_json": N_("This file is not JSON."),
    "not_object": N_("This file does not describe a table."),
    "no_fields": N_("No column is described: “fields” is missing or empty."),
    "many_fields": N_("{count} columns are described, the limit is {limit}."),
    "field": N_("Column {place} is not described as it should be."),
    "name": N_("Column {place} has no name, or one that is too long."),
    "name_twice": N_("Two columns are named “{value}”."),
    "type": N_("Column “{place}”: the type “{value}” is not known."),
    "format": N_("Column “{place}”: the format is not a text."),
    "number_format": N_("Column “{place}”: only a dot may separate the decimals."),
    "constraints": N_("Column “{place}”: “{value}” is not a known constraint."),
    "constraint_value": N_("Column “{place}”: the value of “{value}” is wrong."),
    "pattern_long": N_("Column “{place}”: the pattern is too long."),
    "pattern_wrong": N_("Column “{place}”: the pattern cannot be read."),
    "pattern_unsafe": N_(
        "Column “{place}”: the pattern looks around or back, which could take hours."
    ),
    "values": N_("Column “{place}”: the list “{value}” is wrong."),
    "check": N_("The check “{value}” is not known."),
    "check_column": N_("The check “{value}” names a column that is not there."),
    "check_operator": N_("The check “{value}” has no operator, or one not known."),
    "missing_values": N_("“missingValues” is not a list of texts."),
    "primary_key": N_("“primaryKey” names a column that is not there."),
    "reference": N_("The description refers to another file (“$ref”)."),
    "package": N_("This file describes a data package, not one table."),
    "signs": N_("A text holds signs that cannot be shown (column “{place}”)."),
    "id": N_("“{value}” is not an identifier: owner/name is expected."),
    "version_older": N_("Version {value} is older than {other}, which is in use."),
    "version_shipped": N_("Version {value} comes with the portal."),
    "version_damaged": N_("Version {value} is there already, but damaged."),
    "slug": N_("“{value}” cannot be part of an address: use a-z, 0-9 and hyphens."),
    "slug_taken": N_("The name “{value}” is that of {other}. Give another one."),
    "version": N_("“{value}” is not a version."),
    "version_taken": N_("Version {value} is there already, with another content."),
    "text": N_("Column “{place}”: its title and description must be texts."),
    "not_usable": N_("This description cannot be used ({value})."),
    "own_migrations": N_("“odlocale.migrations” is wrong."),
    "own_field": N_("“odlocale” names a column that is not there: {value}."),
    "own_dataset": N_("“odlocale.dataset.{value}” is missing or wrong."),
}


#: What to do about a problem, by the code it answers.
REMEDIES: dict[str, str] = {
    "too_large": N_("Give the description of the table, not the data."),
    "not_json": N_("Give the file or the address that ends with .json."),
    "not_object": N_("Give the description of a table (Table Schema)."),
    "no_fields": N_("Give the description of a table (Table Schema)."),
    "many_fields": N_("Cut the table in several, one description for each."),
    "reference": N_("Copy what it refers to in the file itself."),
    "package": N_("Give the “schema” of its table, as a file of its own."),
    "slug": N_("Type another short name below."),
    "slug_taken": N_("Type another short name below."),
    "pattern_unsafe": N_("Write the pattern without (?=…), (?!…), (?<…) or \\1."),
    "version": N_("Write a version such as 1.2.0 in the file."),
    "version_older": N_("Nothing to do: the latest version stays in use."),
    "version_shipped": N_("Nothing to do: it is in use already."),
    "version_taken": N_("Write a higher version in the file."),
    "version_damaged": N_("Tell the person who runs the portal."),
    "not_usable": N_("Correct the description, then send it again."),
}
_CORRECT = N_("Correct it in the file, then send it again.")


@dataclass(frozen=True, init=False)
class Problem:
    """One thing wrong in a schema.

    :ivar code: key of :data:`SENTENCES`
    :ivar facts: ``place``, ``value``, ``count``, ``limit``…
    """

    code: str
    facts: Mapping[str, str | int]

    def __init__(self, code: str, **facts: str | int) -> None:
        object.__setattr__(self, "code", code)
        object.__setattr__(self, "facts", facts)

    def say(self, lang: str = "fr") -> str:
        """Return the problem in words."""
        return translator(lang).gettext(SENTENCES[self.code]).format_map(self.facts)

    def advise(self, lang: str = "fr") -> str:
        """Return what to do about it, in words."""
        return translator(lang).gettext(REMEDIES.get(self.code, _CORRECT))


def find_problems(descriptor: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Return everything that is wrong in a Table Schema, in the order of the file."""
    fields = descriptor.get("fields")
    if "$ref" in descriptor or (isinstance(fields, dict) and "$ref" in fields):
        return (Problem("reference"),)
    if "fields" not in descriptor and isinstance(descriptor.get("resources"), list):
        return (Problem("package"),)
    if not isinstance(fields, list) or not fields:
        return (Problem("no_fields"),)
    if len(fields) > MAX_FIELDS:
        return (Problem("many_fields", count=len(fields), limit=MAX_FIELDS),)
    problems: list[Problem] = []
    names: set[str] = set()
    for number, field in enumerate(fields, start=1):
        problems += _check_field(field, number, names)
    problems += _check_checks(descriptor.get("custom_checks"), names)
    missing = descriptor.get("missingValues")
    if missing is not None and not _is_texts(missing):
        problems.append(Problem("missing_values"))
    key = descriptor.get("primaryKey")
    if key is not None and (
        not (isinstance(key, str) or _is_texts(key))
        or not set(parse_primary_key(key)) <= names
    ):
        problems.append(Problem("primary_key"))
    return tuple(problems)


def _check_field(field: object, number: int, names: set[str]) -> Iterator[Problem]:
    if not isinstance(field, dict):
        yield Problem("field", place=number)
        return
    if "$ref" in field:
        yield Problem("reference", place=number)
        return
    name = field.get("name")
    if not isinstance(name, str) or not name.strip() or len(name) > MAX_NAME:
        yield Problem("name", place=number)
        return
    if name in names:
        yield Problem("name_twice", value=name)
    names.add(name)
    kind = field.get("type", "string")
    if not isinstance(kind, str) or kind not in TYPES:
        yield Problem("type", place=name, value=str(kind)[:60])
    form = field.get("format", "default")
    if not isinstance(form, str) or len(form) > 100:
        yield Problem("format", place=name)
    if field.get("decimalChar", ".") != "." or field.get("groupChar", "") != "":
        yield Problem("number_format", place=name)
    texts = [field.get(key, "") for key in ("title", "description")]
    if any(not isinstance(one, str) for one in texts):
        yield Problem("text", place=name)
    elif any(_UNSHOWN.search(one) for one in (name, *texts)):
        yield Problem("signs", place=number)
    for key in ("trueValues", "falseValues", "synonyms"):
        if key in field and not _is_texts(field[key]):
            yield Problem("values", place=name, value=key)
    for key in ("arrayItem", "valueSynonyms", "listItems", "personalData"):
        if key in field and not isinstance(field[key], dict):
            yield Problem("values", place=name, value=key)
    yield from _check_constraints(field.get("constraints", {}), name, str(kind))


def _check_constraints(constraints: object, name: str, kind: str) -> Iterator[Problem]:
    if not isinstance(constraints, dict):
        yield Problem("constraint_value", place=name, value="constraints")
        return
    for key, value in constraints.items():
        if key not in CONSTRAINTS:
            yield Problem("constraints", place=name, value=str(key)[:60])
        elif key == "pattern":
            yield from _check_pattern(value, name)
        elif not _fits(key, value, kind):
            yield Problem("constraint_value", place=name, value=key)


def _fits(key: str, value: object, kind: str) -> bool:
    if key in ("required", "unique"):
        return isinstance(value, bool)
    if key in ("minLength", "maxLength"):
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    numeric = kind in ("integer", "number", "year")
    if key == "enum":
        return (
            isinstance(value, list)
            and 0 < len(value) <= MAX_ENUM
            and all(isinstance(one, (str, int, float)) for one in value)
            and (not numeric or all(_is_number(one) for one in value))
        )
    if numeric:
        return _is_number(value)
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    try:
        return abs(float(str(value))) < float("inf")
    except ValueError:
        return False


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _check_pattern(pattern: object, name: str) -> Iterator[Problem]:
    """Accept what polars' engine compiles, which runs in linear time."""
    if not isinstance(pattern, str):
        yield Problem("constraint_value", place=name, value="pattern")
        return
    if len(pattern) > MAX_PATTERN:
        yield Problem("pattern_long", place=name)
        return
    try:
        pl.Series([""]).str.contains(f"^{translate_pattern(pattern)}$")
    except pl.exceptions.PolarsError:
        around = re.search(r"\(\?(?:[=!]|<[=!])|\\[1-9]|\(\?P=", pattern)
        yield Problem("pattern_unsafe" if around else "pattern_wrong", place=name)


def _check_checks(checks: object, names: set[str]) -> Iterator[Problem]:
    if checks is None:
        return
    if not isinstance(checks, list):
        yield Problem("check", value="custom_checks")
        return
    for check in checks:
        told = check.get("name") if isinstance(check, dict) else None
        params = check.get("params", {}) if isinstance(check, dict) else None
        known = RENAMED_CHECKS.get(str(told), str(told))
        if known not in CHECKS or not isinstance(params, dict):
            yield Problem("check", value=str(told)[:60])
            continue
        columns: list[object] = []
        for key in COLUMN_PARAMS:
            value = params.get(key, ())
            columns += value if isinstance(value, list) else [value] if value else []
        if not columns or any(one not in names for one in columns if _hashes(one)):
            yield Problem("check_column", value=known)
        if known == "compare-columns-value" and (
            params.get("op") not in OPERATORS or len(columns) != 2
        ):
            yield Problem("check_operator", value=known)


def _hashes(value: object) -> bool:
    return isinstance(value, (str, int, float))
