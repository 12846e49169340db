"""A row on change, not a row a day: any past day can be read from them.

Rows are computed from dated facts, so that two days without a run leave no hole, and
running twice changes nothing.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import polars as pl

from ckanext.odlocale.observatory.duties import duties_of, start_days
from ckanext.odlocale.observatory.facts import Facts
from ckanext.odlocale.observatory.measuring import VALUES, measure
from ckanext.odlocale.observatory.mergers import follow_successors
from ckanext.odlocale.observatory.standing import Models, expiry_days

ROW = ("siren", "since", "until", *VALUES)


def build_rows(
    facts: Facts, start: datetime.date, end: datetime.date, models: Models
) -> pl.DataFrame:
    """Return what changed from one day to another, both included.

    :returns: :data:`ROW`: each row holds from ``since`` until the day before ``until``;
        the last of each has none, unless the collectivité ended. The first holds on
        ``start``
    """
    measured = measure(facts, moments_of(facts, start, end, models), models)
    changed = pl.any_horizontal(
        pl.col(name).ne_missing(pl.col(name).shift(1).over("siren")) for name in VALUES
    )
    first = pl.col("day") == pl.col("day").first().over("siren")
    ended = facts.collectivities.select("siren", "ended")
    return (
        measured.filter(changed | first)
        .rename({"day": "since"})
        .with_columns(until=pl.col("since").shift(-1).over("siren"))
        .join(ended, on="siren", how="left")
        # An end to come, or on the last day, is known all the same: it is dated.
        .with_columns(until=pl.coalesce("until", "ended"))
        .select(ROW)
        .sort("siren", "since")
    )


def moments_of(
    facts: Facts, start: datetime.date, end: datetime.date, models: Models
) -> pl.DataFrame:
    """Return the days on which something may change: ``siren``, ``day``.

    All have the first one, so that the state on that day is known.
    """
    followed = follow_successors(facts)
    online, nothing = followed.online, followed.nothing
    duties = duties_of(facts.collectivities, end, list(models.frequency))
    texts = [day for day in start_days(duties) if start < day <= end]
    everyone = facts.collectivities.select("siren")
    days = pl.DataFrame({"day": [start, *texts]}, schema={"day": pl.Date})
    found = [
        everyone.join(days, how="cross"),
        *(
            table.select("siren", pl.col(column).alias("day"))
            for table in (online, nothing)
            for column in ("since", "until")
        ),
        facts.contacts.select("siren", pl.col("on").alias("day")),
        expiry_days(online, nothing, models, end),
    ]
    return (
        pl.concat(found)
        .drop_nulls()
        .filter(pl.col("day").is_between(start, end))
        .unique()
    )


def as_of(rows: pl.DataFrame, day: datetime.date) -> pl.DataFrame:
    """Return the rows that hold on a day."""
    return rows.filter(
        pl.col("since") <= day, pl.col("until").is_null() | (pl.col("until") > day)
    )


def splice(
    kept: pl.DataFrame, fresh: pl.DataFrame, start: datetime.date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Join rows that begin on a day to those that are kept from before it.

    :param kept: one row for each collectivité: the one that held the day before, with
        its ``since``, ``version`` and values
    :param fresh: as :func:`build_rows` gives them from ``start``, with ``version``
    :returns: what to write, and until when each kept row holds (``siren``, ``until``):
        nothing where it goes on. A row that goes on unchanged is not written again
    """
    compared = [*VALUES, "version"]
    before = kept.select("siren", *(pl.col(n).alias(f"_{n}") for n in compared))
    joined = fresh.join(before, on="siren", how="left")
    same = pl.all_horizontal(pl.col(n).eq_missing(pl.col(f"_{n}")) for n in compared)
    goes_on = (pl.col("since") == start) & same & pl.col("_kind").is_not_null()
    written = joined.filter(~goes_on).select(fresh.columns)
    continued = joined.filter(goes_on).select("siren", "until")
    ends = (
        kept.select("siren")
        .join(continued, on="siren", how="left")
        .join(
            continued.select("siren", goes=pl.lit(value=True)), on="siren", how="left"
        )
        .select(
            "siren",
            until=pl.when(pl.col("goes").is_null())
            .then(pl.lit(start))
            .otherwise(pl.col("until")),
        )
    )
    return written, ends


def curve(
    rows: pl.DataFrame, days: Sequence[datetime.date], is_open: pl.Expr
) -> list[tuple[datetime.date, int]]:
    """Return how many were open on each day.

    Each row adds one from its first day and takes it back after its last: two rows that
    follow each other cancel out.

    :param is_open: of a row
    """
    open_rows = rows.filter(is_open)
    steps = pl.concat(
        [
            open_rows.select(pl.col("since").alias("day"), step=pl.lit(1)),
            open_rows.select(
                pl.col("until").alias("day"), step=pl.lit(-1)
            ).drop_nulls(),
        ]
    )
    return [
        (day, int(steps.filter(pl.col("day") <= day)["step"].sum())) for day in days
    ]
