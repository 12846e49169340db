"""The observatory as open data: the national observatory's columns, and a long table.

Both are described by a table schema of ours, written here beside what fills them.
Columns: Observatoire open data des territoires, data of 2022.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Literal

import polars as pl

from ckanext.odlocale.observatory.definitions import INDICATORS, Translate
from ckanext.odlocale.observatory.summing import OBLIGED, OPEN, OPEN_HERE

Name = Literal["national", "historique"]
NAMES: tuple[Name, ...] = ("national", "historique")
VERSION = "1.0.0"

#: How the national observatory names kinds, as far as the register tells them apart.
KIND_CODES = {
    "commune": "COM",
    "epci": "EPCI",
    "departement": "DEP",
    "region": "REG",
    "syndicat": "SYN",
}
#: The software that this portal runs on, in the column of the same name.
SOFTWARE = "CKAN"

NATIONAL_COLUMNS = (
    "siren",
    "nom",
    "type",
    "regcode",
    "depcode",
    "pop-insee",
    "lat",
    "long",
    "url-ptf",
    "nb-ptf",
    "url-datagouv",
    "nb-datagouv",
    "id-datagouv",
    "id-ods",
    "ptf",
    "Techno",
    "Thématiques",
    "merge",
)
LONG_COLUMNS = (
    "siren",
    "insee",
    "nom",
    "type",
    "population",
    "epci",
    "depcode",
    "indicateur",
    "valeur",
    "debut",
    "fin",
    "version",
)

#: The value of each indicator for one collectivité, by its name in the long table.
VALUES: Mapping[str, pl.Expr] = {
    "ouverte": OPEN,
    "ouverte_ici": OPEN_HERE,
    "sur_datagouv": pl.col("datagouv") > 0,
    "obligee_ouverte": pl.when(OBLIGED).then(OPEN),
    "complete": pl.when(OBLIGED).then(pl.col("missing") == ""),
    "jeux": pl.col("portal"),
    "modeles": pl.col("schemas"),
    "valides": pl.col("valid"),
    "corrigees": pl.col("corrected"),
    "en_retard": pl.col("late"),
    "manquantes": pl.col("missing"),
    "qualite": pl.col("quality"),
}
_LISTS = ("modeles", "en_retard", "manquantes")


def number_of(code: str) -> pl.Expr:
    """Return an indicator as a number; nothing where it makes no sense."""
    expr = VALUES[code]
    if code in _LISTS:
        expr = pl.when(expr == "").then(0).otherwise(expr.str.count_matches(",") + 1)
    return expr.cast(pl.Float64).alias(code)


def national_table(rows: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Return the open collectivités in the national observatory's columns.

    :param rows: the indicators of one day, with ``siren``
    :param places: ``siren``, ``name``, ``latitude``, ``longitude``, ``page`` (address
        of its page here), ``datagouv_id``, ``datagouv_url``, ``themes``
    """
    here = pl.col("portal") > 0
    found = rows.filter(OPEN).join(places, on="siren", how="inner").sort("siren")
    columns = {
        "siren": pl.col("siren"),
        "nom": pl.col("name"),
        "type": pl.col("kind").replace_strict(KIND_CODES, default="AUTRE"),
        "regcode": pl.col("region"),
        "depcode": pl.col("departement"),
        "pop-insee": pl.col("population"),
        "lat": pl.col("latitude").cast(pl.Float64),
        "long": pl.col("longitude").cast(pl.Float64),
        "url-ptf": pl.when(here).then(pl.col("page")),
        "nb-ptf": pl.col("portal"),
        "url-datagouv": pl.col("datagouv_url"),
        "nb-datagouv": pl.col("datagouv"),
        "id-datagouv": pl.col("datagouv_id"),
        "id-ods": pl.lit(None, pl.String),
        "ptf": pl.when(here).then(pl.lit("oui")).otherwise(pl.lit("non")),
        "Techno": pl.when(here).then(pl.lit(SOFTWARE)),
        "Thématiques": pl.col("themes"),
        # Both places name it: the national table joins them on the SIREN.
        "merge": pl.when(here & (pl.col("datagouv") > 0))
        .then(pl.lit("both"))
        .when(here)
        .then(pl.lit("left_only"))
        .otherwise(pl.lit("right_only")),
    }
    return found.select(columns[name].alias(name) for name in NATIONAL_COLUMNS)


