"""Bretagne, from Morbihan alone in 2023 to three ATDs in 2026, on real servers.

The portal goes through three stages, each once for all tests: see :func:`reach`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import authz, model
from ckan.plugins import toolkit as tk
from ckan.tests import factories, helpers

from ckanext.odlocale.territory import jobs
from ckanext.odlocale.territory.tables import (
    Alias,
    Collectivity,
    PerimeterMember,
    Reindex,
    Target,
    Transfer,
)
from tests.integration.territory.test_apply import org_of

Call = Callable[..., Any]
DATA = Path(__file__).parents[2] / "data" / "territory"
MORBIHAN, FINISTERE, BRETAGNE = "225600014", "222900011", "233500016"
EVERYBODY = [MORBIHAN, FINISTERE, BRETAGNE]
CRACH, AURAY_QUIBERON = "56046", "200043123"
# Gone between 2023 and 2026, and who took each in.
MERGERS = {
    "22027": "22241",
    "22043": "22241",
    "22200": "22237",
    "22309": "22147",
    "35112": "35062",
}
FORMER, HEIR = "35112", "35062"


@pytest.fixture(autouse=True)
def registers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The portal has the register of 2023, for Bretagne."""
    monkeypatch.setitem(tk.config, "ckanext.odlocale.register_path", str(DATA))


def site() -> str:
    return str(helpers.call_action("get_site_user")["name"])


def act(action: str, **data: Any) -> Any:
    done = tk.get_action(action)({"user": site()}, data)
    model.Session.expire_all()
    return done


def counted(made: dict[str, Any]) -> dict[str, int]:
    return {verdict: number for verdict, number in made["counts"].items() if number}


def parents_of(code: str) -> set[str]:
    row = Collectivity.by_code(code)
    assert row is not None
    found = model.Session.scalars(
        sa.select(Collectivity.siren)
        .join(model.Member, model.Member.table_id == Collectivity.org_id)
        .where(
            model.Member.group_id == row.org_id,
            model.Member.table_name == "group",
            model.Member.state == "active",
        )
    )
    return set(found)


def covering(code: str) -> set[str]:
    row = Collectivity.by_code(code)
    assert row is not None
    query = sa.select(PerimeterMember.atd_siren).where(
        PerimeterMember.siren == row.siren
    )
    return set(model.Session.scalars(query))


def define(siren: str, *include: tuple[str, str]) -> None:
    parts = [{"kind": kind, "code": code} for kind, code in include]
    act("odlocale_perimeter_set", atd_siren=siren, definition={"include": parts})


_reached: dict[str, dict[str, Any]] = {}


def reach(stage: str) -> dict[str, Any]:
    """Bring the portal to a stage; return what its last apply returned."""
    stages = {"morbihan": _set_up_morbihan, "three": _add_atds, "moved": _move}
    for name, go in stages.items():
        if name not in _reached:
            _reached[name] = go()
        if name == stage:
            break
    return _reached[stage]


def _set_up_morbihan() -> dict[str, Any]:
    return dict(act("odlocale_territory_apply", departement="56", vintage=2023))


def _add_atds() -> dict[str, Any]:
    act("odlocale_territory_apply", departement="29", vintage=2023)
    define(BRETAGNE, ("region", "53"))
    return dict(act("odlocale_territory_apply", perimeters=[BRETAGNE], vintage=2023))


def test_morbihan_is_the_first_atd_in_2023(app: Any) -> None:
    made = reach("morbihan")
    assert made["perimeters"] == [
        {"atd_siren": MORBIHAN, "name": "Département du Morbihan"}
    ]
    assert counted(made) == {"create": len(made["steps"])}
    crach = next(step for step in made["steps"] if step["insee"] == CRACH)
    assert crach["parents"] == [AURAY_QUIBERON]


def test_finistere_and_the_region_become_atds_beside_it(app: Any) -> None:
    made = reach("three")
    assert counted(made)["create"] > 500
    assert not {"conflict", "doubtful", "rename"} & counted(made).keys()
    # A commune exists once; nobody is put below the région twice.
    assert parents_of(CRACH) == {AURAY_QUIBERON}
    assert parents_of(MORBIHAN) == parents_of(FINISTERE) == {BRETAGNE}
    assert covering(CRACH) == {MORBIHAN, BRETAGNE}
    vintage = Collectivity.by_code(CRACH).cog_vintage
    again = act("odlocale_territory_plan", perimeters=EVERYBODY, vintage=vintage)
    assert set(counted(again)) == {"unchanged"}


