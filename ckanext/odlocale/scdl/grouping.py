"""Writing what was found in cells as one group of findings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from .report import (
    MAX_EXAMPLES,
    MAX_ROWS,
    Correction,
    Example,
    FindingGroup,
    Places,
    Severity,
    count_values,
    identify_group,
)
from .table import Table
from .table_schema import Field


def call_field(table: Table, chosen: Mapping[str, str], field: Field) -> str:
    """Return what the agent calls a field: her own header, else the field's title.

    A header that is the field's name comes from a template or a program, not from her.

    :param chosen: column name to field name
    """
    name = next((name for name, to in chosen.items() if to == field.name), None)
    header = "" if name is None else table.title_of(name).strip()
    return header if header and header != field.name else field.title or field.name


def group_cells(
    table: Table,
    code: str,
    severity: Severity,
    *,
    name: str,
    field: str,
    index: pl.Series,
    before: pl.Series | None = None,
    after: pl.Series | None = None,
    beside: Mapping[str, pl.Series] | None = None,
    key: str | None = None,
    national: bool = False,
    params: Mapping[str, Any] | None = None,
) -> FindingGroup:
    """Return the group of some cells of one column, with its correction if any.

    :param name: the column's unique name in the table
    :param field: the field it holds
    :param index: positions of the rows in the frame
    :param before: the cells; none where the row as a whole is meant
    :param after: what they would become, for the agent to confirm
    :param beside: what the cells of other columns become with them, by column name
    :param key: what tells this group from others of the same code and field
    """
    numbers = table.row_numbers.gather(index)
    same = None if after is None or after.n_unique() > 1 else str(after[0])
    shown = pl.Series([], dtype=pl.String) if before is None else before
    examples = tuple(
        Example(row, value, None if after is None else after[position])
        for position, (row, value) in enumerate(
            zip(numbers.head(MAX_EXAMPLES), shown.head(MAX_EXAMPLES), strict=False)
        )
    )
    return FindingGroup(
        id=identify_group(code, field, key),
        code=code,
        severity=severity,
        count=len(index),
        column=field,
        header=table.title_of(name),
        excel_column=table.letter_of(name),
        rows=tuple(numbers.head(MAX_ROWS)),
        values=() if before is None else count_values(before),
        examples=examples,
        correction=None if after is None else Correction(code, False, same),
        national=national,
        params=dict(params or {}),
        places=Places(numbers, before, after, name, dict(beside or {})),
    )
