"""Whom a user may publish for, and which organisation a form's field means."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from ckan import authz, model
from ckan.lib.dictization import model_dictize

from ckanext.odlocale.territory import model as store
from ckanext.odlocale.territory.choices import (
    Reach,
    choices_statement,
    code_in,
    label,
    named_exactly,
)
from ckanext.odlocale.territory.permission import cascading_roles
from ckanext.odlocale.territory.register import Register
from ckanext.odlocale.territory.tables import Collectivity

#: How many choices a field offers at once.
OFFERED = 10


def find_choices(
    user: model.User | None, text: str, limit: int = OFFERED
) -> list[dict[str, Any]]:
    """Return organisations that a user may publish for, in one query.

    :param user: nobody stands for the portal itself, which may do all.
    :param text: as somebody types it; the first ones where it is empty.
    :returns: for each ``id``, ``name`` (its address), ``title``, ``code``, ``kind``
        and ``label``.
    """
    if user is None or user.sysadmin:
        reach = Reach(None)
    else:
        roles = authz.get_roles_with_permission("create_dataset")
        reach = Reach(user.id, tuple(roles), tuple(cascading_roles()))
    statement = choices_statement(Register.load(), text, reach, limit=limit)
    return [_choice(row) for row in store.run(statement)]


def label_of(org_id: str) -> str | None:
    """Return how the field writes an organisation; nothing where it is unknown."""
    org = model.Group.get(org_id)
    if org is None or not org.is_organization:
        return None
    own = Collectivity.by_org(org.id)
    return label(own.name, own.code) if own else label(org.title or org.name, org.name)


def organisation_meant(typed: str) -> str | None:
    """Return the organisation that an id, an address, a code or a label names.

    It says nothing of rights: core's own validator follows.
    """
    code = code_in(typed)
    for reference in (typed.strip(), code):
        org = model.Group.get(reference) if reference else None
        if org is not None and org.is_organization:
            return str(org.id)
    own = Collectivity.by_code(code.upper())
    return own.org_id if own else None


def choices_meant(user: model.User | None, typed: str) -> list[dict[str, Any]]:
    """Return the choices that a typed name may mean: one where it is exact."""
    found = find_choices(user, typed)
    exact = named_exactly(found, typed)
    return [dict(one) for one in exact] if len(exact) == 1 else found


def _choice(row: Mapping[str, Any]) -> dict[str, Any]:
    code = row["insee"] or row["siren"] or row["org_name"]
    return {
        "id": row["id"],
        "name": row["org_name"],
        "title": row["name"],
        "code": code,
        "kind": row["kind"],
        "label": label(row["name"], code),
    }


def memberships_shown(
    context: Any,
    user_id: str,
    roles: Collection[str],
    *,
    with_datasets: bool,
    with_members: bool,
) -> list[dict[str, Any]]:
    """Return a user's own organisations as core's pages and forms expect them.

    :param roles: those that count.
    """
    rows = model.Session.execute(
        sa.select(model.Group, model.Member.capacity)
        .join(model.Member, model.Member.group_id == model.Group.id)
        .where(
            model.Member.table_name == "user",
            model.Member.table_id == user_id,
            model.Member.state == "active",
            model.Member.capacity.in_(list(roles)),
            model.Group.is_organization.is_(True),
            model.Group.state == "active",
        )
    )
    # Somebody may hold two roles in one organisation: the first row of each counts.
    held = {org.id: (org, capacity) for org, capacity in rows}
    shown: list[dict[str, Any]] = model_dictize.group_list_dictize(
        list(held.values()),
        {**context, "with_capacity": True},
        with_package_counts=False,
        with_member_counts=False,
    )
    ids = list(held)
    if with_datasets:
        _count(shown, "package_count", _datasets_of(ids))
    if with_members:
        _count(shown, "member_count", _members_of(ids))
    return shown


def public_datasets(org_id: str) -> int:
    """Return how many public datasets an organisation has."""
    return int(
        model.Session.scalar(
            sa.select(sa.func.count(model.Package.id)).where(
                model.Package.owner_org == org_id,
                model.Package.state == "active",
                sa.not_(model.Package.private),
                model.Package.type == "dataset",
            )
        )
        or 0
    )


def _count(
    shown: Iterable[dict[str, Any]],
    name: str,
    statement: sa.Select[tuple[str, int]],
) -> None:
    counted = dict(model.Session.execute(statement).tuples().all())
    for one in shown:
        one[name] = counted.get(one["id"], 0)


def _datasets_of(org_ids: list[str]) -> sa.Select[tuple[str, int]]:
    owner = model.Package.owner_org
    return (
        sa.select(owner, sa.func.count())
        .where(owner.in_(org_ids), model.Package.state == "active")
        .group_by(owner)
    )


def _members_of(org_ids: list[str]) -> sa.Select[tuple[str, int]]:
    group_id = model.Member.group_id
    return (
        sa.select(group_id, sa.func.count())
        .join(model.User, model.User.id == model.Member.table_id)
        .where(
            group_id.in_(org_ids),
            model.Member.table_name == "user",
            model.Member.state == "active",
        )
        .group_by(group_id)
    )
