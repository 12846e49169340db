"""What comes to a table in other ways: unknown columns, signs without a key."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Portal, shoot
from tests.journeys.test_grid import (
    SLOW,
    active,
    cells,
    check_axe,
    paste,
    pasting,
    press,
    reload,
    saved,
    sheet,
    tab_to,
)

__all__ = ["pasting"]

TEXT = (
    "Date de convention\tNom de l'association\tSomme versée\tRemarque\n"
    "03/04/2024\tAmis du port\t1 200,00\tvu\n05/06/2024\tChorale\t80\tà revoir"
)
QUESTION = "[data-grid=question] form"


def test_columns_without_a_place_are_placed_by_keyboard(pasting: Page) -> None:
    page = pasting
    paste(page, TEXT)
    expect(page.locator(f"{QUESTION} h2")).to_be_focused(timeout=SLOW)
    assert cells(page) == [], "nothing is pasted before the answer"
    expect(page.locator(QUESTION)).to_contain_text("à revoir")
    check_axe(page)
    shoot(page, "grille-colonnes")
    for at, name in enumerate(("dateConvention", "nomBeneficiaire", "montant", "")):
        press(page, "Tab")
        assert page.evaluate("document.activeElement.name") == f"place-{at}"
        page.locator(f"[name=place-{at}]").select_option(name)
    press(page, "Tab", "Enter")
    expect(page.locator(QUESTION)).to_have_count(0)
    saved(page)
    assert active(page).endswith(" 1"), "the focus comes back to the table"
    assert cells(page)[0][:4] == ["2024-04-03", "Amis du port", "", "1200.00"]
    expect(page.locator("[data-grid=message]")).to_contain_text("Remarque")
    page.locator("[data-grid=undo]").click()
    assert cells(page) == []


def test_a_refused_answer_stays_and_escape_gives_up(pasting: Page) -> None:
    page = pasting
    paste(page, TEXT)
    for at in (1, 2):
        page.locator(f"[name=place-{at}]").select_option("montant")
    page.locator(f"{QUESTION} button:not([name])").click()
    expect(page.locator("[data-grid=message]")).not_to_be_empty(timeout=SLOW)
    expect(page.locator("[name=place-2]")).to_have_value("montant")
    page.locator("[name=place-2]").press("Escape")
    expect(page.locator(QUESTION)).to_have_count(0)
    assert cells(page) == []
    assert active(page).endswith(" 1")


def test_a_first_line_may_be_said_to_be_a_row(pasting: Page) -> None:
    page = pasting
    paste(page, "Objet\tlampions\nfête\tcotillons")
    page.locator(f"{QUESTION} [name=headers]").click()
    expect(page.locator(QUESTION)).to_have_count(0)
    saved(page)
    assert [row[0] for row in cells(page)] == ["Objet", "fête"]


@pytest.fixture
def table(agent_page: Page, portal: Portal) -> Page:
    agent_page.goto(portal.url(sheet()))
    tab_to(agent_page, "td[role=gridcell]")
    press(agent_page, "ArrowRight")
    return agent_page


def test_the_first_sign_without_a_key_is_kept(table: Page) -> None:
    page = table
    page.keyboard.insert_text("É")
    page.keyboard.type("cole")
    press(page, "Enter")
    saved(page)
    assert cells(page)[0][1] == "École"
    # It takes the place of what the cell held, as a key does.
    press(page, "ArrowUp")
    page.keyboard.insert_text("Le club de judo")
    press(page, "Tab")
    assert active(page) == "Objet 1"
    saved(page)
    reload(page)
    assert cells(page)[0][1] == "Le club de judo"
    check_axe(page)


def test_what_is_dictated_may_be_given_up(table: Page) -> None:
    page = table
    page.keyboard.insert_text("École")
    press(page, "Escape")
    assert cells(page) == []
    assert active(page) == "Bénéficiaire 1"
    page.keyboard.insert_text("Île")
    press(page, "Enter")
    saved(page)
    assert cells(page)[0][1] == "Île"


def test_a_text_that_is_composed_opens_the_cell_at_its_end(table: Page) -> None:
    page = table
    client = page.context.new_cdp_session(page)
    for text in ("´", "É"):
        client.send(
            "Input.imeSetComposition",
            {"text": text, "selectionStart": 1, "selectionEnd": 1},
        )
    client.send("Input.insertText", {"text": "É"})
    page.keyboard.type("cole")
    press(page, "Enter")
    saved(page)
    assert cells(page)[0][1] == "École"


def test_a_text_that_a_click_ends_stays_in_its_cell(table: Page) -> None:
    page = table
    client = page.context.new_cdp_session(page)
    composed = {"text": "Île", "selectionStart": 3, "selectionEnd": 3}
    client.send("Input.imeSetComposition", composed)
    page.locator("tbody tr[data-row]").nth(2).locator("td").nth(2).click()
    saved(page)
    assert cells(page) == [["", "Île", *[""] * (len(cells(page)[0]) - 2)]]


def test_a_dictated_value_is_chosen_in_its_list(table: Page) -> None:
    page = table
    while not active(page).startswith("Nature"):
        press(page, "ArrowRight")
    page.keyboard.insert_text("aide en nature")
    press(page, "Enter")
    saved(page)
    assert any("aide en na" in cell for cell in cells(page)[0])
