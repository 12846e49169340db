"""The people who agreed to follow their collectivité to another portal.

Nobody's password travels: a person who has no account there gets one, and chooses a
password by «mot de passe oublié».
"""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Sequence

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.odlocale.handover.reading import AGREED, PLUGIN
from ckanext.odlocale.handover.records import Record, Records
from ckanext.odlocale.territory.tables import Collectivity

#: Enough for a name that others bear too.
TRIES = 100


def note_agreement(user: model.User, agree: bool) -> str | None:
    """Note, without committing, whether a person agrees.

    :returns: since when, if so.
    """
    extras = dict(user.plugin_extras or {})
    said = dict(extras.get(PLUGIN) or {})
    said.pop(AGREED, None)
    if agree:
        now = datetime.datetime.now(datetime.timezone.utc)
        said[AGREED] = now.isoformat(timespec="seconds")
    user.plugin_extras = {**extras, PLUGIN: said}
    return said.get(AGREED)


def write(
    context: Context, owner: Collectivity, records: Records, keys: Sequence[str]
) -> dict[str, str]:
    """Give people their place in the organisation, with an account if need be.

    Somebody who has a place there keeps it: a pack changes nobody's role.

    :returns: ids of the accounts of all the pack's people, by address.
    """
    known = {}
    for key, person in records["people"].items():
        user = _by_email(person["email"])
        if user is None and key in keys:
            user = _create(context, person)
        if user is None:
            continue
        known[person["email"]] = user.id
        if key in keys:
            _join(owner, user, person["capacity"])
    model.Session.flush()
    return known


def _by_email(email: str) -> model.User | None:
    query = sa.select(model.User).where(
        sa.func.lower(model.User.email) == email.lower(), model.User.state == "active"
    )
    found: model.User | None = model.Session.scalars(
        query.order_by(model.User.created)
    ).first()
    return found


def _create(context: Context, person: Record) -> model.User:
    made = tk.get_action("user_create")(
        {"user": context["user"], "ignore_auth": True, "defer_commit": True},
        {
            "name": _free_name(person["name"]),
            "email": person["email"],
            "fullname": person.get("fullname") or "",
            "password": secrets.token_urlsafe(32),
        },
    )
    user: model.User = model.Session.get(model.User, made["id"])
    user.plugin_extras = {
        **(user.plugin_extras or {}),
        PLUGIN: {AGREED: person["agreed_at"]},
    }
    return user


def _free_name(name: str) -> str:
    for number in range(1, TRIES):
        tried = name if number == 1 else f"{name[:90]}-{number}"
        if model.User.get(tried) is None:
            return tried
    return f"{name[:80]}-{secrets.token_hex(6)}"


def _join(owner: Collectivity, user: model.User, capacity: str) -> None:
    member = model.Member
    query = sa.select(member).where(
        member.table_name == "user",
        member.table_id == user.id,
        member.group_id == owner.org_id,
    )
    present = model.Session.scalars(query).first()
    if present is None:
        present = member(
            # By its relation: without it, CKAN's model forgets the number.
            group=model.Group.get(owner.org_id),
            table_name="user",
            table_id=user.id,
            capacity=capacity,
            state="active",
        )
        model.Session.add(present)
    elif present.state != "active":
        present.state, present.capacity = "active", capacity
