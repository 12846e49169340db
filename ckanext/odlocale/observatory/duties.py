"""Who must publish what: the engine's own function, asked once for each situation.

No rule is written here. Rules compare a population with a few thresholds only, so that
all the communes between two of them have the same answer: a test compares the answers
of one that stands for them with each one's own.
"""

from __future__ import annotations

import bisect
import datetime
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Any, cast

import polars as pl

from ckanext.odlocale.scdl.obligation_facts import Kind
from ckanext.odlocale.scdl.obligation_rules import (
    NEARLY,
    SMALL_FOR_ADDRESSES,
    THRESHOLD,
    TOP_PAY_THRESHOLD,
)
from ckanext.odlocale.scdl.obligations import Facts as Situation
from ckanext.odlocale.scdl.obligations import Obligation, obligations

#: Where an answer may change: a threshold, and the inhabitant after it.
BREAKS = sorted(
    bound + more
    for bound in (SMALL_FOR_ADDRESSES, NEARLY, THRESHOLD, TOP_PAY_THRESHOLD)
    for more in (0, 1)
)
#: Owed by the general rule alone (CRPA L312-1-1, D312-1-1-1):
#: who owes it is «obliged».
GENERAL = "equipements"
COLUMNS = {
    "siren": pl.String,
    "duty": pl.String,
    "verdict": pl.String,
    "since": pl.Date,
}
_FACTS = ("kind", "population", "largest_member", "website")


def standing_for(population: int | None) -> int | None:
    """Return the smallest population that the rules treat as this one.

    >>> standing_for(459), standing_for(3_499), standing_for(3_500)
    (0, 3326, 3500)
    """
    if population is None:
        return None
    rank = bisect.bisect_right(BREAKS, population)
    return BREAKS[rank - 1] if rank else 0


def duties_of(
    collectivities: pl.DataFrame, on: datetime.date, wanted: Collection[str] = ()
) -> pl.DataFrame:
    """Return what binds each collectivité: ``siren``, ``duty``, ``verdict``, ``since``.

    :param on: the day whose law is read
    :param wanted: matters of interest; all where it is empty
    :returns: verdicts ``applies`` and ``presumed_yes`` only; ``since`` is the day from
        which the text binds, nothing where it is older than any portal
    """
    known = collectivities.select(
        "siren",
        "kind",
        *(_standing_expr(name) for name in ("population", "largest_member")),
        pl.col("website").fill_null(value=False),
    )
    cases = known.select(_FACTS).unique()
    rows = [
        (*case, one.duty, one.verdict, one.texts[0].valid_from)
        for case in cases.iter_rows()
        for one in _asked(*case, on)
        if one.binds and (not wanted or one.duty in wanted)
    ]
    schema: Any = {**{name: known.schema[name] for name in _FACTS}, **COLUMNS}
    schema.pop("siren")
    answers = pl.DataFrame(rows, schema=schema, orient="row")
    found = known.join(answers, on=list(_FACTS), how="inner", nulls_equal=True)
    return found.select(list(COLUMNS))


def _standing_expr(column: str) -> pl.Expr:
    number = pl.col(column)
    found: Any = pl.when(number.is_null()).then(None)
    for least in reversed(BREAKS):
        found = found.when(number >= least).then(least)
    return cast(pl.Expr, found.otherwise(0).cast(pl.Int64).alias(column))


@lru_cache(maxsize=4096)
def _asked(
    kind: str,
    population: int | None,
    largest_member: int | None,
    website: bool,
    on: datetime.date,
) -> tuple[Obligation, ...]:
    situation = Situation(
        kind=cast(Kind, kind),
        population=population,
        largest_member=largest_member,
        answers={"website": True} if website else {},
    )
    return obligations(situation, on)


def start_days(duties: pl.DataFrame) -> Iterable[datetime.date]:
    """Return the days on which a text began to bind."""
    return sorted(duties["since"].drop_nulls().unique())
