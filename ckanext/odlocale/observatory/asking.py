"""What an address of the observatory asks: read once, for pages and CSV alike."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ckanext.odlocale.observatory.strata import CODES

KINDS = ("commune", "epci", "departement", "region", "syndicat")
MAX_LENGTH = 100
#: Of the days that may be asked: room is left for a month before and after.
FIRST_YEAR, LAST_YEAR = 1900, 2200


@dataclass(frozen=True)
class Asked:
    """The filters of an address; what is not understood is left out.

    :ivar atd: SIREN
    :ivar day: nothing for the last known one
    :ivar q: part of a name
    """

    atd: str = ""
    epci: str = ""
    departement: str = ""
    kind: str = ""
    stratum: str = ""
    day: datetime.date | None = None
    schema: str = ""
    q: str = ""
    page: int = 1

    @property
    def is_filtered(self) -> bool:
        """Whether something besides the ATD narrows the list."""
        return self != Asked(atd=self.atd, kind=self.kind, page=self.page)

    def to_query(self, **changes: Any) -> dict[str, str]:
        """Return the parameters of an address that asks the same."""
        one = replace(self, **changes)
        written = {
            "atd": one.atd,
            "epci": one.epci,
            "departement": one.departement,
            "nature": one.kind,
            "strate": one.stratum,
            "jour": one.day.isoformat() if one.day else "",
            "donnees": one.schema,
            "q": one.q,
            "page": str(one.page) if one.page > 1 else "",
        }
        return {name: value for name, value in written.items() if value}


def read_asked(given: Mapping[str, str]) -> Asked:
    """Read the parameters of an address, whatever is in them.

    >>> read_asked({"atd": "225600014", "strate": "huge", "page": "-3"})
    ... # doctest: +ELLIPSIS
    Asked(atd='225600014', epci='', ..., page=1)
    """

    def text(name: str) -> str:
        return str(given.get(name) or "").replace("\0", "").strip()[:MAX_LENGTH]

    def code(name: str, length: int) -> str:
        value = text(name)
        return value if value.isalnum() and len(value) <= length else ""

    page = text("page")
    stratum, kind = text("strate"), text("nature")
    return Asked(
        code("atd", 9),
        code("epci", 9),
        code("departement", 3),
        kind if kind in KINDS else "",
        stratum if stratum in CODES else "",
        _day(text("jour")),
        "".join(one for one in text("donnees") if one.isalnum() or one == "-"),
        text("q"),
        max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 6 else 1,
    )


def _day(text: str) -> datetime.date | None:
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None
