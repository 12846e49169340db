"""What becomes of a published file: versions, withdrawing, erasing a person's rows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import Portal, log_in
from tests.journeys.hand import Hand, button, continue_button
from tests.journeys.test_every_page import inspect
from tests.journeys.test_walk import MAIN, fetch

#: Of no other journey: each has a year of its own.
YEAR = 2012
NAME = "Ondine Fictive"


def write_budget(path: Path, label: str) -> Path:
    """The budget of another year, one row of which has another label."""
    text = MAIN.read_text("utf-8").replace(",2022,", f",{YEAR},")
    lines = text.splitlines()
    cells = lines[1].split(",")
    cells[7] = label
    lines[1] = ",".join(cells)
    path.write_text("\n".join([*lines, ""]), "utf-8")
    return path


def put_online(page: Page, portal: Portal, path: Path) -> None:
    """Publish a file, in the place of the one that a former run left, if any."""
    page.goto(portal.url("/publier"))
    hand = Hand(page)
    hand.choose_file(path)
    hand.click(button(page, "Appliquer"))
    hand.click(continue_button(page))
    if page.url.endswith("/remplacer"):
        hand.click(button(page, "^Oui"))
    hand.click(button(page, "^Publier$"))


@pytest.fixture
def address(agent_page: Page, portal: Portal) -> str:
    """The address of a file that has two versions."""
    root, page = portal.home.root, agent_page
    first = write_budget(root / f"budget-{YEAR}.csv", "Premier libellé")
    put_online(page, portal, first)
    put_online(page, portal, write_budget(root / f"budget-{YEAR}.csv", f"Achat {NAME}"))
    shown = page.locator("input#address").input_value()
    return "/donnees/" + shown.partition("/donnees/")[2]


def test_a_file_is_compared_cleaned_of_a_person_withdrawn_and_back(
    address: str, agent_page: Page, portal: Portal, browser: Browser
) -> None:
    page, receipt = agent_page, agent_page.url
    expect(page.get_by_role("link", name="Ouvrir dans Excel")).to_be_visible()
    page.goto(portal.url(address.removesuffix(".csv") + "/versions"))
    inspect(page, "versions")
    page.get_by_role("link", name="Voir ce qui a changé").first.click()
    inspect(page, "comparer")
    expect(page.get_by_text(NAME).first).to_be_visible()

    chief = browser.new_context(locale="fr-FR").new_page()
    log_in(chief, portal, "animatrice")
    chief.goto(receipt)
    chief.get_by_role("link", name="Effacer définitivement").click()
    inspect(chief, "effacer")
    chief.get_by_label("Les lignes qui parlent d’une personne").check()
    button(chief, "Voir ce qui partirait").click()
    inspect(chief, "effacer-erreur")
    expect(chief.get_by_role("alert")).to_be_visible()
    expect(chief.get_by_label("Les lignes qui parlent d’une personne")).to_be_checked()
    chief.get_by_label("Pour des lignes").fill(NAME.lower())
    button(chief, "Voir ce qui partirait").click()
    inspect(chief, "effacer-relire")
    expect(chief.get_by_text(f"Budget primitif {YEAR}, sans 1 ligne")).to_be_visible()
    button(chief, "Effacer définitivement").click()
    inspect(chief, "efface")
    chief.context.close()
    left = fetch(portal, address)
    assert left.status_code == 200
    assert NAME not in left.text

    page.goto(receipt)
    expect(page.get_by_text("Il ne reste rien de ce fichier.")).to_be_visible()
    page.goto(portal.url("/publier/56046/budget"))
    page.get_by_role("link", name=re.compile(f"Budget primitif {YEAR}")).first.click()
    page.get_by_role("link", name="Retirer ce fichier").click()
    inspect(page, "retirer")
    page.get_by_label("Précisions, pour votre équipe").fill("Appel du 3 mars")
    button(page, "Retirer ce fichier").click()
    inspect(page, "retirer-erreur")
    page.get_by_label("Il contient des erreurs").check()
    button(page, "Retirer ce fichier").click()
    inspect(page, "retire")
    gone = fetch(portal, address)
    assert gone.status_code == 410
    assert "Appel du 3 mars" not in gone.text
    visitor = browser.new_context(locale="fr-FR").new_page()
    visitor.goto(portal.url(address))
    inspect(visitor, "avis-de-retrait")
    visitor.context.close()
    button(page, "Remettre cette version en ligne").click()
    expect(page.get_by_text("de nouveau en ligne")).to_be_visible()
    assert fetch(portal, address).status_code == 200
