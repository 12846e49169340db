"""The page of a collectivité: what it says, its cost, and what it keeps to itself."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.odlocale.territory.identifiers import organization_name
from ckanext.odlocale.territory.tables import (
    Collectivity,
)
from tests.integration.territory.written import (
    Territory,
    act,
    counted,
    page_of,
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
