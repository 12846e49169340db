"""Long work with data.gouv.fr: one at a time, followed, and begun again where it died.

How far it is lies in CKAN's table of task statuses.
One lock of PostgreSQL's says who works: it goes with the process that held it.
"""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator, Mapping
from typing import Any, Final

import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.base.task_status import Tasks, now

_TASKS: Final = Tasks("odlocale_datagouv", "datagouv")
#: Any number that nobody else takes.
_LOCK: Final = 0x0D10CA1E21
#: A worker that begins has not taken the lock yet.
_EARLY: Final = datetime.timedelta(seconds=30)


class Busy(Exception):
    """Other work with data.gouv.fr is going on."""


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Hold the lock of this work.

    :raises Busy: somebody holds it
    """
    with model.meta.engine.connect() as connection:
        if not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(_LOCK))):
            raise Busy
        # No transaction stays open meanwhile: the lock is the connection's.
        connection.commit()
        try:
            yield
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(_LOCK)))
            connection.commit()


def is_busy() -> bool:
    """Tell whether somebody holds the lock."""
    try:
        with alone():
            return False
    except Busy:
        return True


def begin(asker: str | None, what: str) -> str:
    """Note some work that waits for a worker; return its id."""
    return _TASKS.begin(asker, what=what)


def tell(job: str, done: int, total: int) -> None:
    """Note how far it is."""
    _TASKS.write(job, state="running", done=done, total=total)


def finish(job: str, outcome: Mapping[str, Any]) -> None:
    """Note that it is done."""
    _TASKS.write(job, state="done", outcome=dict(outcome))


def fail(job: str, errors: list[str]) -> None:
    """Note why it stopped."""
    _TASKS.write(job, state="failed", errors=errors)


def read(job: str) -> dict[str, Any] | None:
    """Return how far some work is, and who asked for it."""
    kept = _TASKS.read(job)
    if kept is None:
        return None
    found, written = kept
    silent = now() - written
    if found["state"] == "running" and silent > _EARLY and not is_busy():
        found["state"] = "lost"
    empty: dict[str, Any] = {"done": 0, "total": 0, "outcome": None, "errors": []}
    return {"id": job, **empty, **found, "updated_at": written.isoformat()}
