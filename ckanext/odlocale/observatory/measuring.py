"""What holds of a collectivité on a day: one row, whichever the day.

The same function gives today's figures and those of any past day, so that history and
what a page shows cannot disagree.
"""

from __future__ import annotations

import datetime

import polars as pl

from ckanext.odlocale.observatory.duties import GENERAL, duties_of
from ckanext.odlocale.observatory.facts import PLACES, TEXT, Columns, Facts
from ckanext.odlocale.observatory.mergers import follow_successors
from ckanext.odlocale.observatory.standing import Models, late_schemas

#: What a row says besides whose it is and when; see :mod:`.definitions` for what each
#: means. Lists are texts joined by commas, sorted.
VALUES: Columns = {
    "kind": TEXT,
    "population": pl.Int64(),
    "epci": TEXT,
    "arrondissement": TEXT,
    "departement": TEXT,
    "region": TEXT,
    "portal": pl.Int64(),
    "datagouv": pl.Int64(),
    "elsewhere": pl.Int64(),
    "schemas": TEXT,
    "late": TEXT,
    "missing": TEXT,
    "valid": pl.Int64(),
    "corrected": pl.Int64(),
    "applies": pl.Int64(),
    "presumed": pl.Int64(),
    "quality": pl.Float64(),
    "opened_on": pl.Date(),
    "opened_by": TEXT,
    "contact_on": pl.Date(),
}
PLACE_COLUMNS = (
    "kind",
    "population",
    "epci",
    "arrondissement",
    "departement",
    "region",
)


def measure(facts: Facts, moments: pl.DataFrame, models: Models) -> pl.DataFrame:
    """Return the indicators of collectivités on days.

    :param moments: ``siren``, ``day``; one on which the collectivité is no longer is
        left out
    :returns: ``siren``, ``day`` and :data:`VALUES`, in the order of both
    """
    followed = follow_successors(facts)
    places = facts.collectivities
    at = (
        moments.select(pl.col("siren").cast(TEXT), pl.col("day").cast(pl.Date))
        .unique()
        .join(places, on="siren", how="inner")
        .filter(pl.col("ended").is_null() | (pl.col("day") < pl.col("ended")))
        .sort("siren", "day")
        .with_row_index("at")
    )
    live = _live(at, followed.online)
    answered = _answered(at, followed.nothing)
    # Nobody here read the files of other portals: neither their faults nor their years.
    here = live.filter(pl.col("place") == "portal")
    behind = late_schemas(here, answered, models)
    # An answer that is too old makes nothing late where nothing is online: it settles
    # nothing any more, and what the law asks is absent again.
    late = behind.join(_models_of(here), on=["at", "schema"], how="semi")
    settled = answered.join(behind, on=["at", "schema"], how="anti")
    parts = (
        _count_places(live),
        _read_schemas(here),
        _join_names(late, "late"),
        _read_duties(at, live, settled, models),
        _openings(at, followed.online),
        _first_contacts(at, facts.contacts),
    )
    rows = at.select("at", "siren", "day", *PLACE_COLUMNS)
    for part in parts:
        rows = rows.join(part, on="at", how="left", maintain_order="left")
    return rows.select(
        "siren",
        "day",
        *(_filled(name).cast(kind).alias(name) for name, kind in VALUES.items()),
    )


def _filled(name: str) -> pl.Expr:
    column = pl.col(name)
    if name in _LISTS:
        return column.fill_null("")
    return column.fill_null(0) if name in _COUNTS else column


#: Of a whole number.
MOST_BITS = 63
_LISTS = ("schemas", "late", "missing")
_COUNTS = (*PLACES, "valid", "corrected", "applies", "presumed")


def measure_day(facts: Facts, day: datetime.date, models: Models) -> pl.DataFrame:
    """Return the indicators of every collectivité on one day."""
    return measure(facts, facts.collectivities.select("siren", day=pl.lit(day)), models)


def _live(at: pl.DataFrame, online: pl.DataFrame) -> pl.DataFrame:
    """What is online on each day: the same file is not counted before or after."""
    return at.select("at", "siren", "day", "nic").join(online, on="siren").filter(
        pl.col("since") <= pl.col("day"),
        pl.col("until").is_null() | (pl.col("day") < pl.col("until")),
    )  # fmt: skip


def _answered(at: pl.DataFrame, nothing: pl.DataFrame) -> pl.DataFrame:
    return (
        at.select("at", "siren", "day")
        .join(nothing, on="siren")
        .filter(
            pl.col("since") <= pl.col("day"),
            pl.col("until").is_null() | (pl.col("day") < pl.col("until")),
        )
        .select("at", "day", "schema", "year")
    )


