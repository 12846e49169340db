"""Who is refused what."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import helpers

from ckanext.odlocale.territory.tables import Collectivity

Call = Callable[..., Any]
DELLE, BELFORT, HEAD = "90033", "90010", "229000013"

WRITES = [
    ("odlocale_territory_plan", {"departement": "90"}),
    ("odlocale_territory_apply", {"departement": "90"}),
    ("odlocale_territory_apply_later", {"departement": "90"}),
    ("odlocale_territory_plan", {}),
    # Nor by naming one's own perimeter beside somebody's département.
    ("odlocale_territory_plan", {"perimeters": [HEAD], "departement": ["25"]}),
    ("odlocale_territory_apply", {"perimeters": [HEAD], "departement": ["25"]}),
    ("odlocale_territory_apply_later", {"perimeters": [HEAD], "departement": ["25"]}),
    ("odlocale_territory_contours", {"collection": {}}),
    (
        "odlocale_perimeter_set",
        {"atd_siren": HEAD, "definition": {"include": [{"kind": "departement"}]}},
    ),
    ("odlocale_perimeter_delete", {"atd_siren": HEAD}),
]
OF_THE_ATD = [
    ("odlocale_territory_plan", {"perimeters": HEAD}),
    ("odlocale_territory_apply", {"perimeters": [HEAD]}),
    ("odlocale_territory_apply_later", {"perimeters": [HEAD]}),
    ("odlocale_perimeter_show", {"atd_siren": HEAD}),
]
READS = [
    ("odlocale_collectivity_show", {"code": DELLE}),
    ("odlocale_collectivity_search", {"q": "delle"}),
]


@pytest.mark.parametrize(("action", "data"), WRITES, ids=str)
@pytest.mark.parametrize("who", ["anonymous", "agent", "manager", "animator"])
def test_only_an_administrator_changes_the_territory(
    belfort: dict[str, Any],
    agent_of: Callable[..., str],
    call_as: Call,
    who: str,
    action: str,
    data: dict[str, Any],
) -> None:
    user = {
        "anonymous": lambda: None,
        "agent": lambda: agent_of(DELLE),
        "manager": lambda: agent_of(DELLE, "admin"),
        "animator": lambda: agent_of(HEAD, "admin"),
    }[who]()
    with pytest.raises(tk.NotAuthorized):
        call_as(user, action, **data)


@pytest.mark.parametrize(
    ("action", "data"), OF_THE_ATD, ids=[name for name, _ in OF_THE_ATD]
)
@pytest.mark.parametrize("who", ["anonymous", "agent", "manager", "editor"])
def test_who_does_not_animate_a_perimeter_neither_plans_nor_applies_it(
    belfort: dict[str, Any],
    agent_of: Callable[..., str],
    call_as: Call,
    who: str,
    action: str,
    data: dict[str, Any],
) -> None:
    user = {
        "anonymous": lambda: None,
        "agent": lambda: agent_of(DELLE),
        "manager": lambda: agent_of(DELLE, "admin"),
        "editor": lambda: agent_of(HEAD, "editor"),
    }[who]()
    with pytest.raises(tk.NotAuthorized):
        call_as(user, action, **data)


@pytest.mark.parametrize(
    ("action", "data"), OF_THE_ATD, ids=[name for name, _ in OF_THE_ATD]
)
def test_an_animator_plans_and_applies_his_own_perimeter(
    belfort: dict[str, Any],
    agent_of: Callable[..., str],
    call_as: Call,
    monkeypatch: pytest.MonkeyPatch,
    action: str,
    data: dict[str, Any],
) -> None:
    monkeypatch.setattr("ckantoolkit.enqueue_job", lambda *_, **__: None)
    animator = agent_of(HEAD, "admin")
    assert call_as(animator, action, **data)
    listed = call_as(animator, "odlocale_perimeter_list")
    assert [one["atd_siren"] for one in listed] == [HEAD]


def test_an_animator_does_not_name_another_perimeter_beside_his_own(
    belfort: dict[str, Any], agent_of: Callable[..., str], call_as: Call
) -> None:
    with pytest.raises(tk.NotAuthorized):
        call_as(
            agent_of(HEAD, "admin"),
            "odlocale_territory_plan",
            perimeters=[HEAD, "225600014"],
        )


def test_nobody_reads_the_list_of_perimeters_without_logging_in(
    belfort: dict[str, Any], agent_of: Callable[..., str], call_as: Call
) -> None:
    with pytest.raises(tk.NotAuthorized):
        call_as(None, "odlocale_perimeter_list")
    assert call_as(agent_of(DELLE), "odlocale_perimeter_list") == []


@pytest.mark.parametrize(("action", "data"), READS, ids=[name for name, _ in READS])
def test_the_register_is_read_by_everybody(
    belfort: dict[str, Any], call_as: Call, action: str, data: dict[str, Any]
) -> None:
    assert call_as(None, action, **data)


OWNED = [
    ("title", "Ville de Delle"),
    ("name", "delle"),
    ("siren", "219000106"),
    ("insee", BELFORT),
    ("kind", "epci"),
    ("population", "1000000"),
    ("epci", "200069052"),
    ("departement", "75"),
    ("region", "11"),
]


@pytest.mark.parametrize(("field", "value"), OWNED, ids=[name for name, _ in OWNED])
@pytest.mark.parametrize("who", ["manager", "sysadmin"])
def test_what_the_register_says_cannot_be_changed_by_hand(
    belfort: dict[str, Any],
    agent_of: Callable[..., str],
    sysadmin: dict[str, Any],
    call_as: Call,
    who: str,
    field: str,
    value: str,
) -> None:
    user = agent_of(DELLE, "admin") if who == "manager" else sysadmin["name"]
    org_id = Collectivity.by_code(DELLE).org_id
    with pytest.raises(tk.ValidationError) as caught:
        call_as(user, "organization_patch", id=org_id, **{field: value})
    assert list(caught.value.error_dict) == [field]


def test_a_manager_changes_the_contact_and_loses_nothing_by_it(
    belfort: dict[str, Any], agent_of: Callable[..., str], call_as: Call
) -> None:
    org_id = Collectivity.by_code(DELLE).org_id
    before = dict(model.Group.get(org_id).extras)
    # An update, not a patch: fields that are not sent are those at risk.
    call_as(
        agent_of(DELLE, "admin"),
        "organization_update",
        id=org_id,
        name=f"delle-{DELLE}",
        contact_email="mairie@delle.example.fr",
    )
    model.Session.expire_all()
    group = model.Group.get(org_id)
    assert group.extras == {**before, "contact_email": "mairie@delle.example.fr"}
    assert group.title == "Delle"
    assert group.get_parent_groups(type="organization")


@pytest.mark.parametrize("code", [DELLE, HEAD], ids=["another commune", "its ATD"])
def test_another_communes_agent_changes_nothing(
    belfort: dict[str, Any], agent_of: Callable[..., str], call_as: Call, code: str
) -> None:
    with pytest.raises(tk.NotAuthorized):
        call_as(
            agent_of(BELFORT),
            "organization_patch",
            id=Collectivity.by_code(code).org_id,
            contact_email="agent@belfort.example.fr",
        )


def test_the_manager_of_an_organization_made_by_hand_cannot_claim_a_siren(
    sysadmin: dict[str, Any], call_as: Call
) -> None:
    from ckan.tests import factories

    user = factories.User()
    org = factories.Organization(users=[{"name": user["name"], "capacity": "admin"}])
    with pytest.raises(tk.ValidationError) as caught:
        call_as(user["name"], "organization_patch", id=org["id"], siren="215600461")
    assert list(caught.value.error_dict) == ["siren"]
    # Its own name is its own affair, and an administrator may give it a SIREN.
    call_as(user["name"], "organization_patch", id=org["id"], title="Syndicat")
    call_as(sysadmin["name"], "organization_patch", id=org["id"], siren="356 000 000")
    shown = helpers.call_action("organization_show", id=org["id"])
    assert (shown["title"], shown["siren"]) == ("Syndicat", "356000000")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("siren", "215600462"),
        ("siren", "Crach"),
        ("insee", "20004"),
        ("kind", "mairie"),
        ("population", "beaucoup"),
        ("population", "-3"),
        ("contact_email", "pas une adresse"),
        ("website", "javascript:alert(1)"),
    ],
)
def test_a_field_that_makes_no_sense_is_refused(
    sysadmin: dict[str, Any], call_as: Call, field: str, value: str
) -> None:
    from ckan.tests import factories

    org = factories.Organization()
    with pytest.raises(tk.ValidationError) as caught:
        call_as(sysadmin["name"], "organization_patch", id=org["id"], **{field: value})
    assert list(caught.value.error_dict) == [field]


@pytest.mark.parametrize("by_hand", [False, True], ids=["register", "by hand"])
def test_the_form_locks_what_the_register_owns_and_only_that(
    app: Any, belfort: dict[str, Any], sysadmin: dict[str, Any], by_hand: bool
) -> None:
    from ckan.tests import factories

    name = factories.Organization()["name"] if by_hand else f"delle-{DELLE}"
    token = factories.APIToken(user=sysadmin["name"])["token"]
    page = app.get(
        f"/organization/edit/{name}", headers={"Authorization": token}, status=200
    ).body
    fields = {
        match["name"]: "readonly" in match[0]
        for match in re.finditer(r'<input[^>]*? name="(?P<name>\w+)"[^>]*>', page)
    }
    locked = {field for field, is_locked in fields.items() if is_locked}
    assert locked == (set() if by_hand else {field for field, _ in OWNED})
    assert fields.keys() >= {"contact_email", "contact_phone", "website"}
