"""The places of the tables of rights, the people around them, and what is theirs.

A commune, its neighbour in one intercommunalité (EPCI), the EPCI, the authority above
(ATD), and a commune elsewhere: each has a draft, a file online, a mandate with its
document, a software, an invitation, somebody who asks to act for it, a report of an
error, a link that follows no model, and letters whose links act.
"""

from __future__ import annotations

import datetime
import io
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories, helpers

from ckanext.odlocale.base import storage
from ckanext.odlocale.people import codes, proving
from ckanext.odlocale.people.invitations import hash_of, new_token
from ckanext.odlocale.people.oidc_tables import Attachment, Identity
from ckanext.odlocale.people.tables import (
    AccessRequest,
    Invitation,
    Mandate,
    OfficialAddress,
    Token,
)
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.reminders.letters import secret
from ckanext.odlocale.reminders.links import Answer, Stop, sign_answer, sign_stop
from ckanext.odlocale.reuse.model import Report
from ckanext.odlocale.tables import jobs
from ckanext.odlocale.territory import progress
from ckanext.odlocale.territory.identifiers import default_siret
from ckanext.odlocale.territory.register import Register
from ckanext.odlocale.territory.tables import (
    AtdPerimeter,
    Collectivity,
    PerimeterMember,
)
from tests.integration.asked import arguments
from tests.integration.publishing.conftest import (
    PASSWORD,
    Town,
    budget,
    call_as,
    publish,
    send,
)

MakeTown = Callable[[], Town]


class Held:
    """What a collectivité has, and how an action is asked about it."""

    def __init__(self, town: Town, holder: str = "") -> None:
        self.town = town
        self.deposit = send(town, budget(town.siret))["id"]
        self.former = publish(town, budget(town.siret, year=2020))
        call_as(town.agent, "odlocale_deposit_withdraw", id=self.former["id"])
        self.release = publish(town, budget(town.siret, year=2021))
        self.grid = self._fill_in()
        self.erased = publish(town, budget(town.siret, year=2019))
        self.files = self._read_files(self.erased["id"])
        plan = as_site("odlocale_release_purge_plan", id=self.erased["id"])
        self.purge_digest = plan["digest"]
        self.code = self._ask_code()
        shown = call_as(town.agent, "odlocale_deposit_show", id=self.deposit)
        self.group = shown["analysis"]["check"]["groups"][0]["id"]
        helper = model.User.get(holder or account()).id
        self.mandate = self._give_mandate(helper)
        self.asked_mandate = self._give_mandate(model.User.get(account()).id, "asked")
        self.token = self._give_token()
        self.invitation = self._invite()
        self.attachment = self._ask_attachment()
        self.report = self._report()
        self.document = self._publish_link()
        user = model.User.get(town.agent)
        user_id = user.id
        self.password_link = proving.make_link("password", user)
        self.address_link = proving.make_link("address", user, "autre@essai.example")
        self.stop_link = sign_stop(Stop(user_id, "reminders"), secret())
        self.answer_link = sign_answer(
            Answer(user_id, town.siren, "budget", 2026), secret()
        )

    def _add(self, row: Any) -> str:
        model.Session.add(row)
        model.Session.commit()
        return str(row.id)

    def _fill_in(self) -> str:
        """Fill one row in online; return the key of the draft."""
        place = {"org_id": self.town.org_id, "schema": "budget", "key": "saisie"}
        row = {"cells": {"BGT_NATDEC": "budget primitif"}}
        call_as(self.town.agent, "odlocale_grid_rows", **place, add=[row])
        return place["key"]

    def _read_files(self, deposit_id: str) -> list[bytes]:
        kept = model.Session.get(Deposit, deposit_id)
        named = (kept.original_sha256, kept.canonical_sha256, kept.parquet_sha256)
        return [storage.open_path(str(one)).read_bytes() for one in named if one]

    def put_back(self) -> None:
        """Keep the files again that erasing took off the disk, though the database
        forgets it."""
        for content in self.files:
            storage.put(io.BytesIO(content))

    def _ask_code(self) -> str:
        """Let the town hall be asked for a code, which is 123456."""
        email = f"mairie-{self.town.code}@essai.example".lower()
        model.Session.add(
            OfficialAddress(siren=self.town.siren, email=email, source="directory")
        )
        ends = datetime.datetime.now(datetime.timezone.utc) + codes.LIFETIME
        asked, key = str(uuid.uuid4()), str(tk.config["SECRET_KEY"])
        return self._add(
            AccessRequest(
                id=asked, org_id=self.town.org_id, email="quelqu-un@essai.example",
                fullname="Maël Le Goff", sealed=codes.seal("123456", asked, key),
                expires_at=ends,
            )
        )  # fmt: skip

    def _give_mandate(
        self, holder_id: str, state: str = "accepted", holder: str = "agent"
    ) -> str:
        today = datetime.date.today()
        kept = storage.put(io.BytesIO(b"%PDF-1.4 deed"), 1024)
        document = {"sha256": kept.sha256, "name": "acte.pdf", "size": kept.size}
        return self._add(
            Mandate(
                document=document, org_id=self.town.org_id, holder=holder,
                schemas=["budget"], holder_id=holder_id, state=state, since=today,
                until=today + datetime.timedelta(days=30),
            )
        )  # fmt: skip

    def _give_token(self) -> str:
        return self._add(
            Token(
                org_id=self.town.org_id, mandate_id=self.mandate, name="Logiciel",
                verbs=["publish"], prefix=f"odl_{uuid.uuid4().hex[:8]}",
                token_hash=uuid.uuid4().hex * 2, until=datetime.date.today(),
            )
        )  # fmt: skip

    def _invite(self) -> str:
        self.link = new_token()
        ends = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=3)
        invitation, key = str(uuid.uuid4()), str(tk.config["SECRET_KEY"])
        model.Session.add(
            AccessRequest(
                id=invitation, org_id=self.town.org_id, state="invited",
                email="invite@essai.example", expires_at=ends,
                sealed=codes.seal("123456", invitation, key),
            )
        )  # fmt: skip
        return self._add(
            Invitation(
                id=invitation,
                org_id=self.town.org_id, email="invite@essai.example",
                capacity="editor", state="sent", token_hash=hash_of(self.link),
                expires_at=ends,
            )
        )  # fmt: skip

    def _ask_attachment(self) -> str:
        name = uuid.uuid4().hex[:12]
        identity = Identity(
            issuer="https://essai.example", sub=name, email=f"{name}@essai.example",
            user_id=model.User.get(account()).id, siret=self.town.siret,
        )  # fmt: skip
        model.Session.add(identity)
        model.Session.flush()
        return self._add(
            Attachment(
                identity_id=identity.id, siren=self.town.siren, siret=self.town.siret,
                place=self.town.siren, state="waiting",
            )
        )  # fmt: skip

    def _report(self) -> str:
        return self._add(
            Report(
                siren=self.town.siren, schema="budget", key=self.release["key"],
                message="Une ligne est fausse.", state="open",
            )
        )  # fmt: skip

    def _publish_link(self) -> str:
        """Publish an address that follows no model."""
        said = {"url": "https://essai.example/plan", "title": "Plan de la commune"}
        asked = {"org_id": self.town.org_id, "agreed": True, **said}
        done = call_as(self.town.agent, "odlocale_document_publish", **asked)
        return str(done["id"])

    def about(self, action: str, place: Place) -> dict[str, Any]:
        """What names this collectivité, whatever an action asks it by."""
        return arguments(action, self, place)


