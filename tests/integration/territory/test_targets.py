"""Where collectivités publish: the table, who may change it, and the page.

The communes are those of the Alpes-de-Haute-Provence (04): two ATDs share them.
"""

from __future__ import annotations

import itertools
import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.odlocale.territory.register import Register
from ckanext.odlocale.territory.tables import (
    AtdPerimeter,
    Collectivity,
    PerimeterMember,
    Target,
)
from ckanext.odlocale.territory.target_store import (
    Filters,
    choices_of,
    list_targets,
)
from ckanext.odlocale.territory.targets import Choice, find_place
from tests.integration.publishing.conftest import Desk

Call = Callable[..., Any]
PASSWORD = "un mot de passe d'essai"
PAGE = "/animer/territoire/cibles"
DEPARTEMENT = "04"


def member(one: Any) -> dict[str, Any]:
    """Put a collectivité of the register on the portal, once."""
    row = model.Session.get(Collectivity, one.siren)
    if row is None:
        org = factories.Organization(name=f"cible-{one.code.lower()}", title=one.name)
        row = Collectivity(
            siren=one.siren,
            insee=one.insee,
            kind=one.kind,
            name=one.name,
            population=one.population,
            epci_siren=one.epci_siren,
            departement=one.departement,
            region=one.region,
            org_id=org["id"],
            cog_vintage=2026,
        )
        model.Session.add(row)
        model.Session.commit()
    return row.to_dict()


def cover(atd: dict[str, Any], members: list[dict[str, Any]]) -> None:
    if model.Session.get(AtdPerimeter, atd["siren"]) is None:
        model.Session.add(
            AtdPerimeter(
                atd_siren=atd["siren"],
                name=atd["name"],
                definition={"include": [{"kind": "siren", "code": atd["siren"]}]},
            )
        )
        model.Session.flush()
        for one in members:
            model.Session.add(
                PerimeterMember(atd_siren=atd["siren"], siren=one["siren"])
            )
        model.Session.commit()


class Territory:
    """Two ATDs: the département with twelve communes, an EPCI with four others."""

    def __init__(self) -> None:
        register = Register.load()
        communes = list(register.communes(DEPARTEMENT))
        epci = register.by_siren(str(communes[0].epci_siren))
        head = register.head(DEPARTEMENT)
        assert epci is not None
        assert head is not None
        self.head, self.epci = member(head), member(epci)
        self.communes = [member(one) for one in communes[:12]]
        self.others = [member(one) for one in communes[12:16]]
        cover(self.head, [self.head, *self.communes])
        cover(self.epci, [self.epci, *self.others])
        self.codes = [one["code"] for one in self.communes]

    def person(self, owner: dict[str, Any] | None, capacity: str = "admin") -> str:
        user = factories.User(name=f"cible-{uuid.uuid4().hex[:12]}", password=PASSWORD)
        if owner is not None:
            tk.get_action("organization_member_create")(
                {"ignore_auth": True},
                {"id": owner["org_id"], "username": user["name"], "role": capacity},
            )
        return str(user["name"])


@pytest.fixture
def territory(portal: None) -> Territory:
    return Territory()


@pytest.fixture(autouse=True)
def no_choice(territory: Territory) -> Iterator[None]:
    """Each test begins without any choice on these communes."""
    sirens = [one["siren"] for one in (*territory.communes, *territory.others)]
    yield
    model.Session.rollback()
    model.Session.execute(sa.delete(Target).where(Target.siren.in_(sirens)))
    model.Session.commit()


def chosen(siren: str) -> dict[str, Choice]:
    model.Session.expire_all()
    return choices_of(siren)


