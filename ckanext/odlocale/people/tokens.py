"""Tokens of software: how one is written, what it lets do, when it is worth nothing.

A token is a collectivité's, not the person's who made it: it goes on working when that
person leaves. It lives as long as it and its mandate are in force, for the data that
both name. What is kept of it is a hash: 256 bits at random need no salt.
Source of the form of the header: RFC 6750, section 2.1.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal, get_args

from ckanext.odlocale.people.mandates import Mandate

Verb = Literal["read", "deposit", "publish", "withdraw"]
Standing = Literal["current", "revoked", "expired", "mandate"]
#: Why a request is nobody's; ``mandate`` is said to a software that is known.
Fault = Literal["missing", "scheme", "malformed", "unknown", "revoked", "expired",
                "mandate"]  # fmt: skip

VERBS: Final[tuple[Verb, ...]] = get_args(Verb)
#: How each token begins: whoever finds one in a file or a letter knows what it is.
MARK: Final = "odl_"

_SIGNS = "abcdefghijkmnpqrstuvwxyz23456789"
_TOKEN = re.compile(rf"({MARK}[{_SIGNS}]{{8}})_[A-Za-z0-9_-]{{43}}")


@dataclass(frozen=True)
class Secret:
    """A token as it is given once.

    :ivar value: the whole, which nobody keeps but the software
    :ivar prefix: its beginning, which is public
    :ivar hash: what is kept of it
    """

    value: str
    prefix: str
    hash: str


@dataclass(frozen=True)
class Bearer:
    """A software that calls, and what it may do for one collectivité.

    :ivar schemas: slugs of the models; nothing for all
    """

    token_id: str
    org_id: str
    name: str
    prefix: str
    mandate_id: str
    verbs: frozenset[Verb]
    schemas: frozenset[str] | None = None

    def may(self, verb: Verb) -> bool:
        """Tell whether it may do something, of the data that it covers."""
        return verb in self.verbs

    def covers(self, schema: str) -> bool:
        """Tell whether it is about a model."""
        return self.schemas is None or schema in self.schemas


def new_secret() -> Secret:
    """Return a token that nobody guesses.

    >>> made = new_secret()
    >>> made.value.startswith(made.prefix), len(made.value), len(made.hash)
    (True, 56, 64)
    """
    prefix = MARK + "".join(secrets.choice(_SIGNS) for _ in range(8))
    value = f"{prefix}_{secrets.token_urlsafe(32)}"
    return Secret(value, prefix, hash_of(value))


def hash_of(value: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()


def prefix_of(value: str) -> str | None:
    """Return the public beginning of a token; nothing where it is written as none.

    >>> prefix_of("odl_abcdefgh_" + "x" * 43), prefix_of("odl_abcdefgh_x\\n")
    ('odl_abcdefgh', None)
    """
    found = _TOKEN.fullmatch(value)
    return found[1] if found else None


def is_same(value: str, kept: str | None) -> bool:
    """Tell whether a token is the one that a hash was kept of.

    As long whether there is one or not, and wherever they differ.

    :param kept: nothing where no token begins so
    """
    same = hmac.compare_digest(hash_of(value), kept or hash_of(""))
    return same and kept is not None


def read_header(header: str | None) -> str | Fault:
    """Return the token of an ``Authorization`` header, or why there is none.

    >>> read_header(None), read_header("Basic eDp5"), read_header("Bearer x")
    ('missing', 'scheme', 'malformed')
    """
    if not header or not header.strip():
        return "missing"
    scheme, _, value = header.strip().partition(" ")
    if scheme.lower() != "bearer":
        return "scheme"
    value = value.strip()
    return value if prefix_of(value) else "malformed"


def holds_token(text: str) -> bool:
    """Tell whether a text, such as a part of an address, holds a token."""
    return bool(_TOKEN.search(text))


def closure(verbs: Collection[str]) -> frozenset[Verb]:
    """Return all that some verbs let do: who publishes deposits, and all read.

    >>> sorted(closure(["publish"])), sorted(closure(["withdraw"]))
    (['deposit', 'publish', 'read'], ['read', 'withdraw'])
    """
    given = {one for one in VERBS if one in verbs}
    if "publish" in given:
        given.add("deposit")
    return frozenset({*given, "read"})


def common_schemas(
    token: Collection[str], mandate: Collection[str]
) -> frozenset[str] | None:
    """Return the models that a token and its mandate both cover.

    :param token: its slugs; empty, all
    :param mandate: its slugs; empty, all
    :returns: nothing where that is all

    >>> common_schemas([], []) is None, common_schemas(["dae"], [])
    (True, frozenset({'dae'}))
    >>> common_schemas(["dae", "budget"], ["budget"])
    frozenset({'budget'})
    """
    if not token or not mandate:
        return frozenset(token or mandate) or None
    return frozenset(token) & frozenset(mandate)


def standing(
    until: datetime.date, revoked: bool, mandate: Mandate, today: datetime.date
) -> Standing:
    """Return how a token stands on a day.

    :param until: its last day, included
    """
    if revoked:
        return "revoked"
    if today > until:
        return "expired"
    return "current" if mandate.standing(today) == "current" else "mandate"
