"""Filling in a table row by row, in a browser without JavaScript."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from ckan.plugins import toolkit as tk

from tests.integration.publishing.conftest import Desk, Town
from tests.integration.publishing.test_grid import WHOLE, begin, call, colleague

Open = Callable[[str | None], Desk]


class Forms(HTMLParser):
    """The fields of each form of a page, as a browser would send them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str]] = {}
        self._action = self._area = self._list = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._action = about.get("action", "")
            self.found[self._action] = {}
        fields = self.found.setdefault(self._action, {})
        if tag == "input" and about.get("type") not in ("radio", "submit"):
            fields[about.get("name", "")] = about.get("value", "")
        if tag == "textarea":
            self._area = about.get("name", "")
            fields[self._area] = ""
        if tag == "select":
            self._list = about.get("name", "")
        if tag == "option" and ("selected" in about or self._list not in fields):
            fields[self._list] = about.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._area:
            self.found[self._action][self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""


def sheet_of(town: Town) -> str:
    return f"/publier/{town.code}/subventions/saisie"


def fields(desk: Desk) -> dict[str, str]:
    """What the form of the row that is shown holds."""
    (found,) = (
        form
        for form in Forms(desk.page).found.values()
        if "row" in form and "version" in form
    )
    return found


def fill(desk: Desk, **cells: str) -> Desk:
    """Type in the form that is shown, and save it."""
    typed = {f"cell-{name}": value for name, value in cells.items()}
    return desk.post(desk.address, {**fields(desk), **typed})


@pytest.fixture
def desk(mende: Town, desk_of: Open) -> Desk:
    return desk_of(mende.agent)


def cells_of(town: Town) -> list[dict[str, str]]:
    return [row["cells"] for row in call(town, "show")["rows"]]


def test_from_the_desk_to_a_published_draft_row_by_row(mende: Town, desk: Desk) -> None:
    desk.get(f"/publier/{mende.code}")
    assert f'href="/publier/{mende.code}/saisie"' in desk.page
    desk.get(f"/publier/{mende.code}/saisie")
    assert f'href="{sheet_of(mende)}"' in desk.page
    desk.get(f"{sheet_of(mende)}/ligne")
    assert desk.address.endswith("/ligne/1")
    fill(desk, **WHOLE)
    assert cells_of(mende) == [WHOLE]
    assert desk.address.endswith("/ligne/2")
    fill(desk, **{**WHOLE, "montant": "beaucoup"})
    assert desk.address.endswith("/ligne/2")
    assert 'aria-invalid="true"' in desk.page
    assert cells_of(mende)[1]["montant"] == "beaucoup"
    # The summary leads to the field.
    start = desk.page.index('href="#cell-')
    target = desk.page[start + 7 : desk.page.index('"', start + 6)]
    assert f'id="{target}"' in desk.page
    fill(desk, montant="80")
    assert desk.address.endswith("/ligne/3")
    desk.post(f"{sheet_of(mende)}/verifier", {})
    assert "/publier/depot/" in desk.address
    assert desk.response.status_code == 200


def test_a_point_left_as_it_is_does_not_hold_the_agent_back(
    mende: Town, desk: Desk
) -> None:
    desk.get(f"{sheet_of(mende)}/ligne/1")
    fill(desk, montant="beaucoup")
    assert desk.address.endswith("/ligne/1")
    fill(desk)
    assert desk.address.endswith("/ligne/2")


def test_every_kind_of_column_has_its_field(mende: Town, desk: Desk) -> None:
    page = desk.get(f"{sheet_of(mende)}/ligne/1").page
    assert 'type="date"' in page
    assert "<select" in page
    assert 'inputmode="decimal"' in page
    assert "cell-idAttribuant" not in page, "it is the same on all rows"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dateConvention", "03/04/2024"),
        ("nature", "aide numeraire"),
        ("objet", "deux\nlignes"),
        ("objet", '"><script>alert(1)</script>'),
        ("montant", "12,50 €"),
    ],
)
def test_a_value_out_of_the_ordinary_is_shown_and_sent_back_as_it_is(
    name: str, value: str, mende: Town, desk: Desk
) -> None:
    begin(mende, {name: value})
    desk.get(f"{sheet_of(mende)}/ligne/1")
    assert fields(desk)[f"cell-{name}"].strip() == value
    assert "<script>alert" not in desk.page
    fill(desk, referenceDecision="12")
    assert cells_of(mende) == [{name: value, "referenceDecision": "12"}]


