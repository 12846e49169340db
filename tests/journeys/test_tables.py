"""The rows of a file on its page, and the table of all the communes, by the worker."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import Portal, log_in
from tests.journeys.test_every_page import inspect
from tests.journeys.test_walk import ANNEXE, publish_once

DATASET = "/dataset/budget-crach-56046"
#: The worker starts a process for each job, on machines that may be slow.
PATIENCE_SECONDS = 120


@pytest.fixture(scope="module")
def published(browser: Browser, portal: Portal) -> None:
    """A file to read."""
    page = browser.new_context(locale="fr-FR").new_page()
    log_in(page, portal, "agent")
    publish_once(page, portal, ANNEXE)
    page.context.close()


def test_anybody_searches_and_sorts_the_rows(
    published: None, page: Page, portal: Portal
) -> None:
    page.goto(portal.url(DATASET))
    address = page.locator("a[href*='/resource/']").first.get_attribute("href")
    page.goto(portal.url(str(address)))
    rows = page.locator(".odl-rows tbody tr")
    expect(rows.first).to_be_visible()
    inspect(page, "lignes")
    page.locator(".odl-rows thead a").nth(4).click()
    expect(page.locator("th[aria-sort='ascending']")).to_have_count(1)
    page.get_by_label("Mots à chercher").fill("introuvable")
    page.keyboard.press("Enter")
    expect(page.get_by_text("0 ligne")).to_be_visible()
    expect(rows).to_have_count(0)
    page.get_by_role("link", name="Montrer toutes les lignes").click()
    expect(rows.first).to_be_visible()


def test_the_worker_makes_the_table_of_all_the_communes(
    published: None, page: Page, portal: Portal
) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    parquet = portal.url("/donnees/toutes/budget.parquet")
    while page.request.get(parquet).status != 200:
        assert time.monotonic() < until, "the worker wrote no Parquet file"
        time.sleep(2)
    page.goto(portal.url("/dataset/toutes-budget"))
    expect(page.locator("h1")).to_contain_text("toutes les collectivités")
    inspect(page, "toutes-les-collectivites")
    answer = page.request.get(portal.url("/donnees/toutes/budget.csv"))
    assert "56046" in answer.text()
