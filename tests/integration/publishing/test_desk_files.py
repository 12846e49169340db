"""What the desk published is changed at the desk: core's own ways are closed to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories, helpers

from ckanext.odlocale.territory.register import Register
from ckanext.odlocale.territory.tables import Collectivity
from tests.integration.publishing.conftest import (
    PASSWORD,
    Desk,
    Town,
    budget,
    call_as,
    publish,
)

Open = Callable[[str | None], Desk]
OTHER = {"url": "https://essai.example/annexe.pdf", "name": "annexe"}
SAID = "Publish my data"


def dataset_of(deposit: dict[str, Any]) -> dict[str, Any]:
    return dict(helpers.call_action("package_show", id=deposit["package_id"]))


def remove(way: str, user: str, dataset: dict[str, Any]) -> None:
    """Take all the files of the desk out of a dataset."""
    left = [one for one in dataset["resources"] if not one.get("deposit_id")]
    (gone,) = [one for one in dataset["resources"] if one.get("deposit_id")]
    if way == "resource_delete":
        call_as(user, way, id=gone["id"])
    elif way == "package_update":
        call_as(user, way, **{**dataset, "resources": left})
    elif way == "no resources":
        bare = {name: dataset[name] for name in dataset if name != "resources"}
        call_as(user, "package_update", **bare)
    elif way == "package_revise":
        match = {"id": dataset["id"]}
        filters = [f"-resources__{gone['id']}"]
        call_as(user, way, match=match, filter=filters)
    else:
        call_as(user, "package_patch", id=dataset["id"], resources=left)


WAYS = [
    "resource_delete", "package_update", "package_patch", "package_revise",
    "no resources",
]  # fmt: skip


@pytest.mark.parametrize("who", ["agent", "administrator"])
@pytest.mark.parametrize("way", WAYS)
def test_nobody_takes_a_file_of_the_desk_away(
    way: str, who: str, mende: Town, desk_of: Open
) -> None:
    online = publish(mende, budget(mende.siret))
    user = mende.agent if who == "agent" else factories.Sysadmin()["name"]
    with pytest.raises((tk.ValidationError, tk.NotAuthorized)) as refused:
        remove(way, user, dataset_of(online))
    said = getattr(refused.value, "error_dict", None) or refused.value
    assert SAID in str(said)
    model.Session.rollback()
    assert len(dataset_of(online)["resources"]) == 1
    address = f"/donnees/{mende.code}/budget/{online['key']}.csv"
    assert desk_of(None).get(address).response.status_code == 200


@pytest.mark.parametrize("way", WAYS)
def test_a_stranger_is_told_of_his_rights_alone(
    way: str, mende: Town, town: Callable[[], Town]
) -> None:
    online = publish(mende, budget(mende.siret))
    with pytest.raises(tk.NotAuthorized) as refused:
        remove(way, town().agent, dataset_of(online))
    assert SAID not in str(refused.value)


def test_a_file_beside_the_desks_is_removed_and_the_desk_withdraws(
    mende: Town,
) -> None:
    online = publish(mende, budget(mende.siret))
    create = {"package_id": online["package_id"], **OTHER}
    made = call_as(mende.agent, "resource_create", **create)
    call_as(mende.agent, "resource_delete", id=made["id"])
    assert [one["deposit_id"] for one in dataset_of(online)["resources"]] == [
        online["id"]
    ]
    call_as(mende.agent, "odlocale_deposit_withdraw", id=online["id"], reason="other")
    assert model.Package.get(online["package_id"]).state == "deleted"


def test_the_page_of_core_that_removes_a_file_says_where_it_is_done(
    mende: Town, desk_of: Open
) -> None:
    online = publish(mende, budget(mende.siret))
    dataset = dataset_of(online)
    resource = dataset["resources"][0]["id"]
    for who in (mende.agent, factories.Sysadmin(password=PASSWORD)["name"]):
        desk = desk_of(who)
        page = desk.get("/about").page
        found = re.search(r'name="_csrf_token" content="([^"]+)"', page)
        assert found
        answer = desk.client.post(
            f"/dataset/{dataset['name']}/resource/{resource}/delete",
            headers={"X-CSRFToken": found[1]},
        )
        assert answer.status_code == 403
    assert len(dataset_of(online)["resources"]) == 1


def name_of(town: Town, schema: str = "budget") -> str:
    return f"{schema}-commune-{town.code.lower()}"


@pytest.mark.parametrize("form", ["{}", "{}-2"])
@pytest.mark.parametrize("how", ["create", "rename", "administrator"])
def test_nobody_takes_the_name_of_anothers_dataset(
    how: str, form: str, mende: Town, town: Callable[[], Town]
) -> None:
    other = town()
    name = form.format(name_of(mende))
    user = factories.Sysadmin()["name"] if how == "administrator" else other.agent
    asked: dict[str, Any] = {"name": name, "title": "x", "notes": "x", "private": True}
    action = "package_create"
    if how == "rename":
        action = "package_patch"
        asked["id"] = factories.Dataset(owner_org=other.org_id)["id"]
    with pytest.raises(tk.ValidationError) as refused:
        call_as(user, action, owner_org=other.org_id, **asked)
    assert "name" in refused.value.error_dict
    assert "another" in str(refused.value.error_dict["name"])


def test_a_collectivite_uses_its_own_names_and_others_are_free(
    mende: Town, town: Callable[[], Town]
) -> None:
    other = town()
    free = f"budget-vert-{mende.code}00"
    for place, name in ((mende, name_of(mende)), (other, free)):
        made = factories.Dataset(owner_org=place.org_id)
        call_as(place.agent, "package_patch", id=made["id"], name=name)
        # It keeps it through any later change.
        call_as(place.agent, "package_patch", id=made["id"], title="Autre")


def test_a_name_taken_before_this_rule_is_kept(
    mende: Town, town: Callable[[], Town]
) -> None:
    other = town()
    made = factories.Dataset(owner_org=other.org_id)
    package = model.Package.get(made["id"])
    package.name = name_of(mende)
    model.Session.commit()
    call_as(other.agent, "package_patch", id=made["id"], title="Autre")
    online = publish(mende, budget(mende.siret))
    assert dataset_of(online)["owner_org"] == mende.org_id


def test_a_commune_of_corsica_publishes(portal: None) -> None:
    """Its code has a letter, and CKAN's names have no capital."""
    commune = next(
        one for one in Register.load().departement("2A") if one.kind == "commune"
    )
    user = factories.User()
    organization = factories.Organization(
        users=[{"name": user["name"], "capacity": "editor"}]
    )
    place = Collectivity(
        siren=commune.siren, insee=commune.insee, kind="commune", name=commune.name,
        org_id=organization["id"], cog_vintage=2026, status="active",
    )  # fmt: skip
    model.Session.add(place)
    model.Session.commit()
    try:
        siret = f"{commune.siren}00010"
        town = Town(
            code=str(commune.insee), siren=commune.siren, siret=siret,
            name=commune.name, org_id=organization["id"], agent=user["name"],
        )  # fmt: skip
        online = publish(town, budget(siret))
        name = dataset_of(online)["name"]
        assert name.endswith(f"-{str(commune.insee).lower()}")
    finally:
        model.Session.rollback()
