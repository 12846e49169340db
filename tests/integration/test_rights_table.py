"""The table of rights, `docs/dev/rights.md`: what it says is what happens.

Each action of the portal is called by each kind of person. An action that the table
does not have fails, and so does a line about none.
"""

from __future__ import annotations

import datetime
import io
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.odlocale import rooms
from ckanext.odlocale.people.oidc_tables import Attachment, Identity
from ckanext.odlocale.people.tables import Invitation, Mandate, Token
from ckanext.odlocale.reuse.model import Report
from ckanext.odlocale.tables import jobs
from ckanext.odlocale.territory import progress
from ckanext.odlocale.territory.register import Register
from ckanext.odlocale.territory.tables import (
    AtdPerimeter,
    Collectivity,
    PerimeterMember,
)
from tests.integration.publishing.conftest import Town, budget, publish, send, town

__all__ = ["town"]
TABLE = Path(__file__).parents[2] / "docs" / "dev" / "rights.md"
YES, NO = "yes", "–"


def _part_of_table() -> str:
    after = TABLE.read_text("utf-8").partition("## Actions")[2]
    return after.partition("## Pages")[0]


def read_table() -> tuple[list[str], dict[str, dict[str, str]]]:
    """Kinds of person, and for each action what the table says of each."""
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in _part_of_table().splitlines()
        if line.startswith("|") and not line.startswith("|-")
    ]
    people = lines[0][1:]
    rows = {
        line[0].strip("`"): dict(zip(people, line[1:], strict=True))
        for line in lines[1:]
    }
    return people, rows


PEOPLE, RIGHTS = read_table()
OURS = sorted(one for one in rooms.exports("actions") if one.startswith("odlocale_"))


