"""The home of the desk, the answer «nothing to publish», the prepared table."""

from __future__ import annotations

import datetime
import html
import io
import re
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories, helpers

from ckanext.odlocale.base import storage
from ckanext.odlocale.base.journal import JournalLine
from ckanext.odlocale.people.tables import Account
from ckanext.odlocale.publishing.due import CALENDARS
from ckanext.odlocale.publishing.model import Deposit
from tests.integration.publishing.conftest import (
    PASSWORD,
    Desk,
    Town,
    budget,
    call_as,
    publish,
)

YEAR = datetime.date.today().year
#: The latest budget that was to be online by now.
LATE_YEAR = next(
    year
    for year in (YEAR, YEAR - 1)
    if CALENDARS["budget"].last_day(year) < datetime.date.today()
)


def words_of(desk: Desk) -> str:
    """What a page says, without its tags."""
    text = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", desk.page, flags=re.S)
    return " ".join(text.replace("\xa0", " ").replace("\u202f", " ").split())


def test_a_late_budget_is_the_next_step_then_an_answer_settles_it(
    mende: Town, desk_of: Callable[[str | None], Desk]
) -> None:
    publish(mende, budget(mende.siret, year=LATE_YEAR - 3))
    desk = desk_of(mende.agent).get(f"/publier/{mende.code}")
    assert f"Budget {LATE_YEAR}" in words_of(desk)
    address = f"/publier/{mende.code}/budget/rien/{LATE_YEAR}"
    assert address in desk.page
    desk.get(address)
    assert not call_as(mende.agent, "odlocale_answer_list", org_id=mende.org_id)
    desk.post(address, {"answer": "nothing"})
    assert desk.address == f"/publier/{mende.code}/budget"
    answers = call_as(mende.agent, "odlocale_answer_list", org_id=mende.org_id)
    assert answers == [{"schema": "budget", "year": LATE_YEAR}]
    assert f"Budget {LATE_YEAR}" not in words_of(desk.get(f"/publier/{mende.code}"))
    desk.get(address).post(address, {"answer": "undo"})
    assert not call_as(mende.agent, "odlocale_answer_list", org_id=mende.org_id)
    verbs = [
        line.verb
        for line in model.Session.query(JournalLine)
        .filter_by(org_id=mende.org_id, object_type="answer")
        .order_by(JournalLine.id)
    ]
    assert verbs == ["answered nothing", "took nothing back"]


def test_answering_twice_says_it_once(mende: Town) -> None:
    said = {"org_id": mende.org_id, "schema": "subventions", "year": YEAR - 1}
    for _ in range(2):
        call_as(mende.agent, "odlocale_answer_nothing", **said)
    lines = model.Session.query(JournalLine).filter_by(org_id=mende.org_id)
    assert lines.filter_by(verb="answered nothing").count() == 1
    for _ in range(2):
        call_as(mende.agent, "odlocale_answer_undo", **said)
    assert lines.filter_by(verb="took nothing back").count() == 1


