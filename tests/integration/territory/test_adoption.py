"""La Réunion (974), where somebody made organisations by hand before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories, helpers
from sqlalchemy import select

from ckanext.odlocale.territory import jobs
from ckanext.odlocale.territory.register import Register
from ckanext.odlocale.territory.tables import Alias, Collectivity

Call = Callable[..., Any]
REGISTER = Register.load()


def siren_of(insee: str) -> str:
    commune = REGISTER.commune(insee)
    assert commune is not None
    return commune.siren


@pytest.fixture
def act(sysadmin: dict[str, Any]) -> Iterator[Call]:
    """Call an action as an administrator; purge what was made by hand at the end."""
    made: list[str] = []

    def call(action: str, **data: Any) -> Any:
        done = tk.get_action(action)({"user": sysadmin["name"]}, data)
        if action == "organization_create":
            made.append(done["id"])
        model.Session.expire_all()
        return done

    yield call
    model.Session.rollback()
    for org_id in made:
        if model.Group.get(org_id) and Collectivity.by_org(org_id) is None:
            call("organization_purge", id=org_id)


def steps_of(made: dict[str, Any], org_id: str) -> list[dict[str, Any]]:
    return [step for step in made["steps"] if step["organization_id"] == org_id]


def test_organizations_made_by_hand_are_adopted_with_what_they_have(
    act: Call, app: Any
) -> None:
    agent = factories.User()["name"]
    by_name = act(
        "organization_create",
        name="mairie-saint-denis",
        title="Mairie de Saint-Denis",
        contact_email="opendata@saint-denis.example.fr",
        extras=[{"key": "couleur", "value": "bleu"}],
    )
    act("organization_member_create", id=by_name["id"], username=agent, role="editor")
    dataset = act(
        "package_create",
        name=factories.Dataset.stub().name,
        title="Essai",
        notes="Essai",
        owner_org=by_name["id"],
        license_id="lov2",
    )
    by_siren = act(
        "organization_create", name="cilaos", title="Cilaos", siren=siren_of("97424")
    )
    read = act("odlocale_territory_plan", departement="974")
    (step,) = steps_of(read, by_name["id"])
    assert (step["verdict"], step["reason"]) == ("adopt", "adopted_name")
    assert step["insee"] == "97411"
    assert step["datasets"] == 1
    changes = {one["field"]: (one["before"], one["after"]) for one in step["changes"]}
    assert changes["name"] == ("mairie-saint-denis", "saint-denis-97411")
    assert changes["title"] == ("Mairie de Saint-Denis", "Saint-Denis")
    assert steps_of(read, by_siren["id"])[0]["reason"] == "adopted_siren"

    act("odlocale_territory_apply", departement="974", digest=read["digest"])
    shown = act("organization_show", id="saint-denis-97411", include_users=True)
    assert shown["id"] == by_name["id"]
    assert shown["contact_email"] == "opendata@saint-denis.example.fr"
    assert shown["siren"] == siren_of("97411")
    assert agent in {user["name"] for user in shown["users"]}
    stored = model.Group.get(by_name["id"]).extras
    assert stored["couleur"] == "bleu"
    # Its former address leads to the present one.
    answer = app.get("/organization/mairie-saint-denis", follow_redirects=False)
    assert answer.status_code == 301
    assert answer.headers["Location"].endswith("/organization/saint-denis-97411")
    jobs.reindex_pending()
    found = helpers.call_action(
        "package_search", fq="organization:saint-denis-97411", rows=10
    )
    assert [one["id"] for one in found["results"]] == [dataset["id"]]
    again = act("odlocale_territory_plan", departement="974")
    assert {v for v, number in again["counts"].items() if number} == {"unchanged"}


def test_what_is_doubtful_waits_for_an_answer_and_follows_it(act: Call) -> None:
    act("odlocale_territory_apply", departement="974")
    # As a portal that had it by hand only: the commune is not ours yet.
    ours = Collectivity.by_code("97423")
    act("organization_purge", id=ours.org_id)
    one, two = (
        act("organization_create", name=f"trois-bassins-{word}", title=title)["id"]
        for word, title in (
            ("a", "Les Trois-Bassins"),
            ("b", "Commune des Trois-Bassins"),
        )
    )
    read = act("odlocale_territory_plan", departement="974")
    for org_id in (one, two):
        (step,) = steps_of(read, org_id)
        assert (step["verdict"], step["reason"]) == (
            "doubtful",
            "several_organisations",
        )
        assert [c["insee"] for c in step["candidates"]] == ["97423"]
    # Applied without an answer, it leaves all three as they are.
    applied = act("odlocale_territory_apply", departement="974", digest=read["digest"])
    assert applied["counts"]["create"] == applied["counts"]["adopt"] == 0
    decisions = {one: siren_of("97423"), two: "none"}
    done = act("odlocale_territory_apply", departement="974", decisions=decisions)
    assert done["counts"]["adopt"] == 1
    assert Collectivity.by_code("97423").org_id == one
    assert model.Group.get(two).title == "Commune des Trois-Bassins"
    again = act("odlocale_territory_plan", departement="974", decisions=decisions)
    assert {v for v, number in again["counts"].items() if number} == {"unchanged"}


@pytest.mark.parametrize(
    "decisions",
    [
        {"nobody": "219740016"},
        "yes",
        ["none"],
        {"x": 3},
        {"x": ["none"]},
        {"x\0": "none"},
    ],
    ids=["gone", "text", "list", "number", "nested", "nul"],
)
def test_answers_that_make_no_sense_are_refused(act: Call, decisions: object) -> None:
    with pytest.raises(tk.ValidationError) as caught:
        act("odlocale_territory_plan", departement="974", decisions=decisions)
    assert "decisions" in caught.value.error_dict


def test_an_organization_deleted_since_the_plan_makes_it_stale(act: Call) -> None:
    act("odlocale_territory_apply", departement="974")
    act("organization_purge", id=Collectivity.by_code("97421").org_id)
    by_hand = act("organization_create", name="salazie", title="Salazie")
    read = act("odlocale_territory_plan", departement="974")
    assert steps_of(read, by_hand["id"])[0]["verdict"] == "adopt"
    act("organization_purge", id=by_hand["id"])
    with pytest.raises(tk.ValidationError) as caught:
        act("odlocale_territory_apply", departement="974", digest=read["digest"])
    assert "digest" in caught.value.error_dict
    assert act("odlocale_territory_apply", departement="974")["counts"]["create"] == 1


def test_a_group_of_the_same_name_is_left_alone_and_named(act: Call) -> None:
    act("odlocale_territory_apply", departement="974")
    act("organization_purge", id=Collectivity.by_code("97402").org_id)
    group = act("group_create", name="bras-panon-97402", title="Bras-Panon")
    made = act("odlocale_territory_plan", departement="974")
    (step,) = [s for s in made["steps"] if s["verdict"] == "conflict"]
    assert (step["insee"], step["reason"]) == ("97402", "group_name_taken")
    assert "bras-panon-97402" in step["message"]
    act("group_purge", id=group["id"])
    assert act("odlocale_territory_apply", departement="974")["counts"]["create"] == 1


def test_a_title_of_200_characters_with_apostrophes_is_adopted(act: Call) -> None:
    act("odlocale_territory_apply", departement="974")
    act("organization_purge", id=Collectivity.by_code("97419").org_id)
    title = "L'Œuf-d'" * 25
    assert len(title) == 200
    org = act(
        "organization_create", name="o" * 100, title=title, siren=siren_of("97419")
    )
    act("odlocale_territory_apply", departement="974")
    shown = act("organization_show", id=org["id"])
    assert (shown["name"], shown["title"]) == ("sainte-rose-97419", "Sainte-Rose")
    alias = model.Session.scalars(
        select(Alias.siren).where(Alias.kind == "name", Alias.value == "o" * 100)
    )
    assert alias.one() == siren_of("97419")
