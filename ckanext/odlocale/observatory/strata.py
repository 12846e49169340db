"""Population bands, as the national observatory of open data counts by.

Source: Observatoire open data des territoires (OpenDataFrance); 3,500 inhabitants is
the threshold of CRPA L312-1-1, below which the general duty binds no commune.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import polars as pl

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Stratum:
    """A population band.

    :ivar code: short and final: in addresses, in exports
    :ivar least: inhabitants, at least
    :ivar below: inhabitants, fewer than; nothing for the last
    """

    code: str
    least: int
    below: int | None


STRATA: tuple[Stratum, ...] = (
    Stratum("0-499", 0, 500),
    Stratum("500-1999", 500, 2_000),
    Stratum("2000-3499", 2_000, 3_500),
    Stratum("3500-9999", 3_500, 10_000),
    Stratum("10000-49999", 10_000, 50_000),
    Stratum("50000", 50_000, None),
)
CODES: tuple[str, ...] = (*(one.code for one in STRATA), UNKNOWN)


def stratum_of(population: int | None) -> str:
    """Return the band of a population; ``unknown`` where nobody knows it.

    >>> stratum_of(3499), stratum_of(3500), stratum_of(None)
    ('2000-3499', '3500-9999', 'unknown')
    """
    if population is None:
        return UNKNOWN
    return next(one.code for one in reversed(STRATA) if population >= one.least)


def stratum_expr(population: str = "population") -> pl.Expr:
    """The same for a column."""
    column = pl.col(population)
    found: Any = pl.when(column.is_null()).then(pl.lit(UNKNOWN))
    for one in reversed(STRATA):
        found = found.when(column >= one.least).then(pl.lit(one.code))
    return cast(pl.Expr, found.otherwise(pl.lit(STRATA[0].code)))