def long_table(rows: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each value of an indicator, from a day until it changes.

    :param rows: history, with ``siren``, ``since``, ``until``, ``version``
    :param places: ``siren``, ``insee``, ``name``
    """
    index = [
        "siren",
        "since",
        "until",
        "version",
        "kind",
        "population",
        "epci",
        "departement",
    ]
    wide = rows.select(*index, *(number_of(one.code) for one in INDICATORS))
    long = wide.unpivot(index=index, variable_name="indicateur", value_name="valeur")
    by = ["siren", "indicateur"]
    kept = ["valeur", "version", "kind", "population", "epci", "departement"]
    ordered = long.sort(*by, "since")
    changed = pl.any_horizontal(
        pl.col(n).ne_missing(pl.col(n).shift(1).over(by)) for n in kept
    )
    gap = pl.col("since") != pl.col("until").shift(1).over(by)
    first = pl.col("since") == pl.col("since").first().over(by)
    runs = ordered.with_columns(
        run=(first | changed | gap.fill_null(value=True)).cum_sum()
    )
    joined = runs.group_by("run", maintain_order=True).agg(
        *(pl.col(name).first() for name in (*by, "since", *kept)),
        pl.col("until").last(),
    )
    named = joined.drop_nulls("valeur").join(places, on="siren", how="inner")
    return named.select(
        "siren",
        "insee",
        pl.col("name").alias("nom"),
        pl.col("kind").replace_strict(KIND_CODES, default="AUTRE").alias("type"),
        "population",
        "epci",
        pl.col("departement").alias("depcode"),
        "indicateur",
        "valeur",
        pl.col("since").alias("debut"),
        pl.col("until").alias("fin"),
        "version",
    ).sort("siren", "indicateur", "debut")


def _field(
    name: str, kind: str, text: str, example: Any, **constraints: Any
) -> dict[str, Any]:
    required = bool(constraints.pop("required", False))
    return {
        "name": name,
        "title": name,
        "type": kind,
        "description": text,
        "example": example,
        "constraints": {"required": required, **constraints},
    }


def table_schema(name: Name, site_url: str, gettext: Translate) -> dict[str, Any]:
    """Return the table schema of an export, as Frictionless Data writes them.

    :param site_url: of the portal, where it is read
    """
    kinds = [*KIND_CODES.values(), "AUTRE"]
    siren = _field(
        "siren", "string", "SIREN", "215600461", required=True, pattern=r"^\d{9}$"
    )
    if name == "national":
        title = gettext("Open local authorities, in the national observatory’s columns")
        fields = [
            siren,
            _field("nom", "string", "Nom", "Crach", required=True),
            _field("type", "string", "Type", "COM", required=True, enum=kinds),
            _field("regcode", "string", "Région (COG)", "53"),
            _field("depcode", "string", "Département (COG)", "56"),
            _field("pop-insee", "integer", "Population", 3323, minimum=0),
            _field("lat", "number", "Latitude (WGS 84)", 47.6, minimum=-90, maximum=90),
            _field(
                "long", "number", "Longitude (WGS 84)", -3.0, minimum=-180, maximum=180
            ),
            _field(
                "url-ptf",
                "string",
                "Page sur le portail",
                f"{site_url}/organization/crach",
            ),
            _field(
                "nb-ptf",
                "integer",
                "Jeux de données sur le portail",
                3,
                required=True,
                minimum=0,
            ),
            _field(
                "url-datagouv",
                "string",
                "Page sur data.gouv.fr",
                "https://www.data.gouv.fr/organizations/crach/",
            ),
            _field(
                "nb-datagouv",
                "integer",
                "Jeux de données sur data.gouv.fr",
                3,
                required=True,
                minimum=0,
            ),
            _field(
                "id-datagouv",
                "string",
                "Identifiant sur data.gouv.fr",
                "534fff75a3a7292c64a77de4",
            ),
            _field("id-ods", "string", "Identifiant Opendatasoft", "crach"),
            _field(
                "ptf",
                "string",
                "Publie sur ce portail",
                "oui",
                required=True,
                enum=["oui", "non"],
            ),
            _field("Techno", "string", "Logiciel du portail", SOFTWARE),
            _field("Thématiques", "string", "Modèles publiés", "budget,deliberations"),
            _field(
                "merge",
                "string",
                "Où la collectivité publie",
                "both",
                required=True,
                enum=["both", "left_only", "right_only"],
            ),
        ]
        key = ["siren"]
    else:
        title = gettext("Indicators of local authorities, from a day until they change")
        codes = [one.code for one in INDICATORS]
        fields = [
            siren,
            _field("insee", "string", "Code INSEE", "56046"),
            _field("nom", "string", "Nom", "Crach", required=True),
            _field("type", "string", "Type", "COM", required=True, enum=kinds),
            _field("population", "integer", "Population", 3323, minimum=0),
            _field("epci", "string", "SIREN de l’EPCI", "200043123"),
            _field("depcode", "string", "Département (COG)", "56"),
            _field(
                "indicateur",
                "string",
                "Indicateur",
                "ouverte",
                required=True,
                enum=codes,
            ),
            _field("valeur", "number", "Valeur", 1, required=True, minimum=0),
            _field("debut", "date", "Premier jour", "2026-01-31", required=True),
            _field("fin", "date", "Jour du changement", "2026-03-01"),
            _field(
                "version",
                "integer",
                "Version des définitions",
                1,
                required=True,
                minimum=1,
            ),
        ]
        key = ["siren", "indicateur", "debut"]
    address = f"{site_url.rstrip('/')}/observatoire/schemas/{name}.json"
    return {
        "$schema": "https://frictionlessdata.io/schemas/table-schema.json",
        "name": f"observatoire-{name}",
        "title": title,
        "path": address,
        "version": VERSION,
        "created": "2026-11-30",
        "lastModified": datetime.date(2026, 11, 30).isoformat(),
        "licence": "https://www.etalab.gouv.fr/licence-ouverte-open-licence",
        "primaryKey": key,
        "missingValues": [""],
        "fields": fields,
    }
