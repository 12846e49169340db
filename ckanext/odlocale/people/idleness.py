"""Accounts that serve nobody any more: when their owner is warned, when they close.

Source: CNIL, «Durées de conservation» (an account is erased once its owner has not
come for a while, after he was told); the length is the operator's, a year by default.
"""

from __future__ import annotations

import datetime
from typing import Final, Literal

Stage = Literal["warn", "close"]

#: How long before the end its owner is warned.
NOTICE_DAYS: Final = 30


def notice(days: int) -> datetime.timedelta:
    """Return how long before its end an account's owner is warned.

    :param days: after which an account that serves nobody closes

    >>> notice(365).days, notice(20).days
    (30, 10)
    """
    return datetime.timedelta(days=min(NOTICE_DAYS, days // 2))


def asleep_since(now: datetime.datetime, days: int) -> datetime.datetime:
    """Return the moment before which whoever was last seen is idle, and is warned."""
    return now - datetime.timedelta(days=days) + notice(days)


def stage_of(
    seen: datetime.datetime,
    warned_at: datetime.datetime | None,
    now: datetime.datetime,
    days: int,
) -> Stage | None:
    """Return what is to be done of an account today, if anything.

    Nobody's account closes without a warning that is as old as the notice: where no
    letter left for months, the warning comes first all the same.

    :param seen: when its owner last came, or made a software come
    :param warned_at: when he was last warned
    :param days: after which an account that serves nobody closes; 0 for never

    >>> day = datetime.timedelta(days=1)
    >>> then = datetime.datetime(2026, 1, 1)
    >>> [stage_of(then, None, then + day * age, 365) for age in (334, 335, 400)]
    [None, 'warn', 'warn']
    >>> [stage_of(then, then + 335 * day, then + day * age, 365) for age in (364, 365)]
    [None, 'close']
    """
    if days <= 0 or seen > asleep_since(now, days):
        return None
    # Whoever came back after a warning is warned anew.
    if warned_at is None or warned_at < seen:
        return "warn"
    is_old = now - seen >= datetime.timedelta(days=days)
    return "close" if is_old and now - warned_at >= notice(days) else None
