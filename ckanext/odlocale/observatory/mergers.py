"""History follows the successor of a commune that merged, and sums stay right.

What a commune had online is its own until the day before the merger, and its
successor's from that day. Both are never counted at once.
"""

from __future__ import annotations

import datetime

import polars as pl

from ckanext.odlocale.observatory.facts import Facts

#: No chain of mergers is longer; a loop would be.
MAX_STEPS = 12


def follow_successors(facts: Facts) -> Facts:
    """Return the facts where each is in the name of who answered for it then.

    Files get ``published``, the day when they were; ``since`` is then the day from
    which that collectivité has them.
    """
    online = facts.online.with_columns(pl.col("since").alias("published"))
    nothing = facts.nothing.with_columns(
        pl.col("on").alias("since"), pl.lit(None, pl.Date).alias("until")
    )
    gone = facts.collectivities.filter(
        pl.col("successor").is_not_null(), pl.col("ended").is_not_null()
    ).select("siren", "successor", "ended")
    return Facts(
        facts.collectivities,
        _split(online, gone),
        _split(nothing, gone),
        facts.contacts,
    )


def _split(rows: pl.DataFrame, gone: pl.DataFrame) -> pl.DataFrame:
    done: list[pl.DataFrame] = []
    left = rows
    for _ in range(MAX_STEPS):
        if gone.is_empty() or left.is_empty():
            break
        met = left.join(gone, on="siren", how="left")
        outlives = pl.col("ended").is_not_null() & (
            pl.col("until").is_null() | (pl.col("until") > pl.col("ended"))
        )
        kept = met.filter(~outlives).drop("successor", "ended")
        moved = met.filter(outlives)
        before = moved.filter(pl.col("since") < pl.col("ended")).with_columns(
            pl.col("ended").alias("until")
        )
        done += [kept, before.drop("successor", "ended")]
        left = moved.with_columns(
            pl.max_horizontal("since", "ended").alias("since"),
            pl.col("successor").alias("siren"),
        ).drop("successor", "ended")
    return pl.concat([*done, left]) if done else rows


def heirs_of(facts: Facts, day: datetime.date) -> pl.DataFrame:
    """Return who answers for each collectivité on a day: ``siren``, ``heir``."""
    links = {
        siren: successor
        for siren, successor, ended in facts.collectivities.select(
            "siren", "successor", "ended"
        ).iter_rows()
        if successor and ended and ended <= day
    }
    found = []
    for siren in facts.collectivities["siren"]:
        heir, steps = siren, 0
        while heir in links and steps < MAX_STEPS:
            heir, steps = links[heir], steps + 1
        found.append((siren, heir))
    return pl.DataFrame(found, schema=["siren", "heir"], orient="row")
