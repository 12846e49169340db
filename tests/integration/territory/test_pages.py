"""Public pages of the territory: content, rights, cost, privacy.

The rows are written here directly, from the register: two départements of unequal
sizes, the Indre (36) whole and the Lot (46) cut to one intercommunalité.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib import search
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.odlocale.base.french import slugify
from ckanext.odlocale.territory.identifiers import organization_name
from ckanext.odlocale.territory.model import run
from ckanext.odlocale.territory.register import Collectivity as Registered
from ckanext.odlocale.territory.register import Register
from ckanext.odlocale.territory.tables import (
    AtdPerimeter,
    Collectivity,
    PerimeterMember,
)
from ckanext.odlocale.territory.tree import level_statement

Call = Callable[..., Any]
BIG, SMALL = "36", "46"
SQUARE = (0.0, 0.05)


@dataclass(frozen=True)
class Territory:
    """A département written in the database.

    :ivar head: its département; ``epci``: its largest one; ``communes`` of that
        EPCI, by name.
    """

    head: Registered
    epci: Registered
    communes: tuple[Registered, ...]

    def org_of(self, one: Registered) -> str:
        found = Collectivity.by_code(one.siren)
        assert found is not None
        return str(found.org_id)


def write_territory(departement: str, only: int | None = None) -> Territory:
    """Write a département: organisations, hierarchy, register's rows, centres.

    :param only: how many communes of the largest EPCI; the whole where ``None``.
    """
    register = Register.load()
    head = register.head(departement)
    assert head is not None
    everyone = [
        one
        for one in register.departement(departement)
        if one.kind != "epci" or one.departement == departement
    ]
    epcis = [one for one in everyone if one.kind == "epci"]
    largest = max(epcis, key=lambda epci: len(_communes(everyone, epci.siren)))
    communes = _communes(everyone, largest.siren)
    if only is not None:
        communes = communes[:only]
        everyone = [head, largest, *communes]
    known = {one.siren for one in everyone}
    for rank, one in enumerate(everyone):
        _write(one, rank)
    model.Session.flush()
    for one in everyone:
        if one.siren != head.siren:
            above = one.epci_siren if one.epci_siren in known else head.siren
            _put_below(one.siren, str(above))
    model.Session.commit()
    return Territory(head, largest, tuple(sorted(communes, key=lambda one: one.name)))


def _communes(everyone: Iterable[Registered], epci: str) -> list[Registered]:
    return [one for one in everyone if one.epci_siren == epci]


def _write(one: Registered, rank: int) -> None:
    name = organization_name(one)
    org = model.Group.get(name)
    if org is None:
        org = model.Group(name=name, title=one.title, type="organization")
        org.is_organization = True
        org.extras = {"siren": one.siren, "kind": one.kind}
        model.Session.add(org)
        model.Session.flush()
    row = model.Session.get(Collectivity, one.siren)
    if row is None:
        row = Collectivity(siren=one.siren)
        model.Session.add(row)
    row.insee, row.kind, row.name = one.insee, one.kind, one.name
    row.population, row.epci_siren = one.population, one.epci_siren
    row.departement, row.region = one.departement, one.region
    row.org_id, row.cog_vintage, row.status = org.id, 2026, "active"
    if one.kind == "commune":
        row.longitude, row.latitude = 1.0 + rank % 20 * 0.05, 46.5 + rank // 20 * 0.05


def _put_below(siren: str, above: str) -> None:
    child, parent = (model.Session.get(Collectivity, one) for one in (siren, above))
    assert child is not None
    assert parent is not None
    rows = model.member_table
    known = (rows.c.group_id == child.org_id) & (rows.c.table_name == "group")
    model.Session.execute(sa.delete(rows).where(known))
    model.Session.execute(sa.insert(rows).values(**member_row(child, parent)))


def member_row(child: Collectivity, parent: Collectivity) -> dict[str, Any]:
    """The row by which core knows that one is below another."""
    return {
        "id": str(uuid.uuid4()),
        "table_name": "group",
        "group_id": child.org_id,
        "table_id": parent.org_id,
        "capacity": "public",
        "state": "active",
    }


def act(action: str, **data: Any) -> Any:
    """Call an action as the portal itself."""
    site = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    return tk.get_action(action)({"user": site["name"], "ignore_auth": True}, data)


def register_atd(
    siren: str, name: str, colour: str | None, members: Iterable[str]
) -> None:
    """Make a collectivité an ATD that covers those."""
    session = model.Session
    atd = session.get(AtdPerimeter, siren)
    if atd is None:
        atd = AtdPerimeter(
            atd_siren=siren, definition={"include": [{"kind": "siren", "code": siren}]}
        )
        session.add(atd)
    atd.name, atd.colour = name, colour
    session.flush()
    session.execute(
        sa.delete(PerimeterMember).where(PerimeterMember.atd_siren == siren)
    )
    session.flush()
    for one in {siren, *members}:
        session.add(PerimeterMember(atd_siren=siren, siren=one))
    session.commit()


_written: dict[str, Territory] = {}


@pytest.fixture
def big(portal: None) -> Territory:
    """The Indre, whole: 241 communes, all under an ATD of red and name of its own."""
    if BIG not in _written:
        territory = write_territory(BIG)
        members = model.Session.scalars(
            sa.select(Collectivity.siren).where(Collectivity.departement == BIG)
        ).all()
        register_atd(territory.head.siren, "Numérique 36", "#7a1f1f", members)
        _written[BIG] = territory
    return _written[BIG]


@pytest.fixture
def small(portal: None) -> Territory:
    """Three communes of the Lot and what is above them."""
    if SMALL not in _written:
        territory = write_territory(SMALL, only=3)
        members = [territory.epci.siren, *(one.siren for one in territory.communes)]
        register_atd(territory.head.siren, "Lot numérique", "#1f3f7a", members)
        _written[SMALL] = territory
    return _written[SMALL]


@pytest.fixture
def epci_atd(small: Territory) -> Iterator[Territory]:
    """The small territory, whose EPCI is an ATD too."""
    members = [one.siren for one in small.communes]
    register_atd(small.epci.siren, "Grand Lot", "#4a1f7a", members)
    yield small
    atd = model.Session.get(AtdPerimeter, small.epci.siren)
    model.Session.delete(atd)
    model.Session.commit()


@contextmanager
def counted() -> Iterator[list[str]]:
    """List the statements sent to PostgreSQL."""
    sent: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    sa.event.listen(model.meta.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(model.meta.engine, "before_cursor_execute", note)


def page_of(app: Any, one: Registered) -> str:
    return str(app.get(f"/organization/{organization_name(one)}", status=200).body)


def dataset_of(owner: str, **fields: Any) -> dict[str, Any]:
    return act(
        "package_create",
        name=f"donnees-{uuid.uuid4().hex[:12]}",
        title=fields.pop("title", "Menus des écoles"),
        owner_org=owner,
        **fields,
    )


class TestTheOrganisationPage:
    def test_it_says_who_where_and_with_whom(self, app: Any, big: Territory) -> None:
        commune = big.communes[0]
        page = page_of(app, commune)
        assert f"<h1>{commune.name}</h1>" in page
        assert str(commune.insee) in page
        assert big.epci.name.replace("'", "&#39;") in page
        assert "Numérique 36" in page
        assert f"/catalogue/{commune.insee}.ttl" in page
        assert 'role="img"' in page
        assert re.search(r'<svg class="odl-position"[^>]* aria-label="[^"]+"', page)

    def test_it_says_what_the_law_asks_with_a_link_to_the_law(
        self, app: Any, big: Territory
    ) -> None:
        page = page_of(app, big.communes[0])
        assert 'id="duties"' in page
        assert "L2121-30" in page
        assert "https://www.legifrance.gouv.fr/" in page
        assert "DELIB" not in page

    def test_the_way_down_to_it_is_its_breadcrumb(
        self, app: Any, big: Territory
    ) -> None:
        commune = big.communes[0]
        page = page_of(app, commune)
        trail = page[page.index('class="breadcrumb"') : page.index("</ol>")]
        names = [organization_name(one) for one in (big.head, big.epci, commune)]
        places = [trail.index(f"/organization/{name}") for name in names]
        assert places == sorted(places)

    def test_a_merged_commune_leads_to_its_heir(self, app: Any, big: Territory) -> None:
        former, heir = big.communes[-1], big.communes[0]
        row = Collectivity.by_code(former.siren)
        row.status, row.successor = "merged", heir.siren
        model.Session.commit()
        try:
            page = page_of(app, former)
            assert f"/organization/{organization_name(heir)}" in page
        finally:
            row = model.Session.get(Collectivity, former.siren)
            row.status, row.successor = "active", None
            model.Session.commit()

    def test_a_closed_commune_says_since_when(self, app: Any, big: Territory) -> None:
        row = Collectivity.by_code(big.communes[-1].siren)
        row.status = "closed"
        model.Session.commit()
        try:
            assert "2026" in page_of(app, big.communes[-1])
        finally:
            row = model.Session.get(Collectivity, big.communes[-1].siren)
            row.status = "active"
            model.Session.commit()

    def test_an_organisation_made_by_hand_has_its_page_too(self, app: Any) -> None:
        org = factories.Organization(title="Musée du Lot")
        page = app.get(f"/organization/{org['name']}", status=200).body
        assert "Musée du Lot" in page
        assert 'id="duties"' not in page
        assert "--odlocale-action" not in page

    def test_its_cost_does_not_grow_with_the_territory(
        self, app: Any, big: Territory, small: Territory
    ) -> None:
        numbers = []
        for territory in (big, small):
            address = f"/organization/{organization_name(territory.communes[0])}"
            app.get(address, status=200)
            with counted() as sent:
                app.get(address, status=200)
            numbers.append(len(sent))
        assert numbers[0] == numbers[1]
        assert numbers[0] <= 30

    def test_an_intercommunality_s_does_not_grow_with_its_communes(
        self, app: Any, big: Territory, small: Territory
    ) -> None:
        numbers = []
        for territory in (big, small):
            address = f"/organization/{organization_name(territory.epci)}"
            app.get(address, status=200)
            with counted() as sent:
                app.get(address, status=200)
            numbers.append(len(sent))
        assert numbers[0] == numbers[1]


class TestTheContact:
    FIELDS = {  # noqa: RUF012 (read, never changed)
        "contact_name": "Secrétariat de mairie",
        "contact_email": "mairie@example.org",
        "contact_phone": "05 65 00 00 00",
        "website": "https://commune.example.org",
        "address": "1 place de la Mairie\n46000 Commune",
    }

    def patch(self, territory: Territory, **fields: Any) -> dict[str, Any]:
        org_id = territory.org_of(territory.communes[1])
        return act("organization_patch", id=org_id, **fields)

    def test_a_service_is_reached_by_all_that_it_gives(
        self, app: Any, small: Territory
    ) -> None:
        self.patch(small, **self.FIELDS)
        page = page_of(app, small.communes[1])
        for value in ("Secrétariat de mairie", "mailto:mairie@example.org"):
            assert value in page
        assert 'href="tel:0565000000"' in page
        assert "1 place de la Mairie" in page

    @pytest.mark.parametrize(
        ("consent", "shown"),
        [
            ("yes", True),
            ("on", True),
            (True, True),
            ("no", False),
            ("", False),
            (False, False),
            (None, False),
            ("peut-être", False),
        ],
    )
    def test_a_person_is_named_only_with_that_person_s_agreement(
        self, app: Any, small: Territory, consent: Any, shown: bool
    ) -> None:
        name = f"Camille {uuid.uuid4().hex[:8]}"
        self.patch(small, contact_person=name, contact_person_consent=consent)
        assert (name in page_of(app, small.communes[1])) is shown
        stored = model.Group.get(small.org_of(small.communes[1])).extras
        assert (stored.get("contact_person") == name) is shown
        api = app.get(
            "/api/3/action/organization_show",
            query_string={"id": small.org_of(small.communes[1])},
        )
        assert (name in api.body) is shown

    def test_a_name_without_an_answer_is_not_kept(self, small: Territory) -> None:
        org = act("organization_show", id=small.org_of(small.communes[2]))
        org.pop("contact_person_consent", None)
        updated = act("organization_update", **{**org, "contact_person": "Camille"})
        assert "contact_person" not in updated

    def test_an_agreement_taken_back_erases_the_name(self, small: Territory) -> None:
        self.patch(small, contact_person="Camille", contact_person_consent="yes")
        self.patch(small, contact_person_consent="no")
        stored = model.Group.get(small.org_of(small.communes[1])).extras
        assert "contact_person" not in stored
        # Given back later, the agreement does not bring an old name with it.
        self.patch(small, contact_person_consent="yes")
        stored = model.Group.get(small.org_of(small.communes[1])).extras
        assert not stored.get("contact_person")


class TestPrivacy:
    def test_no_agent_is_named_anywhere_in_public(
        self, app: Any, small: Territory
    ) -> None:
        secret = uuid.uuid4().hex[:10]
        user = factories.User(
            name=f"agent-{secret}",
            fullname=f"Dominique {secret}",
            email=f"dominique-{secret}@example.org",
        )
        org_id = small.org_of(small.communes[0])
        act(
            "organization_member_create",
            id=org_id,
            username=user["name"],
            role="editor",
        )
        context = {"user": user["name"], "ignore_auth": False}
        dataset = tk.get_action("package_create")(
            context,
            {
                "name": f"budget-{secret[:6]}",
                "title": "Budget",
                "owner_org": org_id,
                "notes": "Le budget.",
            },
        )
        name = organization_name(small.communes[0])
        hashed = model.User.get(user["id"]).email_hash
        addresses = [
            f"/organization/{name}",
            f"/organization/about/{name}",
            f"/organization/activity/{name}",
            f"/organization/members/{name}",
            f"/dataset/{dataset['name']}",
            f"/dataset/activity/{dataset['name']}",
            f"/territoire/{small.epci.siren}",
            f"/api/3/action/organization_show?id={name}&include_users=true"
            "&include_extras=true&include_followers=true",
            f"/api/3/action/package_show?id={dataset['id']}",
            f"/api/3/action/member_list?id={name}",
            f"/api/3/action/organization_activity_list?id={name}",
            f"/api/3/action/package_activity_list?id={dataset['id']}",
            f"/user/{user['name']}",
            f"/api/3/action/user_show?id={user['id']}",
            f"/api/3/action/package_search?fq=owner_org:{org_id}",
            f"/api/3/action/odlocale_collectivity_show?code={small.communes[0].insee}",
            f"/api/3/action/odlocale_collectivity_search?q={small.communes[0].insee}",
            f"/catalogue/{small.communes[0].insee}.ttl",
        ]
        for address in addresses:
            answer = app.get(address, follow_redirects=True)
            # What the visitor wrote in the address himself is no disclosure.
            shown = answer.body.replace(dataset["name"], "").replace(user["name"], "")
            if not address.startswith(("/user/", "/api/3/action/user_show")):
                shown = answer.body.replace(dataset["name"], "")
            assert secret not in shown, address
            assert hashed not in answer.body, address


class TestTheTree:
    def test_it_begins_with_those_who_are_below_nobody(
        self, app: Any, big: Territory, small: Territory
    ) -> None:
        page = app.get("/territoire", status=200).body
        for territory in (big, small):
            assert f"/territoire/{territory.head.siren}" in page
            assert f"/territoire/{territory.epci.siren}" not in page

    def test_each_level_is_a_page_that_leads_to_the_next(
        self, app: Any, big: Territory
    ) -> None:
        above = app.get(f"/territoire/{big.head.siren}", status=200).body
        assert f'href="/territoire/{big.epci.siren}"' in above
        level = app.get(f"/territoire/{big.epci.siren}", status=200).body
        for commune in big.communes:
            assert f"/organization/{organization_name(commune)}" in level

    def test_an_accent_does_not_send_a_commune_to_the_end(
        self, portal: None, big: Territory
    ) -> None:
        nodes = run(level_statement(big.org_of(big.head)))
        names = [slugify(one["title"]) for one in nodes if one["kind"] == "epci"]
        assert names == sorted(names)
        within = run(level_statement(big.org_of(big.epci)))
        assert {one["kind"] for one in within} == {"commune"}
        names = [slugify(one["title"]) for one in within]
        assert names == sorted(names)

    def test_it_unfolds_in_place_by_the_level_alone(
        self, app: Any, big: Territory
    ) -> None:
        address = f"/territoire/{big.epci.siren}"
        part = app.get(address, headers={"HX-Request": "true"}, status=200).body
        assert "<html" not in part
        assert organization_name(big.communes[0]) in part

    def test_a_commune_s_address_leads_to_its_page(
        self, app: Any, big: Territory
    ) -> None:
        commune = big.communes[0]
        address = f"/territoire/{commune.insee}"
        answer = app.get(address, follow_redirects=False, status=302)
        assert answer.headers["Location"].endswith(organization_name(commune))

    @pytest.mark.parametrize(
        "address",
        [
            "/territoire/00000",
            "/territoire/999999999",
            "/territoire/%27%22%3Cscript%3E",
            "/territoire/999999999.css",
            "/territoire/abcdefghi.css",
        ],
    )
    def test_an_unknown_place_is_not_found(self, app: Any, address: str) -> None:
        app.get(address, status=404)

    @pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 30, "²"])
    def test_any_page_number_is_answered(
        self, app: Any, big: Territory, page: str
    ) -> None:
        app.get(
            f"/territoire/{big.epci.siren}", query_string={"page": page}, status=200
        )

    def test_its_cost_does_not_grow_with_a_level(
        self, app: Any, big: Territory, small: Territory
    ) -> None:
        numbers = []
        for territory in (big, small):
            address = f"/territoire/{territory.epci.siren}"
            app.get(address)
            with counted() as sent:
                app.get(address, status=200)
            numbers.append(len(sent))
        assert numbers[0] == numbers[1]

    def test_a_loop_made_by_hand_ends(self, app: Any, small: Territory) -> None:
        head, epci = (
            Collectivity.by_code(one.siren) for one in (small.head, small.epci)
        )
        loop = member_row(head, epci)
        model.Session.execute(sa.insert(model.member_table).values(**loop))
        model.Session.commit()
        try:
            trail = tk.h.odlocale_trail(epci.org_id)
            assert [one["siren"] for one in trail] == [
                small.head.siren,
                small.epci.siren,
            ]
            app.get(f"/territoire/{small.head.siren}", status=200)
        finally:
            rows = model.member_table
            model.Session.execute(sa.delete(rows).where(rows.c.id == loop["id"]))
            model.Session.commit()


class TestTheWayToOnesCommune:
    @pytest.fixture
    def alone(self, big: Territory) -> Registered:
        """A commune whose name nobody else's begins with."""
        names = [one.name for one in big.communes]
        return next(
            one
            for one in big.communes
            if sum(one.name.split("-")[0] in name for name in names) == 1
            and len(one.name) > 7
        )

    def test_its_name_leads_there_in_one_step(
        self, app: Any, alone: Registered
    ) -> None:
        query = {"q": alone.name.lower(), "commune": "1"}
        answer = app.get(
            "/territoire/trouver", query_string=query, follow_redirects=False
        )
        assert answer.status_code == 302
        assert answer.headers["Location"].endswith(organization_name(alone))

    def test_its_insee_code_leads_there(self, app: Any, alone: Registered) -> None:
        answer = app.get(
            "/territoire/trouver",
            query_string={"q": alone.insee, "commune": "1"},
            follow_redirects=False,
        )
        location = answer.headers["Location"]
        assert organization_name(alone) in location or f"q={alone.insee}" in location

    def test_a_postal_code_of_one_commune_leads_there(
        self, app: Any, big: Territory
    ) -> None:
        register = Register.load()
        inside = set(
            model.Session.scalars(
                sa.select(Collectivity.insee).where(Collectivity.insee.is_not(None))
            )
        )
        found = (
            (code, commune)
            for commune in register.departement(BIG)
            for code in commune.postal_codes
            if [c for c in register.with_postal_code(code) if c in inside]
            == [commune.insee]
        )
        code, commune = next(found)
        answer = app.get(
            "/territoire/trouver",
            query_string={"q": code, "commune": "1"},
            follow_redirects=False,
        )
        assert answer.headers["Location"].endswith(organization_name(commune))

    @pytest.mark.parametrize(
        "q", ["", "saint", "zzzz", "%", "'; DROP TABLE package; --", "x" * 5000]
    )
    def test_otherwise_a_list_is_shown(self, app: Any, big: Territory, q: str) -> None:
        answer = app.get(
            "/territoire/trouver",
            query_string={"q": q, "commune": "1"},
            follow_redirects=False,
        )
        assert answer.status_code == 302
        assert "/organization/" in answer.headers["Location"]
        app.get("/territoire/trouver", query_string={"q": q}, status=200)

    def test_home_sends_there(self, app: Any, big: Territory) -> None:
        assert 'action="/territoire/trouver"' in app.get("/").body


