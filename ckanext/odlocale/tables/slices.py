"""What each table must hold, what it holds, and the steps from one to the other.

A *slice* is the rows of one permanent address: a collectivité's file of a schema. A
release replaces its slice whole, so that a reader sees the former rows or the new ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Release:
    """One public release: what a slice must hold, or holds.

    :ivar siren: in whose name it is
    :ivar key: of its permanent address
    :ivar deposit: id of the deposit that is published
    :ivar sha256: of the published file
    :ivar code: INSEE code of a commune, SIREN of any other
    :ivar name: of the collectivité, today
    """

    siren: str
    key: str
    deposit: str
    sha256: str
    code: str
    name: str

    @property
    def address(self) -> tuple[str, str]:
        """What tells its slice from the others of the table."""
        return self.siren, self.key

    def owner(self) -> dict[str, str]:
        """Return what each of its rows says of whose it is."""
        return {
            "org": self.siren,
            "org_code": self.code,
            "org_name": self.name,
            "deposit": self.deposit,
        }


@dataclass(frozen=True)
class Steps:
    """What brings a table up to date.

    :ivar load: releases whose slice is missing, or of another release
    :ivar drop: slices that nothing public is behind any more
    """

    load: tuple[Release, ...]
    drop: tuple[Release, ...]

    def __bool__(self) -> bool:
        return bool(self.load or self.drop)


def plan_steps(
    wanted: Iterable[Release], held: Iterable[Release], *, anew: bool = False
) -> Steps:
    """Return the steps from what a table holds to what it must hold.

    :param anew: load even what is there already
    """
    wanted = sorted(wanted, key=lambda one: one.address)
    known = {one.address: one for one in held}
    load = [one for one in wanted if anew or known.get(one.address) != one]
    kept = {one.address for one in wanted}
    drop = [one for address, one in sorted(known.items()) if address not in kept]
    return Steps(tuple(load), tuple(drop))
