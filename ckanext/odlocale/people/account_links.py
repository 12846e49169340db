"""Links about an account that a letter carries: whose they are, and until when.

Nothing is kept of one: it is sealed by the portal's secret with what it would change.
It is dead once that has changed, by itself or otherwise, and once its time is over.
Source: OWASP, Forgot Password Cheat Sheet (single use, short life, nothing guessable).
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final, Literal

from itsdangerous import BadSignature, URLSafeTimedSerializer

Purpose = Literal["password", "address"]

#: Seconds that a link lives.
LIFETIME: Final[dict[Purpose, int]] = {"password": 3600, "address": 24 * 3600}


@dataclass(frozen=True)
class Claim:
    """What a link says, not yet compared with the account as it is.

    :ivar email: the address that it proves, if it is about one
    """

    user_id: str
    state: str
    email: str


def state_of(password: str | None, email: str | None, epoch: int, key: str) -> str:
    """Return the mark of an account as it is: another password, another address, or
    all its sessions ended make another.

    :param key: ``SECRET_KEY``
    """
    written = "\n".join((password or "", (email or "").lower(), str(epoch)))
    return hmac.new(key.encode(), written.encode(), hashlib.sha256).hexdigest()[:32]


def seal(purpose: Purpose, claim: Claim, key: str) -> str:
    """Return the secret part of a link.

    >>> made = seal("password", Claim("u1", "s1", ""), "key")
    >>> read("password", made, "key"), read("address", made, "key")
    (Claim(user_id='u1', state='s1', email=''), None)
    """
    return str(
        _serializer(purpose, key).dumps([claim.user_id, claim.state, claim.email])
    )


def read(purpose: Purpose, token: str, key: str) -> Claim | None:
    """Return what a link says; nothing where it is not ours, or is too old."""
    try:
        said = _serializer(purpose, key).loads(token, max_age=LIFETIME[purpose])
    except BadSignature:
        return None
    return Claim(*map(str, said))


def is_same_state(claim: Claim, state: str) -> bool:
    """Tell whether an account is still as it was when its link was written."""
    return hmac.compare_digest(claim.state, state)


def _serializer(purpose: Purpose, key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(key, salt=f"odlocale-{purpose}")