def test_a_text_too_long_is_refused_and_stays_on_the_screen(
    mende: Town, desk: Desk
) -> None:
    long = "é" * 10_001
    desk.get(f"{sheet_of(mende)}/ligne/1")
    fill(desk, objet=long, montant="12")
    assert desk.response.status_code == 200
    assert fields(desk)["cell-objet"] == long
    assert fields(desk)["cell-montant"] == "12"
    assert cells_of(mende) == []
    fill(desk, objet="court")
    assert cells_of(mende) == [{"objet": "court", "montant": "12"}]


def test_a_colleague_in_the_same_row_costs_no_keystroke(
    mende: Town, desk: Desk
) -> None:
    (row,) = begin(mende, {"objet": "fête"})
    desk.get(f"{sheet_of(mende)}/ligne/1")
    theirs = [{"row": row, "field": "objet", "value": "fête du port"}]
    call(mende, "save", colleague(mende), version=1, changes=theirs)
    fill(desk, objet="fête de la mer", montant="12")
    assert desk.address.endswith("/conflits")
    assert "fête du port" in desk.page
    assert "fête de la mer" in desk.page
    assert " checked" not in desk.page, "nothing is chosen for her"
    assert cells_of(mende) == [{"objet": "fête du port", "montant": "12"}]
    (form,) = (one for one in Forms(desk.page).found.values() if "cell-0" in one)
    desk.post(desk.address, {**form, "keep-0": "mine"})
    assert desk.address == sheet_of(mende)
    assert cells_of(mende) == [{"objet": "fête de la mer", "montant": "12"}]


def test_a_colleague_who_only_filled_in_another_cell_is_not_noticed(
    mende: Town, desk: Desk
) -> None:
    (row,) = begin(mende, {"objet": "fête"})
    desk.get(f"{sheet_of(mende)}/ligne/1")
    theirs = [{"row": row, "field": "montant", "value": "80"}]
    call(mende, "save", colleague(mende), version=1, changes=theirs)
    fill(desk, objet="fête de la mer")
    assert cells_of(mende) == [{"objet": "fête de la mer", "montant": "80"}]
    assert "/conflits" not in desk.address


def test_a_row_that_a_colleague_adds_meanwhile_takes_no_ones_place(
    mende: Town, desk: Desk
) -> None:
    desk.get(f"{sheet_of(mende)}/ligne/1")
    begin(mende, {"objet": "la sienne"})
    fill(desk, objet="la mienne")
    assert [one["objet"] for one in cells_of(mende)] == ["la sienne", "la mienne"]
    assert desk.address.endswith("/ligne/2"), "its points are shown where it is now"


def test_a_row_is_taken_out_and_brought_back(mende: Town, desk: Desk) -> None:
    begin(mende, {"objet": "a"}, {"objet": "b"})
    desk.get(f"{sheet_of(mende)}/ligne/1")
    name = fields(desk)["row"]
    desk.post(f"{sheet_of(mende)}/ligne/1/retirer", {"row": name})
    assert cells_of(mende) == [{"objet": "b"}]
    assert desk.response.request.args["retiree"] == name
    desk.post(f"{sheet_of(mende)}/ligne/1/remettre", {"row": name})
    assert cells_of(mende) == [{"objet": "a"}, {"objet": "b"}]


def test_what_is_typed_after_the_session_ended_waits_for_the_login(
    mende: Town, desk: Desk
) -> None:
    desk.get(f"{sheet_of(mende)}/ligne/1").log_out()
    fill(desk, objet="tapé après la fin", montant="12")
    assert desk.address == "/user/login"
    assert cells_of(mende) == []
    desk.log_in(mende.agent)
    assert desk.address.endswith("/ligne/1")
    assert fields(desk)["cell-objet"] == "tapé après la fin"
    fill(desk)
    assert cells_of(mende) == [{"objet": "tapé après la fin", "montant": "12"}]


