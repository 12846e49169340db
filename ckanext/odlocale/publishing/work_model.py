"""What the worker does to long drafts in their agents' names.

One row for each draft, until its work is done: what was asked stays there whatever
becomes of the queue or of a worker.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.odlocale.publishing import waiting
from ckanext.odlocale.scdl.decision_refusals import DecisionRefused
from ckanext.odlocale.scdl.decisions import Decision

#: The draft that this process works on: it alone may change it meanwhile.
_at_work: ContextVar[str] = ContextVar("odlocale_at_work", default="")


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)


class Work(tk.BaseModel):  # type: ignore[misc]
    """What is asked of the worker for one draft.

    :ivar token: of this request: a job of a former one does nothing
    :ivar action: see :data:`.waiting.ACTIONS`; ``data`` is what it takes
    :ivar rows: of the file, once it is read; ``done``: of them, those checked
    :ivar message: why it was refused, in the agent's words
    :ivar beat_at: its last sign of life
    :ivar seen_at: when its agent last looked at its page
    """

    __tablename__ = "odlocale_work"

    deposit_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    token: Mapped[str] = mapped_column(sa.Text)
    action: Mapped[str] = mapped_column(sa.Text)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    user_id: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[waiting.State] = mapped_column(sa.Text)
    done: Mapped[int] = mapped_column(sa.Integer, default=0)
    rows: Mapped[int] = mapped_column(sa.Integer, default=0)
    message: Mapped[str] = mapped_column(sa.Text, default="")
    attempts: Mapped[int] = mapped_column(sa.Integer, default=0)
    asked_at: Mapped[datetime.datetime] = mapped_column(
        sa.DateTime(timezone=True), default=_now
    )
    beat_at: Mapped[datetime.datetime] = mapped_column(
        sa.DateTime(timezone=True), default=_now
    )
    seen_at: Mapped[datetime.datetime | None] = mapped_column(
        sa.DateTime(timezone=True)
    )

    @classmethod
    def of(cls, deposit_id: str) -> Work | None:
        """Return the work of a draft, as it is now; nothing where it is done."""
        query = sa.select(cls).where(cls.deposit_id == deposit_id)
        fresh = query.execution_options(populate_existing=True)
        found: Work | None = model.Session.scalars(fresh).one_or_none()
        return found

    @classmethod
    def standings(cls, deposit_ids: Collection[str]) -> dict[str, waiting.State]:
        """Return how the work of some drafts stands, of those that have any."""
        if not deposit_ids:
            return {}
        query = sa.select(cls).where(cls.deposit_id.in_(deposit_ids))
        return {one.deposit_id: one.standing for one in model.Session.scalars(query)}

    @classmethod
    def ask(
        cls, deposit_id: str, action: str, data: dict[str, Any], user_id: str
    ) -> str:
        """Write what is asked, in the caller's transaction; it replaces what was.

        :returns: the token of the job
        """
        now = _now()
        values = {
            "token": str(uuid.uuid4()),
            "action": action,
            "data": data,
            "user_id": user_id,
            "state": "waiting",
            "done": 0,
            "rows": 0,
            "message": "",
            "attempts": 0,
            "asked_at": now,
            "beat_at": now,
            "seen_at": None,
        }
        asked = insert(cls).values(deposit_id=deposit_id, **values)
        model.Session.execute(
            asked.on_conflict_do_update(index_elements=["deposit_id"], set_=values)
        )
        return str(values["token"])

    @classmethod
    def change(cls, deposit_id: str, token: str, **values: Any) -> waiting.State | None:
        """Write how work goes, at once, whatever the session is in the midst of.

        :returns: the state that it had before; nothing where it was taken away
        """
        table = cls.__table__
        mine = (table.c.deposit_id == deposit_id) & (table.c.token == token)
        with model.meta.engine.begin() as connection:
            query = sa.select(table.c.state).where(mine).with_for_update()
            before: waiting.State | None = connection.execute(query).scalar()
            if before is not None and (before == "running" or "state" in values):
                changed = {"beat_at": _now(), **values}
                connection.execute(sa.update(table).where(mine).values(**changed))
        return before

    @classmethod
    def claim(cls, deposit_id: str, token: str) -> Work | None:
        """Take work that waits, so that no other worker does; commits."""
        mine = (cls.deposit_id == deposit_id) & (cls.token == token)
        taken = (
            sa.update(cls)
            .where(mine, cls.state == "waiting")
            .values(state="running", beat_at=_now(), attempts=cls.attempts + 1)
            .execution_options(synchronize_session=False)
        )
        done = model.Session.execute(taken).rowcount
        model.Session.commit()
        return cls.of(deposit_id) if done else None

    @classmethod
    def forget(cls, deposit_id: str) -> None:
        """Take the work of a draft away, in the caller's transaction."""
        gone = sa.delete(cls).where(cls.deposit_id == deposit_id)
        model.Session.execute(gone.execution_options(synchronize_session=False))

    @classmethod
    def look(cls, deposit_id: str, *, left: bool = False) -> None:
        """Note that somebody looks at how far it is, or left the page; commits."""
        at = None if left else _now()
        seen = sa.update(cls).where(cls.deposit_id == deposit_id).values(seen_at=at)
        model.Session.execute(seen.execution_options(synchronize_session=False))
        model.Session.commit()

    @property
    def standing(self) -> waiting.State:
        """How it stands: see :func:`.waiting.standing`."""
        return waiting.standing(self.state, self.beat_at, _now())

    @property
    def begins_again(self) -> bool:
        """Whether a worker lost it: see :func:`.waiting.begins_again`."""
        return waiting.begins_again(self.state, self.beat_at, self.attempts, _now())

    @property
    def is_gone(self) -> bool:
        """Whether its agent left the page."""
        return waiting.is_gone(self.seen_at, _now())

    @property
    def answers(self) -> list[dict[str, Any]]:
        """What an agent answered and the worker refused: it is on her page again."""
        given = self.data.get("decisions")
        refused = self.state == "refused" and self.action == "odlocale_deposit_decide"
        found = []
        for one in given if refused and isinstance(given, list) else ():
            # What the API sent may have any shape.
            with suppress(DecisionRefused):
                found.append(Decision.from_dict(one).to_dict())
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return what its page shows."""
        return {
            "action": self.action,
            "state": self.standing,
            "rows": self.rows,
            "done": self.done,
            "message": self.message,
        }


@contextmanager
def at_work(deposit_id: str) -> Iterator[None]:
    """Let what is called within change a draft that waits for it."""
    token = _at_work.set(deposit_id)
    try:
        yield
    finally:
        _at_work.reset(token)


def is_busy(deposit_id: str) -> bool:
    """Whether a worker has a draft in hand, or will: nobody else changes it."""
    if _at_work.get() == deposit_id:
        return False
    work = Work.of(deposit_id)
    return work is not None and work.standing in waiting.GOING_ON
