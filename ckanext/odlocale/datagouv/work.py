"""Long work with data.gouv.fr: one at a time, followed, and begun again where it died.

How far it is lies in CKAN's table of task statuses, written on a connection of its own.
One lock of PostgreSQL's says who works: it goes with the process that held it.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Final

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

_TASKS = model.task_status_table
_TYPE: Final = "odlocale_datagouv"
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
    job = str(uuid.uuid4())
    _write(job, {"state": "waiting", "asker": asker, "what": what})
    return job


def tell(job: str, done: int, total: int) -> None:
    """Note how far it is."""
    _write(job, {"state": "running", "done": done, "total": total})


def finish(job: str, outcome: Mapping[str, Any]) -> None:
    """Note that it is done."""
    _write(job, {"state": "done", "outcome": dict(outcome)})


def fail(job: str, errors: list[str]) -> None:
    """Note why it stopped."""
    _write(job, {"state": "failed", "errors": errors})


def read(job: str) -> dict[str, Any] | None:
    """Return how far some work is, and who asked for it."""
    with model.meta.engine.connect() as connection:
        kept = connection.execute(_select(job)).mappings().first()
    if kept is None:
        return None
    found: dict[str, Any] = json.loads(kept["value"])
    silent = datetime.datetime.now() - kept["last_updated"]
    if found["state"] == "running" and silent > _EARLY and not is_busy():
        found["state"] = "lost"
    empty: dict[str, Any] = {"done": 0, "total": 0, "outcome": None, "errors": []}
    return {"id": job, **empty, **found, "updated_at": kept["last_updated"].isoformat()}


def _select(job: str) -> sa.Select[Any]:
    return sa.select(_TASKS.c.value, _TASKS.c.last_updated).where(
        _TASKS.c.entity_id == job, _TASKS.c.task_type == _TYPE, _TASKS.c.key == "state"
    )


def _write(job: str, news: Mapping[str, Any]) -> None:
    with model.meta.engine.begin() as connection:
        kept = connection.execute(_select(job)).mappings().first()
        value = {**(json.loads(kept["value"]) if kept else {}), **news}
        row = {
            "id": model.types.make_uuid(),
            "entity_id": job,
            "entity_type": "datagouv",
            "task_type": _TYPE,
            "key": "state",
            "value": json.dumps(value, ensure_ascii=False),
            "state": value["state"],
            # As CKAN keeps moments in this table: local and without zone.
            "last_updated": datetime.datetime.now(),
        }
        changed = {name: row[name] for name in ("value", "state", "last_updated")}
        connection.execute(
            insert(_TASKS)
            .values(row)
            .on_conflict_do_update(
                index_elements=["entity_id", "task_type", "key"], set_=changed
            )
        )
