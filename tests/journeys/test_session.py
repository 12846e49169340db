"""A session that ends is said before it does, and one may stay."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Portal, shoot
from tests.journeys.hand import wait_until

ALERT, STATUS = "[data-session=alert]", "[data-session=status]"
STAY, LOGIN = "[data-session=stay]", "[data-session=login]"


@pytest.fixture
def desk(agent_page: Page, portal: Portal) -> Page:
    """The desk, whose clock is the test's."""
    agent_page.clock.install()
    open_desk(agent_page, portal)
    return agent_page


def open_desk(page: Page, portal: Portal) -> None:
    # As the new page begins: the one before may write it until it is gone.
    page.add_init_script("localStorage.removeItem('odl-session')")
    page.goto(portal.url("/publier/56046"))
    # CKAN starts the modules of a page once its texts have come.
    wait_until(page, "localStorage.getItem('odl-session')")
    page.clock.run_for(10_000)


def ends(page: Page) -> dict[str, float]:
    read = "JSON.parse(localStorage.getItem('odl-session'))"
    found: dict[str, float] = page.evaluate(read)
    return found


def test_five_minutes_before_one_may_stay(desk: Page) -> None:
    page = desk
    assert page.locator(ALERT).inner_text() == ""
    expect(page.locator(STAY)).to_be_hidden()
    page.clock.fast_forward("03:54:00")
    expect(page.locator(STAY)).to_be_hidden()
    focused = page.evaluate("document.activeElement.tagName")
    page.clock.fast_forward("01:30")
    expect(page.locator(ALERT)).not_to_be_empty()
    assert page.locator(ALERT).get_attribute("role") == "alert"
    assert page.evaluate("document.activeElement.tagName") == focused
    found = Axe().run(page).response["violations"]
    assert not [(one["id"], one["nodes"][0]["html"][:200]) for one in found]
    shoot(page, "session-fin")
    before = ends(page)
    with page.expect_response("**/compte/session"):
        page.locator(STAY).click()
    expect(page.locator(STAY)).to_be_hidden()
    expect(page.locator(STATUS)).not_to_be_empty()
    assert ends(page)["idle"] > before["idle"]
    page.clock.fast_forward("03:54:00")
    expect(page.locator(ALERT)).to_be_empty()


def test_the_focus_goes_back_to_what_was_being_done(desk: Page) -> None:
    page = desk
    page.locator("main a").first.focus()
    here = page.evaluate("document.activeElement.outerHTML")
    page.clock.fast_forward("03:56:00")
    expect(page.locator(STAY)).to_be_visible()
    page.locator(STAY).click()
    expect(page.locator(STAY)).to_be_hidden()
    assert page.evaluate("document.activeElement.outerHTML") == here


def test_another_window_gives_time_to_this_one(desk: Page, portal: Portal) -> None:
    page = desk
    page.clock.fast_forward("03:56:00")
    expect(page.locator(STAY)).to_be_visible()
    now = page.evaluate("Date.now()")
    other = page.context.new_page()
    other.goto(portal.url("/publier"))
    kept = {"idle": now + 14_400_000, "absolute": now + 20_000_000}
    other.evaluate(
        "kept => localStorage.setItem('odl-session', JSON.stringify(kept))", kept
    )
    expect(page.locator(STAY)).to_be_hidden()
    expect(page.locator(ALERT)).to_be_empty()


def test_the_end_of_the_day_is_said_without_a_button(
    desk: Page, portal: Portal
) -> None:
    page = desk
    now = page.evaluate("Date.now()")
    kept = {"idle": now + 14_400_000, "absolute": now + 14_400_000}
    page.evaluate(
        """kept => {
            const newValue = JSON.stringify(kept);
            window.dispatchEvent(
                new StorageEvent('storage', {key: 'odl-session', newValue})
            );
        }""",
        kept,
    )
    page.clock.fast_forward("03:56:00")
    expect(page.locator(ALERT)).not_to_be_empty()
    expect(page.locator(STAY)).to_be_hidden()
    page.clock.fast_forward("05:00")
    expect(page.locator(LOGIN)).to_be_visible()
    found = Axe().run(page).response["violations"]
    assert not [(one["id"], one["nodes"][0]["html"][:200]) for one in found]


def test_a_portal_that_does_not_answer_keeps_the_button(desk: Page) -> None:
    page = desk
    page.clock.fast_forward("03:56:00")
    page.context.set_offline(True)
    page.locator(STAY).click()
    expect(page.locator(STATUS)).not_to_be_empty()
    expect(page.locator(STAY)).to_be_visible()
    page.context.set_offline(False)
    page.locator(STAY).click()
    expect(page.locator(STAY)).to_be_hidden()
