"""Cells at fault, column by column: where they are, why, and what they would become.

Shared by the check, which counts and groups them, and by the correction, which
changes them: both see the same cells, so that what was announced is what is done.

Clean columns cost expressions only. Values at fault are looked at one by one, each
distinct value once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from .catalogue import TableSchema
from .proposing import Proposal, propose
from .report import identify_group
from .rules import ColumnRules, compile_rules
from .table import Table
from .values import blank_missing, is_empty

#: Distinct values of one column that make a group of their own; the rest share one.
MAX_VALUE_GROUPS = 20


@dataclass(frozen=True)
class Cause:
    """Why cells of one column are at fault.

    :ivar after: the new value where all the cells of the cause take the same
    """

    id: str
    code: str
    safe: bool
    correctable: bool
    national: bool
    key: str | None
    after: str | None


@dataclass(frozen=True)
class ColumnFindings:
    """Cells at fault in one column.

    :ivar name: the column's unique name in the table
    :ivar cells: index (position of the row in the frame), before, after, cause
    :ivar causes: by identifier
    """

    name: str
    field: str
    cells: pl.DataFrame
    causes: Mapping[str, Cause]


def view_fields(
    table: Table, schema: TableSchema, mapping: Mapping[str, str]
) -> pl.DataFrame:
    """Return the recognised columns under their fields' names, « N/A » as empty."""
    # Series, not expressions, where nothing is computed: a query has its own cost.
    view = pl.DataFrame(
        [table.frame[name].alias(field) for name, field in mapping.items()]
    )
    if not schema.missing_values:
        return view
    return view.select(
        blank_missing(schema, pl.col(name)).alias(name) for name in view.columns
    )


def find_cells(
    view: pl.DataFrame,
    schema: TableSchema,
    mapping: Mapping[str, str],
    asked: Collection[str],
) -> tuple[ColumnFindings, ...]:
    """Return the columns that have cells at fault, in the schema's order.

    :param view: the fields' values
    :param mapping: column name (made unique) to field name
    :param asked: fields that :func:`fails` is true of somewhere
    """
    compiled = compile_rules(schema)
    names = {field: name for name, field in mapping.items()}
    return tuple(
        _diagnose(view, compiled[field.name], names[field.name])
        for field in schema.fields
        if field.name in asked and field.name in names
    )


def fails(column: ColumnRules) -> pl.Expr:
    """Return whether a cell breaks a rule, or is only spaces where it may be empty.

    Required cells that are empty are another finding (``required.empty``).
    """
    name = pl.col(column.field.name)
    empty = is_empty(name)
    bound = column.bind(name)
    holds = pl.all_horizontal([expression for _, expression in bound])
    broken = (holds.fill_null(False) | empty).not_()
    return broken if column.field.required else broken | (empty & (name != ""))


def _diagnose(view: pl.DataFrame, column: ColumnRules, name: str) -> ColumnFindings:
    field = column.field.name
    # A value says the same on each row that has it: each is tried once.
    wrong = view[field].unique().to_frame().filter(fails(column))[field]
    failing = view.select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("index"),
        pl.col(field).alias("before"),
    ).filter(pl.col("before").is_in(wrong.implode()))
    distinct = (
        failing.group_by("before")
        .len("count")
        .sort(["count", "before"], descending=[True, False])
    )
    codes = _first_broken(distinct["before"], column, field)
    chosen = _choose(column, distinct["before"], codes)
    causes: dict[str, Cause] = {}
    identifiers = []
    keys: dict[str, set[str]] = {}
    for proposal in chosen:
        key = proposal.key
        if key is not None:
            seen = keys.setdefault(proposal.code, set())
            if key not in seen and len(seen) >= MAX_VALUE_GROUPS:
                key = None
            else:
                seen.add(key)
        cause = _make_cause(field, proposal, key)
        known = causes.get(cause.id)
        if known is not None:
            cause = _merge(known, cause)
        causes[cause.id] = cause
        identifiers.append(cause.id)
    table = distinct.select("before").with_columns(
        pl.Series("after", [one.after for one in chosen], dtype=pl.String),
        pl.Series("cause", identifiers, dtype=pl.String),
    )
    cells = failing.join(table, on="before", how="left", maintain_order="left")
    return ColumnFindings(name=name, field=field, cells=cells, causes=causes)


def _make_cause(field: str, proposal: Proposal, key: str | None) -> Cause:
    return Cause(
        id=identify_group(proposal.code, field, key),
        code=proposal.code,
        safe=proposal.safe and proposal.after is not None,
        correctable=proposal.after is not None,
        national=proposal.national,
        key=key,
        after=proposal.after,
    )


def _merge(known: Cause, other: Cause) -> Cause:
    """Join two causes of one group: safe only if both are."""
    return Cause(
        id=known.id,
        code=known.code,
        safe=known.safe and other.safe,
        correctable=known.correctable and other.correctable,
        national=known.national or other.national,
        key=known.key,
        after=known.after if known.after == other.after else None,
    )


def _first_broken(values: pl.Series, column: ColumnRules, field: str) -> list[str]:
    """Return, for each value, the code of the first rule it breaks."""
    frame = values.alias(field).to_frame()
    first = pl.lit(column.rules[-1].code)
    for rule, holds in reversed(column.bind(pl.col(field))):
        first = pl.when(holds.fill_null(False)).then(first).otherwise(pl.lit(rule.code))
    return frame.select(first.alias("code"))["code"].to_list()


def _choose(
    column: ColumnRules, values: pl.Series, codes: Iterable[str]
) -> list[Proposal]:
    """Return the first reading of each value that satisfies the column's rules."""
    readings = [
        list(propose(column, code, value))
        for value, code in zip(values, codes, strict=True)
    ]
    proposed = {one.after for each in readings for one in each if one.after is not None}
    accepted = list_accepted(column, proposed)
    chosen = []
    for each in readings:
        fitting = (one for one in each if one.after is None or one.after in accepted)
        chosen.append(next(fitting))
    return chosen


def list_accepted(column: ColumnRules, proposed: set[str]) -> frozenset[str]:
    """Return, of some values, those that satisfy the rules of a column."""
    if not proposed:
        return frozenset()
    field = column.field.name
    frame = pl.DataFrame({field: sorted(proposed)}, schema={field: pl.String})
    return frozenset(frame.filter(fails(column).not_())[field])
