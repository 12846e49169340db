"""A file so long that its agent does not wait for it: which one, and how it stands."""

from __future__ import annotations

import datetime
from typing import Literal

#: What the worker may do to a draft in its agent's name.
ACTIONS = (
    "odlocale_deposit_choose",
    "odlocale_deposit_correct",
    "odlocale_deposit_decide",
    "odlocale_deposit_publish",
    "odlocale_deposit_undo",
)

#: Of a file that is compressed (a workbook), how much is as long to read as one byte.
PACKED = 4
_ARCHIVE = b"PK"

#: How long after its last sign of life work has stopped: it says nothing while a
#: workbook is opened.
SILENT = datetime.timedelta(minutes=3)
#: How long work may wait for a worker before it is asked for again.
LOST = datetime.timedelta(minutes=15)
#: How often work that a process took with it is begun again.
MAX_ATTEMPTS = 3
#: How long after she last looked at the page an agent is written to.
GONE = datetime.timedelta(seconds=15)

#: As kept: ``refused`` has a sentence for the agent, ``failed`` none.
State = Literal["waiting", "running", "stopped", "refused", "failed"]

#: As shown. ``running`` and ``waiting`` go on; the others wait for the agent.
GOING_ON: tuple[State, ...] = ("waiting", "running")


def is_long(size: int, head: bytes, limit: int) -> bool:
    """Tell whether a file is checked by the worker rather than at once.

    :param size: its bytes
    :param head: the first ones, which tell what is compressed
    :param limit: bytes of text above which a file is long
    """
    weight = PACKED if head.startswith(_ARCHIVE) else 1
    return size * weight > limit


def standing(state: State, beat_at: datetime.datetime, now: datetime.datetime) -> State:
    """Say how work stands: what says nothing any more has failed.

    :param beat_at: its last sign of life
    """
    if state == "running" and now - beat_at > SILENT:
        return "failed"
    return state


def begins_again(
    state: State, beat_at: datetime.datetime, attempts: int, now: datetime.datetime
) -> bool:
    """Tell whether work is given to a worker again: one took it with it, or lost it."""
    if attempts >= MAX_ATTEMPTS:
        return False
    lost = state == "waiting" and now - beat_at > LOST
    return lost or (state == "running" and now - beat_at > SILENT)


def is_gone(seen_at: datetime.datetime | None, now: datetime.datetime) -> bool:
    """Tell whether an agent left the page that says how far her file is."""
    return seen_at is None or now - seen_at > GONE
