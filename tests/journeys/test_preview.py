"""The picture of a file: bars of a budget, equipment on a map, before and after."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from ckanext.odlocale.scdl.catalogue import load_catalogue
from tests.journeys.conftest import Portal, log_in, shoot
from tests.journeys.hand import Hand, button, continue_button
from tests.journeys.test_every_page import inspect
from tests.journeys.test_walk import MAIN, fetch

BUDGET = "/donnees/56046/budget/1970-budget-primitif-00010"
PLACES = "/donnees/56046/equipements/complet"
#: What a name in a file may try.
HOSTILE = "<img src=x onerror=document.title='volé'>"
#: A square where Crach is: a map of it has this place in its middle.
MIDDLE = ("47.62", "-3.01")
RING = [[-3.07, 47.58], [-2.95, 47.58], [-2.95, 47.66], [-3.07, 47.66], [-3.07, 47.58]]
CONTOUR = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"code": "56046", "nom": "Crach"},
            "geometry": {"type": "Polygon", "coordinates": [RING]},
        }
    ],
}


def budget_of_1970() -> bytes:
    """The budget that every journey publishes, of a year that none does."""
    lines = MAIN.read_text("utf-8").replace(",2022,", ",1970,").splitlines()
    annulled = lines[1].replace("Charges à caractère général", HOSTILE)
    return "\n".join([*lines, annulled.replace("73868.00", "-900.00"), ""]).encode()


def equipment() -> bytes:
    """A file of the model's own example, one of its places at sea off Africa."""
    schema = load_catalogue().get("equipements")
    text = io.StringIO()
    writer = csv.DictWriter(text, [one.name for one in schema.fields])
    writer.writeheader()
    example = {one.name: one.example for one in schema.fields}
    places = [
        ("Mairie", "47.6157", "-3.0013"),
        ("École", "47.6180", "-2.9950"),
        (HOSTILE, *MIDDLE),
        ("Nulle part", "0", "0"),
    ]
    for number, (name, latitude, longitude) in enumerate(places):
        writer.writerow(
            example
            | {
                "COLL_SIRET": "21560046100010",
                "EQUIP_UID": f"56046-{number:08}-001",
                "EQUIP_NOM": name,
                "EQUIP_LAT": latitude,
                "EQUIP_LONG": longitude,
            }
        )
    return text.getvalue().encode()


def review(page: Page, portal: Portal, path: Path) -> None:
    """Deposit a file, and walk to the page before publishing."""
    page.goto(portal.url("/publier"))
    hand = Hand(page)
    hand.choose_file(path)
    while not page.url.endswith("/relire"):
        accept = page.get_by_role("button", name="Appliquer")
        if accept.count():
            hand.click(accept.first)
        else:
            hand.click(continue_button(page))


