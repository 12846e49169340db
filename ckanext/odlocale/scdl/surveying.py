"""The first look at a table: which questions deserve a closer one, all asked at once.

Most columns of most files are clean. One query over the distinct values of the whole
table, whose expressions are built once a schema, says which are not; each finder then
looks only where something was seen. Columns of which one thing is asked are asked it
together: a query has a cost of its own, which is most of that of a small file. A
question may be answered yes for nothing, never no where there is something.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate

import polars as pl

from .analysis import fails
from .coming_years import is_coming
from .crosschecks import build_crosschecks
from .doubtful_rows import is_sparse, says_total
from .doubtful_values import find_pair, is_out
from .owners import Owner, list_foreign
from .personal import Role
from .personal_columns import asked_role, fold_column, sift
from .rules import compile_rules
from .table_schema import Field, PersonalRisk, TableSchema
from .values import is_empty

#: Values under which a pool is asked apart from those that have many.
FEW = 64
#: What begins the name of a pool's folded values.
_FOLDED = "folded "

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


@dataclass(frozen=True)
class _Question:
    """One thing asked of the values of some columns.

    :ivar members: the columns
    :ivar pool: name under which all their values are put together
    :ivar together: what is asked of the pool
    :ivar apart: what is asked of each, where the pool answers yes
    """

    kind: str
    members: tuple[str, ...]
    pool: str
    together: pl.Expr
    apart: tuple[pl.Expr, ...]


@dataclass(frozen=True)
class _Plan:
    """What is asked of tables that have the same columns.

    :ivar pools: columns whose values are put together, by the pool's name
    :ivar folded: pools whose values are asked about folded, too
    :ivar asked: one answer a question
    :ivar of_rows: what several columns of a row answer together
    """

    questions: tuple[_Question, ...]
    pools: Mapping[str, tuple[str, ...]]
    folded: frozenset[str]
    asked: tuple[pl.Expr, ...]
    of_rows: tuple[pl.Expr, ...]


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
    plan = _plan(schema, tuple(view.columns), owner, today)
    seen: set[str] = set()
    for rows in view.iter_slices(MANY):
        answers = rows.select(plan.of_rows).row(0, named=True)
        seen.update(name for name, answer in answers.items() if answer)
        distinct = {column.name: column.unique() for column in rows}
        for question in _ask_together(plan, distinct):
            seen.update(_ask_apart(question, distinct))
    return Survey(frozenset(seen))


def _ask_together(
    plan: _Plan, distinct: Mapping[str, pl.Series]
) -> Iterator[_Question]:
    """Yield the questions that some value answers yes."""
    pools = {
        name: pl.concat([distinct[one] for one in members]).alias(name)
        for name, members in plan.pools.items()
    }
    pools |= _fold([one for name, one in pools.items() if name in plan.folded])
    # A key of one SIRET is not made as long as a column of thousands of subjects.
    for few in (True, False):
        asked = [
            number
            for number, one in enumerate(plan.questions)
            if (len(pools[one.pool]) < FEW) is few
        ]
        if asked:
            frame = _join(one for one in pools.values() if (len(one) < FEW) is few)
            answers = frame.select([plan.asked[number] for number in asked]).row(0)
            for number, answer in zip(asked, answers, strict=True):
                if answer:
                    yield plan.questions[number]


def _fold(pools: Sequence[pl.Series]) -> dict[str, pl.Series]:
    """Return the folded values of some pools, folded all at once."""
    if not pools:
        return {}
    folded = fold_column(pl.concat([one.alias("") for one in pools]))
    ends = accumulate(map(len, pools))
    return {
        name: folded.slice(end - len(one), len(one)).alias(name)
        for one, end in zip(pools, ends, strict=True)
        for name in (f"{_FOLDED}{one.name}",)
    }


def _join(pools: Iterable[pl.Series]) -> pl.DataFrame:
    """Return series of several lengths as columns, nulls below the shorter ones.

    A null answers nothing.
    """
    columns = list(pools)
    height = max(map(len, columns))
    nulls = pl.Series([None], dtype=pl.String).new_from_index(0, height)
    return pl.DataFrame(
        [
            pl.concat([one, nulls.head(height - len(one))]).alias(one.name)
            for one in columns
        ]
    )


def _ask_apart(question: _Question, distinct: Mapping[str, pl.Series]) -> Iterator[str]:
    """Yield the question under the name of each column that answers yes."""
    alone = len(question.members) == 1
    for name, condition in zip(question.members, question.apart, strict=True):
        if alone or distinct[name].to_frame().select(condition.any()).item():
            yield f"{question.kind}:{name}"


@lru_cache(maxsize=256)
def _plan(
    schema: TableSchema,
    present: tuple[str, ...],
    owner: Owner | None,
    today: datetime.date,
) -> _Plan:
    questions = tuple(_ask_values(schema, present, owner, today))
    return _Plan(
        questions,
        {one.pool: one.members for one in questions},
        frozenset(one.pool for one in questions if one.kind == "personal"),
        tuple(
            one.together.any().alias(str(number))
            for number, one in enumerate(questions)
        ),
        tuple(
            condition.any().alias(question)
            for question, condition in _ask_rows(schema, present)
        ),
    )


def _ask_values(
    schema: TableSchema,
    present: tuple[str, ...],
    owner: Owner | None,
    today: datetime.date,
) -> Iterator[_Question]:
    """Yield what one column answers by itself."""
    compiled = compile_rules(schema)
    fields = [field for field in schema.fields if field.name in present]
    for alike in _group_alike(schema, fields):
        first, members = alike[0], tuple(one.name for one in alike)
        each = tuple(fails(compiled[one]) for one in members)
        yield _Question("cells", members, first.name, each[0], each)
        worded = tuple(says_total(pl.col(one)) for one in members)
        yield _Question("total", members, first.name, worded[0], worded)
        coming = [is_coming(one, pl.col(one.name), today) for one in alike]
        told = tuple(one for one in coming if one is not None)
        if told:
            yield _Question("coming", members, first.name, told[0], told)
    due = {one.field for one in schema.deductions}
    due |= {one.name for one in schema.required}
    members = tuple(one.name for one in fields if one.name in due)
    if members:
        each = tuple(is_empty(pl.col(one)) for one in members)
        yield _Question("empty", members, "empty:", is_empty(pl.col("empty:")), each)
    roles: dict[Role, list[str]] = {}
    for field in fields:
        role = asked_role(field, [one.name for one in schema.fields])
        if role is not None:
            roles.setdefault(role, []).append(field.name)
    for role, names in roles.items():
        pool = f"personal:{role}"
        each = tuple(sift(pl.col(one), role) for one in names)
        together = sift(pl.col(pool), role, pl.col(f"{_FOLDED}{pool}"))
        yield _Question("personal", tuple(names), pool, together, each)
    for name, foreign in list_foreign(schema, owner):
        if name in present:
            yield _Question("foreign", (name,), name, foreign, (foreign,))


def _group_alike(schema: TableSchema, fields: list[Field]) -> list[list[Field]]:
    """Put together the fields whose values must satisfy the same rules.

    Those that say whose a row is stay alone: more is asked of them.
    """
    groups: dict[tuple[object, ...], list[Field]] = {}
    whose = (schema.siret_field, schema.insee_field)
    for field in fields:
        bare = replace(
            field, name="", title="", description="", example="", synonyms=(),
            value_synonyms={}, personal=PersonalRisk(),
        )  # fmt: skip
        own = [
            (check.name, repr(check.params))
            for check in schema.checks
            if check.columns[:1] == (field.name,)
        ]
        key = (repr(bare), repr(own), field.name if field.name in whose else "")
        groups.setdefault(key, []).append(field)
    return list(groups.values())


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
