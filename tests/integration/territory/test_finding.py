"""Finding a collectivité: actions, helpers, stable addresses, contours."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories, helpers

from ckanext.odlocale.base.french import slugify
from ckanext.odlocale.territory import helpers as ours
from ckanext.odlocale.territory.tables import Collectivity

Call = Callable[..., Any]
DELLE, HEAD, EPCI = "90033", "229000013", "200069052"


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    """List the statements sent to PostgreSQL."""
    sent: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    sa.event.listen(model.meta.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(model.meta.engine, "before_cursor_execute", note)


def found(q: str, **options: Any) -> list[str]:
    data = {"q": q, "limit": 100, **options}
    page = helpers.call_action("odlocale_collectivity_search", **data)
    return [row["name"] for row in page["results"]]


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        pytest.param("Delle", ["Delle"], id="name, exact"),
        pytest.param("delle", ["Delle"], id="no capital"),
        pytest.param("evette", ["Évette-Salbert"], id="no accent"),
        pytest.param("EVETTE salb", ["Évette-Salbert"], id="beginnings of words"),
        pytest.param("salbert évette", ["Évette-Salbert"], id="other order"),
        pytest.param("st germain chat", ["Saint-Germain-le-Châtelet"], id="st"),
        pytest.param("90033", ["Delle"], id="INSEE"),
        pytest.param("219000338", ["Delle"], id="SIREN"),
        pytest.param("219 000 338", ["Delle"], id="SIREN in groups"),
        pytest.param("21900033800015", ["Delle"], id="SIRET"),
        pytest.param("zzzz", [], id="nothing"),
        pytest.param("%", [], id="sign of LIKE"),
        pytest.param("'; DROP TABLE package; --", [], id="injection"),
    ],
)
def test_a_commune_is_found_as_people_look_for_it(
    belfort: dict[str, Any], q: str, expected: list[str]
) -> None:
    assert found(q, kind="commune") == expected


def test_a_postal_code_gives_all_its_communes(belfort: dict[str, Any]) -> None:
    communes = found("90100")
    assert "Delle" in communes
    assert len(communes) > 5
    assert communes == sorted(communes, key=slugify)


def test_the_name_typed_in_full_comes_first(belfort: dict[str, Any]) -> None:
    assert found("belfort")[0] == "Belfort"


def test_pages_are_counted_even_past_the_last(belfort: dict[str, Any]) -> None:
    far = helpers.call_action(
        "odlocale_collectivity_search", q="delle", offset=5000, limit=10
    )
    assert (far["count"], far["results"]) == (1, [])


@pytest.mark.parametrize(
    ("field", "value"),
    [("limit", "beaucoup"), ("offset", "-1"), ("kind", "village"), ("limit", "1.5")],
)
def test_a_wrong_parameter_is_named(
    belfort: dict[str, Any], call_as: Call, field: str, value: str
) -> None:
    with pytest.raises(tk.ValidationError) as caught:
        call_as(None, "odlocale_collectivity_search", **{field: value})
    assert list(caught.value.error_dict) == [field]


def test_only_public_datasets_are_counted(belfort: dict[str, Any]) -> None:
    org_id = Collectivity.by_code("90001").org_id
    before = ours.odlocale_territory_summary()
    factories.Dataset(owner_org=org_id)
    factories.Dataset(owner_org=org_id, private=True)
    page = helpers.call_action("odlocale_collectivity_search", q="90001")
    assert [row["datasets"] for row in page["results"]] == [1]
    after = ours.odlocale_territory_summary()
    assert after["datasets"] == before["datasets"] + 1
    assert after["publishing"] == before["publishing"] + 1
    assert after["communes"] >= 101


def test_the_home_page_costs_two_queries(belfort: dict[str, Any]) -> None:
    ours.odlocale_collectivities("delle")
    with counted_queries() as sent:
        ours.odlocale_territory_summary()
        ours.odlocale_collectivities("", 2)
    assert len([s for s in sent if "odlocale_collectivity" in s]) == 2
    assert len(sent) == 2


@pytest.mark.parametrize(
    ("page", "number"),
    [
        (1, 1),
        ("2", 2),
        (None, 1),
        ("x", 1),
        ("-1", 1),
        ("²", 1),
        ("9" * 30, 1),
        (10**6, 100_000),
    ],
)
def test_a_page_is_always_a_number(
    belfort: dict[str, Any], page: Any, number: int
) -> None:
    shown = ours.odlocale_collectivities("", page)
    assert shown["page"] == number
    assert shown["pages"] >= 5
    assert (len(shown["results"]) > 0) is (number < 3)


def test_an_organization_is_described_with_names(belfort: dict[str, Any]) -> None:
    described = ours.odlocale_collectivity(Collectivity.by_code(DELLE).org_id)
    assert described is not None
    assert described["full_name"] == "Commune de Delle"
    assert described["epci_name"] == "CC du Sud Territoire"
    assert described["departement_name"] == "Territoire de Belfort"
    assert ours.odlocale_collectivity(factories.Organization()["id"]) is None


def test_a_collectivity_is_shown_by_either_code(
    belfort: dict[str, Any], call_as: Call
) -> None:
    by_insee = call_as(None, "odlocale_collectivity_show", code=DELLE)
    by_siren = call_as(None, "odlocale_collectivity_show", code=by_insee["siren"])
    assert by_insee == by_siren
    assert by_insee["organization"]["name"] == f"delle-{DELLE}"
    assert "contour" not in by_insee
    with pytest.raises(tk.ObjectNotFound):
        call_as(None, "odlocale_collectivity_show", code="00000")


@pytest.mark.parametrize(
    ("path", "organization"),
    [
        (f"/commune/{DELLE}", f"delle-{DELLE}"),
        ("/collectivite/219000338", f"delle-{DELLE}"),
        (f"/collectivite/{HEAD}", f"territoire-de-belfort-{HEAD}"),
    ],
)
def test_a_stable_address_leads_to_the_organization(
    app: Any, belfort: dict[str, Any], path: str, organization: str
) -> None:
    answer = app.get(path, follow_redirects=False, status=302)
    assert answer.headers["Location"].endswith(f"/organization/{organization}")


@pytest.mark.parametrize(
    "path",
    [
        "/commune/00000",
        f"/commune/{HEAD}",
        "/commune/219000338",
        f"/collectivite/{DELLE}",
        "/collectivite/211300553",
        "/commune/%27%22%3Cscript%3E",
    ],
)
def test_an_unknown_address_says_so(
    app: Any, belfort: dict[str, Any], path: str
) -> None:
    answer = app.get(path, follow_redirects=False, status=404)
    assert "<script>alert" not in answer.body


def square(code: str, west: float = 7.0) -> dict[str, Any]:
    ring = [[west, 47.5], [west + 0.1, 47.5], [west + 0.1, 47.6], [west, 47.5]]
    return {
        "type": "Feature",
        "properties": {"code": code},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def test_contours_are_recorded_and_what_is_wrong_is_told(
    belfort: dict[str, Any], sysadmin: dict[str, Any], call_as: Call
) -> None:
    features = [
        square(DELLE),
        square(EPCI),
        square("97701"),
        {**square("90010"), "geometry": None},
    ]
    collection = {"type": "FeatureCollection", "features": features}
    told = call_as(
        sysadmin["name"], "odlocale_territory_contours", collection=collection
    )
    assert (told["matched"], told["unknown"]) == (2, ["97701"])
    assert [(r["rank"], r["code"], r["fault"]) for r in told["refused"]] == [
        (4, "90010", "no_geometry")
    ]
    assert told["missing"] >= 100
    shown = call_as(
        None, "odlocale_collectivity_show", code=DELLE, include_contour=True
    )
    assert json.loads(shown["contour"])["type"] == "Polygon"
    assert 7.0 < shown["longitude"] < 7.1
    # The register applied again keeps them.
    call_as(sysadmin["name"], "odlocale_territory_apply", departement="90")
    assert Collectivity.by_code(DELLE).contour == shown["contour"]


@pytest.mark.parametrize("collection", [None, [], "text", {"type": "Topology"}])
def test_what_is_no_collection_of_contours_is_refused(
    sysadmin: dict[str, Any], call_as: Call, collection: Any
) -> None:
    with pytest.raises(tk.ValidationError) as caught:
        call_as(sysadmin["name"], "odlocale_territory_contours", collection=collection)
    assert list(caught.value.error_dict) == ["collection"]


def test_feeds_are_told_of_new_contours_only(
    belfort: dict[str, Any],
    sysadmin: dict[str, Any],
    call_as: Call,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from ckanext.odlocale import rooms

    told: list[str] = []
    monkeypatch.setattr(
        rooms, "call_hooks", lambda name, *args: told.append(args[0].name)
    )
    collection = {"type": "FeatureCollection", "features": [square("90068", 7.05)]}
    for _ in range(2):
        call_as(sysadmin["name"], "odlocale_territory_contours", collection=collection)
    assert len(told) == 1
    assert told[0].endswith("-90068")


def test_an_organisation_made_by_hand_is_still_listed(portal: None, app: Any) -> None:
    factories.Organization(name="amis-du-lac-zz", title="Les Amis du Lac ZZ")
    names = [one["name"] for one in ours.odlocale_other_organizations("amis du lac")]
    assert names == ["amis-du-lac-zz"]
    assert ours.odlocale_other_organizations("nobody is called so") == []
    page = app.get("/organization/?q=amis+du+lac")
    assert "Les Amis du Lac ZZ" in page.body
