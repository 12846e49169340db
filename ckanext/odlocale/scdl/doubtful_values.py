"""Values that are well written and probably not what was meant.

A position beyond France whose latitude and longitude changed places, «1» among
percentages: the agent is asked, nothing is presumed. Years still to come are in
:mod:`ckanext.odlocale.scdl.coming_years`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

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
