"""A plan written to a real database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import authz, model
from ckan.lib.dictization import table_dictize
from ckan.plugins import toolkit as tk
from ckan.tests import factories, helpers
from ckanext.activity.model import Activity

from ckanext.odlocale.base.journal import JournalLine
from ckanext.odlocale.territory import model as store
from ckanext.odlocale.territory import writing
from ckanext.odlocale.territory.tables import Collectivity

Call = Callable[..., Any]
# Delle, 90033; Belfort's département; its Grand Belfort.
DELLE, HEAD, EPCI = "90033", "229000013", "200069052"
# Same in every organisation made one by one or in bulk, but for their identity.
OWN = {"id", "created", "name", "title", "display_name", "siren", "insee"}


def org_of(code: str) -> dict[str, Any]:
    return dict(helpers.call_action("odlocale_collectivity_show", code=code))[
        "organization"
    ]


def parents_of(code: str) -> list[str]:
    members = model.Session.scalars(
        sa.select(model.Member).where(
            model.Member.group_id == org_of(code)["id"],
            model.Member.table_name == "group",
            model.Member.state == "active",
        )
    )
    return [str(member.table_id) for member in members]


def test_a_territory_is_created_then_there_is_nothing_left_to_do(
    belfort: dict[str, Any], sysadmin: dict[str, Any], call_as: Call
) -> None:
    steps = belfort["steps"]
    assert len([s for s in steps if s["kind"] == "commune"]) == 101
    again = call_as(sysadmin["name"], "odlocale_territory_plan", departement="90")
    counted = {verdict: n for verdict, n in again["counts"].items() if n}
    assert counted == {"unchanged": len(steps)}


@pytest.mark.parametrize("include", [True, False], ids=["with everything", "bare"])
def test_organization_show_is_what_organization_create_gives(
    belfort: dict[str, Any], sysadmin: dict[str, Any], call_as: Call, include: bool
) -> None:
    bulk = org_of(DELLE)
    details = ("users", "groups", "extras", "tags", "followers", "dataset_count")
    options = {f"include_{detail}": include for detail in details}
    shown = call_as(sysadmin["name"], "organization_show", id=bulk["id"], **options)
    name = factories.Organization.stub().name
    owned = {
        field: value
        for field, value in model.Group.get(bulk["id"]).extras.items()
        if field not in OWN
    }
    made = call_as(
        sysadmin["name"],
        "organization_create",
        name=name,
        title="Essai",
        siren="356000000",
        insee="99999",
        description="",
        image_url="",
        groups=[{"name": parent["name"]} for parent in parents_as_names(DELLE)],
        **owned,
    )
    by_hand = call_as(sysadmin["name"], "organization_show", id=made["id"], **options)
    # Core makes the caller an administrator of what he creates; we must not.
    creators = by_hand.pop("users", [])
    assert [user["name"] for user in creators] in ([], [sysadmin["name"]])
    assert shown.pop("users", []) == []
    assert shown.keys() == by_hand.keys()
    same = {key: value for key, value in shown.items() if key not in OWN}
    assert same == {key: value for key, value in by_hand.items() if key not in OWN}


def parents_as_names(code: str) -> list[dict[str, Any]]:
    return [{"name": model.Group.get(parent).name} for parent in parents_of(code)]


def test_the_rows_in_the_database_are_those_of_organization_create(
    belfort: dict[str, Any], sysadmin: dict[str, Any], call_as: Call
) -> None:
    bulk = model.Group.get(org_of(DELLE)["id"])
    made = call_as(
        sysadmin["name"],
        "organization_create",
        name=factories.Organization.stub().name,
        title="Essai",
        description="",
        image_url="",
        siren="356000000",
        groups=[{"name": parents_as_names(DELLE)[0]["name"]}],
    )
    by_hand = model.Group.get(made["id"])
    ignored = {"id", "name", "title", "created", "extras"}
    context = {"model": model, "session": model.Session}
    left, right = (
        {k: v for k, v in table_dictize(g, context).items() if k not in ignored}
        for g in (bulk, by_hand)
    )
    assert left == right
    members = [
        model.Session.scalars(
            sa.select(model.Member).where(
                model.Member.group_id == group.id, model.Member.table_name == "group"
            )
        ).one()
        for group in (bulk, by_hand)
    ]
    assert members[0].capacity == members[1].capacity == "public"
    assert members[0].table_id == members[1].table_id


def test_nobody_becomes_a_member_of_what_is_created(belfort: dict[str, Any]) -> None:
    org = org_of("90010")
    users = model.Session.scalars(
        sa.select(model.Member).where(
            model.Member.group_id == org["id"], model.Member.table_name == "user"
        )
    ).all()
    assert users == []


def test_each_creation_is_an_activity_like_cores(
    belfort: dict[str, Any], sysadmin: dict[str, Any], call_as: Call
) -> None:
    made = call_as(
        sysadmin["name"],
        "organization_create",
        name=factories.Organization.stub().name,
        title="Essai",
    )
    bulk, by_hand = (
        model.Session.scalars(
            sa.select(Activity).where(Activity.object_id == object_id)
        ).one()
        for object_id in (org_of(DELLE)["id"], made["id"])
    )
    assert bulk.activity_type == by_hand.activity_type == "new organization"
    assert bulk.data["group"].keys() == by_hand.data["group"].keys()
    assert type(bulk.data["group"]["created"]) is type(by_hand.data["group"]["created"])
    assert bulk.permission_labels == by_hand.permission_labels
    shown = tk.get_action("organization_activity_list")(
        {"user": sysadmin["name"]},
        {"id": bulk.object_id, "include_hidden_activity": True},
    )
    assert [activity["id"] for activity in shown] == [bulk.id]


def test_the_hierarchy_is_projected_where_core_reads_it(
    belfort: dict[str, Any],
) -> None:
    epci = store.Collectivity.by_code(DELLE).epci_siren
    assert parents_of(DELLE) == [org_of(epci)["id"]]
    assert parents_of(epci) == [org_of(HEAD)["id"]]
    assert parents_of(HEAD) == []
    above = model.Group.get(org_of(DELLE)["id"]).get_parent_group_hierarchy(
        type="organization"
    )
    assert [group.id for group in above] == [org_of(HEAD)["id"], org_of(epci)["id"]]


def test_the_animator_may_publish_for_every_commune_and_an_agent_for_his_own(
    belfort: dict[str, Any], agent_of: Callable[..., str]
) -> None:
    animator, agent = agent_of(HEAD, "admin"), agent_of(DELLE)
    may = authz.has_user_permission_for_group_or_org
    assert may(org_of("90010")["id"], animator, "create_dataset")
    assert may(org_of(DELLE)["id"], agent, "create_dataset")
    assert not may(org_of("90010")["id"], agent, "create_dataset")


@pytest.fixture
def restored(sysadmin: dict[str, Any], call_as: Call) -> Any:
    """Put the territory back as the register says, whatever the test did."""
    yield
    model.Session.rollback()
    call_as(sysadmin["name"], "odlocale_territory_apply", departement="90")


def falsify(code: str, **extras: str) -> dict[str, Any]:
    """Make an organisation differ from the register."""
    group = model.Group.get(org_of(code)["id"])
    group.extras = {**group.extras, **extras}
    group.title = "Ancien nom"
    group.name = f"ancien-nom-{code}"
    model.Session.add(group)
    model.repo.commit()
    return {"id": group.id}


@pytest.mark.usefixtures("restored")
def test_an_update_restores_what_the_register_owns_and_keeps_the_rest(
    belfort: dict[str, Any], sysadmin: dict[str, Any], call_as: Call
) -> None:
    falsify(DELLE, population="1", contact_email="mairie@delle.example.fr", epci="")
    made = call_as(sysadmin["name"], "odlocale_territory_apply", departement="90")
    assert made["counts"]["rename"] == 1
    shown = call_as(None, "organization_show", id=f"delle-{DELLE}")
    assert shown["title"] == "Delle"
    assert int(shown["population"]) > 1000
    assert shown["contact_email"] == "mairie@delle.example.fr"
    again = call_as(sysadmin["name"], "odlocale_territory_plan", departement="90")
    assert again["counts"]["rename"] == again["counts"]["update"] == 0


@pytest.mark.usefixtures("restored")
def test_a_commune_moved_by_hand_goes_back_under_its_grouping(
    belfort: dict[str, Any], sysadmin: dict[str, Any], call_as: Call
) -> None:
    before = parents_of(DELLE)
    stranger = factories.Organization()
    call_as(
        sysadmin["name"],
        "organization_patch",
        id=org_of(DELLE)["id"],
        groups=[{"name": stranger["name"]}],
    )
    assert parents_of(DELLE) == [stranger["id"]]
    call_as(sysadmin["name"], "odlocale_territory_apply", departement="90")
    assert parents_of(DELLE) == before


@pytest.mark.usefixtures("restored")
def test_a_stale_plan_is_refused_and_nothing_is_written(
    belfort: dict[str, Any], sysadmin: dict[str, Any], call_as: Call
) -> None:
    falsify(DELLE)
    read = call_as(sysadmin["name"], "odlocale_territory_plan", departement="90")
    falsify("90010")
    with pytest.raises(tk.ValidationError) as caught:
        call_as(
            sysadmin["name"],
            "odlocale_territory_apply",
            departement="90",
            digest=read["digest"],
        )
    assert "digest" in caught.value.error_dict
    assert org_of(DELLE)["title"] == "Ancien nom"


@pytest.mark.usefixtures("restored")
def test_a_failure_half_way_leaves_nothing(
    belfort: dict[str, Any],
    sysadmin: dict[str, Any],
    call_as: Call,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    falsify(DELLE)

    def fail(*_: object) -> None:
        raise RuntimeError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(writing, "record_activities", fail)
        with pytest.raises(RuntimeError, match="disk full"):
            call_as(sysadmin["name"], "odlocale_territory_apply", departement="90")
    model.Session.rollback()
    assert org_of(DELLE)["title"] == "Ancien nom"


def test_two_applies_at_once_create_each_organization_once(
    portal: None, sysadmin: dict[str, Any]
) -> None:
    outcomes: list[Any] = []
    # Another test may have needed the EPCI of Paris.
    asked = {"departement": "75"}
    planned = helpers.call_action("odlocale_territory_plan", **asked)["counts"][
        "create"
    ]
    assert planned in (1, 2)

    def apply() -> None:
        try:
            made = tk.get_action("odlocale_territory_apply")(
                {"user": sysadmin["name"]}, dict(asked)
            )
            outcomes.append(made["counts"]["create"])
        except Exception as error:
            outcomes.append(error)
        finally:
            model.Session.remove()

    threads = [threading.Thread(target=apply) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == [0, 0, 0, planned]


def test_an_apply_while_another_holds_the_territory_is_refused(
    belfort: dict[str, Any],
    sysadmin: dict[str, Any],
    call_as: Call,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(store, "LOCK_SECONDS", 1)
    with model.meta.engine.connect() as other:
        other.execute(sa.text(f"SELECT pg_advisory_lock({store.LOCK_KEY})"))
        with pytest.raises(tk.ValidationError) as caught:
            call_as(sysadmin["name"], "odlocale_territory_apply", departement="90")
        other.execute(sa.text(f"SELECT pg_advisory_unlock({store.LOCK_KEY})"))
    assert "territory" in caught.value.error_dict


def test_a_purged_organization_is_created_anew(
    portal: None, sysadmin: dict[str, Any], call_as: Call
) -> None:
    call_as(sysadmin["name"], "odlocale_territory_apply", departement="75")
    old = org_of("75056")
    call_as(sysadmin["name"], "organization_purge", id=old["id"])
    assert org_of("75056") is None
    made = call_as(sysadmin["name"], "odlocale_territory_apply", departement="75")
    assert made["counts"]["create"] == 1
    assert org_of("75056")["id"] != old["id"]


def test_an_organization_made_by_hand_with_the_same_name_is_left_alone(
    portal: None, sysadmin: dict[str, Any], call_as: Call
) -> None:
    org = call_as(
        sysadmin["name"], "organization_create", name="alzon-30009", title="À la main"
    )
    made = call_as(sysadmin["name"], "odlocale_territory_plan", departement="30")
    (conflict,) = [s for s in made["steps"] if s["verdict"] == "conflict"]
    assert (conflict["insee"], conflict["reason"]) == ("30009", "name_taken")
    call_as(sysadmin["name"], "organization_purge", id=org["id"])


def test_the_journal_tells_who_applied_what(
    belfort: dict[str, Any], sysadmin: dict[str, Any]
) -> None:
    line = model.Session.scalars(
        sa.select(JournalLine)
        .where(JournalLine.object_type == "territory", JournalLine.object_id == HEAD)
        .order_by(JournalLine.id)
    ).first()
    assert line is not None
    assert line.detail["create"] > 100


@pytest.mark.parametrize(
    "departement",
    ["99", "", [], "Morbihan", ["90", "x"]],
    ids=["unknown", "empty", "no", "name", "one wrong"],
)
def test_an_unknown_departement_is_refused(
    sysadmin: dict[str, Any], call_as: Call, departement: object
) -> None:
    with pytest.raises(tk.ValidationError) as caught:
        call_as(sysadmin["name"], "odlocale_territory_plan", departement=departement)
    assert "departement" in caught.value.error_dict


def test_collectivities_are_found_by_organisation_and_by_code(
    belfort: dict[str, Any],
) -> None:
    found = Collectivity.by_code(DELLE)
    assert found is not None
    assert Collectivity.by_org(found.org_id).siren == found.siren
    assert Collectivity.by_code(found.siren).insee == found.code == DELLE
    assert Collectivity.by_code(EPCI).code == EPCI
    assert Collectivity.by_code("00000") is None
    assert Collectivity.by_org("nobody") is None
