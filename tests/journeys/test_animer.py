"""The animator's pages, walked in a browser: a perimeter, the plan, where they publish.

A département that the portal does not have yet is set up from nothing; where they
publish is said for the Territoire de Belfort (90).
"""

from __future__ import annotations

import json
import re
import uuid

import pytest
import requests
from playwright.sync_api import Page, expect

from ckanext.odlocale.territory.register import Collectivity, Register
from tests.journeys.conftest import Portal, log_in
from tests.journeys.hand import Hand
from tests.journeys.test_every_page import inspect

HOME = "/animer/territoire"
BELFORT = "229000013"
#: CC Rahin et Chérimont, in the Haute-Saône.
UNSET = "247000821"
#: Long enough for a worker to start, read the register and write 104 organisations.
APPLIED_MS = 90_000


def act(portal: Portal, page: Page, action: str, **data: object) -> dict[str, object]:
    """Call an action as an administrator, with a token made for it."""
    token = page.context.request.post(
        portal.url("/api/3/action/api_token_create"),
        data=json.dumps({"user": "admin", "name": uuid.uuid4().hex}),
        headers={"X-CSRFToken": csrf(page), "Content-Type": "application/json"},
    ).json()["result"]["token"]
    answer = requests.post(
        portal.url(f"/api/3/action/{action}"),
        json=data,
        headers={"Authorization": token},
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    result: dict[str, object] = answer.json()["result"]
    return result


def csrf(page: Page) -> str:
    found = page.locator('meta[name="_csrf_token"]').get_attribute("content")
    assert found
    return found


@pytest.fixture
def admin_page(page: Page, portal: Portal) -> Page:
    """A page on which the administrator has just logged in."""
    log_in(page, portal, "admin")
    return page


def absent_departement(portal: Portal) -> tuple[Collectivity, int]:
    """A département that no earlier run on this portal set up, and its communes."""
    register = Register.load()
    for code in ("48", "05", "04", "09", "23", "15", "32", "55"):
        head = register.head(code)
        assert head is not None
        address = portal.url(f"/collectivite/{head.siren}")
        if requests.get(address, timeout=30).status_code == 404:
            return head, len(register.communes(code))
    pytest.fail("every département of the list is on this portal: make clean")


def type_in(hand: Hand, label: str, text: str) -> None:
    hand.page.get_by_label(label, exact=True).fill(text)


def press(hand: Hand, name: str) -> None:
    hand.click(hand.page.get_by_role("button", name=re.compile(name)).first)


def test_a_territory_is_set_up_from_nothing(admin_page: Page, portal: Portal) -> None:
    page = admin_page
    head, number = absent_departement(portal)
    page.goto(portal.url(f"{HOME}/perimetres"))
    hand = Hand(page)
    hand.click(page.get_by_role("link", name="Définir un territoire"))
    inspect(page, "animer-nouveau")
    type_in(hand, "Nom ou SIREN de la collectivité qui aide", head.siren)
    press(hand, "La chercher")
    expect(page.get_by_label("Nom que lisent les visiteurs")).to_have_value(
        head.full_name
    )
    type_in(hand, "Son nom ou son code", str(head.departement))
    # The Enter key does what was being typed.
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    expect(page.locator("#covered")).to_contain_text(f"{number} communes")
    inspect(page, "animer-perimetre")
    press(hand, "Enregistrer ce territoire")
    expect(page.locator("h1")).to_contain_text("Mettre en place le territoire")
    inspect(page, "animer-plan")
    press(hand, r"Appliquer ces \d+ changements")
    expect(page.locator("h1")).to_have_text("Le plan est appliqué", timeout=APPLIED_MS)
    inspect(page, "animer-applique")
    hand.click(page.get_by_role("link", name="Relire le plan"))
    page.goto(portal.url(f"{HOME}?perimetre={head.siren}"))
    expect(page.locator("#plan-card")).to_contain_text("Tout est à jour")
    inspect(page, "animer-a-jour")
    hand.tell("set up a territory")
    assert (hand.clicks, hand.fields) == (5, 2)


def test_a_doubt_is_answered_by_keyboard(admin_page: Page, portal: Portal) -> None:
    page = admin_page
    # Never applied: none of its communes has an organisation.
    act(
        portal,
        page,
        "odlocale_perimeter_set",
        atd_siren=UNSET,
        definition={"include": [{"kind": "epci", "code": UNSET}]},
    )
    title = f"Mairie de Champagney {uuid.uuid4().hex[:4]}"
    name = f"mairie-{uuid.uuid4().hex[:8]}"
    made = act(
        portal,
        page,
        "organization_create",
        name=name,
        title=title,
        siren="217001205",
        insee="70157",
    )
    page.goto(portal.url(f"{HOME}?perimetre={UNSET}"))
    question = page.get_by_role("group", name=re.compile(title))
    expect(question).to_be_visible()
    inspect(page, "animer-doute")
    question.get_by_label("Aucune").focus()
    page.keyboard.press("Space")
    button = page.get_by_role("button", name="Garder mes réponses")
    while not button.evaluate("one => one === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    expect(page.locator("#answers")).to_contain_text("Votre réponse")
    expect(question).to_have_count(0)
    act(portal, page, "organization_delete", id=made["id"])
    act(portal, page, "odlocale_perimeter_delete", atd_siren=UNSET)


def test_many_communes_publish_elsewhere_in_a_few_clicks(
    admin_page: Page, portal: Portal
) -> None:
    page = admin_page
    act(
        portal,
        page,
        "odlocale_perimeter_set",
        atd_siren=BELFORT,
        definition={"include": [{"kind": "departement", "code": "90"}]},
    )
    act(portal, page, "odlocale_territory_apply", perimeters=[BELFORT])
    codes = [str(one.insee) for one in Register.load().communes("90")]
    forget = {"schemas": ["prenoms"], "target": "default", "codes": codes}
    act(portal, page, "odlocale_target_set", **forget)
    where = f"{HOME}/cibles?perimetre={BELFORT}&donnees=prenoms&nature=commune"
    page.goto(portal.url(where))
    inspect(page, "animer-cibles")
    hand = Hand(page)
    hand.click(page.get_by_label(re.compile(r"Sélectionner les \d+ résultats")))
    hand.click(page.get_by_label("Sur data.gouv.fr"))
    press(hand, "Voir ce que cela change")
    inspect(page, "animer-cibles-confirmer")
    press(hand, r"Confirmer pour \d+ collectivités")
    expect(page.get_by_role("status").first).to_contain_text("choix")
    hand.tell("targets of 101 communes")
    assert (hand.clicks, hand.fields) == (4, 0)
    page.goto(portal.url("/publier/90033"))
    expect(page.get_by_role("main")).to_contain_text("Publiées ailleurs")
    expect(page.get_by_role("main")).to_contain_text("Prénoms des nouveau-nés")
    inspect(page, "bureau-ailleurs")


def test_an_animator_reads_hers(page: Page, portal: Portal) -> None:
    log_in(page, portal, "animatrice")
    for name, path in (
        ("plan", HOME),
        ("perimetres", f"{HOME}/perimetres"),
        ("cibles", f"{HOME}/cibles"),
        ("reserve", f"{HOME}/perimetres/{BELFORT}"),
    ):
        page.goto(portal.url(path))
        inspect(page, f"animatrice-{name}")
    page.goto(portal.url(f"{HOME}/perimetres"))
    page.locator(".odl-task__link").first.click()
    inspect(page, "animatrice-perimetre")
