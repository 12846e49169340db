"""The double check: set up, asked for, lost, renewed, removed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pyotp
from playwright.sync_api import Page, expect

from tests.integration.mailbox import Mailbox
from tests.journeys.conftest import Portal, log_in
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

ARZAL = "56004"
PAGE = "/compte/double-verification"


def next_code(totp: pyotp.TOTP, used: str) -> str:
    """Wait for a code that did not serve: each serves once."""
    while totp.now() == used:
        time.sleep(0.5)
    return str(totp.now())


def give_password(page: Page, portal: Portal, email: str) -> None:
    """Begin to log in, in a new browser."""
    page.goto(portal.url("/user/login"))
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form:has(input[name=password]) button[type=submit]").click()
    expect(page.get_by_label("Code à six chiffres")).to_be_visible()


def give_code(page: Page, code: str) -> None:
    page.get_by_label("Code à six chiffres").fill(code)
    page.get_by_role("button", name="Se connecter").last.click()


def codes_on(page: Page) -> list[str]:
    page.get_by_role("heading", name="Gardez ces codes").wait_for()
    return page.locator(".odl-codes code").all_inner_texts()


def test_from_setting_it_up_to_removing_it(
    portal: Portal, mailbox: Mailbox, someone: Callable[[], Page]
) -> None:
    email = new_address("double")
    animator, page = someone(), someone()
    log_in(animator, portal, "animatrice")
    invite(animator, portal, ARZAL, email)
    accept(page, portal, mailbox, email, "Soizic Kermarrec")

    page.goto(portal.url("/user/edit"))
    page.get_by_role("link", name="Double vérification").click()
    inspect(page, "double-verification")
    page.get_by_label("Votre mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Activer la double vérification").click()
    secret = page.locator("#secret").input_value()
    inspect(page, "double-verification-dessin")
    totp = pyotp.TOTP(secret)
    page.get_by_label("Code à six chiffres").fill("000000")
    page.get_by_role("button", name="Activer la double vérification").click()
    expect(page.get_by_role("alert")).to_contain_text("Ce n’est pas le code")
    inspect(page, "double-verification-faux")
    used = totp.now()
    page.get_by_label("Code à six chiffres").fill(used)
    page.get_by_role("button", name="Activer la double vérification").click()
    codes = codes_on(page)
    assert len(codes) == 8
    inspect(page, "double-verification-codes")
    assert "double vérification" in letter_to(mailbox, email)

    wrong = someone()
    give_password(wrong, portal, email)
    give_code(wrong, "000000")
    expect(wrong.get_by_role("alert")).to_contain_text("Ce n’est pas le code")
    give_code(wrong, next_code(totp, used))
    expect(wrong).to_have_url(re.compile("/publier"))

    # Without the telephone: a code of recovery, once only.
    lost = someone()
    give_password(lost, portal, email)
    give_code(lost, codes[0])
    expect(lost).to_have_url(re.compile("/publier"))
    again = someone()
    give_password(again, portal, email)
    give_code(again, codes[0])
    expect(again.get_by_role("alert")).to_contain_text("il a déjà servi")

    lost.goto(portal.url(PAGE))
    expect(lost.get_by_text("Il vous reste 7 codes de secours")).to_be_visible()
    inspect(lost, "double-verification-activee")
    card = lost.locator("#codes")
    card.get_by_label("Votre mot de passe").fill(PASSWORD)
    card.get_by_role("button", name="Afficher de nouveaux codes").click()
    new = codes_on(lost)
    give_code(again, codes[1])
    expect(again.get_by_role("alert")).to_contain_text("Ce n’est pas le code")
    give_code(again, new[0])
    expect(again).to_have_url(re.compile("/publier"))

    lost.goto(portal.url(PAGE))
    card = lost.locator("#remove")
    card.get_by_label("Votre mot de passe").fill("ce n'est pas lui")
    card.get_by_role("button", name="Retirer la double vérification").click()
    expect(lost.get_by_role("alert")).to_contain_text("mot de passe")
    card.get_by_label("Votre mot de passe").fill(PASSWORD)
    card.get_by_role("button", name="Retirer la double vérification").click()
    expect(lost.get_by_text("La double vérification est retirée")).to_be_visible()
    lost.goto(portal.url("/compte/journal"))
    said = lost.get_by_text("a retiré la double vérification de Soizic Kermarrec")
    expect(said).to_be_visible()
    inspect(lost, "journal-compte")
