"""How far a check is, for whoever waits for a long file.

A check goes by column, not by row: its rules are asked of whole columns, then each
value is looked at where it may name somebody. What is told is therefore a share of the
work, given in rows: half of the work on 48,000 rows is «24,000 rows».

The check is called through several layers that have nothing to do with waiting, and one
process may check files for several people at once: who waits is kept in a context
variable, as Python has them for that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import polars as pl

#: Called with the rows checked so far, and how many there are. What it raises ends the
#: check.
Listener = Callable[[int, int], None]

#: How long looking for people in a column is, to all rules of a row asked together.
PEOPLE = 5

#: Values that are looked at between two calls.
STRIDE = 2_000


class _Watch:
    """What one listener was told, and how far the check that it listens to is.

    :ivar checks: how many checks the reading makes; ``number``: of them, those over
    :ivar total: what the present check looks at, in cells; ``done``: what is over
    :ivar told: the most that was said: a file is read anew where a column is filled in,
        and nobody sees it go back
    """

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.rows = self.told = 0
        self.checks, self.number = 1, -1
        self.total = self.done = 0.0

    def tell(self) -> None:
        """Say how many rows are checked, as a share of all work."""
        within = min(self.done / self.total, 1.0) if self.total else 0.0
        share = (self.number + within) / self.checks
        self.told = max(self.told, int(self.rows * share))
        self.listener(self.told, self.rows)


_watch: ContextVar[_Watch | None] = ContextVar("odlocale_scdl_watch", default=None)


@contextmanager
def watched(listener: Listener) -> Iterator[None]:
    """Tell a listener how far the checks made within are.

    :raises Exception: what the listener raises, to stop a check
    """
    token = _watch.set(_Watch(listener))
    try:
        yield
    finally:
        _watch.reset(token)


def begin(checks: int) -> None:
    """Say that a file is read, and how many times its rows are checked for that."""
    watch = _watch.get()
    if watch is not None:
        watch.checks, watch.number = checks, -1
        watch.listener(watch.told, watch.rows)


def end() -> None:
    """Say that the checks of a reading are over: what follows is not stopped."""
    watch = _watch.get()
    if watch is not None:
        watch.listener(watch.told, watch.rows)


def expect(rows: int, peopled: int) -> None:
    """Say that all rules were asked of all rows, and what else the check looks at.

    :param peopled: columns where people are looked for
    """
    watch = _watch.get()
    if watch is not None:
        watch.rows, watch.number = rows, watch.number + 1
        watch.done, watch.total = rows, rows * (1 + peopled * PEOPLE)
        watch.tell()


def stride(values: pl.Series, rows: int) -> Iterator[Any]:
    """Yield values one by one, telling how far one is in a column.

    :param rows: how many rows these values, each once, are those of
    """
    each = rows * PEOPLE / len(values) if len(values) else 0
    for position, value in enumerate(values, start=1):
        yield value
        if position % STRIDE == 0:
            _advance(STRIDE * each)
    _advance((len(values) % STRIDE) * each)


def _advance(cells: float) -> None:
    watch = _watch.get()
    if watch is not None:
        watch.done += cells
        watch.tell()
