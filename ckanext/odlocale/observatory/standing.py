"""Whether what is online is late: the desk's own rules (:mod:`.due`), by columns.

The same calendars and rhythms as reminders and the desk, for a whole territory at
once: a test compares each answer with :func:`.due.expect`'s.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import polars as pl

from ckanext.odlocale.publishing.due import CALENDARS, MONTHS_BETWEEN

_KIND = r"^\d{4}-([a-z][a-z-]*?)(?:-(\d{5}))?(?:-\d{1,3})?$"
_GROUP = ["at", "schema"]


@dataclass(frozen=True)
class Models:
    """The national models that are counted.

    :ivar frequency: by slug, the code of the EU frequency authority
    """

    frequency: dict[str, str]

    @property
    def months(self) -> pl.DataFrame:
        """Return how many months a release of each stays up to date."""
        rows = [
            (slug, MONTHS_BETWEEN.get(code))
            for slug, code in self.frequency.items()
            if slug not in CALENDARS
        ]
        return pl.DataFrame(
            rows, schema={"schema": pl.String, "months": pl.Int32}, orient="row"
        )


def late_schemas(
    live: pl.DataFrame, answered: pl.DataFrame, models: Models
) -> pl.DataFrame:
    """Return which data are late: ``at``, ``schema``.

    :param live: files online on a day: ``at`` (number of the collectivité and the
        day), ``day``, ``schema``, ``key``, ``published``, ``nic`` (of the
        collectivité's main establishment)
    :param answered: years about which there is nothing, as known on that day: ``at``,
        ``day``, ``schema``, ``year``
    """
    files = live.filter(pl.col("schema").is_not_null())
    dated = files.filter(pl.col("schema").is_in(list(CALENDARS)))
    other = files.filter(~pl.col("schema").is_in(list(CALENDARS)))
    return pl.concat(
        [
            _by_calendar(_main_only(dated), answered),
            _by_rhythm(other, answered, models),
        ]
    )


def expiry_days(
    online: pl.DataFrame, nothing: pl.DataFrame, models: Models, last: datetime.date
) -> pl.DataFrame:
    """Return the days on which something may have become late: ``siren``, ``day``.

    :param last: nothing later is of interest
    """
    days = [
        online.select("siren", "schema", pl.col("published").alias("from")),
        nothing.select(
            "siren", "schema", pl.date(pl.col("year"), 12, 31).alias("from")
        ),
    ]
    said = pl.concat(days).filter(pl.col("schema").is_not_null())
    rhythm = (
        said.join(models.months, on="schema")
        .drop_nulls("months")
        .with_columns(day=_add_months("from").dt.offset_by("1d"))
        .select("siren", "day")
    )
    found = [rhythm]
    for schema, calendar in CALENDARS.items():
        mine = said.filter(pl.col("schema") == schema)
        years = range(_first_year(mine, last) - 1, last.year + 1)
        ends = [calendar.last_day(year) + datetime.timedelta(1) for year in years]
        found.append(
            mine.select("siren")
            .unique()
            .join(pl.DataFrame({"day": ends}, schema={"day": pl.Date}), how="cross")
        )
    return pl.concat(found).filter(pl.col("day") <= last).unique()


def _first_year(said: pl.DataFrame, last: datetime.date) -> int:
    first = said["from"].min()
    return first.year if isinstance(first, datetime.date) else last.year


def _add_months(column: str) -> pl.Expr:
    return pl.col(column).dt.offset_by(pl.format("{}mo", pl.col("months")))


def _main_only(files: pl.DataFrame) -> pl.DataFrame:
    """Keep the files by which a data is up to date; see :func:`.due.main_keys`."""
    kinds = pl.DataFrame(
        [(slug, one.kind) for slug, one in CALENDARS.items() if one.kind],
        schema={"schema": pl.String, "wanted": pl.String},
        orient="row",
    )
    parts = files.join(kinds, on="schema", how="left").with_columns(
        is_kind=pl.col("key").str.extract(_KIND, 1).eq_missing(pl.col("wanted"))
        & pl.col("wanted").is_not_null(),
        number=pl.col("key").str.extract(_KIND, 2),
    )
    numbers = pl.when("is_kind").then(pl.col("number"))
    own = (pl.col("is_kind") & (pl.col("number") == pl.col("nic"))).any().over(_GROUP)
    main = pl.when(own).then(pl.col("nic")).otherwise(numbers.min().over(_GROUP))
    some = pl.col("is_kind").any().over(_GROUP)
    kept = pl.col("number").is_null() | (pl.col("number") == main)
    return parts.filter(~some | (pl.col("is_kind") & kept)).select(files.columns)


def _by_calendar(files: pl.DataFrame, answered: pl.DataFrame) -> pl.DataFrame:
    first = pl.col("key").str.extract(r"^(\d{4})(?:-|$)", 1)
    last = pl.col("key").str.extract(r"^\d{4}-(\d{4})", 1)
    # A year misread far ahead must not settle all those before it: «2021-2023» covers
    # each of its years, so that the last one known to be sensible counts.
    bound = pl.col("day").dt.year().cast(pl.Int64) + 1
    upper = pl.coalesce(last, first).cast(pl.Int64)
    lower = first.cast(pl.Int64)
    covered = pl.when(upper >= lower).then(pl.min_horizontal(upper, bound))
    years = files.with_columns(year=covered, lower=lower).filter(
        pl.col("year") >= pl.col("lower")
    )
    said = answered.filter(pl.col("schema").is_in(list(CALENDARS)))
    columns = [*_GROUP, "day", "year"]
    done = (
        pl.concat([years.select(columns), said.select(columns)])
        .filter(pl.col("year") <= bound)
        .group_by(_GROUP)
        .agg(pl.col("day").first(), pl.col("year").max())
    )
    late = [
        done.filter(pl.col("schema") == schema).filter(
            pl.col("year") < _past(calendar.month, calendar.day, calendar.years)
        )
        for schema, calendar in CALENDARS.items()
    ]
    return pl.concat(late).select(_GROUP)


def _past(month: int, day: int, years: int) -> pl.Expr:
    """The last year whose last day is over."""
    year = pl.col("day").dt.year().cast(pl.Int64) - years
    over = pl.date(pl.col("day").dt.year(), month, day) < pl.col("day")
    return pl.when(over).then(year).otherwise(year - 1)


def _by_rhythm(
    files: pl.DataFrame, answered: pl.DataFrame, models: Models
) -> pl.DataFrame:
    said = answered.filter(~pl.col("schema").is_in(list(CALENDARS))).select(
        *_GROUP, "day", pl.date(pl.col("year"), 12, 31).alias("from")
    )
    days = files.select(*_GROUP, "day", pl.col("published").alias("from"))
    paced = models.months.drop_nulls("months")
    return (
        pl.concat([days, said])
        .join(paced, on="schema")
        .group_by(*_GROUP, "months")
        .agg(pl.col("day").first(), pl.col("from").max())
        .filter(_add_months("from") < pl.col("day"))
        .select(_GROUP)
    )
