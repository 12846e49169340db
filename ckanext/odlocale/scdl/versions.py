"""From one version of a schema to the next: what changes, and how files follow.

Rules of migration are data, kept in the new version under ``odlocale.migrations``::

    [{"from": "1.0.0", "rules": [{"rename": "NOM", "to": "EQUIP_NOM"},
                                 {"value": "privé", "in": "STATUT", "to": "prive"},
                                 {"default": "non", "in": "ACCESSIBLE"}]}]

Where no rule leads from a version to the last one, those of the versions between them
are followed one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import polars as pl

from ..base.language import translator
from .added import order_version
from .sentences import N_
from .table import Table, make_names_unique
from .table_schema import Field, TableSchema

Kind = Literal[
    "added", "added_required", "removed", "renamed", "type", "required", "optional",
    "values_added", "values_removed", "stricter", "looser", "check_added",
    "check_removed",
]  # fmt: skip

#: Changes that files published under the former version may not survive.
BREAKING: frozenset[str] = frozenset(
    {
        "added_required", "removed", "renamed", "type", "required", "values_removed",
        "stricter", "check_added",
    }
)  # fmt: skip

#: In English for gettext.
SENTENCES: dict[str, str] = {
    "added": N_("New column “{field}”, which may be left out."),
    "added_required": N_("New column “{field}”, which every file must have."),
    "removed": N_("The column “{field}” is no longer expected."),
    "renamed": N_("The column “{before}” is now named “{field}”."),
    "type": N_("“{field}” is now “{after}”, it was “{before}”."),
    "required": N_("“{field}” must now be filled."),
    "optional": N_("“{field}” may now be left empty."),
    "values_added": N_("“{field}” also accepts: {after}."),
    "values_removed": N_("“{field}” no longer accepts: {before}."),
    "stricter": N_("“{field}” has a new limit ({name}): {after}."),
    "looser": N_("“{field}” has one limit less ({name})."),
    "check_added": N_("New check: {name} ({field})."),
    "check_removed": N_("One check less: {name} ({field})."),
}

_LIMITS = ("pattern", "minimum", "maximum", "min_length", "max_length", "unique")


@dataclass(frozen=True)
class SchemaChange:
    """One difference between two versions.

    :ivar field: name of the column in the new version (the former one if removed)
    :ivar name: of the constraint or the check concerned, if any
    """

    kind: Kind
    field: str
    before: str = ""
    after: str = ""
    name: str = ""

    @property
    def breaking(self) -> bool:
        """Whether files of the former version may no longer conform."""
        return self.kind in BREAKING

    def say(self, lang: str = "fr") -> str:
        """Return the change in words."""
        words = translator(lang).gettext(SENTENCES[self.kind])
        return words.format(
            field=self.field, before=self.before, after=self.after, name=self.name
        )


@dataclass(frozen=True)
class Rename:
    """A column that changes its name."""

    before: str
    after: str


@dataclass(frozen=True)
class Revalue:
    """A value that is written otherwise in one column (its new name)."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Fill:
    """What a column that is missing, or a cell that is empty, now holds."""

    field: str
    value: str


Rule = Rename | Revalue | Fill


class WrongRule(ValueError):
    """A migration rule is not one of the known forms."""


def read_rules(migrations: object, version: str) -> tuple[Rule, ...]:
    """Return the rules that bring files of a version to the present one.

    :param migrations: what the new version has under ``odlocale.migrations``
    :param version: the former one; nothing where no rule is written for it
    :raises WrongRule: where a rule is of no known form
    """
    if not isinstance(migrations, Sequence) or isinstance(migrations, str):
        return ()
    for one in migrations:
        if isinstance(one, Mapping) and one.get("from") == version:
            return tuple(_read_rule(rule) for rule in one.get("rules", ()))
    return ()


def find_rules(
    versions: Sequence[TableSchema], before: str, after: str
) -> tuple[Rule, ...]:
    """Return the rules that bring files of one version to another, in their order.

    :param versions: those that are kept, in any order
    :raises WrongRule: where a rule is of no known form
    """
    ordered = sorted(versions, key=lambda one: order_version(one.version))
    low, high = order_version(before), order_version(after)
    between = [one for one in ordered if low < order_version(one.version) <= high]
    rules: list[Rule] = []
    current = before
    while between:
        # The longest step that is written: the last version's own rules first.
        direct = next(
            (one for one in reversed(between) if read_rules(one.migrations, current)),
            between[0],
        )
        rules += read_rules(direct.migrations, current)
        current = direct.version
        between = between[between.index(direct) + 1 :]
    return tuple(rules)


