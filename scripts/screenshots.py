"""Take the README's screenshots on a real portal, as an agent walks through it.

    make screenshots

Writes docs/images/{accueil,bureau,verifier,publie}.png.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from tests.journeys.browser import open_browser
from tests.journeys.conftest import log_in
from tests.journeys.test_walk import MAIN, Hand, button, continue_button
from tests.running import ROOT, Portal, start_portal

IMAGES = ROOT / "docs" / "images"
YEAR = "2024"


def main() -> None:
    """Walk from the home page to a published file, one picture a stage."""
    portal = start_portal()
    IMAGES.mkdir(parents=True, exist_ok=True)
    with open_browser() as browser:
        context = browser.new_context(
            locale="fr-FR", viewport={"width": 1366, "height": 900}
        )
        page = context.new_page()
        walk(page, portal)
        context.close()


def walk(page: Page, portal: Portal) -> None:
    """The agent's five clicks, with the home page before."""
    copy = portal.home.root / f"budget-{YEAR}.csv"
    copy.write_text(MAIN.read_text("utf-8").replace(",2022,", f",{YEAR},"), "utf-8")
    page.goto(portal.url("/"))
    shoot(page, IMAGES / "accueil.png")
    log_in(page, portal, "agent")
    shoot(page, IMAGES / "bureau.png")
    hand = Hand(page)
    hand.choose_file(copy)
    shoot(page, IMAGES / "verifier.png")
    hand.click(button(page, "Appliquer"))
    hand.click(continue_button(page))
    hand.click(button(page, "^Publier$"))
    shoot(page, IMAGES / "publie.png")


def shoot(page: Page, path: Path) -> None:
    """Keep what fits on the screen of a town hall's laptop."""
    page.screenshot(path=path)
    print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