class Place:
    """A commune under its EPCI and its ATD, another commune, and their people."""

    def __init__(self, make_town: Callable[[], Town]) -> None:
        self.town, self.other = make_town(), make_town()
        self.deposit = send(self.town, budget(self.town.siret))["id"]
        self.release = publish(self.town, budget(self.town.siret, year=2021))
        self.epci, self.atd = self._make_parent(), self._make_parent()
        self._put_under(self.town.org_id, self.epci)
        self._put_under(self.epci, self.atd)
        self.atd_siren = self._make_perimeter()
        self.people = {
            "nobody": "",
            "account": self._account(),
            "agent": self.town.agent,
            "manager": self._account(self.town.org_id, "admin"),
            "another's agent": self.other.agent,
            "mandated": self._account(),
            "EPCI's agent": self._account(self.epci, "editor"),
            "EPCI's animator": self._account(self.epci, "admin"),
            "ATD's member": self._account(self.atd, "member"),
            "ATD's agent": self._account(self.atd, "editor"),
            "ATD's animator": self._account(self.atd, "admin"),
            "administrator": str(factories.Sysadmin()["name"]),
        }
        self.mandate = self._give_mandate(self.people["mandated"])
        self.token = self._give_token()
        self.invitation = self._invite()
        self.attachment = self._ask_attachment()
        self.report = self._report()
        administrator = model.User.get(self.people["administrator"])
        self.job = progress.begin(administrator.id)
        # The worker's part of a publication: the whole table's dataset and file.
        jobs.settle_pending()

    def _account(self, org_id: str = "", role: str = "") -> str:
        name = str(factories.User(name=f"droits-{uuid.uuid4().hex[:12]}")["name"])
        if org_id:
            member = {"username": name, "role": role}
            self._call("organization_member_create", id=org_id, **member)
        return name

    def _make_parent(self) -> str:
        name = f"parent-{uuid.uuid4().hex[:12]}"
        return str(factories.Organization(name=name)["id"])

    def _put_under(self, child: str, parent: str) -> None:
        data = {"object": parent, "object_type": "group", "capacity": "public"}
        self._call("member_create", id=child, **data)

    def _make_perimeter(self) -> str:
        epci = next(
            one
            for one in Register.load().departement("82")
            if one.kind == "epci" and not model.Session.get(Collectivity, one.siren)
        )
        model.Session.add(
            Collectivity(
                siren=epci.siren, kind=epci.kind, name=epci.name, cog_vintage=2026,
                org_id=self.atd, status="active",
            )
        )  # fmt: skip
        model.Session.flush()
        definition = {"include": [{"kind": "siren", "code": epci.siren}]}
        model.Session.add(
            AtdPerimeter(atd_siren=epci.siren, name=epci.name, definition=definition)
        )
        model.Session.flush()
        model.Session.add(PerimeterMember(atd_siren=epci.siren, siren=self.town.siren))
        model.Session.commit()
        return str(epci.siren)

    def _give_mandate(self, holder: str) -> str:
        given = Mandate(
            org_id=self.town.org_id, holder="agent", schemas=["budget"],
            holder_id=model.User.get(holder).id, state="accepted",
            since=datetime.date.today(),
            until=datetime.date.today() + datetime.timedelta(days=30),
        )  # fmt: skip
        model.Session.add(given)
        model.Session.commit()
        return str(given.id)

    def _give_token(self) -> str:
        given = Token(
            org_id=self.town.org_id, mandate_id=self.mandate, name="Logiciel",
            verbs=["publish"], prefix=f"odl_{uuid.uuid4().hex[:8]}",
            token_hash="0" * 64, until=datetime.date.today(),
        )  # fmt: skip
        model.Session.add(given)
        model.Session.commit()
        return str(given.id)

    def _invite(self) -> str:
        one = Invitation(
            org_id=self.town.org_id, email="invite@essai.example", capacity="editor",
            state="sent",
        )  # fmt: skip
        model.Session.add(one)
        model.Session.commit()
        return str(one.id)

    def _ask_attachment(self) -> str:
        name = uuid.uuid4().hex[:12]
        identity = Identity(
            issuer="https://essai.example", sub=name, email=f"{name}@essai.example",
            user_id=model.User.get(self._account()).id, siret=self.town.siret,
        )  # fmt: skip
        model.Session.add(identity)
        model.Session.flush()
        asked = Attachment(
            identity_id=identity.id, siren=self.town.siren, siret=self.town.siret,
            place=self.town.siren, state="waiting",
        )  # fmt: skip
        model.Session.add(asked)
        model.Session.commit()
        return str(asked.id)

    def _report(self) -> str:
        one = Report(
            siren=self.town.siren, schema="budget", key=self.release["key"],
            message="Une ligne est fausse.", state="open",
        )  # fmt: skip
        model.Session.add(one)
        model.Session.commit()
        return str(one.id)

    def _call(self, action: str, **data: Any) -> None:
        site = tk.get_action("get_site_user")({"ignore_auth": True}, {})
        tk.get_action(action)({"user": site["name"], "ignore_auth": True}, data)

    def arguments(self, action: str) -> dict[str, Any]:
        """What names this place, whatever an action asks it by."""
        named = {
            "odlocale_territory": self.job,
            "odlocale_release": self.release["id"],
            "odlocale_release_purge": self.release["id"],
            "odlocale_mandate": self.mandate,
            "odlocale_invitation": self.invitation,
            "odlocale_attachment": self.attachment,
            "odlocale_token": self.token,
            "odlocale_report": self.report,
        }
        if action == "odlocale_account_end_sessions":
            return {}
        if action in (
            "odlocale_account_reset_factor",
            "odlocale_person_erase",
            "odlocale_person_export",
        ):
            return {"id": self.town.agent}
        return {
            "id": named.get(action.rpartition("_")[0], self.deposit),
            "holder": "software",
            "holder_id": "Logiciel",
            "name": "Logiciel",
            "verbs": ["read"],
            "key": "complet",
            "reason": "other",
            "since": "2026-01-01",
            "until": "2026-12-31",
            "accept": False,
            "token": "none",
            "user": self.town.agent,
            "role": "agent",
            "email": "quelqu-un@essai.example",
            "receipt": "{}",
            "definition": {"include": [{"kind": "siren", "code": self.atd_siren}]},
            "org_id": self.town.org_id,
            "upload": io.BytesIO(budget(self.town.siret)),
            "sha256": "0" * 64,
            "schema": "budget",
            "schemas": ["budget"],
            "target": "portal",
            "codes": [self.town.code],
            "code": self.town.code,
            "siren": self.town.siren,
            "atd_siren": self.atd_siren,
            "perimeter": self.atd_siren,
            "perimeters": [self.atd_siren],
            "group": "none",
            "decisions": [],
            "year": 2026,
            "digest": "0" * 64,
            "former": self.town.code,
            "description": "{",
        }


_made: list[Place] = []


@pytest.fixture
def place(portal: None, town: Callable[[], Town]) -> Iterator[Place]:
    if not _made:
        _made.append(Place(town))
    yield _made[0]
    model.Session.rollback()


#: Actions that ask another one's rule.
RULE_OF = {"odlocale_territory_apply_later": "odlocale_territory_apply"}


def test_each_action_has_its_line() -> None:
    assert sorted(RIGHTS) == OURS


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("action", RIGHTS)
def test_who_may_what(action: str, who: str, place: Place) -> None:
    context = {"user": place.people[who], "ignore_auth": False}
    asked = place.arguments(action)
    if RIGHTS[action][who] == YES:
        # The rule alone: what is allowed would change the place of the other lines.
        tk.check_access(RULE_OF.get(action, action), context, asked)
        return
    assert RIGHTS[action][who] == NO
    with pytest.raises(tk.NotAuthorized):
        tk.get_action(action)(context, asked)
