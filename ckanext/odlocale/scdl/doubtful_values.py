"""Values that are well written and probably not what was meant.

A position beyond France whose latitude and longitude changed places, a year that is
still to come, «1» among percentages: the agent is asked, nothing is presumed.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterable, Iterator, Mapping

import polars as pl

from .formats import FRANCE
from .grouping import group_cells
from .numbers_and_dates import divide_by_hundred
from .report import FindingGroup
from .table import Table
from .table_schema import Field, TableSchema
from .values import to_ordered

#: Collectivités that the national validator's boxes leave out, in the same form.
_FURTHER = (
    (-56.53, 46.72, -56.08, 47.16),  # Saint-Pierre-et-Miquelon
    (-63.20, 17.84, -62.75, 18.17),  # Saint-Martin, Saint-Barthélemy
    (162.90, -23.00, 168.30, -17.90),  # Nouvelle-Calédonie
    (-155.20, -28.20, -134.00, -7.60),  # Polynésie française
    (-178.40, -14.50, -175.90, -12.90),  # Wallis-et-Futuna
)

_LATITUDE = re.compile(r"(?:^|_|y)lat(?:itude)?(?:_|$)", re.IGNORECASE)
_LONGITUDE = re.compile(r"(?:^|_|x)long?(?:itude)?(?:_|$)", re.IGNORECASE)

#: How far ahead a date may be: agreements and works run for years.
YEARS_AHEAD = 10
#: A year alone is that of a budget or of a count: next year's at most.
YEAR_AHEAD = 1


def find_positions(
    table: Table, schema: TableSchema, chosen: Mapping[str, str], view: pl.DataFrame
) -> Iterator[FindingGroup]:
    """Yield positions out of France, those that are in it once turned round apart.

    :param chosen: column name to field name
    :param view: the fields' values
    """
    pair = find_pair(schema, view.columns)
    if pair is None:
        return
    latitude, longitude = pair
    values = view.select(
        to_ordered(latitude, pl.col(latitude.name)).alias("lat"),
        to_ordered(longitude, pl.col(longitude.name)).alias("lon"),
    )
    lat_value, lon_value = pl.col("lat"), pl.col("lon")
    both = lat_value.is_not_null() & lon_value.is_not_null()
    told = values.select(
        (both & within_france(lon_value, lat_value).not_()).alias("out"),
        (both & within_france(lat_value, lon_value)).alias("turned"),
    )
    out = told["out"]
    names = {field: name for name, field in chosen.items()}
    lat, lon = view[latitude.name], view[longitude.name]
    for code, index in (
        ("gps.exchanged", (out & told["turned"]).arg_true()),
        ("gps.abroad", (out & ~told["turned"]).arg_true()),
    ):
        if not len(index):
            continue
        turned = code == "gps.exchanged"
        yield group_cells(
            table,
            code,
            "confirm" if turned else "know",
            name=names[latitude.name],
            field=latitude.name,
            index=index,
            before=lat.gather(index),
            after=lon.gather(index) if turned else None,
            beside={names[longitude.name]: lat.gather(index)} if turned else None,
        )


def is_out(latitude: Field, longitude: Field) -> pl.Expr:
    """Return whether a position is said and is not in France."""
    lat = to_ordered(latitude, pl.col(latitude.name))
    lon = to_ordered(longitude, pl.col(longitude.name))
    # A null makes the whole null, which is no fault.
    return within_france(lon, lat).not_()


def find_pair(
    schema: TableSchema, present: Iterable[str]
) -> tuple[Field, Field] | None:
    """Return the latitude and the longitude of a schema that has one of each."""
    there = set(present)
    numbers = [one.name for one in schema.fields if one.type == "number"]
    latitudes = [name for name in numbers if _LATITUDE.search(name)]
    longitudes = [name for name in numbers if _LONGITUDE.search(name)]
    if len(latitudes) != 1 or len(longitudes) != 1:
        return None
    pair = latitudes[0], longitudes[0]
    if not there.issuperset(pair):
        return None
    return schema.field(pair[0]), schema.field(pair[1])


def within_france(longitude: pl.Expr, latitude: pl.Expr) -> pl.Expr:
    """Return whether a position is in France, overseas included; null where unknown."""
    return pl.any_horizontal(
        longitude.is_between(west, east) & latitude.is_between(south, north)
        for west, south, east, north in (*FRANCE, *_FURTHER)
    )


def find_coming(
    table: Table,
    schema: TableSchema,
    chosen: Mapping[str, str],
    view: pl.DataFrame,
    today: datetime.date,
    asked: Collection[str],
) -> Iterator[FindingGroup]:
    """Yield years and dates so far ahead that a figure must be wrong.

    The year that two figures exchanged, or one figure changed, would make of this
    century's past or present is proposed: 2202 for 2022.

    :param chosen: column name to field name
    :param view: the fields' values
    :param asked: fields that :func:`is_coming` is true of somewhere
    """
    for name, target in chosen.items():
        field = schema.field(target)
        column = pl.col(target)
        coming = is_coming(field, column, today) if target in asked else None
        if coming is None:
            continue
        year = _year_of(field, column)
        told = view.select(year.alias("year"), coming.alias("coming"))
        years, index = told["year"], told["coming"].arg_true()
        before = view[target].gather(index)
        after = _propose_years(field, before, years.gather(index), today)
        # Where one value has no likely reading, the agent looks at them all.
        ready = after.null_count() == 0
        yield group_cells(
            table,
            "year.coming",
            "confirm" if ready else "know",
            name=name,
            field=target,
            index=index,
            before=before,
            after=after if ready else None,
        )


def is_coming(field: Field, column: pl.Expr, today: datetime.date) -> pl.Expr | None:
    """Return whether a year or a date is too far ahead.

    :returns: nothing for other columns, and for a schema that is about the future
    """
    if field.type not in ("year", "date") or field.enum:
        return None
    latest = today.year + (YEAR_AHEAD if field.type == "year" else YEARS_AHEAD)
    if (field.minimum or "")[:4] > str(latest):
        return None
    return _year_of(field, column) > latest


def _year_of(field: Field, column: pl.Expr) -> pl.Expr:
    ordered = to_ordered(field, column)
    return ordered.dt.year() if field.type == "date" else ordered.cast(pl.Int32)


def _propose_years(
    field: Field, before: pl.Series, years: pl.Series, today: datetime.date
) -> pl.Series:
    """Return the values with the year that was probably meant, null where none is."""
    meant = {year: _mean_year(int(year), today.year) for year in years.unique()}
    proposed = [
        None if meant[year] is None else value.replace(str(year), str(meant[year]), 1)
        for value, year in zip(before, years, strict=True)
    ]
    after = pl.Series(before.name, proposed, dtype=pl.String)
    valid = after.to_frame("after").select(_year_of(field, pl.col("after")))
    return after.to_frame("after").select(
        pl.when(valid.to_series().is_not_null()).then(pl.col("after"))
    )["after"]


def _mean_year(year: int, current: int) -> int | None:
    """Return the year of which two neighbouring figures were exchanged, if one only.

    >>> _mean_year(2202, 2026), _mean_year(3027, 2026)
    (2022, None)
    """
    text = str(year)
    exchanged = {
        int(text[:at] + text[at + 1] + text[at] + text[at + 2 :]) for at in range(3)
    }
    likely = [one for one in exchanged if current - 100 < one <= current + YEAR_AHEAD]
    return likely[0] if len(likely) == 1 else None


def find_percents(
    table: Table,
    schema: TableSchema,
    chosen: Mapping[str, str],
    view: pl.DataFrame,
    found: Iterable[FindingGroup],
) -> Iterator[FindingGroup]:
    """Yield the shares up to 1 of a column whose other values are percentages.

    :param chosen: column name to field name
    :param view: the fields' values
    :param found: the groups of cells at fault: they say which columns those are
    """
    columns = {one.column for one in found if one.code == "percent.over_one"}
    for name, target in chosen.items():
        if target not in columns:
            continue
        field = schema.field(target)
        least = max(float(field.minimum or 0), 0.0) * 100
        value = to_ordered(field, pl.col(target))
        doubtful = (value > 0) & (value >= least) & (value <= 1)
        index = view.select(doubtful.fill_null(False).alias("d"))["d"].arg_true()
        if not len(index):
            continue
        before = view[target].gather(index)
        after = [divide_by_hundred(text.strip()) for text in before]
        yield group_cells(
            table,
            "percent.one",
            "confirm",
            name=name,
            field=target,
            index=index,
            before=before,
            after=pl.Series("after", after, dtype=pl.String),
        )
