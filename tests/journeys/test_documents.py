"""What follows no model, in a browser: a plan as PDF, and the address of a map."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

import requests
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Portal
from tests.journeys.hand import Hand
from tests.journeys.test_every_page import inspect

MARK = uuid.uuid4().hex[:6]


def test_a_plan_is_published_as_it_is(
    agent_page: Page, portal: Portal, tmp_path: Path
) -> None:
    page = agent_page
    plan = tmp_path / f"plan_cimetiere-{MARK}.pdf"
    # A real one, as a browser prints it.
    page.goto(portal.url("/about"))
    plan.write_bytes(page.pdf())
    page.goto(portal.url("/publier"))
    hand = Hand(page)
    hand.choose_file(plan)
    inspect(page, "hors-modele-illisible")
    hand.click(page.get_by_role("link", name="Publier ce fichier tel quel"))
    title = f"Plan cimetiere {MARK}"
    expect(page.get_by_label("Titre")).to_have_value(title)
    inspect(page, "hors-modele")
    hand.click(page.get_by_role("button", name="Publier", exact=True))
    expect(page.get_by_text("Cochez la case après avoir vérifié").first).to_be_visible()
    inspect(page, "hors-modele-erreur")
    hand.click(page.get_by_label("J’ai vérifié"))
    hand.click(page.get_by_role("button", name="Publier", exact=True))
    expect(page.get_by_text("est en ligne").first).to_be_visible()
    inspect(page, "hors-modele-bureau")
    hand.click(page.get_by_role("link", name=title))
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
    inspect(page, "hors-modele-page")
    there = page.url
    for end in ("fiche", "remplacer", "retirer"):
        page.goto(f"{there}/{end}")
        inspect(page, f"hors-modele-{end}")
    feed = requests.get(portal.url("/catalogue/56046.ttl"), timeout=60)
    assert title in feed.text
    hand.tell("a plan outside any model")


def test_a_link_is_published_by_keyboard(agent_page: Page, portal: Portal) -> None:
    page = agent_page
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(portal.url("/publier/56046"))
    reach(page, re.compile("Publier un lien"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/lien")
    inspect(page, "hors-modele-lien")
    for text in (f"https://geo.example.fr/plu?{MARK}", f"Carte du PLU {MARK}", ""):
        tab_to_field(page)
        page.keyboard.type(text)
    tab_to_field(page)
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    said = page.get_by_text(f"Carte du PLU {MARK} » est en ligne")
    expect(said.first).to_be_visible()


def reach(page: Page, name: re.Pattern[str]) -> None:
    """Press Tab until the link of that name has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if name.search(str(page.evaluate("document.activeElement.textContent"))):
            return
    raise AssertionError(f"{name.pattern} is never reached")


def tab_to_field(page: Page) -> None:
    """Press Tab until a field of the form has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('#document [name]')"):
            return
    raise AssertionError("no field is reached")