class Place(Held):
    """A commune under its EPCI and its ATD, another commune, and their people."""

    def __init__(self, make_town: MakeTown) -> None:
        town, self.other = make_town(), make_town()
        self.epci, self.atd = self._make_parent(), self._make_parent()
        self._put_under(town.org_id, self.epci)
        self._put_under(self.epci, self.atd)
        self.atd_siren = self._make_perimeter(town)
        helper = self._make_parent()
        self.people = {
            "nobody": "",
            "account": account(),
            "agent": town.agent,
            "manager": account(town.org_id, "admin"),
            "another's agent": self.other.agent,
            "mandated": account(),
            "mandated EPCI's agent": account(helper, "editor"),
            "EPCI's agent": account(self.epci, "editor"),
            "EPCI's animator": account(self.epci, "admin"),
            "ATD's member": account(self.atd, "member"),
            "ATD's agent": account(self.atd, "editor"),
            "ATD's animator": account(self.atd, "admin"),
            "administrator": str(factories.Sysadmin(password=PASSWORD)["name"]),
        }
        super().__init__(town, self.people["mandated"])
        self._give_mandate(helper, holder="organization")
        administrator = model.User.get(self.people["administrator"])
        self.job = progress.begin(administrator.id)
        # The worker's part of a publication: the whole table's dataset and file.
        jobs.settle_pending()

    def _make_parent(self) -> str:
        name = f"parent-{uuid.uuid4().hex[:12]}"
        return str(factories.Organization(name=name)["id"])

    def _put_under(self, child: str, parent: str) -> None:
        data = {"object": parent, "object_type": "group", "capacity": "public"}
        self._call("member_create", id=child, **data)

    def _make_perimeter(self, town: Town) -> str:
        epci = make_epci(self.atd)
        definition = {"include": [{"kind": "siren", "code": epci.siren}]}
        model.Session.add(
            AtdPerimeter(
                atd_siren=epci.siren,
                name=epci.name,
                definition=definition,
                colour="#7a1f1f",
            )
        )
        model.Session.flush()
        model.Session.add(PerimeterMember(atd_siren=epci.siren, siren=town.siren))
        model.Session.execute(
            sa.update(Collectivity)
            .where(Collectivity.siren == town.siren)
            .values(epci_siren=epci.siren)
        )
        model.Session.commit()
        return str(epci.siren)

    def _call(self, action: str, **data: Any) -> None:
        as_site(action, **data)


