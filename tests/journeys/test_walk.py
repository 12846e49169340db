"""The walk of an agent: from a town hall's file to a commune's feed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.journeys.conftest import SITE_URL, Portal, log_in, shoot
from tests.journeys.hand import Hand, button, continue_button

DATA = Path(__file__).parent.parent / "data" / "journeys"
MAIN, ANNEXE, LATER = (
    DATA / "budget-principal.csv",
    DATA / "budget-annexe.csv",
    DATA / "budget-principal-2021.csv",
)
ADDRESSES = {
    MAIN: "/donnees/56046/budget/2022-budget-primitif-00010.csv",
    ANNEXE: "/donnees/56046/budget/2021-compte-administratif-00085.csv",
    LATER: "/donnees/56046/budget/2021-compte-administratif-00010.csv",
}


def publish(page: Page, portal: Portal, path: Path, *, name: str = "") -> Hand:
    """Deposit, correct and publish a file whose corrections are all safe."""
    page.goto(portal.url("/publier"))
    hand = Hand(page)
    hand.choose_file(path)
    if name:
        shoot(page, f"{name}-verifier")
    hand.click(button(page, "Appliquer"))
    if name:
        shoot(page, f"{name}-corrige")
    hand.click(continue_button(page))
    if name:
        shoot(page, f"{name}-relire")
    hand.click(button(page, "^Publier$"))
    if name:
        shoot(page, f"{name}-publie")
    return hand


def fetch(portal: Portal, path: str, **headers: str) -> requests.Response:
    return requests.get(
        portal.url(path), headers=headers, timeout=30, allow_redirects=False
    )


def test_the_agent_lands_on_her_desk(agent_page: Page, portal: Portal) -> None:
    expect(agent_page).to_have_url(portal.url("/publier"))
    expect(agent_page.locator("h1")).to_contain_text("Crach")
    shoot(agent_page, "bureau")


def test_five_clicks_and_no_field_from_the_file_to_the_feed(
    agent_page: Page, portal: Portal
) -> None:
    hand = publish(agent_page, portal, MAIN, name="budget")
    hand.tell("task 1")
    assert (hand.clicks, hand.fields) == (5, 0)
    expect(agent_page.locator("h1")).to_contain_text("en ligne")

    published = fetch(portal, ADDRESSES[MAIN])
    assert published.status_code == 200
    rows = published.content.decode("utf-8").splitlines()
    source = MAIN.read_text("utf-8").splitlines()
    assert len(rows) == len(source)
    assert all(row.startswith("budget primitif,2022,") for row in rows[1:])

    feed = fetch(portal, "/catalogue/56046.ttl")
    assert feed.status_code == 200
    assert SITE_URL + ADDRESSES[MAIN] in feed.content.decode("utf-8")


def test_three_budgets_have_three_addresses(agent_page: Page, portal: Portal) -> None:
    for path in (MAIN, ANNEXE, LATER):
        if fetch(portal, ADDRESSES[path]).status_code != 200:
            publish(agent_page, portal, path)
    bodies = {fetch(portal, address).content for address in ADDRESSES.values()}
    assert len(bodies) == 3


def test_the_same_budget_again_asks_before_it_replaces(
    agent_page: Page, portal: Portal
) -> None:
    publish_once(agent_page, portal, MAIN)
    agent_page.goto(portal.url("/publier"))
    hand = Hand(agent_page)
    hand.choose_file(MAIN)
    hand.click(button(agent_page, "Appliquer"))
    hand.click(continue_button(agent_page))
    expect(agent_page.locator("main, .main").first).to_contain_text("déjà publié")


def publish_once(page: Page, portal: Portal, path: Path) -> None:
    """Publish unless an earlier test did."""
    if fetch(portal, ADDRESSES[path]).status_code != 200:
        publish(page, portal, path)


def test_the_original_stays_available_to_the_commune_only(
    agent_page: Page, portal: Portal
) -> None:
    publish_once(agent_page, portal, MAIN)
    agent_page.goto(portal.url("/publier/56046/budget"))
    manage = agent_page.get_by_role("link", name=re.compile("Budget primitif 2022"))
    manage.first.click()
    label = re.compile("tel que vous l’avez déposé")
    link = agent_page.get_by_role("link", name=label).first
    href = link.get_attribute("href") or ""
    with agent_page.expect_download() as download:
        link.click()
    assert Path(download.value.path()).read_bytes() == MAIN.read_bytes()
    path = href[href.index("/publier") :]
    assert fetch(portal, path).status_code in (302, 401, 403)


def test_a_published_file_answers_as_a_harvester_wants(
    agent_page: Page, portal: Portal
) -> None:
    publish_once(agent_page, portal, MAIN)
    address = ADDRESSES[MAIN]
    whole = fetch(portal, address)
    assert whole.headers["Content-Type"].startswith("text/csv")
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    tag = whole.headers["ETag"]
    assert fetch(portal, address, **{"If-None-Match": tag}).status_code == 304
    part = fetch(portal, address, Range="bytes=0-9")
    assert part.status_code == 206
    assert part.content == whole.content[:10]
    head = requests.head(portal.url(address), timeout=30)
    assert head.headers["Content-Length"] == str(len(whole.content))


def test_an_anonymous_visitor_is_sent_to_the_login_page_and_back(
    page: Page, portal: Portal
) -> None:
    page.goto(portal.url("/publier/56046/budget"))
    assert "/user/login" in page.url
    page.locator("input[name=login]").fill("agent")
    page.locator("input[name=password]").fill(portal.accounts["agent"]["password"])
    page.locator("form button[type=submit]").last.click()
    expect(page).to_have_url(portal.url("/publier/56046/budget"))


def test_another_communes_desk_is_closed(agent_page: Page, portal: Portal) -> None:
    answer = agent_page.goto(portal.url("/publier/56260/budget"))
    assert answer is not None
    assert answer.status == 403
    expect(agent_page.locator("body")).to_contain_text("réservée à une autre mairie")


def test_the_animator_finds_a_commune_and_publishes_for_it(
    page: Page, portal: Portal
) -> None:
    log_in(page, portal, "animatrice")
    page.goto(portal.url("/publier"))
    shoot(page, "animatrice")
    page.goto(portal.url("/publier/56046/budget"))
    expect(page.locator("body")).to_contain_text("Crach")


def test_a_double_click_on_publish_publishes_once(
    agent_page: Page, portal: Portal
) -> None:
    publish_once(agent_page, portal, ANNEXE)
    agent_page.goto(portal.url("/publier"))
    hand = Hand(agent_page)
    copy = portal.home.root / "budget-2019.csv"
    text = MAIN.read_text("utf-8").replace(",2022,", ",2019,")
    copy.write_text(text, "utf-8")
    hand.choose_file(copy)
    hand.click(button(agent_page, "Appliquer"))
    hand.click(continue_button(agent_page))
    button(agent_page, "^Publier$").dblclick()
    agent_page.wait_for_load_state()
    expect(agent_page.locator("h1")).to_contain_text("en ligne")
    page_address = portal.url("/api/3/action/package_show?id=budget-crach-56046")
    resources = requests.get(page_address, timeout=30).json()["result"]["resources"]
    keys = [resource["scdl_key"] for resource in resources]
    assert keys.count("2019-budget-primitif-00010") == 1


def test_logging_out_half_way_loses_nothing(agent_page: Page, portal: Portal) -> None:
    copy = portal.home.root / "budget-2018.csv"
    copy.write_text(MAIN.read_text("utf-8").replace(",2022,", ",2018,"), "utf-8")
    agent_page.goto(portal.url("/publier"))
    hand = Hand(agent_page)
    hand.choose_file(copy)
    left = agent_page.url
    agent_page.context.clear_cookies()
    button(agent_page, "Appliquer").click()
    agent_page.wait_for_load_state()
    assert "/user/login" in agent_page.url or "econnect" in agent_page.inner_text(
        "body"
    )
    log_in(agent_page, portal, "agent")
    agent_page.goto(left)
    hand.click(button(agent_page, "Appliquer"))
    hand.click(continue_button(agent_page))
    hand.click(button(agent_page, "^Publier$"))
    expect(agent_page.locator("h1")).to_contain_text("en ligne")


def test_what_was_typed_is_still_there_after_logging_in_again(
    agent_page: Page, portal: Portal
) -> None:
    copy = portal.home.root / "budget-2014.csv"
    copy.write_text(MAIN.read_text("utf-8").replace(",2022,", ",2014,"), "utf-8")
    agent_page.goto(portal.url("/publier"))
    hand = Hand(agent_page)
    hand.choose_file(copy)
    hand.click(button(agent_page, "Appliquer"))
    hand.click(continue_button(agent_page))
    agent_page.locator("summary", has_text="Modifier la fiche").click()
    agent_page.locator("input[name=title]").fill("Budget 2014 de notre commune")
    agent_page.context.clear_cookies()
    button(agent_page, "Enregistrer").click()
    expect(agent_page).to_have_url(re.compile("/user/login"))
    agent_page.locator("input[name=login]").fill("agent")
    agent_page.locator("input[name=password]").fill(
        portal.accounts["agent"]["password"]
    )
    agent_page.locator("form button[type=submit]").last.click()
    expect(agent_page).to_have_url(re.compile("/relire"))
    title = agent_page.locator("input[name=title]")
    expect(title).to_have_value("Budget 2014 de notre commune")
    button(agent_page, "Enregistrer").click()
    expect(agent_page.locator("body")).to_contain_text("Budget 2014 de notre commune")


def test_the_walk_works_without_javascript(portal: Portal, browser) -> None:  # type: ignore[no-untyped-def]
    context = browser.new_context(locale="fr-FR", java_script_enabled=False)
    page = context.new_page()
    log_in(page, portal, "agent")
    copy = portal.home.root / "budget-2017.csv"
    copy.write_text(MAIN.read_text("utf-8").replace(",2022,", ",2017,"), "utf-8")
    page.goto(portal.url("/publier"))
    page.locator("input[type=file]").first.set_input_files(copy)
    button(page, "^Envoyer").click()
    button(page, "Appliquer").click()
    continue_button(page).click()
    button(page, "^Publier$").click()
    expect(page.locator("h1")).to_contain_text("en ligne")
    context.close()


@pytest.mark.parametrize(("width", "year"), [(1280, 2016), (320, 1969)])
def test_the_walk_works_by_keyboard_alone(
    width: int, year: int, agent_page: Page, portal: Portal
) -> None:
    agent_page.set_viewport_size({"width": width, "height": 800})
    copy = portal.home.root / f"budget-{year}.csv"
    copy.write_text(MAIN.read_text("utf-8").replace(",2022,", f",{year},"), "utf-8")
    agent_page.goto(portal.url("/publier"))
    tab_to(agent_page, "el => el.matches('input[type=file]')")
    with agent_page.expect_navigation():
        agent_page.locator("input[type=file]:focus").set_input_files(copy)
    for label in ("Appliquer", "Continuer", "Publier"):
        tab_to(agent_page, f"el => el.innerText.trim().startsWith('{label}')")
        with agent_page.expect_navigation():
            agent_page.keyboard.press("Enter")
    expect(agent_page.locator("h1")).to_contain_text("en ligne")


def tab_to(page: Page, predicate: str) -> None:
    """Press Tab until the focused element is the one wanted, inside the page."""
    for _ in range(120):
        page.keyboard.press("Tab")
        inside = "el => !!el && !!el.closest('main, .main, [role=main]')"
        script = f"() => ({inside})(document.activeElement) && ({predicate})"
        if page.evaluate(f"{script}(document.activeElement)"):
            return
    raise AssertionError(f"no element by keyboard: {predicate}")
