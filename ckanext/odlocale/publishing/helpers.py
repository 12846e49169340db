"""What the desk's templates need to write French dates and figures."""

from __future__ import annotations

import datetime
import json
import logging
from functools import lru_cache
from typing import Any

import ckantoolkit as tk
import polars as pl
from ckan import model

from ckanext.odlocale.base import storage
from ckanext.odlocale.base.content_store import ContentMissing
from ckanext.odlocale.base.french import format_date, format_number
from ckanext.odlocale.publishing.document_notices import desk_of
from ckanext.odlocale.publishing.pictures import choose_picture, draw_picture
from ckanext.odlocale.publishing.releases import (
    check_of,
    has_parquet,
    release_of_resource,
    schema_of,
)
from ckanext.odlocale.scdl.messages import render
from ckanext.odlocale.scdl.report import Report
from ckanext.odlocale.scdl.table_schema import TableSchema
from ckanext.odlocale.territory.tables import Collectivity

__all__ = [
    "odlocale_contour",
    "odlocale_day",
    "odlocale_document_desk",
    "odlocale_hour",
    "odlocale_map_tiles",
    "odlocale_number",
    "odlocale_period",
    "odlocale_picture",
    "odlocale_release_links",
    "odlocale_release_quality",
]

log = logging.getLogger(__name__)

#: A release never changes: its figures are read once by each process.
KEPT_PICTURES = 16


def odlocale_day(moment: str | datetime.date) -> str:
    """Write a day in full: «3 avril 2024».

    :param moment: a date, or an ISO date, with or without its time
    """
    if isinstance(moment, str):
        moment = datetime.datetime.fromisoformat(moment)
    return format_date(moment)


def odlocale_document_desk(named: str) -> str:
    """Return the page of a document at the desk, for who may open it; else nothing.

    :param named: name or id of a dataset
    """
    return desk_of(named)


def odlocale_hour(moment: str) -> str:
    """Write the hour of a moment where the portal is: «14 h 28».

    :param moment: ISO, with its offset
    """
    here = datetime.datetime.fromisoformat(moment).astimezone(
        tk.h.get_display_timezone()
    )
    return f"{here.hour}\xa0h\xa0{here.minute:02}"


def odlocale_number(value: int | float) -> str:
    """Write a number with its thousands apart: «12 000»."""
    return format_number(value)


def odlocale_period(period: dict[str, str]) -> tuple[str, str]:
    """Return the first and the last day of a period, in full."""
    return odlocale_day(period["start"]), odlocale_day(period["end"])


def odlocale_release_links(resource: dict[str, Any]) -> dict[str, str]:
    """Return what goes with a published file: ``versions``, and ``parquet`` if any.

    :param resource: as CKAN shows it; one that is not the desk's has none
    """
    known = has_parquet(str(resource.get("deposit_id") or ""))
    address = str(resource.get("url") or "").removesuffix(".csv")
    if known is None or not address:
        return {}
    links = {"versions": f"{address}/versions"}
    return {**links, "parquet": f"{address}.parquet"} if known else links


def odlocale_release_quality(resource: dict[str, Any]) -> dict[str, Any]:
    """Return what does not follow the national model in a published file.

    :param resource: as CKAN shows it; one that is not the desk's has no quality
    :returns: ``faults``: sentences, nothing where the file conforms
    """
    check = check_of(str(resource.get("deposit_id") or ""))
    if check is None:
        return {}
    groups = Report.from_dict(check).groups
    wrong = [group for group in groups if group.national]
    return {"faults": [render(one, str(tk.h.lang())).sentence for one in wrong]}


def odlocale_picture(resource: dict[str, Any]) -> dict[str, Any] | None:
    """Return the figures of a published file's picture.

    Which release it is, our own tables say: whatever a form may write on a resource
    counts for nothing.

    :returns: see :func:`.pictures.draw_picture`, and ``siren``: whose rows they are;
        nothing where there is nothing to draw
    """
    release = release_of_resource(str(resource["id"]))
    if release is None or release.canonical_sha256 is None:
        return None
    schema = schema_of(release)
    if choose_picture(schema) is None:
        return None
    try:
        found = _picture_of(release.canonical_sha256, schema)
    except (ContentMissing, OSError, pl.exceptions.PolarsError):
        log.exception("The rows of %s cannot be drawn", resource["id"])
        return None
    return {**found, "siren": release.siren} if found else None


@lru_cache(maxsize=KEPT_PICTURES)
def _picture_of(sha256: str, schema: TableSchema) -> dict[str, Any] | None:
    rows = pl.scan_csv(storage.open_path(sha256), infer_schema=False)
    return draw_picture(rows, schema)


def odlocale_contour(siren: str) -> dict[str, Any] | None:
    """Return the contour of a collectivité, as GeoJSON, where it is known."""
    owner = model.Session.get(Collectivity, siren)
    if owner is None or owner.contour is None:
        return None
    found: dict[str, Any] = json.loads(owner.contour)
    return found


def odlocale_map_tiles() -> dict[str, str] | None:
    """Return the server that draws what is under a map's points, and its credit.

    :returns: nothing where none is configured: no one else then learns who reads
    """
    address = str(tk.config["ckanext.odlocale.map_tiles"])
    credit = str(tk.config["ckanext.odlocale.map_tiles_credit"])
    return {"address": address, "credit": credit} if address else None
