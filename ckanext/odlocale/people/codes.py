"""The code sent to a town hall's official address: who has it works there.

Six digits, thirty minutes, five tries, and ten codes a day for a town hall, three of
them for one address of the internet: whoever guesses has fifty chances in a million a
day.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import re
import secrets
from typing import Final, Literal

LIFETIME: Final = datetime.timedelta(minutes=30)
MAX_TRIES: Final = 5
#: Codes sent in a day to one town hall.
MAX_A_DAY: Final = 10
#: And those of them that one address of the internet asked for: a stranger does not
#: shut the door of a town hall alone.
MAX_FROM_ONE: Final = 3
DIGITS: Final = 6

Verdict = Literal["right", "wrong", "expired", "locked"]


def new_code() -> str:
    """Return six digits, at random.

    >>> len(new_code())
    6
    """
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def spaced(code: str) -> str:
    """Write a code as people read it aloud.

    >>> spaced("482913")
    '482 913'
    """
    return f"{code[:3]} {code[3:]}"


def read_code(typed: str) -> str:
    """Return the digits of what was typed.

    >>> read_code(" 482-913 ")
    '482913'
    """
    return "".join(re.findall(r"[0-9]", typed[:40]))


def seal(code: str, request_id: str, key: str) -> str:
    """Return what is kept of a code: of no use without the portal's own key.

    :param key: ``SECRET_KEY``
    """
    message = f"odlocale-code:{request_id}:{code}".encode()
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()


def judge(
    typed: str,
    sealed: str,
    request_id: str,
    key: str,
    *,
    tries: int,
    expires_at: datetime.datetime,
    now: datetime.datetime,
) -> Verdict:
    """Tell whether a code is the right one, in a time that says nothing of it.

    :param tries: how many were made before this one
    """
    same = hmac.compare_digest(seal(read_code(typed), request_id, key), sealed)
    if tries >= MAX_TRIES:
        return "locked"
    if now >= expires_at:
        return "expired"
    return "right" if same else "wrong"


def mask(address: str) -> str:
    """Return an address that those who know it recognise, and nobody learns.

    >>> mask("mairie@crach.fr"), mask("a@b.fr")
    ('m•••••@crach.fr', '•@b.fr')
    """
    name, _, domain = address.partition("@")
    shown = name[:1] if len(name) > 1 else ""
    return f"{shown}{'•' * min(5, len(name) - len(shown))}@{domain}"
