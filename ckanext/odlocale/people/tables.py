"""The tables of the room, one class each."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.odlocale.people import mandates

_MOMENT = sa.DateTime(timezone=True)


def new_id() -> str:
    """Return an identifier that nobody can guess."""
    return str(uuid.uuid4())


class Mandate(tk.BaseModel):  # type: ignore[misc]
    """A collectivité lets somebody act for it.

    :ivar org_id: the organisation of the collectivité that gives it
    :ivar holder: ``agent``, ``organization`` or ``software``
    :ivar holder_id: the user's or the organisation's id; none for a software
    :ivar holder_name: the software's name; empty for the others
    :ivar schemas: slugs of the models; empty, all of them
    :ivar document: ``sha256``, ``name``, ``size`` of the deed, if there is one
    :ivar warned: the last warning sent, in days before the end
    :ivar renews: the mandate that this one follows
    """

    __tablename__ = "odlocale_mandate"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True, default=new_id)
    org_id: Mapped[str] = mapped_column(sa.Text, index=True)
    holder: Mapped[str] = mapped_column(sa.Text)
    holder_id: Mapped[str | None] = mapped_column(sa.Text, index=True)
    holder_name: Mapped[str] = mapped_column(sa.Text, server_default="")
    schemas: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), server_default="{}")
    since: Mapped[datetime.date] = mapped_column(sa.Date)
    until: Mapped[datetime.date] = mapped_column(sa.Date)
    state: Mapped[str] = mapped_column(sa.Text)
    message: Mapped[str] = mapped_column(sa.Text, server_default="")
    document: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    asked_by: Mapped[str | None] = mapped_column(sa.Text)
    asked_at: Mapped[datetime.datetime] = mapped_column(
        _MOMENT, server_default=sa.func.now()
    )
    settled_by: Mapped[str | None] = mapped_column(sa.Text)
    settled_at: Mapped[datetime.datetime | None] = mapped_column(_MOMENT)
    warned: Mapped[int | None] = mapped_column(sa.Integer)
    renews: Mapped[str | None] = mapped_column(sa.Text)

    def to_rule(self) -> mandates.Mandate:
        """Return what decides on it."""
        return mandates.Mandate(
            self.state,  # type: ignore[arg-type]
            self.since,
            self.until,
            frozenset(self.schemas or ()),
        )


class Token(tk.BaseModel):  # type: ignore[misc]
    """A software may send data for a collectivité, within a mandate.

    :ivar schemas: slugs of the models; empty, all those of the mandate
    :ivar verbs: what it lets do, see :mod:`.tokens`
    :ivar prefix: its public beginning
    :ivar token_hash: of the secret, which is not kept
    :ivar until: its last day, included
    :ivar last_used_for: ``verb``, ``schema``, ``key`` of the last call
    :ivar warned: the last warning sent, in days before the end
    """

    __tablename__ = "odlocale_token"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True, default=new_id)
    org_id: Mapped[str] = mapped_column(sa.Text, index=True)
    mandate_id: Mapped[str] = mapped_column(sa.Text, index=True)
    name: Mapped[str] = mapped_column(sa.Text)
    schemas: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), server_default="{}")
    verbs: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    prefix: Mapped[str] = mapped_column(sa.Text, unique=True)
    token_hash: Mapped[str] = mapped_column(sa.Text)
    until: Mapped[datetime.date] = mapped_column(sa.Date)
    created_by: Mapped[str | None] = mapped_column(sa.Text)
    created_at: Mapped[datetime.datetime] = mapped_column(
        _MOMENT, server_default=sa.func.now()
    )
    last_used_at: Mapped[datetime.datetime | None] = mapped_column(_MOMENT)
    last_used_for: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    revoked_at: Mapped[datetime.datetime | None] = mapped_column(_MOMENT)
    revoked_by: Mapped[str | None] = mapped_column(sa.Text)
    warned: Mapped[int | None] = mapped_column(sa.Integer)


class Invitation(tk.BaseModel):  # type: ignore[misc]
    """Somebody is invited to work for a collectivité.

    :ivar capacity: ``editor`` or ``admin``
    :ivar token_hash: of the link's secret; none once it served or was replaced
    :ivar error: what the mail server said, if it refused
    """

    __tablename__ = "odlocale_invitation"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True, default=new_id)
    org_id: Mapped[str] = mapped_column(sa.Text, index=True)
    email: Mapped[str] = mapped_column(sa.Text)
    fullname: Mapped[str] = mapped_column(sa.Text, server_default="")
    capacity: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text)
    token_hash: Mapped[str | None] = mapped_column(sa.Text, unique=True)
    error: Mapped[str] = mapped_column(sa.Text, server_default="")
    created_by: Mapped[str | None] = mapped_column(sa.Text)
    created_at: Mapped[datetime.datetime] = mapped_column(
        _MOMENT, server_default=sa.func.now()
    )
    sent_at: Mapped[datetime.datetime | None] = mapped_column(_MOMENT)
    expires_at: Mapped[datetime.datetime | None] = mapped_column(_MOMENT)
    answered_at: Mapped[datetime.datetime | None] = mapped_column(_MOMENT)
    user_id: Mapped[str | None] = mapped_column(sa.Text)


class AccessRequest(tk.BaseModel):  # type: ignore[misc]
    """Somebody says that he works at a town hall: a code sent there proves it.

    :ivar sealed: see :func:`~.codes.seal`
    :ivar origin: a hash of the address of the internet that asked
    """

    __tablename__ = "odlocale_access_request"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True, default=new_id)
    org_id: Mapped[str] = mapped_column(sa.Text, index=True)
    email: Mapped[str] = mapped_column(sa.Text)
    fullname: Mapped[str] = mapped_column(sa.Text, server_default="")
    user_id: Mapped[str | None] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text, server_default="open")
    sealed: Mapped[str] = mapped_column(sa.Text)
    tries: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    origin: Mapped[str] = mapped_column(sa.Text, server_default="")
    created_at: Mapped[datetime.datetime] = mapped_column(
        _MOMENT, server_default=sa.func.now()
    )
    expires_at: Mapped[datetime.datetime] = mapped_column(_MOMENT)


class OfficialAddress(tk.BaseModel):  # type: ignore[misc]
    """The e-mail address at which a collectivité is written to.

    :ivar source: ``directory`` (annuaire de l'administration) or ``animator``
    :ivar bounced_at: when a letter came back from it: no code is sent there until an
        animator confirms it or writes another
    """

    __tablename__ = "odlocale_official_address"

    siren: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    email: Mapped[str] = mapped_column(sa.Text)
    source: Mapped[str] = mapped_column(sa.Text)
    updated_at: Mapped[datetime.datetime] = mapped_column(
        _MOMENT, server_default=sa.func.now()
    )
    bounced_at: Mapped[datetime.datetime | None] = mapped_column(_MOMENT)


class Account(tk.BaseModel):  # type: ignore[misc]
    """What the portal keeps of an account's ways in, beside CKAN's own row.

    :ivar epoch: grows each time all its sessions are ended
    :ivar totp_secret: of the second factor; :attr:`totp_since` once it was confirmed
    :ivar totp_last: the last time step that served, which never serves again
    :ivar recovery: hashes of the codes that replace a lost telephone
    :ivar idle_warned_at: when its owner was told that it will close
    :ivar bounced_at: when a letter came back from its owner's address
    """

    __tablename__ = "odlocale_account"

    user_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    epoch: Mapped[int] = mapped_column(sa.Integer, default=0, server_default="0")
    totp_secret: Mapped[str | None] = mapped_column(sa.Text)
    totp_since: Mapped[datetime.datetime | None] = mapped_column(_MOMENT)
    totp_last: Mapped[int | None] = mapped_column(sa.BigInteger)
    recovery: Mapped[list[str]] = mapped_column(
        ARRAY(sa.Text), default=list, server_default="{}"
    )
    idle_warned_at: Mapped[datetime.datetime | None] = mapped_column(_MOMENT)
    bounced_at: Mapped[datetime.datetime | None] = mapped_column(_MOMENT)
