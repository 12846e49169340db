"""Slowing down who tries passwords or codes, kept in Valkey for an hour, and software
that calls without end.

Counted by what was typed as much as by account, so that waiting tells nobody whether an
account exists.
"""

from __future__ import annotations

import hashlib
import time
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


def seconds_over(key: str, per_minute: int) -> int:
    """Count a call, and return how long one waits where it is one too many.

    :param key: who calls
    :param per_minute: how many calls a minute are answered; 0, as many as come
    :returns: 0 where it is answered
    """
    if not per_minute:
        return 0
    now = int(time.time())
    counted = f"odlocale:calls:{key}:{now // 60}"
    pipe = _redis().pipeline()
    pipe.incr(counted)
    pipe.expire(counted, 120)
    number = int(pipe.execute()[0])
    return 60 - now % 60 if number > per_minute else 0


def _redis() -> Any:
    return connect_to_redis()
