"""Errors that readers reported."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Collection, Sequence

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.orm import Mapped, mapped_column

_MOMENT = sa.DateTime(timezone=True)


class Report(tk.BaseModel):  # type: ignore[misc]
    """An error that a reader reported about a file.

    :ivar siren: in whose name the file is
    :ivar schema: slug of its model; empty for what follows none
    :ivar key: of its permanent address; id of its dataset for what follows no model
    :ivar email: of the reader, until the answer left
    :ivar deposit_id: the release that was online
    :ivar release_id: the release that corrected it
    :ivar reason: why an agent said that it is no error
    :ivar origin: mark of the address of the internet, for a day
    """

    __tablename__ = "odlocale_report"

    id: Mapped[str] = mapped_column(
        sa.Text, primary_key=True, default=lambda: str(uuid.uuid4())
    )
    siren: Mapped[str] = mapped_column(
        sa.ForeignKey(
            "odlocale_collectivity.siren", onupdate="CASCADE", ondelete="CASCADE"
        )
    )
    schema: Mapped[str] = mapped_column(sa.Text)
    key: Mapped[str] = mapped_column(sa.Text)
    row: Mapped[int | None] = mapped_column(sa.Integer)
    message: Mapped[str] = mapped_column(sa.Text)
    email: Mapped[str] = mapped_column(sa.Text, server_default="")
    personal: Mapped[bool] = mapped_column(sa.Boolean, server_default="false")
    state: Mapped[str] = mapped_column(sa.Text, server_default="open")
    reason: Mapped[str] = mapped_column(sa.Text, server_default="")
    deposit_id: Mapped[str | None] = mapped_column(sa.Text)
    release_id: Mapped[str | None] = mapped_column(sa.Text)
    origin: Mapped[str] = mapped_column(sa.Text, server_default="")
    created_at: Mapped[datetime.datetime] = mapped_column(
        _MOMENT, server_default=sa.func.now()
    )
    settled_at: Mapped[datetime.datetime | None] = mapped_column(_MOMENT)
    settled_by: Mapped[str | None] = mapped_column(sa.Text)

    @classmethod
    def load(cls, report_id: str, *, for_update: bool = False) -> Report | None:
        """Return a report, or nothing.

        :param for_update: lock its row, and read what others committed meanwhile
        """
        query = sa.select(cls).where(cls.id == report_id)
        if for_update:
            query = query.with_for_update().execution_options(populate_existing=True)
        found: Report | None = model.Session.scalars(query).one_or_none()
        return found

    @classmethod
    def open_of(cls, sirens: Sequence[str]) -> Sequence[Report]:
        """Return what was not answered yet: people's data first, then the oldest."""
        query = (
            sa.select(cls)
            .where(cls.siren.in_(sirens), cls.state == "open")
            .order_by(cls.personal.desc(), cls.created_at, cls.id)
        )
        found: Sequence[Report] = model.Session.scalars(query).all()
        return found

    @classmethod
    def about(cls, siren: str, schema: str) -> Sequence[Report]:
        """Return all the reports about one data of a collectivité."""
        query = sa.select(cls).where(cls.siren == siren, cls.schema == schema)
        found: Sequence[Report] = model.Session.scalars(query).all()
        return found

    @classmethod
    def about_documents(cls, package_ids: Collection[str]) -> Sequence[Report]:
        """Return all the reports about datasets that follow no model, whoever had
        them."""
        query = sa.select(cls).where(cls.schema == "", cls.key.in_(package_ids))
        found: Sequence[Report] = model.Session.scalars(query).all()
        return found

    @classmethod
    def count_today(cls, *which: sa.ColumnElement[bool]) -> int:
        """Return how many came within a day."""
        since = sa.func.now() - datetime.timedelta(days=1)
        query = sa.select(sa.func.count()).where(cls.created_at > since, *which)
        return int(model.Session.scalar(query) or 0)

    @classmethod
    def forget(cls, now: datetime.datetime, days: int) -> int:
        """Erase reports past their time, and marks past their day; do not commit.

        :returns: how many reports went
        """
        day_before = now - datetime.timedelta(days=1)
        model.Session.execute(
            sa.update(cls)
            .where(cls.created_at < day_before, cls.origin != "")
            .values(origin="")
            .execution_options(synchronize_session=False)
        )
        done = model.Session.execute(
            sa.delete(cls).where(cls.created_at < now - datetime.timedelta(days=days))
        )
        return int(done.rowcount)
