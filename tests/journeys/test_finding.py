"""Finding an authority: as the owner of a dataset, and in the list of all."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import Portal, log_in
from tests.journeys.test_every_page import inspect

EPCI = "200043123"


def test_an_owner_is_found_by_the_keyboard(page: Page, portal: Portal) -> None:
    log_in(page, portal, "animatrice")
    page.goto(portal.url("/dataset/new"))
    owner = page.get_by_label("Organisation")
    owner.focus()
    page.keyboard.type("locmariaq")
    listed = page.locator("#owner-choices option[value='Locmariaquer (56116)']")
    expect(listed).to_have_count(1)
    inspect(page, "proprietaire")
    owner.focus()
    # The list is the browser's own, which no script can open: its words are typed.
    owner.fill("Locmariaquer (56116)")
    expect(owner).to_have_value("Locmariaquer (56116)")


def test_an_owner_that_is_none_is_told_and_kept(page: Page, portal: Portal) -> None:
    log_in(page, portal, "animatrice")
    page.goto(portal.url("/dataset/new"))
    page.locator("#field-title").fill("Menus des écoles")
    page.locator("#field-organizations").fill("Ys")
    page.get_by_role("button", name="Suivant").click()
    owner = page.locator("#field-organizations")
    expect(owner).to_have_value("Ys")
    expect(page.locator("#field-title")).to_have_value("Menus des écoles")
    expect(page.get_by_role("alert").first).to_be_visible()
    inspect(page, "proprietaire-inconnu")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_the_list_is_narrowed_to_an_intercommunality(
    browser: Browser, portal: Portal, *, scripts: bool
) -> None:
    context = browser.new_context(locale="fr-FR", java_script_enabled=scripts)
    page = context.new_page()
    # Other journeys bring in other départements, of which one is chosen first.
    page.goto(portal.url("/organization/?departement=56"))
    everyone = page.locator(".odl-results-title").inner_text()
    page.get_by_label("Intercommunalité").select_option(EPCI)
    page.get_by_role("button", name="Trouver").click()
    page.wait_for_url(f"**epci={EPCI}**")
    expect(page.locator(".odl-authorities__name", has_text="Crach")).to_be_visible()
    assert page.locator(".odl-results-title").inner_text() != everyone
    expect(page.get_by_label("Intercommunalité")).to_have_value(EPCI)
    if scripts:
        inspect(page, "collectivites-filtrees")
    context.close()


def test_the_form_of_agreement_says_what_is_sent(page: Page, portal: Portal) -> None:
    log_in(page, portal, "agent")
    page.goto(portal.url("/transmission"))
    inspect(page, "transmission")
    page.get_by_role("button", name="Suivre ma collectivité").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    inspect(page, "transmission-acceptee")
    page.get_by_role("button", name="Ne plus suivre ma collectivité").click()
    expect(page.get_by_text("Vous n’avez pas donné votre accord")).to_be_visible()
