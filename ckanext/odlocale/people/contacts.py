"""Who is to be told of what happens to a collectivité, and telling them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.base.letter import Letter
from ckanext.odlocale.base.mail import LetterNotSent, send
from ckanext.odlocale.people.roles import PUBLISHING
from ckanext.odlocale.territory.permission import cascading_roles, organisations_above

log = logging.getLogger(__name__)


def people_of(
    org_id: str, capacities: Sequence[str] = PUBLISHING
) -> list[tuple[model.User, str]]:
    """Return the active accounts put in an organisation by name, and the capacity of
    each, responsables first."""
    query = (
        sa.select(model.User, model.Member.capacity)
        .join(model.Member, model.Member.table_id == model.User.id)
        .where(
            model.Member.group_id == org_id,
            model.Member.table_name == "user",
            model.Member.state == "active",
            model.Member.capacity.in_(capacities),
            model.User.state == "active",
        )
        .order_by(model.Member.capacity, model.User.fullname, model.User.name)
    )
    return [(row[0], row[1]) for row in model.Session.execute(query)]


def managers_of(org_id: str) -> list[model.User]:
    """Return the responsables of an organisation; where none, its agents."""
    found = people_of(org_id)
    return [u for u, role in found if role == "admin"] or [u for u, _ in found]


@dataclass(frozen=True)
class Mailbox:
    """A mailbox that several people read."""

    email: str
    display_name: str


def address_of_atd() -> str:
    """Return where the ATD is written to, or nothing."""
    return str(tk.config["ckanext.odlocale.contact_email"] or "")


def atd_of(org_id: str | None, *, but: str | None = None) -> list[Any]:
    """Return who is «the ATD» for a collectivité: the animators of what is above it
    (its EPCI, its ATD), and the portal's mailbox.

    :param org_id: its organisation; without it, the mailbox alone
    :param but: id of an account that needs no telling: what is told, it did
    """
    heads = organisations_above(org_id) if org_id else []
    query = (
        sa.select(model.User)
        .join(model.Member, model.Member.table_id == model.User.id)
        .where(
            model.Member.group_id.in_(heads),
            model.Member.table_name == "user",
            model.Member.state == "active",
            model.Member.capacity.in_(cascading_roles()),
            model.User.state == "active",
            model.User.id != (but or ""),
        )
        .distinct()
        .order_by(model.User.name)
    )
    found = list(model.Session.scalars(query)) if heads else []
    return [*found, Mailbox(address_of_atd(), str(tk.config["ckan.site_title"]))]


def answerable_for(org_id: str, *, but: str | None = None) -> list[Any]:
    """Return who answers for an organisation: its responsables; where nobody is there,
    the ATD.

    :param but: as :func:`atd_of`
    """
    found: list[Any] = managers_of(org_id)
    return found or atd_of(org_id, but=but)


def reach(letter: Letter, people: Iterable[Any]) -> bool:
    """Send a letter as :func:`tell` does; tell whether it left for anybody."""
    told = [one for one in people if one.email]
    return len(tell(letter, told)) < len({one.email.lower() for one in told})


def tell(letter: Letter, people: Iterable[Any]) -> list[str]:
    """Send a letter to people, each address once; one that cannot be sent stops no
    other.

    :param people: with an ``email``, which may be empty, and a ``display_name``
    :returns: the addresses that it could not be sent to
    """
    told: dict[str, Any] = {}
    for one in people:
        if one.email:
            told.setdefault(one.email.lower(), one)
    failed = []
    for one in told.values():
        try:
            send(letter, name=one.display_name, address=one.email)
        except LetterNotSent:
            log.exception("A letter could not be sent")
            failed.append(one.email)
    return failed
