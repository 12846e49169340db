"""Answering findings: a list of grants as a town hall keeps it, with its people."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.conftest import Portal
from tests.journeys.hand import Hand, button, continue_button
from tests.journeys.test_every_page import inspect
from tests.journeys.test_walk import fetch

PEOPLE = ("Mme Ondine Fictive", "M. Tancrède Inventé")
TITLES = (
    "Nom attribuant;Id attribuant;Date convention;Référence décision;"
    "Nom bénéficiaire;Id bénéficiaire;RNA bénéficiaire;Objet;Montant;Nature;"
    "Conditions versement;Dates période versement;Id RAE;Notification UE;"
    "Pourcentage subvention"
)


def write_grants(path: Path) -> Path:
    """Titles above, a total, numbers that Excel cut, and two people."""
    rows = [
        f"Crach;2,15600461E+13;0{day}/03/2024;2024-{day};{name};{siret};;{subject};"
        "100,00;aide en numéraire;unique;2024-05-01;;non;1"
        for day, (name, siret, subject) in enumerate(
            [
                ("Club de voile", "21560046100010", "Fonctionnement"),
                *((name, "", "Aide") for name in PEOPLE),
            ],
            start=1,
        )
    ]
    total = "Total;;;;;;;;300,00;;;;;;"
    text = "\r\n".join(["Subventions 2024;", "", TITLES, *rows, total, ""])
    path.write_text(text, "cp1252")
    return path


def test_a_list_of_grants_is_published_without_a_name(
    agent_page: Page, portal: Portal
) -> None:
    page = agent_page
    page.goto(portal.url("/publier"))
    hand = Hand(page)
    hand.choose_file(write_grants(portal.home.root / "subventions-2024.csv"))
    inspect(page, "points")
    expect(page.locator("h1")).to_contain_text("ne peut pas encore être publié")
    hand.click(page.locator(".odl-finding.odl-role-person .odl-finding__more a"))
    inspect(page, "lignes")
    expect(page.get_by_label("Je ne sais pas").first).to_be_visible()
    for row, answer in ((5, "withdraw"), (6, "mask")):
        hand.click(page.locator(f"input[name$=':answer-{row}'][value={answer}]").first)
    hand.click(button(page, "Enregistrer ces réponses"))
    for name in PEOPLE:
        assert name not in page.content()
    hand.click(button(page, "Appliquer"))
    hand.click(button(page, "Retirer la ligne"))
    hand.click(button(page, "Corriger les 2 lignes"))
    inspect(page, "repondu")
    hand.click(continue_button(page))
    hand.click(button(page, "^Publier$"))
    hand.tell("task 2")
    assert hand.clicks <= 15
    assert hand.fields <= 2
    published = fetch(portal, "/donnees/56046/subventions/2024.csv").content.decode()
    assert not [name for name in PEOPLE if name.split()[-1] in published]
    assert "personne physique" in published
    assert "Total" not in published


def test_a_question_is_asked_without_losing_ones_place(
    agent_page: Page, portal: Portal
) -> None:
    page = agent_page
    page.goto(portal.url("/publier"))
    Hand(page).choose_file(write_grants(portal.home.root / "subventions-aide.csv"))
    where = page.url
    page.get_by_role("link", name="Je bloque : demander de l’aide").click()
    inspect(page, "aide")
    page.get_by_label("Votre question").fill("Faut-il tout retirer ?")
    button(page, "Envoyer ma question").click()
    page.wait_for_load_state()
    # The trial portal sends no letter: it says so, and keeps the words.
    expect(page.get_by_role("alert")).to_contain_text("n’a pas pu partir")
    expect(page.get_by_label("Votre question")).to_have_value("Faut-il tout retirer ?")
    inspect(page, "aide-refusee")
    page.get_by_role("link", name="Revenir à mon fichier").click()
    expect(page).to_have_url(where)


def test_a_cell_is_written_again_where_it_is_shown(
    agent_page: Page, portal: Portal
) -> None:
    page = agent_page
    path = write_grants(portal.home.root / "subventions-2023.csv")
    wrong = path.read_text("cp1252").replace("/2024", "/2023")
    wrong = wrong.replace(";21560046100010;", ";21560046100011;")
    path.write_text(wrong, "cp1252")
    page.goto(portal.url("/publier"))
    Hand(page).choose_file(path)
    # By keyboard: unfold, change one's mind, unfold again, write, Enter.
    cell = page.locator(".odl-edit", has_text="Modifier").filter(
        has=page.locator("input[value='21560046100011']")
    )
    fold, field = cell.locator("summary"), cell.locator("input[name^=value-]")
    fold.focus()
    page.keyboard.press("Enter")
    expect(field).to_be_focused()
    page.keyboard.type("2156")
    page.keyboard.press("Escape")
    expect(fold).to_be_focused()
    expect(field).to_be_hidden()
    page.keyboard.press("Enter")
    expect(field).to_have_value("21560046100011")
    inspect(page, "modifier")
    page.keyboard.type("21560046100010")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("#result")).to_contain_text("1 cellule corrigée")
    expect(page.locator("#result")).to_be_focused()
    assert "21560046100011" not in page.locator("main").inner_text()
    # What no cell can hold comes back as it was typed, with the reason.
    cell = page.locator(".odl-edit").first
    cell.locator("summary").click()
    long = "9" * 32_768
    cell.locator("input[name^=value-]").fill(long)
    cell.locator("button").click()
    expect(page.locator(".odl-error-summary")).to_be_visible()
    assert page.locator("input[name^=value-]").first.input_value() == long