class TestSetting:
    def test_many_communes_and_many_data_at_once(
        self, territory: Territory, call_as: Call
    ) -> None:
        animator = territory.person(territory.head)
        done = call_as(
            animator,
            "odlocale_target_set",
            codes=territory.codes,
            schemas=["budget", "subventions"],
            target="elsewhere",
            url="https://www.example.fr/{insee}/{siren}",
        )
        assert done == {"collectivities": 12, "schemas": 2, "changed": 24}
        for one in territory.communes:
            url = f"https://www.example.fr/{one['insee']}/{one['siren']}"
            place = Choice("elsewhere", url)
            assert chosen(one["siren"]) == {"budget": place, "subventions": place}

    def test_it_takes_as_many_statements_for_one_commune_as_for_all(
        self, territory: Territory, call_as: Call
    ) -> None:
        animator = territory.person(territory.head)

        def count(codes: list[str], target: str) -> int:
            statements: list[str] = []

            def note(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
                if "odlocale_target" in statement:
                    statements.append(statement)

            sa.event.listen(model.meta.engine, "before_cursor_execute", note)
            try:
                asked = {"codes": codes, "schemas": ["budget"], "target": target}
                call_as(animator, "odlocale_target_set", **asked)
            finally:
                sa.event.remove(model.meta.engine, "before_cursor_execute", note)
            return len(statements)

        assert count(territory.codes[:1], "datagouv") == 1
        assert count(territory.codes, "datagouv") == 1
        assert count(territory.codes, "default") == 1

    def test_setting_it_again_changes_nothing(
        self, territory: Territory, call_as: Call
    ) -> None:
        asked = {"codes": territory.codes, "schemas": "budget", "target": "datagouv"}
        animator = territory.person(territory.head)
        assert call_as(animator, "odlocale_target_set", **asked)["changed"] == 12
        assert call_as(animator, "odlocale_target_set", **asked)["changed"] == 0

    def test_a_choice_is_forgotten(self, territory: Territory, call_as: Call) -> None:
        animator = territory.person(territory.head)
        asked = {"codes": territory.codes, "schemas": ["*"]}
        call_as(animator, "odlocale_target_set", **asked, target="datagouv")
        done = call_as(animator, "odlocale_target_set", **asked, target="default")
        assert done["changed"] == 12
        assert chosen(territory.communes[0]["siren"]) == {}

    def test_a_whole_perimeter_or_an_epci_of_it(
        self, territory: Territory, call_as: Call
    ) -> None:
        animator = territory.person(territory.head)
        wanted = {"schemas": ["prenoms"], "target": "datagouv"}
        perimeter = territory.head["siren"]
        done = call_as(animator, "odlocale_target_set", **wanted, perimeter=perimeter)
        assert done["collectivities"] == 13
        epci = territory.communes[0]["epci_siren"]
        within = [one for one in territory.communes if one["epci_siren"] == epci]
        done = call_as(animator, "odlocale_target_set", **wanted, epci=epci)
        assert done == {"collectivities": len(within), "schemas": 1, "changed": 0}

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"schemas": ["budgets"]}, "schemas"),
            ({"schemas": []}, "schemas"),
            ({"schemas": [{"slug": "budget"}]}, "schemas"),
            ({"target": "moon"}, "target"),
            ({"target": "elsewhere"}, "url"),
            ({"target": "elsewhere", "url": "javascript:alert(1)"}, "url"),
            ({"target": "elsewhere", "url": "ftp://example.fr/a"}, "url"),
            ({"target": "portal", "url": "https://example.fr"}, "url"),
            ({"codes": ["99999"]}, "codes"),
            ({"codes": "04001, 0400X"}, "codes"),
            ({"codes": []}, "codes"),
            ({"codes": [{"insee": "04001"}]}, "codes"),
            ({"codes": None}, "codes"),
            ({"codes": ["04001\0"]}, "codes"),
            ({"codes": None, "epci": "123456789"}, "epci"),
            ({"codes": None, "population_min": "beaucoup"}, "population_min"),
        ],
        ids=str,
    )
    def test_what_makes_no_sense_is_refused_whole(
        self, wrong: dict[str, Any], field: str, territory: Territory, call_as: Call
    ) -> None:
        animator = territory.person(territory.head)
        right = {"codes": territory.codes, "schemas": ["budget"], "target": "datagouv"}
        with pytest.raises(tk.ValidationError) as caught:
            call_as(animator, "odlocale_target_set", **{**right, **wrong})
        assert list(caught.value.error_dict) == [field]
        model.Session.rollback()
        assert chosen(territory.communes[0]["siren"]) == {}


