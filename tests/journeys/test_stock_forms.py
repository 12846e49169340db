"""The same budget by CKAN's own forms: what an agent would do without a desk.

Printed beside the five clicks and no field of ``test_walk.py``. To say as much of the
data, each thing that the desk fills in is typed, or chosen in a list.
"""

from __future__ import annotations

import uuid

from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import Portal
from tests.journeys.hand import Hand
from tests.journeys.test_walk import MAIN

TITLE = f"Budget de Crach {uuid.uuid4().hex[:6]}"
NOTES = (
    "Budget primitif voté par le conseil municipal, par nature, au format du Socle"
    " commun des données locales, tel que le produit le logiciel de comptabilité."
)
TYPED = {
    "title": TITLE,
    "notes": NOTES,
    "tag_string": "budget, finances",
    "temporal_coverage-0-start": "2022-01-01",
    "temporal_coverage-0-end": "2022-12-31",
    "contact-0-name": "Mairie de Crach",
    "contact-0-email": "mairie@crach.example",
}
CHOSEN = {
    "frequency": "http://publications.europa.eu/resource/authority/frequency/ANNUAL",
    "scdl_schema": "budget",
}
THEME = "http://publications.europa.eu/resource/authority/data-theme/ECON"


def test_the_same_by_ckans_own_forms(agent_page: Page, portal: Portal) -> None:
    page = agent_page
    page.goto(portal.url("/dataset/new"))
    hand = Hand(page)

    def fill(name: str, text: str) -> None:
        field(page, name).fill(text)

    for name, text in TYPED.items():
        fill(name, text)
    for name, value in CHOSEN.items():
        # To open the list, then to choose in it.
        field(page, name).select_option(value)
        hand.clicks += 2
    hand.click(page.locator(f'input[name="theme"][value="{THEME}"]'))
    hand.click(page.locator("form#dataset-edit button[type=submit], button[name=save]"))
    page.locator("input[name=upload]").set_input_files(MAIN)
    hand.clicks += 2
    fill("name", "Budget primitif 2022")
    fill("format", "CSV")
    fill("description", "Les lignes du budget primitif de 2022, par nature.")
    hand.click(page.locator('button[name="save"][value="go-metadata"]'))
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    hand.tell("stock CKAN")
    # And nothing was checked: a capital that the model refuses is online.
    link = page.get_by_role("link", name="Budget primitif 2022").first
    hand.click(link)
    assert hand.clicks > 5
    page.goto(
        portal.url(f"/dataset/delete/{page.url.split('/dataset/')[1].split('/')[0]}")
    )
    page.locator("form button[name=delete], form button.btn-danger").first.click()
    page.wait_for_load_state()


def field(page: Page, name: str) -> Locator:
    """The field of that name in the form of the page."""
    return page.locator(f'form [name="{name}"]').first
