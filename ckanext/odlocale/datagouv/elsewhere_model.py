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

from ckanext.odlocale.datagouv.elsewhere import External, Source
from ckanext.odlocale.datagouv.registration_model import Registration
from ckanext.odlocale.territory.tables import Collectivity, Target

_MOMENT = sa.DateTime(timezone=True)


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
    """A dataset of a collectivité on another portal: :class:`elsewhere.External`."""

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
    model.Session.execute(sa.delete(Elsewhere).where(Elsewhere.siren == source.siren))
    if found:
        model.Session.execute(
            sa.insert(Elsewhere),
            [{"siren": source.siren, **one.__dict__} for one in found],
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
    count = sa.select(sa.func.count()).select_from(row).where(row.siren == siren)
    page = (
        sa.select(row)
        .where(row.siren == siren)
        .order_by(row.title, row.identifier)
        .limit(limit)
        .offset(offset)
    )
    total = int(model.Session.execute(count).scalar_one())
    return total, list(model.Session.scalars(page)) if total else []


def count_elsewhere() -> dict[str, dict[str | None, int]]:
    """Count, for the observatory, what is published elsewhere: by SIREN, by model.

    One query. ``None`` stands for what follows no model.
    """
    row = Elsewhere
    query = (
        sa.select(row.siren, row.schema, sa.func.count())
        .join(Collectivity, Collectivity.siren == row.siren)
        .where(Collectivity.status == "active")
        .group_by(row.siren, row.schema)
    )
    found: dict[str, dict[str | None, int]] = {}
    for siren, schema, count in model.Session.execute(query):
        found.setdefault(siren, {})[schema] = count
    return found


def our_identifiers(candidates: Collection[str]) -> set[str]:
    """Return those of some identifiers that are datasets of this portal."""
    query = sa.select(model.Package.id).where(model.Package.id.in_(list(candidates)))
    return set(model.Session.scalars(query)) if candidates else set()
