"""Who needs somebody: what the follow-up of an ATD begins with."""

from __future__ import annotations

import datetime
from typing import Any

import polars as pl

from ckanext.odlocale.observatory.summing import OBLIGED

#: Nothing changed for so long: somebody began and stopped.
STALLED_DAYS = 180
REASONS = ("obliged_nothing", "close", "stalled")


def follow_up(
    rows: pl.DataFrame,
    drafts: pl.DataFrame,
    last_acts: pl.DataFrame,
    day: datetime.date,
) -> dict[str, list[dict[str, Any]]]:
    """Return who stalled, who is close to a first data, who is obliged with nothing.

    :param rows: of the day, with ``siren``
    :param drafts: files begun and not published: ``siren``
    :param last_acts: last deposit or publication of each: ``siren``, ``on``
    :returns: by reason (:data:`REASONS`), rows with ``siren`` and ``since``; each
        collectivité is in one list, the first that fits: close, stalled, obliged
    """
    closed = (pl.col("portal") + pl.col("datagouv") + pl.col("elsewhere")) == 0
    begun = drafts.select("siren").unique().with_columns(begun=pl.lit(value=True))
    known = rows.join(begun, on="siren", how="left").join(
        last_acts.unique("siren"), on="siren", how="left"
    )
    close = known.filter(closed, pl.col("begun").is_not_null())
    limit = day - datetime.timedelta(STALLED_DAYS)
    stalled = known.filter(~closed, pl.col("late") != "", pl.col("on") <= limit)
    nothing = known.filter(closed, pl.col("begun").is_null(), OBLIGED)

    def listed(found: pl.DataFrame) -> list[dict[str, Any]]:
        ordered = found.sort("on", "siren", nulls_last=True)
        return ordered.select("siren", since=pl.col("on")).to_dicts()

    return {
        "obliged_nothing": listed(nothing),
        "close": listed(close),
        "stalled": listed(stalled),
    }
