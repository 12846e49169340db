"""What each day asks of the observatory."""

from __future__ import annotations

import datetime
import logging

from ckan import model

from ckanext.odlocale.base.days import today_of
from ckanext.odlocale.observatory import downloads, exporting, recording

log = logging.getLogger(__name__)


def each_day(now: datetime.datetime) -> None:
    """Bring history up to the day, and commit.

    Whatever fails here stops nothing else of the day: the next run fills the hole.

    :param now: with its time zone
    """
    try:
        downloads.settle()
        recording.record(today_of(now))
        exporting.write_all()
    except Exception:
        model.Session.rollback()
        log.exception("History is not up to date: the next run will do it")
