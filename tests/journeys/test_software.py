"""A responsable lets a software send files: the code, the command, and its end."""

from __future__ import annotations

import re
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from aiosmtpd.controller import Controller
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.integration.mailbox import Mailbox
from tests.journeys.conftest import SITE_URL, Portal, log_in
from tests.journeys.test_every_page import inspect
from tests.journeys.test_grid import another, check_axe, press, tab_to
from tests.journeys.test_people import CRACH, accept, letter_to, new_address
from tests.journeys.test_walk import MAIN

__all__ = ["another"]
SOFTWARE = "Horizon Compta"


@pytest.fixture
def mailbox(portal: Portal) -> Iterator[Mailbox]:
    """The mail server that the portal writes to."""
    handler = Mailbox()
    controller = Controller(handler, hostname="127.0.0.1", port=portal.smtp_port)
    controller.start()
    yield handler
    controller.stop()


@pytest.fixture
def someone(browser: Browser) -> Iterator[Callable[[], Page]]:
    """Somebody at a computer of his own."""
    contexts = []

    def sit_down() -> Page:
        context = browser.new_context(
            locale="fr-FR", viewport={"width": 1366, "height": 768}
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        return context.new_page()

    yield sit_down
    for one in contexts:
        one.close()


def run_line(portal: Portal, line: str, folder: Path) -> int:
    """The status that the command of the page gets, run as it is."""
    command = line.replace(SITE_URL, portal.address)
    done = subprocess.run(
        f"{command} --noproxy '*' -s -o answer -w '%{{http_code}}'",
        shell=True, cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return int(done.stdout)


#: What makes a page wider than its window, named.
WIDER = """() => document.documentElement.scrollWidth <= window.innerWidth ? [] :
  [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > window.innerWidth)
    .map((one) => one.outerHTML.slice(0, 200))"""


def test_a_software_sends_a_budget_until_it_is_stopped(
    portal: Portal, mailbox: Mailbox, someone: Callable[[], Page], tmp_path: Path
) -> None:
    animator, manager = someone(), someone()
    email = new_address("responsable")
    log_in(animator, portal, "animatrice")
    animator.goto(portal.url(f"/equipe/{CRACH}"))
    card = animator.locator("#invite")
    card.get_by_label("Courriel").fill(email)
    card.get_by_label("Responsable", exact=True).check()
    card.get_by_role("button", name="Envoyer l’invitation").click()
    accept(manager, portal, mailbox, email, "Nolwenn Le Goff")

    manager.get_by_role("link", name="Envoyer depuis mon logiciel").click()
    inspect(manager, "logiciels")
    make = manager.get_by_role("button", name="Créer l’accès")
    make.click()
    expect(manager.get_by_role("alert")).to_contain_text("Dites pour quelles données")
    manager.get_by_label("Nom du logiciel").fill(SOFTWARE)
    inspect(manager, "logiciels-erreur")
    manager.get_by_label("Budget", exact=True).check()
    manager.get_by_label("Publier lui-même").check()
    make.click()
    expect(
        manager.get_by_role("heading", name=f"L’accès de {SOFTWARE} est créé")
    ).to_be_visible()
    inspect(manager, "logiciel-code")
    line = manager.get_by_label("Ligne d’essai").input_value()
    assert SOFTWARE in letter_to(mailbox, email)

    # A year of its own, and the one that the line proposes besides.
    year = "1968"
    text = MAIN.read_text("utf-8").replace(",2022,", f",{year},")
    (tmp_path / "budget.csv").write_text(text, "utf-8")
    assert run_line(portal, line, tmp_path) == 409
    line = re.sub(r"/budget/[^/]+$", f"/budget/{year}-budget-primitif-00010", line)
    assert run_line(portal, line, tmp_path) == 201
    address = f"/donnees/{CRACH}/budget/{year}-budget-primitif-00010.csv"
    feed = requests.get(portal.url(f"/catalogue/{CRACH}.ttl"), timeout=60).text
    assert address in feed
    every = requests.get(portal.url("/donnees/toutes/budget.csv"), timeout=60).text
    assert f"budget primitif,{year},2156004610001" in every
    manager.goto(portal.url("/dataset/budget-crach-56046"))
    expect(manager.get_by_text(re.compile(year)).first).to_be_visible()

    manager.goto(portal.url(f"/equipe/{CRACH}/logiciels"))
    mine = manager.locator(".odl-card", has_text=SOFTWARE).first
    expect(mine).to_contain_text(f"Budget, {year}-budget-primitif-00010")
    expect(mine).to_contain_text("Nolwenn Le Goff")
    inspect(manager, "logiciels-liste")
    manager.goto(portal.url(f"/equipe/{CRACH}/journal"))
    expect(manager.get_by_text(f"Le logiciel {SOFTWARE}").first).to_be_visible()

    manager.goto(portal.url(f"/equipe/{CRACH}/logiciels"))
    mine.locator("summary", has_text="Arrêter cet accès").click()
    mine.get_by_role("button", name="Confirmer").click()
    expect(manager.get_by_text(f"{SOFTWARE} n’envoie plus rien")).to_be_visible()
    assert run_line(portal, line, tmp_path) == 401
    assert requests.get(portal.url(address), timeout=60).status_code == 200


def test_it_is_made_and_stopped_without_a_mouse_on_a_small_screen(
    portal: Portal, another: Callable[[int], BrowserContext], tmp_path: Path
) -> None:
    page = another(320).new_page()
    log_in(page, portal, "animatrice")
    page.goto(portal.url(f"/equipe/{CRACH}/logiciels"))
    name = f"Clavier {uuid.uuid4().hex[:6]}"
    tab_to(page, "#name")
    page.keyboard.type(name)
    for box in ("#schema-budget", "input[name=may][value=deposit]"):
        tab_to(page, box)
        page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.locator("input[name=may][value=publish]")).to_be_checked()
    # Who is not of the town hall shows that it agreed.
    tab_to(page, "#document")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    deed = {"name": "accord.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
    chooser.value.set_files(deed)
    press(page, "Tab", "Enter")
    title = page.get_by_role("heading", name=f"L’accès de {name} est créé")
    expect(title).to_be_visible()
    page.wait_for_load_state()
    check_axe(page)
    assert page.evaluate(WIDER) == [], page.evaluate("window.innerWidth")
    line = page.get_by_label("Ligne d’essai").input_value()
    text = MAIN.read_text("utf-8").replace(",2022,", ",1967,")
    (tmp_path / "budget.csv").write_text(text, "utf-8")
    line = re.sub(r"/budget/[^/]+$", "/budget/1967-budget-primitif-00010", line)
    assert run_line(portal, line, tmp_path) in (200, 201)
    page.goto(portal.url(f"/equipe/{CRACH}/logiciels"))
    stop = page.locator(".odl-card", has_text=name).locator("summary").first
    stop.evaluate("one => { one.id = 'stop'; }")
    tab_to(page, "#stop")
    press(page, "Enter", "Tab", "Enter")
    expect(page.get_by_text(f"{name} n’envoie plus rien")).to_be_visible()
    assert run_line(portal, line, tmp_path) == 401
