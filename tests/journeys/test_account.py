"""One's own account, with the letters received: another password, another address."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.integration.mailbox import Mailbox
from tests.journeys.conftest import SITE_URL, Portal, log_in
from tests.journeys.test_every_page import inspect
from tests.journeys.test_people import (
    PASSWORD,
    accept,
    invite,
    letter_to,
    mailbox,
    new_address,
    someone,
)

__all__ = ["mailbox", "someone"]
BADEN = "56008"
NEW = "girafe parapluie horizon"


def link_in(letter: str, path: str) -> str:
    found = re.search(re.escape(SITE_URL) + rf"({path}/\S+)", letter)
    assert found, letter
    return found.group(1)


def come_in(page: Page, portal: Portal, name: str, password: str) -> None:
    page.goto(portal.url("/user/login"))
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill(password)
    page.locator("form:has(input[name=password]) button[type=submit]").click()


def wait_for_letter(mailbox: Mailbox, address: str) -> str:
    """What the worker sends comes when it can."""
    until = time.monotonic() + 90
    while time.monotonic() < until:
        if any(address in one.rcpt_tos for one in mailbox.envelopes):
            return letter_to(mailbox, address)
        time.sleep(0.5)
    raise AssertionError(f"no letter at {address}")


def test_a_forgotten_password_then_another_address(
    portal: Portal, mailbox: Mailbox, someone: Callable[[], Page]
) -> None:
    animator, office, home = someone(), someone(), someone()
    log_in(animator, portal, "animatrice")
    email = new_address("baden")
    invite(animator, portal, BADEN, email)
    accept(office, portal, mailbox, email, "Gaëlle Morvan")
    mailbox.envelopes.clear()

    home.goto(portal.url("/user/login"))
    home.get_by_role("link", name="J’ai oublié mon mot de passe").click()
    home.get_by_role("button", name="Recevoir le lien").click()
    inspect(home, "mot-de-passe-erreur")
    home.get_by_label("Identifiant ou adresse électronique").fill(email)
    home.get_by_role("button", name="Recevoir le lien").click()
    expect(home.get_by_role("heading", level=1)).to_have_text("Regardez vos messages")
    inspect(home, "mot-de-passe-envoye")
    link = link_in(wait_for_letter(mailbox, email), "/mot-de-passe")
    home.goto(portal.url(link))
    home.get_by_label("Choisissez un mot de passe").fill("court")
    home.get_by_role("button", name="Changer mon mot de passe").click()
    inspect(home, "mot-de-passe-court")
    home.get_by_label("Choisissez un mot de passe").fill(NEW)
    home.get_by_role("button", name="Changer mon mot de passe").click()
    expect(home.get_by_text("Votre mot de passe est changé")).to_be_visible()

    office.goto(portal.url("/publier"))
    expect(office).to_have_url(re.compile("/user/login"))
    come_in(office, portal, email, PASSWORD)
    expect(office.get_by_text("Le nom ou le mot de passe")).to_be_visible()
    come_in(office, portal, email, NEW)
    expect(office).to_have_url(re.compile("/publier"))
    home.goto(portal.url(link))
    expect(home.get_by_role("heading", level=1)).to_contain_text("n’ouvre plus rien")

    office.goto(portal.url("/user/edit"))
    inspect(office, "mon-compte")
    office.get_by_role("link", name="Changer mon adresse électronique").click()
    office.get_by_label("Nouvelle adresse").fill("pas une adresse")
    office.get_by_label("Votre mot de passe").fill(NEW)
    office.get_by_role("button", name="Recevoir le lien").click()
    inspect(office, "adresse-erreur")
    other = new_address("gaelle")
    office.get_by_label("Nouvelle adresse").fill(other)
    office.get_by_label("Votre mot de passe").fill(NEW)
    mailbox.envelopes.clear()
    office.get_by_role("button", name="Recevoir le lien").click()
    inspect(office, "adresse-envoyee")
    assert other not in letter_to(mailbox, email)
    office.goto(portal.url(link_in(letter_to(mailbox, other), "/compte/adresse")))
    inspect(office, "adresse-confirmer")
    office.get_by_role("button", name="Confirmer cette adresse").click()
    expect(office.get_by_text(f"Votre adresse est maintenant {other}")).to_be_visible()
    assert "a changé" in letter_to(mailbox, email)
    come_in(home, portal, other, NEW)
    expect(home).to_have_url(re.compile("/publier"))
