"""What is published, changed, hidden or moved without the desk, in the journal."""

from __future__ import annotations

import html
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.odlocale.base.journal import JournalLine
from tests.integration.people.conftest import Desk, Epci, as_site, manager_of
from tests.integration.publishing.conftest import Town, budget, call_as, publish

Line = tuple[str, str | None, bool]
TITLE = "Arbres du bourg"


@pytest.fixture
def commune(town: Callable[[], Town]) -> Town:
    return town()


def fields(place: Town, **more: Any) -> dict[str, Any]:
    name = f"arbres-{uuid.uuid4().hex[:10]}"
    return {"name": name, "title": TITLE, "notes": "Les arbres.", "license_id": "lov2",
            "owner_org": place.org_id, "private": False, **more}  # fmt: skip


def told(place: Town) -> list[Line]:
    """Lines on datasets in a commune's journal, from the first one."""
    rows = model.Session.query(JournalLine).filter_by(
        org_id=place.org_id, object_type="dataset"
    )
    return [
        (one.verb, one.user_id, bool(one.detail.get("on_behalf")))
        for one in rows.order_by(JournalLine.id)
    ]


def id_of(name: str) -> str:
    return str(model.User.get(name).id)


def test_each_write_by_the_api_is_told_once(
    commune: Town, epci: Callable[..., Epci]
) -> None:
    above, agent = epci(commune), id_of(commune.agent)
    made = call_as(above.animator, "package_create", **fields(commune))
    call_as(commune.agent, "package_patch", id=made["id"], notes="Autre chose.")
    # Nothing changes: nothing is told.
    call_as(commune.agent, "package_patch", id=made["id"], notes="Autre chose.")
    call_as(commune.agent, "resource_create", package_id=made["id"],
            url="https://essai.example/a.csv", name="Arbres", format="CSV")  # fmt: skip
    call_as(above.animator, "package_patch", id=made["id"], private=True)
    call_as(commune.agent, "package_patch", id=made["id"], notes="Encore.")
    call_as(commune.agent, "package_update", **{
        **call_as(commune.agent, "package_show", id=made["id"]), "private": False,
    })  # fmt: skip
    call_as(above.animator, "package_delete", id=made["id"])
    helper = id_of(above.animator)
    assert told(commune) == [
        ("published", helper, True),
        ("changed", agent, False),
        ("changed", agent, False),
        ("withdrawn", helper, True),
        ("published", agent, False),
        ("withdrawn", helper, True),
    ]
    lines = call_as(commune.agent, "odlocale_journal_list", org_id=commune.org_id)
    last, first = lines["lines"][0], lines["lines"][5]
    assert (first["sentence"], first["on_behalf"]) == (f"published: {TITLE}", True)
    assert last["sentence"] == f"withdrew: {TITLE}"


def test_nothing_is_told_of_what_is_refused_or_undone(commune: Town) -> None:
    made = call_as(commune.agent, "package_create", **fields(commune, private=True))
    with pytest.raises(tk.ValidationError):
        call_as(commune.agent, "package_create", **fields(commune, name="A b"))
    stranger = str(factories.User()["name"])
    with pytest.raises(tk.NotAuthorized):
        call_as(stranger, "package_patch", id=made["id"], private=False)
    with pytest.raises(tk.NotAuthorized):
        call_as(commune.agent, "dataset_purge", id=made["id"])
    model.Session.rollback()
    call_as(commune.agent, "package_delete", id=made["id"])
    assert told(commune) == []


@pytest.mark.parametrize("action", ["package_patch", "package_owner_org_update"])
def test_a_move_is_told_to_both(
    action: str, commune: Town, town: Callable[[], Town]
) -> None:
    other, head = town(), str(factories.Sysadmin()["name"])
    made = call_as(commune.agent, "package_create", **fields(commune))
    name = "owner_org" if action == "package_patch" else "organization_id"
    call_as(head, action, **{"id": made["id"], name: other.org_id})
    assert told(commune) == [
        ("published", id_of(commune.agent), False),
        ("moved", id_of(head), True),
    ]
    assert told(other) == [("moved", id_of(head), True)]
    assert model.Package.get(made["id"]).owner_org == other.org_id


def test_a_purge_tells_that_it_is_withdrawn(commune: Town) -> None:
    head = str(factories.Sysadmin()["name"])
    made = call_as(commune.agent, "package_create", **fields(commune))
    call_as(head, "dataset_purge", id=made["id"])
    assert told(commune)[1:] == [("withdrawn", id_of(head), True)]


def test_many_at_once_are_one_line_each(commune: Town) -> None:
    manager = manager_of(commune)
    made = [
        call_as(commune.agent, "package_create", **fields(commune))["id"]
        for _ in range(2)
    ]
    which = {"datasets": made, "org_id": commune.org_id}
    call_as(manager, "bulk_update_private", **which)
    call_as(manager, "bulk_update_public", **which)
    verbs = [verb for verb, _, _ in told(commune)]
    assert verbs == ["published"] * 2 + ["withdrawn"] * 2 + ["published"] * 2


def test_the_desk_tells_of_its_own_writes_itself(commune: Town) -> None:
    sent = publish(commune, budget(commune.siret))
    call_as(commune.agent, "odlocale_deposit_withdraw", id=sent["id"],
            reason="other")  # fmt: skip
    assert told(commune) == []
    # Hiding the whole of it on core's page is core's write.
    again = publish(commune, budget(commune.siret, year=2021))
    package_id = call_as(commune.agent, "odlocale_deposit_show", id=again["id"])[
        "package_id"
    ]
    as_site("package_patch", id=package_id, private=True)
    assert [verb for verb, _, _ in told(commune)] == ["withdrawn"]


def test_core_s_forms_are_told_with_on_whose_behalf(
    commune: Town,
    epci: Callable[..., Epci],
    desk_of: Callable[[str | None], Desk],
) -> None:
    above = epci(commune)
    desk = desk_of(above.animator).get("/dataset/new")
    sent = fields(commune, private="False", _ckan_phase="1", save="")
    desk.post("/dataset/new", sent)
    assert told(commune) == []
    file = {"id": "", "url": "https://essai.example/a.csv", "name": "Arbres",
            "format": "CSV", "save": "go-metadata"}  # fmt: skip
    desk.post(f"/dataset/{sent['name']}/resource/new", file)
    helper = id_of(above.animator)
    assert told(commune) == [("published", helper, True)]
    desk.get(f"/dataset/edit/{sent['name']}")
    changed = {**sent, "title": "Arbres et <haies>", "save": ""}
    desk.post(f"/dataset/edit/{sent['name']}", changed)
    assert told(commune)[1:] == [("changed", helper, True)]
    desk.get(f"/dataset/delete/{sent['name']}")
    desk.post(f"/dataset/delete/{sent['name']}", {})
    assert told(commune)[2:] == [("withdrawn", helper, True)]
    page = desk_of(commune.agent).get(f"/equipe/{commune.code}/journal").page
    shown = html.unescape(page)
    assert "a modifié : Arbres et <haies>".replace(" :", "\u00a0:") in shown
    assert "Arbres et <haies>" not in page
    assert "pour le compte de" in shown
