"""What the desk's templates need to write French dates and figures."""

from __future__ import annotations

import datetime
from typing import Any

import ckantoolkit as tk

from ckanext.odlocale.base.french import format_date, format_number
from ckanext.odlocale.publishing.releases import check_of, has_parquet
from ckanext.odlocale.scdl.messages import render
from ckanext.odlocale.scdl.report import Report

__all__ = [
    "odlocale_day",
    "odlocale_hour",
    "odlocale_number",
    "odlocale_period",
    "odlocale_release_links",
    "odlocale_release_quality",
]


def odlocale_day(moment: str | datetime.date) -> str:
    """Write a day in full: «3 avril 2024».

    :param moment: a date, or an ISO date, with or without its time
    """
    if isinstance(moment, str):
        moment = datetime.datetime.fromisoformat(moment)
    return format_date(moment)


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
