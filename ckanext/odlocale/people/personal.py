"""What the portal holds on a person, read from every table that may name one."""

from __future__ import annotations

import datetime
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.plugins import plugin_loaded

from ckanext.odlocale import rooms
from ckanext.odlocale.base.journal import JournalLine
from ckanext.odlocale.people import second_factor
from ckanext.odlocale.people.oidc_tables import Attachment, Identity
from ckanext.odlocale.people.tables import (
    AccessRequest,
    Account,
    Invitation,
    Mandate,
    Token,
)

ACTIVITY = sa.table(
    "activity",
    sa.column("id"),
    sa.column("timestamp"),
    sa.column("user_id"),
    sa.column("object_id"),
    sa.column("activity_type"),
    sa.column("data"),
)
#: What of CKAN's row goes out: neither the password's hash, nor a key that opens.
_FIELDS = (
    "id", "name", "fullname", "email", "about", "image_url", "created", "last_active",
    "state", "sysadmin", "activity_streams_email_notifications", "plugin_extras",
)  # fmt: skip
_TITLES = ("id", "name", "title")
#: Tables of who follows what, by the column of what is followed.
FOLLOWERS = (
    model.UserFollowingUser,
    model.UserFollowingDataset,
    model.UserFollowingGroup,
)


def gather(user: Any) -> dict[str, Any]:
    """Return everything the portal holds on a person, ready for JSON.

    Other rooms add what they hold, by the hook ``export_person``.
    """
    found: dict[str, Any] = {
        "account": {name: _plain(getattr(user, name)) for name in _FIELDS},
        "second_factor": second_factor.is_set(user.id),
        "account_notes": _notes_of(user),
        "memberships": _memberships(user),
        "invitations": _rows(
            Invitation,
            ("id", "org_id", "email", "fullname", "capacity", "state", "created_at",
             "sent_at", "expires_at", "answered_at"),
            is_about(Invitation, user),
        ),
        "access_requests": _rows(
            AccessRequest,
            ("id", "org_id", "email", "fullname", "state", "created_at"),
            is_about(AccessRequest, user),
        ),
        "identities": _rows(
            Identity,
            ("issuer", "sub", "email", "siret", "acr", "created_at", "seen_at"),
            Identity.user_id == user.id,
        ),
        "attachments": _rows(
            Attachment,
            ("siren", "siret", "label", "place", "state", "asked_at", "proved_at",
             "settled_at"),
            Attachment.identity_id.in_(
                sa.select(Identity.id).where(Identity.user_id == user.id)
            ),
        ),
        # Whom he invited is somebody else's to know.
        "invitations_made": _rows(
            Invitation,
            ("id", "org_id", "capacity", "state", "created_at"),
            Invitation.created_by == user.id,
        ),
        "software_accesses_made": _rows(
            Token,
            ("id", "org_id", "name", "prefix", "schemas", "verbs", "until",
             "created_at"),
            Token.created_by == user.id,
        ),
        "mandates": _rows(
            Mandate,
            ("id", "org_id", "schemas", "since", "until", "state", "message",
             "asked_at"),
            (Mandate.holder == "agent") & (Mandate.holder_id == user.id),
        ),
        "journal": _rows(
            JournalLine,
            ("at", "verb", "org_id", "object_type", "object_id", "detail"),
            (JournalLine.user_id == user.id) | (JournalLine.object_id == user.id),
        ),
        "api_tokens": _rows(
            model.ApiToken,
            ("name", "created_at", "last_access"),
            model.ApiToken.user_id == user.id,
        ),
        "follows": [
            one.object_id
            for table in FOLLOWERS
            for one in model.Session.query(table).filter_by(follower_id=user.id)
        ],
        "activities": _activities(user),
        "datasets_created": _rows(
            model.Package,
            ("id", "name", "title", "metadata_created"),
            model.Package.creator_user_id == user.id,
        ),
        "published_with_address": pages_naming(user),
    }  # fmt: skip
    rooms.call_hooks("export_person", user.id, found)
    return found


def is_about(table: Any, user: Any) -> sa.ColumnElement[bool]:
    """Tell which invitations or requests are a person's: by account, or by address."""
    own: sa.ColumnElement[bool] = table.user_id == user.id
    if not user.email:
        return own
    own |= sa.func.lower(table.email) == user.email.lower()
    return own


def pages_naming(user: Any) -> dict[str, list[dict[str, Any]]]:
    """Return what is published with a person's address: ``datasets`` whose contact it
    is, ``collectivities`` whose page has it."""
    if not user.email:
        return {"datasets": [], "collectivities": []}
    package, group = model.Package, model.Group
    # Contacts are subfields of the schemas, which CKAN keeps among extras.
    fields = [package.extras, package.author_email, package.maintainer_email]
    return {
        "datasets": _rows(package, _TITLES, _named(user.email, fields)),
        "collectivities": _rows(group, _TITLES, _named(user.email, [group.extras])),
    }


def _named(address: str, fields: list[Any]) -> sa.ColumnElement[bool]:
    lowered = [sa.func.lower(sa.cast(one, sa.Text)) for one in fields]
    return sa.or_(*(one.contains(address.lower(), autoescape=True) for one in lowered))


def _memberships(user: Any) -> list[dict[str, Any]]:
    query = (
        sa.select(model.Group.id, model.Group.title, model.Member.capacity,
                  model.Member.state)
        .join(model.Member, model.Member.group_id == model.Group.id)
        .where(model.Member.table_name == "user", model.Member.table_id == user.id)
        .order_by(model.Group.title)
    )  # fmt: skip
    return [dict(row._mapping) for row in model.Session.execute(query)]


def _notes_of(user: Any) -> dict[str, Any]:
    row = model.Session.get(Account, user.id)
    if row is None:
        return {}
    return {name: _plain(getattr(row, name)) for name in ("idle_warned_at",
            "bounced_at")}  # fmt: skip


def _activities(user: Any) -> list[dict[str, Any]]:
    if not plugin_loaded("activity"):
        return []
    columns = [ACTIVITY.c[one] for one in ("timestamp", "activity_type", "object_id")]
    query = (
        sa.select(*columns)
        .where(ACTIVITY.c.user_id == user.id)
        .order_by(ACTIVITY.c.timestamp)
    )
    return [
        {name: _plain(value) for name, value in row._mapping.items()}
        for row in model.Session.execute(query)
    ]


def _rows(
    table: Any, names: tuple[str, ...], where: sa.ColumnElement[bool]
) -> list[dict[str, Any]]:
    query = sa.select(*(getattr(table, name) for name in names)).where(where)
    return [
        {name: _plain(value) for name, value in zip(names, row, strict=True)}
        for row in model.Session.execute(query.order_by(getattr(table, names[0])))
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    return dict(value) if isinstance(value, dict) else value
