"""The communes, the agents and the files that these tests stand on."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.odlocale.territory.identifiers import default_siret
from ckanext.odlocale.territory.register import Register
from ckanext.odlocale.territory.tables import (
    AtdPerimeter,
    Collectivity,
    PerimeterMember,
)

PASSWORD = "un mot de passe d'essai"

HEADERS = (
    "BGT_NATDEC,BGT_ANNEE,BGT_SIRET,BGT_NOM,BGT_CONTNAT,BGT_CONTNAT_LABEL,BGT_NATURE,"
    "BGT_NATURE_LABEL,BGT_FONCTION,BGT_FONCTION_LABEL,BGT_OPERATION,BGT_SECTION,"
    "BGT_OPBUDG,BGT_CODRD,BGT_MTREAL,BGT_MTBUDGPREC,BGT_MTRARPREC,BGT_MTPROPNOUV,"
    "BGT_MTPREV,BGT_CREDOUV,BGT_MTRAR3112,BGT_ARTSPE"
)

# Communes of the Lozère, then of five others that no other test of the run uses. An
# iterator that ends: once they are all taken, a test fails instead of waiting.
_COMMUNES = iter(
    [
        one
        for code in ("48", "32", "65", "09", "52", "10")
        for one in Register.load().departement(code)
        if one.kind == "commune"
    ]
)

_EPCIS = iter(
    [
        one
        for code in ("48", "32", "65", "09", "52", "10")
        for one in Register.load().departement(code)
        if one.kind == "epci"
    ]
)


@dataclass(frozen=True)
class Town:
    """A commune with its organisation and one agent."""

    code: str
    siren: str
    siret: str
    name: str
    org_id: str
    agent: str


def budget(
    siret: str, kind: str = "Budget primitif", year: int = 2022, rows: int = 12
) -> bytes:
    """An SCDL budget as accounting software exports it: a capital too many."""
    lines = [
        f"{kind},{year},{siret},Commune,011,Charges à caractère général,6061{number},"
        f"Fournitures,,,,fonctionnement,réel,dépense,,100.00,,{number}.00,{number}.00,"
        f"{number}.00,,non spécialisé"
        for number in range(rows)
    ]
    return "\n".join([HEADERS, *lines, ""]).encode()


@pytest.fixture
def town(portal: None) -> Callable[[], Town]:
    """Make a commune, its organisation and an agent of it."""

    def make() -> Town:
        commune = next(_COMMUNES)
        while model.Session.get(Collectivity, commune.siren):
            commune = next(_COMMUNES)
        user = factories.User(name=f"agent-{uuid.uuid4().hex[:12]}", password=PASSWORD)
        organization = factories.Organization(
            name=f"commune-{commune.insee}-{uuid.uuid4().hex[:6]}",
            title=commune.name,
            users=[{"name": user["name"], "capacity": "editor"}],
        )
        model.Session.add(
            Collectivity(
                siren=commune.siren,
                insee=commune.insee,
                kind=commune.kind,
                name=commune.name,
                population=commune.population,
                org_id=organization["id"],
                cog_vintage=2026,
                status="active",
            )
        )
        model.Session.commit()
        return Town(
            code=str(commune.insee),
            siren=commune.siren,
            siret=default_siret(commune.siren),
            name=commune.name,
            org_id=organization["id"],
            agent=user["name"],
        )

    return make


@dataclass(frozen=True)
class Atd:
    siren: str
    animator: str


@pytest.fixture
def atd(portal: None) -> Callable[..., Atd]:
    """Make an ATD that covers some towns, and its animator."""

    def make(*towns: Town) -> Atd:
        epci = next(_EPCIS)
        while model.Session.get(Collectivity, epci.siren):
            epci = next(_EPCIS)
        user = factories.User(name=f"anim-{uuid.uuid4().hex[:12]}", password=PASSWORD)
        organization = factories.Organization(
            name=f"atd-{uuid.uuid4().hex[:10]}",
            users=[{"name": user["name"], "capacity": "admin"}],
        )
        model.Session.add(
            Collectivity(
                siren=epci.siren, kind=epci.kind, name=epci.name, cog_vintage=2026,
                org_id=organization["id"], status="active",
            )
        )  # fmt: skip
        model.Session.flush()
        definition = {"include": [{"kind": "siren", "code": epci.siren}]}
        model.Session.add(
            AtdPerimeter(atd_siren=epci.siren, name=epci.name, definition=definition)
        )
        model.Session.flush()
        for town in towns:
            model.Session.add(PerimeterMember(atd_siren=epci.siren, siren=town.siren))
            tk.get_action("organization_member_create")(
                {"ignore_auth": True},
                {"id": town.org_id, "username": user["name"], "role": "admin"},
            )
        model.Session.commit()
        return Atd(epci.siren, user["name"])

    return make


@pytest.fixture
def mende(town: Callable[[], Town]) -> Town:
    """One commune and its agent."""
    return town()


def call_as(who: str, action: str, /, **data: Any) -> Any:
    """Call an action with the rights of a user, or of nobody."""
    return tk.get_action(action)({"user": who, "ignore_auth": False}, data)


def send(town: Town, content: bytes, filename: str = "budget.csv") -> dict[str, Any]:
    """Send a file in as the commune's agent."""
    return dict(
        call_as(
            town.agent,
            "odlocale_deposit_create",
            org_id=town.org_id,
            upload=io.BytesIO(content),
            filename=filename,
        )
    )


