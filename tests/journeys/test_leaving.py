"""Several seats, a mandate for one data only, leaving, coming back, being erased; what
an animator sees of it: with the letters received."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path

import requests
from playwright.sync_api import Page, expect

from ckanext.odlocale.base.letter import SEAL_HEADER
from tests.integration.mailbox import Mailbox
from tests.journeys.conftest import SITE_URL, Portal, log_in
from tests.journeys.hand import Hand, button, continue_button
from tests.journeys.test_every_page import inspect
from tests.journeys.test_people import (
    EPCI,
    PASSWORD,
    accept,
    invite,
    learn_addresses,
    letter_to,
    mailbox,
    new_address,
    someone,
)
from tests.journeys.test_walk import MAIN
from tests.people.test_bounces import dsn

__all__ = ["mailbox", "someone"]

CRACH = "56046"
#: Communes of the Morbihan that no other journey touches.
SHARED = {"56054": "Erdeven", "56013": "Belz", "56119": "Locoal-Mendon"}
LEFT, LEFT_NAME = "56258", "Trinité-sur-Mer"
BOUNCED = "56023"
RESERVED = "réservée à une autre mairie"


def link_in(letter: str) -> str:
    found = re.search(re.escape(SITE_URL) + r"(/invitation/\S+)", letter)
    assert found, letter
    return found.group(1)


def enter(page: Page, portal: Portal, email: str) -> None:
    """Log in as a person does."""
    page.goto(portal.url("/user/login"))
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator(".primary form button").first.click()
    page.wait_for_load_state()


def test_a_secretary_of_three_communes_has_one_account_and_three_lines(
    portal: Portal, mailbox: Mailbox, someone: Callable[[], Page]
) -> None:
    email = new_address("partagee")
    animator, secretary = someone(), someone()
    log_in(animator, portal, "animatrice")
    for number, (code, name) in enumerate(SHARED.items()):
        invite(animator, portal, code, email)
        letter = letter_to(mailbox, email)
        assert letter.startswith(name), letter
        if not number:
            accept(secretary, portal, mailbox, email, "Soazig Le Dantec")
            continue
        secretary.goto(portal.url(link_in(letter)))
        secretary.get_by_role("button", name="à mon compte").click()
        expect(secretary).to_have_url(portal.url(f"/publier/{code}"))
    secretary.goto(portal.url("/publier"))
    for name in SHARED.values():
        lines = secretary.locator("main").get_by_role("link", name=name, exact=False)
        expect(lines).to_have_count(1)
    inspect(secretary, "trois-communes")


def test_an_epci_mandated_for_budgets_publishes_one_and_no_grant(
    portal: Portal, mailbox: Mailbox, someone: Callable[[], Page]
) -> None:
    email = new_address("budgets")
    animator, helper = someone(), someone()
    log_in(animator, portal, "animatrice")
    invite(animator, portal, EPCI, email)
    accept(helper, portal, mailbox, email, "Tanguy Morvan")
    animator.goto(portal.url(f"/equipe/{CRACH}/mandats"))
    animator.get_by_label("Une collectivité", exact=True).check()
    animator.get_by_label("La collectivité : son code INSEE ou son SIREN").fill(EPCI)
    animator.get_by_label("Celles choisies ci-dessous").check()
    animator.get_by_label("Budget", exact=True).check()
    animator.locator("#document").set_input_files(
        {"name": "mandat.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n"}
    )
    animator.get_by_role("button", name="Donner ce mandat").click()
    expect(animator.get_by_text("peut agir pour Crach")).to_be_visible()
    assert "Crach" in letter_to(mailbox, email)

    # Of no other journey.
    year = 2011
    budget = portal.home.root / f"budget-{year}.csv"
    budget.write_text(MAIN.read_text("utf-8").replace(",2022,", f",{year},"), "utf-8")
    helper.goto(portal.url(f"/publier/{CRACH}"))
    hand = Hand(helper)
    hand.choose_file(budget)
    hand.click(button(helper, "Appliquer"))
    hand.click(continue_button(helper))
    if helper.url.endswith("/remplacer"):
        # Of the run before, where the portal is kept.
        hand.click(button(helper, "^Oui"))
    hand.click(button(helper, "^Publier$"))
    expect(helper.locator("h1")).to_contain_text("en ligne")
    address = portal.url(f"/donnees/{CRACH}/budget/{year}-budget-primitif-00010.csv")
    assert requests.get(address, timeout=30).status_code == 200

    for page in ("subventions", "subventions/saisie"):
        helper.goto(portal.url(f"/publier/{CRACH}/{page}"))
        expect(helper.get_by_role("heading", name=RESERVED)).to_be_visible()
    animator.goto(portal.url(f"/equipe/{CRACH}/journal"))
    written = re.compile(r"Tanguy Morvan \(\S+@\S+\), pour le compte de Crach")
    said = animator.get_by_text(written).first
    expect(said).to_be_visible()

    animator.goto(portal.url(f"/equipe/{CRACH}/mandats"))
    animator.locator("summary", has_text="Y mettre fin").first.click()
    animator.get_by_role("button", name="Confirmer").first.click()
    expect(animator.get_by_text("C’est terminé")).to_be_visible()
    helper.goto(portal.url(f"/publier/{CRACH}"))
    expect(helper.get_by_role("heading", name=RESERVED)).to_be_visible()


def test_gone_at_once_then_back_by_the_code(
    portal: Portal, mailbox: Mailbox, someone: Callable[[], Page], tmp_path: Path
) -> None:
    learn_addresses(portal, tmp_path, LEFT)
    email = new_address("partante")
    animator, agent = someone(), someone()
    log_in(animator, portal, "animatrice")
    invite(animator, portal, LEFT, email)
    accept(agent, portal, mailbox, email, "Katell Prigent")
    elsewhere = someone()
    enter(elsewhere, portal, email)
    held = agent.request.get(portal.url("/compte/mes-donnees.json")).json()
    name = held["account"]["name"]
    printed = portal.run_ckan("user", "token", "add", name, "vieux-logiciel", "-q")
    token = {"Authorization": printed.split()[-1]}
    asked = portal.url("/api/3/action/odlocale_desk_list")
    assert requests.get(asked, headers=token, timeout=30).status_code == 200

    animator.goto(portal.url(f"/equipe/{LEFT}"))
    animator.locator("summary", has_text="Retirer de l’équipe").first.click()
    animator.get_by_role("button", name="Retirer cette personne").first.click()
    expect(animator.get_by_text("ne publie plus ici")).to_be_visible()
    assert "ne publie plus" in letter_to(mailbox, email)
    for page in (agent, elsewhere):
        page.goto(portal.url(f"/publier/{LEFT}"))
        expect(page).to_have_url(re.compile("/user/login"))
    assert requests.get(asked, headers=token, timeout=30).status_code == 403

    following = new_address("reprise")
    successor = someone()
    successor.goto(portal.url(f"/rejoindre/{LEFT}"))
    successor.get_by_label("Vos prénom et nom").fill("Malo Guégan")
    successor.get_by_label("Votre adresse électronique").fill(following)
    successor.get_by_role("button", name="Envoyer le code à la mairie").click()
    received = letter_to(mailbox, f"mairie-{LEFT}@essai.example.org")
    digits = re.search(r"\d{3}\s\d{3}", received)
    assert digits
    successor.get_by_label("Code à six chiffres").fill(digits.group())
    successor.get_by_role("button", name="Continuer").click()
    expect(
        successor.get_by_role("heading", name="Ouvrez votre messagerie")
    ).to_be_visible()
    accept(successor, portal, mailbox, following, "Malo Guégan")
    expect(successor.locator("h1")).to_contain_text(LEFT_NAME)


def test_a_person_reads_what_is_kept_then_is_erased(
    portal: Portal, mailbox: Mailbox, someone: Callable[[], Page]
) -> None:
    email = new_address("effacee")
    animator, person = someone(), someone()
    log_in(animator, portal, "animatrice")
    invite(animator, portal, "56069", email)
    accept(person, portal, mailbox, email, "Nolwenn Tallec")
    person.goto(portal.url("/user/edit"))
    person.get_by_role("link", name="Mes données personnelles").click()
    inspect(person, "mes-donnees")
    expect(person.get_by_text("Vous êtes la dernière personne")).to_be_visible()
    with person.expect_download() as waiting:
        person.get_by_role("link", name="Télécharger toutes mes données").click()
    held = json.loads(waiting.value.path().read_text("utf-8"))
    assert held["account"]["email"] == email
    person.get_by_label("Votre mot de passe").fill("pas le bon")
    person.get_by_role("button", name="Fermer définitivement").click()
    expect(person.get_by_role("alert")).to_contain_text("pas votre mot de passe")
    inspect(person, "mes-donnees-erreur")
    person.get_by_label("Votre mot de passe").fill(PASSWORD)
    person.get_by_role("button", name="Fermer définitivement").click()
    expect(person.get_by_text("vos données sont effacées")).to_be_visible()
    person.goto(portal.url("/publier"))
    expect(person).to_have_url(re.compile("/user/login"))
    animator.goto(portal.url("/equipe/56069/journal"))
    expect(
        animator.get_by_text("Quelqu’un dont le compte est clos").first
    ).to_be_visible()
    expect(animator.get_by_text("Nolwenn Tallec")).to_have_count(0)


def test_an_animator_reads_who_has_not_answered_and_what_came_back(
    portal: Portal, mailbox: Mailbox, someone: Callable[[], Page], tmp_path: Path
) -> None:
    email = new_address("absente")
    animator = someone()
    log_in(animator, portal, "animatrice")
    invite(animator, portal, BOUNCED, email)
    animator.goto(portal.url("/animer/invitations"))
    expect(animator.get_by_text(email).first).to_be_visible()
    inspect(animator, "invitations")
    box = animator.locator("tr", has_text=email).locator("input[type=checkbox]")
    box.check()
    animator.get_by_role("button", name="Voir qui serait relancé").click()
    expect(animator.get_by_text("déjà relancées cette semaine").first).to_be_visible()
    inspect(animator, "invitations-relance")

    listed = new_address("liste")
    animator.goto(portal.url("/animer/invitations"))
    with animator.expect_navigation():
        animator.locator("input[type=file]").set_input_files(
            {"name": "agents.csv", "mimeType": "text/csv",
             "buffer": f"code;email\n{BOUNCED};{listed}\n75056;x@y.fr\n".encode()}
        )  # fmt: skip
    expect(
        animator.get_by_text("code inconnu dans ce territoire").first
    ).to_be_visible()
    inspect(animator, "invitations-plan")
    animator.get_by_role("button", name="Inviter 1 personne").click()
    expect(animator.get_by_text("dans les prochaines minutes")).to_be_visible()
    portal.run_ckan("odlocale", "people", "send", "--per-minute", "0")
    assert "14 jours" in letter_to(mailbox, listed)

    seal = str(message_from_bytes(last_to(mailbox, email))[SEAL_HEADER]).strip()
    (tmp_path / "retour.eml").write_bytes(dsn(address=email, seal=seal))
    said = portal.run_ckan("odlocale", "people", "bounce", "--folder", str(tmp_path))
    assert email in said
    animator.goto(portal.url(f"/equipe/{BOUNCED}"))
    expect(animator.get_by_text(f"L’adresse {email} n’existe plus")).to_be_visible()
    inspect(animator, "equipe-retour")


def last_to(mailbox: Mailbox, address: str) -> bytes:
    content = [one for one in mailbox.envelopes if address in one.rcpt_tos][-1].content
    assert isinstance(content, bytes)
    return content
