"""Pasting columns that have no place: asked about first, with or without the grid."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest

from tests.integration.publishing.conftest import Desk, Town
from tests.integration.publishing.test_grid import begin, call, colleague
from tests.integration.publishing.test_grid_pages import (
    Forms,
    Open,
    ask,
    cells_of,
    sheet_of,
)

TEXT = (
    "Date de convention\tNom de l'association\tSomme versée\tRemarque\n"
    "03/04/2024\tAmis du port\t1 200,00\tvu\n05/06/2024\tChorale\t80\tà revoir"
)


@pytest.fixture
def desk(mende: Town, desk_of: Open) -> Desk:
    return desk_of(mende.agent)


def question_of(desk: Desk) -> dict[str, str]:
    (form,) = (
        one
        for one in Forms(desk.page).found.values()
        if any(name.startswith("place-") for name in one)
    )
    return form


def pasted(desk: Desk, town: Town, text: str = TEXT) -> dict[str, str]:
    """Paste on the page, and return the question."""
    desk.get(f"{sheet_of(town)}/coller")
    desk.post(desk.address, {"text": text})
    return question_of(desk)


def test_columns_without_a_place_are_asked_about_first(mende: Town, desk: Desk) -> None:
    form = pasted(desk, mende)
    assert cells_of(mende) == [], "nothing is pasted before the answer"
    page = unescape(desk.page)
    for shown in ("Somme versée", "1 200,00", "à revoir", "Remarque"):
        assert shown in page
    assert "place-3" in form
    assert "idAttribuant" not in page.split("<select")[1], "one value for all rows"
    answer = {"place-0": "dateConvention", "place-1": "nomBeneficiaire"}
    desk.post(desk.address, {**form, **answer, "place-2": "montant"})
    assert desk.address == sheet_of(mende)
    assert cells_of(mende)[0] == {
        "dateConvention": "2024-04-03",
        "nomBeneficiaire": "Amis du port",
        "montant": "1200.00",
    }
    assert "Remarque" in desk.page, "what was left out is said"


def test_giving_up_pastes_nothing_and_keeps_the_text(mende: Town, desk: Desk) -> None:
    form = pasted(desk, mende)
    desk.post(desk.address, {**form, "cancel": "1"})
    (shown,) = (one for one in Forms(desk.page).found.values() if "text" in one)
    assert shown["text"].splitlines()[-1] == TEXT.splitlines()[-1]
    assert cells_of(mende) == []


def test_two_columns_in_one_place_are_refused_and_asked_again(
    mende: Town, desk: Desk
) -> None:
    form = pasted(desk, mende)
    desk.post(desk.address, {**form, "place-1": "montant", "place-2": "montant"})
    again = question_of(desk)
    assert (again["place-1"], again["place-2"]) == ("montant", "montant")
    assert cells_of(mende) == []
    desk.post(desk.address, {**again, "place-1": "nomBeneficiaire"})
    assert [one["montant"] for one in cells_of(mende)] == ["1200.00", "80"]


def test_a_first_line_that_is_a_row_is_pasted_as_one(mende: Town, desk: Desk) -> None:
    form = pasted(desk, mende, "Objet\tlampions\nfête\tcotillons")
    desk.post(desk.address, {**form, "headers": "no"})
    assert len(cells_of(mende)) == 2


@pytest.mark.parametrize(
    "answer",
    [{"place-0": "licorne"}, {"place-0": "<script>"}, {}],
    ids=["unknown", "markup", "none"],
)
def test_an_odd_answer_is_refused_and_the_text_kept(
    answer: dict[str, str], mende: Town, desk: Desk
) -> None:
    form = pasted(desk, mende)
    desk.post(desk.address, {**form, **answer})
    assert desk.response.status_code == 200
    assert question_of(desk)["text"].split() == TEXT.split()
    assert "<script>" not in desk.page.split("<main")[1].split("</main")[0]
    assert cells_of(mende) == []


def test_what_is_pasted_is_shown_as_text(mende: Town, desk: Desk) -> None:
    hostile = "<script>alert(1)</script>"
    pasted(desk, mende, f"Objet\t{hostile}\tSomme\nfête\t{hostile}\t12")
    assert hostile not in desk.page
    desk.get(sheet_of(mende))
    asked = {"text": f"Objet\t{hostile}\nfête\t{hostile}"}
    assert hostile not in ask(desk, mende, "paste", asked).json["question"]


def test_the_text_waits_for_a_login(mende: Town, desk: Desk) -> None:
    form = pasted(desk, mende)
    address = desk.address
    desk.log_out()
    desk.post(address, {**form, "place-2": "montant"}).log_in(mende.agent)
    (shown,) = (one for one in Forms(desk.page).found.values() if "text" in one)
    assert shown["text"].split() == TEXT.split()


def test_the_grid_is_sent_the_same_question(mende: Town, desk: Desk) -> None:
    desk.get(sheet_of(mende))
    read = ask(desk, mende, "paste", {"text": TEXT}).json
    assert read["rows"] == []
    assert len(Forms(read["question"]).found) == 1
    places = {str(one["at"]): "" for one in read["asked"]}
    answers = {**places, "2": "montant"}
    read = ask(desk, mende, "paste", {"text": TEXT, "answers": answers}).json
    assert read["question"] == ""
    assert [row["montant"] for row in read["rows"]] == ["1200.00", "80"]
    for odd in ({"answers": "x"}, {"answers": {"2": "x"}}, {"headers": "no"}):
        refused = ask(desk, mende, "paste", {"text": TEXT, **odd})
        assert refused.status_code == 422
        assert refused.json["message"]


# --- two windows of one person


def conflict(desk: Desk, town: Town, who: str) -> str:
    """Change one cell in another window, then in this one; return the page."""
    (row,) = begin(town, {"objet": "fête"})
    for user, value in ((who, "là-bas"), (town.agent, "ici")):
        change = {"row": row, "field": "objet", "value": value}
        call(town, "save", user, version=1, client=value, changes=[change])
    return unescape(desk.get(f"{sheet_of(town)}/conflits").page)


def test_one_s_own_other_window_is_not_somebody_else(mende: Town, desk: Desk) -> None:
    page = conflict(desk, mende, mende.agent)
    assert "là-bas" in page
    assert "Sa saisie" not in page
    assert "Garder les siennes" not in page


def test_a_colleague_s_change_is_said_to_be_hers(
    mende: Town, desk: Desk, town: Callable[[], Town]
) -> None:
    page = conflict(desk, mende, colleague(mende))
    assert "Maël Le Goff" in page
    assert "Sa saisie" in page
