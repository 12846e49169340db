"""Inviting a whole list: a plan that a person reads, then exactly that.

The plan is made by :func:`plan_list`, carried out by :func:`invite_list`: a second run
of the same list plans nothing, since whoever was invited waits.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.odlocale.people import members, throttle
from ckanext.odlocale.people.invitations import (
    MOST_TO_ONE,
    OPEN,
    Line,
    Reason,
    reason_against,
)
from ckanext.odlocale.people.roles import PUBLISHING, capacity_of
from ckanext.odlocale.people.tables import Invitation, new_id
from ckanext.odlocale.territory.tables import Collectivity

#: The organisations that somebody may invite for, named or as a query; nothing for all.
Within = Sequence[str] | sa.Select[tuple[str | None]] | None


@dataclass(frozen=True)
class Plan:
    """Who of a list is to be invited, and who is set aside, and why."""

    invited: tuple[tuple[Line, str], ...]
    aside: tuple[tuple[Line, Reason], ...]


def plan_list(lines: Sequence[Line], org_ids: Within = None) -> Plan:
    """Return what inviting a list would do; four queries, whatever its length.

    :param org_ids: see :data:`Within`
    """
    places = _places(lines, org_ids)
    ids = [str(one.org_id) for one in places.values()]
    code_of = {str(one.org_id): code for code, one in places.items()}
    waiting = {(code_of[org], email) for org, email in _open_of(ids)}
    working = {(code_of[org], email) for org, email in _members_of(ids)}
    seen: set[tuple[str, str]] = set()
    written = Counter[str]()
    invited, aside = [], []
    for line in lines:
        place = places.get(line.code)
        reason = reason_against(
            line, known=places, seen=seen, members=working, waiting=waiting,
            kind=place.kind if place else "commune", to_one=written[line.email],
        )  # fmt: skip
        seen.add((line.code, line.email))
        if reason is None and place is not None:
            written[line.email] += 1
            invited.append((line, str(place.org_id)))
        else:
            aside.append((line, reason or "code"))
    return Plan(tuple(invited), tuple(aside))


def invite_list(plan: Plan, by: str | None) -> int:
    """Write the invitations of a plan, which then wait to be sent; commit.

    :param by: id of the account that invites
    :returns: how many were written: another run at the same moment may have written
        some of them, an address may have received enough today
    """
    rows = [
        {
            "id": new_id(),
            "org_id": org_id,
            "email": line.email,
            "fullname": line.name,
            "capacity": capacity_of(line.role or "agent"),
            "state": "waiting",
            "created_by": by,
        }
        for line, org_id in plan.invited
        if not is_crowd(line.email)
    ]
    if not rows:
        return 0
    # One open invitation a person and collectivité: the index of the table says it.
    added = insert(Invitation.__table__).values(rows).on_conflict_do_nothing()
    columns = Invitation.__table__.c
    written = model.Session.execute(
        added.returning(columns.id, columns.org_id, columns.capacity)
    ).all()
    for one in written:
        detail = {"capacity": one.capacity}
        members.note("invited", by=by, org_id=one.org_id, who=one.id, detail=detail)
    model.Session.commit()
    return len(written)


def is_crowd(email: str) -> bool:
    """Count one more invitation to an address today; tell whether it is one too many:
    a list, or all the pages of a territory, could otherwise fill somebody's mailbox."""
    mailbox = hashlib.sha256(email.encode()).hexdigest()[:16]
    return throttle.is_one_too_many(f"invite:{mailbox}", MOST_TO_ONE, 86_400)


def _places(lines: Sequence[Line], org_ids: Within) -> dict[str, Collectivity]:
    codes = sorted({line.code for line in lines})
    query = sa.select(Collectivity).where(
        Collectivity.insee.in_(codes) | Collectivity.siren.in_(codes),
        Collectivity.status == "active",
        Collectivity.org_id.is_not(None),
    )
    if org_ids is not None:
        query = query.where(Collectivity.org_id.in_(org_ids))
    found: dict[str, Any] = {}
    for one in model.Session.scalars(query):
        found.update({code: one for code in (one.insee, one.siren) if code in codes})
    return found


def _open_of(org_ids: Sequence[str]) -> list[tuple[str, str]]:
    query = sa.select(Invitation.org_id, Invitation.email).where(
        Invitation.org_id.in_(org_ids), Invitation.state.in_(OPEN)
    )
    return [(row[0], row[1]) for row in model.Session.execute(query)]


def _members_of(org_ids: Sequence[str]) -> list[tuple[str, str]]:
    query = (
        sa.select(model.Member.group_id, sa.func.lower(model.User.email))
        .join(model.User, model.User.id == model.Member.table_id)
        .where(
            model.Member.group_id.in_(org_ids),
            model.Member.table_name == "user",
            model.Member.state == "active",
            model.Member.capacity.in_(PUBLISHING),
            model.User.state == "active",
        )
    )
    return [(row[0], row[1] or "") for row in model.Session.execute(query)]


def close_made_by(user: Any) -> None:
    """Close the invitations that somebody made where he is not in charge himself, whose
    right to all was taken away, uncommitted."""
    _close(
        (Invitation.created_by == user.id) & Invitation.org_id.not_in(_in_charge(user))
    )


def _in_charge(user: Any) -> sa.Select[tuple[str]]:
    return sa.select(model.Member.group_id).where(
        model.Member.table_name == "user",
        model.Member.table_id == user.id,
        model.Member.state == "active",
        model.Member.capacity == "admin",
    )


def _close(which: sa.ColumnElement[bool]) -> None:
    model.Session.execute(
        sa.update(Invitation)
        .where(Invitation.state.in_(OPEN), which)
        .values(state="cancelled", token_hash=None)
        .execution_options(synchronize_session=False)
    )


def close_of(user: Any, org_id: str, *, made_too: bool) -> None:
    """Close the invitations by which somebody would come back, uncommitted.

    :param made_too: whether those that he made are closed as well: somebody else took
        away his right to make them
    """
    own = sa.func.lower(Invitation.email) == (user.email or "").lower()
    made = Invitation.created_by == user.id
    here = (Invitation.org_id == org_id) & ((own | made) if made_too else own)
    # What a role that cascades let him invite into, but where he is in charge himself.
    group = model.Group.get(org_id)
    below = [one.id for one in group.get_children_group_hierarchy("organization")]
    under = (
        Invitation.org_id.in_(below) & Invitation.org_id.not_in(_in_charge(user)) & made
    )
    _close(here | (under if made_too else under & own))
