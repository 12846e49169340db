"""Communes, an EPCI above them, and their people."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from unittest import mock

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.odlocale.territory.register import Register
from ckanext.odlocale.territory.tables import Collectivity
from tests.integration.mailbox import Mailbox
from tests.integration.publishing.conftest import (
    PASSWORD,
    Desk,
    Town,
    call_as,
    desk_of,
    town,
)

__all__ = ["desk_of", "town"]

# EPCIs of départements that no other test sets up. An iterator that ends: once they are
# all taken, a test fails instead of waiting.
_EPCIS = iter(
    [
        one
        for code in ("46", "24", "12", "19", "87")
        for one in Register.load().departement(code)
        if one.kind == "epci"
    ]
)


@dataclass(frozen=True)
class Epci:
    """An intercommunalité, its agent and its animator."""

    code: str
    org_id: str
    name: str
    agent: str
    animator: str


def account(org_id: str = "", role: str = "", email: str = "") -> str:
    """Make an account, in an organisation if named."""
    made: dict[str, Any] = {"password": PASSWORD}
    if email:
        made["email"] = email
    name = str(factories.User(name=f"personne-{uuid.uuid4().hex[:12]}", **made)["name"])
    if org_id:
        as_site("organization_member_create", id=org_id, username=name, role=role)
    return name


def as_site(action: str, **data: Any) -> Any:
    """Call an action with no check."""
    site = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    return tk.get_action(action)({"user": site["name"], "ignore_auth": True}, data)


def manager_of(place: Town) -> str:
    """Make a responsable of a commune."""
    return account(place.org_id, "admin")


@contextmanager
def only_administrators(*names: str) -> Iterator[None]:
    """Let nobody else administer the portal meanwhile, the site's account apart."""
    others = sa.update(model.User).where(
        model.User.sysadmin.is_(True),
        model.User.name.not_in([*names, str(tk.config["ckan.site_id"])]),
    )
    for before, after in (("active", "pending"), ("pending", "active")):
        model.Session.execute(
            others.where(model.User.state == before).values(state=after),
            execution_options={"synchronize_session": False},
        )
        model.Session.commit()
        if after == "pending":
            try:
                yield
            finally:
                model.Session.rollback()


@pytest.fixture
def epci(portal: None) -> Callable[..., Epci]:
    """Make an intercommunalité above some communes."""

    def make(*below: Town) -> Epci:
        found = next(_EPCIS)
        while model.Session.get(Collectivity, found.siren):
            found = next(_EPCIS)
        name = f"epci-{found.siren}-{uuid.uuid4().hex[:6]}"
        organization = factories.Organization(name=name, title=found.name)
        model.Session.add(
            Collectivity(
                siren=found.siren, kind=found.kind, name=found.name, cog_vintage=2026,
                org_id=organization["id"], status="active",
            )
        )  # fmt: skip
        model.Session.commit()
        for one in below:
            link = {"object": organization["id"], "object_type": "group"}
            as_site("member_create", id=one.org_id, capacity="public", **link)
        return Epci(
            found.siren,
            organization["id"],
            found.name,
            account(organization["id"], "editor"),
            account(organization["id"], "admin"),
        )

    return make


@pytest.fixture(autouse=True)
def clean_session() -> Iterator[None]:
    """Leave no failed transaction to the next test."""
    yield
    model.Session.rollback()


@pytest.fixture
def asked() -> Iterator[None]:
    """The second factor is asked of those who act for others."""
    with mock.patch.dict(tk.config, {"ckanext.odlocale.second_factor": "animators"}):
        yield


__all__ += ["Desk"]


def prove(desk: Desk, link: str, mailbox: Mailbox) -> str:
    """Ask for the code that an invited address receives, and read it there."""
    desk.post(f"{link}/code", {})
    body = message_from_bytes(mailbox.envelopes[-1].content, policy=default)
    assert isinstance(body, EmailMessage)
    found = re.search(r"\d{3}\s\d{3}", str(body["Subject"]))
    assert found, body
    return found.group()


def come_in(desk: Desk, link: str, mailbox: Mailbox, **typed: str) -> Desk:
    """Make an account by an invitation's link, as its page asks."""
    code = prove(desk.get(link), link, mailbox)
    form = {"fullname": "Anne Ime", "password": f"{PASSWORD} long", "typed": code}
    return desk.post(link, {**form, **typed})


def invite(by: str, place: Town, email: str, role: str = "agent") -> dict[str, Any]:
    """Invite somebody as a manager does."""
    return dict(
        call_as(
            by, "odlocale_person_invite", org_id=place.org_id, email=email, role=role
        )
    )
