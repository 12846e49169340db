"""Closing an account and taking the person out of every table.

What he did stays the collectivités': deposits, mandates and journal keep the number of
an account that says nothing of anybody. Core's ``user_delete`` keeps name and address.
"""

from __future__ import annotations

import secrets
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.lib import uploader
from ckan.plugins import plugin_loaded
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from ckanext.odlocale import rooms
from ckanext.odlocale.base.language import translator
from ckanext.odlocale.people import inviting, leaving, members, personal, second_factor
from ckanext.odlocale.people.contacts import people_of
from ckanext.odlocale.people.invitations import OPEN
from ckanext.odlocale.people.oidc_tables import Identity
from ckanext.odlocale.people.tables import AccessRequest, Account, Invitation
from ckanext.odlocale.territory.tables import Collectivity

#: What a closed account is called where CKAN needs a name.
PREFIX = "compte-clos-"


def plan_of(user: Any) -> dict[str, Any]:
    """Return what erasing a person would do; nothing is written.

    :returns: ``places`` that he publishes for; ``alone_in``: communes where nobody is
        left; ``alone_above``: the same of what has communes below; counts of what
        goes; ``published_with_address``: titles of what stays as it is, since the
        collectivité publishes it
    """
    places = leaving.seats_of(user.id)
    alone = [one for one in places if len(people_of(one)) == 1]
    kept = personal.gather(user)
    return {
        "name": user.name,
        "places": [_name_of(one) for one in places],
        "alone_in": [_name_of(one) for one in alone if not _has_some_below(one)],
        "alone_above": [_name_of(one) for one in alone if _has_some_below(one)],
        "invitations": len(kept["invitations"]),
        "access_requests": len(kept["access_requests"]),
        "api_tokens": len(kept["api_tokens"]),
        "deposits": len(kept.get("deposits", ())),
        "journal": len(kept["journal"]),
        "published_with_address": [
            one["title"] or one["name"]
            for listed in kept["published_with_address"].values()
            for one in listed
        ],
    }


def erase(user: Any, by: str | None) -> list[str]:
    """Close an account and anonymise it, without committing.

    :param by: id of who decided it; nothing for the portal
    :returns: the organisations that he published for
    """
    places = leaving.seats_of(user.id)
    for org_id in places:
        members.hold_team(org_id)
        leaving.note_departure(user, org_id, by)
    if by != user.id:
        inviting.close_made_by(user)
    members.take_keys(user.id)
    second_factor.remove(user.id)
    _forget_notes(user)
    _forget_ties(user)
    _forget_address(user)
    rooms.call_hooks("erase_person", user.id)
    anonymous = PREFIX + secrets.token_hex(6)
    _forget_activity(user, anonymous)
    user.name = anonymous
    user.email = user.about = user.apikey = None
    # Read wherever CKAN or a page of ours names who did something.
    say = translator(str(tk.config["ckan.locale_default"])).gettext
    user.fullname = say("Somebody whose account is closed")
    user._password = user.reset_key = user.last_active = None
    user.image_url, user.plugin_extras = "", None
    user.activity_streams_email_notifications = user.sysadmin = False
    user.state = "deleted"
    model.Session.flush()
    return places


def remove_picture(image_url: str | None) -> None:
    """Remove the picture that a person uploaded; after the commit."""
    if not image_url:
        return
    upload = uploader.get_uploader("user", image_url)
    asked = {"image_url": image_url, "clear_upload": True}
    upload.update_data_dict(asked, "image_url", "image_upload", "clear_upload")
    upload.upload()


def _forget_notes(user: Any) -> None:
    query = sa.update(Account).where(Account.user_id == user.id)
    model.Session.execute(query.values(idle_warned_at=None, bounced_at=None))


def _forget_ties(user: Any) -> None:
    member, task = model.Member, model.task_status_table
    session = model.Session
    session.execute(
        sa.update(member)
        .where(member.table_name == "user", member.table_id == user.id)
        .values(state="deleted")
    )
    for follower in personal.FOLLOWERS:
        session.execute(
            sa.delete(follower).where(
                (follower.follower_id == user.id) | (follower.object_id == user.id)
            )
        )
    for table, column in (
        # With what a provider said of each login: whoever comes back is somebody new.
        (Identity, Identity.user_id),
        (model.Dashboard, model.Dashboard.user_id),
        (model.PackageMember, model.PackageMember.user_id),
    ):
        session.execute(sa.delete(table).where(column == user.id))
    session.execute(
        sa.delete(task).where(
            task.c.entity_type == "user", task.c.entity_id == user.id
        )
    )  # fmt: skip


def _forget_address(user: Any) -> None:
    """Take the person out of invitations and requests, which then open nothing."""
    model.Session.execute(
        sa.update(Invitation)
        .where(personal.is_about(Invitation, user))
        .values(
            email="", fullname="", error="", token_hash=None,
            state=sa.case(
                (Invitation.state.in_(OPEN), "cancelled"), else_=Invitation.state
            ),
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    model.Session.execute(
        sa.update(AccessRequest)
        .where(personal.is_about(AccessRequest, user))
        .values(
            email="", fullname="", origin="",
            state=sa.case(
                (AccessRequest.state == "open", "closed"), else_=AccessRequest.state
            ),
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip


def _forget_activity(user: Any, anonymous: str) -> None:
    """Replace the name that CKAN copies in what it says of each activity."""
    if not plugin_loaded("activity"):
        return
    data = sa.cast(personal.ACTIVITY.c.data, JSONB)
    called = sa.func.to_jsonb(sa.cast(anonymous, sa.Text))
    named = sa.func.jsonb_set(data, sa.cast(["actor"], ARRAY(sa.Text)), called)
    model.Session.execute(
        sa.update(personal.ACTIVITY)
        .where(personal.ACTIVITY.c.user_id == user.id, data.has_key("actor"))
        .values(data=sa.cast(named, sa.Text))
    )


def _name_of(org_id: str) -> str:
    place = Collectivity.by_org(org_id)
    return place.name if place else str(tk._("an organisation"))


def _has_some_below(org_id: str) -> bool:
    place = Collectivity.by_org(org_id)
    return place is not None and place.kind != "commune"
