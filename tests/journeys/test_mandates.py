"""A mandate asked, accepted, renewed and ended by a responsable, with its letters."""

from __future__ import annotations

import datetime
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.integration.mailbox import Mailbox
from tests.journeys.conftest import Portal, log_in, shoot
from tests.journeys.test_every_page import inspect
from tests.journeys.test_people import (
    accept,
    letter_to,
    mailbox,
    new_address,
    someone,
)

__all__ = ["mailbox", "someone"]

ARZON, NAME = "56005", "Arzon"
#: Where who asks for the mandate works.
BADEN = "56008"


def come_in(
    portal: Portal, mailbox: Mailbox, animator: Page, page: Page, *who: str
) -> str:
    """Invite somebody for a commune with a role, and let him come in."""
    code, role, name = who
    email = new_address(role.lower())
    animator.goto(portal.url(f"/equipe/{code}"))
    card = animator.locator("#invite")
    card.get_by_label("Courriel").fill(email)
    card.get_by_label(role, exact=True).check()
    card.get_by_role("button", name="Envoyer l’invitation").click()
    expect(animator.get_by_text(f"L’invitation est envoyée à {email}.")).to_be_visible()
    accept(page, portal, mailbox, email, name)
    return email


def test_asked_accepted_renewed_then_ended(
    portal: Portal, mailbox: Mailbox, someone: Callable[[], Page]
) -> None:
    animator, manager, helper = someone(), someone(), someone()
    log_in(animator, portal, "animatrice")
    both = portal, mailbox, animator
    signs = come_in(*both, manager, ARZON, "Responsable", "Nolwenn Le Goff")
    theirs = come_in(*both, helper, BADEN, "Agent", "Gwenn Tanguy")
    where = portal.url(f"/equipe/{ARZON}/mandats")

    helper.goto(where)
    helper.get_by_role("button", name="Envoyer la demande").click()
    expect(helper.get_by_role("alert")).to_contain_text("Dites qui agira")
    expect(helper.get_by_role("alert")).to_contain_text("Dites pour quelles données")
    inspect(helper, "mandat-demande-vide")
    helper.get_by_label("Vous seul").check()
    helper.get_by_label("Celles choisies ci-dessous").check()
    helper.get_by_label("Budget", exact=True).check()
    helper.get_by_role("button", name="Envoyer la demande").click()
    expect(helper.get_by_text(f"Votre demande est envoyée à {NAME}.")).to_be_visible()
    assert "demande à publier en son nom" in letter_to(mailbox, signs)

    manager.goto(where)
    manager.get_by_role("button", name="Accepter").first.click()
    expect(manager.get_by_text(f"peut agir pour {NAME}")).to_be_visible()
    assert "peut publier en son nom" in letter_to(mailbox, theirs)
    helper.goto(portal.url(f"/publier/{ARZON}"))
    expect(helper.get_by_text(f"pour le compte de {NAME}.")).to_be_visible()

    mailbox.envelopes.clear()
    manager.goto(where)
    manager.locator("summary", has_text="Renouveler").first.click()
    field = manager.get_by_label("Jusqu’au").first
    proposed = datetime.date.fromisoformat(field.input_value())
    assert proposed > datetime.date.today() + datetime.timedelta(days=700)
    inspect(manager, "mandat-renouveler")
    manager.set_viewport_size({"width": 320, "height": 800})
    shoot(manager, "mandat-renouveler-320")
    manager.set_viewport_size({"width": 1366, "height": 768})
    manager.get_by_role("button", name="Renouveler le mandat").first.click()
    expect(manager.get_by_text("Commence plus tard").first).to_be_visible()
    for address in (signs, theirs):
        assert str(proposed.year) in letter_to(mailbox, address)

    mailbox.envelopes.clear()
    for _ in range(2):
        manager.locator("summary", has_text="Y mettre fin").first.click()
        manager.get_by_role("button", name="Confirmer").first.click()
        expect(manager.get_by_text("C’est terminé")).to_be_visible()
    for address in (signs, theirs):
        assert "ne publie plus en son nom" in letter_to(mailbox, address)
    helper.goto(portal.url(f"/publier/{ARZON}"))
    refused = helper.get_by_role("heading", name="réservée à une autre mairie")
    expect(refused).to_be_visible()

    manager.goto(portal.url(f"/equipe/{ARZON}/journal"))
    expect(manager.get_by_text("a mis fin au mandat de").first).to_be_visible()
    expect(manager.get_by_text("a accepté le mandat de").first).to_be_visible()
    expect(manager.get_by_text(f"a invité {signs}")).to_be_visible()
    inspect(manager, "journal-mandats")
