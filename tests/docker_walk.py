"""The walk of an agent on a portal that Docker runs, by its proxy, with TLS.

    python tests/docker_walk.py ADDRESS AGENT PASSWORD publish|check STATE

``publish`` deposits and publishes a budget with five clicks, as
``tests/journeys/test_walk.py`` does; ``check`` looks whether what was published is what
is served, in STATE's words, and whether the agent still comes in. Run by
``scripts/docker_test.sh``.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Page, sync_playwright  # noqa: E402

from tests.journeys.browser import FLAGS, find_or_install  # noqa: E402
from tests.journeys.test_walk import ADDRESSES, MAIN, publish  # noqa: E402

FEED = "/catalogue/56046.ttl"
_FETCH = """async path => {
  const answer = await fetch(path);
  return {status: answer.status, text: await answer.text()};
}"""


class Served:
    """What the walk of the journeys asks of a portal."""

    def __init__(self, address: str) -> None:
        self.address = address

    def url(self, path: str) -> str:
        """Address of one page."""
        return self.address + path


def fetch(page: Page, path: str) -> str:
    """A text of the portal's own."""
    answer: dict[str, Any] = page.evaluate(_FETCH, path)
    assert answer["status"] == 200, (path, answer)
    return str(answer["text"])


def main() -> None:
    """Walk; see the module."""
    address, agent, password, what, state = sys.argv[1:6]
    portal, kept = Served(address), Path(state)
    host = urlsplit(address).hostname
    flags = [*FLAGS, "--no-sandbox", f"--host-resolver-rules=MAP {host} 127.0.0.1"]
    refused: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_or_install(playwright), args=flags
        )
        context = browser.new_context(locale="fr-FR", ignore_https_errors=True)
        context.set_default_timeout(60_000)
        context.on("console", lambda said: refused.append(said.text))
        page = context.new_page()
        page.goto(portal.url("/user/login"))
        page.locator("input[name=login]").fill(agent)
        page.locator("input[name=password]").fill(password)
        page.locator("form:has(input[name=password]) button[type=submit]").click()
        page.wait_for_url("**/publier")
        cookies = context.cookies()
        assert cookies
        assert all(one["secure"] and one["httpOnly"] for one in cookies)
        if what == "publish":
            hand = publish(page, portal, MAIN)  # type: ignore[arg-type]
            print(f"published in {hand.clicks} clicks, {hand.fields} fields")
        content = fetch(page, ADDRESSES[MAIN])
        feed = fetch(page, FEED)
        assert f"{address}{ADDRESSES[MAIN]}" in feed, feed[:500]
        search = fetch(page, "/api/3/action/package_search?q=budget")
        assert '"count": 0' not in search, search[:300]
        digest = hashlib.sha256(content.encode()).hexdigest()
        if what == "publish":
            kept.write_text(digest, "utf-8")
        assert kept.read_text("utf-8") == digest
        browser.close()
    assert [one for one in refused if "Content Security Policy" in one] == []


if __name__ == "__main__":
    main()
