"""Who is to be told of what happens to a collectivité, and telling them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.base.letter import Letter
from ckanext.odlocale.base.mail import LetterNotSent, send
from ckanext.odlocale.people.roles import PUBLISHING

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


def address_of_atd() -> str:
    """Return where the ATD is written to, or nothing."""
    return str(tk.config["ckanext.odlocale.contact_email"] or "")


def tell(letter: Letter, people: Iterable[Any], *, atd: bool = False) -> list[str]:
    """Send a letter to people, each once; one that cannot be sent stops no other.

    :param atd: whether the ATD has it too
    :returns: the addresses that it could not be sent to
    """
    addresses = {one.email: one.display_name for one in people if one.email}
    if atd and address_of_atd():
        addresses.setdefault(address_of_atd(), str(tk.config["ckan.site_title"]))
    failed = []
    for address, name in addresses.items():
        try:
            send(letter, name=name, address=address)
        except LetterNotSent:
            log.exception("A letter could not be sent")
            failed.append(address)
    return failed
