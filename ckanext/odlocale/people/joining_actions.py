"""Actions of who comes in: by an invitation's link, by a code sent to the town hall."""

from __future__ import annotations

import datetime
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context, DataDict

from ckanext.odlocale.base.mail import LetterNotSent, send
from ckanext.odlocale.people import codes, letters, members, refusals, sending
from ckanext.odlocale.people.contacts import (
    atd_of,
    managers_of,
    people_of,
    tell,
)
from ckanext.odlocale.people.invitations import (
    OPEN,
    hash_of,
    is_address,
    is_person_name,
    standing,
)
from ckanext.odlocale.people.origins import origin_mark
from ckanext.odlocale.people.roles import role_of
from ckanext.odlocale.people.tables import (
    AccessRequest,
    Invitation,
    OfficialAddress,
    new_id,
)
from ckanext.odlocale.territory.heirs import answering_for
from ckanext.odlocale.territory.tables import Collectivity

__all__ = [
    "odlocale_access_ask",
    "odlocale_access_confirm",
    "odlocale_invitation_accept",
    "odlocale_invitation_decline",
    "odlocale_invitation_show",
]

#: Codes that one address of the internet may ask for in a day: an ATD's office has one.
MAX_FROM_ONE = 20
#: And those whose address is not known, all together.
MAX_FROM_UNKNOWN = 100


@tk.side_effect_free
def odlocale_invitation_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return what an invitation's link is about.

    :param token: the link's secret
    :returns: ``collectivity``, ``code``, ``inviter`` (in words), ``email``,
        ``fullname``, ``role``, ``standing``; ``account``: whether the address has an
        account already
    :raises NotFound: no such link, or it served, or another replaced it
    """
    tk.check_access("odlocale_invitation_show", context, data_dict)
    found = _find(context, data_dict)
    place = Collectivity.by_org(found.org_id)
    return {
        "collectivity": place.name if place else "",
        "code": place.code if place else "",
        "inviter": letters.inviter_of(found),
        "email": found.email,
        "fullname": found.fullname,
        "role": role_of(found.capacity, place.kind if place else ""),
        "standing": _standing(found),
        "account": members.user_of_address(found.email) is not None,
    }


def odlocale_invitation_accept(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Come in by an invitation's link, which then no longer opens.

    Who is logged in adds the collectivité to his own account; who is not makes one, at
    the address that was invited. The responsables and the invited address are told.

    :param token: the link's secret
    :param fullname: of who makes an account
    :param password: of who makes an account
    :returns: ``user``: the account's name; ``code`` of the collectivité
    :raises ValidationError: the link is too old, the address has an account that one
        must log in to, a field is missing
    """
    tk.check_access("odlocale_invitation_accept", context, data_dict)
    found = _find(context, data_dict, for_update=True)
    place = members.place_of(found.org_id)
    if _standing(found) == "expired":
        _refuse("message", tk._("This link is too old. Ask for another invitation."))
    user = model.User.get(context["user"]) if context.get("user") else None
    if user is not None and (user.email or "").lower() != found.email:
        refusals.write(
            "link forwarded", object_type="invitation", object_id=found.id,
            org_id=found.org_id, user_id=user.id,
        )  # fmt: skip
        said = tk._(
            "This invitation is for {address}. Ask for one at your own address."
        )
        _refuse("message", said.format(address=codes.mask(found.email)))
    if user is None:
        user = _make_account(found, data_dict)
    members.hold_team(found.org_id)
    had = {one.id: role for one, role in people_of(found.org_id)}.get(user.id)
    if had != "admin":
        members.set_capacity(found.org_id, user.id, found.capacity)
    found.state, found.token_hash = "accepted", None
    found.answered_at, found.user_id = _now(), user.id
    members.note(
        "joined", by=user.id, org_id=found.org_id, who=user.id,
        detail={"way": "invitation", "capacity": found.capacity},
    )  # fmt: skip
    model.Session.commit()
    letter = letters.joined(
        user.display_name, user.email or "", found.org_id, "invitation"
    )
    # The invited address too: whoever holds its mailbox knows who opened the link. Not
    # each animator: a thousand town halls that are invited would write to them all.
    tell(letter, [*managers_of(found.org_id), user, *atd_of(None)])
    return {"user": user.name, "code": place.code}


def odlocale_invitation_decline(
    context: Context, data_dict: DataDict
) -> dict[str, Any]:
    """Say that an invitation is for somebody else, and for whom.

    :param token: the link's secret
    :param colleague: another address (optional), which whoever invited is told
    """
    tk.check_access("odlocale_invitation_decline", context, data_dict)
    found = _find(context, data_dict, for_update=True)
    colleague = str(data_dict.get("colleague") or "").strip().lower()
    if colleague and not is_address(colleague):
        said = tk._("Write an e-mail address, such as mairie@commune.fr.")
        _refuse("colleague", said)
    found.state, found.token_hash, found.answered_at = "declined", None, _now()
    members.note("declined", by=None, org_id=found.org_id, who=found.id, detail={})
    model.Session.commit()
    inviter = model.User.get(found.created_by) if found.created_by else None
    told = [inviter] if inviter else managers_of(found.org_id)
    tell(letters.declined(found, colleague), told or atd_of(found.org_id))
    return {"declined": True}


