"""Publications that stopped half-way: the desk's home says so, and offers to resume.

A mark in Valkey, written before a publication begins and taken away once it is
committed. Whatever else ends it, a process that is killed included, leaves it. Without
Valkey the home says «begun» instead, which is true as well.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from ckan import model
from ckan.lib import search
from ckan.lib.redis import connect_to_redis
from ckan.lib.search.common import make_connection
from redis.exceptions import RedisError

from ckanext.odlocale.publishing.model import Deposit

#: How long after its beginning a publication that says nothing has stopped.
SILENT_SECONDS = 120
_KEPT_SECONDS = 90 * 86_400
#: The moment that is noted of a publication that said itself that it stopped.
STOPPED = 0
#: Datasets of one collectivité that are looked for in the index.
MOST_DATASETS = 10_000


@contextlib.contextmanager
def note_stop(deposit_id: str) -> Iterator[None]:
    """Remember that a publication began, until it is done.

    :raises Exception: whatever stopped it
    """
    key = _key(deposit_id)
    _set(key, time.time())
    try:
        yield
    except BaseException:
        _set(key, STOPPED)
        raise
    with contextlib.suppress(RedisError):
        connect_to_redis().delete(key)


def stopped_of(deposit_ids: Sequence[str]) -> frozenset[str]:
    """Return which drafts' publication stopped."""
    if not deposit_ids:
        return frozenset()
    try:
        began = connect_to_redis().mget([_key(one) for one in deposit_ids])
    except RedisError:
        return frozenset()
    limit = time.time() - SILENT_SECONDS
    return frozenset(
        one
        for one, at in zip(deposit_ids, began, strict=True)
        if at is not None and float(at) < limit
    )


def repair_index() -> int:
    """Let the search say what is online again, where a process was killed after it had
    told it and before it committed.

    :returns: how many collectivités it was asked about
    """
    try:
        killed = _killed()
    except RedisError:
        return 0
    query = sa.select(Deposit.org_id).where(Deposit.id.in_(killed)).distinct()
    places = list(model.Session.scalars(query))
    for org_id in places:
        _index_again(org_id)
    for deposit_id in killed:
        _set(_key(deposit_id), STOPPED)
    return len(places)


def _killed() -> list[str]:
    """The drafts whose publication began long ago, and said nothing since."""
    server, limit = connect_to_redis(), time.time() - SILENT_SECONDS
    keys = [key.decode() for key in server.scan_iter(_key("*"))]
    return [
        key.removeprefix(_key(""))
        for key, at in zip(keys, server.mget(keys) if keys else (), strict=True)
        if at is not None and STOPPED < float(at) < limit
    ]


def _index_again(org_id: str) -> None:
    which = (model.Package.owner_org == org_id) & (model.Package.state != "deleted")
    held = set(model.Session.scalars(sa.select(model.Package.id).where(which)))
    asked = {"fl": "id", "rows": MOST_DATASETS, "fq": f'+owner_org:"{org_id}"'}
    found = {str(one["id"]) for one in make_connection().search("*:*", **asked)}
    for package_id in found - held:
        search.clear(package_id)
    search.rebuild(package_ids=sorted(held))
    search.commit()


def _set(key: str, at: float) -> None:
    with contextlib.suppress(RedisError):
        connect_to_redis().set(key, at, ex=_KEPT_SECONDS)


def _key(deposit_id: str) -> str:
    return f"odlocale:publishing:{deposit_id}"
