"""Actions of who comes in by an invitation's link."""

from __future__ import annotations

from typing import Any, Final, Literal, cast

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.types import Context, DataDict

from ckanext.odlocale.base.mail import LetterNotSent, send
from ckanext.odlocale.people import codes, letters, members, refusals, throttle
from ckanext.odlocale.people.contacts import atd_of, managers_of, people_of, tell
from ckanext.odlocale.people.invitations import (
    OPEN,
    State,
    hash_of,
    is_address,
    is_person_name,
    standing,
)
from ckanext.odlocale.people.joining import (
    caller_of,
    now,
    portal_key,
    refuse,
    sentence_of,
)
from ckanext.odlocale.people.roles import role_of
from ckanext.odlocale.people.tables import AccessRequest, Invitation
from ckanext.odlocale.territory.tables import Collectivity

__all__ = [
    "odlocale_invitation_accept",
    "odlocale_invitation_decline",
    "odlocale_invitation_prove",
    "odlocale_invitation_show",
]

Proof = Literal["none", "to send", "sent"]

#: The state of a code that an invited address was sent: it opens nothing else.
INVITED: Final = "invited"
#: Codes that one invitation has sent in a day.
MOST_CODES: Final = 5


@tk.side_effect_free
def odlocale_invitation_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return what an invitation's link is about.

    :param token: the link's secret
    :returns: ``collectivity``, ``code``, ``inviter`` (in words), ``email``,
        ``fullname``, ``role``, ``standing``; ``account``: whether the address has an
        account already; ``proof``: whether who makes one types a code that the address
        received: ``none``, ``to send`` or ``sent``
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
        "proof": _proof_of(found),
    }


def odlocale_invitation_prove(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Send the invited address a code, which who makes an account there types.

    A letter is forwarded with its link: the code proves that whoever holds the link
    reads the mailbox.

    :param token: the link's secret
    :returns: ``sent_to``: the address, masked
    :raises ValidationError: the link is too old, the address has an account, enough
        codes left today, or no letter leaves
    """
    tk.check_access("odlocale_invitation_prove", context, data_dict)
    found = _find(context, data_dict, for_update=True)
    place = members.place_of(found.org_id)
    _require_open(found)
    _refuse_known(found)
    if throttle.is_one_too_many(f"prove:{found.id}", MOST_CODES, 86_400):
        said = tk._("Enough codes were sent today. Try again tomorrow.")
        refuse("message", said)
    code = codes.new_code()
    asked = model.Session.get(AccessRequest, found.id) or AccessRequest(id=found.id)
    asked.org_id, asked.email, asked.state = found.org_id, found.email, INVITED
    asked.sealed = codes.seal(code, found.id, portal_key())
    asked.tries, asked.expires_at = 0, now() + codes.LIFETIME
    model.Session.add(asked)
    model.Session.commit()
    letter = letters.invitation_code(place, codes.spaced(code))
    try:
        send(letter, name=found.fullname or place.name, address=found.email)
    except LetterNotSent as error:
        if error.outcome != "unknown":
            # Nobody will receive it: the page must not ask for it.
            model.Session.delete(asked)
            model.Session.commit()
        said = tk._("The letter could not leave. Try again in a few minutes.")
        refuse("message", said)
    return {"sent_to": codes.mask(found.email)}


def odlocale_invitation_accept(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Come in by an invitation's link, which then no longer opens.

    Who is logged in adds the collectivité to his own account; who is not makes one, at
    the address that was invited. The responsables and the invited address are told.

    :param token: the link's secret
    :param fullname: of who makes an account
    :param password: of who makes an account
    :param typed: by who makes an account: the code that
        :func:`odlocale_invitation_prove` sent, unless he asked to come in himself
    :returns: ``user``: the account's name; ``code`` of the collectivité
    :raises ValidationError: the link is too old, the address has an account that one
        must log in to, a field is missing
    """
    tk.check_access("odlocale_invitation_accept", context, data_dict)
    found = _find(context, data_dict, for_update=True)
    place = members.place_of(found.org_id)
    _require_open(found)
    user = model.User.get(context["user"]) if context.get("user") else None
    if user is not None and (user.email or "").lower() != found.email:
        refusals.write(
            "link forwarded", object_type="invitation", object_id=found.id,
            org_id=found.org_id, user_id=user.id,
        )  # fmt: skip
        said = tk._(
            "This invitation is for {address}. Ask for one at your own address."
        )
        refuse("message", said.format(address=codes.mask(found.email)))
    if user is None:
        user = _make_account(found, data_dict)
    members.hold_team(found.org_id)
    had = {one.id: role for one, role in people_of(found.org_id)}.get(user.id)
    if had != "admin":
        members.set_capacity(found.org_id, user.id, found.capacity)
    found.state, found.token_hash = "accepted", None
    found.answered_at, found.user_id = now(), user.id
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
        refuse("colleague", said)
    found.state, found.token_hash, found.answered_at = "declined", None, now()
    members.note("declined", by=None, org_id=found.org_id, who=found.id, detail={})
    model.Session.commit()
    inviter = model.User.get(found.created_by) if found.created_by else None
    told = [inviter] if inviter else managers_of(found.org_id)
    tell(letters.declined(found, colleague), told or atd_of(found.org_id))
    return {"declined": True}


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
            "link unknown", object_type="invitation", user_id=caller_of(context)
        )
        raise tk.ObjectNotFound(tk._("This link no longer opens."))
    return found


