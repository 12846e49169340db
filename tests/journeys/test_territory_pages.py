"""A visitor finds a commune, walks the territory and reads its page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import Portal, log_in
from tests.journeys.test_every_page import inspect

HEAD, EPCI = "225600014", "200043123"
PAGES = {
    "territoire": "/territoire",
    "territoire-departement": f"/territoire/{HEAD}",
    "territoire-epci": f"/territoire/{EPCI}",
    "page-commune": "/commune/56046",
    "page-petite-commune": "/commune/56069",
    "page-epci": f"/collectivite/{EPCI}",
    "page-departement": f"/collectivite/{HEAD}",
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_the_territory(name: str, page: Page, portal: Portal) -> None:
    page.goto(portal.url(PAGES[name]))
    inspect(page, name)


def test_a_folded_list_of_obligations_opens(page: Page, portal: Portal) -> None:
    page.goto(portal.url(PAGES["page-commune"]))
    for summary in page.locator(".odl-more > summary").all():
        summary.click()
    inspect(page, "page-commune-obligations")


@pytest.mark.parametrize(
    ("typed", "reached"),
    [("Crach", "crach-56046"), ("56950", "crach-56046"), ("auray", "auray-56007")],
)
def test_home_leads_to_ones_commune_in_one_step(
    typed: str, reached: str, page: Page, portal: Portal
) -> None:
    page.goto(portal.url("/"))
    page.locator("#home-commune").focus()
    page.keyboard.type(typed)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/organization/{reached}")


def test_a_postal_code_of_several_lets_one_choose(page: Page, portal: Portal) -> None:
    page.goto(portal.url("/"))
    page.locator("#home-commune").fill("56400")
    page.keyboard.press("Enter")
    page.wait_for_url("**/organization/?q=56400")
    page.get_by_role("link", name="Auray", exact=True).click()
    page.wait_for_url("**/organization/auray-56007")


def test_a_level_unfolds_and_folds_by_the_keyboard(page: Page, portal: Portal) -> None:
    page.goto(portal.url("/territoire"))
    head = page.locator(f"a[hx-target='#below-{HEAD}']")
    expect(head).to_have_attribute("aria-expanded", "false")
    head.focus()
    page.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-expanded", "true")
    inner = page.locator(f"a[hx-target='#below-{EPCI}']")
    expect(inner).to_have_attribute("aria-expanded", "false")
    # The focus stays where the visitor is.
    expect(head).to_be_focused()
    inner.focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("link", name="Crach", exact=True)).to_be_visible()
    inspect(page, "territoire-deplie")
    inner.focus()
    page.keyboard.press("Enter")
    expect(inner).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_role("link", name="Crach", exact=True)).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Crach", exact=True)).to_be_visible()
    assert page.url.endswith("/territoire")


def test_without_javascript_each_level_is_a_page(
    browser: Browser, portal: Portal
) -> None:
    context = browser.new_context(locale="fr-FR", java_script_enabled=False)
    page = context.new_page()
    page.goto(portal.url("/territoire"))
    page.locator(f"a[href='/territoire/{HEAD}']").click()
    page.locator(f"a[href='/territoire/{EPCI}']").click()
    page.get_by_role("link", name="Crach", exact=True).click()
    assert page.url.endswith("/organization/crach-56046")
    trail = page.locator(".breadcrumb a").all_inner_texts()
    assert trail[-1] == "Crach"
    assert len(trail) == 5
    context.close()


SET_PERIMETER = """async ([colour, token]) => {
  const answer = await fetch("/api/3/action/odlocale_perimeter_set", {
    method: "POST",
    headers: {"Content-Type": "application/json", "X-CSRFToken": token},
    body: JSON.stringify({
      atd_siren: "225600014", name: "Département du Morbihan", colour: colour,
      definition: {include: [{kind: "departement", code: "56"}]}
    })
  });
  return (await answer.json()).success;
}"""
COLOUR_OF = "element => getComputedStyle(element).borderTopColor"


def set_colour(page: Page, colour: str) -> None:
    token = page.locator("meta[name=_csrf_token]").get_attribute("content")
    assert page.evaluate(SET_PERIMETER, [colour, token])


def test_the_colour_of_an_authority_is_seen_on_its_pages(
    page: Page, portal: Portal
) -> None:
    log_in(page, portal, "admin")
    set_colour(page, "#7a1f5c")
    try:
        for address in (PAGES["page-commune"], "/publier/56046"):
            page.goto(portal.url(address))
            assert (
                page.locator(".odl-nav__publish").evaluate(COLOUR_OF)
                == "rgb(122, 31, 92)"
            )
            inspect(page, f"couleur-{address.split('/')[1]}")
        page.goto(portal.url("/dataset/"))
        assert (
            page.locator(".odl-nav__publish").evaluate(COLOUR_OF) == "rgb(0, 93, 122)"
        )
    finally:
        set_colour(page, "")


def test_the_form_of_a_page_asks_for_an_agreement(page: Page, portal: Portal) -> None:
    log_in(page, portal, "admin")
    page.goto(portal.url("/organization/edit/crach-56046"))
    page.locator("#field-contact_person").fill("Camille Modèle")
    page.locator("form button[type=submit][name=save]").last.click()
    page.wait_for_url("**/organization/crach-56046")
    assert "Camille Modèle" not in page.content()
    page.goto(portal.url("/organization/edit/crach-56046"))
    expect(page.locator("#field-contact_person")).to_have_value("")
    page.locator("#field-contact_person").fill("Camille Modèle")
    page.locator("#field-contact_person_consent").check()
    page.locator("form button[type=submit][name=save]").last.click()
    page.wait_for_url("**/organization/crach-56046")
    expect(page.get_by_text("Camille Modèle")).to_be_visible()
    page.goto(portal.url("/organization/edit/crach-56046"))
    page.locator("#field-contact_person_consent").uncheck()
    page.locator("form button[type=submit][name=save]").last.click()
    page.wait_for_url("**/organization/crach-56046")
    assert "Camille Modèle" not in page.content()
