"""Why a file is withdrawn: a short list for the agent, one sentence for everybody.

The reason is public, by its code. What the agent adds in her own words is not: it may
name the very person whose data go, so that it stays on the deposit, where it can be
erased, and never enters the journal.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

Translate = Callable[[str], str]

#: Characters kept of what the agent adds.
MAX_NOTE = 500


class Reason(Enum):
    """Why a file is no longer online. The value is what is stored."""

    PERSONAL = "personal"
    FAULTY = "faulty"
    MISTAKEN = "mistaken"
    OUTDATED = "outdated"
    ELSEWHERE = "elsewhere"
    OTHER = "other"


#: Why somebody erases: the others are reasons to withdraw only.
ERASING = (Reason.PERSONAL, Reason.MISTAKEN, Reason.OTHER)


def read_reason(stored: str | None) -> Reason:
    """Return a stored reason; one that is not known is another one.

    >>> read_reason("personal"), read_reason("autre chose")
    (<Reason.PERSONAL: 'personal'>, <Reason.OTHER: 'other'>)
    """
    known = {one.value: one for one in Reason}
    return known.get(stored or "", Reason.OTHER)


def label_of(reason: Reason, gettext: Translate) -> str:
    """Return a reason as the agent chooses it."""
    labels = {
        Reason.PERSONAL: gettext("It holds somebody's personal data"),
        Reason.FAULTY: gettext("It holds mistakes"),
        Reason.MISTAKEN: gettext("It is not the right file"),
        Reason.OUTDATED: gettext("It is out of date"),
        Reason.ELSEWHERE: gettext("It is published elsewhere"),
        Reason.OTHER: gettext("Another reason"),
    }
    return labels[reason]


def notice_of(reason: Reason, gettext: Translate) -> str:
    """Return what everybody reads at the address."""
    notices = {
        Reason.PERSONAL: gettext("It held personal data, which are not public."),
        Reason.FAULTY: gettext("It held mistakes."),
        Reason.MISTAKEN: gettext("It was not the right file."),
        Reason.OUTDATED: gettext("It was out of date."),
        Reason.ELSEWHERE: gettext("These data are published elsewhere."),
        Reason.OTHER: gettext("No other reason was given."),
    }
    return notices[reason]
