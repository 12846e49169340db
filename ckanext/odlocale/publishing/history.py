"""The releases of one address: which of them everybody may still read.

Earlier releases are kept, for who must know what was published at a date. Withdrawing
is stronger: whatever was online before a withdrawal is not given back by a later
release, since it most often holds the same fault, or names the same person.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Standing = Literal["online", "kept", "hidden", "withdrawn", "purged"]

_UTC = datetime.timezone.utc
_NEVER = datetime.datetime.min.replace(tzinfo=_UTC)
_ALWAYS = datetime.datetime.max.replace(tzinfo=_UTC)


@dataclass(frozen=True)
class Release:
    """One file that an address shows, or showed.

    :ivar state: of its deposit
    :ivar withdrawn_at: when it was withdrawn, if it was and this is known
    :ivar reason: why, as it is stored
    """

    id: str
    state: str
    published_at: datetime.datetime
    rows: int = 0
    size: int = 0
    withdrawn_at: datetime.datetime | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Line:
    """One line of the history.

    :ivar standing: ``kept`` may be downloaded at an address of its own; ``hidden`` was
        online before a withdrawal
    """

    release: Release
    standing: Standing

    @property
    def is_readable(self) -> bool:
        """Whether everybody may read its rows."""
        return self.standing in ("online", "kept")


def tell_history(releases: Iterable[Release]) -> tuple[Line, ...]:
    """Return the history of an address, the latest first.

    :param releases: of any public state, in any order
    """
    known = sorted(releases, key=lambda one: (one.published_at, one.id), reverse=True)
    limit = max(
        (one.withdrawn_at or _ALWAYS for one in known if one.state == "withdrawn"),
        default=_NEVER,
    )
    return tuple(Line(one, _standing(one, limit)) for one in known)


def _standing(release: Release, limit: datetime.datetime) -> Standing:
    if release.state == "published":
        return "online"
    if release.state == "withdrawn":
        return "withdrawn"
    if release.state == "purged":
        return "purged"
    return "kept" if release.published_at > limit else "hidden"
