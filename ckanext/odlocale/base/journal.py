"""The journal: who did what to which object, and when.

It complements CKAN's activity stream, which tells of datasets only. A line is
written in the session of the action that it describes, so that it exists if and
only if the action was committed.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column


class JournalLine(tk.BaseModel):  # type: ignore[misc]
    """One thing that somebody, or the portal itself, did."""

    __tablename__ = "odlocale_journal"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    at: Mapped[datetime.datetime] = mapped_column(
        sa.DateTime(timezone=True), server_default=sa.func.now()
    )
    user_id: Mapped[str | None] = mapped_column(sa.Text, index=True)
    org_id: Mapped[str | None] = mapped_column(sa.Text, index=True)
    verb: Mapped[str] = mapped_column(sa.Text)
    object_type: Mapped[str] = mapped_column(sa.Text)
    object_id: Mapped[str] = mapped_column(sa.Text, index=True)
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB)


def record(
    verb: str,
    *,
    user_id: str | None,
    org_id: str | None,
    object_type: str,
    object_id: str,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add a line to the caller's session, without committing.

    :param verb: what was done, as a past participle: ``"published"``.
    :param user_id: the user's id, or ``None`` where the portal acted by itself.
    :param org_id: the organisation concerned, or ``None``.
    :param object_type: ``"deposit"``, ``"dataset"``, ``"collectivity"``…
    :param object_id: the object's id.
    :param detail: plain JSON values. No personal data beyond ``user_id``: the
        journal outlives what it tells of. Where somebody acts for an organisation,
        ``on_behalf`` is added: whether he was not of it at that moment. Who is in a
        team changes; what was done, and as whom, does not.
    """
    held = dict(detail or {})
    if user_id and org_id and user_id != object_id:
        held["on_behalf"] = not _works_there(user_id, org_id)
    model.Session.add(
        JournalLine(
            verb=verb,
            user_id=user_id,
            org_id=org_id,
            object_type=object_type,
            object_id=object_id,
            detail=held,
        )
    )


def _works_there(user_id: str, org_id: str) -> bool:
    """Tell whether somebody publishes for an organisation by name."""
    member = model.Member
    query = sa.exists().where(
        member.group_id == org_id,
        member.table_name == "user",
        member.table_id == user_id,
        member.state == "active",
        member.capacity.in_(("editor", "admin")),
    )
    return bool(model.Session.scalar(sa.select(query)))
