"""Coming in with a password: what is strong enough, how often one may try, how long a
session lasts, who needs a second factor.

Sources: CNIL, délibération 2022-100 (passwords: twelve characters at least, or fifty
bits of entropy with a slowed number of tries); RFC 6238 (second factor); OWASP,
“Blocking Brute Force Attacks” (a lock by account alone shuts its owner out, and lets
one password be tried on all accounts).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from zxcvbn import zxcvbn

Policy = Literal["animators", "everybody", "nobody"]
#: One account from one place; one place; one account.
Scope = Literal["here", "origin", "account"]
Fault = Literal["short", "long", "guessable"]

MIN_LENGTH: Final = 12
#: CKAN hashes the whole password: a longer one would only cost it time.
MAX_LENGTH: Final = 128
#: Without the words that anybody knows of its owner, this much of it is left.
MIN_LEFT: Final = 8
MIN_KNOWN: Final = 4
#: What French people write first, which zxcvbn's English lists do not know.
COMMON: Final = (
    "motdepasse", "mot de passe", "azerty", "qwerty", "bonjour", "doudou", "soleil",
    "chouchou", "loulou", "mairie", "commune", "secretaire", "secretariat", "bretagne",
    "france", "marseille", "opendata", "donnees", "portail", "0123456789", "123456",
)  # fmt: skip
#: zxcvbn's scale goes from 0 to 4; 3 resists 10^8 guesses.
MIN_SCORE: Final = 3

#: Tries that cost nothing, then the wait, doubled at each failure.
FREE_TRIES: Final = 5
FIRST_WAIT: Final = 30
MAX_WAIT: Final = 900
#: Failures in an hour from one place, whatever the accounts, that cost nothing.
FREE_FROM_ONE: Final = 30
#: Failures in an hour on one account from places that it never came in from, then the
#: wait, always the same.
FREE_ON_ONE: Final = 50
WAIT_ON_ONE: Final = 60
RECOVERY_CODES: Final = 8


def fault_of(password: str, words: Iterable[str] = ()) -> Fault | None:
    """Tell what makes a password too weak, if so.

    :param words: what anybody knows of its owner: names, address, commune

    >>> fault_of("azertyuiop12"), fault_of("trois mots sans rapport")
    ('guessable', None)
    """
    words = [*(one for one in words if one), *COMMON]
    if len(password) < MIN_LENGTH:
        return "short"
    if len(password) > MAX_LENGTH:
        return "long"
    left = password.casefold()
    for word in sorted({one.casefold() for one in words}, key=len, reverse=True):
        left = left.replace(word, "") if len(word) >= MIN_KNOWN else left
    if len(left) < MIN_LEFT:
        return "guessable"
    # The library's cost grows with the square of the length; 72 signs decide.
    judged = zxcvbn(password[:72], words)
    return "guessable" if judged["score"] < MIN_SCORE else None


def wait_after(failures: int) -> int:
    """Return how many seconds one waits after so many failures in a row.

    >>> [wait_after(number) for number in (0, 4, 5, 6, 7, 50)]
    [0, 0, 30, 60, 120, 900]
    """
    if failures < FREE_TRIES:
        return 0
    return int(min(MAX_WAIT, FIRST_WAIT * 2 ** min(20, failures - FREE_TRIES)))


def wait_at(scope: Scope, failures: int) -> int:
    """Return how many seconds the next try waits, after so many failures in an hour.

    Guessing is stopped for one account from one place, after a few tries; for one
    place, whatever the accounts, after more, since an office has one address; and for
    one account, from everywhere at once, it is slowed but never stopped: anybody could
    otherwise close the door of anybody.

    >>> [wait_at("here", number) for number in (4, 5, 6)]
    [0, 30, 60]
    >>> [wait_at("origin", number) for number in (29, 30, 31, 99)]
    [0, 30, 60, 900]
    >>> [wait_at("account", number) for number in (49, 50, 9_999)]
    [0, 60, 60]
    """
    if scope == "account":
        return WAIT_ON_ONE if failures >= FREE_ON_ONE else 0
    free = FREE_FROM_ONE if scope == "origin" else FREE_TRIES
    return wait_after(max(0, failures - free + FREE_TRIES))


def scopes_of(*, has_origin: bool, known: bool) -> tuple[Scope, ...]:
    """Return what a try is counted under, and waits for.

    :param has_origin: whether it is known where it comes from; where it is not, all
        those behind a same proxy are no one place
    :param known: whether the account came in from there before: its owner waits for
        his own failures only, whoever tries elsewhere

    >>> scopes_of(has_origin=True, known=True), scopes_of(has_origin=False, known=False)
    (('here',), ('here', 'account'))
    """
    if known:
        return ("here",)
    return ("here", "origin", "account") if has_origin else ("here", "account")


@dataclass(frozen=True)
class Marks:
    """What a session remembers of itself: moments in seconds, and the account's epoch.

    :ivar epoch: grows each time all sessions of the account are ended
    """

    since: float
    seen: float
    epoch: int


def is_over(
    marks: Marks, now: float, epoch: int, *, idle: float, absolute: float
) -> bool:
    """Tell whether a session is over.

    :param epoch: the account's at present
    :param idle: seconds without a request after which it is
    :param absolute: seconds after which it is, whatever was done

    >>> is_over(Marks(0, 50, 1), 99, 1, idle=50, absolute=100)
    False
    >>> [is_over(Marks(0, 50, 1), *at, idle=50, absolute=100)
    ...  for at in ((101, 1), (99, 2))]
    [True, True]
    """
    return (
        marks.epoch != epoch
        or now - marks.seen > idle
        or now - marks.since > absolute
        or marks.since > now + 60
    )


@dataclass(frozen=True)
class Left:
    """How long a session has still, in seconds, never less than none.

    :ivar idle: until it ends if nothing is asked; a request gives it all of its time
    :ivar absolute: until it ends whatever is done
    """

    idle: int
    absolute: int


def time_left(marks: Marks, now: float, *, idle: float, absolute: float) -> Left:
    """Return how long a session has still; see :func:`is_over`.

    >>> time_left(Marks(0, 50, 1), 60, idle=50, absolute=100)
    Left(idle=40, absolute=40)
    >>> time_left(Marks(0, 50, 1), 500, idle=50, absolute=100)
    Left(idle=0, absolute=0)
    """
    return Left(
        max(0, int(marks.seen + idle - now)), max(0, int(marks.since + absolute - now))
    )


def needs_second_factor(
    policy: str, *, is_sysadmin: bool, is_animator: bool, has_one: bool
) -> bool:
    """Tell whether a password alone does not open a session.

    Who set a second factor up is asked for it, whatever the portal asks of others.
    """
    if has_one or policy == "everybody":
        return True
    return policy == "animators" and (is_sysadmin or is_animator)


def new_recovery_codes() -> list[str]:
    """Return codes that replace a lost telephone, each once: 50 bits each."""
    signs = "abcdefghjkmnpqrstuvwxyz23456789"
    parts = (
        "-".join("".join(secrets.choice(signs) for _ in range(5)) for _ in range(2))
        for _ in range(RECOVERY_CODES)
    )
    return list(parts)


def hash_of_recovery(code: str) -> str:
    """Return what is kept of a recovery code."""
    cleaned = code.strip().lower().replace(" ", "")
    return hashlib.sha256(cleaned.encode()).hexdigest()
