"""What the other rooms ask of this one, and what follows a change of an organisation.

Hooks are called before CKAN commits, in its session. Nothing here commits.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.types import DataDict

from ckanext.odlocale.people import administrators, arriving, members
from ckanext.odlocale.people.oidc_tables import Attachment
from ckanext.odlocale.people.refused import Owned
from ckanext.odlocale.people.tables import Invitation, Mandate, Token
from ckanext.odlocale.territory.tables import Collectivity

#: Imported for its listeners: whoever becomes an administrator is in the journal.
LISTENERS = (administrators.note_administrator, administrators.note_account)


def after_organization_update(group: model.Group) -> None:
    """Take their keys from those who were taken out and serve nobody else.

    Core's form of an organisation replaces its whole list of members where it is given
    one, without the action that removes each.
    """
    model.Session.flush()
    query = (
        sa.select(model.User)
        .join(model.Member, model.Member.table_id == model.User.id)
        .join(model.ApiToken, model.ApiToken.user_id == model.User.id)
        .where(
            model.Member.group_id == group.id,
            model.Member.table_name == "user",
            model.Member.state == "deleted",
        )
        .distinct()
    )
    for user in model.Session.scalars(query).all():
        members.close_if_idle(user)


def before_role_given(context: dict[str, Any], data_dict: DataDict) -> None:
    """Write in the journal who is given a role by core's action."""
    arriving.note_role(context, data_dict)


def after_role_given(context: dict[str, Any], data_dict: DataDict) -> None:
    """Tell those concerned, once core has committed."""
    arriving.tell_role(context, data_dict)


def find_owner(object_id: str, found: list[Owned]) -> None:
    """Add whose mandate, software's token, invitation or request an id is."""
    for kind, table in (
        ("mandate", Mandate), ("token", Token), ("invitation", Invitation),
    ):  # fmt: skip
        row = model.Session.get(table, object_id)
        if row is not None:
            found.append(Owned(kind, object_id, row.org_id))
    asked = model.Session.get(Attachment, object_id)
    place = model.Session.get(Collectivity, asked.place) if asked else None
    if place is not None and place.org_id:
        found.append(Owned("attachment", object_id, place.org_id))


def stored_files() -> list[Any]:
    """Columns that hold the SHA-256 of stored files: deeds of mandates."""
    return [Mandate.document["sha256"].astext]
