"""A table filled in online: by keyboard, by pasting, by two people, off line."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.journeys.conftest import Portal, log_in, shoot

SLOW = 15_000
ROW = {
    "dateConvention": "2024-04-03",
    "nomBeneficiaire": "Les amis du port",
    "objet": "Fête du port",
    "montant": "1200",
}


def sheet(schema: str = "subventions") -> str:
    """A table of one's own: the portal of the run is never emptied."""
    return f"/publier/56046/{schema}/saisie?tableau=essai-{uuid.uuid4().hex[:12]}"


def part(page: Page, name: str) -> str:
    return page.locator(f"[data-grid={name}]").inner_text()


def active(page: Page) -> str:
    """Title and row of the active cell."""
    index = page.evaluate(
        "document.activeElement.closest('tr').getAttribute('aria-rowindex')"
    )
    return f"{part(page, 'title')} {int(index) - 1}"


def saved(page: Page) -> None:
    """Wait until all is on the server."""
    expect(page.locator("[data-grid=state][data-name=saved]")).to_be_visible(
        timeout=SLOW
    )


def cells(page: Page) -> list[list[str]]:
    """The rows that hold something, as they are drawn."""
    rows: list[list[str]] = page.evaluate(
        """() => [...document.querySelectorAll('tbody tr[data-row]')].map(
        row => [...row.querySelectorAll('td')].map(cell => cell.textContent))"""
    )
    return [row for row in rows if any(row)]


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def reload(page: Page) -> None:
    """Load the page again, and wait for the grid."""
    page.reload()
    expect(page.locator("td[role=gridcell]").first).to_be_visible()


def tab_to(page: Page, selector: str, key: str = "Tab") -> None:
    """Press Tab, or Shift+Tab, until an element has the focus, once it is drawn."""
    page.locator(selector).first.wait_for()
    for _ in range(80):
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
        page.keyboard.press(key)
    raise AssertionError(f"Tab never reaches {selector}")


