"""The nine criteria of data.gouv.fr's quality score, told before it counts them.

The rules are udata 17.18's (``core/dataset/models.py``, ``compute_quality`` and
``quality``), applied to the description that a fragment is written from: what is
counted here is what is sent.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Final, Literal, get_args

from ckanext.odlocale.datagouv.description import Description
from ckanext.odlocale.datagouv.vocabularies import FREQUENCY, LICENCES

Criterion = Literal[
    "licence",
    "period",
    "territory",
    "frequency",
    "in_time",
    "description",
    "open_format",
    "available",
    "described",
]
CRITERIA: Final[tuple[Criterion, ...]] = get_args(Criterion)

#: A description counts when it is longer than this (``QUALITY_DESCRIPTION_LENGTH``).
MIN_DESCRIPTION: Final = 100
#: Formats that do not count as open (``CLOSED_FORMATS``).
CLOSED_FORMATS: Final = frozenset(
    ["pdf", "doc", "docx", "word", "xls", "excel", "xlsx"]
)
#: How late an update may be: the harvest itself takes up to a day.
DELAY: Final = datetime.timedelta(days=1)

#: Days between two updates (udata's ``UpdateFrequency``); a frequency that is not
#: here cannot be late, ``UNKNOWN`` apart.
DAYS: Final[Mapping[str, float]] = {
    "1MIN": 1 / 1440,
    "5MIN": 5 / 1440,
    "10MIN": 10 / 1440,
    "15MIN": 15 / 1440,
    "30MIN": 30 / 1440,
    "HOURLY": 1 / 24,
    "BIHOURLY": 2 / 24,
    "TRIHOURLY": 3 / 24,
    "12HRS": 0.5,
    **dict.fromkeys(("CONT", "DAILY", "DAILY_2", "DAILY_3"), 1),
    **dict.fromkeys(("WEEKLY", "WEEKLY_2", "WEEKLY_3", "WEEKLY_5"), 7),
    "BIWEEKLY": 14,
    **dict.fromkeys(("MONTHLY", "MONTHLY_2", "MONTHLY_3"), 31),
    "BIMONTHLY": 62,
    "QUARTERLY": 93,
    **dict.fromkeys(("ANNUAL", "ANNUAL_2", "ANNUAL_3"), 365),
    "BIENNIAL": 730,
    "TRIENNIAL": 1095,
    "QUADRENNIAL": 1460,
    "QUINQUENNIAL": 1825,
    "DECENNIAL": 3650,
    "BIDECENNIAL": 7300,
    "TRIDECENNIAL": 10950,
}


def measure_quality(
    description: Description, now: datetime.datetime
) -> dict[Criterion, bool]:
    """Tell which of the nine criteria a dataset meets.

    Stricter than udata on one: it counts a licence that it does not know, and shows
    it as «not specified»; here that criterion is not met.

    :param now: with a time zone.
    :returns: all nine, in the order of :data:`CRITERIA`.
    """
    files = description.distributions
    publisher = description.publisher
    frequency = code_of_frequency(description)
    return {
        "licence": description.licence in LICENCES.values(),
        "period": description.period is not None,
        "territory": publisher is not None and publisher.coverage is not None,
        "frequency": frequency is not None,
        "in_time": frequency is not None and not is_late(description, now),
        "description": len(description.text) > MIN_DESCRIPTION,
        "open_format": any(is_open(file.format) for file in files),
        "available": bool(files),
        "described": any(file.description for file in files),
    }


def code_of_frequency(description: Description) -> str | None:
    """Return the frequency, where udata counts it as one."""
    code = (description.frequency or "").removeprefix(FREQUENCY)
    return None if code in ("", "UNKNOWN") else code


def is_late(description: Description, now: datetime.datetime) -> bool:
    """Tell whether the next update should have come, a day of grace included."""
    days = DAYS.get(code_of_frequency(description) or "")
    if days is None:
        return False
    told = [file.modified for file in description.distributions]
    if description.modified is not None:
        told = [description.modified]
    known = [moment for moment in told if moment is not None]
    # Without a date, udata takes that of its own visit.
    last = max(known, default=now)
    return last + datetime.timedelta(days=days) + DELAY < now


def is_open(format: str | None) -> bool:
    """Tell whether a format counts as open: known, and no office document or PDF.

    >>> is_open("http://publications.europa.eu/resource/authority/file-type/CSV")
    True
    >>> is_open("xlsx"), is_open(None)
    (False, False)
    """
    name = short_format(format)
    return bool(name) and name not in CLOSED_FORMATS


def short_format(format: str | None) -> str:
    """Return a format as udata stores it: «csv».

    >>> short_format("http://publications.europa.eu/resource/authority/file-type/CSV")
    'csv'
    """
    return (format or "").rpartition("/")[2].lower()
