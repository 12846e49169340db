"""What is done each day, with a purge, and whose a report is."""

from __future__ import annotations

import datetime
from collections.abc import Collection

import ckantoolkit as tk
from ckan import model

from ckanext.odlocale.people.refused import Owned
from ckanext.odlocale.publishing.searching import holds
from ckanext.odlocale.reuse.model import Report
from ckanext.odlocale.territory.tables import Collectivity


def find_owner(object_id: str, found: list[Owned]) -> None:
    """Add whose report an id is, and the model that it is about."""
    report = Report.load(object_id)
    place = model.Session.get(Collectivity, report.siren) if report else None
    owner = place.heir() if place else None
    if report is not None and owner is not None and owner.org_id:
        found.append(Owned("report", object_id, owner.org_id, report.schema))


def each_day(now: datetime.datetime) -> None:
    """Erase the reports that are past their time, and commit."""
    Report.forget(now, int(tk.config["ckanext.odlocale.report_days"]))
    model.Session.commit()


def during_purge(
    siren: str, schema: str, deposit_ids: Collection[str], sought: str
) -> None:
    """Empty the reports that quote what is erased: a reader often copies the row.

    That there was a report, and how it ended, stays.

    :param schema: empty for what follows no model
    :param deposit_ids: releases that go, or datasets of what follows no model
    :param sought: folded text whose rows go; empty: the whole releases
    """
    about = (
        Report.about(siren, schema) if schema else Report.about_documents(deposit_ids)
    )
    for report in about:
        told = (report.message, report.reason, report.email)
        quotes = holds(list(told), sought)
        if quotes if sought else report.deposit_id in deposit_ids or not schema:
            report.message = report.reason = report.email = ""
