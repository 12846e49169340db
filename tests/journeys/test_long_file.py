"""A file of 110,000 rows is checked while its agent does something else."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.integration.mailbox import Mailbox
from tests.journeys.conftest import Portal
from tests.journeys.hand import Hand, button
from tests.journeys.test_every_page import inspect
from tests.journeys.test_people import letter_to, mailbox

__all__ = ["mailbox"]

ROWS = 110_000
HEADERS = (
    "nomAttribuant,idAttribuant,dateConvention,referenceDecision,nomBeneficiaire,"
    "idBeneficiaire,rnaBeneficiaire,objet,montant,nature,conditionsVersement,"
    "datesPeriodeVersement,idRAE,notificationUE,pourcentageSubvention,dispositifAide"
)


@pytest.fixture(scope="module")
def grants(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More grants than any town hall gives, each to another club."""
    said = "Fonctionnement de l'association et de son école de sport pour la saison"
    rows = (
        f"Crach,21560046100010,2024-03-12,2024-{number},Club des amis {number},"
        f"77567227238530,,{said} {number},{100 + number % 900},aide en numéraire,"
        "unique,2024-04-01,,non,1,"
        for number in range(ROWS)
    )
    path = tmp_path_factory.mktemp("long") / "subventions-longues.csv"
    path.write_text("\n".join([HEADERS, *rows, ""]), "utf-8")
    assert path.stat().st_size > 16 * 1024 * 1024
    return path


@pytest.fixture
def worker(portal: Portal) -> Iterator[Callable[[bool], None]]:
    """Hold the portal's worker, so that a page is looked at as long as one wants."""
    pid = json.loads((portal.home.root / "run/worker.json").read_text())["pid"]

    def hold(held: bool) -> None:
        os.kill(pid, signal.SIGSTOP if held else signal.SIGCONT)

    yield hold
    hold(False)


def test_a_long_file_is_followed_stopped_resumed_and_found_again(
    agent_page: Page,
    portal: Portal,
    grants: Path,
    mailbox: Mailbox,
    worker: Callable[[bool], None],
) -> None:
    page, hand = agent_page, Hand(agent_page)
    page.goto(portal.url("/publier/56046"))
    worker(True)
    hand.choose_file(grants)
    expect(page).to_have_url(re.compile(r"/lecture$"))
    expect(page.get_by_text("Vous pouvez fermer cette page")).to_be_visible()
    inspect(page, "fichier-long")
    hand.click(button(page, "Arrêter"))
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Votre fichier vous attend"
    )
    inspect(page, "fichier-long-arrete")
    hand.click(button(page, "Reprendre"))
    worker(False)
    # The page goes on by itself; what it says of rows is held by other tests.
    expect(page).to_have_url(re.compile(r"/verifier$"), timeout=120_000)
    draft = page.url.rsplit("/", 2)[-2]
    hand.tell("A file of 110,000 rows, stopped and resumed")

    # Read anew, and left: the home says so, and a letter comes.
    page.goto(portal.url(f"/publier/depot/{draft}/quoi"))
    page.locator("input[name=schema][value=subventions]").check()
    worker(True)
    with page.expect_response("**/lecture.json"):
        hand.click(button(page, "Continuer"))
    # Looked at a moment ago: only what its script says as she leaves lets a letter go.
    page.goto(portal.url("/publier/56046"))
    expect(page.locator("#next")).to_contain_text("Nous vérifions")
    worker(False)
    for _ in range(120):
        if mailbox.envelopes:
            break
        page.wait_for_timeout(500)
    letter = letter_to(mailbox, mailbox.envelopes[-1].rcpt_tos[0])
    assert "votre fichier est vérifié" in letter
    assert f"/publier/depot/{draft}" in letter
    page.goto(portal.url(f"/publier/depot/{draft}"))
    expect(page).to_have_url(re.compile(r"/verifier$"))
    page.get_by_text("Supprimer ce brouillon").first.click()
    button(page, "Oui, supprimer").click()
    expect(page.get_by_text("Rien n’a été publié")).to_be_visible()
