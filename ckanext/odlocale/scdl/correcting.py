"""Applying whole groups of corrections to a copy of a table, each one listed."""

from __future__ import annotations

from collections.abc import Iterable

from .catalogue import TableSchema
from .corrected import Corrected
from .decisions import Decision, apply_decisions
from .report import Report
from .table import Table


def apply_safe(table: Table, schema: TableSchema, report: Report) -> Corrected:
    """Apply every safe correction of a report."""
    return apply(table, schema, [group.id for group in report.safe], report)


def apply(
    table: Table, schema: TableSchema, groups: Iterable[str], report: Report
) -> Corrected:
    """Apply the corrections of some groups.

    :param groups: identifiers of groups of the report that carry a correction
    :param report: the report of this very table
    :raises KeyError: where the report has no such group
    :raises ValueError: where a group has no correction
    """
    wanted = dict.fromkeys(groups)
    for group_id in wanted:
        if report.group(group_id).correction is None:
            raise ValueError(f"no correction in group {group_id}")
    decisions = [Decision(group_id, "apply") for group_id in wanted]
    return apply_decisions(table, schema, report, decisions)
