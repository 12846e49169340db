"""Find a Chromium, or get one, for the journeys."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: Nothing that calls home: the journeys talk to this machine only.
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def open_browser() -> Iterator[Browser]:
    """A headless Chromium: the system's, Playwright's, or one installed now."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        browser.on("context", lambda context: context.on("page", _take_choosers))
        yield browser
        browser.close()


def _take_choosers(page: Page) -> None:
    """Have each dialog of files come to the tests, from the beginning.

    Asked for as late as the key that opens it, Playwright takes it too late one time in
    ten on a machine that is busy: a real dialog opens, which nobody answers.
    """
    page.on("filechooser", lambda _: None)


def launch(playwright: Playwright) -> Browser:
    """Start the first Chromium that can be had.

    :raises RuntimeError: with what to install, where none can be
    """
    path = find_or_install(playwright)
    # Chromium's sandbox refuses root.
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
    return playwright.chromium.launch(executable_path=path, args=flags)


def find_or_install(playwright: Playwright) -> str:
    """Path of a Chromium."""
    found = installed(playwright)
    if found:
        return found
    subprocess.run(
        [sys.executable, "-m", "playwright", "install", "chromium"], check=False
    )
    found = installed(playwright)
    if not found and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=False)
        found = installed(playwright)
    if not found:
        raise RuntimeError(
            "The journeys need a Chromium: apt install chromium, or "
            ".venv/bin/playwright install chromium"
        )
    return found


def installed(playwright: Playwright) -> str | None:
    """The system's Chromium, else Playwright's own, else nothing."""
    own = playwright.chromium.executable_path
    candidates = [*map(shutil.which, NAMES), own if os.path.exists(own) else None]
    return next(filter(None, candidates), None)
