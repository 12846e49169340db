"""Statements on identities and on what they let do; none commits."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.people import members, rights
from ckanext.odlocale.people.oidc_rules import Person, ends_on
from ckanext.odlocale.people.oidc_tables import Attachment, Identity
from ckanext.odlocale.people.roles import PUBLISHING
from ckanext.odlocale.people.tables import Account, new_id
from ckanext.odlocale.territory.heirs import answering_for
from ckanext.odlocale.territory.tables import Collectivity


@dataclass(frozen=True)
class Ended:
    """A role that ended because nobody proved it again."""

    user_id: str
    org_id: str


def now() -> datetime.datetime:
    """Return the present moment, with its time zone."""
    return datetime.datetime.now(datetime.timezone.utc)


def hold(issuer: str, sub: str) -> None:
    """Let one login at a time make the account of an identity."""
    model.Session.execute(
        sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"{issuer} {sub}")))
    )


def find_identity(issuer: str, sub: str) -> Identity | None:
    """Return an identity, as it is now."""
    query = (
        sa.select(Identity)
        .where(Identity.issuer == issuer, Identity.sub == sub)
        .execution_options(populate_existing=True)
    )
    found: Identity | None = model.Session.scalars(query).one_or_none()
    return found


def identities_of(user_id: str) -> list[Identity]:
    """Return the identities of an account."""
    query = sa.select(Identity).where(Identity.user_id == user_id)
    return list(model.Session.scalars(query.order_by(Identity.created_at)))


def attachments_of(identity_ids: Iterable[str]) -> list[Attachment]:
    """Return what some identities came with, the oldest first."""
    query = (
        sa.select(Attachment)
        .where(Attachment.identity_id.in_(list(identity_ids)))
        .order_by(Attachment.asked_at, Attachment.siren)
        .execution_options(populate_existing=True)
    )
    return list(model.Session.scalars(query))


def add_identity(person: Person, user_id: str, *, made_account: bool) -> Identity:
    """Write who somebody is."""
    found = Identity(
        id=new_id(), issuer=person.issuer, sub=person.sub, user_id=user_id,
        made_account=made_account, email=person.email, siret=person.siret,
        acr=person.acr, seen_at=now(),
    )  # fmt: skip
    model.Session.add(found)
    model.Session.flush()
    return found


def add_attachment(identity: Identity, person: Person) -> Attachment:
    """Write that an identity came with a SIREN, which gives nothing yet."""
    found = Attachment(
        id=new_id(), identity_id=identity.id, siren=person.siren, siret=person.siret,
        label=person.label, state="waiting", gave_role=False, asked_at=now(),
        proved_at=now(),
    )  # fmt: skip
    model.Session.add(found)
    return found


def place_of_siren(siren: str | None) -> Collectivity | None:
    """Return the collectivité for which a SIREN lets act: itself, or its heir."""
    found = answering_for(siren) if siren else None
    if found is None or found.org_id is None or found.status != "active":
        return None
    return found


def was_removed(user_id: str, org_id: str) -> bool:
    """Tell whether somebody was in a team, and no longer is."""
    member = model.Member
    query = sa.select(member.state).where(
        member.table_name == "user",
        member.table_id == user_id,
        member.group_id == org_id,
        member.capacity.in_(PUBLISHING),
    )
    states = set(model.Session.scalars(query))
    return bool(states) and "active" not in states


def is_plain(user: model.User, org_id: str) -> bool:
    """Tell whether an account does nothing but publish for one organisation."""
    member = model.Member
    query = sa.select(member.group_id, member.capacity).where(
        member.table_name == "user",
        member.table_id == user.id,
        member.state == "active",
    )
    elsewhere = [
        row
        for row in model.Session.execute(query)
        if row.group_id != org_id or row.capacity != "editor"
    ]
    account = model.Session.get(Account, user.id)
    has_factor = account is not None and account.totp_since is not None
    mandated = rights.mandated_orgs(user.id)
    return not (user.sysadmin or elsewhere or has_factor or mandated)


def grant(attachment: Attachment, user_id: str, org_id: str) -> None:
    """Give the role of an agent, which ends with what proves it."""
    members.set_capacity(org_id, user_id, "editor")
    attachment.gave_role = True


def lapse_old(
    days: int, identity_id: str | None = None, *, but: str | None = None
) -> list[Ended]:
    """End the roles that a login gave, and that none proved again.

    A role that somebody gave by hand, before or since, is not ours to take.

    :param days: how long a proof holds
    :param identity_id: of this one only
    :param but: SIREN that is being proved at this moment
    :returns: the roles that ended
    """
    limit = now() - datetime.timedelta(days=days)
    query = (
        sa.select(Attachment, Identity.user_id)
        .join(Identity, Identity.id == Attachment.identity_id)
        .where(Attachment.state == "granted", Attachment.proved_at < limit)
        .order_by(Attachment.id)
        .with_for_update(of=Attachment)
    )
    if identity_id is not None:
        query = query.where(Attachment.identity_id == identity_id)
    if but is not None:
        query = query.where(Attachment.siren != but)
    ended = []
    for attachment, user_id in model.Session.execute(query).all():
        attachment.state = "lapsed"
        model.Session.flush()
        place = place_of_siren(attachment.place)
        if place is None or not attachment.gave_role:
            continue
        if _is_proved_otherwise(user_id, place) or not _has_editor(user_id, place):
            continue
        members.hold_team(str(place.org_id))
        members.drop_capacity(str(place.org_id), user_id)
        members.close_if_idle(model.User.get(user_id))
        members.note(
            "access lapsed", by=None, org_id=str(place.org_id), who=user_id, detail={}
        )
        ended.append(Ended(user_id, str(place.org_id)))
    return ended


def describe(
    attachment: Attachment, place: Collectivity | None, days: int
) -> dict[str, Any]:
    """Return what pages show of what a SIREN gives."""
    end = ends_on(attachment.proved_at, days)
    return {
        "id": attachment.id,
        "siren": attachment.siren,
        "siret": attachment.siret,
        "label": attachment.label,
        "state": attachment.state,
        "code": place.code if place else "",
        "collectivity": place.name if place else "",
        "asked_at": attachment.asked_at.isoformat(),
        "ends_at": end.isoformat() if attachment.state == "granted" else None,
    }


def _is_proved_otherwise(user_id: str, place: Collectivity) -> bool:
    query = (
        sa.select(Attachment.place)
        .join(Identity, Identity.id == Attachment.identity_id)
        .where(Identity.user_id == user_id, Attachment.state == "granted")
    )
    others = {place_of_siren(siren) for siren in set(model.Session.scalars(query))}
    return any(one is not None and one.siren == place.siren for one in others)


def _has_editor(user_id: str, place: Collectivity) -> bool:
    member = model.Member
    query = sa.select(
        sa.exists().where(
            member.table_name == "user",
            member.table_id == user_id,
            member.group_id == place.org_id,
            member.capacity == "editor",
            member.state == "active",
        )
    )
    return bool(model.Session.scalar(query))
