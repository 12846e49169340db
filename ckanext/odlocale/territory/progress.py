"""How far applications of a plan are, in CKAN's table of task statuses.

Written on a connection of its own: what happens in the transaction of the plan is
not seen by others before it ends.
"""

from __future__ import annotations

import datetime
import json
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert as upsert

from ckanext.odlocale.territory import model as store

_TASKS = model.task_status_table
_TYPE = "odlocale_territory_apply"
#: A worker that died leaves "running" behind it. It may still be reading for this
#: long, without holding the territory.
SILENCE = datetime.timedelta(minutes=10)


def begin(asker: str | None) -> str:
    """Note an application that waits for a worker; return its id."""
    job = str(uuid.uuid4())
    _write(job, {"state": "waiting", "asker": asker, "started_at": _now().isoformat()})
    return job


def tell(job: str, phase: str, done: int, total: int) -> None:
    """Note how far an application is."""
    _write(job, {"state": "running", "phase": phase, "done": done, "total": total})


def finish(job: str, counts: Mapping[str, int]) -> None:
    """Note that an application is done."""
    _write(job, {"state": "done", "counts": dict(counts)})


def fail(job: str, errors: list[str]) -> None:
    """Note why an application was refused: nothing was done."""
    _write(job, {"state": "failed", "errors": errors})


def read(job: str) -> dict[str, Any] | None:
    """Return how far an application is, and the id of whoever asked for it."""
    with model.meta.engine.connect() as connection:
        kept = connection.execute(_select(job)).mappings().first()
    if kept is None:
        return None
    found: dict[str, Any] = json.loads(kept["value"])
    if found["state"] == "running" and _is_lost(kept["last_updated"]):
        found["state"] = "lost"
    empty: dict[str, Any] = {"phase": None, "counts": None, "errors": []}
    numbers = {"done": 0, "total": 0}
    updated = kept["last_updated"].isoformat()
    return {"id": job, **empty, **numbers, **found, "updated_at": updated}


def _is_lost(updated: datetime.datetime) -> bool:
    if _now() - updated > SILENCE:
        return True
    # Once it writes, it holds the territory until it ends.
    is_early = _now() - updated < datetime.timedelta(seconds=30)
    return not is_early and not store.is_locked()


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
            "entity_type": "territory",
            "task_type": _TYPE,
            "key": "state",
            "value": json.dumps(value, ensure_ascii=False),
            "state": value["state"],
            "last_updated": _now(),
        }
        changed = {name: row[name] for name in ("value", "state", "last_updated")}
        connection.execute(
            upsert(_TASKS)
            .values(row)
            .on_conflict_do_update(
                index_elements=["entity_id", "task_type", "key"], set_=changed
            )
        )


def _now() -> datetime.datetime:
    # As CKAN keeps moments in this table: local and without zone.
    return datetime.datetime.now()
