"""Who was written to, about what, and who no longer wants letters."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.odlocale.reminders.choosing import is_quiet

_MOMENT = sa.DateTime(timezone=True)


class Reminder(tk.BaseModel):  # type: ignore[misc]
    """The last reminder to one person about one collectivité: a letter may be about
    several.

    :ivar state: ``sending`` (nobody knows whether it left), ``sent``, ``refused`` by
        the mail server, ``unknown``
    :ivar told: by slug, see :class:`~.choosing.Told`
    """

    __tablename__ = "odlocale_reminder"

    siren: Mapped[str] = mapped_column(
        sa.ForeignKey(
            "odlocale_collectivity.siren", onupdate="CASCADE", ondelete="CASCADE"
        ),
        primary_key=True,
    )
    user_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    state: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[datetime.datetime] = mapped_column(_MOMENT)
    told: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    error: Mapped[str] = mapped_column(sa.Text, server_default="")

    @classmethod
    def of(cls, siren: str, user_id: str) -> Reminder | None:
        """Return the last one, as it is now."""
        found: Reminder | None = model.Session.get(
            cls, (siren, user_id), populate_existing=True
        )
        return found

    @classmethod
    def last_to(cls, user_id: str) -> datetime.datetime | None:
        """Return when somebody was last written to, about any collectivité."""
        query = sa.select(sa.func.max(cls.at)).where(cls.user_id == user_id)
        found: datetime.datetime | None = model.Session.scalar(query)
        return found

    @classmethod
    def claim(
        cls,
        user_id: str,
        told: Mapping[str, dict[str, Any]],
        now: datetime.datetime,
    ) -> bool:
        """Take the right to write to one person, and commit.

        :param told: by SIREN, what the letter says of each collectivité
        :returns: whether it was taken: another worker, or a letter of this week, is
            a refusal
        """
        # Two workers may have planned letters about other collectivités of hers.
        held = sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(user_id, 0))
        model.Session.execute(sa.select(held))
        if is_quiet(cls.last_to(user_id), now):
            model.Session.rollback()
            return False
        for siren in sorted(told):
            values = {"state": "sending", "at": now, "told": told[siren], "error": ""}
            model.Session.execute(
                insert(cls)
                .values(siren=siren, user_id=user_id, **values)
                .on_conflict_do_update(index_elements=["siren", "user_id"], set_=values)
            )
        model.Session.commit()
        return True


class Digest(tk.BaseModel):  # type: ignore[misc]
    """The digest of one month to one animator of an ATD."""

    __tablename__ = "odlocale_digest"

    siren: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    user_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    month: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    state: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[datetime.datetime] = mapped_column(_MOMENT, server_default=sa.func.now())
    error: Mapped[str] = mapped_column(sa.Text, server_default="")

    @classmethod
    def claim(cls, siren: str, user_id: str, month: str) -> bool:
        """Take the right to write about a month, and commit: it is given once."""
        values = {"siren": siren, "user_id": user_id, "month": month}
        done = model.Session.execute(
            insert(cls).values(state="sending", **values).on_conflict_do_nothing()
        )
        model.Session.commit()
        return bool(done.rowcount)


class LetterStop(tk.BaseModel):  # type: ignore[misc]
    """Somebody no longer wants letters of one kind."""

    __tablename__ = "odlocale_letter_stop"

    user_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    at: Mapped[datetime.datetime] = mapped_column(_MOMENT, server_default=sa.func.now())

    @classmethod
    def holds(cls, user_id: str, kind: str) -> bool:
        """Tell whether somebody stopped these letters."""
        query = sa.select(sa.exists().where(cls.user_id == user_id, cls.kind == kind))
        return bool(model.Session.scalar(query))

    @classmethod
    def put(cls, user_id: str, kind: str) -> None:
        """Stop letters, without committing. Twice is once."""
        values = {"user_id": user_id, "kind": kind}
        model.Session.execute(insert(cls).values(**values).on_conflict_do_nothing())

    @classmethod
    def lift(cls, user_id: str, kind: str) -> None:
        """Send letters again, without committing."""
        model.Session.execute(
            sa.delete(cls).where(cls.user_id == user_id, cls.kind == kind)
        )
