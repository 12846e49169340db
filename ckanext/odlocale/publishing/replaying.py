"""Applying again, from the table that was sent, all that an agent decided on it.

Decisions come in passes, in the order in which they were given: corrections accepted
together, or answers given row by row. Each pass refers to the findings that the agent
saw then, so the table is checked again between two passes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ckanext.odlocale.scdl.catalogue import TableSchema
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.corrected import Corrected
from ckanext.odlocale.scdl.correcting import apply
from ckanext.odlocale.scdl.decision_refusals import DecisionRefused
from ckanext.odlocale.scdl.decisions import Decision, apply_decisions, leave_kept
from ckanext.odlocale.scdl.options import ABSENT
from ckanext.odlocale.scdl.owners import Owner
from ckanext.odlocale.scdl.progress import begin, end
from ckanext.odlocale.scdl.report import Report
from ckanext.odlocale.scdl.table import Table
from ckanext.odlocale.scdl.table_schema import extend_schema

#: Corrections accepted together (ids of groups), or answers to findings.
Pass = tuple[str, ...] | tuple[Decision, ...]


@dataclass(frozen=True)
class Replayed:
    """The table as the decisions make it.

    :ivar schema: with the columns published beyond it
    :ivar report: of that table, without what was kept knowingly
    :ivar corrected: how many cells (or headers) changed
    :ivar withdrawn: how many rows left
    """

    table: Table
    schema: TableSchema
    report: Report
    corrected: int = 0
    withdrawn: int = 0


def read_pass(data: Sequence[Any]) -> Pass:
    """Rebuild a pass from :func:`write_pass`.

    :raises DecisionRefused: ``shape`` where an answer is none
    """
    if all(isinstance(one, str) for one in data):
        return tuple(str(one) for one in data)
    return tuple(Decision.from_dict(one) for one in data)


def write_pass(one: Pass) -> list[Any]:
    """Return the JSON-safe form of a pass."""
    return [each if isinstance(each, str) else each.to_dict() for each in one]


def fill_columns(report: Report, values: Mapping[str, str]) -> tuple[Decision, ...]:
    """Return the answers that give one value to every row of columns that miss.

    :param values: fields of the model to that value; empty ones are no answer
    """
    return tuple(
        Decision(group.id, "fill", None, value)
        for group in report.groups
        if group.code in ABSENT and (value := values.get(str(group.column), ""))
    )


def replay(
    table: Table,
    schema: TableSchema,
    mapping: dict[str, str] | None,
    passes: Sequence[Pass],
    owner: Owner | None = None,
    *,
    strict: bool = False,
) -> Replayed:
    """Return a table as all decisions make it: the same ones give the same table.

    :param table: as it was sent
    :param mapping: column name to field name, where the agent designated columns
    :param strict: whether an answer of the last pass that fits no finding is an
        error; those given before are passed over, since their finding is then
        asked again, or is gone
    :raises DecisionRefused: see ``strict``
    """
    kept: list[Decision] = []
    base, published = schema, list[str]()
    corrected = withdrawn = 0
    begin(checks=1 + len(passes))
    report = check(table, schema, mapping=mapping, owner=owner)
    for number, one in enumerate(passes, start=1):
        answers = tuple(each for each in one if isinstance(each, Decision))
        if answers:
            last = strict and number == len(passes)
            fits = _keep_fitting(table, schema, report, answers, last)
            kept += [_pin_rows(each, report) for each in fits if each.option == "keep"]
            outcome = apply_decisions(table, schema, report, fits)
        else:
            outcome = _apply_groups(table, schema, report, one)
        corrected += len(outcome.changes)
        withdrawn += len(outcome.withdrawn)
        table = outcome.table
        mapping = dict(outcome.mapping) if mapping is not None else None
        published += outcome.published
        schema = extend_schema(base, tuple(published))
        report = check(table, schema, mapping=mapping, owner=owner)
        report = leave_kept(report, kept)
    end()
    return Replayed(table, schema, report, corrected, withdrawn)


def _apply_groups(
    table: Table, schema: TableSchema, report: Report, groups: Iterable[Any]
) -> Corrected:
    known = {group.id for group in report.groups if group.correction}
    return apply(table, schema, [one for one in groups if one in known], report)


def _keep_fitting(
    table: Table,
    schema: TableSchema,
    report: Report,
    answers: Sequence[Decision],
    strict: bool,
) -> tuple[Decision, ...]:
    try:
        apply_decisions(table, schema, report, answers)
        return tuple(answers)
    except DecisionRefused:
        if strict:
            raise
    fits: list[Decision] = []
    for one in answers:
        try:
            apply_decisions(table, schema, report, [*fits, one])
        except DecisionRefused:
            continue
        fits.append(one)
    return tuple(fits)


def _pin_rows(decision: Decision, report: Report) -> Decision:
    """Say which rows were kept: others that the same cause finds later are asked."""
    if decision.rows is not None:
        return decision
    places = report.group(decision.group).places
    if places is None or not len(places.rows):
        return decision
    return replace(decision, rows=tuple(places.rows))
