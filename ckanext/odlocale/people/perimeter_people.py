"""Statements on the invitations and accounts of all collectivités of a perimeter.

Each is one query, whatever the perimeter.
"""

from __future__ import annotations

import datetime
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.people.invitations import standing
from ckanext.odlocale.people.reminding import Which
from ckanext.odlocale.people.roles import PUBLISHING, role_of
from ckanext.odlocale.people.tables import Invitation, OfficialAddress
from ckanext.odlocale.territory.tables import Collectivity, PerimeterMember


def org_ids_of(perimeter: str) -> sa.Select[tuple[str | None]]:
    """Return the organisations of a perimeter, as a query within others."""
    return (
        sa.select(Collectivity.org_id)
        .join(PerimeterMember, PerimeterMember.siren == Collectivity.siren)
        .where(
            PerimeterMember.atd_siren == perimeter,
            Collectivity.status == "active",
            Collectivity.org_id.is_not(None),
        )
    )


def count(perimeter: str, now: datetime.datetime) -> dict[str, int]:
    """Return how many people each list of a perimeter has; two queries."""
    counted = [
        sa.func.count().filter(_is(which, now)).label(which)
        for which in ("waiting", "expired", "refused")
    ]
    query = sa.select(*counted).where(Invitation.org_id.in_(org_ids_of(perimeter)))
    found = dict(model.Session.execute(query).one()._mapping)
    query = sa.select(sa.func.count()).select_from(_never(perimeter).subquery())
    return {**found, "never": int(model.Session.scalar(query) or 0)}


def list_people(
    perimeter: str, which: Which, now: datetime.datetime, *, limit: int, offset: int
) -> list[dict[str, Any]]:
    """Return those of one list, the oldest first."""
    if which == "never":
        rows = model.Session.execute(
            _never(perimeter).limit(limit).offset(offset)
        )  # fmt: skip
        return [_describe_account(*row) for row in rows]
    query = (
        sa.select(Invitation, Collectivity)
        .join(Collectivity, Collectivity.org_id == Invitation.org_id)
        .where(Invitation.org_id.in_(org_ids_of(perimeter)), _is(which, now))
        .order_by(Invitation.created_at, Invitation.id)
        .limit(limit)
        .offset(offset)
    )
    return [_describe(one, place, now) for one, place in model.Session.execute(query)]


def ids_of(perimeter: str, which: Which, now: datetime.datetime) -> list[str]:
    """Return the invitations of one list."""
    query = sa.select(Invitation.id).where(
        Invitation.org_id.in_(org_ids_of(perimeter)), _is(which, now)
    )
    return list(model.Session.scalars(query.order_by(Invitation.created_at)))


def hold(perimeter: str, ids: list[str]) -> list[Invitation]:
    """Return those invitations of a perimeter that are named, and hold them."""
    query = (
        sa.select(Invitation)
        .where(
            Invitation.id.in_(ids), Invitation.org_id.in_(org_ids_of(perimeter))
        )
        .order_by(Invitation.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )  # fmt: skip
    return list(model.Session.scalars(query))


def officials_of(perimeter: str) -> list[tuple[str, str]]:
    """Return the code and the official address of each town hall of a perimeter that
    takes letters."""
    query = (
        sa.select(sa.func.coalesce(Collectivity.insee, Collectivity.siren),
                  OfficialAddress.email)
        .join(OfficialAddress, OfficialAddress.siren == Collectivity.siren)
        .where(
            Collectivity.org_id.in_(org_ids_of(perimeter)),
            OfficialAddress.bounced_at.is_(None),
        )
        .order_by(Collectivity.insee)
    )  # fmt: skip
    return [(row[0], row[1]) for row in model.Session.execute(query)]


def _is(which: str, now: datetime.datetime) -> sa.ColumnElement[bool]:
    ended = Invitation.expires_at <= now
    answerable = Invitation.state.in_(("sent", "unknown", "sending"))
    if which == "refused":
        return Invitation.state == "refused"
    if which == "expired":
        return answerable & ended
    return (Invitation.state == "waiting") | (
        answerable & (ended.is_not(True))  # without a date, it does not end
    )


def _never(perimeter: str) -> sa.Select[tuple[Any, str, Any]]:
    return (
        sa.select(model.User, model.Member.capacity, Collectivity)
        .join(model.Member, model.Member.table_id == model.User.id)
        .join(Collectivity, Collectivity.org_id == model.Member.group_id)
        .where(
            model.Member.group_id.in_(org_ids_of(perimeter)),
            model.Member.table_name == "user",
            model.Member.state == "active",
            model.Member.capacity.in_(PUBLISHING),
            model.User.state == "active",
            model.User.last_active.is_(None),
            # CKAN's own account, which nobody logs in to.
            model.User.name != str(tk.config["ckan.site_id"]),
        )
        .order_by(Collectivity.insee, model.User.name)
    )


def _describe(one: Invitation, place: Any, now: datetime.datetime) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.fullname,
        "email": one.email,
        "role": role_of(one.capacity, place.kind),
        "code": place.code,
        "collectivity": place.name,
        "standing": standing(one.state, one.expires_at, now),  # type: ignore[arg-type]
        "sent_at": one.sent_at.isoformat() if one.sent_at else None,
        "error": one.error,
    }


def _describe_account(user: Any, capacity: str, place: Any) -> dict[str, Any]:
    return {
        "id": None,
        "name": user.display_name,
        "email": user.email or "",
        "role": role_of(capacity, place.kind),
        "code": place.code,
        "collectivity": place.name,
        "standing": "never",
        "sent_at": user.created.isoformat() if user.created else None,
        "error": "",
    }
