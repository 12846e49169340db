"""Who answers today for a collectivité that is gone, and what a collectivité was.

A commune that merged keeps its row, its permanent addresses and its feed; whoever took
it in answers for them. One that changed its number keeps the former one as an alias.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.territory.tables import Alias, Collectivity

#: Mergers followed from one commune to the next. INSEE's longest chain since 1943
#: has four.
MAX_CHAIN = 10


@dataclass(frozen=True)
class Numbers:
    """All that a collectivité is or was known by.

    :ivar sirens: its SIREN first, then those that it bore.
    :ivar insees: its INSEE code first, then those that it bore; none for others
        than communes.
    """

    sirens: tuple[str, ...]
    insees: tuple[str, ...]


def answering_for(code: str) -> Collectivity | None:
    """Return who answers today for an INSEE code or a SIREN, former ones too.

    :returns: nothing where the portal knows no such code; a collectivité that is
        closed answers for itself.
    """
    found = Collectivity.by_code(code)
    return found.heir() if found is not None else None


def formers_of(siren: str) -> list[Collectivity]:
    """Return those that a collectivité took in, by name, and those they took in.

    One query. A row that merged into itself by mistake, or two into each other, do
    not make it endless.
    """
    row = Collectivity.__table__
    chain = (
        sa.select(row.c.siren, sa.literal(1).label("depth"))
        .where(row.c.successor == siren, row.c.status == "merged")
        .cte("chain", recursive=True)
    )
    following = sa.select(row.c.siren, chain.c.depth + 1).where(
        row.c.successor == chain.c.siren,
        row.c.status == "merged",
        chain.c.depth < MAX_CHAIN,
    )
    chain = chain.union(following)
    query = (
        sa.select(Collectivity)
        .where(
            Collectivity.siren.in_(sa.select(chain.c.siren)),
            Collectivity.siren != siren,
        )
        .order_by(Collectivity.name, Collectivity.siren)
    )
    return list(model.Session.scalars(query))


def numbers_of(collectivities: Iterable[Collectivity]) -> list[Numbers]:
    """Return the present and former numbers of some collectivités, in one query."""
    known = list(collectivities)
    query = (
        sa.select(Alias)
        .where(
            Alias.siren.in_([one.siren for one in known]),
            Alias.kind.in_(("siren", "insee")),
        )
        .order_by(Alias.kind, Alias.value)
    )
    found: dict[tuple[str, str], list[str]] = {}
    for alias in model.Session.scalars(query):
        found.setdefault((alias.siren, alias.kind), []).append(alias.value)
    return [
        Numbers(
            (one.siren, *found.get((one.siren, "siren"), ())),
            (
                *((one.insee,) if one.insee else ()),
                *found.get((one.siren, "insee"), ()),
            ),
        )
        for one in known
    ]


def hold(org_id: str) -> Collectivity | None:
    """Return an organisation's collectivité as it is now, until the commit.

    A merger, a closing or a new number waits for the caller's transaction, or is
    seen here if it came first: nothing is filed under a collectivité that goes.
    """
    query = (
        sa.select(Collectivity)
        .where(Collectivity.org_id == org_id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    found: Collectivity | None = model.Session.scalars(query).one_or_none()
    return found


def organization_after(reference: str) -> model.Group | None:
    """Return the organisation that a former one's visitors are led to.

    :param reference: the name or the id of an organisation that merged, or a name
        that one bore before.
    :returns: nothing where the name is a living organisation's own, or nobody's.
    """
    named = (model.Group.name == reference) | (model.Group.id == reference)
    group = model.Session.scalars(sa.select(model.Group).where(named)).first()
    if group is not None:
        former = Collectivity.by_org(group.id)
        if group.state == "active" or former is None:
            return None
    else:
        alias = model.Session.get(Alias, ("name", reference))
        former = model.Session.get(Collectivity, alias.siren) if alias else None
    if former is None or (heir := former.heir()).org_id is None:
        return None
    led_to = model.Group.get(heir.org_id)
    if led_to is None or led_to.state != "active":
        return None
    return led_to


def odlocale_former_members(org_id: str) -> list[dict[str, Any]]:
    """Return the communes that became part of an organisation's, for its page.

    :param org_id: the organisation's id.
    :returns: for each, by name: ``siren``, ``insee``, ``code`` and ``name``.
    """
    own = Collectivity.by_org(org_id)
    if own is None:
        return []
    return [
        {
            "siren": one.siren,
            "insee": one.insee,
            "code": one.code,
            "name": one.name,
        }
        for one in formers_of(own.siren)
    ]
