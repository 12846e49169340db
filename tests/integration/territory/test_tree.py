"""The territory walked level by level, and the way from home to one's commune."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk

from ckanext.odlocale.base.french import slugify
from ckanext.odlocale.territory.identifiers import organization_name
from ckanext.odlocale.territory.model import run
from ckanext.odlocale.territory.register import Collectivity as Registered
from ckanext.odlocale.territory.register import Register
from ckanext.odlocale.territory.tables import (
    Collectivity,
)
from ckanext.odlocale.territory.tree import level_statement
from tests.integration.territory.written import (
    BIG,
    Territory,
    counted,
    member_row,
)


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
