"""The picture that a file makes obvious: bars of its amounts, or points on a map.

Which one is said by what a model's columns are, so that a model that an ATD brings in
has its map too. The figures are few, whatever the file's size: they go in a page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from ckanext.odlocale.scdl.doubtful_values import find_pair, within_france
from ckanext.odlocale.scdl.formats import read_geopoint
from ckanext.odlocale.scdl.table_schema import Field, TableSchema
from ckanext.odlocale.scdl.values import to_ordered

#: Points on the page of a file, and on the review, whose figures its draft keeps.
MAX_POINTS = 5_000
REVIEW_POINTS = 500

MAX_BARS = 10
MAX_CHARTS = 4

#: Longer names make a picture, and its page, of any size.
MAX_LABEL = 120

#: No authority's amount: a figure beyond it would flatten all the others.
MAX_AMOUNT = 1e13

_NAME = re.compile(r"(?:^|_)(?:nom|name|libelle|titre)(?:_|$)", re.IGNORECASE)

_LABEL_OF = re.compile(r"^(?:Libellé|Nom) (?:du |de la |de l’|des )")


@dataclass(frozen=True)
class Bars:
    """Amounts added up by the value of a column.

    :ivar group: the column that names a bar; ``code`` does where it is empty
    :ivar amounts: the first that has anything but zeros is drawn
    :ivar split: columns whose values make a chart apart
    """

    group: str
    amounts: tuple[str, ...]
    split: tuple[str, ...] = ()
    code: str = ""


@dataclass(frozen=True)
class Points:
    """Places on a map.

    :ivar where: the latitude and the longitude, or one column that holds both
    :ivar names: columns that may tell the places apart
    """

    where: tuple[Field, ...]
    names: tuple[str, ...]


#: Columns of the national models by which amounts are read. A budget's chapters are
#: what a council votes on; what was spent is told rather than what was foreseen.
_BARS = (
    Bars(
        group="BGT_CONTNAT_LABEL",
        code="BGT_CONTNAT",
        amounts=("BGT_MTREAL", "BGT_MTPREV", "BGT_MTPROPNOUV"),
        split=("BGT_SECTION", "BGT_CODRD"),
    ),
    Bars(group="nomBeneficiaire", amounts=("montant",)),
)


def choose_picture(schema: TableSchema) -> Bars | Points | None:
    """Return the picture that a model makes obvious, if one does."""
    fields = {one.name: one for one in schema.fields}
    for bars in _BARS:
        amounts = tuple(
            name
            for name in bars.amounts
            if name in fields and fields[name].type == "number"
        )
        if amounts and fields.keys() >= {bars.group, *bars.split}:
            code = bars.code if bars.code in fields else ""
            return Bars(bars.group, amounts, bars.split, code)
    where: tuple[Field, ...] | None = find_pair(schema, fields)
    if where is None:
        where = tuple(one for one in schema.fields if one.type == "geopoint")[:1]
    names = tuple(
        one.name
        for one in schema.fields
        if one.type == "string"
        and _NAME.search(one.name)
        and one.personal.risk != "likely"
    )
    return Points(where, names) if where else None


def draw_picture(
    rows: pl.LazyFrame, schema: TableSchema, most: int = MAX_POINTS
) -> dict[str, Any] | None:
    """Return the figures of a file's picture, JSON-safe.

    :param rows: as published: the columns of the model that there are, text
    :param most: points at most
    :returns: nothing where there is nothing to draw; else by ``kind``:

        - ``bars``: ``group`` and ``measure`` (what a bar is of, and shows); ``charts``:
          each ``of`` (values of the columns that split), ``bars`` (name and sum, the
          biggest first), ``others`` (how many bars more, and their sum), ``total``;
          ``left_out``: charts more
        - ``points``: ``points`` (latitude, longitude, name), ``more``: how many were
          left out for their number, ``astray``: rows without a place in France
    """
    present = set(rows.collect_schema().names())
    picture = choose_picture(schema)
    if isinstance(picture, Bars):
        return _draw_bars(rows, schema, picture, present)
    if isinstance(picture, Points):
        return _draw_points(rows, picture, present, most)
    return None


def _draw_bars(
    rows: pl.LazyFrame, schema: TableSchema, picture: Bars, present: set[str]
) -> dict[str, Any] | None:
    amounts = [name for name in picture.amounts if name in present]
    if picture.group not in present or not amounts:
        return None
    split = [name for name in picture.split if name in present]
    label = _filled(picture.group)
    if picture.code in present:
        label = pl.coalesce(label, _filled(picture.code))
    # Each amount is read once: which one is drawn is known after.
    found = (
        rows.select(
            *(_filled(name).fill_null("").alias(name) for name in split),
            label.fill_null("").alias("label"),
            *(_amount(schema.field(name)).alias(name) for name in amounts),
        )
        .group_by([*split, "label"])
        .agg(
            *(pl.col(name).sum().round(2) for name in amounts),
            *((pl.col(name) != 0).any().alias(f"{name} is said") for name in amounts),
        )
        .collect()
    )
    said = found.select(pl.col(f"{name} is said").any() for name in amounts)
    measure = next((name for name in amounts if said[f"{name} is said"].item()), None)
    if measure is None:
        return None
    sums = (
        found.select(*split, "label", pl.col(measure).alias("value"))
        .filter(pl.col("value") != 0)
        .sort([*split, pl.col("value").abs(), "label"],
              descending=[*(False for _ in split), True, False])
    )  # fmt: skip
    parts = sums.partition_by(split, maintain_order=True) if split else [sums]
    charts = [_chart(part, split) for part in parts if len(part)]
    if not charts:
        return None
    # Values that no model knows may make any number of charts: the weightiest stay.
    heavy = {id(one) for one in sorted(charts, key=_weight)[-MAX_CHARTS:]}
    return {
        "kind": "bars",
        "group": _thing_named(schema.field(picture.group)),
        "measure": schema.field(measure).title,
        "charts": [one for one in charts if id(one) in heavy],
        "left_out": len(charts) - len(heavy),
    }


def _thing_named(field: Field) -> str:
    """Return what a column names: «Chapitre» for «Libellé du chapitre»."""
    thing = _LABEL_OF.sub("", field.title)
    return thing[:1].upper() + thing[1:]


def _chart(part: pl.DataFrame, split: Sequence[str]) -> dict[str, Any]:
    rest = part.slice(MAX_BARS)
    shown = part.head(MAX_BARS).select("label", "value").rows()
    return {
        "of": [str(part[name][0])[:MAX_LABEL] for name in split],
        "bars": [[str(label)[:MAX_LABEL], value] for label, value in shown],
        "others": [len(rest), _sum(rest)] if len(rest) else None,
        "total": _sum(part),
    }


def _weight(chart: Mapping[str, Any]) -> float:
    return float(sum(abs(value) for _, value in chart["bars"]))


def _sum(part: pl.DataFrame) -> float:
    return round(float(part["value"].sum()), 2)


def _amount(field: Field) -> pl.Expr:
    value = to_ordered(field, pl.col(field.name))
    return pl.when(value.abs() < MAX_AMOUNT).then(value)


def _filled(name: str) -> pl.Expr:
    text = pl.col(name).str.strip_chars()
    return pl.when(text != "").then(text)


def _draw_points(
    rows: pl.LazyFrame, picture: Points, present: set[str], most: int
) -> dict[str, Any] | None:
    if not {one.name for one in picture.where} <= present:
        return None
    if len(picture.where) == 2:
        latitude, longitude = (
            to_ordered(one, pl.col(one.name)) for one in picture.where
        )
    else:
        (field,) = picture.where
        longitude, latitude = read_geopoint(field.format, pl.col(field.name))
    name = _telling_name(rows, [one for one in picture.names if one in present])
    places = rows.select(
        latitude.alias("lat"),
        longitude.alias("lon"),
        (_filled(name) if name else pl.lit(None, pl.String)).alias("label"),
    ).with_columns(
        within_france(pl.col("lon"), pl.col("lat")).fill_null(False).alias("in")
    )
    found, counted = pl.collect_all(
        [
            places.filter("in").head(most),
            places.select(pl.len().alias("all"), pl.col("in").sum()),
        ]
    )
    every, placed = counted.row(0)
    if not placed:
        return None
    return {
        "kind": "points",
        "points": [
            [round(lat, 6), round(lon, 6), (label or "")[:MAX_LABEL]]
            for lat, lon, label, _ in found.rows()
        ],
        "more": placed - len(found),
        "astray": every - placed,
    }


def _telling_name(rows: pl.LazyFrame, names: Sequence[str]) -> str | None:
    """Return the column whose values differ most: a place's, not its owner's."""
    if not names:
        return None
    counts = rows.select(pl.col(one).n_unique() for one in names).collect()
    told = counts.row(0, named=True)
    return max(names, key=lambda one: told[one])
