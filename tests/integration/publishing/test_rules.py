"""What an ATD asks about one model: no error, and what it proposes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.odlocale.base.journal import JournalLine
from ckanext.odlocale.publishing import rule_actions
from tests.integration.publishing.conftest import (
    Desk,
    Town,
    budget,
    call_as,
    publish,
    send,
)
from tests.integration.publishing.test_home import words_of

Make = Callable[..., Any]


def imperfect(town: Town) -> bytes:
    """A budget of which an amount is no number: it warns, and blocks nothing."""
    return budget(town.siret, kind="budget primitif").replace(
        b",3.00,,", b",trois,,", 1
    )


def set_rule(user: str, atd: Any, schema: str = "budget", **asked: bool) -> Any:
    asked_of = {"atd_siren": atd.siren, "schema": schema}
    return call_as(user, "odlocale_schema_rule_set", **asked_of, **asked)


def test_an_imperfect_file_is_published_with_its_quality(
    mende: Town, desk_of: Callable[[str | None], Desk]
) -> None:
    sent = send(mende, imperfect(mende))
    assert sent["tally"]["blocking"] == 0
    call_as(mende.agent, "odlocale_deposit_publish", id=sent["id"])
    shown = call_as("", "package_search", fq=f"organization:{name_of(mende)}")
    resource = shown["results"][0]["resources"][0]
    pages = f"/dataset/{resource['package_id']}/resource"
    page = desk_of(None).get(f"{pages}/{resource['id']}")
    assert "ne suit pas le modèle national" in words_of(page)
    assert "trois" in page.page
    publish(mende, budget(mende.siret, year=2021))
    (other,) = [
        one
        for one in call_as("", "package_show", id=resource["package_id"])["resources"]
        if one["id"] != resource["id"]
    ]
    page.get(f"{pages}/{other['id']}")
    assert "ne suit pas le modèle national" not in words_of(page)
    assert "Suit en tout le modèle national" in words_of(page)


def name_of(town: Town) -> str:
    return str(model.Group.get(town.org_id).name)


def test_where_the_atd_asks_each_error_waits(
    mende: Town, atd: Make, desk_of: Callable[[str | None], Desk]
) -> None:
    helper = atd(mende)
    before = send(mende, imperfect(mende))
    set_rule(helper.animator, helper, conforming=True)
    sent = send(mende, imperfect(mende))
    assert sent["tally"]["blocking"] == 1
    page = desk_of(mende.agent).get(f"/publier/depot/{sent['id']}/verifier")
    assert "suivent en tout le modèle national" in words_of(page)
    for one in (before, sent):
        # Judged by the rule of the day, whatever was found when it was sent.
        with pytest.raises(tk.ValidationError) as refused:
            call_as(mende.agent, "odlocale_deposit_publish", id=one["id"])
        assert refused.value.error_dict["refusal"] == ["BLOCKED"]
    # Its safe corrections are enough for a file that has only those.
    publish(mende, budget(mende.siret, year=2021))
    set_rule(helper.animator, helper, conforming=False)
    call_as(mende.agent, "odlocale_deposit_publish", id=before["id"])


def test_another_territory_is_asked_nothing(mende: Town, town: Make, atd: Make) -> None:
    elsewhere = town()
    helper = atd(mende)
    atd(elsewhere)
    set_rule(helper.animator, helper, conforming=True, priority=True)
    assert send(elsewhere, imperfect(elsewhere))["tally"]["blocking"] == 0
    assert send(mende, imperfect(mende))["tally"]["blocking"] == 1


def test_what_the_atd_proposes_is_on_the_home(
    mende: Town, atd: Make, desk_of: Callable[[str | None], Desk]
) -> None:
    helper = atd(mende)
    home = desk_of(mende.agent).get(f"/publier/{mende.code}")
    assert "vous propose ceci" not in words_of(home)
    set_rule(helper.animator, helper, "prenoms", priority=True)
    home.get(f"/publier/{mende.code}")
    name = call_as(helper.animator, "odlocale_schema_rule_list", schema="prenoms")
    assert f"{name[0]['name']} vous propose ceci" in words_of(home)
    assert f"Proposé par {name[0]['name']}" in words_of(home)


def test_the_rule_is_set_on_the_page_of_the_model(
    mende: Town, atd: Make, desk_of: Callable[[str | None], Desk]
) -> None:
    helper = atd(mende)
    page = desk_of(helper.animator).get("/animer/modeles/budget")
    asked = {"atd": helper.siren, "conforming": "yes", "priority": "yes"}
    page.post("/animer/modeles/budget/regle", asked)
    assert "Les fichiers déjà en ligne ne changent pas" in words_of(page)
    (rule,) = call_as(helper.animator, "odlocale_schema_rule_list", schema="budget")
    assert (rule["conforming"], rule["priority"]) == (True, True)
    page.post("/animer/modeles/budget/regle", {"atd": helper.siren})
    (rule,) = call_as(helper.animator, "odlocale_schema_rule_list", schema="budget")
    assert (rule["conforming"], rule["priority"]) == (False, False)
    assert page.post_bare("/animer/modeles/budget/regle", asked) != 200
    lines = model.Session.scalars(
        sa.select(JournalLine.detail).where(JournalLine.verb == "ruled")
    )
    assert [one["atd"] for one in lines].count(helper.siren) == 2


@pytest.mark.parametrize("action", rule_actions.__all__)
def test_strangers_agents_and_anonymous_callers_are_refused(
    action: str, mende: Town, atd: Make
) -> None:
    helper = atd(mende)
    asked = {"schema": "budget", "atd_siren": helper.siren}
    for user in ("", mende.agent, factories.User()["name"]):
        with pytest.raises(tk.NotAuthorized):
            call_as(user, action, **asked)


def test_an_animator_sets_no_rule_for_another_atd(mende: Town, atd: Make) -> None:
    helper, other = atd(mende), atd()
    with pytest.raises(tk.NotAuthorized):
        set_rule(other.animator, helper, conforming=True)
    own = call_as(other.animator, "odlocale_schema_rule_list", schema="budget")
    assert [one["atd_siren"] for one in own] == [other.siren]
    root = factories.Sysadmin()["name"]
    assert set_rule(root, helper, conforming=True)["conforming"]


WRONG = {
    "no such model": {"schema": "licornes"},
    "no such ATD": {"atd_siren": "000000000"},
    "a list": {"schema": ["budget"]},
    "a sign that PostgreSQL refuses": {"atd_siren": "2\0"},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_odd_rules_are_refused(wrong: dict[str, Any], mende: Town, atd: Make) -> None:
    helper = atd(mende)
    asked = {"schema": "budget", "atd_siren": helper.siren, **wrong}
    with pytest.raises((tk.ValidationError, tk.ObjectNotFound, tk.NotAuthorized)):
        call_as(factories.Sysadmin()["name"], "odlocale_schema_rule_set", **asked)