def _standing(found: Invitation) -> str:
    """Return how an invitation stands, and write that one which is too old was used."""
    stands = standing(cast(State, found.state), found.expires_at, now())
    if stands == "expired":
        refusals.write(
            "link expired", object_type="invitation", object_id=found.id,
            org_id=found.org_id,
        )  # fmt: skip
    return stands


def _require_open(found: Invitation) -> None:
    if _standing(found) == "expired":
        refuse("message", tk._("This link is too old. Ask for another invitation."))


def _refuse_known(found: Invitation) -> None:
    if members.user_of_address(found.email) is not None:
        refuse("message", tk._("You have an account already. Log in first."))


def _proof_of(found: Invitation) -> Proof:
    """Tell whether who makes an account has to type a code.

    Not who asked to come in himself: the town hall's code brought him here. A command
    invites in nobody's name either, hence the request that he proved.
    """
    proved = sa.select(AccessRequest.id).where(
        AccessRequest.org_id == found.org_id,
        AccessRequest.email == found.email,
        AccessRequest.state == "proved",
    )
    if found.created_by is None and model.Session.scalar(sa.select(proved.exists())):
        return "none"
    asked = model.Session.get(AccessRequest, found.id)
    is_sent = asked is not None and asked.state == INVITED
    return "sent" if is_sent and asked.expires_at > now() else "to send"


def _require_code(found: Invitation, typed: str) -> None:
    """Check the code that the invited address was sent.

    :raises ckan.plugins.toolkit.ValidationError: it is another one, or too late
    """
    asked = model.Session.get(AccessRequest, found.id, with_for_update=True)
    if asked is None or asked.state != INVITED:
        refuse("message", tk._("Ask first for the code that this address receives."))
    verdict = codes.judge(
        typed, asked.sealed, asked.id, portal_key(),
        tries=asked.tries, expires_at=asked.expires_at, now=now(),
    )  # fmt: skip
    if verdict == "right":
        model.Session.delete(asked)
        return
    refusals.write(
        "invitation code", object_type="invitation", object_id=found.id,
        org_id=found.org_id,
    )  # fmt: skip
    asked.tries += 1
    left = max(0, codes.MAX_TRIES - asked.tries)
    model.Session.commit()
    raise tk.ValidationError({"typed": [sentence_of(verdict, left)]})


def _make_account(found: Invitation, data_dict: DataDict) -> model.User:
    _refuse_known(found)
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
    if _proof_of(found) != "none":
        _require_code(found, str(data_dict.get("typed") or ""))
    try:
        place = members.place_of(found.org_id)
        known = (place.name, place.code)
        return members.create_account(found.email, fullname, password, known)
    except tk.ValidationError:
        model.Session.rollback()
        raise
