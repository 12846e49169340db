"""Keeping data alive: from a reminder to its answer, from an error to its correction.

Who is reminded was just invited: a portal that is kept reminds nobody twice a week.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.integration.mailbox import Mailbox
from tests.journeys.conftest import SITE_URL, Portal, log_in
from tests.journeys.hand import Hand, button, continue_button
from tests.journeys.test_every_page import inspect
from tests.journeys.test_people import (
    CRACH,
    accept,
    invite,
    letter_to,
    mailbox,
    new_address,
    someone,
)
from tests.journeys.test_walk import MAIN, fetch, publish

__all__ = ["mailbox", "someone"]

#: In the walk's own tests the budget of 2022 is the agent's; this one is ours.
YEAR = "2013"
FILE = f"/donnees/56046/budget/{YEAR}-budget-primitif-00010.csv"


def path_in(letter: str, beginning: str) -> str:
    """The address of a letter that begins so, on the portal under test."""
    found = re.search(re.escape(SITE_URL) + "(" + beginning + r"\S*)", letter)
    assert found, letter
    return found.group(1)


def budget_of(folder: Path, year: str, rows: int = 0) -> Path:
    """The budget of another year, perhaps without its last rows."""
    lines = MAIN.read_text("utf-8").replace(",2022,", f",{year},").splitlines()
    path = folder / f"budget-{year}-{secrets.token_hex(3)}.csv"
    kept = lines[: len(lines) - rows]
    path.write_text("\n".join([*kept, ""]), "utf-8")
    return path


def publish_ours(page: Page, portal: Portal, folder: Path) -> None:
    """Publish the budget of our year, unless an earlier test did."""
    if fetch(portal, FILE).status_code != 200:
        publish(page, portal, budget_of(folder, YEAR))


#: Where the agent of Crach is written to.
AGENT = "agent@essai.example.org"


@pytest.fixture
def newcomer(
    portal: Portal, mailbox: Mailbox, someone: Callable[[], Page]
) -> tuple[str, Page]:
    """Somebody who has just come to the town hall, at work: address and browser."""
    email = new_address("rappel")
    animator = someone()
    log_in(animator, portal, "animatrice")
    invite(animator, portal, CRACH, email)
    page = someone()
    accept(page, portal, mailbox, email, "Tifenn Le Goff")
    return email, page


def test_from_the_reminder_two_clicks_and_no_field_answer_nothing(
    portal: Portal,
    mailbox: Mailbox,
    newcomer: tuple[str, Page],
    someone: Callable[[], Page],
    tmp_path: Path,
) -> None:
    email, agent_page = newcomer
    publish_ours(agent_page, portal, tmp_path)
    agent_page.goto(portal.url("/publier"))
    late = agent_page.locator("#next")
    expect(late).to_contain_text("une mise à jour était attendue")
    inspect(agent_page, "bureau-en-retard")
    late.get_by_role("link", name="Ouvrir le tableau préparé").click()
    expect(agent_page.get_by_text("Votre tableau est prêt")).to_be_visible()
    inspect(agent_page, "tableau-prepare")

    portal.run_ckan("odlocale", "publishing", "remind", "--per-minute", "0")
    letter = letter_to(mailbox, email)
    assert "attendu" in letter.splitlines()[0]
    # At another computer, where nobody is logged in.
    page = someone()
    hand = Hand(page)
    page.goto(portal.url(path_in(letter, "/rappel/rien/")))
    hand.clicks += 1  # the link of the letter
    inspect(page, "rien-a-publier")
    hand.click(button(page, "Oui, rien à publier"))
    expect(page.get_by_text("Votre réponse compte")).to_be_visible()
    inspect(page, "rien-a-publier-note")
    hand.tell("task 4")
    assert (hand.clicks, hand.fields) == (2, 0)
    assert "notée" in letter_to(mailbox, email)

    agent_page.goto(portal.url("/publier/56046/budget"))
    expect(agent_page.get_by_text("rien à publier en")).to_be_visible()
    inspect(agent_page, "budget-repondu")
    before = len(mailbox.envelopes)
    portal.run_ckan("odlocale", "publishing", "remind", "--per-minute", "0")
    assert len(mailbox.envelopes) == before

    # Taken back, so that other walks find the commune as it was.
    hand.click(button(page, "Reprendre cette réponse"))
    expect(page.get_by_role("button", name="Oui, rien à publier")).to_be_visible()
    page.goto(portal.url(path_in(letter, "/rappel/arret/")))
    inspect(page, "rappels")
    hand.click(button(page, "Ne plus recevoir"))
    expect(page.get_by_text("Vous ne recevez plus ces courriels")).to_be_visible()
    inspect(page, "rappels-arretes")
    hand.click(button(page, "Les recevoir de nouveau"))
    expect(page.get_by_role("button", name="Ne plus recevoir")).to_be_visible()


def test_from_an_error_reported_to_its_correction_read_by_the_reader(
    portal: Portal,
    mailbox: Mailbox,
    someone: Callable[[], Page],
    agent_page: Page,
    tmp_path: Path,
) -> None:
    publish_ours(agent_page, portal, tmp_path)
    before = fetch(portal, FILE).content
    reader = someone()
    address = f"lectrice-{secrets.token_hex(3)}@essai.example.org"
    reader.goto(portal.url("/dataset/budget-crach-56046"))
    name = re.compile(f"Signaler une erreur.*{YEAR}")
    reader.get_by_role("link", name=name).first.click()
    inspect(reader, "signaler")
    button(reader, "Envoyer le signalement").click()
    expect(reader.get_by_role("alert")).to_contain_text("Dites en quelques mots")
    inspect(reader, "signaler-erreur")
    reader.get_by_label("Qu’est-ce qui ne va pas").fill(
        "La dernière ligne est comptée deux fois."
    )
    reader.get_by_label("Quelle ligne").fill("12")
    reader.get_by_label("Votre adresse de courriel").fill(address)
    button(reader, "Envoyer le signalement").click()
    expect(reader.get_by_text("Votre signalement est envoyé à Crach")).to_be_visible()
    inspect(reader, "signaler-merci")

    letter = letter_to(mailbox, AGENT)
    assert "signale une erreur" in letter
    agent_page.goto(portal.url("/publier"))
    agent_page.get_by_role("link", name="Voir le signalement").click()
    expect(agent_page.get_by_text("comptée deux fois")).to_be_visible()
    inspect(agent_page, "signalement")
    hand = Hand(agent_page)
    rows = 1 + len(before.splitlines()) % 7
    hand.choose_file(budget_of(tmp_path, YEAR, rows))
    hand.click(button(agent_page, "Appliquer"))
    hand.click(continue_button(agent_page))
    replace = button(agent_page, "Oui|Remplacer|Continuer")
    expect(agent_page.locator("main").first).to_contain_text("déjà publié")
    hand.click(replace)
    hand.click(button(agent_page, "^Publier$"))
    expect(agent_page.locator("h1")).to_contain_text("en ligne")
    agent_page.goto(portal.url(path_in(letter, "/publier/signalement/")))
    expect(
        agent_page.get_by_text("Un fichier plus récent est en ligne")
    ).to_be_visible()
    inspect(agent_page, "signalement-corrige")
    hand.click(button(agent_page, "C’est corrigé"))
    expect(agent_page.get_by_text("Votre réponse est envoyée")).to_be_visible()

    answer = letter_to(mailbox, address)
    assert "corrigée" in answer
    corrected = fetch(portal, path_in(answer, "/donnees/"))
    assert corrected.status_code == 200
    assert corrected.content != before


@pytest.fixture
def other_site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """The web site of a town hall: its folder, and its address."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        # Another host than the portal's, so that no cookie is shared.
        yield tmp_path, f"http://localhost:{server.server_port}"
        server.shutdown()