def publish(town: Town, content: bytes, filename: str = "budget.csv") -> dict[str, Any]:
    """Send a file in, accept its safe corrections, publish it."""
    sent = send(town, content, filename)
    call_as(town.agent, "odlocale_deposit_correct", id=sent["id"])
    return dict(call_as(town.agent, "odlocale_deposit_publish", id=sent["id"]))


class Desk:
    """A browser without JavaScript: it follows links and sends forms as they are."""

    def __init__(self, app: Any, user: str | None) -> None:
        self.client = app.test_client()
        self.response: Any = None
        if user:
            self.log_in(user)

    @property
    def page(self) -> str:
        return str(self.response.get_data(as_text=True))

    def log_in(self, user: str) -> Desk:
        """Log in through the portal's own form, wherever it was met."""
        if self.response is None or self.address != "/user/login":
            self.get("/user/login")
        where = self.response.request.full_path
        return self.post(where, {"login": user, "password": PASSWORD})

    def log_out(self) -> Desk:
        """Log out, in another tab as it were."""
        shown = self.response
        self.get("/user/edit").post("/user/_logout", {})
        self.response = shown
        return self

    def get(self, address: str, **options: Any) -> Desk:
        self.response = self.client.get(address, **options)
        return self

    def post(self, address: str, data: dict[str, Any]) -> Desk:
        """Send a form with the token and the version that the page holds."""
        found = {
            name: match.group(1)
            for name in ("_csrf_token", "version")
            if (match := re.search(rf'name="{name}"[^>]*?value="([^"]+)"', self.page))
        }
        self.response = self.client.post(address, data={**found, **data})
        return self

    def post_bare(self, address: str, data: dict[str, Any]) -> int:
        """Send a form as a program does, with no token; return the status."""
        answer = self.client.post(address, data=data, follow_redirects=False)
        return int(answer.status_code)

    def drop(self, town: Town, content: bytes, filename: str = "budget.csv") -> Desk:
        """Send a file from the commune's desk."""
        self.get(f"/publier/{town.code}")
        file = (io.BytesIO(content), filename)
        return self.post("/publier/deposer", {"code": town.code, "file": file})

    @property
    def address(self) -> str:
        """Path of the page that is shown, once redirections are followed."""
        return str(self.response.request.path)


@pytest.fixture
def desk_of(app: Any) -> Callable[[str | None], Desk]:
    """Open the desk as a user, or as nobody."""
    return lambda user: Desk(app, user)


@pytest.fixture(autouse=True)
def clean_session() -> Iterator[None]:
    """Leave no failed transaction to the next test."""
    yield
    model.Session.rollback()