@pytest.mark.parametrize(
    ("page", "name", "value"),
    [
        ("coller", "text", "Objet\tMontant\n" + "fête du port\t12\n" * 2_000),
        ("constantes", "cell-nomAttribuant", "Mairie de Mende"),
    ],
    ids=["pasted", "same on all rows"],
)
def test_the_other_forms_wait_for_the_login_too(
    page: str, name: str, value: str, mende: Town, desk: Desk
) -> None:
    address = f"{sheet_of(mende)}/{page}"
    desk.get(address).log_out()
    desk.post(address, {name: value}).log_in(mende.agent)
    assert desk.address == address
    (form,) = (one for one in Forms(desk.page).found.values() if name in one)
    assert form[name].strip() == value.strip()


def test_what_is_typed_is_shown_to_nobody_else(
    mende: Town, town: Callable[[], Town], desk: Desk
) -> None:
    desk.get(f"{sheet_of(mende)}/ligne/1").log_out()
    fill(desk, objet="secret")
    desk.log_in(town().agent)
    assert "secret" not in desk.page
    assert desk.response.status_code == 403


def test_without_the_token_nothing_is_written(mende: Town, desk: Desk) -> None:
    desk.get(f"{sheet_of(mende)}/ligne/1")
    address = desk.address
    form = {key: text for key, text in fields(desk).items() if "csrf" not in key}
    for data in (
        {**form, "cell-objet": "x"},
        {**form, "_csrf_token": "x", "cell-objet": "x"},
    ):
        desk.response = desk.client.post(address, data=data)
        assert cells_of(mende) == []
    assert fields(desk)["cell-objet"] == "x", "what was typed is still there"


@pytest.mark.parametrize(
    "page",
    ["", "/ligne/1", "/constantes", "/conflits", "/coller", "?tableau=autre"],
)
def test_the_pages_of_another_commune_are_refused(
    page: str, mende: Town, town: Callable[[], Town], desk_of: Open
) -> None:
    begin(mende, {"objet": "secret"})
    other = desk_of(town().agent).get(sheet_of(mende) + page)
    assert other.response.status_code == 403
    assert "secret" not in other.page
    nobody = desk_of(None).get(sheet_of(mende) + page)
    assert "secret" not in nobody.page


@pytest.mark.parametrize(
    "address",
    [
        "/publier/{code}/licornes/saisie",
        "/publier/{code}/subventions/saisie?tableau=../x",
        "/publier/00000/subventions/saisie",
        "/publier/00000/saisie",
    ],
)
def test_an_address_of_nothing_is_a_missing_page(
    address: str, mende: Town, desk: Desk
) -> None:
    assert desk.get(address.format(code=mende.code)).response.status_code == 404


@pytest.mark.parametrize("number", ["0", "7", "999999999999999999999"])
def test_a_row_that_is_not_there_leads_to_the_one_to_add(
    number: str, mende: Town, desk: Desk
) -> None:
    begin(mende, {"objet": "a"})
    assert desk.get(f"{sheet_of(mende)}/ligne/{number}").address.endswith("/ligne/2")


def test_rows_are_pasted_without_the_grid(mende: Town, desk: Desk) -> None:
    desk.get(f"{sheet_of(mende)}/coller")
    desk.post(desk.address, {"text": "Montant\tObjet\n12,5\tfête\n80\tport"})
    assert desk.address == sheet_of(mende)
    assert [one["montant"] for one in cells_of(mende)] == ["12.5", "80"]
    desk.get(f"{sheet_of(mende)}/coller")
    desk.post(desk.address, {"text": "2,15E+13\tgardé"})
    assert "gardé" in desk.page, "what was pasted is still there"
    assert len(cells_of(mende)) == 2


