"""Coming in, acting for another, leaving, coming back: with the letters received."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import Browser, Page, expect

from tests.integration.mailbox import Mailbox
from tests.journeys.conftest import SITE_URL, Portal, log_in, shoot
from tests.journeys.test_every_page import inspect

CRACH, PLUNERET, EPCI = "56046", "56176", "200043123"
PASSWORD = "trois mots sans rapport"


@pytest.fixture
def mailbox(portal: Portal) -> Iterator[Mailbox]:
    """The mail server that the portal writes to."""
    handler = Mailbox()
    controller = Controller(handler, hostname="127.0.0.1", port=portal.smtp_port)
    controller.start()
    yield handler
    controller.stop()


@pytest.fixture
def someone(browser: Browser) -> Iterator[Callable[[], Page]]:
    """Somebody at a computer of his own."""
    contexts = []

    def sit_down() -> Page:
        context = browser.new_context(
            locale="fr-FR", viewport={"width": 1366, "height": 768}
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        return context.new_page()

    yield sit_down
    for one in contexts:
        one.close()


def letter_to(mailbox: Mailbox, address: str) -> str:
    """The last letter received at an address, its text."""
    found = [one for one in mailbox.envelopes if address in one.rcpt_tos]
    assert found, f"no letter at {address}"
    message = message_from_bytes(found[-1].content, policy=default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain",))
    assert body is not None
    return f"{message['Subject']}\n{body.get_content()}"


def new_address(name: str) -> str:
    return f"{name}-{uuid.uuid4().hex[:6]}@essai.example.org"


def invite(page: Page, portal: Portal, code: str, email: str) -> None:
    """Invite an agent from the team's page."""
    page.goto(portal.url(f"/equipe/{code}"))
    card = page.locator("#invite")
    card.get_by_label("Courriel").fill(email)
    card.get_by_role("button", name="Envoyer l’invitation").click()
    expect(page.get_by_text(f"L’invitation est envoyée à {email}.")).to_be_visible()


def accept(page: Page, portal: Portal, mailbox: Mailbox, email: str, name: str) -> None:
    """Open the link of the letter, and make an account."""
    link = re.search(
        re.escape(SITE_URL) + r"(/invitation/\S+)", letter_to(mailbox, email)
    )
    assert link
    page.goto(portal.url(link.group(1)))
    # Who asked to come in by the town hall's code has proved it already.
    code = page.get_by_role("button", name="Recevoir le code")
    if code.count():
        code.click()
        page.get_by_label("Code à six chiffres").wait_for()
        inspect(page, "invitation-code")
        digits = re.search(r"\d{3}\s\d{3}", letter_to(mailbox, email))
        assert digits
        page.get_by_label("Code à six chiffres").fill(digits.group())
    page.get_by_label("Vos prénom et nom").fill(name)
    page.get_by_label("Choisissez un mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Activer mon accès").click()
    expect(page).to_have_url(re.compile("/publier/"))


def learn_addresses(portal: Portal, tmp_path: Path, *codes: str) -> None:
    """Give the portal the directory's page of some town halls."""
    pivot = json.dumps([{"type_service_local": "mairie"}])
    rows = [
        {"nom": f"Mairie {code}", "code_insee_commune": code, "pivot": pivot,
         "adresse_courriel": f"mairie-{code}@essai.example.org"}
        for code in codes
    ]  # fmt: skip
    file = tmp_path / "annuaire.json"
    file.write_text(json.dumps(rows), encoding="utf-8")
    portal.run_ckan(
        "odlocale", "people", "town-halls", "--departement", "56",
        "--file", str(file), "--apply",
    )  # fmt: skip


def ask_code(
    page: Page, portal: Portal, mailbox: Mailbox, code: str, email: str
) -> None:
    """Come in by the code that the town hall received."""
    page.goto(portal.url("/user/login"))
    page.get_by_role("link", name="Je travaille en mairie").click()
    page.get_by_label("Où travaillez-vous").fill("pluneret")
    page.get_by_role("button", name="Chercher").click()
    page.get_by_role("link", name="Pluneret").click()
    page.get_by_label("Vos prénom et nom").fill("Yann Corlay")
    page.get_by_label("Votre adresse électronique").fill(email)
    inspect(page, "rejoindre-demande")
    page.get_by_role("button", name="Envoyer le code à la mairie").click()
    page.get_by_label("Code à six chiffres").wait_for()
    inspect(page, "rejoindre-saisie")
    received = letter_to(mailbox, f"mairie-{code}@essai.example.org")
    digits = re.search(r"\d{3}\s\d{3}", received)
    assert digits
    page.get_by_label("Code à six chiffres").fill("000 001")
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("alert")).to_contain_text("Ce n’est pas le code")
    # The window is closed, and opened again.
    page.goto(portal.url(f"/rejoindre/{code}"))
    page.get_by_label("Code à six chiffres").fill(digits.group())
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("heading", name="Ouvrez votre messagerie")).to_be_visible()


