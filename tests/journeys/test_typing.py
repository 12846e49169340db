"""Tasks of a town hall that types its data: twelve places by keyboard, and a bad day.

The portal of the run is never emptied: the ATD's animator types for a commune that no
other walk publishes for.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.journeys.conftest import Portal, count, log_in, shoot
from tests.journeys.hand import Hand, button, continue_button
from tests.journeys.test_grid import (
    SLOW,
    active,
    another,
    cells,
    check_axe,
    press,
    reload,
    saved,
    sheet,
    tab_to,
)
from tests.journeys.test_walk import fetch

__all__ = ["another"]
CARNAC, PLOUHARNEL = "56034", "56168"
PLACES = [
    "Mairie", "Groupe scolaire", "Salle des fêtes", "Stade", "Chapelle", "Bibliothèque",
    "Gymnase", "Cimetière", "Crèche", "Marché", "Office de tourisme", "Musée",
]  # fmt: skip
#: What is typed wrong: in which row, which column, and what it should have been.
SEEDED = {(4, 0): "56034-0101", (8, 9): "quarante-sept"}


def row_of(number: int, name: str) -> list[str]:
    """What is typed for one place, in the order of the required columns."""
    code = f"0101040{number % 9}-{number:03}"
    return [
        f"{CARNAC}-0101040{number % 9}-{number:03}", "Equipement administratif", code,
        name, f"{name} de Carnac", str(number), "Rue du Tumulus", "56340", "Carnac",
        f"47.58{number:02}", f"-3.07{number:02}",
    ]  # fmt: skip


def test_twelve_places_are_typed_and_published_without_a_mouse(
    page: Page, portal: Portal
) -> None:
    log_in(page, portal, "animatrice")
    address = f"/donnees/{CARNAC}/equipements/complet.csv"
    assert fetch(portal, address).status_code == 404, "make clean"
    began = time.monotonic()
    page.goto(portal.url(f"/publier/{CARNAC}/equipements/saisie"))
    hand = Hand(page)
    tab_to(page, "td[role=gridcell]")
    rows = [row_of(at, name) for at, name in enumerate(PLACES, 1)]
    for at, row in enumerate(rows):
        for column, right in enumerate(row):
            page.keyboard.type(SEEDED.get((at, column), right))
            press(page, "Tab" if column < len(row) - 1 else "Enter")
        press(page, "Home")
        assert active(page) == f"Identifiant unique {at + 2}"
    saved(page)
    expect(page.locator("td[aria-invalid=true]")).to_have_count(2, timeout=SLOW)
    shoot(page, "saisie-equipements")
    check_axe(page)
    # From one error to the next, each typed over.
    press(page, "Control+Home")
    for at, column in SEEDED:
        press(page, "F8")
        assert active(page).endswith(f" {at + 1}")
        page.keyboard.type(rows[at][column])
        press(page, "Enter")
    expect(page.locator("td[aria-invalid=true]")).to_have_count(0, timeout=SLOW)
    saved(page)
    assert [row[:11] for row in cells(page)] == rows
    # Nothing holds her in the table, nor on the pages that follow.
    press(page, "Escape", "Shift+Tab")
    tab_to(page, "[data-grid=publish] button", "Shift+Tab")
    press(page, "Enter")
    page.wait_for_url(re.compile("/publier/depot/"))
    if continue_button(page).count():
        activate(page, continue_button(page), mouse=False)
    activate(page, button(page, "^Publier$"), mouse=False)
    expect(page.locator("h1")).to_contain_text("en ligne")
    assert hand.clicks == 0
    minutes = (time.monotonic() - began) / 60
    count(f"task 3: 0 clicks, {len(rows) * len(rows[0])} cells, {minutes:.1f} min")
    published = fetch(portal, address).content.decode().splitlines()
    assert len(published) == 1 + len(PLACES)
    for name, line in zip(PLACES, published[1:], strict=True):
        assert f"{name} de Carnac" in line


def test_a_bad_day_loses_no_keystroke(
    agent_page: Page, portal: Portal, another: Callable[[int], BrowserContext]
) -> None:
    """The session ends, the network drops, a colleague writes in the same cells."""
    began = time.monotonic()
    mine, theirs = agent_page, another(1366).new_page()
    log_in(theirs, portal, "animatrice")
    address = portal.url(sheet())
    mine.goto(address)
    tab_to(mine, "td[role=gridcell]")
    mine.keyboard.type("2024-04-03")
    press(mine, "Tab")
    saved(mine)
    # The session ends while she types; she logs in again in another tab.
    kept = mine.context.cookies()
    mine.context.clear_cookies()
    mine.keyboard.type("Les amis du port")
    press(mine, "Tab")
    expect(mine.locator("[data-grid=login]")).to_be_visible()
    mine.keyboard.type("Fête du port")
    press(mine, "Tab")
    mine.context.add_cookies(kept)
    saved(mine)
    # The network drops; a colleague meanwhile writes another row, and her amount.
    mine.context.set_offline(True)
    mine.keyboard.type("1200")
    press(mine, "Tab")
    expect(mine.locator("[data-grid=state][data-name=lost]")).to_be_visible()
    theirs.goto(address)
    tab_to(theirs, "td[role=gridcell]")
    press(theirs, "ArrowRight", "ArrowRight", "ArrowRight")
    theirs.keyboard.type("1500")
    press(theirs, "Enter", "Home")
    theirs.keyboard.type("2024-05-01")
    press(theirs, "Enter")
    saved(theirs)
    mine.context.set_offline(False)
    panel = mine.locator("[data-odl-conflicts]")
    expect(panel).to_be_visible(timeout=SLOW)
    expect(panel).to_contain_text("1200")
    expect(panel).to_contain_text("1500")
    home = mine.context.new_page()
    home.goto(portal.url("/publier/56046"))
    expect(home.locator("#alerts")).to_contain_text("attendent votre choix")
    home.close()
    # It is hers to choose: her colleague is not told.
    theirs.goto(portal.url("/publier/56046"))
    expect(theirs.locator("#next")).to_be_visible()
    expect(theirs.get_by_text("attendent votre choix")).to_have_count(0)
    panel.locator("input[type=radio][value=mine]").check()
    panel.locator("button[type=submit]:not([name])").click()
    mine.wait_for_load_state()
    expect(panel).to_have_count(0)
    expected = ["2024-04-03", "Les amis du port", "Fête du port", "1200"]
    theirs.goto(address)
    for one in (mine, theirs):
        reload(one)
        assert cells(one)[0][:4] == expected
        assert cells(one)[1][0] == "2024-05-01"
    minutes = (time.monotonic() - began) / 60
    count(f"task 5: 0 keystrokes lost, {minutes:.1f} min")


def activate(page: Page, target: Locator, *, mouse: bool) -> None:
    """Click a link or a button, or press Enter on it."""
    if mouse:
        target.click()
    else:
        target.focus()
        page.keyboard.press("Enter")
    page.wait_for_load_state()


@pytest.mark.parametrize(("width", "mouse"), [(1280, True), (320, False)])
def test_a_template_that_is_filled_in_is_published(
    width: int,
    mouse: bool,
    another: Callable[[int], BrowserContext],
    portal: Portal,
    tmp_path: Path,
) -> None:
    """Downloaded from the desk, filled in, deposited: by mouse, or by keyboard."""
    page = another(width).new_page()
    log_in(page, portal, "animatrice")
    page.goto(portal.url(f"/publier/{PLOUHARNEL}"))
    hand = Hand(page)
    for name in ("Télécharger un modèle Excel", "Prénoms des nouveau-nés"):
        activate(page, page.get_by_role("link", name=name).last, mouse=mouse)
    with page.expect_download() as started:
        link = page.get_by_role("link", name="Télécharger le modèle Excel").first
        activate(page, link, mouse=mouse)
    path = tmp_path / "prenoms.xlsx"
    started.value.save_as(path)
    book = openpyxl.load_workbook(path)
    sheet_ = next(one for one in book if one["A1"].value == "COMMUNE_NOM")
    year = 2023 if mouse else 2022
    for at, name in enumerate(("Louise", "Jade", "Alba"), 2):
        values = ("Plouharnel", PLOUHARNEL, "F", name, 12, year)
        for column, value in enumerate(values, 1):
            sheet_.cell(at, column, value)
    book.save(path)
    page.goto(portal.url(f"/publier/{PLOUHARNEL}"))
    field = page.locator("input[type=file]").first
    with page.expect_file_chooser() as chooser:
        activate(page, field, mouse=mouse)
    with page.expect_navigation():
        chooser.value.set_files(path)
    page.wait_for_load_state()
    while (fix := button(page, "^Appliquer")).count():
        activate(page, fix, mouse=mouse)
    if (go_on := continue_button(page)).count():
        activate(page, go_on, mouse=mouse)
    overflow = "document.documentElement.scrollWidth"
    assert page.evaluate(overflow) <= width
    check_axe(page)
    activate(page, button(page, "^Publier$"), mouse=mouse)
    expect(page.locator("h1")).to_contain_text("en ligne")
    shoot(page, f"modele-rempli-{width}")
    assert hand.fields == 0
    published = fetch(portal, f"/donnees/{PLOUHARNEL}/prenoms/{year}.csv")
    assert f"F,Louise,12,{year}" in published.content.decode()
