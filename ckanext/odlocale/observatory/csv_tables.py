"""The tables of the public CSV, one for each figure that a page shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from ckanext.odlocale.observatory.definitions import BY_SLUG
from ckanext.odlocale.observatory.exports import number_of
from ckanext.odlocale.observatory.screens import CurvePoint
from ckanext.odlocale.observatory.strata import stratum_expr
from ckanext.odlocale.observatory.summing import OPEN, OPEN_HERE

#: How each grouping is called in addresses.
GROUP_NAMES = {
    "strates": "stratum",
    "natures": "kind",
    "epci": "epci",
    "arrondissements": "arrondissement",
    "departements": "departement",
}
#: The columns of a table of totals, in French as all our exports.
_TOTALS = {
    "code": "code",
    "collectivities": "collectivites",
    "open": "ouvertes",
    "open_here": "ouvertes_ici",
    "on_datagouv": "sur_datagouv",
    "share": "part_ouvertes",
    "obliged": "obligees",
    "obliged_open": "obligees_ouvertes",
    "share_obliged": "part_obligees_ouvertes",
    "datasets": "jeux",
    "standard": "modeles",
    "valid": "valides",
    "late": "en_retard",
    "missing": "manquantes",
    "quality": "qualite",
}


def places_frame(places: Mapping[str, Mapping[str, Any]]) -> pl.DataFrame:
    """Return who collectivités are as a table: ``siren``, ``insee``, ``name``."""
    rows = [(siren, one["insee"], one["name"]) for siren, one in places.items()]
    schema = {"siren": pl.String, "insee": pl.String, "name": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def communes_table(rows: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each collectivité, all its indicators side by side."""
    return (
        rows.join(places, on="siren")
        .select(
            "siren",
            "insee",
            nom="name",
            nature="kind",
            population="population",
            strate=stratum_expr(),
            epci="epci",
            departement="departement",
            ouverte=OPEN.cast(pl.Int64),
            ouverte_ici=OPEN_HERE.cast(pl.Int64),
            ouverte_depuis="opened_on",
            jeux="portal",
            jeux_datagouv="datagouv",
            jeux_ailleurs="elsewhere",
            modeles="schemas",
            en_retard="late",
            manquantes="missing",
            qualite="quality",
            depuis="since",
        )
        .sort("siren")
    )


def indicator_table(
    rows: pl.DataFrame, places: pl.DataFrame, slug: str
) -> pl.DataFrame:
    """Return one indicator of each collectivité.

    :param slug: see :data:`.definitions.INDICATORS`
    :raises KeyError: no such indicator
    """
    value = number_of(BY_SLUG[slug].code)
    return (
        rows.join(places, on="siren")
        .select("siren", "insee", nom="name", valeur=value, depuis="since")
        .drop_nulls("valeur")
        .sort("siren")
    )


def totals_table(groups: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Return totals by group; the code is empty where it is unknown."""
    columns = {
        french: [one[name] for one in groups] for name, french in _TOTALS.items()
    }
    return pl.DataFrame(columns, strict=False)


def curve_table(points: Sequence[CurvePoint]) -> pl.DataFrame:
    """Return the growth curve."""
    return pl.DataFrame(
        {
            "jour": [one.day for one in points],
            "ouvertes": [one.open for one in points],
            "ouvertes_ici": [one.here for one in points],
            "objectif": [one.expected for one in points],
            "programme_national": [one.national for one in points],
        },
        schema={
            "jour": pl.Date,
            "ouvertes": pl.Int64,
            "ouvertes_ici": pl.Int64,
            "objectif": pl.Int64,
            "programme_national": pl.Int64,
        },
    )
