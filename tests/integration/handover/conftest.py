"""A commune with all that a hand-over must carry, in a département of its own."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.odlocale.base.journal import JournalLine
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.territory.identifiers import default_siret
from ckanext.odlocale.territory.register import Register
from ckanext.odlocale.territory.tables import Alias, Collectivity, Target, Transfer
from tests.integration.publishing.conftest import PASSWORD, budget

# Communes of the Haute-Saône: no other test of the run has any.
_COMMUNES = iter(
    one for one in Register.load().departement("70") if one.kind == "commune"
)

CONTOUR = json.dumps(
    {"type": "Polygon", "coordinates": [[[6, 47], [6.1, 47], [6.1, 47.1], [6, 47]]]}
)

PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89"
    b"\0\0\0\rIDATx\x9cc\xf8\xff\xff?\0\x05\xfe\x02\xfe\xa75\x81\x84\0\0\0\0IEND\xaeB`\x82"
)


@dataclass(frozen=True)
class Commune:
    """A commune, its organisation and its people.

    :ivar agent: an editor who agreed to follow it.
    :ivar quiet: a member who did not.
    """

    code: str
    siren: str
    siret: str
    name: str
    org_id: str
    org_name: str
    agent: str
    quiet: str
    former: str


def call_as(user: str, action: str, **data: Any) -> Any:
    """Call an action with the rights of a user, or of nobody."""
    return tk.get_action(action)({"user": user, "ignore_auth": False}, data)


@pytest.fixture
def sysadmin(portal: None) -> str:
    """An administrator of the portal."""
    return str(factories.Sysadmin()["name"])


def make_row(one: Any, org_id: str | None, **more: Any) -> Collectivity:
    """A row of the territory for a collectivité of the register."""
    row = Collectivity(
        siren=one.siren,
        insee=one.insee,
        kind=one.kind,
        name=one.name,
        population=one.population,
        departement=one.departement,
        region=one.region,
        org_id=org_id,
        cog_vintage=2026,
        **more,
    )
    model.Session.add(row)
    model.Session.flush()
    return row


@pytest.fixture
def commune(portal: None) -> Callable[[], Commune]:
    """Make a commune with an agent, a quiet member and a former commune."""

    def make() -> Commune:
        one, former = next(_COMMUNES), next(_COMMUNES)
        names = [f"agent-{uuid.uuid4().hex[:12]}" for _ in range(2)]
        for name in names:
            factories.User(name=name, password=PASSWORD, fullname="Camille Le Goff")
        made = factories.Organization(
            name=f"commune-{one.insee}-{uuid.uuid4().hex[:6]}",
            title=one.name,
            description="Une commune.",
            contact_email="mairie@commune.example.org",
            users=[
                {"name": names[0], "capacity": "editor"},
                {"name": names[1], "capacity": "member"},
            ],
        )
        make_row(one, made["id"], status="active", contour=CONTOUR)
        make_row(former, None, status="merged", successor=one.siren)
        model.Session.add(Alias(kind="siren", value=one.siren[::-1], siren=one.siren))
        model.Session.add(Target(siren=one.siren, schema="bal", target="datagouv"))
        model.Session.commit()
        call_as(names[0], "odlocale_handover_agree", agree=True)
        return Commune(
            code=str(one.insee),
            siren=one.siren,
            siret=default_siret(one.siren),
            name=one.name,
            org_id=made["id"],
            org_name=made["name"],
            agent=names[0],
            quiet=names[1],
            former=str(former.insee),
        )

    return make


def publish(town: Commune, content: bytes) -> dict[str, Any]:
    """Send a file in, accept its safe corrections, publish it."""
    sent = send(town, content)
    call_as(town.agent, "odlocale_deposit_correct", id=sent["id"])
    if sent["online"]:
        call_as(
            town.agent,
            "odlocale_deposit_answer",
            id=sent["id"],
            replaces=sent["online"],
        )
    return dict(call_as(town.agent, "odlocale_deposit_publish", id=sent["id"]))


def send(town: Commune, content: bytes) -> dict[str, Any]:
    """Send a file in as the commune's agent."""
    sent = {"org_id": town.org_id, "upload": io.BytesIO(content)}
    asked = {**sent, "filename": "budget été.csv"}
    return dict(call_as(town.agent, "odlocale_deposit_create", **asked))


@pytest.fixture
def crowded(commune: Callable[[], Commune]) -> Commune:
    """A commune with everything: releases, a replaced and a withdrawn file, a draft, a
    dataset made by hand with an uploaded file, a logo, a transfer that waits."""
    town = commune()
    publish(town, budget(town.siret, rows=12))
    published = publish(town, budget(town.siret, rows=30))
    withdrawn = publish(town, budget(town.siret, year=2021))
    call_as(town.agent, "odlocale_deposit_withdraw", id=withdrawn["id"])
    send(town, budget(town.siret, year=2020))
    add_handmade(town)
    model.Session.add(
        Transfer(
            package_id=published["package_id"],
            from_siren=Collectivity.by_code(town.former).siren,  # type: ignore[union-attr]
            to_siren=town.siren,
        )
    )
    model.Session.commit()
    return town


def add_handmade(town: Commune) -> dict[str, Any]:
    """A dataset that its agent made with CKAN's form: an upload, a link."""
    from werkzeug.datastructures import FileStorage

    made = call_as(
        town.agent,
        "package_create",
        name=f"plan-{uuid.uuid4().hex[:8]}",
        title="Plan du village",
        notes="Le plan du village, tel que le service technique le tient à jour.",
        owner_org=town.org_id,
        tags=[{"name": "plan"}, {"name": "village"}],
        extras=[{"key": "source", "value": "cadastre"}],
        contact=[{"name": "Mairie", "email": "mairie@commune.example.org"}],
    )
    call_as(
        town.agent,
        "resource_create",
        package_id=made["id"],
        name="Plan",
        format="PNG",
        upload=FileStorage(io.BytesIO(PNG), "plan été.png"),
        url="plan.png",
    )
    call_as(
        town.agent,
        "resource_create",
        package_id=made["id"],
        name="Ailleurs",
        url="https://example.org/plan.pdf",
    )
    return dict(made)


def erase(town: Commune) -> None:
    """Leave nothing of a commune in the database, as on a portal that never had it."""
    session = model.Session
    session.rollback()
    packages = sa.select(model.Package.id).where(model.Package.owner_org == town.org_id)
    for package_id in session.scalars(packages).all():
        tk.get_action("dataset_purge")({"ignore_auth": True}, {"id": package_id})
    sirens = [
        one.siren for one in map(Collectivity.by_code, (town.code, town.former)) if one
    ]
    session.execute(sa.delete(Transfer).where(Transfer.to_siren.in_(sirens)))
    session.execute(sa.delete(Deposit).where(Deposit.siren.in_(sirens)))
    # The journal only grows: here one portal plays two.
    session.execute(sa.text("SET LOCAL odlocale.retention = 'on'"))
    session.execute(sa.delete(JournalLine).where(JournalLine.org_id == town.org_id))
    session.execute(sa.delete(Collectivity).where(Collectivity.siren.in_(sirens)))
    tk.get_action("organization_purge")({"ignore_auth": True}, {"id": town.org_id})
    session.commit()


@pytest.fixture(autouse=True)
def clean_session() -> Iterator[None]:
    """Leave no failed transaction to the next test."""
    yield
    model.Session.rollback()
