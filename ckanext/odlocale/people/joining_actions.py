"""Actions of who comes in by a code sent to the town hall."""

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
    is_address,
    is_person_name,
)
from ckanext.odlocale.people.joining import (
    caller_of,
    now,
    portal_key,
    refuse,
    sentence_of,
)
from ckanext.odlocale.people.origins import origin_mark
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
]

#: Codes that one address of the internet may ask for in a day: an ATD's office has one.
MAX_FROM_ONE = 20
#: And those whose address is not known, all together.
MAX_FROM_UNKNOWN = 100


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
        refuse("message", said + " " + _write_to_atd())
    if official.bounced_at is not None:
        said = tk._("Letters to the official address of this town hall come back.")
        refuse("message", said + " " + _write_to_atd())
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
        refuse("message", said + " " + _write_to_atd())
    request_id, code = new_id(), codes.new_code()
    asked = AccessRequest(
        id=request_id, org_id=place.org_id, email=email, fullname=who,
        user_id=user.id if user else None, state="open", tries=0, origin=origin,
        sealed=codes.seal(code, request_id, portal_key()),
        expires_at=now() + codes.LIFETIME,
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
        refuse("message", said)
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
        str(data_dict.get("typed") or ""), asked.sealed, asked.id, portal_key(),
        tries=asked.tries, expires_at=asked.expires_at, now=now(),
    )  # fmt: skip
    asked.tries += 1
    if verdict != "right":
        refusals.write(
            "town hall code", object_type="access request", object_id=asked.id,
            org_id=asked.org_id, user_id=caller_of(context),
        )  # fmt: skip
        if asked.tries >= codes.MAX_TRIES or verdict != "wrong":
            asked.state = verdict
        model.Session.commit()
        left = max(0, codes.MAX_TRIES - asked.tries)
        raise tk.ValidationError(
            {"typed": [sentence_of(verdict, left)], "left": [str(left)]}
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
    # Codes of invitations go elsewhere: they shut no town hall's door.
    query = query.where(AccessRequest.state != "invited")
    return int(model.Session.scalar(query) or 0)


def _write_to_atd() -> str:
    address = str(tk.config["ckanext.odlocale.contact_email"] or "")
    return str(tk._("Write to {email}.").format(email=address)) if address else ""
