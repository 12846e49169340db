"""``/animer/modeles`` in a browser: a model, its new version, the files that follow."""

from __future__ import annotations

import json
import re
import uuid
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.conftest import Portal, log_in
from tests.journeys.hand import Hand
from tests.journeys.test_every_page import inspect

MARK = uuid.uuid4().hex[:6]


def describe(version: str, species: str) -> bytes:
    return json.dumps(
        {
            "name": f"arbres-{MARK}",
            "title": f"Arbres {MARK}",
            "version": version,
            "fields": [
                {"name": f"ID_{MARK}", "constraints": {"required": True}},
                {"name": species, "constraints": {"required": True}},
            ],
            "odlocale": {
                "migrations": [
                    {
                        "from": "1.0.0",
                        "rules": [{"rename": f"ESPECE_{MARK}", "to": f"TAXON_{MARK}"}],
                    }
                ]
            },
        }
    ).encode()


def bring(hand: Hand, path: Path, content: bytes) -> None:
    """Choose a file and ask what it brings."""
    path.write_bytes(content)
    hand.page.get_by_label("Ou son fichier").set_input_files(path)
    hand.click(hand.page.get_by_role("button", name="Voir ce qu’il apporte"))


def test_a_model_is_added_then_its_files_follow(
    page: Page, portal: Portal, tmp_path: Path
) -> None:
    log_in(page, portal, "admin")
    hand = Hand(page)
    page.goto(portal.url("/animer/modeles"))
    inspect(page, "modeles")
    bring(hand, tmp_path / "faux.json", b'{"fields": "aucun"}')
    expect(page.get_by_text("Rien n’a changé").first).to_be_visible()
    expect(page.get_by_label(re.compile("Ce que vous avez envoyé"))).to_have_value(
        re.compile("aucun")
    )
    inspect(page, "modeles-faux")
    page.goto(portal.url("/animer/modeles"))
    bring(hand, tmp_path / "arbres.json", describe("1.0.0", f"ESPECE_{MARK}"))
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Arbres {MARK}")
    inspect(page, "modele-apercu")
    hand.click(page.get_by_role("button", name="Utiliser ce modèle"))
    expect(page.get_by_text("est en service").first).to_be_visible()

    # A file of a commune, published by the animator for it.
    page.goto(portal.url("/publier/56046"))
    rows = tmp_path / "arbres.csv"
    rows.write_text(f"ID_{MARK},ESPECE_{MARK}\n1,Tilleul\n2,Orme\n", "utf-8")
    page.locator('input[type="file"]').first.set_input_files(rows)
    page.get_by_role("button", name="Publier", exact=True).click()
    expect(page.get_by_text("est en ligne").first).to_be_visible()

    page.goto(portal.url("/animer/modeles"))
    bring(hand, tmp_path / "arbres-2.json", describe("2.0.0", f"TAXON_{MARK}"))
    expect(page.get_by_text(f"TAXON_{MARK}").first).to_be_visible()
    inspect(page, "modele-version")
    hand.click(page.get_by_role("button", name="Utiliser cette version"))
    expect(page.get_by_text("Changeront tout seuls")).to_be_visible()
    inspect(page, "modele-plan")
    hand.click(page.get_by_role("button", name="Passer ces fichiers"))
    expect(page.get_by_text("1 fichier suit la nouvelle version")).to_be_visible()
    expect(page.get_by_text("Tous les fichiers en ligne suivent")).to_be_visible()
    inspect(page, "modele-a-jour")

    # An administrator sees each ATD of the portal.
    whose = page.get_by_role("heading", name="Ce que demande Département du Morbihan")
    own = page.locator("section").filter(has=whose)
    hand.click(own.get_by_label("Doit être corrigé avant"))
    hand.click(own.get_by_role("button", name="Enregistrer cette règle"))
    expect(page.get_by_text("C’est enregistré")).to_be_visible()
    inspect(page, "modele-regle")
    page.goto(portal.url("/publier/56046"))
    rows.write_text(f"ID_{MARK},TAXON_{MARK}\n1,Tilleul\n2,\n", "utf-8")
    page.locator('input[type="file"]').first.set_input_files(rows)
    expect(page.get_by_text("suivent en tout le modèle national")).to_be_visible()
    expect(page.get_by_role("link", name="Continuer")).to_have_count(0)
    inspect(page, "modele-exige")
    hand.tell("a model and its new version")
