"""Days, which are France's: what is done at half past midnight is of that day."""

from __future__ import annotations

import datetime
from typing import Final
from zoneinfo import ZoneInfo

FRANCE: Final = ZoneInfo("Europe/Paris")


def today_of(now: datetime.datetime) -> datetime.date:
    """Return the day that it is in France.

    :param now: with its time zone

    >>> utc = datetime.timezone.utc
    >>> str(today_of(datetime.datetime(2026, 11, 30, 23, 5, tzinfo=utc)))
    '2026-12-01'
    """
    return now.astimezone(FRANCE).date()


def today() -> datetime.date:
    """Return the day that it is in France, now."""
    return today_of(datetime.datetime.now(datetime.timezone.utc))
