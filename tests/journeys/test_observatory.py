"""The observatory in a browser: figures, curve, matrix, map, and a goal."""

from __future__ import annotations

import subprocess
import sys

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.conftest import Portal, log_in, shoot
from tests.journeys.hand import wait_until
from tests.journeys.test_every_page import inspect

PAGES = {
    "observatoire": "/observatoire",
    "observatoire-matrice": "/observatoire/matrice",
    "observatoire-commune": "/observatoire/territoire/56046",
    "observatoire-epci": "/observatoire/territoire/200043123",
    "observatoire-indicateurs": "/observatoire/indicateurs",
    "observatoire-indicateur": "/observatoire/indicateurs/ouvertes",
}


@pytest.fixture(scope="module", autouse=True)
def demonstration(portal: Portal) -> None:
    """Real publications at set dates, over a year."""
    command = [sys.executable, "-m", "ckanext.odlocale.portal.demonstration"]
    options = ["--ini", str(portal.home.ini), "--departement", "56", "--communes", "6"]
    done = subprocess.run([*command, *options], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("name", PAGES)
def test_a_page(name: str, page: Page, portal: Portal) -> None:
    foreign: list[str] = []
    here = portal.url("/")
    page.on(
        "request",
        lambda asked: None if asked.url.startswith(here) else foreign.append(asked.url),
    )
    page.goto(portal.url(PAGES[name]))
    page.wait_for_load_state("networkidle")
    inspect(page, name)
    # No tile, no font, no script of anybody else's.
    assert [url for url in foreign if not url.startswith(("data:", "blob:"))] == []


def test_one_reads_the_curve_as_a_table_and_finds_a_commune(
    page: Page, portal: Portal
) -> None:
    page.goto(portal.url("/observatoire"))
    assert page.locator(".odl-curve canvas").is_visible()
    summary = page.get_by_text("Les chiffres de la courbe")
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator(".odl-curve tbody tr").count() >= 10
    # No position is known where API Géo was not asked: it is said.
    page.get_by_text("Les positions des communes").wait_for()
    page.get_by_role("link", name="Voir chaque commune et ce qu’elle publie").click()
    lines = page.locator(".odl-matrix tbody tr:visible")
    everybody = lines.count()
    assert everybody > 200
    page.get_by_label("Nom de la commune").fill("crach")
    left = "document.querySelectorAll('.odl-matrix tbody tr:not([hidden])').length"
    wait_until(page, f"{left} === 1")
    assert "1 commune" in page.locator("[data-matrix-count]").inner_text()
    page.get_by_role("link", name="Crach").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Crach"
    with page.expect_download() as started:
        page.get_by_role("link", name="Une page à imprimer (PDF)").click()
    assert started.value.suggested_filename == "observatoire-56046.pdf"


def test_it_works_without_javascript(browser: Browser, portal: Portal) -> None:
    context = browser.new_context(locale="fr-FR", java_script_enabled=False)
    page = context.new_page()
    page.goto(portal.url("/observatoire/matrice"))
    page.get_by_label("Nom de la commune").fill("Crach")
    page.get_by_role("button", name="Filtrer").click()
    assert page.locator(".odl-matrix tbody tr").count() == 1
    context.close()


def test_the_animator_sets_a_goal(page: Page, portal: Portal) -> None:
    log_in(page, portal, "animatrice")
    page.goto(portal.url("/animer/observatoire"))
    page.get_by_label("Combien de collectivités ouvertes").fill("120")
    page.get_by_label("Avant le").fill("pas un jour")
    page.get_by_role("button", name="Garder cet objectif").click()
    inspect(page, "animer-observatoire-erreur")
    # What was typed is still there.
    assert page.get_by_label("Combien de collectivités ouvertes").input_value() == "120"
    page.get_by_label("Avant le").fill("31/12/2027")
    page.get_by_role("button", name="Garder cet objectif").click()
    inspect(page, "animer-observatoire")
    page.get_by_role("link", name="Voir les chiffres que tout le monde voit").click()
    assert page.get_by_text("Objectif : 120 collectivités ouvertes").is_visible()
    shoot(page, "observatoire-objectif")
