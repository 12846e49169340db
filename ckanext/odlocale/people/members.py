"""Giving a role, changing it, taking it away, and what must follow."""

from __future__ import annotations

import datetime
import re
import secrets
from collections.abc import Sequence
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.base import journal
from ckanext.odlocale.base.french import slugify
from ckanext.odlocale.people import letters, rights, sessions
from ckanext.odlocale.people.contacts import atd_of, people_of, tell
from ckanext.odlocale.people.last_seen import is_anybody_awake
from ckanext.odlocale.people.roles import role_of
from ckanext.odlocale.people.tables import Account, Mandate, OfficialAddress
from ckanext.odlocale.people.validators import WORDS
from ckanext.odlocale.territory.tables import Collectivity


def hold_team(org_id: str) -> None:
    """Let one transaction at a time change who works for an organisation: two
    responsables who remove each other are then one after the other."""
    model.Session.execute(
        sa.select(model.Group.id).where(model.Group.id == org_id).with_for_update()
    )


def place_of(org_id: str) -> Collectivity:
    """Return the active collectivité of an organisation.

    :raises ckan.plugins.toolkit.ObjectNotFound: there is none
    """
    found = Collectivity.by_org(org_id)
    if found is None or found.status != "active":
        raise tk.ObjectNotFound(tk._("This collectivité was not found."))
    return found


def set_capacity(org_id: str, user_id: str, capacity: str) -> None:
    """Put an account in an organisation, or change its capacity there."""
    query = sa.select(model.Member).where(
        model.Member.group_id == org_id,
        model.Member.table_name == "user",
        model.Member.table_id == user_id,
    )
    members = list(model.Session.scalars(query))
    if not members:
        # By its object: CKAN's class forgets an id that comes without one.
        group = model.Group.get(org_id)
        members = [model.Member(group=group, table_name="user", table_id=user_id)]
        model.Session.add(members[0])
    for member in members[1:]:
        member.state = "deleted"
    members[0].capacity, members[0].state = capacity, "active"


def drop_capacity(org_id: str, user_id: str) -> bool:
    """Take an account out of an organisation; tell whether it was in it."""
    done = model.Session.execute(
        sa.update(model.Member)
        .where(
            model.Member.group_id == org_id,
            model.Member.table_name == "user",
            model.Member.table_id == user_id,
            model.Member.state == "active",
        )
        .values(state="deleted")
    )
    return bool(done.rowcount)


def close_if_idle(user: Any, leaving: str = "") -> None:
    """Take their keys from an account that works for nobody any more, uncommitted.

    Its API tokens go and its sessions end. A mandate of one's own is work too.

    :param leaving: id of an organisation that it is about to be taken out of
    """
    member = sa.exists().where(
        model.Member.table_name == "user",
        model.Member.table_id == user.id,
        model.Member.state == "active",
        model.Member.group_id != leaving,
    )
    mandate = sa.exists().where(
        Mandate.holder == "agent",
        Mandate.holder_id == user.id,
        Mandate.state == "accepted",
        Mandate.until >= datetime.date.today(),
    )
    if user.sysadmin or model.Session.scalar(sa.select(member | mandate)):
        return
    take_keys(user.id)


def take_keys(user_id: str) -> None:
    """Delete an account's API tokens and end its sessions, without committing."""
    tokens = sa.delete(model.ApiToken).where(model.ApiToken.user_id == user_id)
    model.Session.execute(tokens)
    sessions.end_all(user_id)


def create_account(
    email: str, fullname: str, password: str, known: Sequence[str] = ()
) -> model.User:
    """Make an account whose address was proved, without committing.

    :param known: what anybody knows of where it works, which no password may be
    :raises ckan.plugins.toolkit.ValidationError: the password is too weak
    """
    try:
        made = tk.get_action("user_create")(
            {"ignore_auth": True, "defer_commit": True, "user": "", WORDS: known},
            {
                "name": free_name(fullname or email.partition("@")[0]),
                "email": email,
                "fullname": fullname,
                "password": password,
            },
        )
        model.Session.flush()
    except sa.exc.IntegrityError as error:
        # Two links of one address, or two of one name, at the same moment.
        model.Session.rollback()
        said = tk._("You have an account already. Log in first.")
        raise tk.ValidationError({"message": [said]}) from error
    return model.User.get(made["id"])


def free_name(words: str) -> str:
    """Return an account's name that nobody has, from somebody's own."""
    base = re.sub(r"[^a-z0-9-]", "", slugify(words))[:60] or "agent"
    base = base if len(base) > 1 else f"agent-{base}"
    if model.User.get(base) is None:
        return base
    return f"{base}-{secrets.token_hex(4)}"


def user_of_address(email: str) -> model.User | None:
    """Return the active account of an address, if there is one."""
    query = sa.select(model.User).where(
        sa.func.lower(model.User.email) == email.lower(), model.User.state == "active"
    )
    found: model.User | None = model.Session.scalars(query).first()
    return found


def alert_if_empty(org_id: str, by: str | None = None) -> None:
    """Tell the ATD that nobody works for a collectivité any more, or that whoever is
    left has not come for months.

    :param by: id of who made it so, and needs no telling
    """
    if not people_of(org_id):
        tell(letters.team_empty(org_id), atd_of(org_id, but=by))
    elif not is_anybody_awake(org_id):
        tell(letters.team_asleep([org_id]), atd_of(org_id, but=by))


def note(
    verb: str, *, by: str | None, org_id: str | None, who: str, detail: dict[str, Any]
) -> None:
    """Write in the journal what became of somebody's role.

    :param who: id of the account, or of the invitation
    """
    journal.record(
        verb,
        user_id=by,
        org_id=org_id,
        object_type="person",
        object_id=who,
        detail=detail,
    )


def describe(user: model.User, capacity: str, kind: str) -> dict[str, Any]:
    """Return what a team's page shows of somebody."""
    seen = user.last_active
    return {
        "id": user.id,
        "name": user.name,
        "title": user.display_name,
        "email": user.email,
        "role": role_of(capacity, kind),
        "last_active": seen.isoformat() if seen else None,
    }


def bounced_among(user_ids: Sequence[str]) -> set[str]:
    """Return those of some accounts whose letters come back."""
    query = sa.select(Account.user_id).where(
        Account.user_id.in_(user_ids), Account.bounced_at.is_not(None)
    )
    return set(model.Session.scalars(query))


def describe_official(place: Collectivity) -> dict[str, Any]:
    """Return where a collectivité is written to, if that is known."""
    row = model.Session.get(OfficialAddress, place.siren)
    return {
        "email": row.email if row else "",
        "bounced": bool(row and row.bounced_at),
    }


def require_manager(user_name: str, org_id: str) -> None:
    """Check again, once the team is held, that the caller still says who is in it.

    :raises ckan.plugins.toolkit.NotAuthorized: somebody removed him meanwhile
    """
    model.Session.expire_all()
    if not rights.may_manage(user_name, org_id):
        model.Session.rollback()
        raise tk.NotAuthorized(tk._("This page is reserved to another town hall."))