WRONG = {
    "no such model": {"schema": "licornes"},
    "a year to come": {"year": YEAR + 2},
    "long ago": {"year": 1999},
    "no year": {"year": "l'an dernier"},
    "a sign that PostgreSQL refuses": {"schema": "bud\0get"},
    "a number too large": {"year": 10**12},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_an_answer_that_makes_no_sense_is_refused(
    wrong: dict[str, Any], mende: Town
) -> None:
    said = {"org_id": mende.org_id, "schema": "budget", "year": YEAR, **wrong}
    with pytest.raises(tk.ValidationError):
        call_as(mende.agent, "odlocale_answer_nothing", **said)


def test_an_address_about_no_model_is_no_page(
    mende: Town, desk_of: Callable[[str | None], Desk]
) -> None:
    desk = desk_of(mende.agent)
    for page in ("rien", "preparer"):
        desk.get(f"/publier/{mende.code}/licornes/{page}/{YEAR}")
        assert desk.response.status_code == 404


def test_the_prepared_table_holds_the_last_file_without_its_amounts(
    mende: Town, desk_of: Callable[[str | None], Desk]
) -> None:
    publish(mende, budget(mende.siret, year=LATE_YEAR - 1, rows=5))
    address = f"/publier/{mende.code}/budget/preparer/{LATE_YEAR}"
    desk = desk_of(mende.agent).get(address)
    assert "5 lignes" in words_of(desk)
    place = {"org_id": mende.org_id, "schema": "budget", "key": str(LATE_YEAR)}
    assert call_as(mende.agent, "odlocale_grid_show", **place)["version"] == 0
    desk.post(address, {})
    assert desk.address == f"/publier/{mende.code}/budget/saisie"
    shown = call_as(mende.agent, "odlocale_grid_show", **place)
    cells = [row["cells"] for row in shown["rows"]]
    assert [one["BGT_NATURE"] for one in cells] == [f"6061{n}" for n in range(5)]
    assert not any(name.startswith("BGT_MT") for one in cells for name in one)
    assert not any("BGT_ANNEE" in one for one in cells)
    # A second click, from another tab, adds nothing.
    again = call_as(
        mende.agent, "odlocale_grid_prepare", year=LATE_YEAR, **without_key(place)
    )
    assert again == {"key": str(LATE_YEAR), "rows": 0}
    assert len(call_as(mende.agent, "odlocale_grid_show", **place)["rows"]) == 5
    assert "Budget" in words_of(desk.get(f"/publier/{mende.code}"))
    assert f"/budget/saisie?tableau={LATE_YEAR}" in desk.page


def without_key(place: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in place.items() if name != "key"}


def test_a_table_is_prepared_empty_where_the_last_file_is_lost(
    mende: Town, desk_of: Callable[[str | None], Desk]
) -> None:
    online = publish(mende, budget(mende.siret, year=LATE_YEAR - 1, rows=7))
    kept = model.Session.get(Deposit, online["id"])
    storage.open_path(str(kept.canonical_sha256)).unlink()
    address = f"/publier/{mende.code}/budget/preparer/{LATE_YEAR}"
    desk = desk_of(mende.agent).get(address)
    assert desk.response.status_code == 200
    assert desk.post(address, {}).address == f"/publier/{mende.code}/budget/saisie"


def test_a_first_table_is_prepared_without_any_file(
    mende: Town, desk_of: Callable[[str | None], Desk]
) -> None:
    address = f"/publier/{mende.code}/subventions/preparer/{YEAR - 1}"
    desk = desk_of(mende.agent).get(address)
    desk.post(address, {})
    assert desk.address == f"/publier/{mende.code}/subventions/saisie"


def test_each_commune_of_an_agent_has_its_own_next_step(
    town: Callable[[], Town], desk_of: Callable[[str | None], Desk]
) -> None:
    one, other = town(), town()
    site = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    tk.get_action("organization_member_create")(
        {"user": site["name"], "ignore_auth": True},
        {"id": other.org_id, "username": one.agent, "role": "editor"},
    )
    publish(one, budget(one.siret, year=LATE_YEAR - 2))
    page = words_of(desk_of(one.agent).get("/publier"))
    assert f"Budget {LATE_YEAR} : une mise à jour était attendue" in page
    assert "Rien n’est encore publié" in page


def test_the_first_day_shows_what_is_known_and_a_template_that_holds_it(
    mende: Town, desk_of: Callable[[str | None], Desk]
) -> None:
    desk = desk_of(mende.agent).get(f"/publier/{mende.code}")
    said = words_of(desk)
    assert f"Ce que nous savons déjà de {mende.name}" in said
    assert mende.siren in said
    found = re.search(r'href="(/schemas/[^"]+template.xlsx[^"]+)"', desk.page)
    assert found
    address = html.unescape(found[1])
    assert f"siret={mende.siret}" in address
    desk.get(f"/publier/{mende.code}/subventions")
    asked = html.unescape(
        re.search(r'href="(/schemas/[^"]+template.xlsx[^"]+)"', desk.page)[1]
    )
    book = openpyxl.load_workbook(io.BytesIO(desk.get(asked).response.data))
    cells = {str(cell.value) for page in book for row in page for cell in row}
    assert {mende.siret, mende.name} <= cells
    # The list of models leads to templates written in the same name.
    desk.get(f"/publier/{mende.code}")
    listed = html.unescape(re.search(r'href="(/schemas/\?[^"]+)"', desk.page)[1])
    desk.get(listed)
    model_page = re.search(r'href="(/schemas/scdl/subventions/[^"]+)"', desk.page)
    assert model_page
    desk.get(html.unescape(model_page[1]))
    assert f"template.xlsx?siret={mende.siret}" in html.unescape(desk.page)
    # Published: it is known, and said no more.
    publish(mende, budget(mende.siret))
    desk.get(f"/publier/{mende.code}")
    assert "Ce que nous savons" not in desk.page


def test_whose_letters_come_back_is_told_on_her_home_and_nobody_else(
    mende: Town, desk_of: Callable[[str | None], Desk]
) -> None:
    colleague = factories.User(password=PASSWORD)
    helpers.call_action(
        "organization_member_create",
        id=mende.org_id,
        username=colleague["name"],
        role="editor",
    )
    user = model.User.get(mende.agent)
    moment = datetime.datetime.now(datetime.timezone.utc)
    model.Session.merge(Account(user_id=user.id, bounced_at=moment))
    model.Session.commit()
    desk = desk_of(mende.agent).get(f"/publier/{mende.code}")
    assert "Nos courriels à votre adresse nous reviennent" in words_of(desk)
    assert 'href="/compte/adresse"' in desk.page
    desk = desk_of(colleague["name"]).get(f"/publier/{mende.code}")
    assert "nous reviennent" not in words_of(desk)
