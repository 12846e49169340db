"""The owner of a dataset is found as one types, and never by a list of all."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories, helpers

from tests import portal_rows

Call = Callable[..., Any]
DEPARTEMENT = "58"


@pytest.fixture(scope="module")
def territory() -> Iterator[portal_rows.Territory]:
    """The Nièvre, written once for these tests."""
    written: list[portal_rows.Territory] = []
    yield written  # type: ignore[misc]
    if written:
        model.Session.rollback()
        portal_rows.remove_territory(written[0])


@pytest.fixture
def nievre(portal: None, territory: Any) -> portal_rows.Territory:
    if not territory:
        territory.append(portal_rows.write_territory((DEPARTEMENT,)))
    return territory[0]


@pytest.fixture
def user_in(nievre: portal_rows.Territory) -> Callable[..., str]:
    """Make a user with a role in organisations; return his name."""

    def make(role: str, *org_ids: str) -> str:
        name = f"essai-{uuid.uuid4().hex[:12]}"
        factories.User(name=name)
        for org_id in org_ids:
            helpers.call_action(
                "organization_member_create", id=org_id, username=name, role=role
            )
        return name

    return make


def page(app: Any, name: str, address: str) -> str:
    token = helpers.call_action("api_token_create", user=name, name="essai")["token"]
    return str(app.get(address, headers={"Authorization": token}).body)


def choices(call_as: Call, name: str | None, q: str = "", **options: Any) -> list[str]:
    found = call_as(name, "odlocale_organization_choices", q=q, **options)
    return [one["label"] for one in found["results"]]


def test_an_animator_finds_the_communes_below(
    nievre: portal_rows.Territory, user_in: Callable[..., str], call_as: Call
) -> None:
    animator = user_in("admin", nievre.head)
    assert choices(call_as, animator, "nevers")[0] == "Nevers (58194)"
    assert choices(call_as, animator, "58194") == ["Nevers (58194)"]
    assert "Nevers (58194)" in choices(call_as, animator, "58000")
    assert len(choices(call_as, animator)) == 10
    assert len(choices(call_as, animator, limit=999)) == 50


@pytest.mark.parametrize(
    ("role", "code", "expected"),
    [
        pytest.param("editor", "58194", ["Nevers (58194)"], id="agent"),
        pytest.param("admin", "58086", [], id="manager of another commune"),
        pytest.param("member", "58194", [], id="who may only read"),
    ],
)
def test_others_find_their_own_only(
    nievre: portal_rows.Territory,
    user_in: Callable[..., str],
    call_as: Call,
    role: str,
    code: str,
    expected: list[str],
) -> None:
    assert choices(call_as, user_in(role, nievre.orgs[code]), "nevers") == expected


def test_an_editor_of_the_department_finds_no_commune(
    nievre: portal_rows.Territory, user_in: Callable[..., str], call_as: Call
) -> None:
    assert choices(call_as, user_in("editor", nievre.head), "nevers") == []


def test_anonymous_finds_nothing(nievre: portal_rows.Territory, call_as: Call) -> None:
    with pytest.raises(tk.NotAuthorized):
        choices(call_as, None, "nevers")


@pytest.mark.parametrize(
    "q", ["%", "'; DROP TABLE package; --", "\U0001f600", "é" * 999]
)
def test_hostile_words_find_nothing(
    nievre: portal_rows.Territory, user_in: Callable[..., str], call_as: Call, q: str
) -> None:
    assert choices(call_as, user_in("admin", nievre.head), q) == []
    with pytest.raises(tk.ValidationError):
        choices(call_as, user_in("admin", nievre.head), "\0")


def test_an_agent_of_one_commune_has_no_field_to_fill(
    app: Any, nievre: portal_rows.Territory, user_in: Callable[..., str]
) -> None:
    for role in ("editor", "admin"):
        form = page(app, user_in(role, nievre.orgs["58194"]), "/dataset/new")
        hidden = (
            r'<input type="hidden" id="field-organizations" name="owner_org" value="'
        )
        assert re.search(hidden + nievre.orgs["58194"], form)
        assert "datalist" not in form


def test_an_animators_form_offers_a_field_and_a_few_choices(
    app: Any, nievre: portal_rows.Territory, user_in: Callable[..., str]
) -> None:
    form = page(app, user_in("admin", nievre.head), "/dataset/new")
    assert 'list="owner-choices"' in form
    offered = form.partition('id="owner-choices"')[2].partition("</datalist>")[0]
    assert 1 < offered.count("<option") <= 10
    assert 'for="field-organizations"' in form


def test_the_form_of_an_administrator_opens_without_any_membership(app: Any) -> None:
    form = page(app, factories.Sysadmin()["name"], "/dataset/new")
    assert 'name="owner_org"' in form


def test_editing_shows_the_owner_by_its_name(
    app: Any, nievre: portal_rows.Territory, user_in: Callable[..., str]
) -> None:
    dataset = factories.Dataset(owner_org=nievre.orgs["58194"])
    animator = user_in("admin", nievre.head)
    form = page(app, animator, f"/dataset/edit/{dataset['name']}")
    assert 'value="Nevers (58194)"' in form


def create(call_as: Call, name: str, owner: Any) -> str:
    made = call_as(
        name,
        "package_create",
        name=f"essai-{uuid.uuid4().hex[:12]}",
        title="Essai",
        notes="Un essai.",
        owner_org=owner,
    )
    return str(made["owner_org"])


@pytest.mark.parametrize(
    "typed",
    ["Nevers (58194)", "nevers", " 58194 ", "210500237", "nevers-58194", None],
)
def test_what_is_typed_names_the_owner(
    nievre: portal_rows.Territory,
    user_in: Callable[..., str],
    call_as: Call,
    typed: str | None,
) -> None:
    wanted = nievre.orgs["58194"]
    animator = user_in("admin", nievre.head)
    siren = model.Session.get(model.Group, wanted).extras["siren"]
    typed = siren if typed == "210500237" else typed
    assert create(call_as, animator, typed or wanted) == wanted


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param("saint", "(58", id="several: they are named with their codes"),
        pytest.param("Zzzz", None, id="nobody"),
        pytest.param("", None, id="nothing"),
        pytest.param("\0", None, id="a sign that cannot be kept"),
    ],
)
def test_what_names_nobody_is_refused(
    nievre: portal_rows.Territory,
    user_in: Callable[..., str],
    call_as: Call,
    typed: str,
    said: str | None,
) -> None:
    with pytest.raises(tk.ValidationError) as caught:
        create(call_as, user_in("admin", nievre.head), typed)
    (message,) = caught.value.error_dict["owner_org"]
    assert said is None or said in message


@pytest.mark.parametrize("typed", ["Cosne-Cours-sur-Loire (58086)", "58086", "id"])
def test_another_towns_agent_is_refused_by_any_name(
    nievre: portal_rows.Territory,
    user_in: Callable[..., str],
    call_as: Call,
    typed: str,
) -> None:
    agent = user_in("editor", nievre.orgs["58194"])
    owner = nievre.orgs["58086"] if typed == "id" else typed
    with pytest.raises((tk.NotAuthorized, tk.ValidationError)):
        create(call_as, agent, owner)


def test_the_list_of_collectivites_is_filtered(
    app: Any, nievre: portal_rows.Territory, call_as: Call
) -> None:
    whole = call_as(None, "odlocale_collectivity_search", departement=DEPARTEMENT)
    register = portal_rows.Register.load()
    here = [one for one in register if one.departement == DEPARTEMENT]
    assert whole["count"] == sum((o.insee or o.siren) in nievre.orgs for o in here)
    assert whole["count"] > 300
    epci = register.commune("58194").epci_siren
    members = call_as(None, "odlocale_collectivity_search", epci=epci)
    assert members["count"] == len(register.members(epci)) + 1
    shown = app.get(f"/organization/?departement={DEPARTEMENT}&epci={epci}").body
    assert "Nevers" in shown
    assert "Cosne-Cours-sur-Loire</a>" not in shown
    assert re.search(rf'<option value="{epci}" selected>', shown)