def odlocale_access_ask(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Ask for a code, which is sent to the town hall's official address.

    :param code: INSEE code or SIREN of the collectivité
    :param fullname: who asks
    :param email: of who asks, unless he is logged in
    :returns: ``id`` of the request; ``sent_to``: the address, masked
    :raises ValidationError: no address is known, too many were asked, no letter leaves
    """
    tk.check_access("odlocale_access_ask", context, data_dict)
    place = _place_asked(data_dict)
    user = model.User.get(context["user"]) if context.get("user") else None
    who, email = _who_asks(user, data_dict)
    official = model.Session.get(OfficialAddress, place.siren)
    if official is None:
        said = tk._("The official address of this town hall is not known here.")
        _refuse("message", said + " " + _write_to_atd())
    if official.bounced_at is not None:
        said = tk._("Letters to the official address of this town hall come back.")
        _refuse("message", said + " " + _write_to_atd())
    members.hold_team(str(place.org_id))
    origin = origin_mark()
    # Without an origin, all those who have none are one: a proxy hides them.
    most = MAX_FROM_ONE if origin else MAX_FROM_UNKNOWN
    here, theirs = AccessRequest.org_id == place.org_id, AccessRequest.origin == origin
    if (
        (origin and _asked_today(here & theirs) >= codes.MAX_FROM_ONE)
        or _asked_today(here) >= codes.MAX_A_DAY
        or _asked_today(theirs) >= most
    ):
        said = tk._("Enough codes were sent today. Try again tomorrow.")
        _refuse("message", said + " " + _write_to_atd())
    request_id, code = new_id(), codes.new_code()
    asked = AccessRequest(
        id=request_id, org_id=place.org_id, email=email, fullname=who,
        user_id=user.id if user else None, state="open", tries=0, origin=origin,
        sealed=codes.seal(code, request_id, _key()),
        expires_at=_now() + codes.LIFETIME,
    )  # fmt: skip
    model.Session.add(asked)
    members.note(
        "code asked", by=asked.user_id, org_id=asked.org_id, who=asked.id, detail={}
    )
    model.Session.commit()
    letter = letters.access_code(place, who, email, codes.spaced(code))
    try:
        send(letter, name=place.name, address=official.email)
    except LetterNotSent:
        said = tk._("The letter could not leave. Try again in a few minutes.")
        _refuse("message", said)
    return {"id": request_id, "sent_to": codes.mask(official.email)}


def odlocale_access_confirm(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Type the code that the town hall received.

    Who is logged in comes in at once. Who is not receives a link at the address that he
    gave, which proves that it is his.

    :param id: the request
    :param typed: the code
    :returns: ``way``: ``joined`` or ``letter``; ``code`` of the collectivité
    :raises ValidationError: a wrong code (``left``: tries that are left), or too late
    """
    tk.check_access("odlocale_access_confirm", context, data_dict)
    request_id = str(tk.get_or_bust(data_dict, "id"))
    asked = model.Session.scalars(
        sa.select(AccessRequest)
        .where(AccessRequest.id == request_id, AccessRequest.state == "open")
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if asked is None:
        raise tk.ObjectNotFound(tk._("This request was not found. Ask for a code."))
    verdict = codes.judge(
        str(data_dict.get("typed") or ""), asked.sealed, asked.id, _key(),
        tries=asked.tries, expires_at=asked.expires_at, now=_now(),
    )  # fmt: skip
    asked.tries += 1
    if verdict != "right":
        refusals.write(
            "town hall code", object_type="access request", object_id=asked.id,
            org_id=asked.org_id, user_id=_id_of(context),
        )  # fmt: skip
        if asked.tries >= codes.MAX_TRIES or verdict != "wrong":
            asked.state = verdict
        model.Session.commit()
        left = max(0, codes.MAX_TRIES - asked.tries)
        raise tk.ValidationError(
            {"typed": [_sentence_of(verdict, left)], "left": [str(left)]}
        )
    asked.state = "proved"
    return _let_in(context, asked, members.place_of(asked.org_id))


def _let_in(
    context: Context, asked: AccessRequest, place: Collectivity
) -> dict[str, Any]:
    user = model.User.get(context["user"]) if context.get("user") else None
    # Who comes in is whoever types the code, whatever name it was asked under.
    who = str(user.display_name) if user else asked.fullname
    email = str(user.email or "") if user else asked.email
    letter = letters.joined(who, email, asked.org_id, "code")
    told = managers_of(asked.org_id)
    if user is not None:
        members.hold_team(asked.org_id)
        if all(one.id != user.id for one, _ in people_of(asked.org_id)):
            members.set_capacity(asked.org_id, user.id, "editor")
        members.note(
            "joined", by=user.id, org_id=asked.org_id, who=user.id,
            detail={"way": "code", "capacity": "editor"},
        )  # fmt: skip
        model.Session.commit()
        tell(letter, [*told, *atd_of(asked.org_id, but=user.id)])
        return {"way": "joined", "code": place.code}
    former = sa.select(Invitation).where(
        Invitation.org_id == asked.org_id,
        Invitation.email == asked.email,
        Invitation.state.in_(OPEN),
    )
    for one in model.Session.scalars(former):
        one.state, one.token_hash = "cancelled", None
    model.Session.flush()
    invitation = Invitation(
        id=new_id(), org_id=asked.org_id, email=asked.email, fullname=asked.fullname,
        capacity="editor", state="waiting",
    )  # fmt: skip
    model.Session.add(invitation)
    members.note("code proved", by=None, org_id=asked.org_id, who=asked.id, detail={})
    model.Session.commit()
    tell(letter, [*told, *atd_of(asked.org_id)])
    sending.send_one(invitation.id)
    return {"way": "letter", "code": place.code}


def _find(
    context: Context, data_dict: DataDict, *, for_update: bool = False
) -> Invitation:
    token = str(tk.get_or_bust(data_dict, "token"))
    query = sa.select(Invitation).where(
        Invitation.token_hash == hash_of(token), Invitation.state.in_(OPEN)
    )
    if for_update:
        query = query.with_for_update()
    query = query.execution_options(populate_existing=True)
    found: Invitation | None = model.Session.scalars(query).one_or_none()
    if found is None:
        refusals.write(
            "link unknown", object_type="invitation", user_id=_id_of(context)
        )
        raise tk.ObjectNotFound(tk._("This link no longer opens."))
    return found


def _standing(found: Invitation) -> str:
    """Return how an invitation stands, and write that one which is too old was used."""
    stands = standing(found.state, found.expires_at, _now())  # type: ignore[arg-type]
    if stands == "expired":
        refusals.write(
            "link expired", object_type="invitation", object_id=found.id,
            org_id=found.org_id,
        )  # fmt: skip
    return stands


def _id_of(context: Context) -> str | None:
    user = model.User.get(context["user"]) if context.get("user") else None
    return user.id if user else None


def _make_account(found: Invitation, data_dict: DataDict) -> model.User:
    if members.user_of_address(found.email) is not None:
        _refuse("message", tk._("You have an account already. Log in first."))
    fullname = str(data_dict.get("fullname") or "").strip()
    password = data_dict.get("password") or ""
    errors = {}
    if not is_person_name(fullname):
        errors["fullname"] = [tk._("Write your name.")]
    if not password:
        errors["password"] = [tk._("Choose a password.")]
    if errors:
        model.Session.rollback()
        raise tk.ValidationError(errors)
    try:
        place = members.place_of(found.org_id)
        known = (place.name, place.code)
        return members.create_account(found.email, fullname, password, known)
    except tk.ValidationError:
        model.Session.rollback()
        raise


def _place_asked(data_dict: DataDict) -> Collectivity:
    place = answering_for(str(tk.get_or_bust(data_dict, "code")))
    if place is None or place.org_id is None or place.status != "active":
        raise tk.ObjectNotFound(tk._("This collectivité was not found."))
    return place


def _who_asks(user: model.User | None, data_dict: DataDict) -> tuple[str, str]:
    if user is not None:
        return str(user.display_name), str(user.email or "")
    who = str(data_dict.get("fullname") or "").strip()
    email = str(data_dict.get("email") or "").strip().lower()
    errors = {}
    if not is_person_name(who):
        errors["fullname"] = [tk._("Write your name.")]
    if not is_address(email):
        said = tk._("Write an e-mail address, such as mairie@commune.fr.")
        errors["email"] = [said]
    if errors:
        raise tk.ValidationError(errors)
    return who, email


def _asked_today(which: sa.ColumnElement[bool]) -> int:
    since = sa.func.now() - datetime.timedelta(days=1)
    query = sa.select(sa.func.count()).where(which, AccessRequest.created_at > since)
    return int(model.Session.scalar(query) or 0)


def _sentence_of(verdict: str, left: int) -> str:
    if verdict == "expired":
        return str(tk._("This code is too old. Ask for another one."))
    if verdict == "locked" or not left:
        return str(tk._("Too many tries. Ask for another code."))
    said = tk.ungettext(
        "This is not the code. {count} try left.",
        "This is not the code. {count} tries left.",
        left,
    )
    return str(said.format(count=left))


def _write_to_atd() -> str:
    address = str(tk.config["ckanext.odlocale.contact_email"] or "")
    return str(tk._("Write to {email}.").format(email=address)) if address else ""


def _key() -> str:
    return str(tk.config["SECRET_KEY"])


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)


def _refuse(field: str, sentence: str) -> None:
    model.Session.rollback()
    raise tk.ValidationError({field: [sentence.strip()]})
