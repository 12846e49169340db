"""A table schema compiled, once, into what each of its columns must satisfy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

import polars as pl

from . import values
from .formats import is_code, is_in_france, is_opening_hours, is_phone
from .identifiers import is_siren_column, is_siret_column
from .table_schema import CustomCheck, Field, TableSchema
from .words import fold_accents

Condition = Callable[[pl.Expr], pl.Expr]

#: The pattern by which schemas ask for fourteen digits.
SIRET_PATTERN = r"^\d{14}$"

#: First part of an act's subject (nomenclature ACTES, level 1), as the national
#: validator accepts it, accents and case aside.
ACT_SUBJECTS = (
    "Commande publique",
    "Urbanisme",
    "Domaine et patrimoine",
    "Fonction publique",
    "Institutions et vie politique",
    "Libertés publiques et pouvoirs de police",
    "Finances locales",
    "Domaines de compétences par thèmes",
    "Autres domaines de compétences",
)

#: A SIRET, a SIREN, a number of the RNA, an INSEE code; and what no code is.
_CODES = ("21560046100010", "215600461", "W561000123", "56046")
_NO_CODES = ("5", "un mot")

_SUBJECTS = frozenset(fold_accents(one) for one in ACT_SUBJECTS)


@dataclass(frozen=True)
class Rule:
    """What a filled cell must satisfy.

    :ivar code: names the fault (``date.wrong``, ``enum.unknown``)
    :ivar holds: the condition on a column, or None where only ``accepts`` tells
    :ivar accepts: the condition on one value
    :ivar national: whether the national validator asks for it
    """

    code: str
    holds: Condition | None = None
    accepts: values.Predicate | None = None
    national: bool = True

    def bind(self, column: pl.Expr) -> pl.Expr:
        """Return the condition on a column."""
        if self.holds is not None:
            return self.holds(column)
        assert self.accepts is not None
        test = partial(_test_distinct, self.accepts)
        return column.map_batches(test, return_dtype=pl.Boolean)


def _test_distinct(accepts: values.Predicate, column: pl.Series) -> pl.Series:
    """Test each distinct value once; an empty one is another rule's business."""
    distinct = column.unique()
    held = [not one or accepts(one) for one in distinct]
    if all(held):
        return pl.repeat(True, len(column), dtype=pl.Boolean, eager=True)
    refused = distinct.filter(~pl.Series(held, dtype=pl.Boolean))
    return ~column.is_in(refused.implode())


@dataclass(frozen=True)
class ColumnRules:
    """The rules of one field, the first that fails being the cause.

    :ivar tidy: nothing around the value (own rule, not the national validator's)
    :ivar siret: whether the field holds a SIRET
    :ivar siret_pattern: whether it forbids the spaces the SIRET check accepts
    :ivar siret_checked: whether the national validator checks the SIRET's digits
    :ivar identifier: whether the field holds a code: a SIRET, a SIREN, a number of
        the RNA, an INSEE code
    """

    field: Field
    rules: tuple[Rule, ...]
    siret: bool = False
    siret_pattern: bool = False
    siret_checked: bool = False
    identifier: bool = False

    def bind(self, column: pl.Expr) -> tuple[tuple[Rule, pl.Expr], ...]:
        """Return each rule with its condition on a column."""
        return tuple((rule, rule.bind(column)) for rule in self.rules)


@lru_cache(maxsize=64)
def compile_rules(schema: TableSchema) -> dict[str, ColumnRules]:
    """Return the rules of each field of a schema, by field name."""
    return {field.name: _compile_field(schema, field) for field in schema.fields}


def _compile_field(schema: TableSchema, field: Field) -> ColumnRules:
    own = [check for check in schema.checks if field.name in check.columns[:1]]
    checks = {check.name for check in own}
    siret = "siret" in checks or field.pattern == SIRET_PATTERN
    rules = [*_type_rules(field)]
    if siret:
        rules.append(Rule("siret.wrong", is_siret_column))
    if "siren" in checks:
        rules.append(Rule("siren.wrong", is_siren_column))
    rules += _constraint_rules(field, skip_pattern=siret)
    if "year-interval-value" in checks:
        rules.append(Rule("interval.wrong", _is_interval))
    if "nomenclature-acte" in checks:
        rules.append(Rule("subject.unknown", accepts=is_act_subject))
    rules += _format_rules(field, own)
    rules.append(Rule("text.blanks", _is_tidy, national=False))
    return ColumnRules(
        field=field,
        rules=tuple(rules),
        siret=siret,
        siret_pattern=field.pattern is not None,
        siret_checked="siret" in checks,
        identifier=siret
        or "siren" in checks
        or field.name in (schema.siret_field, schema.insee_field)
        or any(is_code(name) is not None for name in checks)
        or (field.pattern is not None and expects_code(field.pattern)),
    )