def _read_rule(rule: Mapping[str, Any]) -> Rule:
    try:
        if "rename" in rule:
            return Rename(_text(rule["rename"]), _text(rule["to"]))
        if "default" in rule:
            return Fill(_text(rule["in"]), _text(rule["default"]))
        return Revalue(_text(rule["in"]), _text(rule["value"]), _text(rule["to"]))
    except (KeyError, TypeError) as error:
        raise WrongRule(repr(rule)) from error


def _text(value: object) -> str:
    if not isinstance(value, (str, int, float)) or isinstance(value, bool):
        raise TypeError(repr(value))
    return str(value)


def migrate(table: Table, rules: Iterable[Rule]) -> Table:
    """Return a table as the new version expects it; rules apply in their order.

    A rule whose column or value is not there changes nothing, so that migrating twice
    is migrating once. A column never takes the name of another that is there.
    """
    headers = list(table.headers)
    frame = table.frame
    for rule in rules:
        if isinstance(rule, Rename):
            if rule.after not in headers:
                headers = [rule.after if h == rule.before else h for h in headers]
            continue
        if isinstance(rule, Fill) and rule.field not in headers:
            # Named for good at the end: no header begins so.
            frame = frame.with_columns(pl.lit("").alias(f"\0{len(headers)}"))
            headers.append(rule.field)
        names = [
            name
            for name, header in zip(frame.columns, headers, strict=True)
            if header == rule.field
        ]
        frame = frame.with_columns(_rewrite(name, rule) for name in names)
    unique = make_names_unique(tuple(headers))
    frame = frame.rename(dict(zip(frame.columns, unique, strict=True)))
    return replace(table, frame=frame, headers=tuple(headers))


def _rewrite(name: str, rule: Revalue | Fill) -> pl.Expr:
    column = pl.col(name)
    if isinstance(rule, Fill):
        empty = column.str.strip_chars() == ""
        return pl.when(empty).then(pl.lit(rule.value)).otherwise(column).alias(name)
    same = column == rule.before
    return pl.when(same).then(pl.lit(rule.after)).otherwise(column).alias(name)


def compare(
    old: TableSchema, new: TableSchema, rules: Iterable[Rule] = ()
) -> tuple[SchemaChange, ...]:
    """Return what changes from one version to the next, in the new one's order."""
    renamed = {rule.after: rule.before for rule in rules if isinstance(rule, Rename)}
    former = {field.name: field for field in old.fields}
    seen: set[str] = set()
    changes: list[SchemaChange] = []
    for field in new.fields:
        origin = renamed.get(field.name, field.name)
        known = former.get(field.name) or former.get(origin)
        if known is None:
            kind: Kind = "added_required" if field.required else "added"
            changes.append(SchemaChange(kind, field.name))
            continue
        seen.add(known.name)
        if known.name != field.name:
            changes.append(SchemaChange("renamed", field.name, before=known.name))
        changes += _compare_fields(known, field)
    changes += [
        SchemaChange("removed", field.name)
        for field in old.fields
        if field.name not in seen
    ]
    before = {(check.name, check.columns) for check in old.checks}
    after = {(check.name, check.columns) for check in new.checks}
    for name, columns in sorted(after - before):
        changes.append(SchemaChange("check_added", ", ".join(columns), name=name))
    for name, columns in sorted(before - after):
        changes.append(SchemaChange("check_removed", ", ".join(columns), name=name))
    return tuple(changes)


def _compare_fields(old: Field, new: Field) -> list[SchemaChange]:
    name = new.name
    changes = []
    if (old.type, old.format) != (new.type, new.format):
        changes.append(SchemaChange("type", name, old.type, new.type))
    if old.required != new.required:
        changes.append(SchemaChange("required" if new.required else "optional", name))
    gone = [one for one in old.enum if one not in new.enum] if new.enum else []
    come = [one for one in new.enum if one not in old.enum] if old.enum else []
    if gone:
        changes.append(SchemaChange("values_removed", name, before=", ".join(gone)))
    if come:
        changes.append(SchemaChange("values_added", name, after=", ".join(come)))
    if new.enum and not old.enum:
        listed = ", ".join(new.enum[:10])
        changes.append(SchemaChange("stricter", name, after=listed, name="enum"))
    if old.enum and not new.enum:
        changes.append(SchemaChange("looser", name, name="enum"))
    for limit in _LIMITS:
        before, after = getattr(old, limit), getattr(new, limit)
        if before == after:
            continue
        tied: Kind = "stricter" if after not in (None, False) else "looser"
        changes.append(SchemaChange(tied, name, str(before), str(after), limit))
    return changes
