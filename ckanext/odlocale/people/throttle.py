"""Slowing down who tries passwords or codes, kept in Valkey for an hour, and software
that calls without end.

Counted by what was typed as much as by account, so that waiting tells nobody whether an
account exists. :mod:`.access` decides how long one waits.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import Any, Literal

from ckan import model
from ckan.lib.redis import connect_to_redis

from ckanext.odlocale.people.access import Scope, scopes_of, wait_at
from ckanext.odlocale.people.origins import origin_mark

_FORGET_SECONDS = 3600
#: How long a place that an account came in from is known as its own.
_KNOWN_SECONDS = 90 * 86_400

#: ``login``: the password, typed by anybody. ``confirm``: what is typed by who proved
#: something already, and cannot be made to wait by others: wherever it comes from.
Kind = Literal["login", "confirm"]


@dataclass(frozen=True)
class Door:
    """Where one tries to come in.

    :ivar account: mark of the account, or of what was typed in place of one
    :ivar origin: mark of the place that one tries from; empty where it is not known
    """

    kind: Kind
    account: str
    origin: str

    def key(self, scope: Scope) -> str:
        """Return what failures are counted under."""
        account = "" if scope == "origin" else self.account
        origin = "" if scope == "account" else self.origin
        return f"odlocale:{self.kind}:{scope}:{account}:{origin}"

    @property
    def known_key(self) -> str:
        """Where it is kept that the account came in from there."""
        return f"odlocale:known:{self.account}:{self.origin}"


def door_of(typed: str, kind: Kind = "login") -> Door:
    """Return the door that one tries: the account's where there is one."""
    user = model.User.by_name(typed) or model.User.by_email(typed)
    counted = user.id if user else typed.strip().lower()[:200]
    origin = origin_mark() if kind == "login" else ""
    return Door(kind, hashlib.sha256(counted.encode()).hexdigest(), origin)


def seconds_to_wait(door: Door) -> int:
    """Return how long one waits before the next try."""
    server = _redis()
    waits = [int(server.ttl(f"{door.key(one)}:wait")) for one in _scopes(door)]
    return max(0, *waits)


def fail(door: Door) -> None:
    """Count a failure, and make the next try wait."""
    server = _redis()
    for scope in _scopes(door):
        key = door.key(scope)
        failures = int(server.incr(key))
        server.expire(key, _FORGET_SECONDS)
        wait = wait_at(scope, failures)
        if wait:
            server.set(f"{key}:wait", 1, ex=wait)


def forget(door: Door) -> None:
    """Forget the failures of an account at one place: the right thing was typed.

    Not those of the place: who has one account of his own would try all others.
    """
    key = door.key("here")
    _redis().delete(key, f"{key}:wait")


def remember(user_name: str) -> None:
    """Know that an account came in from the place of this request."""
    door = door_of(user_name)
    forget(door)
    if door.origin:
        _redis().set(door.known_key, 1, ex=_KNOWN_SECONDS)


def _scopes(door: Door) -> tuple[Scope, ...]:
    if door.kind == "confirm":
        return ("here",)
    known = bool(door.origin) and bool(_redis().exists(door.known_key))
    return scopes_of(has_origin=bool(door.origin), known=known)


def is_one_too_many(key: str, most: int, seconds: int = 3600) -> bool:
    """Count one more this hour, and tell whether that is beyond a limit.

    :param seconds: another time than an hour
    """
    return _count(f"odlocale:{key}", seconds) > most


def seconds_over(key: str, per_minute: int) -> int:
    """Count a call, and return how long one waits where it is one too many.

    :param key: who calls
    :param per_minute: how many calls a minute are answered; 0, as many as come
    :returns: 0 where it is answered
    """
    if not per_minute:
        return 0
    number = _count(f"odlocale:calls:{key}", 60)
    return 60 - int(time.time()) % 60 if number > per_minute else 0


def _count(key: str, seconds: int) -> int:
    """Count one more in the present minute, hour or day; return how many it makes."""
    counted = f"{key}:{int(time.time()) // seconds}"
    pipe = _redis().pipeline()
    pipe.incr(counted)
    pipe.expire(counted, 2 * seconds)
    return int(pipe.execute()[0])


def _redis() -> Any:
    return connect_to_redis()
