"""The picture on a published file's page, and before it is published."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from ckan import model
from ckan.exceptions import CkanConfigurationException
from ckan.plugins import toolkit as tk
from ckan.tests import factories, helpers

from ckanext.odlocale.base import storage, watch
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.pictures import REVIEW_POINTS
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.territory.tables import Collectivity
from tests.integration.publishing.conftest import (
    Desk,
    Town,
    budget,
    call_as,
    publish,
)

Open = Callable[[str | None], Desk]
Place = tuple[str, str, str]

RING = [[3.4, 44.5], [3.5, 44.5], [3.5, 44.6], [3.4, 44.5]]
CONTOUR = {"type": "Polygon", "coordinates": [RING]}
HOSTILE = "</script><img src=x onerror=alert(1)>"
FILE = "equipements.csv"
TILES = "ckanext.odlocale.map_tiles"


def equipment(town: Town, *places: Place) -> bytes:
    """A file of the model's own example, at some places: name, latitude, longitude."""
    schema = load_catalogue().get("equipements")
    text = io.StringIO()
    writer = csv.DictWriter(text, [one.name for one in schema.fields])
    writer.writeheader()
    example = {one.name: one.example for one in schema.fields}
    for number, (name, latitude, longitude) in enumerate(places):
        writer.writerow(
            example
            | {
                "COLL_SIRET": town.siret,
                "EQUIP_UID": f"{town.code}-{number:08}-001",
                "EQUIP_NOM": name,
                "EQUIP_LAT": latitude,
                "EQUIP_LONG": longitude,
            }
        )
    return text.getvalue().encode()


def figures_of(page: str) -> dict[str, Any]:
    """What the map's script is given."""
    found = re.search(
        r'<script type="application/json">(.*?)</script>', page, re.DOTALL
    )
    assert found is not None
    return dict(json.loads(found.group(1)))


def page_of(desk: Desk, online: dict[str, Any]) -> str:
    package, resource = online["package_id"], online["resource_id"]
    return desk.get(f"/dataset/{package}/resource/{resource}").page


class TestTheBars:
    def test_stand_on_the_page_of_a_budget(self, mende: Town, desk_of: Open) -> None:
        page = page_of(desk_of(None), publish(mende, budget(mende.siret, rows=4)))
        assert "Dépenses de fonctionnement" in page
        assert "Montant voté, par chapitre" in page
        assert 'data-value="6.0"' in page
        assert "6\xa0€" in page.replace("&nbsp;", "\xa0")

    def test_stand_on_the_review_of_what_is_about_to_be_published(
        self, mende: Town, desk_of: Open
    ) -> None:
        desk = desk_of(mende.agent).drop(mende, budget(mende.siret, rows=4))
        deposit = desk.address.split("/")[3]
        call_as(mende.agent, "odlocale_deposit_correct", id=deposit)
        assert 'data-value="6.0"' in desk.get(f"/publier/depot/{deposit}/relire").page

    def test_are_not_drawn_of_a_draft_that_has_no_figures(
        self, mende: Town, desk_of: Open
    ) -> None:
        desk = desk_of(mende.agent).drop(mende, budget(mende.siret, rows=4))
        deposit = desk.address.split("/")[3]
        call_as(mende.agent, "odlocale_deposit_correct", id=deposit)
        draft = Deposit.load(deposit)
        assert draft is not None
        assert draft.report is not None
        draft.report = {k: v for k, v in draft.report.items() if k != "picture"}
        model.Session.commit()
        desk.get(f"/publier/depot/{deposit}/relire")
        assert desk.response.status_code == 200
        assert "odl-picture" not in desk.page


class TestTheMap:
    def test_shows_places_on_the_contour_and_asks_nobody(
        self, mende: Town, desk_of: Open
    ) -> None:
        owner = model.Session.get(Collectivity, mende.siren)
        assert owner is not None
        owner.contour = json.dumps(CONTOUR)
        model.Session.commit()
        places = (("Mairie", "44.52", "3.45"), (HOSTILE, "44.53", "3.46"))
        online = publish(mende, equipment(mende, *places, ("Loin", "0", "0")), FILE)
        page = page_of(desk_of(None), online)
        assert figures_of(page) == {
            "points": [[44.52, 3.45, "Mairie"], [44.53, 3.46, HOSTILE]],
            "contour": CONTOUR,
            "tiles": None,
        }
        assert "1 ligne n’a pas de position" in page
        assert "<img src=x" not in page

    def test_has_what_an_operator_draws_under_it(
        self, mende: Town, desk_of: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(tk.config, TILES, "https://t.fr/{z}/{x}/{y}")
        monkeypatch.setitem(tk.config, f"{TILES}_credit", "© <b>Eux</b>")
        online = publish(mende, equipment(mende, ("Mairie", "44.5", "3.4")), FILE)
        page = page_of(desk_of(None), online)
        tiles = {"address": "https://t.fr/{z}/{x}/{y}", "credit": "© <b>Eux</b>"}
        assert figures_of(page)["tiles"] == tiles
        assert "<b>Eux" not in page

    def test_of_a_review_is_bounded(self, mende: Town, desk_of: Open) -> None:
        places = [("Banc", "44.5", "3.4")] * (REVIEW_POINTS + 3)
        desk = desk_of(mende.agent).drop(mende, equipment(mende, *places), FILE)
        deposit = desk.address.split("/")[3]
        call_as(mende.agent, "odlocale_deposit_correct", id=deposit)
        page = desk.get(f"/publier/depot/{deposit}/relire").page
        assert len(figures_of(page)["points"]) == REVIEW_POINTS
        assert "3 autres lieux ne sont pas dessinés" in page


class TestWhatIsNotDrawn:
    def test_a_private_file_named_by_another_resource(
        self, mende: Town, desk_of: Open
    ) -> None:
        online = publish(mende, budget(mende.siret, rows=4))
        other = factories.Dataset(owner_org=mende.org_id, user=factories.Sysadmin())
        resource = factories.Resource(
            package_id=other["id"], url="https://a.fr/b.csv", deposit_id=online["id"]
        )
        page = (
            desk_of(None).get(f"/dataset/{other['id']}/resource/{resource['id']}").page
        )
        assert "odl-picture" not in page

    def test_a_file_that_is_withdrawn(self, mende: Town) -> None:
        online = publish(mende, budget(mende.siret, rows=4))
        draw = helpers.call_action("package_show", id=online["package_id"])
        resource = draw["resources"][0]
        assert tk.h.odlocale_picture(resource)["kind"] == "bars"
        call_as(
            mende.agent, "odlocale_deposit_withdraw", id=online["id"], reason="other"
        )
        assert tk.h.odlocale_picture(resource) is None

    def test_a_file_that_the_disk_lost_leaves_the_page_whole(
        self, mende: Town, desk_of: Open
    ) -> None:
        online = publish(mende, budget(mende.siret, rows=7))
        release = Deposit.load(online["id"])
        assert release is not None
        storage.open_path(str(release.canonical_sha256)).unlink()
        desk = desk_of(None)
        page = page_of(desk, online)
        assert desk.response.status_code == 200
        assert "odl-picture" not in page
        assert "Les lignes du fichier" in page


@pytest.mark.parametrize("address", ["http://t.fr/{z}/{x}/{y}", "https://t.fr/{z}"])
def test_the_portal_does_not_start_with_images_that_no_page_may_show(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(tk.config, TILES, address)
    with pytest.raises(CkanConfigurationException, match="map_tiles"):
        watch.require_safe_settings()