def test_what_is_the_same_on_all_rows_is_changed_once(mende: Town, desk: Desk) -> None:
    desk.get(f"{sheet_of(mende)}/constantes")
    (form,) = (f for f in Forms(desk.page).found.values() if "cell-idAttribuant" in f)
    assert form["cell-idAttribuant"] == mende.siret
    desk.post(desk.address, {**form, "cell-idAttribuant": ""})
    assert call(mende, "show")["constants"] == {"nomAttribuant": mende.name}
    assert "cell-idAttribuant" in desk.get(f"{sheet_of(mende)}/ligne/1").page


def test_a_long_table_is_shown_by_pages(mende: Town, desk: Desk) -> None:
    begin(mende, *[{"objet": f"objet {n}"} for n in range(120)])
    page = desk.get(sheet_of(mende)).page
    assert "/ligne/50" in page
    assert "/ligne/51" not in page
    last = desk.get(f"{sheet_of(mende)}?page=99").page
    assert "/ligne/120" in last


def test_a_model_may_have_several_tables(mende: Town, desk: Desk) -> None:
    begin(mende, {"objet": "premier"})
    page = desk.get(f"/publier/{mende.code}/saisie").page
    second = f"{sheet_of(mende)}?tableau=tableau-2"
    assert f'href="{second}"' in page
    desk.get(second).get(f"{sheet_of(mende)}/ligne/1?tableau=tableau-2")
    form = {**fields(desk), "cell-objet": "second"}
    desk.post(f"{sheet_of(mende)}/ligne/1?tableau=tableau-2", form)
    assert cells_of(mende) == [{"objet": "premier"}]
    (row,) = call(mende, "show", key="tableau-2")["rows"]
    assert row["cells"] == {"objet": "second"}
    assert "tableau=tableau-2" in desk.response.request.full_path


def test_a_table_is_erased_on_demand(mende: Town, desk: Desk) -> None:
    begin(mende, {"objet": "secret"})
    desk.get(sheet_of(mende)).post(f"{sheet_of(mende)}/supprimer", {})
    assert desk.address == f"/publier/{mende.code}/saisie"
    assert cells_of(mende) == []


def test_every_model_has_its_grid(mende: Town, desk: Desk) -> None:
    from ckanext.odlocale.scdl.catalogue import load_catalogue

    for schema in load_catalogue():
        for page in ("", "/ligne/1", "/constantes", "/coller"):
            address = f"/publier/{mende.code}/{schema.slug}/saisie{page}"
            assert desk.get(address).response.status_code == 200, address
    assert (
        tk.get_action("odlocale_grid_list")(
            {"user": mende.agent}, {"org_id": mende.org_id}
        )
        == []
    ), "looking begins nothing"


# --- what the program of the page asks


def ask(desk: Desk, town: Town, name: str, data: object, **headers: str) -> Any:
    """Send JSON as the page's own program does, with the page's token."""
    found = re.search(r'name="_csrf_token"[^>]*?(?:value|content)="([^"]+)"', desk.page)
    token = {"X-CSRFToken": found.group(1)} if found else {}
    address = f"{sheet_of(town)}/appel/{name}"
    return desk.client.post(address, json=data, headers={**token, **headers})


def test_the_page_holds_what_its_program_begins_with(mende: Town, desk: Desk) -> None:
    hostile = "</script><script>alert(1)</script>"
    begin(mende, {"objet": hostile})
    page = desk.get(sheet_of(mende)).page
    assert "<script>alert" not in page
    start = page.index('id="odl-grid-data">') + len('id="odl-grid-data">')
    data = json.loads(page[start : page.index("</script>", start)])
    assert data["rows"][0]["cells"] == {"objet": hostile}
    assert "idAttribuant" not in [one["name"] for one in data["columns"]]


