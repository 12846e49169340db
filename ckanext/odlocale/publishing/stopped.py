"""Publications that stopped half-way: the desk's home says so, and offers to resume.

A mark in Valkey, written before a publication begins and taken away once it is
committed. Whatever else ends it, a process that is killed included, leaves it. Without
Valkey the home says «begun» instead, which is true as well.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence

from ckan.lib.redis import connect_to_redis
from redis.exceptions import RedisError

#: How long after its beginning a publication that says nothing has stopped.
SILENT_SECONDS = 120
_KEPT_SECONDS = 90 * 86_400


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
        _set(key, 0)
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


def _set(key: str, at: float) -> None:
    with contextlib.suppress(RedisError):
        connect_to_redis().set(key, at, ex=_KEPT_SECONDS)


def _key(deposit_id: str) -> str:
    return f"odlocale:publishing:{deposit_id}"
