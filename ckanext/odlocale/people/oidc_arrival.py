"""Somebody comes back from the provider: whose account it is, and what it may do now.

These functions are no actions: they believe what they are told, which only verified
tokens may say. Each is one transaction.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.odlocale.base import journal
from ckanext.odlocale.people import letters, members, oidc_letters, rights
from ckanext.odlocale.people import oidc_store as store
from ckanext.odlocale.people.contacts import atd_of, managers_of, tell
from ckanext.odlocale.people.oidc_rules import (
    Decision,
    LoginRefused,
    Person,
    decide,
    may_adopt,
)
from ckanext.odlocale.people.oidc_settings import Settings
from ckanext.odlocale.people.oidc_tables import Attachment, Identity
from ckanext.odlocale.territory.tables import Collectivity


class AccountKnown(Exception):
    """An account of the same address is here: its owner must log in to it first.

    :ivar user_id: the account
    """

    def __init__(self, user_id: str) -> None:
        super().__init__(user_id)
        self.user_id = user_id


@dataclass(frozen=True)
class Arrival:
    """Somebody came in, or stays at the door of a collectivité.

    :ivar decision: what the login gave
    :ivar place: the collectivité that it is about; nothing for an unknown SIREN
    """

    user: Any
    decision: Decision
    place: Collectivity | None

    @property
    def opened_org(self) -> str | None:
        """The organisation that this login lets one work for, if there is one."""
        if self.decision not in ("enter", "renew") or self.place is None:
            return None
        return str(self.place.org_id)


def arrive(person: Person, settings: Settings) -> Arrival:
    """Find or make the account of somebody, and reckon its rights again. Commits.

    :raises AccountKnown: an account of the same address waits for its owner's proof
    :raises LoginRefused: the account is closed, or cannot be made
    """
    store.hold(person.issuer, person.sub)
    identity = store.find_identity(person.issuer, person.sub)
    if identity is None:
        identity = _make_identity(person)
    return _reckon(identity, person, settings)


def opens(person: Person, user_id: str) -> bool:
    """Tell whether an identity opens an account already."""
    identity = store.find_identity(person.issuer, person.sub)
    return identity is not None and identity.user_id == user_id


def link(person: Person, user: Any, settings: Settings) -> Arrival:
    """Let a provider open an account whose owner has just proved it. Commits.

    :param user: who is logged in, second factor included
    :raises LoginRefused: the identity opens another account
    """
    store.hold(person.issuer, person.sub)
    identity = store.find_identity(person.issuer, person.sub)
    is_new = identity is None
    if identity is None:
        identity = store.add_identity(person, user.id, made_account=False)
        _note_identity("identity linked", user)
    elif identity.user_id != user.id:
        model.Session.rollback()
        raise LoginRefused("other account")
    arrival = _reckon(identity, person, settings)
    if is_new:
        tell(oidc_letters.linked(arrival.user, person.email), [arrival.user])
    return arrival


def lapse_all(days: int) -> int:
    """End the roles that nobody proved in time, tell people, commit.

    Where the portal has a provider no more, they end all the same.

    :param days: how long a login holds
    :returns: how many ended
    """
    ended = store.lapse_old(days)
    model.Session.commit()
    _tell_ended(ended, days)
    return len(ended)


def _make_identity(person: Person) -> Identity:
    user = members.user_of_address(person.email)
    if user is None:
        made = _make_account(person)
        return store.add_identity(person, made.id, made_account=True)
    if not _may_adopt(user, person):
        model.Session.rollback()
        raise AccountKnown(user.id)
    _note_identity("identity linked", user)
    return store.add_identity(person, user.id, made_account=True)


def _make_account(person: Person) -> Any:
    try:
        # A password that nobody knows: «mot de passe oublié» gives one, by letter.
        return members.create_account(
            person.email, person.fullname, secrets.token_urlsafe(48)
        )
    except tk.ValidationError as error:
        model.Session.rollback()
        raise LoginRefused("account", ", ".join(sorted(error.error_dict))) from error


def _may_adopt(user: Any, person: Person) -> bool:
    place = store.place_of_siren(person.siren)
    theirs = store.identities_of(user.id)
    sirens = [one.siren for one in store.attachments_of(one.id for one in theirs)]
    return place is not None and may_adopt(
        made_by_issuer=bool(theirs)
        and all(one.issuer == person.issuer and one.made_account for one in theirs),
        same_email=all(one.email == person.email for one in theirs),
        sirens=sirens,
        siren=person.siren,
        is_plain=store.is_plain(user, str(place.org_id)),
    )


def _reckon(identity: Identity, person: Person, settings: Settings) -> Arrival:
    user = model.User.get(identity.user_id)
    if user is None or not user.is_active:
        model.Session.rollback()
        raise LoginRefused("closed")
    ended = store.lapse_old(settings.days, identity.id, but=person.siren)
    known = store.attachments_of([identity.id])
    attachment = next((one for one in known if one.siren == person.siren), None)
    place = store.place_of_siren(
        attachment.place if attachment and attachment.place else person.siren
    )
    org_id = str(place.org_id) if place else ""
    if place is not None:
        members.hold_team(org_id)
    decision = decide(
        person.siren,
        [one.to_rule() for one in known],
        place=place.kind if place else None,
        is_member=bool(org_id) and rights.is_member(user.id, org_id),
        was_removed=bool(org_id) and store.was_removed(user.id, org_id),
        entry=settings.entry,
    )
    if attachment is None:
        attachment = store.add_attachment(identity, person)
    gives = _write(decision, attachment, person, user, place)
    identity.email, identity.siret = person.email, person.siret
    identity.acr, identity.seen_at = person.acr, store.now()
    model.Session.commit()
    _tell_ended(ended, settings.days)
    if gives and place is not None:
        told = [one for one in managers_of(org_id) if one.id != user.id]
        who = letters.joined(user.display_name, user.email or "", org_id, "provider")
        tell(who, [*told, *atd_of(org_id, but=user.id)])
    if decision == "ask":
        _tell_asked(user, attachment, place, known)
    return Arrival(user, decision, place)


def _write(
    decision: Decision,
    attachment: Attachment,
    person: Person,
    user: Any,
    place: Collectivity | None,
) -> bool:
    """Write what was decided; tell whether it gives a role."""
    attachment.siret, attachment.proved_at = person.siret, store.now()
    attachment.label = person.label
    if decision == "ask":
        attachment.state, attachment.gave_role = "waiting", False
        attachment.place = place.siren if place else None
        attachment.asked_at, attachment.settled_at = store.now(), None
        members.note(
            "attachment asked", by=user.id, who=user.id, detail={},
            org_id=str(place.org_id) if place else None,
        )  # fmt: skip
        return False
    if decision == "wait" and place is not None:
        # The collectivité may have merged since.
        attachment.place = place.siren
    if decision not in ("enter", "renew") or place is None:
        return False
    attachment.state, attachment.place = "granted", place.siren
    if rights.is_member(user.id, str(place.org_id)):
        return False
    store.grant(attachment, user.id, str(place.org_id))
    members.note(
        "joined", by=user.id, org_id=str(place.org_id), who=user.id,
        detail={"way": "provider", "capacity": "editor"},
    )  # fmt: skip
    return True


def _note_identity(verb: str, user: Any) -> None:
    journal.record(
        verb, user_id=user.id, org_id=None, object_type="user", object_id=user.id
    )


def _tell_asked(
    user: Any,
    attachment: Attachment,
    place: Collectivity | None,
    known: Sequence[Attachment],
) -> None:
    if place is None:
        tell(oidc_letters.asks_unknown(user, attachment), atd_of(None))
        return
    told = managers_of(str(place.org_id))
    letter = oidc_letters.asks(user, attachment, place)
    # Where nobody is there to answer, the animators do.
    atd = atd_of(str(place.org_id), but=user.id) if not told or not known else []
    tell(letter, [*told, *atd])


def _tell_ended(ended: Sequence[store.Ended], days: int) -> None:
    for one in ended:
        user, place = model.User.get(one.user_id), Collectivity.by_org(one.org_id)
        if user is not None and place is not None:
            tell(oidc_letters.lapsed(user, place, days), [user])
        members.alert_if_empty(one.org_id)
