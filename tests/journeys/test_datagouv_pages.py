"""The pages about data.gouv.fr, and those that the law asks for, in a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Portal, log_in
from tests.journeys.hand import button
from tests.journeys.test_every_page import inspect

ANIMATED = {
    "data-gouv": "/animer/data-gouv",
    "data-gouv-commune": "/animer/data-gouv/56046",
    "data-gouv-plan": "/animer/data-gouv/plan",
    "data-gouv-attente": "/animer/data-gouv/attente",
    "data-gouv-envoi": "/animer/data-gouv/envoi",
}
PUBLIC = {
    "mentions-legales": "/mentions-legales",
    "accessibilite": "/accessibilite",
    "donnees-personnelles": "/donnees-personnelles",
    "reutilisation": "/reutilisation",
}


@pytest.mark.parametrize("name", ANIMATED)
def test_a_page_of_the_animator(name: str, page: Page, portal: Portal) -> None:
    log_in(page, portal, "animatrice")
    page.goto(portal.url(ANIMATED[name]))
    inspect(page, name)


def test_the_agent_sees_what_data_gouv_holds(agent_page: Page, portal: Portal) -> None:
    agent_page.goto(portal.url("/publier/56046/data-gouv"))
    inspect(agent_page, "publier-data-gouv")


@pytest.mark.parametrize("name", PUBLIC)
def test_a_page_that_the_law_asks_for(name: str, page: Page, portal: Portal) -> None:
    page.goto(portal.url(PUBLIC[name]))
    inspect(page, name)


def test_a_key_is_kept_shown_nowhere_and_removed(page: Page, portal: Portal) -> None:
    """data.gouv.fr is out of reach here, and it is said."""
    log_in(page, portal, "animatrice")
    page.goto(portal.url("/animer/data-gouv"))
    page.get_by_role("textbox", name="Clé").fill("une-cle-qui-ne-doit-pas-se-lire")
    button(page, "Garder cette clé").click()
    page.wait_for_load_state()
    expect(page.get_by_text("data.gouv.fr n’a pas répondu")).to_be_visible()
    assert "une-cle-qui-ne-doit-pas-se-lire" not in page.content()
    inspect(page, "data-gouv-cle")
    button(page, "Retirer la clé").click()
    expect(page.get_by_role("button", name="Retirer la clé")).to_have_count(0)
