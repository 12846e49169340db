"""The tables of the territory, one class each.

``odlocale_collectivity`` is the truth about who is who; CKAN's own ``member`` rows
are the projection of its hierarchy.
"""

from __future__ import annotations

import datetime
from typing import Any, cast

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

_MOMENT = sa.DateTime(timezone=True)


class Collectivity(tk.BaseModel):  # type: ignore[misc]
    """A collectivité of the register and the organisation it has here.

    :ivar status: ``active``; ``merged`` into its ``successor``; ``closed``, without
        one; ``moved``, handed over to the portal at ``moved_to``.
    :ivar successor: the SIREN of the collectivité that it became part of.
    """

    __tablename__ = "odlocale_collectivity"

    siren: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    insee: Mapped[str | None] = mapped_column(sa.Text, unique=True)
    kind: Mapped[str] = mapped_column(sa.Text)
    name: Mapped[str] = mapped_column(sa.Text)
    population: Mapped[int | None] = mapped_column(sa.Integer)
    epci_siren: Mapped[str | None] = mapped_column(sa.Text, index=True)
    departement: Mapped[str | None] = mapped_column(sa.Text, index=True)
    region: Mapped[str | None] = mapped_column(sa.Text)
    org_id: Mapped[str | None] = mapped_column(sa.Text, unique=True)
    cog_vintage: Mapped[int] = mapped_column(sa.Integer)
    status: Mapped[str] = mapped_column(sa.Text, server_default="active")
    successor: Mapped[str | None] = mapped_column(sa.Text, index=True)
    longitude: Mapped[float | None] = mapped_column(sa.Float)
    latitude: Mapped[float | None] = mapped_column(sa.Float)
    contour: Mapped[str | None] = mapped_column(sa.Text)
    moved_to: Mapped[str | None] = mapped_column(sa.Text)

    @property
    def code(self) -> str:
        """The public code: INSEE for a commune, SIREN for any other."""
        return self.insee or self.siren

    def to_dict(self) -> dict[str, Any]:
        """Return its columns, and its code."""
        columns = type(self).__table__.c
        values = {column.name: getattr(self, column.name) for column in columns}
        return {**values, "code": self.code}

    @classmethod
    def by_org(cls, org_id: str) -> Collectivity | None:
        """Return the collectivité whose organisation has this id."""
        found = model.Session.scalars(sa.select(cls).where(cls.org_id == org_id))
        return cast("Collectivity | None", found.one_or_none())

    @classmethod
    def by_code(cls, code: str) -> Collectivity | None:
        """Return the collectivité of an INSEE code or of a SIREN, former ones too.

        A merged commune is returned as itself: it keeps its permanent addresses.
        See :meth:`heir` for who took it in.
        """
        former = sa.select(Alias.siren).where(
            Alias.value == code, Alias.kind.in_(("siren", "insee"))
        )
        wanted = (cls.insee == code) | (cls.siren == code) | cls.siren.in_(former)
        # Whoever bears a code today comes before whoever bore it.
        order = sa.case(((cls.insee == code) | (cls.siren == code), 0), else_=1)
        query = sa.select(cls).where(wanted).order_by(order, cls.siren)
        return cast("Collectivity | None", model.Session.scalars(query).first())

    def heir(self) -> Collectivity:
        """Return the collectivité that answers for this one today: itself, or the
        last of its successors."""
        seen = {self.siren}
        current = self
        while current.status == "merged" and current.successor not in {None, *seen}:
            following = model.Session.get(type(self), current.successor)
            if following is None:
                break
            current = following
            seen.add(current.siren)
        return current


class Alias(tk.BaseModel):  # type: ignore[misc]
    """What a collectivité was called before.

    :ivar kind: ``siren``, ``insee``, or ``name`` for its organisation's address.
    """

    __tablename__ = "odlocale_alias"

    kind: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    value: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    siren: Mapped[str] = mapped_column(
        sa.ForeignKey(
            "odlocale_collectivity.siren", onupdate="CASCADE", ondelete="CASCADE"
        )
    )


class AtdPerimeter(tk.BaseModel):  # type: ignore[misc]
    """An ATD: who it is, how it looks, what it covers.

    :ivar name: as visitors read it.
    :ivar colour: of its buttons and links, ``#rrggbb``.
    :ivar definition: see :class:`perimeters.Definition`.
    """

    __tablename__ = "odlocale_perimeter"

    atd_siren: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    name: Mapped[str] = mapped_column(sa.Text)
    colour: Mapped[str | None] = mapped_column(sa.Text)
    definition: Mapped[dict[str, Any]] = mapped_column(JSONB)
    updated_at: Mapped[datetime.datetime] = mapped_column(
        _MOMENT, server_default=sa.func.now()
    )


class PerimeterMember(tk.BaseModel):  # type: ignore[misc]
    """A collectivité of the portal that an ATD covers."""

    __tablename__ = "odlocale_perimeter_member"

    atd_siren: Mapped[str] = mapped_column(
        sa.ForeignKey(
            "odlocale_perimeter.atd_siren", onupdate="CASCADE", ondelete="CASCADE"
        ),
        primary_key=True,
    )
    siren: Mapped[str] = mapped_column(
        sa.ForeignKey(
            "odlocale_collectivity.siren", onupdate="CASCADE", ondelete="CASCADE"
        ),
        primary_key=True,
        index=True,
    )


class Target(tk.BaseModel):  # type: ignore[misc]
    """Where a collectivité publishes a table schema.

    :ivar schema: a slug of the catalogue, or ``*``: all those without a row.
    :ivar target: ``portal``, ``datagouv`` or ``elsewhere`` (at ``url``).
    """

    __tablename__ = "odlocale_target"

    siren: Mapped[str] = mapped_column(
        sa.ForeignKey(
            "odlocale_collectivity.siren", onupdate="CASCADE", ondelete="CASCADE"
        ),
        primary_key=True,
    )
    schema: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    target: Mapped[str] = mapped_column(sa.Text)
    url: Mapped[str | None] = mapped_column(sa.Text)
    updated_at: Mapped[datetime.datetime] = mapped_column(
        _MOMENT, server_default=sa.func.now()
    )


class Transfer(tk.BaseModel):  # type: ignore[misc]
    """A dataset that a merger moved to another collectivité.

    data.gouv.fr refuses a dataset that changes owner: until its transfer is accepted
    there, it stays in the feed of the collectivité that it came from.

    :ivar accepted_at: when data.gouv.fr took the change; nothing while it waits.
    """

    __tablename__ = "odlocale_transfer"

    package_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    from_siren: Mapped[str] = mapped_column(sa.Text, index=True)
    to_siren: Mapped[str] = mapped_column(sa.Text)
    since: Mapped[datetime.datetime] = mapped_column(
        _MOMENT, server_default=sa.func.now()
    )
    accepted_at: Mapped[datetime.datetime | None] = mapped_column(_MOMENT)


class Reindex(tk.BaseModel):  # type: ignore[misc]
    """An organisation whose datasets the search engine must read again."""

    __tablename__ = "odlocale_reindex"

    org_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    since: Mapped[datetime.datetime] = mapped_column(
        _MOMENT, server_default=sa.func.now()
    )
