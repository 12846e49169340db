"""Years about which a collectivité said that it has nothing to publish."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column


class Nothing(tk.BaseModel):  # type: ignore[misc]
    """A collectivité has nothing to publish of one data about one year.

    :ivar user_id: who said it
    """

    __tablename__ = "odlocale_nothing"

    siren: Mapped[str] = mapped_column(
        sa.ForeignKey(
            "odlocale_collectivity.siren", onupdate="CASCADE", ondelete="CASCADE"
        ),
        primary_key=True,
    )
    schema: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    year: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    user_id: Mapped[str | None] = mapped_column(sa.Text)
    at: Mapped[datetime.datetime] = mapped_column(
        sa.DateTime(timezone=True), server_default=sa.func.now()
    )

    @classmethod
    def say(cls, siren: str, schema: str, year: int, user_id: str | None) -> bool:
        """Keep an answer, without committing; tell whether it is new."""
        values = {"siren": siren, "schema": schema, "year": year, "user_id": user_id}
        done = model.Session.execute(
            insert(cls).values(**values).on_conflict_do_nothing()
        )
        return bool(done.rowcount)

    @classmethod
    def forget(cls, siren: str, schema: str, year: int) -> bool:
        """Forget an answer, without committing; tell whether there was one."""
        done = model.Session.execute(
            sa.delete(cls).where(
                cls.siren == siren, cls.schema == schema, cls.year == year
            )
        )
        return bool(done.rowcount)

    @classmethod
    def of(cls, sirens: Sequence[str]) -> dict[str, dict[str, frozenset[int]]]:
        """Return the years answered, by collectivité and by model, in one query."""
        query = sa.select(cls.siren, cls.schema, cls.year).where(cls.siren.in_(sirens))
        found: dict[str, dict[str, frozenset[int]]] = {}
        for siren, schema, year in model.Session.execute(query):
            years = found.setdefault(siren, {})
            years[schema] = years.get(schema, frozenset()) | {year}
        return found