def test_invited_then_at_work(
    portal: Portal, mailbox: Mailbox, someone: Callable[[], Page]
) -> None:
    email = new_address("invitee")
    animator = someone()
    log_in(animator, portal, "animatrice")
    invite(animator, portal, CRACH, email)
    inspect(animator, "equipe-invitation")
    letter = letter_to(mailbox, email)
    assert letter.startswith("Crach"), letter
    assert "14 jours" in letter
    invited = someone()
    link = re.search(re.escape(SITE_URL) + r"(/invitation/\S+)", letter)
    assert link
    invited.goto(portal.url(link.group(1)))
    inspect(invited, "invitation")
    accept(invited, portal, mailbox, email, "Maëlle Le Bris")
    invited.get_by_role("link", name="Voir l’équipe, inviter un collègue").click()
    names = invited.get_by_role("heading", name="Maëlle Le Bris")
    expect(names.first).to_be_visible()
    # The link served: a second visitor finds it closed.
    other = someone()
    other.goto(portal.url(link.group(1)))
    expect(
        other.get_by_role("heading", name="Ce lien n’ouvre plus rien")
    ).to_be_visible()


def test_by_the_code_of_the_town_hall_then_gone_then_back(
    portal: Portal, mailbox: Mailbox, someone: Callable[[], Page], tmp_path: Path
) -> None:
    learn_addresses(portal, tmp_path, PLUNERET)
    email = new_address("yann")
    agent = someone()
    ask_code(agent, portal, mailbox, PLUNERET, email)
    accept(agent, portal, mailbox, email, "Yann Corlay")
    agent.goto(portal.url(f"/equipe/{PLUNERET}"))
    agent.get_by_text("Je ne travaille plus ici").click()
    expect(agent.get_by_text("Vous êtes la dernière personne")).to_be_visible()
    agent.get_by_role("button", name="Quitter Pluneret").click()
    # Whoever serves nobody any more has no session either.
    agent.goto(portal.url(f"/publier/{PLUNERET}"))
    expect(agent).to_have_url(re.compile("/user/login"))
    shoot(agent, "page-apres-depart-1366")
    # Somebody else of the same town hall takes over, by its official address.
    following = new_address("suivante")
    successor = someone()
    ask_code(successor, portal, mailbox, PLUNERET, following)
    accept(successor, portal, mailbox, following, "Enora Salaün")


def test_an_epci_mandated_for_budgets_only(
    portal: Portal, mailbox: Mailbox, someone: Callable[[], Page]
) -> None:
    email = new_address("epci")
    animator = someone()
    log_in(animator, portal, "animatrice")
    invite(animator, portal, EPCI, email)
    helper = someone()
    accept(helper, portal, mailbox, email, "Loïg Perrot")
    helper.goto(portal.url(f"/publier/{CRACH}"))
    expect(
        helper.get_by_role("heading", name="réservée à une autre mairie")
    ).to_be_visible()

    animator.goto(portal.url(f"/equipe/{CRACH}/mandats"))
    animator.get_by_label("Une collectivité", exact=True).check()
    animator.get_by_label("La collectivité : son code INSEE ou son SIREN").fill(EPCI)
    animator.get_by_label("Celles choisies ci-dessous").check()
    animator.get_by_label("Budget", exact=True).check()
    animator.get_by_role("button", name="Donner ce mandat").click()
    expect(animator.get_by_role("alert")).to_contain_text("Joignez le document")
    inspect(animator, "mandats-erreur")
    animator.locator("#document").set_input_files(
        {"name": "mandat.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n"}
    )
    animator.get_by_role("button", name="Donner ce mandat").click()
    expect(animator.get_by_text("peut agir pour Crach")).to_be_visible()
    inspect(animator, "mandats-donne")
    assert "Crach" in letter_to(mailbox, email)

    helper.goto(portal.url(f"/publier/{CRACH}"))
    expect(
        helper.get_by_text("Signature : Loïg Perrot, pour le compte de Crach.")
    ).to_be_visible()
    inspect(helper, "agir-pour")
    helper.goto(portal.url(f"/publier/{CRACH}/deliberations/saisie"))
    expect(
        helper.get_by_role("heading", name="réservée à une autre mairie")
    ).to_be_visible()
    helper.goto(portal.url("/publier"))
    expect(helper.get_by_role("link", name="Crach").first).to_be_visible()

    animator.locator("summary", has_text="Y mettre fin").first.click()
    animator.get_by_role("button", name="Confirmer").first.click()
    expect(animator.get_by_text("C’est terminé")).to_be_visible()
    helper.goto(portal.url(f"/publier/{CRACH}"))
    expect(
        helper.get_by_role("heading", name="réservée à une autre mairie")
    ).to_be_visible()
