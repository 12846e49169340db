"""The first look at a table: which questions deserve a closer one, all asked at once.

Most columns of most files are clean. One query over the whole table, whose expressions
are built once a schema, says which are not; each finder then looks only where something
was seen. A question may be answered yes for nothing, never no where there is something.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from functools import lru_cache

import polars as pl

from .analysis import fails
from .crosschecks import build_crosschecks
from .doubtful_rows import is_sparse
from .doubtful_values import find_pair, is_coming, is_out
from .owners import Owner, list_foreign
from .personal_columns import asked_role, sift
from .rules import compile_rules
from .table_schema import TableSchema
from .values import is_empty

#: Rows below which looking for distinct values costs more than it spares.
FEW = 2_000


#: Rows looked at together: what each question computes of them is held at once.
MANY = 50_000


class Survey:
    """What was seen at first look.

    :ivar seen: questions answered yes, ``kind:column``
    """

    def __init__(self, seen: frozenset[str]) -> None:
        self.seen = seen

    def __contains__(self, question: str) -> bool:
        return question in self.seen

    def columns(self, kind: str) -> frozenset[str]:
        """Return the columns that a kind of question is answered yes for."""
        begins = f"{kind}:"
        return frozenset(
            one.removeprefix(begins) for one in self.seen if one.startswith(begins)
        )


def survey(
    view: pl.DataFrame,
    schema: TableSchema,
    owner: Owner | None,
    today: datetime.date,
) -> Survey:
    """Ask everything of a table.

    :param view: the fields' values
    """
    if not view.width or not view.height:
        return Survey(frozenset())
    of_values, of_rows = _compile(schema, tuple(view.columns), owner, today)
    seen: set[str] = set()
    for rows in view.iter_slices(MANY):
        values = _keep_distinct(rows) if rows.height > FEW else rows
        answers = {
            **values.select(of_values).row(0, named=True),
            **rows.select(of_rows).row(0, named=True),
        }
        seen.update(name for name, answer in answers.items() if answer)
    return Survey(frozenset(seen))


def _keep_distinct(view: pl.DataFrame) -> pl.DataFrame:
    """Return each column's values once, in no order, then nulls.

    A value says the same on each row that has it, and most columns have few.
    """
    columns = [column.unique() for column in view]
    height = max(map(len, columns))
    return pl.DataFrame(
        [one.extend_constant(None, height - len(one)) for one in columns]
    )


@lru_cache(maxsize=256)
def _compile(
    schema: TableSchema,
    present: tuple[str, ...],
    owner: Owner | None,
    today: datetime.date,
) -> tuple[list[pl.Expr], list[pl.Expr]]:
    of_values = _ask_values(schema, present, owner, today)
    of_rows = _ask_rows(schema, present)
    return (
        [condition.any().alias(question) for question, condition in of_values],
        [condition.any().alias(question) for question, condition in of_rows],
    )


def _ask_values(
    schema: TableSchema,
    present: tuple[str, ...],
    owner: Owner | None,
    today: datetime.date,
) -> Iterator[tuple[str, pl.Expr]]:
    """Yield what one column answers by itself."""
    compiled = compile_rules(schema)
    names = [field.name for field in schema.fields]
    for field in schema.fields:
        if field.name not in present:
            continue
        column = pl.col(field.name)
        yield f"cells:{field.name}", fails(compiled[field.name])
        if field.required or any(one.field == field.name for one in schema.deductions):
            yield f"empty:{field.name}", is_empty(column)
        role = asked_role(field, names)
        if role is not None:
            yield f"personal:{field.name}", sift(column, role)
        coming = is_coming(field, column, today)
        if coming is not None:
            yield f"coming:{field.name}", coming
    for name, foreign in list_foreign(schema, owner):
        if name in present:
            yield f"foreign:{name}", foreign


def _ask_rows(
    schema: TableSchema, present: tuple[str, ...]
) -> Iterator[tuple[str, pl.Expr]]:
    """Yield what several columns of a row answer together."""
    for position, one in enumerate(build_crosschecks(schema, frozenset(present))):
        if one.fails is not None:
            yield f"across:{position}", one.fails
    pair = find_pair(schema, present)
    if pair is not None:
        yield "out:", is_out(*pair)
    yield "sparse:", is_sparse(present)