class TestRights:
    def test_an_animator_changes_nothing_outside_the_perimeter(
        self, territory: Territory, call_as: Call
    ) -> None:
        animator = territory.person(territory.head)
        mixed = [territory.codes[0], territory.others[0]["code"]]
        wanted = {"schemas": ["budget"], "target": "datagouv"}
        with pytest.raises(tk.NotAuthorized):
            call_as(animator, "odlocale_target_set", codes=mixed, **wanted)
        model.Session.rollback()
        assert chosen(territory.communes[0]["siren"]) == {}
        other = territory.epci["siren"]
        for asked in ({"perimeter": other}, {"perimeter": [other]}):
            with pytest.raises(tk.NotAuthorized):
                call_as(animator, "odlocale_target_set", **asked, **wanted)
            with pytest.raises(tk.NotAuthorized):
                call_as(animator, "odlocale_target_list", schema="budget", **asked)

    def test_an_animator_sees_only_the_perimeter(
        self, territory: Territory, call_as: Call
    ) -> None:
        found = call_as(
            territory.person(territory.epci),
            "odlocale_target_list",
            schema="budget",
            codes=[territory.codes[0], territory.others[0]["code"]],
        )
        assert [one["code"] for one in found["results"]] == [
            territory.others[0]["code"]
        ]

    @pytest.mark.parametrize(
        "who", ["anonymous", "stranger", "agent", "manager", "editor of the ATD"]
    )
    def test_nobody_else_reads_or_changes_anything(
        self, who: str, territory: Territory, call_as: Call, app: Any
    ) -> None:
        commune = territory.communes[0]
        user = {
            "anonymous": lambda: None,
            "stranger": lambda: territory.person(None),
            "agent": lambda: territory.person(commune, "editor"),
            "manager": lambda: territory.person(commune, "admin"),
            "editor of the ATD": lambda: territory.person(territory.head, "editor"),
        }[who]()
        wanted = {"codes": [commune["code"]], "schemas": ["budget"]}
        with pytest.raises(tk.NotAuthorized):
            call_as(user, "odlocale_target_set", **wanted, target="datagouv")
        with pytest.raises(tk.NotAuthorized):
            call_as(user, "odlocale_target_list", schema="budget")
        page = Desk(app, user).get(PAGE)
        if user is None:
            assert page.address == "/user/login"
        else:
            assert page.response.status_code == 403
            assert commune["name"] not in page.page.split("<main")[1]

    def test_an_administrator_of_the_portal_changes_every_commune(
        self, territory: Territory, sysadmin: dict[str, Any], call_as: Call
    ) -> None:
        mixed = [territory.codes[0], territory.others[0]["code"]]
        done = call_as(
            sysadmin["name"],
            "odlocale_target_set",
            codes=mixed,
            schemas=["budget"],
            target="datagouv",
        )
        assert done["changed"] == 2


class TestListing:
    def test_the_query_says_what_the_rule_says(
        self, territory: Territory, call_as: Call, sysadmin: dict[str, Any]
    ) -> None:
        places = ["portal", "datagouv", "elsewhere", None]
        combinations = itertools.product(places, repeat=2)
        for one, (own, general) in zip(
            territory.communes, itertools.cycle(combinations), strict=False
        ):
            for schema, target in (("budget", own), ("bal", own), ("*", general)):
                if target is not None:
                    url = "https://example.fr/" if target == "elsewhere" else None
                    wanted = {"schemas": [schema], "target": target, "url": url}
                    call_as(
                        sysadmin["name"],
                        "odlocale_target_set",
                        codes=[one["code"]],
                        **wanted,
                    )
        for schema in ("budget", "bal", "decp", "prenoms"):
            for everybody in (territory.codes, [territory.head["siren"]]):
                _, rows = list_targets(schema, Filters(codes=everybody), 100, 0)
                assert len(rows) == len(everybody)
                for row in rows:
                    place = find_place(
                        schema,
                        row["kind"],
                        row["insee"],
                        row["siren"],
                        chosen(row["siren"]),
                    )
                    found = (row["target"], row["url"], row["origin"])
                    assert found == (place.target, place.url, place.origin), row

    def test_it_is_filtered_and_paged(
        self, territory: Territory, call_as: Call
    ) -> None:
        animator = territory.person(territory.head)
        some = territory.codes[:5]
        call_as(
            animator,
            "odlocale_target_set",
            codes=some,
            schemas=["budget"],
            target="datagouv",
        )
        asked = {"schema": "budget", "target": "datagouv", "limit": 2}
        first = call_as(animator, "odlocale_target_list", **asked)
        last = call_as(animator, "odlocale_target_list", **asked, offset=4)
        beyond = call_as(animator, "odlocale_target_list", **asked, offset=10)
        assert [first["count"], last["count"], beyond["count"]] == [5, 5, 5]
        sizes = [len(one["results"]) for one in (first, last, beyond)]
        assert sizes == [2, 1, 0]
        small = min(one["population"] for one in territory.communes)
        asked = {"schema": "budget", "population_max": small, "kind": "commune"}
        found = call_as(animator, "odlocale_target_list", **asked)
        assert {one["population"] for one in found["results"]} == {small}


