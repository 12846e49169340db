"""Tables that are being filled in online: a draft, and its rows of text."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.odlocale.publishing.grid_core import Conflict, Row, Stamp

#: Distance between two rows when they are numbered anew.
_STEP = 1


def now() -> datetime.datetime:
    """The present moment, in UTC."""
    return datetime.datetime.now(datetime.timezone.utc)


class Grid(tk.BaseModel):  # type: ignore[misc]
    """One draft: an organisation's, of one model; a key tells it from its others."""

    __tablename__ = "odlocale_grid"
    __table_args__ = (
        sa.UniqueConstraint("org_id", "schema", "key", name="odlocale_grid_place"),
    )

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    org_id: Mapped[str] = mapped_column(sa.Text)
    schema: Mapped[str] = mapped_column(sa.Text)
    key: Mapped[str] = mapped_column(sa.Text)
    version: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    constants: Mapped[dict[str, str]] = mapped_column(JSONB, server_default="{}")
    conflicts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    deposit_id: Mapped[str | None] = mapped_column(sa.Text)
    created_by: Mapped[str | None] = mapped_column(sa.Text)
    created_at: Mapped[datetime.datetime] = mapped_column(sa.DateTime(timezone=True))
    updated_at: Mapped[datetime.datetime] = mapped_column(sa.DateTime(timezone=True))

    @classmethod
    def find(cls, org_id: str, schema: str, key: str) -> Grid | None:
        """Return a draft by its place, or ``None``."""
        query = sa.select(cls).where(
            cls.org_id == org_id, cls.schema == schema, cls.key == key
        )
        found: Grid | None = model.Session.scalars(query).one_or_none()
        return found

    @classmethod
    def lock(
        cls,
        org_id: str,
        schema: str,
        key: str,
        constants: dict[str, str],
        user_id: str | None,
    ) -> Grid:
        """Return the draft of a place, held until the commit; begun if need be.

        :param constants: what a new draft says of all its rows
        """
        moment = now()
        begun = insert(cls).values(
            id=str(uuid.uuid4()),
            org_id=org_id,
            schema=schema,
            key=key,
            version=0,
            constants=constants,
            conflicts=[],
            created_by=user_id,
            created_at=moment,
            updated_at=moment,
        )
        model.Session.execute(
            begun.on_conflict_do_nothing(constraint="odlocale_grid_place")
        )
        query = (
            sa.select(cls)
            .where(cls.org_id == org_id, cls.schema == schema, cls.key == key)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        found: Grid = model.Session.scalars(query).one()
        return found

    @classmethod
    def of_organization(cls, org_id: str) -> Sequence[Grid]:
        """Return an organisation's drafts, the latest first."""
        return cls.of_organizations([org_id])

    @classmethod
    def of_organizations(cls, org_ids: Sequence[str]) -> Sequence[Grid]:
        """Return the drafts of some organisations, the latest first."""
        query = (
            sa.select(cls)
            .where(cls.org_id.in_(org_ids))
            .order_by(cls.updated_at.desc())
        )
        found: Sequence[Grid] = model.Session.scalars(query).all()
        return found

    @classmethod
    def give(cls, former_org_id: str, heir_org_id: str) -> None:
        """Move an organisation's drafts to another's desk.

        Where both have one in the same place, the one that moves takes another key.
        """
        theirs = sa.orm.aliased(cls)
        taken = sa.exists().where(
            theirs.org_id == heir_org_id,
            theirs.schema == cls.schema,
            theirs.key == cls.key,
        )
        other = sa.func.left(cls.key, 20) + "-" + sa.func.left(cls.id, 8)
        model.Session.execute(
            sa.update(cls)
            .where(cls.org_id == former_org_id)
            .values(org_id=heir_org_id, key=sa.case((taken, other), else_=cls.key))
            .execution_options(synchronize_session=False)
        )

    def begin_change(self) -> int:
        """Count one change more: its number."""
        self.version += 1
        self.updated_at = now()
        return self.version

    @property
    def waiting(self) -> tuple[Conflict, ...]:
        """Conflicts that nobody has settled yet."""
        return tuple(Conflict.from_dict(one) for one in self.conflicts)

    def wait_for(self, conflicts: Iterable[Conflict]) -> None:
        """Keep conflicts until they are settled."""
        self.conflicts = [one.to_dict() for one in conflicts]


class GridRow(tk.BaseModel):  # type: ignore[misc]
    """One row of a draft. One taken out stays until the table is checked."""

    __tablename__ = "odlocale_grid_row"

    grid_id: Mapped[str] = mapped_column(
        sa.Text,
        sa.ForeignKey("odlocale_grid.id", ondelete="CASCADE"),
        primary_key=True,
    )
    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    position: Mapped[int] = mapped_column(sa.Integer)
    version: Mapped[int] = mapped_column(sa.Integer)
    removed: Mapped[bool] = mapped_column(sa.Boolean, default=False)
    cells: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    stamps: Mapped[dict[str, list[Any]]] = mapped_column(JSONB, default=dict)

    @classmethod
    def of(cls, grid_id: str, since: int = 0) -> Sequence[GridRow]:
        """Return the rows of a draft in order, those taken out included.

        :param since: only what changed after this version
        """
        query = (
            sa.select(cls)
            .where(cls.grid_id == grid_id, cls.version > since)
            .order_by(cls.position, cls.id)
            .execution_options(populate_existing=True)
        )
        found: Sequence[GridRow] = model.Session.scalars(query).all()
        return found

    @classmethod
    def pick(cls, grid_id: str, ids: Iterable[str]) -> dict[str, GridRow]:
        """Return some rows of a draft, by identifier."""
        query = (
            sa.select(cls)
            .where(cls.grid_id == grid_id, cls.id.in_(list(ids)))
            .execution_options(populate_existing=True)
        )
        return {one.id: one for one in model.Session.scalars(query)}

    @classmethod
    def make_room(cls, grid_id: str, position: int, count: int, version: int) -> None:
        """Move the rows at a position and after it, to put others before them."""
        model.Session.execute(
            sa.update(cls)
            .where(cls.grid_id == grid_id, cls.position >= position)
            .values(position=cls.position + count * _STEP, version=version)
            .execution_options(synchronize_session=False)
        )

    @classmethod
    def next_position(cls, grid_id: str) -> int:
        """Return the position after the last row."""
        query = sa.select(sa.func.max(cls.position)).where(cls.grid_id == grid_id)
        last = model.Session.scalar(query)
        return 0 if last is None else int(last) + _STEP

    @classmethod
    def size(cls, grid_id: str) -> tuple[int, int]:
        """Return how many rows a draft keeps, and how long they are in JSON."""
        query = sa.select(
            sa.func.count(),
            sa.func.coalesce(
                sa.func.sum(sa.func.length(sa.cast(cls.cells, sa.Text))), 0
            ),
        ).where(cls.grid_id == grid_id)
        rows, length = model.Session.execute(query).one()
        return int(rows), int(length)

    @classmethod
    def forget_removed(cls, grid_id: str) -> None:
        """Erase the rows that were taken out: their words too."""
        model.Session.execute(
            sa.delete(cls)
            .where(cls.grid_id == grid_id, cls.removed)
            .execution_options(synchronize_session=False)
        )

    def read(self) -> Row:
        """Return the row as the core knows it."""
        stamps = {name: Stamp(*stamp) for name, stamp in self.stamps.items()}
        return Row(self.id, dict(self.cells), stamps, self.removed)

    def write(self, row: Row, version: int) -> None:
        """Keep what the core made of the row."""
        self.cells = dict(row.cells)
        self.stamps = {name: one.to_list() for name, one in row.stamps.items()}
        self.removed = row.removed
        self.version = version

    def to_dict(self) -> dict[str, Any]:
        """Return what a screen shows of it."""
        return {
            "id": self.id,
            "position": self.position,
            "removed": self.removed,
            "cells": {} if self.removed else dict(self.cells),
        }
