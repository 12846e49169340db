"""The tables of those who log in by a provider."""

from __future__ import annotations

import datetime

import ckantoolkit as tk
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.odlocale.people.oidc_rules import Known
from ckanext.odlocale.people.tables import new_id

_MOMENT = sa.DateTime(timezone=True)


class Identity(tk.BaseModel):  # type: ignore[misc]
    """Somebody whom a provider knows, and the account that is theirs here.

    :ivar made_account: whether the account was made at a login by this provider: its
        owner knows no password of it
    :ivar email: at the last login; the account's own is never changed by it
    :ivar siret: at the last login
    """

    __tablename__ = "odlocale_identity"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True, default=new_id)
    issuer: Mapped[str] = mapped_column(sa.Text)
    sub: Mapped[str] = mapped_column(sa.Text)
    user_id: Mapped[str] = mapped_column(sa.Text, index=True)
    made_account: Mapped[bool] = mapped_column(sa.Boolean, server_default="false")
    email: Mapped[str] = mapped_column(sa.Text)
    siret: Mapped[str] = mapped_column(sa.Text)
    acr: Mapped[str] = mapped_column(sa.Text, server_default="")
    created_at: Mapped[datetime.datetime] = mapped_column(
        _MOMENT, server_default=sa.func.now()
    )
    seen_at: Mapped[datetime.datetime] = mapped_column(
        _MOMENT, server_default=sa.func.now()
    )


class Attachment(tk.BaseModel):  # type: ignore[misc]
    """A SIREN that an identity came with, and what became of it.

    :ivar siren: as the provider says: a CCAS has its own
    :ivar place: SIREN of the collectivité that it lets act for; none while nobody
        chose one
    :ivar gave_role: whether the role there came by it: only then does it end with it
    :ivar proved_at: the last login with this SIREN
    """

    __tablename__ = "odlocale_attachment"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True, default=new_id)
    identity_id: Mapped[str] = mapped_column(
        sa.ForeignKey("odlocale_identity.id", ondelete="CASCADE")
    )
    siren: Mapped[str] = mapped_column(sa.Text)
    siret: Mapped[str] = mapped_column(sa.Text)
    label: Mapped[str] = mapped_column(sa.Text, server_default="")
    place: Mapped[str | None] = mapped_column(sa.Text, index=True)
    state: Mapped[str] = mapped_column(sa.Text)
    gave_role: Mapped[bool] = mapped_column(sa.Boolean, server_default="false")
    asked_at: Mapped[datetime.datetime] = mapped_column(
        _MOMENT, server_default=sa.func.now()
    )
    proved_at: Mapped[datetime.datetime] = mapped_column(
        _MOMENT, server_default=sa.func.now()
    )
    settled_by: Mapped[str | None] = mapped_column(sa.Text)
    settled_at: Mapped[datetime.datetime | None] = mapped_column(_MOMENT)

    def to_rule(self) -> Known:
        """Return what decides on it."""
        return Known(self.siren, self.state)  # type: ignore[arg-type]
