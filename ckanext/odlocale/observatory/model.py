"""The tables of the observatory, and the statements that write history."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

import ckantoolkit as tk
import polars as pl
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.odlocale.observatory.measuring import VALUES

# Any constant would do: it names our lock among those of the database.
LOCK_KEY = 0x0B5E12A7
#: Rows in one statement.
CHUNK = 2_000

_TYPES = {
    pl.String(): sa.Text,
    pl.Int64(): sa.Integer,
    pl.Float64(): sa.Float,
    pl.Date(): sa.Date,
}

#: The columns are those of :data:`.measuring.VALUES`: nothing is renamed on the way.
indicator = sa.Table(
    "odlocale_indicator",
    sa.MetaData(),
    sa.Column("siren", sa.Text, primary_key=True),
    sa.Column("since", sa.Date, primary_key=True),
    sa.Column("until", sa.Date),
    sa.Column("version", sa.Integer),
    *(sa.Column(name, _TYPES[kind]) for name, kind in VALUES.items()),
)


class Observation(tk.BaseModel):  # type: ignore[misc]
    """A day on which history was brought up to date."""

    __tablename__ = "odlocale_observation"

    day: Mapped[datetime.date] = mapped_column(sa.Date, primary_key=True)
    version: Mapped[int] = mapped_column(sa.Integer)
    at: Mapped[datetime.datetime] = mapped_column(
        sa.DateTime(timezone=True), server_default=sa.func.now()
    )

    @classmethod
    def last(cls) -> Observation | None:
        """Return the last one."""
        query = sa.select(cls).order_by(cls.day.desc()).limit(1)
        found: Observation | None = model.Session.scalars(query).first()
        return found


class Goal(tk.BaseModel):  # type: ignore[misc]
    """So many open collectivités by a day: what an ATD set itself."""

    __tablename__ = "odlocale_goal"

    atd_siren: Mapped[str] = mapped_column(
        sa.ForeignKey(
            "odlocale_perimeter.atd_siren", onupdate="CASCADE", ondelete="CASCADE"
        ),
        primary_key=True,
    )
    by_day: Mapped[datetime.date] = mapped_column(sa.Date)
    count: Mapped[int] = mapped_column(sa.Integer)

    @classmethod
    def put(cls, atd_siren: str, by_day: datetime.date, count: int) -> None:
        """Set a goal in the place of the former one, without committing."""
        values = {"by_day": by_day, "count": count}
        statement = upsert(cls).values(atd_siren=atd_siren, **values)
        model.Session.execute(
            statement.on_conflict_do_update(index_elements=["atd_siren"], set_=values)
        )

    @classmethod
    def forget(cls, atd_siren: str) -> None:
        """Have none, without committing."""
        model.Session.execute(sa.delete(cls).where(cls.atd_siren == atd_siren))


class Download(tk.BaseModel):  # type: ignore[misc]
    """How many times the files of one data of a collectivité were fetched on a day.

    By people, as far as can be told: robots that say so are left out. Who they were is
    nowhere.
    """

    __tablename__ = "odlocale_download"

    siren: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    schema: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    day: Mapped[datetime.date] = mapped_column(sa.Date, primary_key=True)
    count: Mapped[int] = mapped_column(sa.Integer)

    @classmethod
    def add(cls, rows: Iterable[dict[str, Any]]) -> None:
        """Add counts to those of the same day, without committing."""
        for row in rows:
            statement = upsert(cls).values(**row)
            counted = cls.__table__.c.count + statement.excluded.count
            model.Session.execute(
                statement.on_conflict_do_update(
                    index_elements=["siren", "schema", "day"], set_={"count": counted}
                )
            )


class ObservatoryDataset(tk.BaseModel):  # type: ignore[misc]
    """The dataset by which an ATD publishes one table of its observatory."""

    __tablename__ = "odlocale_observatory_dataset"

    atd_siren: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    name: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    package_id: Mapped[str] = mapped_column(sa.Text)


def lock_history() -> None:
    """Let one writer at a time change history, until its transaction ends."""
    model.Session.execute(
        sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY}
    )


def read_held(start: datetime.date) -> pl.DataFrame:
    """Return the rows that held the day before, as :func:`.history.splice` asks."""
    c = indicator.c
    held = (c.until.is_(None)) | (c.until >= start)
    columns = [c.siren, c.since, c.version, *(c[name] for name in VALUES)]
    query = sa.select(*columns).where(c.since < start, held)
    schema = {"siren": pl.String(), "since": pl.Date(), "version": pl.Int64(), **VALUES}
    rows = model.Session.execute(query).all()
    return pl.DataFrame([tuple(r) for r in rows], schema=schema, orient="row")


def forget_from(start: datetime.date) -> None:
    """Take out the rows that begin on a day or later, without committing."""
    model.Session.execute(sa.delete(indicator).where(indicator.c.since >= start))


def end_rows(ends: pl.DataFrame, start: datetime.date) -> None:
    """Say until when the rows that held before a day hold, without committing.

    :param ends: ``siren``, ``until``
    """
    values = sa.text(
        "UPDATE odlocale_indicator i SET until = d.until"
        " FROM unnest(CAST(:sirens AS text[]), CAST(:days AS date[]))"
        " AS d(siren, until)"
        " WHERE i.siren = d.siren AND i.since < :start"
        " AND (i.until IS NULL OR i.until >= :start)"
        " AND i.until IS DISTINCT FROM d.until"
    )
    given = {"sirens": ends["siren"].to_list(), "days": ends["until"].to_list()}
    model.Session.execute(values, {**given, "start": start})


def write_rows(rows: pl.DataFrame) -> None:
    """Add rows, without committing."""
    for chunk in rows.iter_slices(CHUNK):
        model.Session.execute(sa.insert(indicator), chunk.to_dicts())