@pytest.fixture(scope="module")
def published(
    browser: Browser, portal: Portal, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A budget and a file of equipment, whose reviews were looked at."""
    folder = tmp_path_factory.mktemp("files")
    contour = folder / "contour.geojson"
    contour.write_text(json.dumps(CONTOUR), "utf-8")
    portal.run_ckan("odlocale", "territory", "contours", str(contour))
    page = browser.new_context(locale="fr-FR").new_page()
    log_in(page, portal, "agent")
    for name, content, address, drawn in (
        ("budget-1970.csv", budget_of_1970(), BUDGET, ".odl-picture__bars canvas"),
        ("equipements.csv", equipment(), PLACES, ".odl-picture__map canvas"),
    ):
        if fetch(portal, f"{address}.csv").status_code == 200:
            continue
        path = folder / name
        path.write_bytes(content)
        review(page, portal, path)
        expect(page.locator(drawn).first).to_be_visible()
        inspect(page, f"image-relire-{path.stem}")
        Hand(page).click(button(page, "^Publier$"))
        expect(page.locator("h1")).to_contain_text("en ligne")
    page.context.close()


def open_file(page: Page, portal: Portal, address: str) -> None:
    """Open the page of a published file, found by its permanent address."""
    slug = address.split("/")[3]
    page.goto(portal.url(f"/dataset/{slug}-crach-56046"))
    for link in page.locator("a[href*='/resource/']").all():
        href = str(link.get_attribute("href"))
        found = page.request.get(portal.url(href)).text()
        if f"{address}.csv" in found:
            page.goto(portal.url(href))
            return
    raise AssertionError(f"no page shows {address}")


def test_a_budget_is_drawn_as_bars(published: None, page: Page, portal: Portal) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_file(page, portal, BUDGET)
    expect(page.locator(".odl-picture__bars canvas").first).to_be_visible()
    title = page.get_by_role("heading", name="Dépenses de fonctionnement")
    expect(title).to_be_visible()
    inspect(page, "image-budget")
    page.get_by_text("Les chiffres Dépenses de fonctionnement").click()
    expect(page.get_by_role("rowheader", name=HOSTILE).first).to_be_visible()
    shoot(page, "image-budget-chiffres")
    assert "volé" not in page.title()
    assert {one for one in asked if not one.startswith(portal.url(""))} == set()


def test_equipment_is_drawn_on_a_map_and_asks_nobody(
    published: None, page: Page, portal: Portal
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_file(page, portal, PLACES)
    frame = page.locator(".odl-picture__map")
    expect(frame.locator("canvas")).to_be_visible()
    expect(page.get_by_text("3 lieux sur la carte")).to_be_visible()
    expect(page.get_by_text("1 ligne n’a pas de position")).to_be_visible()
    inspect(page, "image-carte")
    frame.focus()
    page.keyboard.press("+")
    shoot(page, "image-carte-agrandie")
    assert {one for one in asked if not one.startswith(portal.url(""))} == set()


def test_a_name_on_the_map_is_text(published: None, page: Page, portal: Portal) -> None:
    open_file(page, portal, PLACES)
    frame = page.locator(".odl-picture__map")
    expect(frame.locator("canvas")).to_be_visible()
    frame.click()
    expect(frame.locator(".leaflet-popup-content")).to_have_text(HOSTILE)
    shoot(page, "image-carte-nom")
    assert "volé" not in page.title()


def test_images_under_a_map_are_asked_of_the_operators_server_alone(
    published: None, page: Page, portal: Portal
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    tiles = {"address": "https://images.example/{z}/{x}/{y}.png", "credit": HOSTILE}

    def name_server(route: Route) -> None:
        answer = route.fetch()
        text = answer.text().replace('"tiles": null', f'"tiles": {json.dumps(tiles)}')
        # As the portal does where a setting names that server.
        policy = answer.headers["content-security-policy"].replace(
            "img-src 'self'", "img-src 'self' https://images.example"
        )
        headers = {**answer.headers, "content-security-policy": policy}
        route.fulfill(response=answer, body=text, headers=headers)

    page.route("**/resource/*", name_server)
    page.route("https://images.example/**", lambda route: route.fulfill(body=""))
    open_file(page, portal, PLACES)
    credit = page.locator(".odl-picture__map .leaflet-control-attribution")
    expect(credit).to_have_text(HOSTILE)
    others = {one for one in asked if not one.startswith(portal.url(""))}
    assert others
    assert all(one.startswith("https://images.example/") for one in others)
    assert "volé" not in page.title()


def test_the_figures_are_there_without_javascript(
    published: None, browser: Browser, portal: Portal
) -> None:
    context: BrowserContext = browser.new_context(
        java_script_enabled=False, locale="fr-FR"
    )
    page = context.new_page()
    for address, summary, cell in (
        (BUDGET, "Les chiffres", "Charges à caractère général"),
        (PLACES, "Les lieux", "Mairie"),
    ):
        open_file(page, portal, address)
        expect(page.locator("canvas")).to_have_count(0)
        page.locator("summary", has_text=summary).first.click()
        expect(page.get_by_role("rowheader", name=cell).first).to_be_visible()
    context.close()
