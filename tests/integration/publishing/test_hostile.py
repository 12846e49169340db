"""What somebody who may publish could do beside the desk, and what a robot sends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories, helpers

from tests.integration.publishing.conftest import (
    Desk,
    Town,
    budget,
    call_as,
    publish,
    send,
)

Open = Callable[[str | None], Desk]
OWNED = ("url", "url_type", "hash", "scdl_key", "deposit_id")


def dataset_of(deposit: dict[str, Any]) -> dict[str, Any]:
    return dict(helpers.call_action("package_show", id=deposit["package_id"]))


WISHES = {
    "address": ({"contact_email": "pas une adresse"}, "whole address"),
    "licence": ({"license_id": "cc-by"}, "Licence: choose"),
    "frequency": ({"frequency": "souvent"}, "Update frequency: choose"),
    "theme": ({"theme": ["GOVE"]}, "Themes: choose"),
    "themes": ({"theme": ["é" * 300_000]}, "20000"),
    "keyword": ({"tag_string": "budget, <b>"}, "“<b>” cannot be one"),
    "keywords": ({"tag_string": ",".join(map(str, range(100, 131)))}, "30 at most"),
    "half": ({"temporal_start": "2022-01-01"}, "first day and the last"),
    "no day": ({"temporal_start": "2022", "temporal_end": "2022-02-30"}, "31/12/2025"),
    "far": ({"temporal_start": "0001-01-01", "temporal_end": "9999-12-31"}, "31/12"),
    "reversed": (
        {"temporal_start": "2022-12-31", "temporal_end": "2022-01-01"},
        "before the first",
    ),
    "territory": ({"on_behalf_of": "48095"}, "for itself only"),
    "title": ({"title": "é" * 300_000}, "350"),
    "notes": ({"notes": "é" * 20_001}, "20000"),
    "contact": ({"contact_name": "é" * 201}, "200"),
    "nul": ({"title": "Budget\0"}, "sign"),
    "not a text": ({"title": ["Budget"]}, "text"),
}


@pytest.mark.parametrize(("wishes", "said"), WISHES.values(), ids=WISHES)
def test_a_wish_that_would_block_publication_is_refused_at_once(
    wishes: dict[str, Any], said: str, mende: Town
) -> None:
    sent = send(mende, budget(mende.siret))
    with pytest.raises(tk.ValidationError) as refused:
        call_as(mende.agent, "odlocale_deposit_answer", id=sent["id"], wishes=wishes)
    assert said in refused.value.error_dict["wishes"][0]
    model.Session.rollback()
    call_as(mende.agent, "odlocale_deposit_correct", id=sent["id"])
    online = call_as(mende.agent, "odlocale_deposit_publish", id=sent["id"])
    assert online["state"] == "published"


def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(
    mende: Town, desk_of: Open
) -> None:
    desk = desk_of(mende.agent).drop(mende, budget(mende.siret))
    deposit = desk.address.split("/")[3]
    desk.get(f"/publier/depot/{deposit}/relire")
    typed = {"title": "Le budget voté", "contact_email": "mairie(at)mende"}
    desk.post(f"/publier/depot/{deposit}/fiche", typed)
    assert "écrivez une adresse entière" in desk.page
    assert 'value="Le budget voté"' in desk.page
    assert 'value="mairie(at)mende"' in desk.page
    desk.post(f"/publier/depot/{deposit}/fiche", {**typed, "contact_email": "a@b.fr"})
    assert desk.address.endswith("/relire")
    assert "Le budget voté" in desk.page


MALFORMED = [
    ("odlocale_deposit_show", {"id": "\0"}),
    ("odlocale_deposit_show", {"id": "\ud800"}),
    ("odlocale_deposit_show", {"id": [{"a": 1}]}),
    ("odlocale_deposit_list", {"org_id": "\0"}),
    ("odlocale_deposit_list", {"org_id": "{org}", "schema": "\0"}),
    ("odlocale_deposit_create", {"org_id": "{org}", "upload": "texte"}),
    ("odlocale_deposit_create", {"org_id": "{org}", "upload": {"a": 1}}),
    ("odlocale_deposit_create", {"org_id": "{org}", "upload": ["a"]}),
    ("odlocale_deposit_create", {"org_id": "{org}", "upload": [{"a": 1}]}),
    ("odlocale_deposit_choose", {"id": "{id}", "mapping": {"a": 1.5}}),
    ("odlocale_deposit_choose", {"id": "{id}", "mapping": {"a": ["b"]}}),
    ("odlocale_deposit_choose", {"id": "{id}", "mapping": {"a\0": "b"}}),
    ("odlocale_deposit_choose", {"id": "{id}", "mapping": [1]}),
    ("odlocale_deposit_choose", {"id": "{id}", "schema": [1.5]}),
    ("odlocale_deposit_choose", {"id": "{id}", "schema": {"a": []}}),
    ("odlocale_deposit_ask", {"id": "{id}", "message": 1.5}),
    ("odlocale_deposit_answer", {"id": "{id}", "wishes": [1]}),
    ("odlocale_deposit_answer", {"id": "{id}", "wishes": {"title": 1.5}}),
    ("odlocale_deposit_choose", {"id": "{id}", "version": [1]}),
    ("odlocale_deposit_ask", {"id": "{id}", "message": "\0"}),
    ("odlocale_deposit_ask", {"id": "{id}", "message": "x" * 2_001}),
    ("odlocale_deposit_answer", {"id": "{id}", "replaces": "\0"}),
    ("odlocale_deposit_answer", {"id": "{id}", "another": [1]}),
    ("odlocale_deposit_answer", {"id": "{id}", "wishes": {"title": "\0"}}),
    ("odlocale_deposit_withdraw", {"id": "{id}", "reason": "\0"}),
]


@pytest.mark.parametrize(("action", "data"), MALFORMED)
def test_malformed_requests_are_refused_and_never_fail(
    action: str, data: dict[str, Any], mende: Town, app: Any
) -> None:
    names = {"{id}": send(mende, budget(mende.siret))["id"], "{org}": mende.org_id}
    asked = {
        name: names.get(value, value) if isinstance(value, str) else value
        for name, value in data.items()
    }
    token = helpers.call_action(
        "api_token_create", {"ignore_auth": True}, user=mende.agent, name="essai"
    )["token"]
    headers = {"Authorization": token}
    response = app.post(f"/api/action/{action}", json=asked, headers=headers)
    assert response.status_code == 409


@pytest.mark.parametrize("by", ["id", "name"])
def test_a_dataset_deleted_by_core_leaves_gone_addresses(
    by: str, mende: Town, desk_of: Open
) -> None:
    online = publish(mende, budget(mende.siret))
    address = f"/donnees/{mende.code}/budget/{online['key']}.csv"
    dataset = dataset_of(online)
    call_as(mende.agent, "package_delete", id=dataset[by])
    assert desk_of(None).get(address).response.status_code == 410
    shown = call_as(mende.agent, "odlocale_deposit_show", id=online["id"])
    assert shown["state"] == "withdrawn"
    again = publish(mende, budget(mende.siret))
    assert again["package_id"] == online["package_id"]
    assert desk_of(None).get(address).response.status_code == 200


def test_a_dataset_deleted_in_bulk_leaves_gone_addresses(
    mende: Town, desk_of: Open
) -> None:
    online = publish(mende, budget(mende.siret))
    call_as(
        factories.Sysadmin()["name"],
        "bulk_update_delete",
        datasets=[online["package_id"]],
        org_id=mende.org_id,
    )
    address = f"/donnees/{mende.code}/budget/{online['key']}.csv"
    assert desk_of(None).get(address).response.status_code == 410


FORGED = {
    "url": "https://ailleurs.example.fr/faux.csv",
    "url_type": "upload",
    "hash": "0" * 64,
    "scdl_key": "1999-faux",
    "deposit_id": "faux",
}


def tamper(way: str, dataset: dict[str, Any], user: str) -> None:
    resource = {**dataset["resources"][0], **FORGED}
    if way == "resource_patch":
        call_as(user, way, id=resource["id"], **FORGED)
    elif way == "resource_update":
        call_as(user, way, **resource)
    elif way == "emptied":
        call_as(user, "resource_update", id=resource["id"], url="", format="CSV")
    else:
        call_as(user, way, **{**dataset, "resources": [resource]})


@pytest.mark.parametrize("who", ["agent", "administrator"])
@pytest.mark.parametrize(
    "way",
    ["resource_update", "resource_patch", "package_patch", "package_update", "emptied"],
)
def test_a_published_file_stays_as_the_desk_wrote_it(
    way: str, who: str, mende: Town
) -> None:
    online = publish(mende, budget(mende.siret))
    before = dataset_of(online)
    user = mende.agent if who == "agent" else factories.Sysadmin()["name"]
    if way == "emptied":
        tamper(way, before, user)
    else:
        with pytest.raises(tk.ValidationError) as refused:
            tamper(way, before, user)
        assert "Publish my data" in str(refused.value.error_dict)
        model.Session.rollback()
    after = dataset_of(online)["resources"][0]
    for name in OWNED:
        assert after.get(name) == before["resources"][0].get(name)


def test_what_the_desk_does_not_own_is_still_edited(mende: Town) -> None:
    online = publish(mende, budget(mende.siret))
    resource = dataset_of(online)["resources"][0]
    call_as(mende.agent, "resource_patch", id=resource["id"], name="Autre nom")
    assert dataset_of(online)["resources"][0]["name"] == "Autre nom"


def test_a_file_of_ones_own_does_not_pass_for_one_of_the_desk(mende: Town) -> None:
    online = publish(mende, budget(mende.siret))
    made = call_as(
        mende.agent,
        "resource_create",
        package_id=online["package_id"],
        **{**FORGED, "url_type": ""},
    )
    assert made["url"] == FORGED["url"]
    assert not made.get("deposit_id")
    assert not made.get("scdl_key")


@pytest.mark.parametrize("form", ["{site}", "", "{site}/fr", "{site}/x/.."])
def test_nobody_lists_the_file_of_another_commune(
    form: str, mende: Town, town: Callable[[], Town]
) -> None:
    online, other = publish(mende, budget(mende.siret)), town()
    start = form.format(site=tk.config["ckan.site_url"])
    path = "/donnees/{}/budget/2022.csv"
    create = {"package_id": online["package_id"], "name": "x"}
    url = start + path.format(other.code)
    with pytest.raises(tk.ValidationError):
        call_as(mende.agent, "resource_create", **create, url=url)
    model.Session.rollback()
    url = start + path.format(mende.code)
    call_as(mende.agent, "resource_create", **create, url=url)
