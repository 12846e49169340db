"""The table of hand-overs: one row is a collectivité that leaves, or left."""

from __future__ import annotations

import datetime
from typing import Any, cast

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.odlocale.territory.tables import Collectivity

_MOMENT = sa.DateTime(timezone=True)


class Handover(tk.BaseModel):  # type: ignore[misc]
    """A hand-over: packed; then confirmed, once the other portal read it back; then
    released, once data.gouv.fr's source points there.

    :ivar pack: SHA-256 of the manifest of the last pack.
    :ivar digest: of its records: what the receipt must say.
    :ivar moved_to: address of the other portal, without a slash at the end.
    :ivar organization: the organisation's name there.
    :ivar hidden: what cancelling gives back: states of datasets, by id.
    :ivar feed: what its feeds go on answering: SHA-256 of each page, by code, by
        format, by cursor.
    """

    __tablename__ = "odlocale_handover"

    siren: Mapped[str] = mapped_column(
        sa.ForeignKey(
            "odlocale_collectivity.siren", onupdate="CASCADE", ondelete="CASCADE"
        ),
        primary_key=True,
    )
    pack: Mapped[str] = mapped_column(sa.Text)
    digest: Mapped[str] = mapped_column(sa.Text)
    packed_at: Mapped[datetime.datetime] = mapped_column(
        _MOMENT, server_default=sa.func.now()
    )
    moved_to: Mapped[str | None] = mapped_column(sa.Text)
    organization: Mapped[str | None] = mapped_column(sa.Text)
    confirmed_at: Mapped[datetime.datetime | None] = mapped_column(_MOMENT)
    released_at: Mapped[datetime.datetime | None] = mapped_column(_MOMENT)
    hidden: Mapped[dict[str, str]] = mapped_column(JSONB, server_default="{}")
    feed: Mapped[dict[str, dict[str, dict[str, str]]]] = mapped_column(
        JSONB, server_default="{}"
    )

    @classmethod
    def load(cls, siren: str) -> Handover | None:
        """Return the hand-over of a collectivité, if any."""
        return cast("Handover | None", model.Session.get(cls, siren))

    @classmethod
    def all(cls) -> list[Handover]:
        """Return all hand-overs, the latest first."""
        return list(
            model.Session.scalars(sa.select(cls).order_by(cls.packed_at.desc()))
        )

    @classmethod
    def of_dataset(cls, reference: str) -> Handover | None:
        """Return the hand-over that a dataset, by id or name, left with."""
        package = model.Package
        return cls._moved(
            sa.select(cls)
            .join(Collectivity, Collectivity.siren == cls.siren)
            .join(package, package.owner_org == Collectivity.org_id)
            .where((package.id == reference) | (package.name == reference))
        )

    @classmethod
    def of_organization(cls, reference: str) -> Handover | None:
        """Return the hand-over of an organisation, by id or name."""
        group = model.Group
        return cls._moved(
            sa.select(cls)
            .join(Collectivity, Collectivity.siren == cls.siren)
            .join(group, group.id == Collectivity.org_id)
            .where((group.id == reference) | (group.name == reference))
        )

    @classmethod
    def of_code(cls, code: str) -> Handover | None:
        """Return the hand-over of who answers for a code: a former commune's too."""
        found = Collectivity.by_code(code)
        if found is None or found.status not in ("moved", "merged"):
            return None
        heir = found.heir()
        return cls.load(heir.siren) if heir.status == "moved" else None

    @classmethod
    def _moved(cls, query: sa.Select[Any]) -> Handover | None:
        moved = query.where(Collectivity.status == "moved").limit(1)
        return cast("Handover | None", model.Session.scalars(moved).first())

    def to_dict(self) -> dict[str, Any]:
        """Return what a list shows of it."""
        moments = {
            name: getattr(self, name).isoformat() if getattr(self, name) else None
            for name in ("packed_at", "confirmed_at", "released_at")
        }
        return {
            "siren": self.siren,
            "pack": self.pack,
            "moved_to": self.moved_to,
            "organization": self.organization,
            **moments,
        }
