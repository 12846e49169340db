"""How far long work is, in CKAN's table of task statuses.

Written on a connection of its own: what happens in the transaction of the work is not
seen by others before it ends.
"""

from __future__ import annotations

import datetime
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

_TASKS = model.task_status_table


@dataclass(frozen=True)
class Tasks:
    """Work of one kind.

    :ivar kind: its name in CKAN's column ``task_type``
    :ivar about: what it is about, CKAN's ``entity_type``
    """

    kind: str
    about: str

    def begin(self, asker: str | None, **said: Any) -> str:
        """Note some work that waits for a worker; return its id.

        :param asker: id of who asked for it
        """
        job = str(uuid.uuid4())
        self.write(job, state="waiting", asker=asker, **said)
        return job

    def write(self, job: str, **news: Any) -> None:
        """Add to what is said of some work; ``state`` is always among it."""
        with model.meta.engine.begin() as connection:
            kept = connection.execute(self._select(job)).mappings().first()
            value = {**(json.loads(kept["value"]) if kept else {}), **news}
            row = {
                "id": model.types.make_uuid(),
                "entity_id": job,
                "entity_type": self.about,
                "task_type": self.kind,
                "key": "state",
                "value": json.dumps(value, ensure_ascii=False),
                "state": value["state"],
                "last_updated": now(),
            }
            changed = {name: row[name] for name in ("value", "state", "last_updated")}
            connection.execute(
                insert(_TASKS)
                .values(row)
                .on_conflict_do_update(
                    index_elements=["entity_id", "task_type", "key"], set_=changed
                )
            )

    def read(self, job: str) -> tuple[dict[str, Any], datetime.datetime] | None:
        """Return what is said of some work, and when it was last written."""
        with model.meta.engine.connect() as connection:
            kept: Mapping[str, Any] | None = (
                connection.execute(self._select(job)).mappings().first()
            )
        return (json.loads(kept["value"]), kept["last_updated"]) if kept else None

    def _select(self, job: str) -> sa.Select[Any]:
        return sa.select(_TASKS.c.value, _TASKS.c.last_updated).where(
            _TASKS.c.entity_id == job,
            _TASKS.c.task_type == self.kind,
            _TASKS.c.key == "state",
        )


def now() -> datetime.datetime:
    """Return the moment as CKAN keeps it in this table: local and without zone."""
    return datetime.datetime.now()
