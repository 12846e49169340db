"""What is done each day, and whose a report is."""

from __future__ import annotations

import datetime

import ckantoolkit as tk
from ckan import model

from ckanext.odlocale.reuse.model import Report
from ckanext.odlocale.territory.tables import Collectivity


def find_owner(object_id: str, found: list[tuple[str, str]]) -> None:
    """Add whose report an id is: its kind, and the organisation."""
    report = Report.load(object_id)
    place = model.Session.get(Collectivity, report.siren) if report else None
    owner = place.heir() if place else None
    if owner is not None and owner.org_id:
        found.append(("report", owner.org_id))


def each_day(now: datetime.datetime) -> None:
    """Erase the reports that are past their time, and commit."""
    Report.forget(now, int(tk.config["ckanext.odlocale.report_days"]))
    model.Session.commit()
