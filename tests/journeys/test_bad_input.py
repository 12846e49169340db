"""Whatever an agent deposits gets a clear French answer, or works."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from openpyxl import Workbook
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Portal, shoot
from tests.journeys.hand import Hand, button, continue_button
from tests.journeys.test_every_page import WIDTHS
from tests.journeys.test_walk import MAIN

TEXT = MAIN.read_text("utf-8")
LINES = TEXT.splitlines()


def workbook(text: str) -> bytes:
    """The same rows as an Excel file, SIRET and year typed as numbers."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for number, line in enumerate(text.splitlines()):
        cells: list[object] = list(line.split(","))
        if number:
            cells[1], cells[2] = int(str(cells[1])), int(str(cells[2]))
        sheet.append(cells)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def year(value: int) -> str:
    """The budget of another year, so that each case has its own address."""
    return TEXT.replace(",2022,", f",{value},")


READABLE = {
    "cp1252": ("budget.csv", year(2001).encode("cp1252")),
    "utf-16": ("budget.csv", year(2002).encode("utf-16")),
    "semicolons": ("budget.csv", year(2003).replace(",", ";").encode()),
    "tabs": ("budget.txt", year(2004).replace(",", "\t").encode()),
    "xlsx": ("budget.xlsx", workbook(year(2005))),
    "windows-line-ends": ("budget.csv", year(2006).replace("\n", "\r\n").encode()),
}
UNREADABLE = {
    "empty": ("vide.csv", b""),
    "no-row": ("titres.csv", LINES[0].encode() + b"\n"),
    "binary": ("photo.csv", bytes(range(256)) * 64),
    "pdf": ("budget.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n" * 9),
    "truncated-xlsx": ("budget.xlsx", workbook(year(2007))[:900]),
}


def deposit(page: Page, portal: Portal, name: str, content: bytes) -> Hand:
    path: Path = portal.home.root / name
    path.write_bytes(content)
    page.goto(portal.url("/publier"))
    hand = Hand(page)
    hand.choose_file(path)
    return hand


@pytest.mark.parametrize("case", READABLE)
def test_a_town_halls_file_is_read_as_it_is(
    case: str, agent_page: Page, portal: Portal
) -> None:
    hand = deposit(agent_page, portal, *READABLE[case])
    hand.click(button(agent_page, "Appliquer"))
    hand.click(continue_button(agent_page))
    hand.click(button(agent_page, "^Publier$"))
    expect(agent_page.locator("h1")).to_contain_text("en ligne")


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_is_not_a_table_is_refused_with_what_to_do(
    case: str, agent_page: Page, portal: Portal
) -> None:
    deposit(agent_page, portal, *UNREADABLE[case])
    shoot(agent_page, f"refus-{case}")
    expect(agent_page.locator("body")).to_contain_text(re.compile("fichier"))
    assert button(agent_page, "^Publier$").count() == 0
    expect(agent_page.get_by_text("Déposer un autre fichier").first).to_be_visible()
    assert "Traceback" not in agent_page.content()


OTHERS = {
    "a true SIRET of Auray": "21560007300013",
    "a SIRET of Auray with a wrong figure": "21560007300011",
}


@pytest.mark.parametrize("case", OTHERS)
def test_another_communes_siret_forbids_publishing(
    case: str, agent_page: Page, portal: Portal
) -> None:
    auray = year(2008).replace("21560046100010", OTHERS[case])
    deposit(agent_page, portal, "auray.csv", auray.encode())
    shoot(agent_page, "autre-commune")
    expect(agent_page.locator("h1")).to_contain_text("ne peut pas encore être publié")
    expect(agent_page.locator("body")).to_contain_text("Auray")
    agent_page.goto(agent_page.url.replace("/verifier", "/relire"))
    assert button(agent_page, "^Publier$").count() == 0
    key = f"2008-budget-primitif-{OTHERS[case][9:]}"
    address = portal.url(f"/donnees/56046/budget/{key}.csv")
    assert requests.get(address, timeout=30).status_code == 404


def test_a_column_twice_is_asked_about(agent_page: Page, portal: Portal) -> None:
    lines = year(2009).splitlines()
    twice = "\n".join(f"{line},{line.split(',')[7]}" for line in lines)
    deposit(agent_page, portal, "deux-fois.csv", twice.encode())
    shoot(agent_page, "colonne-deux-fois")
    expect(agent_page.locator("body")).to_contain_text("existe 2 fois : H, W")
    button(agent_page, "Garder la colonne W").click()
    agent_page.wait_for_load_state()
    expect(agent_page.locator("body")).not_to_contain_text("existe 2 fois")


def test_a_network_that_drops_keeps_the_file_chosen(
    agent_page: Page, portal: Portal
) -> None:
    page = agent_page
    path = portal.home.root / "coupe.csv"
    path.write_text(year(1999), "utf-8")
    page.goto(portal.url("/publier"))
    page.context.set_offline(True)
    page.locator("input[type=file]").first.set_input_files(path)
    alert = page.locator(".odl-drop [role=alert]")
    expect(alert).to_contain_text("Le réseau a été coupé")
    again = button(page, "Envoyer de nouveau")
    expect(again).to_be_focused()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 768})
        shoot(page, f"envoi-coupe-{width}")
        assert Axe().run(page).response["violations"] == []
    # Still cut: it says so again. Then the network is back.
    with page.expect_event("requestfailed"):
        page.keyboard.press("Enter")
    expect(alert).to_have_count(1)
    expect(again).to_be_focused()
    page.context.set_offline(False)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(button(page, "Appliquer")).to_be_visible()


def test_what_cannot_be_read_is_said_on_the_same_page(
    agent_page: Page, portal: Portal
) -> None:
    """Another file is deposited from there, as from any page."""
    path = portal.home.root / "bon.csv"
    path.write_text(year(1998), "utf-8")
    deposit(agent_page, portal, *UNREADABLE["pdf"])
    Hand(agent_page).choose_file(path)
    expect(button(agent_page, "Appliquer")).to_be_visible()


def test_a_file_of_200_mb_is_refused_with_the_limit(
    agent_page: Page, portal: Portal
) -> None:
    path = portal.home.root / "enorme.csv"
    with path.open("wb") as stream:
        stream.write(LINES[0].encode() + b"\n")
        block = (LINES[1] + "\n").encode() * 8192
        while stream.tell() < 200 * 1024 * 1024:
            stream.write(block)
    agent_page.goto(portal.url("/publier"))
    hand = Hand(agent_page)
    hand.choose_file(path)
    path.unlink()
    shoot(agent_page, "trop-gros")
    expect(agent_page.locator("body")).to_contain_text(re.compile(r"10\d\s?Mo"))
