"""How far applications of a plan are, in CKAN's table of task statuses."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from ckanext.odlocale.base.task_status import Tasks, now
from ckanext.odlocale.territory import model as store

_TASKS = Tasks("odlocale_territory_apply", "territory")
#: A worker that died leaves "running" behind it. It may still be reading for this
#: long, without holding the territory.
SILENCE = datetime.timedelta(minutes=10)


def begin(asker: str | None) -> str:
    """Note an application that waits for a worker; return its id."""
    return _TASKS.begin(asker, started_at=now().isoformat())


def tell(job: str, phase: str, done: int, total: int) -> None:
    """Note how far an application is."""
    _TASKS.write(job, state="running", phase=phase, done=done, total=total)


def finish(job: str, counts: Mapping[str, int]) -> None:
    """Note that an application is done."""
    _TASKS.write(job, state="done", counts=dict(counts))


def fail(job: str, errors: list[str]) -> None:
    """Note why an application was refused: nothing was done."""
    _TASKS.write(job, state="failed", errors=errors)


def read(job: str) -> dict[str, Any] | None:
    """Return how far an application is, and the id of whoever asked for it."""
    kept = _TASKS.read(job)
    if kept is None:
        return None
    found, written = kept
    if found["state"] == "running" and _is_lost(written):
        found["state"] = "lost"
    empty: dict[str, Any] = {"phase": None, "counts": None, "errors": []}
    numbers = {"done": 0, "total": 0}
    return {"id": job, **empty, **numbers, **found, "updated_at": written.isoformat()}


def _is_lost(updated: datetime.datetime) -> bool:
    if now() - updated > SILENCE:
        return True
    # Once it writes, it holds the territory until it ends.
    is_early = now() - updated < datetime.timedelta(seconds=30)
    return not is_early and not store.is_locked()
