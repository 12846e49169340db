"""What follows when somebody leaves a collectivité, whichever way it happened."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.people import inviting, letters, mandate_rules, members
from ckanext.odlocale.people.contacts import managers_of, tell
from ckanext.odlocale.people.roles import PUBLISHING
from ckanext.odlocale.territory.tables import Collectivity


def seats_of(user_id: str) -> list[str]:
    """Return the organisations of collectivités that somebody publishes for by name,
    in an order that is always the same: they are then held without a deadlock."""
    query = (
        sa.select(model.Member.group_id)
        .join(Collectivity, Collectivity.org_id == model.Member.group_id)
        .where(
            model.Member.table_name == "user",
            model.Member.table_id == user_id,
            model.Member.state == "active",
            model.Member.capacity.in_(PUBLISHING),
        )
        .distinct()
        .order_by(model.Member.group_id)
    )
    return list(model.Session.scalars(query))


def note_departure(user: Any, org_id: str, by: str | None) -> None:
    """Write a departure in the journal, end the mandates and close the invitations that
    would let him back, and take his keys from who serves nobody else; uncommitted.

    :param by: id of who decided it; nothing for the portal
    """
    mandate_rules.end_of(user.id, org_id, by)
    members.close_if_idle(user, leaving=org_id)
    verb = "left" if by == user.id else "removed"
    inviting.close_of(user, org_id, made_too=verb == "removed")
    members.note(verb, by=by, org_id=org_id, who=user.id, detail={})


def tell_departure(user: Any, org_id: str, by: str | None) -> None:
    """Write to who left, to who stays, and to the ATD where nobody does.

    :param by: id of who decided it
    """
    told = [user] if user.is_active else []
    tell(letters.taken_out(user, org_id, by), [*told, *managers_of(org_id)])
    members.alert_if_empty(org_id, by)


def is_last_administrator(user: Any) -> bool:
    """Tell whether nobody else administers the portal: its own account is nobody."""
    query = sa.select(model.User.id).where(
        model.User.sysadmin.is_(True),
        model.User.state == "active",
        model.User.name != str(tk.config["ckan.site_id"]),
        model.User.id != user.id,
    )
    others = model.Session.scalar(sa.select(query.exists()))
    return bool(user.sysadmin) and not others


def refuse_last_administrator(user: Any) -> None:
    """Keep the portal from being left without anybody who administers it.

    :raises ckan.plugins.toolkit.ValidationError: nobody else does
    """
    if is_last_administrator(user):
        said = tk._(
            "This account is the last one that administers the portal. Name another"
            " administrator first."
        )
        raise tk.ValidationError({"message": [said]})