def test_animators_of_each_reach_their_communes_and_no_other(app: Any) -> None:
    reach("three")
    animators = {}
    for siren in (MORBIHAN, FINISTERE, BRETAGNE):
        user = factories.User()["name"]
        act(
            "organization_member_create",
            id=org_of(siren)["id"],
            username=user,
            role="admin",
        )
        animators[siren] = user
    brest, crach = org_of("29019")["id"], org_of(CRACH)["id"]
    may = authz.has_user_permission_for_group_or_org
    for siren, communes in (
        (MORBIHAN, {crach}),
        (FINISTERE, {brest}),
        (BRETAGNE, {crach, brest}),
    ):
        reached = {
            org
            for org in (crach, brest)
            if may(org, animators[siren], "update_dataset")
        }
        assert reached == communes
    # Each plans and applies his own, and no other's.
    mine = {"user": animators[FINISTERE], "ignore_auth": False}
    plan = tk.get_action("odlocale_territory_plan")
    assert plan({**mine}, {"perimeters": FINISTERE, "vintage": 2023})["steps"]
    for asked in ({"perimeters": MORBIHAN}, {"departement": "29"}, {}):
        with pytest.raises(tk.NotAuthorized):
            plan({**mine}, asked)


def test_a_commune_of_two_perimeters_shows_as_organization_create_makes_it(
    app: Any,
) -> None:
    """As for Delle in test_apply, where a commune has two parents."""
    reach("three")
    define(AURAY_QUIBERON, ("epci", AURAY_QUIBERON), ("commune", "56260"))
    act("odlocale_territory_apply", perimeters=[AURAY_QUIBERON], vintage=2023)
    assert parents_of("56260") == {"200067932", AURAY_QUIBERON}
    bulk = org_of("56260")
    shown = act("organization_show", id=bulk["id"], include_users=True)
    own = {"id", "created", "name", "title", "display_name", "siren", "insee"}
    extras = model.Group.get(bulk["id"]).extras
    made = act(
        "organization_create",
        name=factories.Organization.stub().name,
        title="Essai",
        siren="356000000",
        insee="99999",
        description="",
        image_url="",
        groups=[{"name": one["name"]} for one in shown["groups"]],
        **{name: value for name, value in extras.items() if name not in own},
    )
    by_hand = act("organization_show", id=made["id"], include_users=True)
    assert [user["name"] for user in by_hand.pop("users")] == [site()]
    assert shown.pop("users") == []
    assert shown.keys() == by_hand.keys()
    names = {one["name"] for one in by_hand.pop("groups")}
    assert {one["name"] for one in shown.pop("groups")} == names
    assert len(names) == 2
    left, right = (
        {key: value for key, value in one.items() if key not in own}
        for one in (shown, by_hand)
    )
    assert left == right


def test_an_atd_that_leaves_loses_its_rights_at_once(app: Any) -> None:
    reach("three")
    define(AURAY_QUIBERON, ("epci", AURAY_QUIBERON), ("commune", "56260"))
    act("odlocale_territory_apply", perimeters=[AURAY_QUIBERON], vintage=2023)
    user = factories.User()["name"]
    act(
        "organization_member_create",
        id=org_of(AURAY_QUIBERON)["id"],
        username=user,
        role="admin",
    )
    vannes = org_of("56260")["id"]
    may = authz.has_user_permission_for_group_or_org
    assert may(vannes, user, "update_dataset")
    done = act("odlocale_perimeter_delete", atd_siren=AURAY_QUIBERON)
    assert done["released"] > 10
    assert not may(vannes, user, "update_dataset")
    assert parents_of("56260") == {"200067932"}
    # It is still the EPCI of its communes.
    assert parents_of(CRACH) == {AURAY_QUIBERON}
    assert covering(CRACH) == {MORBIHAN, BRETAGNE}


def people_of(org_id: str) -> dict[str, str]:
    rows = model.Session.execute(
        sa.select(model.Member.table_id, model.Member.capacity).where(
            model.Member.group_id == org_id,
            model.Member.table_name == "user",
            model.Member.state == "active",
        )
    )
    return {model.User.get(user).name: capacity for user, capacity in rows}


def dataset(org_id: str, **fields: Any) -> str:
    made = act(
        "package_create",
        name=factories.Dataset.stub().name,
        title="Essai",
        notes="Essai",
        owner_org=org_id,
        license_id="lov2",
        **fields,
    )
    return str(made["id"])