class TestOnBehalf:
    @pytest.fixture
    def owner(self, big: Territory) -> str:
        return big.org_of(big.epci)

    def test_it_is_shown_by_whom_it_concerns(
        self, app: Any, big: Territory, owner: str
    ) -> None:
        first, second, other = big.communes[:3]
        title = f"Menus {uuid.uuid4().hex[:8]}"
        dataset = dataset_of(
            owner, title=title, on_behalf_of=f"{first.insee}, {second.name}"
        )
        assert dataset["on_behalf_of"] == sorted([first.insee, second.insee])
        page = app.get(f"/dataset/{dataset['name']}", status=200).body
        for one in (first, second):
            assert f"/organization/{organization_name(one)}" in page
            assert title in page_of(app, one)
        assert title not in page_of(app, other)

    def test_it_is_indexed_code_by_code(self, big: Territory, owner: str) -> None:
        first, second = big.communes[:2]
        dataset = dataset_of(owner, on_behalf_of=[first.insee, second.insee])
        for one in (first, second):
            found = act(
                "package_search", fq=f"vocab_on_behalf_of:{one.insee}", rows=100
            )
            assert dataset["id"] in [row["id"] for row in found["results"]]
        search.rebuild(dataset["id"])
        again = act(
            "package_search", fq=f"vocab_on_behalf_of:{first.insee} id:{dataset['id']}"
        )
        assert again["results"][0]["on_behalf_of"] == dataset["on_behalf_of"]

    def test_what_was_written_for_a_commune_that_merged_follows_it(
        self, app: Any, big: Territory, owner: str
    ) -> None:
        former, heir = big.communes[-1], big.communes[0]
        title = f"Cantine {uuid.uuid4().hex[:8]}"
        dataset = dataset_of(owner, title=title, on_behalf_of=[former.insee])
        row = Collectivity.by_code(former.siren)
        row.status, row.successor = "merged", heir.siren
        model.Session.commit()
        try:
            assert title in page_of(app, heir)
            # And it can still be updated.
            patched = act("package_patch", id=dataset["id"], notes="Les menus.")
            assert patched["on_behalf_of"] == [former.insee]
        finally:
            row = model.Session.get(Collectivity, former.siren)
            row.status, row.successor = "active", None
            model.Session.commit()

    @pytest.mark.parametrize(
        "value",
        [
            "99999",
            "Nulle-Part-sur-Mer",
            "💥",
            ["46042"],
            "200043123",
            {"a": 1},
            [["36044"]],
            "'; DROP TABLE package; --",
            [str(n) for n in range(2000)],
        ],
    )
    def test_nobody_who_is_not_below_can_be_named(
        self, big: Territory, owner: str, value: Any
    ) -> None:
        with pytest.raises(tk.ValidationError) as caught:
            dataset_of(owner, on_behalf_of=value)
        assert list(caught.value.error_dict) == ["on_behalf_of"]

    def test_the_owner_and_another_s_commune_are_refused(
        self, big: Territory, small: Territory, owner: str
    ) -> None:
        for code in (big.epci.siren, small.communes[0].insee):
            with pytest.raises(tk.ValidationError):
                dataset_of(owner, on_behalf_of=[code])

    def test_a_commune_publishes_for_itself(self, big: Territory) -> None:
        first, second = big.communes[:2]
        with pytest.raises(tk.ValidationError) as caught:
            dataset_of(big.org_of(first), on_behalf_of=[second.insee])
        assert list(caught.value.error_dict) == ["on_behalf_of"]
        assert "on_behalf_of" not in dataset_of(big.org_of(first), on_behalf_of="")

    def test_an_authority_names_whoever_it_covers(self, big: Territory) -> None:
        dataset = dataset_of(
            big.org_of(big.head), on_behalf_of=[big.communes[0].insee, big.epci.siren]
        )
        assert len(dataset["on_behalf_of"]) == 2

    def test_emptied_it_is_gone(self, big: Territory, owner: str) -> None:
        dataset = dataset_of(owner, on_behalf_of=[big.communes[0].insee])
        patched = act("package_patch", id=dataset["id"], on_behalf_of="")
        assert not patched.get("on_behalf_of")

    @pytest.mark.parametrize("who", ["anonymous", "stranger", "agent_of_the_commune"])
    def test_only_who_edits_the_owner_s_data_names_them(
        self, big: Territory, owner: str, who: str, call_as: Call
    ) -> None:
        commune = big.communes[0]
        dataset = dataset_of(owner)
        user = None
        if who != "anonymous":
            user = factories.User(name=f"u-{uuid.uuid4().hex[:12]}")["name"]
        if who == "agent_of_the_commune":
            act(
                "organization_member_create",
                id=big.org_of(commune),
                username=user,
                role="admin",
            )
        with pytest.raises(tk.NotAuthorized):
            call_as(
                user, "package_patch", id=dataset["id"], on_behalf_of=[commune.insee]
            )

    def test_the_agent_of_the_owner_names_them(
        self, big: Territory, owner: str, call_as: Call
    ) -> None:
        user = factories.User(name=f"u-{uuid.uuid4().hex[:12]}")["name"]
        act("organization_member_create", id=owner, username=user, role="editor")
        dataset = dataset_of(owner)
        commune = big.communes[0]
        patched = call_as(
            user, "package_patch", id=dataset["id"], on_behalf_of=commune.insee
        )
        assert patched["on_behalf_of"] == [commune.insee]

    def test_its_cost_does_not_grow_with_those_who_are_named(
        self, app: Any, big: Territory, owner: str
    ) -> None:
        numbers = []
        for named in (big.communes[:2], big.communes):
            dataset = dataset_of(owner, on_behalf_of=[one.insee for one in named])
            app.get(f"/dataset/{dataset['name']}")
            with counted() as sent:
                app.get(f"/dataset/{dataset['name']}", status=200)
            numbers.append(len(sent))
        assert numbers[0] == numbers[1]