def check_axe(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert not [(one["id"], one["nodes"][0]["html"][:200]) for one in found]


@pytest.fixture
def another(browser: Browser) -> Iterator[Callable[[int], BrowserContext]]:
    """Open one more browser, of some width."""
    opened: list[BrowserContext] = []

    def make(width: int) -> BrowserContext:
        view = {"width": width, "height": 768}
        one = browser.new_context(locale="fr-FR", viewport=view)
        one.set_default_timeout(20_000)
        opened.append(one)
        return one

    yield make
    for one in opened:
        one.close()


def test_a_table_is_filled_in_by_keyboard_alone(
    agent_page: Page, portal: Portal
) -> None:
    page = agent_page
    page.goto(portal.url("/publier/56046/saisie"))
    tab_to(page, 'a[href="/publier/56046/subventions/saisie"]')
    page.keyboard.press("Enter")
    page.goto(portal.url(sheet()))
    tab_to(page, "td[role=gridcell]")
    assert page.locator("[role=grid] [tabindex='0']").count() == 1
    assert active(page) == "Date de la convention 1"

    page.keyboard.type("2024-04-03")
    press(page, "Tab")
    page.keyboard.type("Les amis du port")
    press(page, "Tab")
    page.keyboard.type("Fête")
    press(page, "Escape")
    assert part(page, "title") == "Objet"
    assert cells(page)[0][2] == "", "Escape gives up what is being typed"
    page.keyboard.type("Fête du port")
    press(page, "Tab")
    page.keyboard.type("1200")
    press(page, "Tab")
    # The first letters of a value choose it in its list.
    page.keyboard.type("aide en nature")
    press(page, "Enter")
    assert active(page) == "Nature de l’aide 2"
    saved(page)
    assert cells(page)[0][:4] == list(ROW.values())
    assert cells(page)[0][4].startswith("aide en na")

    press(page, "Home", "Control+;")
    today = page.evaluate(
        "new Date(Date.now() - new Date().getTimezoneOffset() * 60000)"
        ".toISOString().slice(0, 10)"
    )
    assert cells(page)[1][0] == today
    press(page, "ArrowRight", "Control+d")
    assert cells(page)[1][1] == "Les amis du port"
    press(page, "Delete")
    assert cells(page)[1][1] == ""
    press(page, "Control+z")
    assert cells(page)[1][1] == "Les amis du port"
    press(page, "Control+y")
    assert cells(page)[1][1] == ""
    press(page, "Control+Home", "Shift+ArrowRight", "Shift+ArrowDown", "Delete")
    assert [row[:2] for row in cells(page)] == [["", ""]]
    press(page, "Control+z")
    assert [row[0] for row in cells(page)] == ["2024-04-03", today]

    press(page, "Control+End", "Shift+F10")
    expect(page.get_by_role("menu")).to_be_visible()
    press(page, "ArrowDown", "Enter")
    expect(page.get_by_role("menu")).to_be_hidden()
    assert len(cells(page)) == 1
    press(page, "Control+z")
    assert len(cells(page)) == 2
    saved(page)
    reload(page)
    assert [row[0] for row in cells(page)] == ["2024-04-03", today]
    check_axe(page)


def test_escape_then_tab_leaves_the_table(agent_page: Page, portal: Portal) -> None:
    page = agent_page
    page.goto(portal.url(sheet()))
    tab_to(page, "td[role=gridcell]")
    press(page, "Tab", "Tab", "Shift+Tab")
    assert active(page) == "Bénéficiaire 1"
    press(page, "Escape")
    assert part(page, "message"), "leaving is announced"
    page.keyboard.type("1")
    press(page, "Tab", "Escape")
    # What the server answers meanwhile redraws the table, and takes no one back.
    expect(page.locator("[data-grid=count]")).not_to_be_empty(timeout=SLOW)
    press(page, "Tab")
    assert not page.evaluate("document.activeElement.matches('td')")
    press(page, "Shift+Tab")
    press(page, "ArrowRight", "Tab")
    assert active(page).endswith(" 1"), "another key holds one in again"
    inside = "document.activeElement.closest('[role=grid]') !== null"
    assert page.evaluate(inside)
    press(page, "Escape", "Tab")
    assert not page.evaluate(inside)
    tab_to(page, "[data-grid=optional]")
    press(page, "Shift+Tab")
    assert page.evaluate(inside), "one stop of Tab, from both sides"
    press(page, "Escape", "Shift+Tab")
    assert not page.evaluate(inside)


def test_what_is_found_is_told_and_corrected_by_keyboard(
    agent_page: Page, portal: Portal
) -> None:
    page = agent_page
    page.goto(portal.url(sheet()))
    tab_to(page, "td[role=gridcell]")
    page.keyboard.type("03/04/2024")
    press(page, "Enter", "Control+Home")
    expect(page.locator("td[aria-invalid=true]").first).to_be_visible(timeout=SLOW)
    press(page, "F8", "Control+Home")
    said = page.locator("#odl-grid-finding")
    expect(said).to_contain_text("3 avril 2024")
    described = page.evaluate("document.activeElement.getAttribute('aria-describedby')")
    assert "odl-grid-finding" in described
    shoot(page, "grille-point")
    check_axe(page)
    press(page, "Escape", "Tab")
    tab_to(page, "[data-grid=correct]")
    page.keyboard.press("Enter")
    saved(page)
    assert cells(page)[0][0] == "2024-04-03"
    expect(said).not_to_contain_text("3 avril")


def test_optional_columns_are_shown_on_demand(agent_page: Page, portal: Portal) -> None:
    page = agent_page
    page.goto(portal.url(sheet()))
    button = page.locator("[data-grid=optional]")
    # Drawn by the script of the page, which a busy machine loads late.
    expect(page.locator("[role=columnheader]").first).to_be_visible()
    before = page.locator("[role=columnheader]").count()
    optional = int(re.findall(r"\d+", button.inner_text())[0])
    button.click()
    assert page.locator("[role=columnheader]").count() == before + optional
    expect(button).to_have_attribute("aria-expanded", "true")
    count = page.locator("[role=grid]").get_attribute("aria-colcount")
    assert count == str(before + optional)


def late(page: Page, name: str) -> list[Route]:
    """Hold back what the page asks of the server under a name."""
    held: list[Route] = []
    page.route(re.compile(f"/saisie/appel/{name}"), lambda route: held.append(route))
    return held


def test_a_row_taken_out_stays_out_while_answers_are_late(
    agent_page: Page, portal: Portal
) -> None:
    page = agent_page
    page.goto(portal.url(sheet()))
    tab_to(page, "td[role=gridcell]")
    page.keyboard.type("2024-04-03")
    press(page, "Enter")
    saved(page)
    saving, removing = late(page, "save"), late(page, "rows")
    press(page, "Control+Home")
    page.keyboard.type("2024-05-01")
    press(page, "Enter", "Control+Home", "Shift+F10")
    menu = page.get_by_role("menu")
    expect(menu).to_be_visible()
    press(page, "ArrowDown", "Enter")
    assert cells(page) == []
    assert active(page) == "Date de la convention 1", "the focus comes back"
    # The cell is saved, the row is yet to be taken out at the server.
    with page.expect_request(re.compile("/appel/rows")):
        saving[0].continue_()
    page.wait_for_timeout(100)
    assert cells(page) == []
    removing[0].continue_()
    saved(page)
    reload(page)
    assert cells(page) == []


def paste(page: Page, text: str) -> None:
    """Copy as a spreadsheet does, then press Ctrl+V."""
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+v")


@pytest.fixture
def pasting(agent_page: Page, portal: Portal) -> Page:
    agent_page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    agent_page.goto(portal.url(sheet()))
    tab_to(agent_page, "td[role=gridcell]")
    return agent_page


def test_forty_two_rows_are_pasted_and_taken_back(pasting: Page) -> None:
    page = pasting
    days = ["03/04/2024"] * 12 + ["2024-04-03"] * 30
    lines = [f"{day}\tAmis {at}\t{at}" for at, day in enumerate(days)]
    paste(page, "Date de la convention\tBénéficiaire\tMontant\n" + "\n".join(lines))
    message = page.locator("[data-grid=message]")
    expect(message).to_contain_text("42")
    expect(message).to_contain_text("12")
    saved(page)
    assert cells(page)[0][:4] == ["2024-04-03", "Amis 0", "", "0"]
    assert page.locator("[role=grid]").get_attribute("aria-rowcount") == "44"
    shoot(page, "grille-collee")
    page.locator("[data-grid=undo]").click()
    assert cells(page) == []
    saved(page)
    reload(page)
    assert cells(page) == []


def test_a_number_that_lost_its_digits_is_refused_with_what_to_do(
    pasting: Page,
) -> None:
    paste(pasting, "Fête\t2,15E+13")
    expect(pasting.locator("[data-grid=message]")).to_contain_text("2,15E+13")
    assert cells(pasting) == []


def test_what_is_copied_is_what_a_spreadsheet_reads(pasting: Page) -> None:
    page = pasting
    paste(page, '2024-04-03\t"deux\nlignes ""à moi"""\tFête')
    saved(page)
    press(page, "Control+Home", "Shift+End", "Control+c")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith('2024-04-03\t"deux\nlignes ""à moi"""\tFête\t')
    press(page, "Control+Home", "ArrowDown")
    page.keyboard.press("Control+v")
    expect(page.locator("tbody tr[data-row] td", has_text="Fête")).to_have_count(2)
    assert cells(page)[0] == cells(page)[1]


def test_two_people_in_one_cell_lose_nothing(
    agent_page: Page, portal: Portal, another: Callable[[int], BrowserContext]
) -> None:
    mine, theirs = agent_page, another(1366).new_page()
    log_in(theirs, portal, "animatrice")
    address = portal.url(sheet())
    mine.goto(address)
    tab_to(mine, "td[role=gridcell]")
    mine.keyboard.type("2024-04-03")
    press(mine, "Enter")
    saved(mine)
    theirs.goto(address)
    tab_to(theirs, "td[role=gridcell]")
    theirs.keyboard.type("2024-05-01")
    press(theirs, "Tab")
    theirs.keyboard.type("Leur ligne")
    press(theirs, "Enter")
    saved(theirs)

    press(mine, "Control+Home")
    mine.keyboard.type("2024-06-21")
    press(mine, "Enter")
    panel = mine.locator("[data-odl-conflicts]")
    expect(panel).to_be_visible(timeout=SLOW)
    expect(panel).to_contain_text("2024-06-21")
    expect(panel).to_contain_text("2024-05-01")
    assert cells(mine)[0][:2] == ["2024-05-01", "Leur ligne"], "both see the same"
    assert panel.locator("input[type=radio]:checked").count() == 0
    shoot(mine, "grille-conflit")
    check_axe(mine)
    panel.locator("input[type=radio][value=mine]").check()
    panel.locator("button[type=submit]:not([name])").click()
    mine.wait_for_load_state()
    expect(mine.locator("[data-odl-conflicts]")).to_have_count(0)
    assert cells(mine)[0][:2] == ["2024-06-21", "Leur ligne"]
    reload(theirs)
    assert cells(theirs)[0][:2] == ["2024-06-21", "Leur ligne"]


def test_without_a_network_nothing_typed_is_lost(
    agent_page: Page, portal: Portal
) -> None:
    page = agent_page
    address = portal.url(sheet())
    page.goto(address)
    tab_to(page, "td[role=gridcell]")
    page.context.set_offline(True)
    page.keyboard.type("2024-04-03")
    press(page, "Tab")
    page.keyboard.type("Amis")
    press(page, "Tab")
    expect(page.locator("[data-grid=state][data-name=lost]")).to_be_visible()
    # The computer is switched off, then on again.
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto(address)
    saved(page)
    assert cells(page)[0][:2] == ["2024-04-03", "Amis"]
    stored = "Object.keys(localStorage).filter(key => key.startsWith('odl-grid'))"
    assert page.evaluate(stored) == [], "the local copy goes once the server has it"
    reload(page)
    assert cells(page)[0][:2] == ["2024-04-03", "Amis"]


def test_two_windows_off_line_lose_nothing_of_either(
    agent_page: Page, portal: Portal
) -> None:
    first, second = agent_page, agent_page.context.new_page()
    address = portal.url(sheet())
    for page in (first, second):
        page.goto(address)
        tab_to(page, "td[role=gridcell]")
    first.context.set_offline(True)
    for page, name in ((first, "Une"), (second, "Deux")):
        press(page, "ArrowRight")
        page.keyboard.type(name)
        press(page, "Enter")
        expect(page.locator("[data-grid=state][data-name=lost]")).to_be_visible()
        page.goto("about:blank")
    second.close()
    first.context.set_offline(False)
    first.goto(address)
    saved(first)
    assert sorted(row[1] for row in cells(first)) == ["Deux", "Une"]


def test_a_session_that_ends_keeps_what_is_typed(
    agent_page: Page, portal: Portal
) -> None:
    page = agent_page
    page.goto(portal.url(sheet()))
    tab_to(page, "td[role=gridcell]")
    kept = page.context.cookies()
    page.context.clear_cookies()
    page.keyboard.type("2024-04-03")
    press(page, "Tab")
    expect(page.locator("[data-grid=login]")).to_be_visible()
    # She logs in again in another tab.
    page.context.add_cookies(kept)
    saved(page)
    assert cells(page)[0][0] == "2024-04-03"


def test_two_thousand_rows_stay_light(pasting: Page) -> None:
    page = pasting
    paste(page, "\n".join(f"2024-04-03\tAmis {at}" for at in range(1900)))
    expect(page.locator("[data-grid=message]")).to_contain_text("1900", timeout=SLOW)
    saved(page)
    assert page.locator("tbody tr[data-row]").count() < 100
    press(page, "Control+End")
    assert active(page).endswith(" 1900")
    press(page, "Home", "PageUp")
    assert active(page) == "Date de la convention 1890"
    page.keyboard.type("2024-12-31")
    press(page, "Enter")
    saved(page)
    reload(page)
    rows = page.locator("[role=grid]").get_attribute("aria-rowcount")
    assert rows == "1902"


def test_a_table_is_checked_and_leads_to_publishing(
    agent_page: Page, portal: Portal
) -> None:
    page = agent_page
    page.goto(portal.url(sheet("prenoms")))
    tab_to(page, "td[role=gridcell]")
    columns = page.locator("[role=columnheader]").count() - 1
    for _ in range(columns):
        page.keyboard.type("1")
        press(page, "Tab")
    # Pressed at once: what is still on its way arrives first.
    press(page, "Escape", "Shift+Tab")
    tab_to(page, "[data-grid=publish] button", "Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/publier/depot/"))
    expect(page.locator("h1")).to_be_visible()


