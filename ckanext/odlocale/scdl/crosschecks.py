"""Checks that look at several columns of a row, as expressions.

Semantics of the national validator (reference: Validata 0.12's custom checks): a
value that is not of its type counts as absent; comparisons and sums are left out
where a value is absent.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from .catalogue import CustomCheck, TableSchema
from .values import to_ordered


@dataclass(frozen=True)
class CrossCheck:
    """One check over columns that are there.

    :ivar code: ``columns.incomplete``, ``columns.order``, ``columns.sum``,
        ``columns.one_required``
    :ivar columns: the fields concerned, the one an error is shown on first
    :ivar fails: the condition of a row at fault, or None where the whole file is
    :ivar absent: fields that are missing from the file, where that is the fault
    """

    code: str
    columns: tuple[str, ...]
    fails: pl.Expr | None
    operator: str = ""
    absent: tuple[str, ...] = ()


def _value(schema: TableSchema, name: str) -> pl.Expr:
    """Return the values of a column: of their type, null elsewhere."""
    return to_ordered(schema.field(name), pl.col(name))


@lru_cache(maxsize=256)
def build_crosschecks(
    schema: TableSchema, present: frozenset[str]
) -> tuple[CrossCheck, ...]:
    """Return the checks of a schema that apply to a file.

    :param present: names of the fields the file has
    """
    found = (
        _BUILDERS[check.name](check, present, schema)
        for check in schema.checks
        if check.name in _BUILDERS
    )
    return tuple(one for one in found if one is not None)


def _absent(check: CustomCheck, present: frozenset[str]) -> tuple[str, ...]:
    return tuple(name for name in check.columns if name not in present)


def _build_cohesive(
    check: CustomCheck, present: frozenset[str], schema: TableSchema
) -> CrossCheck | None:
    absent = _absent(check, present)
    if len(absent) == len(check.columns):
        return None
    if absent:
        return CrossCheck("columns.incomplete", check.columns, None, absent=absent)
    lacking = [_value(schema, name).is_null() for name in check.columns]
    differs = pl.any_horizontal([lacking[0] != other for other in lacking[1:]])
    return CrossCheck("columns.incomplete", check.columns, differs)


def _build_compare(
    check: CustomCheck, present: frozenset[str], schema: TableSchema
) -> CrossCheck | None:
    if _absent(check, present):
        return None
    first, second = (_value(schema, name) for name in check.columns)
    operator = str(check.params["op"])
    holds = {
        ">": first > second,
        ">=": first >= second,
        "==": first == second,
        "<=": first <= second,
        "<": first < second,
    }[operator]
    return CrossCheck(
        "columns.order",
        check.columns,
        holds.fill_null(True).not_(),
        operator=operator,
    )


def _build_sum(
    check: CustomCheck, present: frozenset[str], schema: TableSchema
) -> CrossCheck | None:
    if _absent(check, present):
        return None
    total, *parts = (_value(schema, name) for name in check.columns)
    added = pl.sum_horizontal(parts, ignore_nulls=False)
    # Amounts have cents: a thousandth separates a rounding from a difference.
    fails = ((added - total).abs() > 0.001).fill_null(False)
    return CrossCheck("columns.sum", check.columns, fails)


def _build_one_required(
    check: CustomCheck, present: frozenset[str], schema: TableSchema
) -> CrossCheck | None:
    absent = _absent(check, present)
    there = [name for name in check.columns if name in present]
    if not there:
        return CrossCheck("columns.one_required", check.columns, None, absent=absent)
    lacking = pl.all_horizontal([_value(schema, name).is_null() for name in there])
    return CrossCheck("columns.one_required", check.columns, lacking)


_BUILDERS = {
    "cohesive-columns-value": _build_cohesive,
    "compare-columns-value": _build_compare,
    "sum-columns-value": _build_sum,
    "one-of-required": _build_one_required,
}
