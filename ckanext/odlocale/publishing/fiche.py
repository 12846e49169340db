"""What an agent may change of what is said of the data, before it is published.

Everything is filled in beforehand: an empty field means «as filled in». Names are those
of ``schemas/dataset.yaml``, contact and dates spelt out since a form has one of each.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final

Period = tuple[datetime.date, datetime.date]

#: Keywords of one dataset: more say nothing more, and data.gouv.fr shows a few.
MAX_TAGS: Final = 30
#: An archive of registers may be old; a plan may look ahead.
YEARS: Final = range(1500, 2101)

_MANY: Final = ("theme", "on_behalf_of")


class Fault(Enum):
    """Why the dates covered are refused."""

    HALF = "one day without the other"
    UNREADABLE = "not a day of the calendar"
    REVERSED = "the last day comes before the first"


@dataclass(frozen=True)
class Wishes:
    """What the agent changed of the fiche; empty means «as filled in».

    :ivar license_id: as CKAN names it
    :ivar frequency: URI of the European authority's table
    :ivar temporal_start: first day that this file covers, ISO 8601; with the last one
    :ivar tag_string: keywords with commas between them, as CKAN's own field
    :ivar theme: URIs of the European authority's table of data themes
    :ivar on_behalf_of: codes of the collectivités below that the data are about
    :ivar whole_territory: whether they are about all its territory, after all
    """

    title: str = ""
    notes: str = ""
    contact_name: str = ""
    contact_email: str = ""
    license_id: str = ""
    frequency: str = ""
    temporal_start: str = ""
    temporal_end: str = ""
    tag_string: str = ""
    theme: tuple[str, ...] = ()
    on_behalf_of: tuple[str, ...] = ()
    whole_territory: str = ""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Wishes:
        """Rebuild from stored answers, ignoring what is not a wish."""
        given = {name: data[name] for name in names_of_wishes() if data.get(name)}
        values: dict[str, Any] = {
            name: tuple(map(str, value)) if name in _MANY else str(value)
            for name, value in given.items()
        }
        return cls(**values)

    @property
    def tags(self) -> list[str]:
        """The keywords, each once, in their order.

        >>> Wishes(tag_string="budget, finances ,budget,").tags
        ['budget', 'finances']
        """
        return split_words(self.tag_string)

    @property
    def period(self) -> Period | None:
        """The days that the agent says the file covers, if she does."""
        if not (self.temporal_start and self.temporal_end):
            return None
        return (
            datetime.date.fromisoformat(self.temporal_start),
            datetime.date.fromisoformat(self.temporal_end),
        )


def keep_changes(said: Wishes, filled: Wishes) -> Wishes:
    """Return what was changed of a fiche: a form sends all of it, changed or not.

    What is only filled in goes on following the data, and the portal.

    :param said: all that the form says
    :param filled: what it was filled with, without any wish
    """
    kept = {
        name: getattr(said, name)
        for name in names_of_wishes()
        if getattr(said, name) != getattr(filled, name)
    }
    if said.tags == filled.tags:
        kept.pop("tag_string", None)
    if set(said.theme) == set(filled.theme):
        kept.pop("theme", None)
    if set(said.on_behalf_of) == set(filled.on_behalf_of):
        kept.pop("on_behalf_of", None)
    if said.period == filled.period:
        kept.pop("temporal_start", None)
        kept.pop("temporal_end", None)
    elif said.period:
        kept["temporal_start"] = said.temporal_start
        kept["temporal_end"] = said.temporal_end
    return replace(Wishes(), **kept)


def names_of_wishes() -> tuple[str, ...]:
    """Return the names of the fields of the fiche, in the order of the form."""
    return tuple(Wishes.__dataclass_fields__)


def is_many(name: str) -> bool:
    """Tell whether a field of the fiche takes several values."""
    return name in _MANY


def split_words(text: str) -> list[str]:
    """Return what commas separate, each once, without the spaces around.

    >>> split_words("budget,  , Budget 2022,budget")
    ['budget', 'Budget 2022']
    """
    return list(dict.fromkeys(filter(None, map(str.strip, text.split(",")))))


def refuse_days(start: str, end: str) -> Fault | None:
    """Return why two days are not a period; nothing where they are, or are empty.

    >>> refuse_days("2022-01-01", "2022-12-31") is refuse_days("", "") is None
    True
    >>> refuse_days("2022-01-01", ""), refuse_days("2022-13-01", "2022-12-31")
    (<Fault.HALF: 'one day without the other'>, \
<Fault.UNREADABLE: 'not a day of the calendar'>)
    """
    if not start and not end:
        return None
    if not start or not end:
        return Fault.HALF
    try:
        first, last = map(datetime.date.fromisoformat, (start, end))
    except ValueError:
        return Fault.UNREADABLE
    if first.year not in YEARS or last.year not in YEARS:
        return Fault.UNREADABLE
    return Fault.REVERSED if last < first else None


def period_of(
    answers: Mapping[str, Any] | None, coverage: Sequence[str] | None
) -> Period | None:
    """Return the days that a file covers: as the agent said, else as its data say.

    :param answers: what the agent answered, as it is stored with the deposit
    :param coverage: the first and the last day that the data tell, ISO 8601
    """
    said = Wishes.from_dict((answers or {}).get("wishes") or {}).period
    if said or not coverage:
        return said
    first, last = map(datetime.date.fromisoformat, coverage)
    return first, last
