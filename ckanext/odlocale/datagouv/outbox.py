"""When a message due to data.gouv.fr is tried, and what becomes of it after a failure.

Pure. One message a dataset: it says how the dataset must be there, not what changed,
so that the last one replaces those before it and order keeps itself. Whoever takes a
message holds a lease on it: nobody else sends it meanwhile, and after a worker that was
killed it rests until a call that was begun is over.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Final, Literal

from ckanext.odlocale.datagouv.calling import (
    TOTAL_SECONDS,
    DatagouvError,
    NoAnswer,
    NotNow,
    NotUnderstood,
    Refused,
)

#: Of a call, at most so many tries within one run.
TRIES: Final = 2
#: What one message may take: six calls, each tried twice. Longer than any of them, so
#: that a call of a killed worker is over when the next one looks.
LEASE: Final = datetime.timedelta(seconds=6 * TRIES * TOTAL_SECONDS)
#: No write begins when less than this is left of a lease.
MARGIN: Final = datetime.timedelta(seconds=2 * TRIES * TOTAL_SECONDS)

FIRST_WAIT: Final = datetime.timedelta(minutes=1)
LONGEST_WAIT: Final = datetime.timedelta(hours=6)
#: A key or an organisation that is missing: somebody must give it.
SETTLING_WAIT: Final = datetime.timedelta(hours=1)
#: Failures in a row after which data.gouv.fr is left alone until the next run.
ENOUGH: Final = 3

#: Why a message waits. Sentences are written at the edge.
Why = Literal[
    "no_answer", "not_now", "not_understood", "refused", "key", "right",
    "no_key", "no_organization", "failed",
]  # fmt: skip


@dataclass(frozen=True)
class Failure:
    """What a failure means for its message, and for those after it.

    :ivar why: in a word
    :ivar said: what data.gouv.fr said, for whoever looks for the cause
    :ivar wait: until the next try; ``None``: not before somebody changes something
    :ivar stops: data.gouv.fr itself does not answer: stop the run
    :ivar counts: it may be down: several in a row stop the run
    """

    why: Why
    said: str
    wait: datetime.timedelta | None
    stops: bool = False
    counts: bool = False


def wait_after(attempts: int) -> datetime.timedelta:
    """Return how long to wait after so many attempts in a row: a minute, then twice.

    >>> [str(wait_after(n)) for n in (1, 2, 3, 9, 40)]
    ['0:01:00', '0:02:00', '0:04:00', '4:16:00', '6:00:00']
    """
    doublings: int = 2 ** min(max(attempts - 1, 0), 20)
    return min(FIRST_WAIT * doublings, LONGEST_WAIT)


def judge(error: DatagouvError, attempts: int) -> Failure:
    """Return what a failed call means.

    :param attempts: how many times the message was tried, this one included
    """
    wait = wait_after(attempts)
    said = error.said
    if isinstance(error, NotNow):
        return Failure("not_now", said, wait, stops=True)
    if isinstance(error, NoAnswer):
        return Failure("no_answer", said, wait, counts=True)
    if isinstance(error, NotUnderstood):
        return Failure("not_understood", said, wait, counts=True)
    if isinstance(error, Refused):
        if error.status == 401:
            return Failure("key", said, max(wait, SETTLING_WAIT))
        if error.status == 403:
            return Failure("right", said, max(wait, SETTLING_WAIT))
        told = "; ".join(f"{name}: {text}" for name, text in error.fields.items())
        return Failure("refused", told or said, None)
    return Failure("failed", said, wait)


def may_write(now: datetime.datetime, leased_until: datetime.datetime) -> bool:
    """Tell whether a write that begins now is over before the lease is."""
    return now + MARGIN <= leased_until
