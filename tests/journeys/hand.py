"""What a person does in a walk, counted, and the buttons that they look for."""

from __future__ import annotations

import re
import time
from pathlib import Path
from weakref import WeakKeyDictionary

from playwright.sync_api import Locator, Page

from tests.journeys.conftest import count

#: Tells which fields are typed in, once for each: the page counts, not the test.
_TELL_TYPED = """() => {
  if (window.odlFields) return;
  window.odlFields = new WeakMap();
  addEventListener("input", (event) => {
    const field = event.target;
    const chosen = "[type=file],[type=checkbox],[type=radio]";
    if (!field.matches("textarea, input") || field.matches(chosen)) return;
    if (odlFields.has(field)) return;
    odlFields.set(field, true);
    odlTyped();
  }, true);
}"""
_typed: WeakKeyDictionary[Page, list[int]] = WeakKeyDictionary()


class Hand:
    """What a person does on a page, counted: clicks and typed fields."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks = page, 0
        if page not in _typed:
            counted = _typed[page] = [0]

            def add() -> None:
                counted[0] += 1

            page.expose_function("odlTyped", add)
            page.add_init_script(f"({_TELL_TYPED})()")
        page.evaluate(_TELL_TYPED)
        self._before = _typed[page][0]

    @property
    def fields(self) -> int:
        """How many fields something was typed in, since this hand began."""
        return _typed[self.page][0] - self._before

    def click(self, target: Locator) -> None:
        target.click()
        self.clicks += 1
        self.page.wait_for_load_state()

    def choose(self, target: Locator, value: str) -> None:
        """Open a list, then choose in it: two clicks."""
        target.select_option(value)
        self.clicks += 2

    def choose_file(self, path: Path) -> None:
        """Open the chooser by its button, then pick the file: two clicks."""
        with self.page.expect_file_chooser() as chooser:
            # The native input covers the whole drop zone, button included.
            self.page.locator("input[type=file]").first.click()
        with self.page.expect_navigation():
            chooser.value.set_files(path)
        self.clicks += 2
        self.page.wait_for_load_state()

    def tell(self, walk: str) -> None:
        """Keep what was counted, to be printed at the end of the run."""
        count(f"{walk}: {self.clicks} clicks, {self.fields} fields typed")


def wait_until(page: Page, said: str, seconds: float = 20) -> None:
    """Wait until an expression is true in the page.

    Playwright's own waiting evaluates a string there, which our pages forbid.
    """
    end = time.monotonic() + seconds
    while not page.evaluate(said):
        assert time.monotonic() < end, said
        time.sleep(0.1)


def button(page: Page, name: str) -> Locator:
    """The button of that name on the page."""
    return page.get_by_role("button", name=re.compile(name)).first


def continue_button(page: Page) -> Locator:
    """« Continuer », a button or a link that looks like one."""
    label = re.compile("^Continuer$")
    return (
        page.get_by_role("button", name=label)
        .or_(page.get_by_role("link", name=label))
        .first
    )
