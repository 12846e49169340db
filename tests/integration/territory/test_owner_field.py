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
DEPARTEMENT = "05"


@pytest.fixture(scope="module")
def territory() -> Iterator[portal_rows.Territory]:
    """The Hautes-Alpes, written once for these tests."""
    written: list[portal_rows.Territory] = []
    yield written  # type: ignore[misc]
    if written:
        model.Session.rollback()
        portal_rows.remove_territory(written[0])


@pytest.fixture
def alps(portal: None, territory: Any) -> portal_rows.Territory:
    if not territory:
        territory.append(portal_rows.write_territory((DEPARTEMENT,)))
    return territory[0]


@pytest.fixture
def user_in(alps: portal_rows.Territory) -> Callable[..., str]:
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
    alps: portal_rows.Territory, user_in: Callable[..., str], call_as: Call
) -> None:
    animator = user_in("admin", alps.head)
    assert choices(call_as, animator, "briancon")[0] == "Briançon (05023)"
    assert choices(call_as, animator, "05023") == ["Briançon (05023)"]
    assert "Briançon (05023)" in choices(call_as, animator, "05100")
    assert len(choices(call_as, animator)) == 10
    assert len(choices(call_as, animator, limit=999)) == 50


@pytest.mark.parametrize(
    ("role", "code", "expected"),
    [
        pytest.param("editor", "05023", ["Briançon (05023)"], id="agent"),
        pytest.param("admin", "05061", [], id="manager of another commune"),
        pytest.param("member", "05023", [], id="who may only read"),
    ],
)
def test_others_find_their_own_only(
    alps: portal_rows.Territory,
    user_in: Callable[..., str],
    call_as: Call,
    role: str,
    code: str,
    expected: list[str],
) -> None:
    assert choices(call_as, user_in(role, alps.orgs[code]), "brian") == expected


def test_an_editor_of_the_department_finds_no_commune(
    alps: portal_rows.Territory, user_in: Callable[..., str], call_as: Call
) -> None:
    assert choices(call_as, user_in("editor", alps.head), "brian") == []


def test_anonymous_finds_nothing(alps: portal_rows.Territory, call_as: Call) -> None:
    with pytest.raises(tk.NotAuthorized):
        choices(call_as, None, "brian")


@pytest.mark.parametrize(
    "q", ["%", "'; DROP TABLE package; --", "\U0001f600", "é" * 999]
)
def test_hostile_words_find_nothing(
    alps: portal_rows.Territory, user_in: Callable[..., str], call_as: Call, q: str
) -> None:
    assert choices(call_as, user_in("admin", alps.head), q) == []
    with pytest.raises(tk.ValidationError):
        choices(call_as, user_in("admin", alps.head), "\0")


def test_an_agent_of_one_commune_has_no_field_to_fill(
    app: Any, alps: portal_rows.Territory, user_in: Callable[..., str]
) -> None:
    for role in ("editor", "admin"):
        form = page(app, user_in(role, alps.orgs["05023"]), "/dataset/new")
        hidden = (
            r'<input type="hidden" id="field-organizations" name="owner_org" value="'
        )
        assert re.search(hidden + alps.orgs["05023"], form)
        assert "datalist" not in form


def test_an_animators_form_offers_a_field_and_a_few_choices(
    app: Any, alps: portal_rows.Territory, user_in: Callable[..., str]
) -> None:
    form = page(app, user_in("admin", alps.head), "/dataset/new")
    assert 'list="owner-choices"' in form
    offered = form.partition('id="owner-choices"')[2].partition("</datalist>")[0]
    assert 1 < offered.count("<option") <= 10
    assert 'for="field-organizations"' in form


def test_the_form_of_an_administrator_opens_without_any_membership(app: Any) -> None:
    form = page(app, factories.Sysadmin()["name"], "/dataset/new")
    assert 'name="owner_org"' in form


def test_editing_shows_the_owner_by_its_name(
    app: Any, alps: portal_rows.Territory, user_in: Callable[..., str]
) -> None:
    dataset = factories.Dataset(owner_org=alps.orgs["05023"])
    animator = user_in("admin", alps.head)
    form = page(app, animator, f"/dataset/edit/{dataset['name']}")
    assert 'value="Briançon (05023)"' in form


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
    ["Briançon (05023)", "briancon", " 05023 ", "210500237", "briancon-05023", None],
)
def test_what_is_typed_names_the_owner(
    alps: portal_rows.Territory,
    user_in: Callable[..., str],
    call_as: Call,
    typed: str | None,
) -> None:
    wanted = alps.orgs["05023"]
    animator = user_in("admin", alps.head)
    siren = model.Session.get(model.Group, wanted).extras["siren"]
    typed = siren if typed == "210500237" else typed
    assert create(call_as, animator, typed or wanted) == wanted


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param("saint", "(05", id="several: they are named with their codes"),
        pytest.param("Zzzz", None, id="nobody"),
        pytest.param("", None, id="nothing"),
        pytest.param("\0", None, id="a sign that cannot be kept"),
    ],
)
def test_what_names_nobody_is_refused(
    alps: portal_rows.Territory,
    user_in: Callable[..., str],
    call_as: Call,
    typed: str,
    said: str | None,
) -> None:
    with pytest.raises(tk.ValidationError) as caught:
        create(call_as, user_in("admin", alps.head), typed)
    (message,) = caught.value.error_dict["owner_org"]
    assert said is None or said in message


@pytest.mark.parametrize("typed", ["Gap (05061)", "05061", "id"])
def test_another_towns_agent_is_refused_by_any_name(
    alps: portal_rows.Territory, user_in: Callable[..., str], call_as: Call, typed: str
) -> None:
    agent = user_in("editor", alps.orgs["05023"])
    owner = alps.orgs["05061"] if typed == "id" else typed
    with pytest.raises((tk.NotAuthorized, tk.ValidationError)):
        create(call_as, agent, owner)


def test_the_list_of_collectivites_is_filtered(
    app: Any, alps: portal_rows.Territory, call_as: Call
) -> None:
    whole = call_as(None, "odlocale_collectivity_search", departement=DEPARTEMENT)
    assert whole["count"] == len(alps.orgs)
    register = portal_rows.Register.load()
    epci = register.commune("05023").epci_siren
    members = call_as(None, "odlocale_collectivity_search", epci=epci)
    assert members["count"] == len(register.members(epci)) + 1
    shown = app.get(f"/organization/?departement={DEPARTEMENT}&epci={epci}").body
    assert "Briançon" in shown
    assert "Gap</a>" not in shown
    assert re.search(rf'<option value="{epci}" selected>', shown)
