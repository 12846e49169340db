"""Whether somebody may publish for a collectivité, and on what ground.

Two grounds: a role, which core's own check knows (direct, or from an organisation
above), and a mandate. Each is one query, whatever the territory.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import authz, model
from ckan.types import Context, DataDict

from ckanext.odlocale.people.mandates import schemas_given
from ckanext.odlocale.people.roles import PUBLISHING
from ckanext.odlocale.people.tables import Mandate
from ckanext.odlocale.territory.permission import (
    cascading_roles,
    memberships_of,
    organisations_above,
)
from ckanext.odlocale.territory.tables import Collectivity

_MEMBERS = model.member_table


@dataclass(frozen=True)
class Ground:
    """Why somebody may act for a collectivité.

    :ivar kind: a role, or a mandate
    :ivar schemas: slugs of the models it is limited to; nothing for all
    :ivar mandates: ids of the mandates
    """

    kind: Literal["role", "mandate"]
    schemas: frozenset[str] | None = None
    mandates: tuple[str, ...] = ()

    def covers(self, schema: str | None) -> bool:
        """Tell whether it is about a model; without one, whether it is about any."""
        return self.schemas is None or schema is None or schema in self.schemas


def ground_of(user_name: str | None, org_id: str) -> Ground | None:
    """Return on what ground a user may publish for an organisation, if any.

    :param user_name: the user's name or id
    """
    if not user_name or not org_id:
        return None
    if has_role(user_name, org_id):
        return Ground("role")
    user = model.User.get(user_name)
    if user is None or not user.is_active:
        return None
    rows = model.Session.execute(
        _current_of(user.id).where(Mandate.org_id == org_id).order_by(Mandate.id)
    ).all()
    if not rows:
        return None
    return Ground(
        "mandate",
        schemas_given(row.schemas for row in rows),
        tuple(row.id for row in rows),
    )


def has_role(user_name: str, org_id: str) -> bool:
    """Tell whether core lets a user create datasets of an organisation.

    The last question of core's ``package_create``, which its other ones say nothing
    more than: whoever creates some in this organisation does in one.
    """
    user = model.User.get(user_name)
    if user is None or user.is_deleted():
        return False
    found = authz.has_user_permission_for_group_or_org(
        org_id, user.name, "create_dataset"
    )
    return bool(found)


def may_manage(user_name: str | None, org_id: str) -> bool:
    """Tell whether a user says who works for an organisation: its responsables, the
    animateurs above it, the portal's administrators."""
    if not user_name:
        return False
    found = authz.has_user_permission_for_group_or_org(org_id, user_name, "membership")
    return bool(found)


def animates_above(user_name: str | None, org_id: str) -> bool:
    """Tell whether a user has an animateur's role above an organisation, or
    administers the portal; a role in it alone is not enough."""
    if not user_name:
        return False
    if authz.is_sysadmin(user_name):
        return True
    return any(may_manage(user_name, one) for one in organisations_above(org_id))


def is_direct_manager(user_id: str, org_id: str) -> bool:
    """Tell whether somebody is a responsable of an organisation by name."""
    query = sa.select(sa.exists().where(*_member(user_id, org_id, ("admin",))))
    return bool(model.Session.scalar(query))


def is_member(user_id: str, org_id: str) -> bool:
    """Tell whether somebody publishes for an organisation by name."""
    query = sa.select(sa.exists().where(*_member(user_id, org_id, PUBLISHING)))
    return bool(model.Session.scalar(query))


def account_asked(context: Context, data_dict: DataDict) -> model.User:
    """Return the account that an action names by ``id``; the caller's own without it.

    :raises ckan.plugins.toolkit.NotAuthorized: nobody calls; or the account does not
        exist, of which the same is said as of another's
    :raises ckan.plugins.toolkit.ObjectNotFound: so are administrators told
    """
    caller = context.get("user")
    if not caller and not context.get("ignore_auth"):
        raise tk.NotAuthorized(tk._("Log in first."))
    named = data_dict.get("id") or caller or None
    user = model.User.get(str(named)) if named else None
    if user is None and (context.get("ignore_auth") or authz.is_sysadmin(caller)):
        raise tk.ObjectNotFound(tk._("This account was not found."))
    if user is None:
        said = tk._("This is reserved to the administrators of the portal.")
        raise tk.NotAuthorized(said)
    return user


def knows(asker_id: str, other_id: str) -> bool:
    """Tell whether one account may read another's page: they work for a same
    organisation, or the first animates above one of the other's. Three queries."""
    if asker_id == other_id:
        return True
    seats = memberships_of(asker_id)
    others = [one.org_id for one in memberships_of(other_id)]
    if {one.org_id for one in seats} & set(others):
        return True
    roles = cascading_roles()
    heads = {one.org_id for one in seats if one.capacity in roles}
    return bool(heads and heads & set(organisations_above(*others)))


def mandated_orgs(user_id: str) -> dict[str, frozenset[str] | None]:
    """Return the organisations that a user may publish for by a mandate today.

    :returns: for each, slugs of the models; nothing for all
    """
    found: dict[str, list[list[str]]] = {}
    for row in model.Session.execute(_current_of(user_id)):
        found.setdefault(row.org_id, []).append(row.schemas)
    return {org_id: schemas_given(each) for org_id, each in found.items()}


def _current_of(user_id: str) -> sa.Select[tuple[str, str, list[str]]]:
    """Mandates in force today whose holder a user is, or publishes for by name."""
    today = datetime.date.today()
    own = sa.select(_MEMBERS.c.group_id).where(
        _MEMBERS.c.table_name == "user",
        _MEMBERS.c.table_id == user_id,
        _MEMBERS.c.state == "active",
        _MEMBERS.c.capacity.in_(PUBLISHING),
    )
    is_holder = ((Mandate.holder == "agent") & (Mandate.holder_id == user_id)) | (
        (Mandate.holder == "organization") & Mandate.holder_id.in_(own)
    )
    return sa.select(Mandate.id, Mandate.org_id, Mandate.schemas).where(
        Mandate.state == "accepted",
        Mandate.since <= today,
        Mandate.until >= today,
        is_holder,
    )


def _member(
    user_id: str, org_id: str, capacities: tuple[str, ...]
) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        _MEMBERS.c.table_name == "user",
        _MEMBERS.c.table_id == user_id,
        _MEMBERS.c.group_id == org_id,
        _MEMBERS.c.state == "active",
        _MEMBERS.c.capacity.in_(capacities),
    )


def animates(user_id: str) -> bool:
    """Tell whether somebody has a role that goes down to other collectivités."""
    query = (
        sa.select(_MEMBERS.c.id)
        .join(Collectivity, Collectivity.org_id == _MEMBERS.c.group_id, isouter=True)
        .where(
            _MEMBERS.c.table_name == "user",
            _MEMBERS.c.table_id == user_id,
            _MEMBERS.c.state == "active",
            _MEMBERS.c.capacity.in_(cascading_roles()),
            Collectivity.kind.is_(None) | (Collectivity.kind != "commune"),
        )
    )
    return bool(model.Session.scalar(sa.select(query.exists())))
