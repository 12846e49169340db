"""What is said of the data: changed on the page that publishes, and never lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.journeys.conftest import Portal, log_in, shoot
from tests.journeys.hand import button, continue_button
from tests.journeys.test_grid import SLOW, another, check_axe
from tests.journeys.test_walk import MAIN

__all__ = ["another"]
CRACH = "56046"
#: A budget that is begun here and never published.
YEAR = 1991


@pytest.fixture
def review(
    another: Callable[[int], BrowserContext], portal: Portal, tmp_path: Path
) -> Callable[[int], Page]:
    """Bring a budget to the page where it is read again, in a window of some width."""

    def bring(width: int) -> Page:
        page = another(width).new_page()
        log_in(page, portal, "agent")
        path = tmp_path / f"budget-{YEAR}.csv"
        path.write_text(MAIN.read_text("utf-8").replace(",2022,", f",{YEAR},"), "utf-8")
        page.goto(portal.url(f"/publier/{CRACH}"))
        with page.expect_navigation():
            page.locator("input[type=file]").first.set_input_files(path)
        button(page, "^Appliquer").click()
        continue_button(page).click()
        page.wait_for_url("**/relire")
        return page

    return bring


def state_of(page: Page) -> Locator:
    return page.locator("form[action$='/fiche'] [role=status]")


@pytest.mark.parametrize("width", [1280, 320])
def test_a_line_is_changed_by_keyboard_and_saves_itself(
    width: int, review: Callable[[int], Page]
) -> None:
    page = review(width)
    link = page.locator("#seen-list a[href='#tag_string']")
    link.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#tag_string")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("comptes, finances locales")
    expect(state_of(page)).to_contain_text("Enregistré à", timeout=SLOW)
    expect(page.locator("#seen-list")).to_contain_text("comptes, finances locales")
    page.locator("#frequency").select_option(label="Deux fois par an")
    expect(page.locator("#seen-list")).to_contain_text("Deux fois par an")
    page.get_by_label("Santé").check()
    expect(page.locator("#seen-list")).to_contain_text("Santé")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    check_axe(page)
    shoot(page, f"fiche-{width}")
    # What cannot be is said beside it, and stays on the screen.
    page.locator("#tag_string").fill("comptes, <b>")
    expect(state_of(page)).to_contain_text("« <b> » ne convient pas", timeout=SLOW)
    expect(page.locator("#tag_string")).to_have_value("comptes, <b>")
    page.reload()
    expect(page.locator("#seen-list")).to_contain_text("comptes, finances locales")
    # The version on the page is the one that saving made: publishing is not refused.
    page.locator("#seen-list a[href='#title']").click()
    page.locator("#title").fill("Les comptes")
    expect(state_of(page)).to_contain_text("Enregistré à", timeout=SLOW)
    page.get_by_text("Supprimer ce brouillon").first.click()
    button(page, "^Oui, supprimer").click()
    expect(page.get_by_text("Rien n’a été publié").first).to_be_visible()


def test_neither_the_network_nor_the_session_takes_what_was_typed(
    review: Callable[[int], Page], portal: Portal
) -> None:
    page = review(1280)
    page.locator("#seen-list a[href='#title']").click()
    page.context.set_offline(True)
    page.locator("#title").fill("Les comptes de la mairie")
    expect(state_of(page)).to_contain_text("Connexion perdue", timeout=SLOW)
    page.context.set_offline(False)
    page.locator("#notes").fill("Tous les comptes de la mairie, votés en mars. " * 3)
    expect(state_of(page)).to_contain_text("Enregistré à", timeout=SLOW)
    expect(page.locator("#seen-list")).to_contain_text("Les comptes de la mairie")
    address = page.url
    page.context.clear_cookies()
    page.locator("#title").fill("Les comptes de 1991")
    expect(state_of(page)).to_contain_text("Reconnectez-vous", timeout=SLOW)
    log_in(page, portal, "agent")
    page.goto(address)
    page.locator("#seen-list a[href='#title']").click()
    expect(page.locator("#title")).to_have_value("Les comptes de 1991")
    button(page, "^Enregistrer").click()
    expect(page.locator("#seen-list")).to_contain_text("Les comptes de 1991")


def test_publishing_waits_for_what_was_just_typed(
    review: Callable[[int], Page],
) -> None:
    page = review(1280)
    sent: list[str] = []

    def note(route: Route) -> None:
        sent.append(route.request.url.rpartition("/")[2])
        if sent[-1] == "publier":
            # The page stays: nothing is published.
            route.fulfill(status=204)
        else:
            route.continue_()

    page.route("**/depot/*/fiche", note)
    page.route("**/depot/*/publier", note)
    page.locator("#seen-list a[href='#title']").click()
    page.locator("#title").fill("Les comptes, au dernier moment")
    button(page, "^Publier$").click()
    expect(page.locator("#seen-list")).to_contain_text("au dernier moment")
    page.wait_for_timeout(500)
    assert sent == ["fiche", "publier"]


def test_publishing_waits_for_what_is_refused_to_be_mended(
    review: Callable[[int], Page],
) -> None:
    page = review(1280)
    page.locator("#seen-list a[href='#tag_string']").click()
    page.locator("#tag_string").fill("<b>")
    button(page, "^Publier$").click()
    expect(state_of(page)).to_contain_text("ne convient pas", timeout=SLOW)
    expect(state_of(page)).to_be_focused()
    assert page.url.endswith("/relire")


def test_a_colleague_who_changed_it_first_is_not_overwritten(
    review: Callable[[int], Page],
    another: Callable[[int], BrowserContext],
    portal: Portal,
) -> None:
    mine, theirs = review(1280), another(1280).new_page()
    log_in(theirs, portal, "animatrice")
    theirs.goto(mine.url)
    for page in (theirs, mine):
        page.locator("#seen-list a[href='#title']").click()
    theirs.locator("#title").fill("Comptes lus par l'animatrice")
    expect(state_of(theirs)).to_contain_text("Enregistré à", timeout=SLOW)
    mine.locator("#title").fill("Comptes lus par l'agent")
    expect(state_of(mine)).to_contain_text("a changé", timeout=SLOW)
    expect(mine.locator("#title")).to_have_value("Comptes lus par l'agent")
    mine.reload()
    expect(mine.locator("#seen-list")).to_contain_text("lus par l'animatrice")
