"""Where a collectivité stands among those of its size, told kindly.

Never last of anything: what others of its size do is an invitation, and what it does
is said as a fact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

#: ``ahead``: few publish as much; ``among``: it publishes as others do; ``first``: none
#: of its size publishes yet; ``begin``: others do, not yet this one.
Place = Literal["ahead", "among", "first", "begin"]

#: What is told of others, at most.
SUGGESTED = 3


@dataclass(frozen=True)
class Suggestion:
    """Others of its size publish a data that it does not.

    :ivar asked: whether the law asks it of this one
    """

    schema: str
    count: int
    asked: bool


@dataclass(frozen=True)
class Standing:
    """Where it stands.

    :ivar peers: how many of its size there are besides itself
    :ivar publishing: how many of them publish a data at least
    :ivar more: how many of them publish more of them than it does
    """

    place: Place
    peers: int
    publishing: int
    more: int
    suggestions: tuple[Suggestion, ...]


def _names(text: str) -> set[str]:
    return set(text.split(",")) - {""}


def stand(row: Mapping[str, Any], peers: Sequence[Mapping[str, Any]]) -> Standing:
    """Return where a collectivité stands.

    :param row: its indicators
    :param peers: those of the others of its size and kind, itself left out

    >>> mine = {"schemas": "", "missing": ""}
    >>> others = [{"schemas": "deliberations", "missing": ""}] * 3
    >>> found = stand(mine, others)
    >>> found.place, found.suggestions[0].schema, found.suggestions[0].count
    ('begin', 'deliberations', 3)
    """
    mine, missing = _names(row["schemas"]), _names(row["missing"])
    published = [_names(one["schemas"]) for one in peers]
    counts: dict[str, int] = {}
    for names in published:
        for name in names - mine:
            counts[name] = counts.get(name, 0) + 1
    ordered = sorted(
        counts.items(), key=lambda item: (item[0] not in missing, -item[1], item[0])
    )
    publishing = sum(1 for names in published if names)
    more = sum(1 for names in published if len(names) > len(mine))
    place: Place = "among"
    if not mine:
        place = "begin" if publishing else "first"
    elif more * 4 <= len(published):
        place = "ahead"
    return Standing(
        place,
        len(published),
        publishing,
        more,
        tuple(Suggestion(n, c, n in missing) for n, c in ordered[:SUGGESTED]),
    )
