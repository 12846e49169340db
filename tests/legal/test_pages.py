"""Legal pages say what was declared, and never what was not."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.odlocale.legal import pages

FULL: dict[str, Any] = {
    "ckan.site_url": "https://data.example.fr",
    **{
        f"{pages.PREFIX}{name}": f"<{name}>"
        for name in ("atd_name", "contact_email", "legal_publisher", "legal_director",
                     "legal_host", "legal_dpo", "accessibility_plan")
    },
    f"{pages.PREFIX}accessibility_date": "12 mars 2026",
    f"{pages.PREFIX}accessibility_rate": "72",
}  # fmt: skip


def text(name: str, config: dict[str, Any]) -> str:
    page = pages.write(name, pages.read_facts(config), str)
    return " ".join(line for one in page.sections for line in one.lines)


def test_what_was_declared_is_said_where_the_law_asks_for_it() -> None:
    for name, setting in (
        ("mentions-legales", "legal_publisher"), ("mentions-legales", "legal_director"),
        ("mentions-legales", "legal_host"), ("donnees-personnelles", "legal_dpo"),
        ("accessibilite", "contact_email"), ("accessibilite", "accessibility_plan"),
    ):  # fmt: skip
        assert f"<{setting}>" in text(name, FULL)
    assert pages.warnings(pages.read_facts(FULL)) == []
    assert "Not told" not in "".join(text(name, FULL) for name in pages.NAMES)


def test_what_was_not_is_told_to_readers_and_at_the_start() -> None:
    said = pages.warnings(pages.read_facts({}))
    assert len(said) == len(pages.ASKED)
    assert text("mentions-legales", {}).count("Not told") == 3


@pytest.mark.parametrize(
    ("rate", "date", "faults", "state"),
    [
        ("", "", "", "none"),
        ("100", "", "", "none"),
        ("49", "2026", "", "none"),
        ("50", "2026", "", "partial"),
        ("100", "2026", "one", "partial"),
        ("100", "2026", "", "full"),
        ("101", "2026", "", "none"),
        ("beaucoup", "2026", "", "none"),
    ],
)
def test_no_portal_says_that_it_conforms_without_an_audit(
    rate: str, date: str, faults: str, state: str
) -> None:
    config = {
        f"{pages.PREFIX}accessibility_rate": rate,
        f"{pages.PREFIX}accessibility_date": date,
        f"{pages.PREFIX}accessibility_faults": faults,
    }
    assert pages.read_facts(config).state == state
