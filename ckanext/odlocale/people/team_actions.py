"""Actions on who works for a collectivité: inviting, changing a role, removing."""

from __future__ import annotations

import datetime
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context, DataDict, Schema

from ckanext.odlocale.people import (
    inviting,
    leaving,
    letters,
    members,
    sending,
    throttle,
)
from ckanext.odlocale.people.contacts import people_of, tell
from ckanext.odlocale.people.invitations import (
    OPEN,
    is_address,
    is_person_name,
    standing,
)
from ckanext.odlocale.people.mandate_rules import text
from ckanext.odlocale.people.rights import animates_above, may_manage
from ckanext.odlocale.people.roles import ROLES, capacity_of, role_of
from ckanext.odlocale.people.tables import Invitation, new_id
from ckanext.odlocale.territory.tables import Collectivity

__all__ = [
    "odlocale_invitation_cancel",
    "odlocale_invitation_resend",
    "odlocale_person_change",
    "odlocale_person_invite",
    "odlocale_person_leave",
    "odlocale_person_list",
    "odlocale_person_remove",
]

MAX_NAME = 200
#: How many times an invitation leaves again in a day.
MOST_AGAIN = 3
#: How many times somebody's role changes in a day: each time is a letter.
MOST_ROLES = 10


@tk.side_effect_free
def odlocale_person_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return who works for a collectivité, and who was invited to.

    :param org_id: its organisation
    :returns: ``people``: ``id``, ``title``, ``email``, ``role``, ``last_active``;
        ``bounced`` (whether letters to him come back); ``invitations``, for who may
        invite: ``id``, ``email``, ``role``, ``standing``, ``sent_at``, ``expires_at``,
        ``error``; ``official``, for who animates above: ``email``, ``bounced``
    """
    org_id = str(tk.get_or_bust(data_dict, "org_id"))
    tk.check_access("odlocale_person_list", context, data_dict)
    place = members.place_of(org_id)
    found = people_of(org_id)
    bounced = members.bounced_among([one.id for one, _ in found])
    people = [
        {**members.describe(one, capacity, place.kind), "bounced": one.id in bounced}
        for one, capacity in found
    ]
    listed: list[dict[str, Any]] = []
    if may_manage(context["user"], org_id):
        query = (
            sa.select(Invitation)
            .where(
                Invitation.org_id == org_id,
                Invitation.state.in_((*OPEN, "refused", "declined")),
            )
            .order_by(Invitation.created_at.desc())
        )
        listed = [_describe(one, place) for one in model.Session.scalars(query)]
    official = None
    if animates_above(context["user"], org_id):
        official = members.describe_official(place)
    return {"people": people, "invitations": listed, "official": official}


def odlocale_person_invite(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Invite somebody to work for a collectivité, by a letter with a link.

    :param org_id: its organisation
    :param email: the person's address
    :param fullname: the person's name (optional)
    :param role: ``agent``, ``manager`` (a commune's), ``animator`` (any other's)
    :returns: the invitation, as :func:`odlocale_person_list` has it
    :raises ValidationError: the person works there, or was invited and may answer
    """
    data = _validate(data_dict, _invite_schema())
    tk.check_access("odlocale_person_invite", context, data)
    place = members.place_of(data["org_id"])
    capacity = _capacity(data["role"], place)
    email = data["email"].lower()
    if not is_address(email):
        _refuse("email", tk._("Write an e-mail address, such as mairie@commune.fr."))
    fullname = data.get("fullname") or ""
    if fullname and not is_person_name(fullname):
        said = tk._("Write a first name and a name, without address nor sentence.")
        _refuse("fullname", said)
    known = members.user_of_address(email)
    if known and any(one.id == known.id for one, _ in people_of(data["org_id"])):
        _refuse("email", tk._("This person works here already."))
    members.hold_team(data["org_id"])
    members.require_manager(context["user"], data["org_id"])
    if inviting.is_crowd(email):
        _refuse("email", tk._("This address received enough invitations today."))
    _refuse_twice(data["org_id"], email)
    invitation = Invitation(
        id=new_id(),
        org_id=data["org_id"],
        email=email,
        fullname=fullname,
        capacity=capacity,
        state="waiting",
        created_by=_user_id(context),
    )
    model.Session.add(invitation)
    _note(context, "invited", invitation)
    model.Session.commit()
    sending.send_one(invitation.id)
    return _describe(_load(invitation.id), place)


