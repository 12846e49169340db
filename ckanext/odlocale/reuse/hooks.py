"""What is done each day."""

from __future__ import annotations

import datetime

import ckantoolkit as tk
from ckan import model

from ckanext.odlocale.reuse.model import Report


def each_day(now: datetime.datetime) -> None:
    """Erase the reports that are past their time, and commit."""
    Report.forget(now, int(tk.config["ckanext.odlocale.report_days"]))
    model.Session.commit()
