"""Counters of answered requests, in Valkey: the same whichever process answers."""

from __future__ import annotations

from collections.abc import Mapping

from ckan.lib.redis import connect_to_redis

_KEY = "odlocale:metrics"


def count(fields: Mapping[str, float]) -> None:
    """Add to the counters."""
    pipe = connect_to_redis().pipeline(transaction=False)
    for name, value in fields.items():
        pipe.hincrbyfloat(_KEY, name, value)
    pipe.execute()


def counted() -> dict[str, float]:
    """Read the counters."""
    return {
        name.decode(): float(value)
        for name, value in connect_to_redis().hgetall(_KEY).items()
    }
