"""A dataset that an authority publishes for its communes is on their pages."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from ckan import model
from ckan.lib import search
from ckan.plugins import toolkit as tk
from ckan.tests import factories

from ckanext.odlocale.territory.identifiers import organization_name
from ckanext.odlocale.territory.tables import (
    Collectivity,
)
from tests.integration.territory.written import (
    Territory,
    act,
    counted,
    dataset_of,
    page_of,
)

Call = Callable[..., Any]


class TestOnBehalf:
    @pytest.fixture
    def owner(self, big: Territory) -> str:
        return big.org_of(big.epci)

    def test_it_is_shown_by_whom_it_concerns(
        self, app: Any, big: Territory, owner: str
    ) -> None:
        first, second, other = big.communes[:3]
        title = f"Menus {uuid.uuid4().hex[:8]}"
        dataset = dataset_of(
            owner, title=title, on_behalf_of=f"{first.insee}, {second.name}"
        )
        assert dataset["on_behalf_of"] == sorted([first.insee, second.insee])
        page = app.get(f"/dataset/{dataset['name']}", status=200).body
        for one in (first, second):
            assert f"/organization/{organization_name(one)}" in page
            assert title in page_of(app, one)
        assert title not in page_of(app, other)

    def test_it_is_indexed_code_by_code(self, big: Territory, owner: str) -> None:
        first, second = big.communes[:2]
        dataset = dataset_of(owner, on_behalf_of=[first.insee, second.insee])
        for one in (first, second):
            found = act(
                "package_search", fq=f"vocab_on_behalf_of:{one.insee}", rows=100
            )
            assert dataset["id"] in [row["id"] for row in found["results"]]
        search.rebuild(dataset["id"])
        again = act(
            "package_search", fq=f"vocab_on_behalf_of:{first.insee} id:{dataset['id']}"
        )
        assert again["results"][0]["on_behalf_of"] == dataset["on_behalf_of"]

    def test_what_was_written_for_a_commune_that_merged_follows_it(
        self, app: Any, big: Territory, owner: str
    ) -> None:
        former, heir = big.communes[-1], big.communes[0]
        title = f"Cantine {uuid.uuid4().hex[:8]}"
        dataset = dataset_of(owner, title=title, on_behalf_of=[former.insee])
        row = Collectivity.by_code(former.siren)
        row.status, row.successor = "merged", heir.siren
        model.Session.commit()
        try:
            assert title in page_of(app, heir)
            # And it can still be updated.
            patched = act("package_patch", id=dataset["id"], notes="Les menus.")
            assert patched["on_behalf_of"] == [former.insee]
        finally:
            row = model.Session.get(Collectivity, former.siren)
            row.status, row.successor = "active", None
            model.Session.commit()

    @pytest.mark.parametrize(
        "value",
        [
            "99999",
            "Nulle-Part-sur-Mer",
            "💥",
            ["46042"],
            "200043123",
            {"a": 1},
            [["36044"]],
            "'; DROP TABLE package; --",
            [str(n) for n in range(2000)],
        ],
    )
    def test_nobody_who_is_not_below_can_be_named(
        self, big: Territory, owner: str, value: Any
    ) -> None:
        with pytest.raises(tk.ValidationError) as caught:
            dataset_of(owner, on_behalf_of=value)
        assert list(caught.value.error_dict) == ["on_behalf_of"]

    def test_the_owner_and_another_s_commune_are_refused(
        self, big: Territory, small: Territory, owner: str
    ) -> None:
        for code in (big.epci.siren, small.communes[0].insee):
            with pytest.raises(tk.ValidationError):
                dataset_of(owner, on_behalf_of=[code])

    def test_a_commune_publishes_for_itself(self, big: Territory) -> None:
        first, second = big.communes[:2]
        with pytest.raises(tk.ValidationError) as caught:
            dataset_of(big.org_of(first), on_behalf_of=[second.insee])
        assert list(caught.value.error_dict) == ["on_behalf_of"]
        assert "on_behalf_of" not in dataset_of(big.org_of(first), on_behalf_of="")

    def test_an_authority_names_whoever_it_covers(self, big: Territory) -> None:
        dataset = dataset_of(
            big.org_of(big.head), on_behalf_of=[big.communes[0].insee, big.epci.siren]
        )
        assert len(dataset["on_behalf_of"]) == 2

    def test_emptied_it_is_gone(self, big: Territory, owner: str) -> None:
        dataset = dataset_of(owner, on_behalf_of=[big.communes[0].insee])
        patched = act("package_patch", id=dataset["id"], on_behalf_of="")
        assert not patched.get("on_behalf_of")

    @pytest.mark.parametrize("who", ["anonymous", "stranger", "agent_of_the_commune"])
    def test_only_who_edits_the_owner_s_data_names_them(
        self, big: Territory, owner: str, who: str, call_as: Call
    ) -> None:
        commune = big.communes[0]
        dataset = dataset_of(owner)
        user = None
        if who != "anonymous":
            user = factories.User(name=f"u-{uuid.uuid4().hex[:12]}")["name"]
        if who == "agent_of_the_commune":
            act(
                "organization_member_create",
                id=big.org_of(commune),
                username=user,
                role="admin",
            )
        with pytest.raises(tk.NotAuthorized):
            call_as(
                user, "package_patch", id=dataset["id"], on_behalf_of=[commune.insee]
            )

    def test_the_agent_of_the_owner_names_them(
        self, big: Territory, owner: str, call_as: Call
    ) -> None:
        user = factories.User(name=f"u-{uuid.uuid4().hex[:12]}")["name"]
        act("organization_member_create", id=owner, username=user, role="editor")
        dataset = dataset_of(owner)
        commune = big.communes[0]
        patched = call_as(
            user, "package_patch", id=dataset["id"], on_behalf_of=commune.insee
        )
        assert patched["on_behalf_of"] == [commune.insee]

    def test_its_cost_does_not_grow_with_those_who_are_named(
        self, app: Any, big: Territory, owner: str
    ) -> None:
        numbers = []
        for named in (big.communes[:2], big.communes):
            dataset = dataset_of(owner, on_behalf_of=[one.insee for one in named])
            app.get(f"/dataset/{dataset['name']}")
            with counted() as sent:
                app.get(f"/dataset/{dataset['name']}", status=200)
            numbers.append(len(sent))
        assert numbers[0] == numbers[1]


def test_the_form_shows_names_beside_codes(big: Territory) -> None:
    commune = big.communes[0]
    text = tk.h.odlocale_behalf_text([commune.insee])
    assert text == f"{commune.name} ({commune.insee})"
    assert tk.h.odlocale_behalf_text("typed wrong") == "typed wrong"
    assert json.dumps(tk.h.odlocale_behalf_names(None)) == "[]"