class TestPage:
    def test_all_the_results_are_set_after_a_preview(
        self, territory: Territory, app: Any
    ) -> None:
        desk = Desk(app, territory.person(territory.head)).get(f"{PAGE}?nature=commune")
        assert "Sélectionner les 12 résultats" in desk.page
        wanted = {
            "perimetre": territory.head["siren"],
            "donnees": "budget",
            "nature": "commune",
            "tous": "1",
            "cible-voulue": "datagouv",
        }
        desk.post(PAGE, wanted)
        assert chosen(territory.communes[0]["siren"]) == {}
        codes = re.search(r'name="codes" value="([^"]+)"', desk.page)
        assert codes is not None
        assert sorted(codes[1].split()) == sorted(territory.codes)
        desk.post(f"{PAGE}/fixer", {**wanted, "codes": codes[1]})
        assert desk.address == PAGE
        for one in territory.communes:
            assert chosen(one["siren"]) == {"budget": Choice("datagouv")}

    def test_an_error_keeps_what_was_typed(
        self, territory: Territory, app: Any
    ) -> None:
        code = territory.codes[0]
        desk = Desk(app, territory.person(territory.head)).get(PAGE)
        desk.post(
            PAGE,
            {
                "donnees": "budget",
                "code": code,
                "cible-voulue": "elsewhere",
                "adresse": "javascript:alert(1)",
            },
        )
        assert desk.response.status_code == 200
        assert re.search(rf'value="{code}" checked', desk.page)
        assert 'value="javascript:alert(1)"' in desk.page
        assert re.search(r"<title>\s*À corriger", desk.page)
        assert chosen(territory.communes[0]["siren"]) == {}

    @pytest.mark.parametrize("address", [PAGE, f"{PAGE}/fixer"])
    def test_a_form_of_another_site_does_nothing(
        self, address: str, territory: Territory, app: Any
    ) -> None:
        desk = Desk(app, territory.person(territory.head)).get(PAGE)
        sent = {
            "codes": territory.codes[0],
            "code": territory.codes[0],
            "donnees": "budget",
            "cible-voulue": "datagouv",
        }
        answer = desk.client.post(address, data=sent)
        assert "Votre session était terminée" in answer.text
        assert chosen(territory.communes[0]["siren"]) == {}

    def test_what_others_animate_is_not_set_by_the_page(
        self, territory: Territory, app: Any
    ) -> None:
        desk = Desk(app, territory.person(territory.epci)).get(PAGE)
        sent = {
            "perimetre": territory.head["siren"],
            "codes": territory.codes[0],
            "donnees": "budget",
            "cible-voulue": "datagouv",
        }
        desk.post(f"{PAGE}/fixer", sent)
        assert desk.response.status_code == 403
        assert chosen(territory.communes[0]["siren"]) == {}

    @pytest.mark.parametrize(
        "query",
        [
            "page=0",
            "page=999999999999",
            "page=-1",
            "habitants-min=abc",
            "habitants-max=99999999999999",
            "donnees=%00",
            "epci=1",
            "perimetre=';--",
            "cible=lune",
        ],
    )
    def test_an_altered_address_still_answers(
        self, query: str, territory: Territory, app: Any
    ) -> None:
        desk = Desk(app, territory.person(territory.head)).get(f"{PAGE}?{query}")
        assert desk.response.status_code == 200


def test_no_more_than_a_page_is_written(territory: Territory, app: Any) -> None:
    desk = Desk(app, territory.person(territory.head)).get(PAGE)
    assert len(re.findall(r'name="code"', desk.page)) == 13