class Places(Place):
    """The same, and what is held around: by the letter that the table writes.

    :ivar all: ``c`` the commune, ``n`` its neighbour under the same EPCI, ``e`` the
        EPCI, ``a`` the ATD, ``o`` a commune elsewhere
    :ivar tokens: an API token of each person; empty for nobody
    """

    def __init__(self, make_town: MakeTown) -> None:
        super().__init__(make_town)
        neighbour = make_town()
        self._put_under(neighbour.org_id, self.epci)
        epci = make_epci(self.epci)
        atd = model.Session.get(Collectivity, self.atd_siren)
        for siren in (neighbour.siren, epci.siren):
            model.Session.add(PerimeterMember(atd_siren=self.atd_siren, siren=siren))
        model.Session.commit()
        self.all: dict[str, Held] = {
            "c": self,
            "n": Held(neighbour),
            "e": Held(as_town(epci, self.people["EPCI's agent"])),
            "a": Held(as_town(atd, self.people["ATD's agent"])),
            "o": Held(self.other),
        }
        jobs.settle_pending()
        self.tokens = {who: self._token(name) for who, name in self.people.items()}

    def _token(self, name: str) -> str:
        if not name:
            return ""
        made = helpers.call_action(
            "api_token_create", {"ignore_auth": True}, user=name, name="essai"
        )
        return str(made["token"])


def make_epci(org_id: str) -> Collectivity:
    """Let an organisation be the next EPCI that no other test has."""
    # As many as all the tables need, should one process run them all.
    found = next(
        one
        for code in ("82", "88", "87")
        for one in Register.load().departement(code)
        if one.kind == "epci" and not model.Session.get(Collectivity, one.siren)
    )
    made = Collectivity(
        siren=found.siren, kind=found.kind, name=found.name, cog_vintage=2026,
        org_id=org_id, status="active",
    )  # fmt: skip
    model.Session.add(made)
    model.Session.commit()
    return made


def as_town(place: Collectivity, agent: str) -> Town:
    """An EPCI that publishes, as a commune does."""
    return Town(
        code=place.siren, siren=place.siren, siret=default_siret(place.siren),
        name=place.name, org_id=str(place.org_id), agent=agent,
    )  # fmt: skip


def account(org_id: str = "", role: str = "") -> str:
    """Make an account, in an organisation if named."""
    name = f"droits-{uuid.uuid4().hex[:12]}"
    made = str(factories.User(name=name, password=PASSWORD)["name"])
    if org_id:
        as_site("organization_member_create", id=org_id, username=made, role=role)
    return made


def as_site(action: str, **data: Any) -> Any:
    """Call an action with no check."""
    site = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    return tk.get_action(action)({"user": site["name"], "ignore_auth": True}, data)


_made: dict[str, Places] = {}


@pytest.fixture
def places(
    request: pytest.FixtureRequest, portal: None, town: MakeTown
) -> Iterator[Places]:
    """The places of a file of tests, made once for all of them."""
    name = request.module.__name__
    if name not in _made:
        _made[name] = Places(town)
    yield _made[name]
    model.Session.rollback()


class RolledBack:
    """Everything that is done meanwhile is undone: a call is tried for real, once.

    CKAN's sessions join one transaction, their commits being savepoints of it.
    """

    def __init__(self, *, by_table: bool = False) -> None:
        """Prepare.

        :param by_table: whether :meth:`written` is to be asked
        """
        self.by_table = by_table

    def __enter__(self) -> RolledBack:
        model.Session.remove()
        engine = model.meta.engine
        self.connection = engine.connect()
        self.transaction = self.connection.begin()
        model.Session.configure(
            bind=self.connection, join_transaction_mode="create_savepoint"
        )
        # PostgreSQL counts here what this connection did a moment before, too.
        self.before = self._count() if self.by_table else {}
        return self

    def __exit__(self, *error: object) -> None:
        model.Session.remove()
        self.transaction.rollback()
        self.connection.close()
        model.Session.configure(
            bind=model.meta.engine, join_transaction_mode="conditional_savepoint"
        )

    def written(self) -> set[str]:
        """The tables in which a row was written since, even if it was undone."""
        now = self._count()
        return {table for table in now if now[table] != self.before.get(table, 0)}

    def has_written(self) -> bool:
        """Whether PostgreSQL gave the transaction a number, as its first write does."""
        query = sa.text("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
        return bool(self.connection.scalar(query))

    def _count(self) -> dict[str, int]:
        query = sa.text(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del"
            " FROM pg_stat_xact_user_tables"
        )
        return {row[0]: row[1] for row in self.connection.execute(query)}
