"""Every page of the walk: in French, accessible, readable at 320 pixels."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.journeys.conftest import Portal, log_in, shoot
from tests.journeys.hand import Hand
from tests.journeys.language import english_left, visible_text
from tests.journeys.test_walk import ANNEXE, MAIN, publish_once

PUBLIC = {
    "accueil": "/",
    "connexion": "/user/login",
    "donnees": "/dataset/",
    "recherche-vide": "/dataset/?q=introuvable",
    "donnee": "/dataset/budget-crach-56046",
    "collectivites": "/organization/",
    "collectivite": "/organization/crach-56046",
    "rejoindre": "/rejoindre?q=crach",
    "rejoindre-code": "/rejoindre/56046",
    "api": "/api/odlocale/v1/",
    "mot-de-passe": "/mot-de-passe",
    "mot-de-passe-ferme": "/mot-de-passe/n-importe-quoi",
    "lien-ferme": "/invitation/n-importe-quoi",
    "a-propos": "/about",
    "introuvable": "/nulle-part",
}
AGENT = {
    "bureau": "/publier",
    "budget": "/publier/56046/budget",
    "saisie": "/publier/56046/saisie",
    "saisie-tableau": "/publier/56046/budget/saisie?tableau=vide&tableau_entier=oui",
    "saisie-ligne": "/publier/56046/budget/saisie/ligne/1?tableau=vide",
    "saisie-coller": "/publier/56046/budget/saisie/coller?tableau=vide",
    "saisie-constantes": "/publier/56046/budget/saisie/constantes?tableau=vide",
    "autre-mairie": "/publier/56260/budget",
    "compte": "/user/agent",
    "equipe": "/equipe/56046",
    "mandats": "/equipe/56046/mandats",
    "journal": "/equipe/56046/journal",
    "logiciels-agent": "/equipe/56046/logiciels",
    "demander-mandat": "/equipe/56260/mandats",
    "adresse": "/compte/adresse",
    "tableau-de-bord": "/dashboard/datasets",
}
AXE = Axe()
WIDTHS = (1366, 320)


@pytest.fixture(scope="module")
def published(browser: Browser, portal: Portal) -> None:
    """A dataset to look at."""
    page = browser.new_context(locale="fr-FR").new_page()
    log_in(page, portal, "agent")
    publish_once(page, portal, ANNEXE)
    page.context.close()


def inspect(page: Page, name: str) -> None:
    """Look at the page as it is now, at both widths."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 768})
        shoot(page, f"page-{name}-{width}")
        faults = [
            f"{found['id']}: {node['target']}"
            for found in AXE.run(page).response["violations"]
            for node in found["nodes"]
        ]
        assert faults == []
        overflow = page.evaluate(
            "(root => root.scrollWidth - root.clientWidth)(document.documentElement)"
        )
        assert overflow <= 0, f"{name}: {overflow} px too wide at {width}"
    assert english_left(visible_text(page.content())) == []
    assert page.locator("h1:visible").count() == 1
    assert page.evaluate("document.documentElement.lang") == "fr"


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_page(name: str, published: None, page: Page, portal: Portal) -> None:
    page.goto(portal.url(PUBLIC[name]))
    inspect(page, name)


@pytest.mark.parametrize("name", AGENT)
def test_an_agents_page(
    name: str, published: None, agent_page: Page, portal: Portal
) -> None:
    agent_page.goto(portal.url(AGENT[name]))
    inspect(agent_page, name)


def test_the_file_page(published: None, page: Page, portal: Portal) -> None:
    page.goto(portal.url(PUBLIC["donnee"]))
    page.locator("a[href*='/resource/']").first.click()
    inspect(page, "fichier")


def test_the_animators_desk(page: Page, portal: Portal) -> None:
    log_in(page, portal, "animatrice")
    page.goto(portal.url("/publier"))
    inspect(page, "animatrice")


def test_each_step_of_a_deposit(agent_page: Page, portal: Portal) -> None:
    path = portal.home.root / "budget-2015.csv"
    path.write_text(MAIN.read_text("utf-8").replace(",2022,", ",2015,"), "utf-8")
    agent_page.goto(portal.url("/publier"))
    hand = Hand(agent_page)
    hand.choose_file(path)
    inspect(agent_page, "verifier")
    agent_page.get_by_role("button", name="Appliquer").first.click()
    agent_page.wait_for_load_state()
    inspect(agent_page, "corrige")
    agent_page.goto(agent_page.url.rsplit("/", 1)[0] + "/relire")
    inspect(agent_page, "relire")
    agent_page.get_by_role("button", name="Publier", exact=True).click()
    agent_page.wait_for_load_state()
    inspect(agent_page, "publie")