def odlocale_invitation_resend(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Send an invitation again, with another link: the former no longer opens.

    :param id: the invitation
    :returns: as :func:`odlocale_person_invite`
    :raises ValidationError: it was answered or cancelled
    """
    data = _validate(data_dict, {"id": _required()})
    tk.check_access("odlocale_invitation_resend", context, data)
    invitation = _hold(context, data["id"])
    if invitation.state not in (*OPEN, "refused"):
        _refuse("message", tk._("This invitation has its answer already."))
    if throttle.is_one_too_many(f"again:{invitation.id}", MOST_AGAIN, 86_400):
        _refuse("message", tk._("This invitation left often enough today."))
    if invitation.state == "refused":
        _refuse_twice(invitation.org_id, invitation.email)
    invitation.state, invitation.token_hash, invitation.error = "waiting", None, ""
    _note(context, "invited again", invitation)
    model.Session.commit()
    sending.send_one(invitation.id)
    return _describe(_load(data["id"]), members.place_of(invitation.org_id))


def odlocale_invitation_cancel(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Cancel an invitation: its link no longer opens.

    :param id: the invitation
    :returns: as :func:`odlocale_person_invite`
    :raises ValidationError: it was answered
    """
    data = _validate(data_dict, {"id": _required()})
    tk.check_access("odlocale_invitation_cancel", context, data)
    invitation = _hold(context, data["id"])
    if invitation.state not in (*OPEN, "refused", "declined"):
        _refuse("message", tk._("This invitation has its answer already."))
    invitation.state, invitation.token_hash = "cancelled", None
    _note(context, "invitation cancelled", invitation)
    model.Session.commit()
    return _describe(invitation, members.place_of(invitation.org_id))


def odlocale_person_change(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Give another role to somebody who works for a collectivité.

    :param org_id: its organisation
    :param user: the account's id or name
    :param role: as :func:`odlocale_person_invite`
    :returns: the person, as :func:`odlocale_person_list` has it
    """
    schema = {"org_id": _required(), "user": _required(), "role": _role()}
    data = _validate(data_dict, schema)
    tk.check_access("odlocale_person_change", context, data)
    place = members.place_of(data["org_id"])
    capacity = _capacity(data["role"], place)
    members.hold_team(data["org_id"])
    members.require_manager(context["user"], data["org_id"])
    user = _member(data["org_id"], data["user"])
    if dict(_capacities(data["org_id"])).get(user.id) == capacity:
        # Neither a line nor a letter tells of what did not change.
        model.Session.rollback()
        return members.describe(user, capacity, place.kind)
    if throttle.is_one_too_many(f"role:{user.id}", MOST_ROLES, 86_400):
        _refuse("role", tk._("This role was changed often enough today."))
    if capacity != "admin":
        inviting.close_of(user, data["org_id"], made_too=True)
    members.set_capacity(data["org_id"], user.id, capacity)
    members.note(
        "role changed",
        by=_user_id(context),
        org_id=data["org_id"],
        who=user.id,
        detail={"role": data["role"]},
    )
    model.Session.commit()
    by = _user_id(context)
    tell(letters.role_changed(user, data["org_id"], data["role"], by), [user])
    return members.describe(user, capacity, place.kind)


def odlocale_person_remove(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Take somebody out of a collectivité's team, at once.

    Drafts, files and mandates stay with the collectivité. The ATD is told where nobody
    is left.

    :param org_id: its organisation
    :param user: the account's id or name
    :returns: ``left``: how many people still work there
    """
    data = _validate(data_dict, {"org_id": _required(), "user": _required()})
    tk.check_access("odlocale_person_remove", context, data)
    members.hold_team(data["org_id"])
    members.require_manager(context["user"], data["org_id"])
    return _take_out(context, data["org_id"], _member(data["org_id"], data["user"]))


def odlocale_person_leave(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Leave a collectivité's team.

    :param org_id: its organisation
    :returns: as :func:`odlocale_person_remove`
    """
    data = _validate(data_dict, {"org_id": _required()})
    tk.check_access("odlocale_person_leave", context, data)
    members.hold_team(data["org_id"])
    return _take_out(context, data["org_id"], _member(data["org_id"], context["user"]))


def _take_out(context: Context, org_id: str, user: Any) -> dict[str, Any]:
    members.drop_capacity(org_id, user.id)
    leaving.note_departure(user, org_id, _user_id(context))
    model.Session.commit()
    leaving.tell_departure(user, org_id, _user_id(context))
    return {"left": len(people_of(org_id))}


def _describe(invitation: Invitation, place: Collectivity) -> dict[str, Any]:
    now = datetime.datetime.now(datetime.timezone.utc)
    sent, ends = invitation.sent_at, invitation.expires_at
    return {
        "id": invitation.id,
        "org_id": invitation.org_id,
        "email": invitation.email,
        "fullname": invitation.fullname,
        "role": role_of(invitation.capacity, place.kind),
        "standing": standing(invitation.state, ends, now),  # type: ignore[arg-type]
        "sent_at": sent.isoformat() if sent else None,
        "expires_at": ends.isoformat() if ends else None,
        "error": invitation.error,
    }


def _refuse_twice(org_id: str, email: str) -> None:
    query = sa.select(Invitation).where(
        Invitation.org_id == org_id,
        Invitation.email == email,
        Invitation.state.in_(OPEN),
    )
    for one in model.Session.scalars(query):
        now = datetime.datetime.now(datetime.timezone.utc)
        if one.expires_at is None or one.expires_at > now:
            said = tk._("This person is invited already. Send the invitation again.")
            _refuse("email", said)
        one.state, one.token_hash = "cancelled", None
    model.Session.flush()


def _capacity(role: str, place: Collectivity) -> str:
    if role != "agent" and (role == "manager") != (place.kind == "commune"):
        said = tk._("This role does not exist here.")
        if role == "manager":
            said += " " + tk._("Whoever says who publishes is an animator.")
        _refuse("role", said)
    return capacity_of(role)  # type: ignore[arg-type]


def _capacities(org_id: str) -> list[tuple[str, str]]:
    return [(one.id, capacity) for one, capacity in people_of(org_id)]


def _member(org_id: str, named: str) -> Any:
    user = model.User.get(named)
    if user is None or all(one.id != user.id for one, _ in people_of(org_id)):
        model.Session.rollback()
        raise tk.ObjectNotFound(tk._("This person does not work here."))
    return user


def _load(invitation_id: str, *, for_update: bool = False) -> Invitation:
    query = sa.select(Invitation).where(Invitation.id == invitation_id)
    if for_update:
        query = query.with_for_update()
    query = query.execution_options(populate_existing=True)
    found: Invitation | None = model.Session.scalars(query).one_or_none()
    if found is None:
        raise tk.ObjectNotFound(tk._("This invitation was not found."))
    return found


def _hold(context: Context, invitation_id: str) -> Invitation:
    """Hold an invitation and its team, of which the caller still disposes."""
    org_id = _load(invitation_id).org_id
    members.hold_team(org_id)
    members.require_manager(context["user"], org_id)
    return _load(invitation_id, for_update=True)


def _note(context: Context, verb: str, invitation: Invitation) -> None:
    members.note(
        verb,
        by=_user_id(context),
        org_id=invitation.org_id,
        who=invitation.id,
        detail={"capacity": invitation.capacity},
    )


def _invite_schema() -> Schema:
    return {
        "org_id": _required(),
        "email": _required(),
        "fullname": [tk.get_validator("ignore_empty"), text(MAX_NAME)],
        "role": _role(),
    }


def _required() -> list[Any]:
    return [tk.get_validator("not_empty"), text(MAX_NAME)]


def _role() -> list[Any]:
    return [tk.get_validator("not_empty"), tk.get_validator("one_of")(list(ROLES))]


def _validate(data_dict: DataDict, schema: dict[str, Any]) -> dict[str, Any]:
    data, errors = tk.navl_validate(data_dict, schema)
    if errors:
        raise tk.ValidationError(errors)
    return dict(data)


def _refuse(field: str, sentence: str) -> None:
    model.Session.rollback()
    raise tk.ValidationError({field: [sentence]})


def _user_id(context: Context) -> str | None:
    user = model.User.get(context["user"])
    return user.id if user else None
