"""Bringing history up to date: each day, or from the beginning.

Everything of a run is one transaction: whoever reads meanwhile sees all of it or
nothing. A run computes from the last day that one did, that day included, so that days
without one leave no hole, and what came late in the evening is not lost.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import polars as pl
from ckan import model

from ckanext.odlocale.observatory import model as store
from ckanext.odlocale.observatory.definitions import VERSION
from ckanext.odlocale.observatory.facts import Facts
from ckanext.odlocale.observatory.gathering import gather
from ckanext.odlocale.observatory.history import build_rows, splice
from ckanext.odlocale.observatory.standing import Models
from ckanext.odlocale.scdl.catalogue import load_catalogue

#: Collectivités computed at a time: memory does not follow the territory's size.
BATCH = 5_000


def national_models() -> Models:
    """Return the national models that are counted."""
    return Models({one.slug: one.dataset.frequency for one in load_catalogue()})


def record(day: datetime.date, *, again: bool = False) -> int:
    """Bring history up to a day, and commit.

    :param again: compute it anew from the first publication, with today's definitions
    :returns: how many rows were written; none for a day that is past already
    """
    store.lock_history()
    last = store.Observation.last()
    if last is not None and last.day > day:
        model.Session.rollback()
        return 0
    facts = gather()
    start = _beginning(facts, day) if again or last is None else last.day
    held = store.read_held(start)
    if again or last is None:
        held = held.clear()
        store.forget_from(datetime.date.min)
    written = 0
    store.forget_from(start)
    for part in _parts(facts):
        fresh = build_rows(part, start, day, national_models()).with_columns(
            version=pl.lit(VERSION, pl.Int64)
        )
        sirens = part.collectivities.select("siren")
        mine = held.join(sirens, on="siren", how="semi")
        rows, ends = splice(mine, fresh, start)
        store.end_rows(ends, start)
        store.write_rows(rows)
        written += rows.height
    now = datetime.datetime.now(datetime.timezone.utc)
    model.Session.merge(store.Observation(day=day, version=VERSION, at=now))
    model.Session.commit()
    return written


def _beginning(facts: Facts, day: datetime.date) -> datetime.date:
    """The day before the first publication: the curve begins at nothing."""
    first = facts.online["since"].min()
    if not isinstance(first, datetime.date):
        return day
    return min(first - datetime.timedelta(1), day)


def _parts(facts: Facts) -> Iterator[Facts]:
    """Cut the facts by collectivités; those that merged stay with their successors."""
    links = dict(
        facts.collectivities.drop_nulls("successor").select("siren", "successor").rows()
    )
    heads = {}
    for siren in facts.collectivities["siren"]:
        head, seen = siren, {siren}
        while links.get(head) is not None and links[head] not in seen:
            head = links[head]
            seen.add(head)
        heads[siren] = head
    order = sorted(heads, key=lambda siren: (heads[siren], siren))
    begun = 0
    while begun < len(order):
        end = min(begun + BATCH, len(order))
        while end < len(order) and heads[order[end]] == heads[order[end - 1]]:
            end += 1
        chosen = pl.DataFrame({"siren": order[begun:end]}, schema={"siren": pl.String})
        tables = (facts.collectivities, facts.online, facts.nothing, facts.contacts)
        yield Facts(*(table.join(chosen, on="siren", how="semi") for table in tables))
        begun = end
