"""A whole portal, as ``make portal`` starts it, and a browser to walk in it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.journeys.browser import open_browser
from tests.running import ROOT, SITE_URL, Portal, start_portal

__all__ = ["SITE_URL", "Portal"]
ARTEFACTS = ROOT / ".artefacts"
#: What the walks counted: written by each process of the run, printed at its end.
FIGURES = ARTEFACTS / "walks.txt"


def pytest_sessionstart(session: pytest.Session) -> None:
    """Forget what an earlier run counted; the processes of this one come after."""
    if not hasattr(session.config, "workerinput"):
        FIGURES.unlink(missing_ok=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the clicks and the typed fields of each walk."""
    if FIGURES.is_file():
        terminalreporter.section("walks")
        terminalreporter.write(FIGURES.read_text("utf-8"))


@pytest.fixture(scope="session")
def portal() -> Portal:
    """The portal of the tests' home."""
    return start_portal()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the run."""
    with open_browser() as opened:
        yield opened


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh visitor, in French, on a laptop of the town hall."""
    context = browser.new_context(
        locale="fr-FR", viewport={"width": 1366, "height": 768}
    )
    context.set_default_timeout(20_000)
    refused: list[str] = []
    context.on("console", lambda said: refused.append(said.text))
    yield context
    context.close()
    # Every walk tries the policy of the pages that it opens (base/policy.py).
    assert [one for one in refused if "Content Security Policy" in one] == []


@pytest.fixture
def page(visitor: BrowserContext) -> Page:
    """A fresh page."""
    return visitor.new_page()


@pytest.fixture
def agent_page(page: Page, portal: Portal) -> Page:
    """A page on which the agent has just logged in."""
    log_in(page, portal, "agent")
    return page


def log_in(page: Page, portal: Portal, name: str) -> None:
    """Log in by the form, as a person does."""
    page.goto(portal.url("/user/login"))
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill(portal.accounts[name]["password"])
    page.locator("form:has(input[name=password]) button[type=submit]").click()
    page.wait_for_load_state()


def count(line: str) -> None:
    """Keep what a walk counted, for the end of the run."""
    ARTEFACTS.mkdir(exist_ok=True)
    with FIGURES.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def shoot(page: Page, name: str) -> None:
    """Keep what the page looks like, for whoever will look at it.

    A third of a walk's time: ``ODLOCALE_SHOOT=1`` asks for it.
    """
    if not os.environ.get("ODLOCALE_SHOOT"):
        return
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=True)