def test_the_program_adds_saves_checks_and_reads_the_clipboard(
    mende: Town, desk: Desk
) -> None:
    desk.get(sheet_of(mende))
    assert ask(desk, mende, "rows", {"add": [{"id": "w-1"}]}).json["added"] == ["w-1"]
    change = {"row": "w-1", "field": "montant", "value": "beaucoup", "seen": 1}
    saved = ask(desk, mende, "save", {"version": 1, "changes": [change]})
    assert saved.json["version"] == 2
    assert saved.json["rows"][0]["cells"] == {"montant": "beaucoup"}
    found = ask(desk, mende, "check", {"rows": ["w-1"]}).json["findings"]
    assert "number.wrong" in {one["code"] for one in found}
    read = ask(desk, mende, "paste", {"text": "Montant\n12,5"}).json
    assert read["rows"] == [{"montant": "12.5"}]
    assert "1" in read["said"]


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "x",
        {"changes": "x"},
        {"changes": [None]},
        {"changes": [{"row": "w", "field": "objet", "value": "x"}]},
        {"version": "x", "changes": []},
        {"version": -1, "changes": []},
        {"version": 10**30, "changes": []},
        {"version": 0, "changes": [], "constants": ["x"]},
        {"client": ["x"], "changes": []},
        {"client": "\0", "changes": []},
        {"name": "x", "self": "x", "changes": [{}]},
    ],
    ids=lambda one: str(one)[:40],
)
def test_a_request_that_makes_no_sense_is_refused_in_words(
    data: object, mende: Town, desk: Desk
) -> None:
    answer = ask(desk.get(sheet_of(mende)), mende, "save", data)
    assert answer.status_code in (400, 422)
    assert answer.json["message"]
    assert call(mende, "list") == []


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("rows", {"add": "x"}),
        ("rows", {"add": [{"id": "é"}]}),
        ("rows", {"add": [{"cells": "x"}]}),
        ("rows", {"add": [{"cells": {"non": "x"}}]}),
        ("rows", {"add": [{}], "before": "nulle-part"}),
        ("rows", {"remove": {"a": 1}}),
        ("rows", {"remove": [1]}),
        ("paste", {"text": 1}),
        ("paste", {"text": "x", "columns": ["non"]}),
        ("paste", {"text": "x", "columns": "non"}),
        ("paste", {"text": "x", "columns": [["non"]]}),
        ("check", {"rows": 1}),
        ("check", {"rows": {"a": "b"}}),
        ("check", {"rows": [["a"]]}),
    ],
    ids=lambda one: str(one)[:40],
)
def test_what_is_no_row_and_no_cell_is_refused_in_words(
    name: str, data: object, mende: Town, desk: Desk
) -> None:
    answer = ask(desk.get(sheet_of(mende)), mende, name, data)
    assert answer.status_code == 422
    assert answer.json["message"]
    assert call(mende, "list") == []


def test_a_request_names_no_other_draft_than_its_address(
    mende: Town, town: Callable[[], Town], desk: Desk
) -> None:
    other = town()
    stolen = {"org_id": other.org_id, "schema": "budget", "key": "autre"}
    ask(desk.get(sheet_of(mende)), mende, "rows", {**stolen, "add": [{"id": "w-1"}]})
    assert [one["schema"] for one in call(mende, "list")] == ["subventions"]
    assert call(other, "list") == []


def test_the_program_of_another_commune_is_refused(
    mende: Town, town: Callable[[], Town], desk_of: Open
) -> None:
    begin(mende, {"objet": "secret"})
    other = town()
    desk = desk_of(other.agent).get(sheet_of(other))
    for name in ("show", "save", "rows", "check", "paste"):
        answer = ask(desk, mende, name, {"text": "x"})
        assert answer.status_code == 403
        assert "secret" not in answer.text


def test_the_program_is_told_to_log_in_and_given_a_new_token(
    mende: Town, desk: Desk
) -> None:
    desk.get(sheet_of(mende))
    stale = ask(desk, mende, "show", {}, **{"X-CSRFToken": "faux"})
    assert stale.status_code == 400
    token = {"X-CSRFToken": stale.json["token"]}
    assert ask(desk, mende, "show", {}, **token).status_code == 200
    gone = ask(desk.log_out(), mende, "rows", {"add": [{}]})
    assert gone.status_code == 401
    assert gone.json["login"] == "/user/login"
    assert call(mende, "list") == []


def test_a_request_too_long_is_refused_before_it_is_read(
    mende: Town, desk: Desk
) -> None:
    answer = ask(desk.get(sheet_of(mende)), mende, "paste", {"text": "x" * 17_000_000})
    assert answer.status_code == 413
    assert answer.json["message"]
