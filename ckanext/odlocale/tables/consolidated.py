"""The dataset that shows a whole table: «Budget – toutes les collectivités».

It belongs to an organisation that is no collectivité, so that it is in the portal's
feed and in nobody's own, and is counted as nobody's opening.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from ckanext.odlocale.publishing.dataset import (
    CSV_MEDIA_TYPE,
    DEFAULT_LICENCE,
    FRENCH,
    FREQUENCY_AUTHORITY,
    THEME_AUTHORITY,
)
from ckanext.odlocale.scdl.table_schema import TableSchema

#: Name of the organisation that the datasets of the whole tables belong to.
ORGANIZATION = "toutes-les-collectivites"

PARQUET_MEDIA_TYPE = "application/vnd.apache.parquet"

Translate = Callable[[str], str]


def table_path(slug: str, extension: str) -> str:
    """Return the permanent address of a whole table, from the portal's root.

    >>> table_path("budget", "csv")
    '/donnees/toutes/budget.csv'
    """
    return f"/donnees/toutes/{slug}.{extension}"


def is_whole_table(url: str) -> bool:
    """Tell whether an address is that of a whole table's CSV.

    >>> is_whole_table("https://portail.fr/donnees/toutes/budget.csv")
    True
    """
    return "/donnees/toutes/" in url and url.endswith(".csv")


def dataset_name(slug: str) -> str:
    """Return the name of the dataset of a whole table.

    >>> dataset_name("budget")
    'toutes-budget'
    """
    return f"toutes-{slug}"[:100]


def build_organization(_: Translate) -> dict[str, Any]:
    """Return the organisation that gathers, to be created once."""
    return {
        "name": ORGANIZATION,
        "title": _("All the collectivités"),
        "description": _(
            "The data that several collectivités of this portal publish in the same"
            " form, gathered in one table for each form."
        ),
    }


def build_dataset(
    schema: TableSchema,
    org_id: str,
    resource_id: str,
    site_url: str,
    contact: dict[str, str],
    day: datetime.date,
    _: Translate,
) -> dict[str, Any]:
    """Return the dataset of a whole table, to be created once.

    :param resource_id: of its CSV, which the API reads the table by
    :param contact: the portal's own: ``name``, ``email``
    """
    text = _(
        "All the rows that the collectivités of this portal publish in the form"
        " “{label}”, in one table. The columns {org}, {org_code} and {org_name} say"
        " whose each row is; {deposit} says which release it is from. The table"
        " changes with each publication; what a collectivité withdraws leaves it."
    )
    address = f"{site_url.rstrip('/')}{table_path(schema.slug, 'csv')}"
    parquet = f"{site_url.rstrip('/')}{table_path(schema.slug, 'parquet')}"
    api = f"{site_url.rstrip('/')}/api/3/action/datastore_search"
    shared = {"license": DEFAULT_LICENCE, "issued": day.isoformat()}
    return {
        "type": "dataset",
        "private": False,
        "owner_org": org_id,
        "name": dataset_name(schema.slug),
        "title": _("{label} – all the collectivités").format(label=schema.label),
        "notes": text.format(
            label=schema.label,
            org="org",
            org_code="org_code",
            org_name="org_name",
            deposit="deposit",
        ),
        "license_id": DEFAULT_LICENCE,
        "frequency": FREQUENCY_AUTHORITY + "UPDATE_CONT",
        "language": [FRENCH],
        "theme": [THEME_AUTHORITY + theme for theme in schema.dataset.themes],
        "tags": [{"name": tag} for tag in schema.dataset.tags],
        "contact": [contact],
        "issued": day.isoformat(),
        "modified": day.isoformat(),
        "resources": [
            {
                **shared,
                "id": resource_id,
                "name": _("{label}, whole table (CSV)").format(label=schema.label),
                "url": address,
                "format": "CSV",
                "mimetype": CSV_MEDIA_TYPE,
            },
            {
                **shared,
                "name": _("{label}, whole table (Parquet)").format(label=schema.label),
                "url": parquet,
                "format": "Parquet",
                "mimetype": PARQUET_MEDIA_TYPE,
            },
            {
                **shared,
                "name": _("{label}, by program (API)").format(label=schema.label),
                "url": f"{api}?resource_id={resource_id}",
                "format": "API",
                "mimetype": "application/json",
            },
        ],
    }
