"""The name and the colour of an ATD on the pages of those whom it covers."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.odlocale.territory.identifiers import organization_name
from tests.integration.territory.written import (
    Territory,
    dataset_of,
    page_of,
)


class TestTheAtd:
    def test_its_name_and_colour_dress_its_pages(
        self, app: Any, big: Territory
    ) -> None:
        commune = big.communes[0]
        dataset = dataset_of(big.org_of(commune))
        sheet = f"/territoire/{big.head.siren}.css?v=7a1f1f"
        for address in (
            f"/organization/{organization_name(commune)}",
            f"/dataset/{dataset['name']}",
        ):
            page = app.get(address, status=200).body
            assert sheet in page
            header = page[page.index('class="odl-header"') : page.index("</header>")]
            assert "Numérique 36" in header
        answer = app.get(sheet, status=200)
        assert answer.headers["Content-Type"].startswith("text/css")
        assert "--odlocale-action: #7a1f1f;" in answer.body
        assert "max-age=" in answer.headers["Cache-Control"]

    def test_its_sheet_is_not_sent_twice(self, app: Any, big: Territory) -> None:
        sheet = f"/territoire/{big.head.siren}.css"
        tag = app.get(sheet).headers["ETag"]
        assert app.get(sheet, headers={"If-None-Match": tag}).status_code == 304

    def test_the_most_local_one_wins(self, app: Any, epci_atd: Territory) -> None:
        page = page_of(app, epci_atd.communes[0])
        assert f"/territoire/{epci_atd.epci.siren}.css" in page
        head = page_of(app, epci_atd.head)
        assert f"/territoire/{epci_atd.head.siren}.css" in head
        # The other one is named on the page all the same.
        assert "Lot numérique" in page

    def test_elsewhere_the_portal_keeps_its_own_look(
        self, app: Any, big: Territory
    ) -> None:
        org = factories.Organization()
        for address in ("/", "/dataset/", f"/organization/{org['name']}"):
            assert "/territoire/" + big.head.siren not in app.get(address).body

    @pytest.mark.parametrize(
        "colour", ["#7a1f1f", "#FFD800", "#777", "rouge", "", None]
    )
    def test_a_colour_is_readable_or_the_nearest_is_proposed(
        self, portal: None, colour: Any
    ) -> None:
        validate = tk.get_validator("odlocale_colour")
        if colour in ("#7a1f1f", "", None):
            assert validate(colour) == (colour or None)
            return
        with pytest.raises(tk.Invalid) as caught:
            validate(colour)
        proposed = re.findall(r"#[0-9a-f]{6}", str(caught.value.error))
        assert proposed
        assert validate(proposed[-1]) == proposed[-1]

    def test_a_colour_is_only_ever_a_colour(self, portal: None) -> None:
        for hostile in ("red;}body{display:none", "url(//x)", 7, [], {"a": 1}):
            with pytest.raises(tk.Invalid):
                tk.get_validator("odlocale_colour")(hostile)
