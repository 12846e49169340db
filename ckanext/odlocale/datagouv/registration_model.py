"""What data.gouv.fr holds for each collectivité, in tables.

Of another place, read now and then: each line says when. Nothing here is the truth
about our own data.
"""

from __future__ import annotations

import datetime
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

_MOMENT = sa.DateTime(timezone=True)
_COLLECTIVITY = "odlocale_collectivity.siren"


class ApiKey(tk.BaseModel):  # type: ignore[misc]
    """A key of data.gouv.fr's API, sealed.

    :ivar siren: whose; nothing for the ATD's
    :ivar owner: the name of the account there
    :ivar refused: data.gouv.fr did not know it the last time
    """

    __tablename__ = "odlocale_datagouv_key"

    siren: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    sealed: Mapped[str] = mapped_column(sa.Text)
    owner: Mapped[str] = mapped_column(sa.Text, server_default="")
    set_by: Mapped[str | None] = mapped_column(sa.Text)
    set_at: Mapped[datetime.datetime] = mapped_column(
        _MOMENT, server_default=sa.func.now()
    )
    refused: Mapped[bool] = mapped_column(sa.Boolean, server_default=sa.false())


class Registration(tk.BaseModel):  # type: ignore[misc]
    """What data.gouv.fr holds for a collectivité.

    :ivar state: value of a :class:`~.registering.State`
    :ivar siret: confirmed by a person, never deduced
    :ivar found: what the last search returned, as :mod:`.registering` reads it
    :ivar decision: what a person answered where it was doubtful
    :ivar organization: what is known of its organisation there
    :ivar source: what is known of its harvest source there
    :ivar failed: the datasets that the last harvest did not take, and why
    :ivar begun: the creation that was sent, and of which no answer was recorded
    :ivar problem: why the last step stopped
    """

    __tablename__ = "odlocale_datagouv"

    siren: Mapped[str] = mapped_column(
        sa.ForeignKey(_COLLECTIVITY, onupdate="CASCADE", ondelete="CASCADE"),
        primary_key=True,
    )
    state: Mapped[str] = mapped_column(sa.Text, server_default="unknown", index=True)
    siret: Mapped[str | None] = mapped_column(sa.Text)
    siret_by: Mapped[str | None] = mapped_column(sa.Text)
    siret_at: Mapped[datetime.datetime | None] = mapped_column(_MOMENT)
    found: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    found_at: Mapped[datetime.datetime | None] = mapped_column(_MOMENT)
    decision: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    organization_id: Mapped[str | None] = mapped_column(sa.Text, index=True)
    organization: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB(none_as_null=True)
    )
    source_id: Mapped[str | None] = mapped_column(sa.Text)
    source: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    failed: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    begun: Mapped[str | None] = mapped_column(sa.Text)
    problem: Mapped[str | None] = mapped_column(sa.Text)
    invited_at: Mapped[datetime.datetime | None] = mapped_column(_MOMENT)
    read_at: Mapped[datetime.datetime | None] = mapped_column(_MOMENT)
    updated_at: Mapped[datetime.datetime] = mapped_column(
        _MOMENT, server_default=sa.func.now(), onupdate=sa.func.now()
    )


class HeldDataset(tk.BaseModel):  # type: ignore[misc]
    """A dataset as data.gouv.fr holds it.

    :ivar package_id: ours; nothing for one that we do not publish any more
    :ivar held: value of a :class:`~.read_back.Held`
    :ivar since: when it was first seen there; nothing for one that is not
    """

    __tablename__ = "odlocale_datagouv_dataset"

    package_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    siren: Mapped[str] = mapped_column(
        sa.ForeignKey(_COLLECTIVITY, onupdate="CASCADE", ondelete="CASCADE"),
        index=True,
    )
    dataset_id: Mapped[str | None] = mapped_column(sa.Text, index=True)
    title: Mapped[str] = mapped_column(sa.Text, server_default="")
    page: Mapped[str] = mapped_column(sa.Text, server_default="")
    held: Mapped[str] = mapped_column(sa.Text)
    seen_at: Mapped[datetime.datetime | None] = mapped_column(_MOMENT)
    score: Mapped[float | None] = mapped_column(sa.Float)
    missing: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")
    downloads: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    reuses: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    discussions: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    since: Mapped[datetime.date | None] = mapped_column(sa.Date)
    read_at: Mapped[datetime.datetime] = mapped_column(
        _MOMENT, server_default=sa.func.now()
    )


class HeldDiscussion(tk.BaseModel):  # type: ignore[misc]
    """A discussion that somebody opened about a dataset there.

    :ivar answered: the last word is the producer's, or it is closed
    :ivar waiting_since: the first word that nobody answered yet
    :ivar messages: author, text, moment, and whether it is the producer's
    """

    __tablename__ = "odlocale_datagouv_discussion"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    siren: Mapped[str] = mapped_column(
        sa.ForeignKey(_COLLECTIVITY, onupdate="CASCADE", ondelete="CASCADE"),
        index=True,
    )
    package_id: Mapped[str | None] = mapped_column(sa.Text)
    dataset_title: Mapped[str] = mapped_column(sa.Text, server_default="")
    title: Mapped[str] = mapped_column(sa.Text)
    page: Mapped[str] = mapped_column(sa.Text, server_default="")
    answered: Mapped[bool] = mapped_column(sa.Boolean)
    closed: Mapped[bool] = mapped_column(sa.Boolean, server_default=sa.false())
    waiting_since: Mapped[datetime.datetime | None] = mapped_column(_MOMENT)
    messages: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    read_at: Mapped[datetime.datetime] = mapped_column(
        _MOMENT, server_default=sa.func.now()
    )


class HeldAlarm(tk.BaseModel):  # type: ignore[misc]
    """A fact that the ATD is told of, once.

    :ivar key: of the fact: told again only if it ended and came back
    :ivar told_at: when the letter left
    """

    __tablename__ = "odlocale_datagouv_alarm"

    key: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    siren: Mapped[str] = mapped_column(
        sa.ForeignKey(_COLLECTIVITY, onupdate="CASCADE", ondelete="CASCADE"),
        index=True,
    )
    kind: Mapped[str] = mapped_column(sa.Text)
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    since: Mapped[datetime.datetime] = mapped_column(
        _MOMENT, server_default=sa.func.now()
    )
    told_at: Mapped[datetime.datetime | None] = mapped_column(_MOMENT)
