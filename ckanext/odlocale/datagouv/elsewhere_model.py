"""The tables of what is published elsewhere, and the statements on them.

Nothing of it is ever in our feeds: they read CKAN's ``package`` table only.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.odlocale.base.days import today_of
from ckanext.odlocale.datagouv.elsewhere import External, Source
from ckanext.odlocale.datagouv.registration_model import Registration
from ckanext.odlocale.territory.tables import Target

_MOMENT = sa.DateTime(timezone=True)
#: Columns that a catalogue describes.
_DESCRIBED = ("identifier", "title", "url", "schema", "licence", "files", "modified")


class ElsewhereSource(tk.BaseModel):  # type: ignore[misc]
    """Where a collectivité's external data are described.

    :ivar address: see :class:`elsewhere.Source`
    :ivar read_at: when it was last read whole
    :ivar tried_at: when it was last asked
    :ivar fault: why it could not be read the last time, as a word
    """

    __tablename__ = "odlocale_elsewhere_source"

    siren: Mapped[str] = mapped_column(
        sa.ForeignKey(
            "odlocale_collectivity.siren", onupdate="CASCADE", ondelete="CASCADE"
        ),
        primary_key=True,
    )
    kind: Mapped[str] = mapped_column(sa.Text)
    address: Mapped[str] = mapped_column(sa.Text)
    read_at: Mapped[datetime.datetime | None] = mapped_column(_MOMENT)
    tried_at: Mapped[datetime.datetime | None] = mapped_column(_MOMENT)
    fault: Mapped[str | None] = mapped_column(sa.Text)


class Elsewhere(tk.BaseModel):  # type: ignore[misc]
    """A dataset of a collectivité on another portal: :class:`elsewhere.External`.

    :ivar since: the first day on which it was there, as far as is known
    :ivar until: the first one on which it was not; nothing for what is there
    """

    __tablename__ = "odlocale_elsewhere"

    siren: Mapped[str] = mapped_column(
        sa.ForeignKey(
            "odlocale_elsewhere_source.siren", onupdate="CASCADE", ondelete="CASCADE"
        ),
        primary_key=True,
    )
    identifier: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    title: Mapped[str] = mapped_column(sa.Text)
    url: Mapped[str] = mapped_column(sa.Text)
    schema: Mapped[str | None] = mapped_column(sa.Text)
    licence: Mapped[str | None] = mapped_column(sa.Text)
    files: Mapped[int] = mapped_column(sa.Integer)
    modified: Mapped[datetime.datetime | None] = mapped_column(_MOMENT)
    since: Mapped[datetime.date] = mapped_column(sa.Date)
    until: Mapped[datetime.date | None] = mapped_column(sa.Date)


def set_source(siren: str, source: Source | None) -> None:
    """Say where a collectivité's data are described, without committing.

    :param source: ``None`` forgets it, and what was read there. What another address
        gave goes too.
    """
    session = model.Session
    kept = session.get(ElsewhereSource, siren)
    if kept and source == Source(kept.kind, kept.address):
        return
    session.execute(sa.delete(Elsewhere).where(Elsewhere.siren == siren))
    session.execute(sa.delete(ElsewhereSource).where(ElsewhereSource.siren == siren))
    session.expire_all()
    if source is not None:
        session.add(
            ElsewhereSource(siren=siren, kind=source.kind, address=source.address)
        )
    session.flush()


def add_known_sources() -> None:
    """Add the sources that the portal knows without being told, without committing.

    An organisation of data.gouv.fr that is another's, or whose collectivité chose to
    publish there; the address of a catalogue that a target names. What a person set
    stays.
    """
    there = (
        sa.select(
            Registration.siren, sa.literal("datagouv"), Registration.organization_id
        )
        .join(Target, Target.siren == Registration.siren)
        .where(Target.target == "datagouv", Registration.organization_id.is_not(None))
        .distinct()
    )
    catalogues = (
        sa.select(Target.siren, sa.literal("dcat"), sa.func.min(Target.url))
        .where(
            Target.target == "elsewhere",
            Target.url.regexp_match(r"^https?://[^?#]+\.(ttl|rdf)$"),
        )
        .group_by(Target.siren)
    )
    for query in (there, catalogues):
        model.Session.execute(
            insert(ElsewhereSource)
            .from_select(["siren", "kind", "address"], query)
            .on_conflict_do_nothing()
        )


def due_sources(
    before: datetime.datetime, limit: int, codes: Collection[str] | None = None
) -> tuple[int, list[ElsewhereSource]]:
    """Return the sources that were not asked since a moment, the oldest first.

    :param codes: SIREN of some collectivités only.
    :returns: how many there are, and the first ones.
    """
    row = ElsewhereSource
    due: list[Any] = [(row.tried_at.is_(None)) | (row.tried_at < before)]
    if codes is not None:
        due.append(row.siren.in_(list(codes)))
    count = sa.select(sa.func.count()).select_from(row).where(*due)
    listed = (
        sa.select(row)
        .where(*due)
        .order_by(row.tried_at.asc().nulls_first(), row.siren)
        .limit(limit)
    )
    total = int(model.Session.execute(count).scalar_one())
    return total, list(model.Session.scalars(listed))


def replace_datasets(
    source: ElsewhereSource, found: Sequence[External], moment: datetime.datetime
) -> None:
    """Keep what a source describes, in place of what it did, without committing."""
    today = today_of(moment)
    gone = sa.update(Elsewhere).where(
        Elsewhere.siren == source.siren, Elsewhere.until.is_(None)
    )
    if found:
        rows = [
            {
                "siren": source.siren,
                **{name: getattr(one, name) for name in _DESCRIBED},
                "since": one.since(today),
                "until": None,
            }
            for one in found
        ]
        added = insert(Elsewhere).values(rows)
        told: dict[str, Any] = {
            name: added.excluded[name] for name in (*_DESCRIBED, "until")
        }
        # What it said the first time stands, or an earlier day.
        told["since"] = sa.func.least(Elsewhere.since, added.excluded.since)
        keys = ["siren", "identifier"]
        model.Session.execute(
            added.on_conflict_do_update(index_elements=keys, set_=told)
        )
        names = [one.identifier for one in found]
        gone = gone.where(Elsewhere.identifier.not_in(names))
    # It is not forgotten: the observatory reads past days.
    model.Session.execute(
        gone.values(until=today).execution_options(synchronize_session=False)
    )
    source.read_at = source.tried_at = moment
    source.fault = None


def note_fault(source: ElsewhereSource, fault: str, moment: datetime.datetime) -> None:
    """Note that a source could not be read: what it described before stays."""
    source.tried_at, source.fault = moment, fault


def list_datasets(siren: str, limit: int, offset: int = 0) -> tuple[int, list[Any]]:
    """Return what a collectivité publishes elsewhere, by title.

    :returns: how many in all, and those of the page.
    """
    row = Elsewhere
    there = (row.siren == siren) & row.until.is_(None)
    count = sa.select(sa.func.count()).select_from(row).where(there)
    page = (
        sa.select(row)
        .where(there)
        .order_by(row.title, row.identifier)
        .limit(limit)
        .offset(offset)
    )
    total = int(model.Session.execute(count).scalar_one())
    return total, list(model.Session.scalars(page)) if total else []


# What data.gouv.fr shows of ours is there since it was first read there.
_OUTSIDE = """
SELECT e.siren, s.kind || ':' || e.identifier AS dataset,
    CASE s.kind WHEN 'datagouv' THEN 'datagouv' ELSE 'elsewhere' END AS place,
    e.schema, e.since, e.until, 'elsewhere' AS channel
FROM odlocale_elsewhere e JOIN odlocale_elsewhere_source s ON s.siren = e.siren
UNION ALL
SELECT h.siren, 'datagouv:' || h.dataset_id, 'datagouv', NULL, h.since, NULL, NULL
FROM odlocale_datagouv_dataset h WHERE h.since IS NOT NULL
"""


def read_outside() -> list[dict[str, Any]]:
    """Return, for the observatory, what is or was on other portals, in one query.

    :returns: ``siren``, ``dataset``, ``place`` (datagouv, elsewhere), ``schema``,
        ``since``, ``until``, ``channel``; see ``observatory.facts.ONLINE``
    """
    return [dict(row) for row in model.Session.execute(sa.text(_OUTSIDE)).mappings()]


def our_identifiers(candidates: Collection[str]) -> set[str]:
    """Return those of some identifiers that are datasets of this portal."""
    query = sa.select(model.Package.id).where(model.Package.id.in_(list(candidates)))
    return set(model.Session.scalars(query)) if candidates else set()
