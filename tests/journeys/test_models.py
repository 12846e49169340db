"""The pages of the checks and of the models of files, and the report to send."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from click.testing import CliRunner
from playwright.sync_api import Browser, Page

from ckanext.odlocale.scdl.cli import scdl
from tests.journeys.conftest import Portal, shoot
from tests.journeys.test_every_page import WIDTHS, inspect
from tests.running import ROOT

PAGES = {
    "controles": "/controles/",
    "controle": "/controles/personal-email",
    "controle-large": "/controles/key-repeated",
    "modeles": "/schemas/",
    "modele": "/schemas/scdl/subventions/",
    "modele-national": "/schemas/etalab/schema-irve-statique/",
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page(name: str, page: Page, portal: Portal) -> None:
    page.goto(portal.url(PAGES[name]))
    inspect(page, name)


def test_an_agent_finds_a_model_by_the_keyboard(page: Page, portal: Portal) -> None:
    page.goto(portal.url("/"))
    page.get_by_role("link", name="Modèles de fichiers").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Subventions", exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/schemas/scdl/subventions/*/")
    values = page.locator("details summary").first
    values.focus()
    page.keyboard.press("Enter")
    assert page.locator("details[open] li").first.is_visible()
    with page.expect_download() as started:
        page.get_by_role("link", name="Télécharger le modèle Excel").focus()
        page.keyboard.press("Enter")
    assert started.value.suggested_filename == "subventions.xlsx"


def test_it_works_without_javascript(browser: Browser, portal: Portal) -> None:
    context = browser.new_context(locale="fr-FR", java_script_enabled=False)
    page = context.new_page()
    page.goto(portal.url("/schemas/"))
    page.get_by_role("link", name="Ce que nous vérifions").first.click()
    page.get_by_role("link", name="Date écrite à la française").click()
    assert page.get_by_text("2024-04-03").first.is_visible()
    context.close()


def test_the_report_to_send_opens_alone(page: Page, tmp_path: Path) -> None:
    data = ROOT / "tests" / "data" / "scdl"
    done = CliRunner().invoke(scdl, ["check", str(data), "--format", "html"])
    path = tmp_path / "rapport.html"
    path.write_text(done.stdout, "utf-8")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    assert asked == [path.as_uri()]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 768})
        shoot(page, f"rapport-{width}")
        assert Axe().run(page).response["violations"] == []
        overflow = page.evaluate(
            "(root => root.scrollWidth - root.clientWidth)(document.documentElement)"
        )
        assert overflow <= 0
    page.get_by_role("link", name="Pourquoi").first.click()
    target = page.url.rpartition("#")[2]
    assert page.locator(f"#{target}").is_visible()