def test_a_narrow_screen_opens_row_by_row(
    portal: Portal, another: Callable[[int], BrowserContext]
) -> None:
    page = another(320).new_page()
    log_in(page, portal, "agent")
    page.goto(portal.url(sheet()))
    page.wait_for_url(re.compile(r"/saisie/ligne/1"))
    width = "document.documentElement.scrollWidth"
    assert page.evaluate(width) <= 320
    check_axe(page)
    shoot(page, "ligne-320")
    for name, value in ROW.items():
        tab_to(page, f"[name='cell-{name}']")
        if name == "dateConvention":
            page.locator(f"[name='cell-{name}']").fill(value)
        else:
            page.keyboard.type(value)
    tab_to(page, "form.odl-grid-form button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("verifiee=oui"))
    assert page.locator("[role=alert] a").count() > 0
    # CKAN starts the modules of a page once its texts have come, after its loading.
    expect(page.locator("[role=alert][tabindex]")).to_be_focused()
    assert page.locator("[name='cell-objet']").input_value() == ROW["objet"]
    assert page.evaluate(width) <= 320
    check_axe(page)
    shoot(page, "ligne-320-points")
    press(page, "Tab", "Enter")
    focused = page.evaluate("document.activeElement.name")
    assert focused.startswith("cell-"), "the summary leads to the field"
