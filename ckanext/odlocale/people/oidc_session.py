"""What a browser's session keeps of a login by a provider, on the server's side.

An attempt serves once: it leaves the session when it comes back, and its ``state`` is
marked in Valkey besides, since two requests may read one session at the same moment.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Any, Final

from ckan.lib.redis import connect_to_redis
from flask import session

from ckanext.odlocale.people.oidc_protocol import ATTEMPT_SECONDS, Attempt
from ckanext.odlocale.people.oidc_rules import LoginRefused, Person

LOGIN_KEY: Final = "odlocale_oidc"
_ATTEMPTS: Final = "odlocale_oidc_attempts"
_LINK: Final = "odlocale_oidc_link"
_LOGOUT: Final = "odlocale_oidc_logout"
#: Tabs in which one may begin: the oldest attempt gives way.
_MAX_ATTEMPTS: Final = 5
#: Seconds that one has to log in to the account that is to be linked.
_LINK_SECONDS: Final = 900


def keep_attempt(attempt: Attempt) -> None:
    """Keep an attempt until it comes back."""
    kept = [one for one in session.get(_ATTEMPTS, []) if _is_fresh(one)]
    session[_ATTEMPTS] = [*kept[1 - _MAX_ATTEMPTS :], attempt.to_dict()]


def take_attempt(state: str) -> Attempt:
    """Return the attempt that comes back, for the only time.

    :raises LoginRefused: this browser began none with this ``state``, it is too old,
        or it came back before
    """
    kept = list(session.get(_ATTEMPTS, []))
    asked = state.encode()
    found = [one for one in kept if hmac.compare_digest(one["state"].encode(), asked)]
    if not found:
        raise LoginRefused("state", "no such attempt in this browser")
    session[_ATTEMPTS] = [one for one in kept if one not in found]
    if not _is_fresh(found[0]):
        raise LoginRefused("state", "too old")
    mark = "odlocale:oidc:" + hashlib.sha256(state.encode()).hexdigest()
    if not connect_to_redis().set(mark, 1, nx=True, ex=2 * ATTEMPT_SECONDS):
        raise LoginRefused("state", "came back before")
    return Attempt(**found[0])


def keep_link(person: Person, id_token: str, user_id: str, where: str) -> None:
    """Keep an identity that waits until the owner of an account logs in to it."""
    session[_LINK] = {
        "person": person.to_dict(),
        "id_token": id_token,
        "user_id": user_id,
        "where": where,
        "at": time.time(),
    }


def link_of(user_id: str) -> dict[str, Any] | None:
    """Return the identity that may be linked to an account; nothing for any other's.

    One that waits for somebody else is forgotten: the computer changed hands.
    """
    kept = session.get(_LINK)
    if not isinstance(kept, dict):
        return None
    if kept["user_id"] != user_id or time.time() - kept["at"] > _LINK_SECONDS:
        forget_link()
        return None
    return {**kept, "person": Person(**kept["person"])}


def forget_link() -> None:
    """Link nothing."""
    session.pop(_LINK, None)


def keep_id_token(id_token: str) -> None:
    """Keep what logs out at the provider."""
    session[LOGIN_KEY] = {"id_token": id_token}


def take_id_token() -> str:
    """Return what logs out at the provider, for the only time; nothing for others."""
    kept = session.pop(LOGIN_KEY, None)
    return str(kept["id_token"]) if isinstance(kept, dict) else ""


def keep_logout(state: str) -> None:
    """Keep what comes back from the provider after a logout."""
    session[_LOGOUT] = state


def take_logout(state: str) -> bool:
    """Tell whether this browser asked for this logout."""
    kept = session.pop(_LOGOUT, None)
    known = isinstance(kept, str)
    return known and hmac.compare_digest(kept.encode(), state.encode())


def _is_fresh(kept: dict[str, Any]) -> bool:
    return 0 <= time.time() - float(kept["at"]) <= ATTEMPT_SECONDS