def _format_rules(field: Field, checks: list[CustomCheck]) -> list[Rule]:
    """Rules of the custom checks on the format of one column."""
    rules = []
    for check in checks:
        coded = is_code(check.name)
        if coded is not None:
            rules.append(Rule("code.wrong", coded))
        elif check.name == "opening-hours-value":
            rules.append(Rule("hours.wrong", is_opening_hours))
        elif check.name == "phone-number-value":
            rules.append(Rule("phone.wrong", is_phone))
        elif check.name == "french-gps-coordinates" and field.type == "geopoint":
            rules.append(
                Rule("gps.outside", lambda column: is_in_france(field.format, column))
            )
    return rules


def _type_rules(field: Field) -> list[Rule]:
    kind = field.format if field.format in ("uri", "email", "uuid") else field.type
    code = f"{kind}.wrong"
    if values.is_of_type(field, pl.col("")) is not None:
        return [Rule(code, lambda column: _require(values.is_of_type(field, column)))]
    predicate = values.type_predicate(field)
    return [] if predicate is None else [Rule(code, accepts=predicate)]


def _require(condition: pl.Expr | None) -> pl.Expr:
    assert condition is not None
    return condition


def _constraint_rules(field: Field, *, skip_pattern: bool) -> list[Rule]:
    rules = []
    if field.enum:
        rules.append(
            Rule("enum.unknown", lambda column: values.is_listed(field, column))
        )
    if field.pattern is not None and not skip_pattern:
        rules.append(_pattern_rule(field.pattern))
    if field.min_length is not None:
        shortest = field.min_length
        rules.append(
            Rule("length.short", lambda column: column.str.len_chars() >= shortest)
        )
    if field.max_length is not None:
        longest = field.max_length
        rules.append(
            Rule("length.long", lambda column: column.str.len_chars() <= longest)
        )
    if field.minimum is not None:
        rules.append(_bound_rule(field, "value.low", field.minimum))
    if field.maximum is not None:
        rules.append(_bound_rule(field, "value.high", field.maximum))
    return rules


def _pattern_rule(pattern: str) -> Rule:
    if values.matches(pattern, pl.col("")) is None:
        return Rule("pattern.mismatch", accepts=values.pattern_predicate(pattern))
    return Rule(
        "pattern.mismatch", lambda column: _require(values.matches(pattern, column))
    )


def expects_code(pattern: str) -> bool:
    r"""Tell whether a pattern asks for the number of a collectivité or of a firm.

    >>> expects_code(r"^\d{9}$"), expects_code(r"^\d+$"), expects_code(r"^[a-z ]+$")
    (True, False, False)
    """
    matched = values.matches(pattern, pl.col("code"))
    if matched is None:
        return False
    told = pl.DataFrame({"code": [*_CODES, *_NO_CODES]}).select(matched)["code"]
    return bool(told.head(len(_CODES)).any() and not told.tail(len(_NO_CODES)).any())


def _bound_rule(field: Field, code: str, bound: str) -> Rule:
    limit = values.to_ordered(field, pl.lit(bound))
    if code == "value.low":
        return Rule(code, lambda column: values.to_ordered(field, column) >= limit)
    return Rule(code, lambda column: values.to_ordered(field, column) <= limit)


def _is_tidy(column: pl.Expr) -> pl.Expr:
    return column.str.strip_chars() == column


def _is_interval(column: pl.Expr) -> pl.Expr:
    """A year, or two years in order: 2017 or 2017/2018."""
    single = column.str.contains(r"^[0-9]{4}$")
    both = column.str.contains(r"^[0-9]{4}/[0-9]{4}$")
    return single | (both & (column.str.slice(0, 4) < column.str.slice(5, 4)))


def is_act_subject(text: str) -> bool:
    """Tell whether a subject has a known first part and no space after its slash.

    >>> is_act_subject("FINANCES LOCALES/Divers"), is_act_subject("Divers/Autre")
    (True, False)
    """
    first, slash, _ = text.partition("/")
    return bool(slash) and "/ " not in text and fold_accents(first) in _SUBJECTS
