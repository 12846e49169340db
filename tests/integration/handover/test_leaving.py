"""What a portal answers once a collectivité has left it."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.odlocale.handover.receipt import Receipt
from tests.integration.handover.conftest import Commune, call_as, send
from tests.integration.publishing.conftest import budget

NEW = "https://nouveau.example.org"


def leave_speaking(app: Any, sysadmin: str, town: Commune, organization: str) -> None:
    """Leave as the command does, which speaks the portal's language."""
    with app.flask_app.test_request_context():
        leave(sysadmin, town, organization)


def leave(sysadmin: str, town: Commune, organization: str = "") -> dict[str, Any]:
    """Pack a commune, and confirm with the receipt that another portal would give."""
    made = call_as(sysadmin, "odlocale_handover_pack", siren=town.siren)
    receipt = Receipt(
        town.siren,
        NEW,
        organization or town.org_name,
        made["pack"],
        made["manifest"]["digest"],
    )
    asked = {"siren": town.siren, "receipt": receipt.to_dict()}
    return dict(call_as(sysadmin, "odlocale_handover_confirm", **asked))


def dataset_of(town: Commune) -> dict[str, Any]:
    found = call_as("", "package_search", fq=f"owner_org:{town.org_id}")
    return next(one for one in found["results"] if one.get("scdl_schema"))


def location(app: Any, path: str) -> str:
    answer = app.get(path, follow_redirects=False)
    assert answer.status_code == 301, path
    return str(answer.headers["Location"])


def test_its_addresses_lead_to_the_same_ones_there(
    sysadmin: str, crowded: Commune, app: Any
) -> None:
    dataset = dataset_of(crowded)
    resource = dataset["resources"][0]
    before = app.get(f"/catalogue/{crowded.code}.ttl")
    leave_speaking(app, sysadmin, crowded, "ailleurs")
    file_path = resource["url"].removeprefix(str(tk.config["ckan.site_url"]))
    for path in (
        file_path,
        f"/commune/{crowded.code}",
        f"/commune/{crowded.former}",
        f"/collectivite/{crowded.siren}",
        f"/publier/{crowded.code}",
        f"/publier/{crowded.code}/budget",
        f"/dataset/{dataset['name']}",
        f"/dataset/{dataset['id']}",
        f"/dataset/{dataset['name']}/resource/{resource['id']}",
        f"/dataset/{dataset['name']}?page=2",
    ):
        assert location(app, path) == NEW + path
    # It has another name there.
    there = f"{NEW}/organization/ailleurs"
    assert location(app, f"/organization/{crowded.org_name}") == there
    head = app.test_client().head(file_path, follow_redirects=False)
    assert head.status_code == 301
    after = app.get(f"/catalogue/{crowded.code}.ttl")
    assert (after.status_code, after.body) == (200, before.body)
    assert after.headers["Content-Type"] == "text/turtle; charset=utf-8"
    for extension in ("rdf", "jsonld"):
        answer = app.get(f"/catalogue/{crowded.code}.{extension}")
        assert (answer.status_code, bool(answer.body)) == (200, True)
    tag = after.headers["ETag"]
    again = app.get(f"/catalogue/{crowded.code}.ttl", headers={"If-None-Match": tag})
    assert again.status_code == 304


def test_it_is_no_longer_among_ours(sysadmin: str, crowded: Commune, app: Any) -> None:
    dataset = dataset_of(crowded)
    leave(sysadmin, crowded)
    assert not call_as("", "package_search", q=f'id:"{dataset["id"]}"')["results"]
    assert dataset["name"] not in call_as("", "package_list")
    assert crowded.org_name not in call_as("", "organization_list")
    assert dataset["id"] not in app.get("/catalogue/portail.ttl").body
    found = call_as("", "odlocale_collectivity_search", q=crowded.code)
    assert not found["results"]


def test_writing_for_it_is_refused_with_where_to_go(
    sysadmin: str, crowded: Commune
) -> None:
    dataset = dataset_of(crowded)
    leave(sysadmin, crowded)
    for user in (sysadmin, crowded.agent):
        with pytest.raises((tk.ValidationError, tk.NotAuthorized)):
            send_as(user, crowded)
        with pytest.raises(tk.ValidationError) as refused:
            call_as(user, "package_create", name="x", owner_org=crowded.org_id)
        assert NEW in str(refused.value)
        with pytest.raises((tk.ValidationError, tk.NotAuthorized, tk.ObjectNotFound)):
            call_as(user, "package_patch", id=dataset["id"], title="Autre")


