"""The labels of a dataset and of a user, read from CKAN's ``member`` rows.

Core's own checks of writing rights read the same rows, so that whoever finds a
private dataset here is whoever may open it there. See ``labels`` for the rule.
"""

from __future__ import annotations

import sqlalchemy as sa
from ckan import authz, model
from ckan.lib.plugins import DefaultPermissionLabels

from ckanext.odlocale.territory.labels import Membership, private_labels, user_labels

_GROUPS = model.group_table
_MEMBERS = model.member_table
_LINK = (_MEMBERS.c.table_name == "group", _MEMBERS.c.state == "active")
# Written once: every search of whoever is logged in asks it, and to build it takes
# longer than its answer.
_MEMBERSHIPS = (
    sa.select(_MEMBERS.c.group_id, _MEMBERS.c.capacity)
    .join(_GROUPS, _GROUPS.c.id == _MEMBERS.c.group_id)
    .where(
        _MEMBERS.c.table_name == "user",
        _MEMBERS.c.table_id == sa.bindparam("user_id"),
        _MEMBERS.c.state == "active",
        _GROUPS.c.is_organization.is_(True),
        _GROUPS.c.state == "active",
    )
)

_default = DefaultPermissionLabels()


def dataset_labels(dataset: model.Package) -> list[str]:
    """Return who may read a dataset: one query, and none when it is public."""
    labels = list(_default.get_dataset_labels(dataset))
    own = f"member-{dataset.owner_org}"
    if own not in labels:
        return labels
    labels.remove(own)
    owner = str(dataset.owner_org)
    return labels + private_labels(owner, organisations_above(owner))


def user_dataset_labels(user: model.User | None) -> list[str]:
    """Return what a user may read: one query, whatever is below his organisations."""
    if not user or user.is_anonymous:
        return ["public"]
    return [
        *user_labels(
            user.id,
            memberships_of(user.id),
            reading=authz.get_roles_with_permission("read"),
            cascading=cascading_roles(),
        ),
        *_collaborations(user),
    ]


def cascading_roles() -> list[str]:
    """Return the roles that hold in the organisations below too."""
    roles = authz.check_config_permission("roles_that_cascade_to_sub_groups")
    return list(roles) if isinstance(roles, list) else []


def memberships_of(user_id: str) -> list[Membership]:
    """Return where a user was put by name, in one query."""
    # CKAN's sessions do not flush by themselves: nothing is lost by asking past them.
    connection = model.Session.connection()
    rows = sorted(connection.execute(_MEMBERSHIPS, {"user_id": user_id}))
    return [Membership(group_id, capacity) for group_id, capacity in rows]


def organisations_above(*org_ids: str) -> list[str]:
    """Return every organisation above some, in one query; several parents are fine.

    Like core's cascade, it passes through a deleted organisation without giving
    its members anything.
    """
    above = (
        sa.select(_MEMBERS.c.table_id.label("id"))
        .where(_MEMBERS.c.group_id.in_(org_ids), *_LINK)
        .cte("above", recursive=True)
    )
    # UNION, not UNION ALL: it ends where somebody made a loop.
    above = above.union(
        sa.select(_MEMBERS.c.table_id).where(_MEMBERS.c.group_id == above.c.id, *_LINK)
    )
    return list(
        model.Session.scalars(
            sa.select(_GROUPS.c.id)
            .join(above, above.c.id == _GROUPS.c.id)
            .where(_GROUPS.c.is_organization.is_(True), _GROUPS.c.state == "active")
        )
    )


def _collaborations(user: model.User) -> list[str]:
    if not authz.check_config_permission("allow_dataset_collaborators"):
        return []
    rows = model.Session.scalars(
        sa.select(model.PackageMember.package_id).where(
            model.PackageMember.user_id == user.id
        )
    )
    return [f"collaborator-{package_id}" for package_id in rows]