def _move() -> dict[str, Any]:
    """Move to 2026, once there are people, datasets and targets to move."""
    former, heir = org_of(FORMER)["id"], org_of(HEIR)["id"]
    people = {name: factories.User()["name"] for name in ("both", "only", "low")}
    for org, user, role in (
        (former, people["both"], "editor"),
        (heir, people["both"], "member"),
        (former, people["only"], "admin"),
        (former, people["low"], "member"),
        (heir, people["low"], "editor"),
    ):
        act("organization_member_create", id=org, username=user, role=role)
    public, hidden = dataset(former), dataset(former, private=True)
    sirens = {code: Collectivity.by_code(code).siren for code in (FORMER, HEIR)}
    for code, schema, target in (
        (FORMER, "budget", "portal"),
        (FORMER, "dae", "portal"),
        (HEIR, "dae", "datagouv"),
    ):
        model.Session.add(Target(siren=sirens[code], schema=schema, target=target))
    model.Session.commit()
    read = act("odlocale_territory_plan", perimeters=EVERYBODY)
    done = act("odlocale_territory_apply", perimeters=EVERYBODY, digest=read["digest"])
    return {
        "read": read,
        "done": done,
        "orgs": (former, heir),
        "sirens": sirens,
        "datasets": (public, hidden),
        **people,
    }


def test_moved_to_2026_the_real_mergers_are_found(app: Any) -> None:
    moved = reach("moved")
    read = moved["read"]
    merged = {
        step["insee"]: step["successor"]["siren"]
        for step in read["steps"]
        if step["verdict"] == "merge"
    }
    renumbered = {
        step["insee"]: step["siren"]
        for step in read["steps"]
        if step["reason"] == "new_siren"
    }
    assert merged == {one: renumbered[heir] for one, heir in MERGERS.items()}
    assert not {"conflict", "doubtful", "create", "close"} & counted(read).keys()
    (step,) = [step for step in read["steps"] if step["insee"] == FORMER]
    assert step["datasets"] == 2
    assert moved["done"]["counts"] == read["counts"]
    again = act("odlocale_territory_plan", perimeters=EVERYBODY)
    assert set(counted(again)) == {"unchanged"}


def test_datasets_and_people_go_to_the_heir(app: Any) -> None:
    moved = reach("moved")
    former, heir = moved["orgs"]
    assert org_of(HEIR)["id"] == heir
    owners = {model.Package.get(one).owner_org for one in moved["datasets"]}
    assert owners == {heir}
    assert people_of(heir) == {
        moved["both"]: "editor",
        moved["only"]: "admin",
        moved["low"]: "editor",
    }
    assert people_of(former) == {}
    assert model.Group.get(former).state == "deleted"


def test_what_data_gouv_fr_knows_waits_for_its_transfer(app: Any) -> None:
    moved = reach("moved")
    found = model.Session.scalars(
        sa.select(Transfer).where(Transfer.package_id.in_(moved["datasets"]))
    )
    (waiting,) = found
    assert waiting.package_id == moved["datasets"][0]
    assert waiting.from_siren == moved["sirens"][FORMER]
    assert waiting.to_siren == Collectivity.by_code(HEIR).siren


def test_former_codes_lead_on_and_targets_follow(app: Any) -> None:
    moved = reach("moved")
    row, heir = Collectivity.by_code(FORMER), Collectivity.by_code(HEIR)
    assert (row.siren, row.status) == (moved["sirens"][FORMER], "merged")
    assert row.heir().siren == heir.siren != moved["sirens"][HEIR]
    former_siren = moved["sirens"][HEIR]
    assert model.Session.get(Alias, ("siren", former_siren)).siren == heir.siren
    assert Collectivity.by_code(former_siren).insee == HEIR
    targets = model.Session.execute(
        sa.select(Target.schema, Target.target).where(Target.siren == heir.siren)
    )
    assert dict(targets.all()) == {"budget": "portal", "dae": "datagouv"}


def test_what_changed_is_found_in_search_once_the_worker_has_run(app: Any) -> None:
    reach("moved")
    heir = org_of(HEIR)
    pending = set(model.Session.scalars(sa.select(Reindex.org_id)))
    assert heir["id"] in pending
    jobs.reindex_pending()
    assert jobs.count_pending() == 0
    found = helpers.call_action("package_search", fq=f"organization:{heir['name']}")
    assert found["count"] == 1
    assert found["results"][0]["organization"]["title"] == heir["title"]


@pytest.mark.parametrize("verb", ["changed", "deleted"])
def test_mergers_are_told_in_the_activities(app: Any, verb: str) -> None:
    from ckanext.activity.model import Activity

    reach("moved")
    row = Collectivity.by_code(HEIR if verb == "changed" else FORMER)
    kinds = model.Session.scalars(
        sa.select(Activity.activity_type).where(Activity.object_id == row.org_id)
    )
    assert f"{verb} organization" in set(kinds)