def send_as(user: str, town: Commune) -> None:
    send(replace(town, agent=user), budget(town.siret, year=2019))


def test_cancelling_gives_everything_back(
    sysadmin: str, crowded: Commune, app: Any
) -> None:
    dataset = dataset_of(crowded)
    feed = app.get(f"/catalogue/{crowded.code}.ttl").body
    leave(sysadmin, crowded)
    call_as(sysadmin, "odlocale_handover_cancel", siren=crowded.siren)
    assert dataset_of(crowded)["id"] == dataset["id"]
    page = app.get(f"/dataset/{dataset['name']}", follow_redirects=False)
    assert page.status_code == 200
    assert app.get(f"/organization/{crowded.org_name}").status_code == 200
    assert app.get(f"/catalogue/{crowded.code}.ttl").body == feed
    send(crowded, budget(crowded.siret, year=2019))


def test_a_released_feed_leads_there_and_cannot_come_back(
    sysadmin: str, crowded: Commune, app: Any
) -> None:
    leave(sysadmin, crowded)
    for _ in range(2):
        call_as(sysadmin, "odlocale_handover_release_feed", siren=crowded.siren)
    path = f"/catalogue/{crowded.code}.ttl"
    assert location(app, path) == NEW + path
    with pytest.raises(tk.ValidationError):
        call_as(sysadmin, "odlocale_handover_cancel", siren=crowded.siren)


def test_the_same_receipt_twice_is_harmless(sysadmin: str, crowded: Commune) -> None:
    made = call_as(sysadmin, "odlocale_handover_pack", siren=crowded.siren)
    receipt = Receipt(
        crowded.siren, NEW, "x", made["pack"], made["manifest"]["digest"]
    ).to_dict()
    asked = {"siren": crowded.siren, "receipt": receipt}
    first = call_as(sysadmin, "odlocale_handover_confirm", **asked)
    assert call_as(sysadmin, "odlocale_handover_confirm", **asked) == first


def test_what_changed_since_the_pack_is_not_let_go(
    sysadmin: str, crowded: Commune, app: Any
) -> None:
    made = call_as(sysadmin, "odlocale_handover_pack", siren=crowded.siren)
    receipt = Receipt(
        crowded.siren, NEW, "x", made["pack"], made["manifest"]["digest"]
    ).to_dict()
    send(crowded, budget(crowded.siret, year=2018))
    with pytest.raises(tk.ValidationError):
        call_as(
            sysadmin,
            "odlocale_handover_confirm",
            siren=crowded.siren,
            receipt=receipt,
        )
    page = app.get(f"/commune/{crowded.code}", follow_redirects=False)
    assert page.status_code == 302


ACTIONS: dict[str, dict[str, Any]] = {
    "odlocale_handover_pack": {},
    "odlocale_handover_confirm": {"receipt": {"siren": "x"}},
    "odlocale_handover_cancel": {},
    "odlocale_handover_release_feed": {},
    "odlocale_handover_list": {},
    "odlocale_takeover": {"upload": io.BytesIO(b"")},
    "odlocale_takeover_file": {"upload": io.BytesIO(b""), "sha256": "0" * 64},
}


@pytest.mark.parametrize("action", ACTIONS)
def test_only_an_administrator_of_the_portal_may(action: str, commune: Any) -> None:
    town = commune()
    animator = factories.User()["name"]
    call_as(
        factories.Sysadmin()["name"],
        "organization_member_create",
        id=town.org_id,
        username=animator,
        role="admin",
    )
    for user in ("", town.agent, animator):
        with pytest.raises(tk.NotAuthorized):
            call_as(user, action, siren=town.siren, **ACTIONS[action])


def test_nobody_agrees_without_being_logged_in(commune: Any) -> None:
    with pytest.raises(tk.NotAuthorized):
        call_as("", "odlocale_handover_agree", agree=True)