def test_another_site_shows_the_block_and_the_script(
    portal: Portal,
    agent_page: Page,
    browser: Browser,
    other_site: tuple[Path, str],
    tmp_path: Path,
) -> None:
    publish_ours(agent_page, portal, tmp_path)
    agent_page.goto(portal.url("/publier/56046/integrer"))
    inspect(agent_page, "integrer-code")
    line = agent_page.get_by_label("En cadre").input_value()
    assert line.startswith("<iframe")
    assert line.endswith("</iframe>")
    context = browser.new_context(locale="fr-FR")
    page = context.new_page()
    page.set_default_timeout(20_000)
    folder, address = other_site
    block, script = portal.url("/integrer/56046"), portal.url("/integrer/56046.js")
    (folder / "mairie.html").write_text(
        "<!DOCTYPE html><html lang=fr><meta charset=utf-8><title>Mairie</title>"
        f'<main><h1>Mairie</h1><iframe src="{block}" title="Données" width="100%"'
        f' height="400"></iframe><script src="{script}?lien=00408b"></script></main>'
        f'<iframe id="refused" src="{portal.url("/about")}" title="Portail"></iframe>'
    )
    page.goto(f"{address}/mairie.html")
    frame = page.frame_locator("iframe[title='Données']")
    expect(frame.get_by_role("heading", name="Crach")).to_be_visible()
    expect(frame.get_by_role("link", name="Budget").first).to_be_visible()
    added = page.locator("section.donnees-ouvertes")
    expect(added.get_by_role("link", name="Budget", exact=True)).to_be_visible()
    # Another page of the portal is not shown: the browser says so in its place.
    assert "chrome-error://chromewebdata/" in [one.url for one in page.frames]
    assert context.cookies() == []
    page.goto(block)
    inspect(page, "integrer-bloc")
    context.close()
