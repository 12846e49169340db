"""What leaves for good, decided before anything is touched.

Two ways: a release and all that its address showed before it, or the rows that hold a
text, wherever the collectivité's files of one model hold it. Erasing wins over history:
an earlier release that holds what must go is erased whole, and its line alone stays.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ckanext.odlocale.publishing.states import DRAFT_STATES


@dataclass(frozen=True)
class Copy:
    """One deposit, as a purge looks at it.

    :ivar key: of its address
    :ivar published_at: when it went online, if it did
    :ivar original: SHA-256 of the file as it was sent
    :ivar canonical: SHA-256 of the file as it is published
    :ivar holding: rows of the published file that hold the text
    :ivar holds: whether the text is anywhere in it: file, report, answers
    """

    id: str
    state: str
    key: str | None
    version: int
    published_at: datetime.datetime | None = None
    original: str | None = None
    canonical: str | None = None
    rows: int = 0
    holding: int = 0
    holds: bool = False


@dataclass(frozen=True)
class Purge:
    """What a purge does.

    :ivar erased: deposits of which nothing is left but that they were there
    :ivar dropped: drafts that go whole
    :ivar renewed: deposits online that a new release replaces, and that are then erased
    :ivar grids: tables filled in online that go, or lose rows: id and number of rows
    :ivar rows: rows that leave what is online
    """

    erased: tuple[Copy, ...] = ()
    dropped: tuple[Copy, ...] = ()
    renewed: tuple[Copy, ...] = ()
    grids: tuple[tuple[str, int], ...] = ()

    @property
    def gone(self) -> tuple[Copy, ...]:
        """All deposits that lose their files."""
        return (*self.erased, *self.dropped, *self.renewed)

    @property
    def rows(self) -> int:
        """How many rows leave what is online and goes on."""
        return sum(one.holding for one in self.renewed)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to erase."""
        return not self.gone and not self.grids

    @property
    def digest(self) -> str:
        """What tells this purge from another one: what is confirmed is what is done."""
        told = [
            *([kind, one.id, one.version, one.holding]
              for kind, some in (("e", self.erased), ("d", self.dropped),
                                 ("r", self.renewed))
              for one in sorted(some, key=lambda one: one.id)),
            *(["g", *one] for one in sorted(self.grids)),
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def plan_release(
    target: Copy, copies: Iterable[Copy], grids: Sequence[tuple[str, int]] = ()
) -> Purge:
    """Return what erasing a release takes.

    Earlier releases of its address go with it, since they mostly hold the same rows. So
    does any copy of the same file, but a later release that is online: it is renewed
    from its own rows, without the file that it came from.

    :param copies: the deposits of the same collectivité and model, target included
    :param grids: tables filled in online that the target came from
    """
    known = list(copies)
    going = {one.id for one in known if _goes_with(target, one)}
    files = {
        sha256
        for one in known
        if one.id in going
        for sha256 in (one.original, one.canonical)
        if sha256
    }
    alike = [one for one in known if one.id not in going and _shares(one, files)]
    going |= {one.id for one in alike if one.state != "published"}
    # The very rows that must go, put online again: not a later release, a copy.
    going |= {one.id for one in alike if one.canonical in files}
    chosen = [one for one in known if one.id in going]
    renewed = [one for one in alike if one.id not in going]
    return _sort(chosen, renewed, grids)


def plan_rows(copies: Iterable[Copy], grids: Sequence[tuple[str, int]] = ()) -> Purge:
    """Return what erasing the rows that hold a text takes.

    What is online goes on without these rows, where it has others.

    :param copies: the deposits of the collectivité and model
    :param grids: tables filled in online that hold the text
    """
    held = [one for one in copies if one.holds]
    renewed = [
        one for one in held if one.state == "published" and one.holding < one.rows
    ]
    kept = {one.id for one in renewed}
    return _sort([one for one in held if one.id not in kept], renewed, grids)


def _goes_with(target: Copy, one: Copy) -> bool:
    if one.id == target.id:
        return True
    if one.key != target.key or one.published_at is None:
        return False
    return target.published_at is not None and one.published_at <= target.published_at


def _shares(one: Copy, files: set[str]) -> bool:
    return one.original in files or one.canonical in files


def _sort(
    going: Iterable[Copy], renewed: Iterable[Copy], grids: Sequence[tuple[str, int]]
) -> Purge:
    chosen = list(going)
    return Purge(
        erased=tuple(one for one in chosen if one.state not in DRAFT_STATES),
        dropped=tuple(one for one in chosen if one.state in DRAFT_STATES),
        renewed=tuple(renewed),
        grids=tuple(grids),
    )
