"""Slowing down who tries passwords or codes, kept in Valkey for an hour.

Counted by what was typed as much as by account, so that waiting tells nobody whether an
account exists.
"""

from __future__ import annotations

import hashlib
from typing import Any

from ckan import model
from ckan.lib.redis import connect_to_redis

from ckanext.odlocale.people.access import wait_after

_FORGET_SECONDS = 3600


def key_of(typed: str) -> str:
    """Return what tries are counted under: the account's id where there is one."""
    user = model.User.by_name(typed) or model.User.by_email(typed)
    counted = user.id if user else typed.strip().lower()[:200]
    return "odlocale:login:" + hashlib.sha256(counted.encode()).hexdigest()


def seconds_to_wait(key: str) -> int:
    """Return how long one waits before the next try."""
    return max(0, int(_redis().ttl(f"{key}:wait")))


def fail(key: str) -> None:
    """Count a failure, and make the next try wait."""
    server = _redis()
    failures = int(server.incr(key))
    server.expire(key, _FORGET_SECONDS)
    wait = wait_after(failures)
    if wait:
        server.set(f"{key}:wait", 1, ex=wait)


def forget(key: str) -> None:
    """Forget the failures: somebody came in."""
    _redis().delete(key, f"{key}:wait")


def _redis() -> Any:
    return connect_to_redis()
