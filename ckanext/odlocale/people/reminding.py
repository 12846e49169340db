"""Who has not answered, as an animator asks for it; who may be written to again."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from ckanext.odlocale.people.invitations import Standing

#: ``never``: an account that nobody ever logged in to.
Which = Literal["waiting", "expired", "refused", "never"]
WHICH: Final[tuple[Which, ...]] = get_args(Which)

AsideReason = Literal["week", "answered", "refused", "gone"]

#: Nobody is written to twice in this time by a list.
MIN_BETWEEN: Final = datetime.timedelta(days=7)


@dataclass(frozen=True)
class Sought:
    """What an address of the page asks for.

    :ivar perimeter: SIREN of the ATD
    """

    perimeter: str
    which: Which = "waiting"
    page: int = 1

    def to_query(self, **changed: Any) -> dict[str, Any]:
        """Return the address's parameters, without those that are as usual."""
        found = {
            "perimetre": self.perimeter,
            "voir": self.which,
            "page": self.page,
            **changed,
        }
        usual = {"voir": "waiting", "page": 1}
        return {
            name: value for name, value in found.items() if value != usual.get(name)
        }


def read_sought(given: Mapping[str, str], sirens: Sequence[str]) -> Sought:
    """Read an address; what it cannot ask for is passed over.

    :param sirens: the perimeters that the reader animates, the usual one first

    >>> read_sought({"perimetre": "1", "voir": "refused", "page": "-3"}, ["2", "1"])
    Sought(perimeter='1', which='refused', page=1)
    """
    asked = given.get("perimetre", "")
    page = given.get("page", "")
    which = given.get("voir", "")
    return Sought(
        asked if asked in sirens else sirens[0],
        which if which in WHICH else "waiting",
        min(max(1, int(page)), 10_000) if page.isdecimal() and len(page) < 6 else 1,
    )


def reason_against(
    standing: Standing | None, sent_at: datetime.datetime | None, now: datetime.datetime
) -> AsideReason | None:
    """Tell why somebody is not invited again by a list, if so.

    Whose address refused letters is not written to before it is corrected.

    :param standing: how the invitation stands; nothing where it is not here
    :param sent_at: when the last letter left

    >>> now = datetime.datetime(2026, 1, 31)
    >>> day = datetime.timedelta(days=1)
    >>> [reason_against("sent", now - days * day, now) for days in (6, 7)]
    ['week', None]
    """
    if standing is None:
        return "gone"
    if standing in ("accepted", "declined", "cancelled"):
        return "answered"
    if standing == "refused":
        return "refused"
    if standing == "waiting":
        # Its letter has not left yet.
        return "week"
    if sent_at is not None and now - sent_at < MIN_BETWEEN:
        return "week"
    return None


def digest_of(pairs: Collection[tuple[str, str]]) -> str:
    """Return what names a plan: the same people, the same digest.

    :param pairs: codes and addresses
    """
    text = "\n".join(sorted(f"{code};{email}" for code, email in pairs))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