class TestTheAtd:
    def test_its_name_and_colour_dress_its_pages(
        self, app: Any, big: Territory
    ) -> None:
        commune = big.communes[0]
        dataset = dataset_of(big.org_of(commune))
        sheet = f"/territoire/{big.head.siren}.css?v=7a1f1f"
        for address in (
            f"/organization/{organization_name(commune)}",
            f"/dataset/{dataset['name']}",
        ):
            page = app.get(address, status=200).body
            assert sheet in page
            header = page[page.index('class="odl-header"') : page.index("</header>")]
            assert "Numérique 36" in header
        answer = app.get(sheet, status=200)
        assert answer.headers["Content-Type"].startswith("text/css")
        assert "--odlocale-action: #7a1f1f;" in answer.body
        assert "max-age=" in answer.headers["Cache-Control"]

    def test_its_sheet_is_not_sent_twice(self, app: Any, big: Territory) -> None:
        sheet = f"/territoire/{big.head.siren}.css"
        tag = app.get(sheet).headers["ETag"]
        assert app.get(sheet, headers={"If-None-Match": tag}).status_code == 304

    def test_the_most_local_one_wins(self, app: Any, epci_atd: Territory) -> None:
        page = page_of(app, epci_atd.communes[0])
        assert f"/territoire/{epci_atd.epci.siren}.css" in page
        head = page_of(app, epci_atd.head)
        assert f"/territoire/{epci_atd.head.siren}.css" in head
        # The other one is named on the page all the same.
        assert "Lot numérique" in page

    def test_elsewhere_the_portal_keeps_its_own_look(
        self, app: Any, big: Territory
    ) -> None:
        org = factories.Organization()
        for address in ("/", "/dataset/", f"/organization/{org['name']}"):
            assert "/territoire/" + big.head.siren not in app.get(address).body

    @pytest.mark.parametrize(
        "colour", ["#7a1f1f", "#FFD800", "#777", "rouge", "", None]
    )
    def test_a_colour_is_readable_or_the_nearest_is_proposed(
        self, portal: None, colour: Any
    ) -> None:
        validate = tk.get_validator("odlocale_colour")
        if colour in ("#7a1f1f", "", None):
            assert validate(colour) == (colour or None)
            return
        with pytest.raises(tk.Invalid) as caught:
            validate(colour)
        proposed = re.findall(r"#[0-9a-f]{6}", str(caught.value.error))
        assert proposed
        assert validate(proposed[-1]) == proposed[-1]

    def test_a_colour_is_only_ever_a_colour(self, portal: None) -> None:
        for hostile in ("red;}body{display:none", "url(//x)", 7, [], {"a": 1}):
            with pytest.raises(tk.Invalid):
                tk.get_validator("odlocale_colour")(hostile)


def test_the_form_shows_names_beside_codes(big: Territory) -> None:
    commune = big.communes[0]
    text = tk.h.odlocale_behalf_text([commune.insee])
    assert text == f"{commune.name} ({commune.insee})"
    assert tk.h.odlocale_behalf_text("typed wrong") == "typed wrong"
    assert json.dumps(tk.h.odlocale_behalf_names(None)) == "[]"