def _count_places(live: pl.DataFrame) -> pl.DataFrame:
    return live.group_by("at").agg(
        *(
            pl.col("dataset").filter(pl.col("place") == place).n_unique().alias(place)
            for place in PLACES
        ),
        pl.col("quality").mean().round(3),
    )


def _models_of(live: pl.DataFrame) -> pl.DataFrame:
    found = live.filter(pl.col("schema").is_not_null())
    return found.select("at", "schema").unique()


def _read_schemas(live: pl.DataFrame) -> pl.DataFrame:
    """By model: valid where all its files are, corrected where one was."""
    by_model = (
        live.filter(pl.col("schema").is_not_null())
        .group_by("at", "schema")
        .agg(
            pl.col("valid").fill_null(value=False).all(),
            pl.col("corrected").fill_null(value=False).any(),
        )
    )
    counted = by_model.group_by("at").agg(
        pl.col("valid").sum(), pl.col("corrected").sum()
    )
    return counted.join(_join_names(by_model, "schemas"), on="at")


def _join_names(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return the models of each row, sorted and joined by commas.

    A model is a bit, so that the few sums that occur are written once each.

    :param rows: ``at``, ``schema``; none twice
    """
    known = sorted(rows["schema"].unique().to_list())
    if len(known) > MOST_BITS:
        joined = pl.col("schema").unique().sort().str.join(",").alias(name)
        return rows.group_by("at").agg(joined)
    bits = pl.DataFrame(
        {"schema": known, "bit": [1 << rank for rank in range(len(known))]},
        schema={"schema": TEXT, "bit": pl.UInt64},
    )
    sums = rows.join(bits, on="schema").group_by("at").agg(pl.col("bit").sum())
    masks = sums["bit"].unique()
    texts = [
        ",".join(one for rank, one in enumerate(known) if mask >> rank & 1)
        for mask in masks
    ]
    written = pl.DataFrame(
        {"bit": masks, name: texts}, schema={"bit": pl.UInt64, name: TEXT}
    )
    return sums.join(written, on="bit").select("at", name)


def _read_duties(
    at: pl.DataFrame, live: pl.DataFrame, answered: pl.DataFrame, models: Models
) -> pl.DataFrame:
    """Duties about what follows a national model: those that can be counted.

    Acts, minutes, addresses, contracts bind as well, and are published in forms and
    places that are not counted here.
    """
    today = at["day"].max()
    if not isinstance(today, datetime.date):
        today = datetime.date.min
    duties = duties_of(at.unique("siren"), today, list(models.frequency))
    binding = (
        at.select("at", "siren", "day")
        .join(duties, on="siren")
        .filter(pl.col("since").is_null() | (pl.col("since") <= pl.col("day")))
        .rename({"duty": "schema"})
    )
    met = pl.concat(
        [
            _models_of(live),
            answered.select("at", "schema"),
        ]
    ).unique()
    # Who is «obliged» is so by the general rule, whatever else binds everybody.
    general = pl.col("schema") == GENERAL
    counted = binding.group_by("at").agg(
        (general & (pl.col("verdict") == "applies")).sum().alias("applies"),
        (general & (pl.col("verdict") == "presumed_yes")).sum().alias("presumed"),
    )
    absent = binding.join(met, on=["at", "schema"], how="anti")
    return counted.join(_join_names(absent, "missing"), on="at", how="left")


def _openings(at: pl.DataFrame, online: pl.DataFrame) -> pl.DataFrame:
    """The first day on which each had something online, and by which channel."""
    first = online.group_by("siren").agg(
        pl.col("since").min().alias("opened_on"),
        pl.col("channel")
        .sort_by("since", "published", "dataset")
        .drop_nulls()
        .first()
        .alias("opened_by"),
    )
    return _known(at, first, "opened_on").select("at", "opened_on", "opened_by")


def _first_contacts(at: pl.DataFrame, contacts: pl.DataFrame) -> pl.DataFrame:
    first = contacts.group_by("siren").agg(pl.col("on").min().alias("contact_on"))
    return _known(at, first, "contact_on").select("at", "contact_on")


def _known(at: pl.DataFrame, first: pl.DataFrame, day: str) -> pl.DataFrame:
    found = at.select("at", "siren", "day").join(first, on="siren")
    return found.filter(pl.col(day) <= pl.col("day"))
