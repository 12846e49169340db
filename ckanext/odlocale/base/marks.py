"""When a planned command was last done, so that somebody sees one that stopped.

In Valkey: a portal whose Valkey was emptied says that they were never done, until they
are again.
"""

from __future__ import annotations

import time
from typing import Any

from ckan.lib.redis import connect_to_redis

_KEY = "odlocale:done:"


def done(name: str) -> None:
    """Write that a command was done, now."""
    connect_to_redis().set(f"{_KEY}{name}", f"{time.time():.0f}")


def age(name: str, server: Any = None) -> float | None:
    """Return the seconds since a command was done; nothing where it never was.

    :param server: a connection to Valkey, where the caller has one
    """
    found = (server or connect_to_redis()).get(f"{_KEY}{name}")
    return max(0.0, time.time() - float(found)) if found else None
