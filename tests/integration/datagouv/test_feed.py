"""What a harvester gets from ``/catalogue/<code>.ttl``."""

from __future__ import annotations

import datetime
import json
from typing import Any
from unittest import mock

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories, helpers
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, XSD, Namespace

from ckanext.odlocale.datagouv import feed
from ckanext.odlocale.datagouv.model import Fragment

SITE = "http://test.ckan.net"
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
GEOSPARQL = Namespace("http://www.opengis.net/ont/geosparql#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")


def datasets(graph: Graph) -> set[str]:
    return {str(value) for value in graph.objects(None, DCTERMS.identifier)} & {
        str(node).rpartition("/")[2] for node in graph.subjects(RDF.type, DCAT.Dataset)
    }


def test_a_published_dataset_says_all_that_data_gouv_reads(
    commune: Any, read: Any
) -> None:
    dataset = commune.publish()
    graph = read(commune.feed)
    node = URIRef(f"{SITE}/dataset/{dataset['id']}")
    assert graph.value(node, DCTERMS.identifier) == Literal(dataset["id"])
    assert graph.value(node, DCTERMS.license) == URIRef(
        "https://www.etalab.gouv.fr/licence-ouverte-open-licence"
    )
    assert graph.value(node, DCAT.landingPage) == URIRef(
        f"{SITE}/dataset/{dataset['name']}"
    )
    period = graph.value(node, DCTERMS.temporal)
    assert isinstance(period, BNode)
    assert graph.value(period, DCAT.startDate) == Literal(
        "2022-01-01", datatype=XSD.date
    )
    shape = json.loads(str(next(graph.objects(None, GEOSPARQL.asGeoJSON))))
    assert shape["type"] == "Polygon"
    assert shape["coordinates"][0][0] == shape["coordinates"][0][-1]
    card = graph.value(node, DCAT.contactPoint)
    assert graph.value(card, VCARD.fn) == Literal("Kerlibre")
    assert graph.value(card, VCARD.hasEmail) == URIRef(
        "mailto:mairie@kerlibre.example.fr"
    )
    publisher = graph.value(node, DCTERMS.publisher)
    assert graph.value(publisher, FOAF.name) == Literal("Kerlibre")
    assert graph.value(publisher, DCTERMS.identifier) == Literal(commune.siren)


def test_a_published_file_has_its_address_format_model_and_fingerprint(
    commune: Any, read: Any
) -> None:
    commune.publish()
    graph = read(commune.feed)
    file = graph.value(None, RDF.type, DCAT.Distribution)
    said = {
        predicate: str(graph.value(file, predicate))
        for predicate in (
            DCAT.downloadURL,
            DCTERMS.format,
            DCTERMS.conformsTo,
            DCTERMS.license,
            DCAT.byteSize,
        )
    }
    assert said == {
        DCAT.downloadURL: (
            f"{SITE}/donnees/{commune.code}/budget/2022-budget-primitif-00010.csv"
        ),
        DCTERMS.format: (
            "http://publications.europa.eu/resource/authority/file-type/CSV"
        ),
        DCTERMS.conformsTo: (
            "https://schema.data.gouv.fr/schemas/scdl/budget/latest/schema.json"
        ),
        DCTERMS.license: "https://www.etalab.gouv.fr/licence-ouverte-open-licence",
        DCAT.byteSize: "12345",
    }
    checksum = graph.value(file, SPDX.checksum)
    assert graph.value(checksum, SPDX.checksumValue) == Literal("0f" * 32)
    assert graph.value(checksum, SPDX.algorithm) == URIRef(
        "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"
    )


def test_the_answer_names_its_charset_and_is_not_redirected(
    commune: Any, app: Any
) -> None:
    commune.publish(title="Délibérations de Kerlibre")
    response = app.get(commune.feed, follow_redirects=False)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/turtle; charset=utf-8"
    assert "Délibérations" in response.get_data().decode("utf-8")


def test_addresses_come_from_the_configuration_never_from_the_request(
    commune: Any, app: Any
) -> None:
    commune.publish()
    honest = app.get(commune.feed).body
    forged = app.get(
        commune.feed,
        headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"},
    ).body
    assert forged == honest
    assert "evil.example" not in forged


def test_head_answers_the_headers_alone(commune: Any, app: Any) -> None:
    commune.publish()
    whole = app.get(commune.feed)
    head = app.client.head(commune.feed)
    assert head.status_code == 200
    assert head.get_data() == b""
    assert head.headers["Content-Type"] == whole.headers["Content-Type"]
    assert head.headers["ETag"] == whole.headers["ETag"]


@pytest.mark.parametrize("extension", ["ttl", "rdf", "jsonld"])
def test_an_unchanged_feed_answers_304(extension: str, commune: Any, app: Any) -> None:
    commune.publish()
    address = f"/catalogue/{commune.code}.{extension}"
    tag = app.get(address).headers["ETag"]
    again = app.get(address, headers={"If-None-Match": tag}, status=304)
    assert again.get_data() == b""
    assert again.headers["ETag"] == tag


def test_an_edited_dataset_changes_the_tag(commune: Any, app: Any, act: Any) -> None:
    dataset = commune.publish()
    tag = app.get(commune.feed).headers["ETag"]
    act("package_patch", id=dataset["id"], title="Budget voté")
    answer = app.get(commune.feed, headers={"If-None-Match": tag}, status=200)
    assert "Budget voté" in answer.body
    assert answer.headers["ETag"] != tag


def test_the_same_feed_is_written_twice_alike(commune: Any, app: Any, act: Any) -> None:
    commune.publish()
    before = app.get(commune.feed).body
    act("odlocale_fragment_rebuild", id=commune.org_id)
    assert app.get(commune.feed).body == before


@pytest.mark.parametrize(
    ("extension", "parser", "kind"),
    [
        ("rdf", "xml", "application/rdf+xml; charset=utf-8"),
        ("jsonld", "json-ld", "application/ld+json; charset=utf-8"),
    ],
)
def test_other_formats_hold_the_same_datasets(
    extension: str, parser: str, kind: str, commune: Any, app: Any
) -> None:
    dataset = commune.publish()
    response = app.get(f"/catalogue/{commune.code}.{extension}")
    assert response.headers["Content-Type"] == kind
    graph = Graph().parse(data=response.get_data(), format=parser)
    assert datasets(graph) == {dataset["id"]}


def test_a_private_dataset_is_in_no_feed(commune: Any, app: Any, act: Any) -> None:
    commune.publish()
    private = commune.publish(title="Brouillon secret", private=True)
    sysadmin = factories.SysadminWithToken()
    headers = {"Authorization": sysadmin["token"]}
    for address in (commune.feed, "/catalogue/portail.ttl"):
        for asked_by in ({}, headers):
            body = app.get(address, headers=asked_by).body
            assert "Brouillon secret" not in body
            assert private["id"] not in body


def test_a_dataset_made_private_leaves_its_feed_at_once(
    commune: Any, app: Any, act: Any
) -> None:
    kept, hidden = commune.publish(), commune.publish(title="À cacher")
    act("package_patch", id=hidden["id"], private=True)
    assert "À cacher" not in app.get(commune.feed).body
    act("package_patch", id=hidden["id"], private=False)
    assert "À cacher" in app.get(commune.feed).body
    # Behind CKAN's back: no plugin is told.
    model.Session.execute(
        sa.update(model.Package)
        .where(model.Package.id == hidden["id"])
        .values(private=True)
    )
    model.Session.commit()
    body = app.get(commune.feed).body
    assert "À cacher" not in body
    assert kept["id"] in body


def test_a_commune_that_withdrew_everything_has_an_empty_catalogue(
    commune: Any, read: Any, act: Any
) -> None:
    dataset = commune.publish()
    act("package_delete", id=dataset["id"])
    graph = read(commune.feed)
    assert datasets(graph) == set()
    assert (None, RDF.type, DCAT.Catalog) in graph


def test_a_commune_that_never_published_has_no_catalogue(
    commune: Any, app: Any
) -> None:
    answer = app.get(commune.feed, status=404)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    "code",
    ["00000", "200012345", "..%2Fetc", "'%20or%201=1", "portail.ttl%00", "éé"],
)
def test_an_unknown_code_has_no_catalogue(code: str, app: Any) -> None:
    assert app.get(f"/catalogue/{code}.ttl").status_code == 404


def test_a_commune_has_one_address_only(commune: Any, app: Any) -> None:
    commune.publish()
    app.get(f"/catalogue/{commune.siren}.ttl", status=404)


def test_a_bad_cursor_leads_nowhere(commune: Any, app: Any) -> None:
    commune.publish()
    app.get(f"{commune.feed}?apres=n-importe-quoi", status=404)


def test_another_commune_sees_nothing_of_ours(
    commune: Any, other_commune: Any, read: Any
) -> None:
    ours, theirs = commune.publish(), other_commune.publish()
    assert datasets(read(commune.feed)) == {ours["id"]}
    assert datasets(read(other_commune.feed)) == {theirs["id"]}


def test_pages_hold_each_dataset_once_while_datasets_are_edited(
    commune: Any, read: Any, act: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "PAGE_SIZE", 2)
    published = [commune.publish()["id"] for _ in range(5)]
    found: list[str] = []
    address: str | None = commune.feed
    pages = 0
    while address:
        graph = read(address)
        found += datasets(graph)
        pages += 1
        # Edited between two pages: a feed sorted by change would lose one.
        act("package_patch", id=published[-1], title=f"Budget {pages}")
        view = graph.value(None, RDF.type, HYDRA.PartialCollectionView)
        following = graph.value(view, HYDRA.next)
        address = str(following).removeprefix(SITE) if following else None
        assert following is None or str(following).startswith(f"{SITE}/catalogue/")
    assert pages == 3
    assert sorted(found) == sorted(published)


def test_the_portal_feed_holds_the_datasets_of_all(
    commune: Any, other_commune: Any, app: Any
) -> None:
    ids = {commune.publish()["id"], other_commune.publish()["id"]}
    found: set[str] = set()
    address: str | None = "/catalogue/portail.ttl"
    while address:
        graph = Graph().parse(data=app.get(address).body, format="turtle")
        found |= datasets(graph)
        view = graph.value(None, RDF.type, HYDRA.PartialCollectionView)
        following = graph.value(view, HYDRA.next)
        address = str(following).removeprefix(SITE) if following else None
    assert ids <= found


def test_a_lost_fragment_is_written_anew(commune: Any, read: Any) -> None:
    dataset = commune.publish()
    model.Session.execute(
        sa.delete(Fragment).where(Fragment.package_id == dataset["id"])
    )
    model.Session.commit()
    assert datasets(read(commune.feed)) == {dataset["id"]}
    assert model.Session.get(Fragment, dataset["id"]) is not None


def test_a_fragment_of_another_profile_is_written_anew(commune: Any, app: Any) -> None:
    dataset = commune.publish()
    model.Session.execute(
        sa.update(Fragment)
        .where(Fragment.package_id == dataset["id"])
        .values(stamp="old", ntriples="<urn:old> <urn:old> <urn:old> .\n")
    )
    model.Session.commit()
    assert "urn:old" not in app.get(commune.feed).body


def test_a_feed_that_cannot_be_whole_answers_503(commune: Any, app: Any) -> None:
    commune.publish()
    dataset = commune.publish()
    model.Session.execute(
        sa.delete(Fragment).where(Fragment.package_id == dataset["id"])
    )
    model.Session.commit()
    with mock.patch("ckanext.odlocale.datagouv.hooks.refresh"):
        answer = app.get(commune.feed, status=503)
    assert int(answer.headers["Retry-After"]) > 0
    assert "dcat" not in answer.body


def test_a_database_that_fails_answers_503(commune: Any, app: Any) -> None:
    commune.publish()
    failure = sa.exc.OperationalError("SELECT", {}, Exception("gone"))
    with mock.patch(
        "ckanext.odlocale.datagouv.views.read_ntriples", side_effect=failure
    ):
        answer = app.get(commune.feed, status=503)
    assert "Retry-After" in answer.headers


def test_a_renamed_organisation_is_renamed_in_its_feed(commune: Any, app: Any) -> None:
    commune.publish()
    # As a bulk plan does it: in SQL, behind CKAN's back.
    model.Session.execute(
        sa.update(model.Group)
        .where(model.Group.id == commune.org_id)
        .values(title="Kerlibre-sur-Mer")
    )
    model.Session.commit()
    body = app.get(commune.feed).body
    assert '"Kerlibre-sur-Mer"' in body
    assert '"Kerlibre"' not in body


def test_a_dataset_moved_to_another_organisation_changes_feed(
    commune: Any, other_commune: Any, read: Any, act: Any
) -> None:
    kept, moved = commune.publish(), commune.publish()
    act(
        "package_owner_org_update",
        id=moved["id"],
        organization_id=other_commune.org_id,
    )
    assert datasets(read(commune.feed)) == {kept["id"]}
    graph = read(other_commune.feed)
    assert datasets(graph) == {moved["id"]}
    names = {str(name) for name in graph.objects(None, FOAF.name)}
    assert names == {"Ploumagique"}


def test_a_deleted_organisation_has_no_catalogue(commune: Any, app: Any) -> None:
    dataset = commune.publish()
    # As a bulk plan does it: CKAN's own action wants the datasets deleted first.
    model.Session.execute(
        sa.update(model.Group)
        .where(model.Group.id == commune.org_id)
        .values(state="deleted")
    )
    model.Session.commit()
    app.get(commune.feed, status=404)
    assert dataset["id"] not in app.get("/catalogue/portail.ttl").body


def test_without_a_contour_nothing_is_said_of_the_place(
    commune: Any, read: Any
) -> None:
    from ckanext.odlocale.territory.tables import Collectivity

    model.Session.execute(
        sa.update(Collectivity)
        .where(Collectivity.org_id == commune.org_id)
        .values(contour=None)
    )
    model.Session.commit()
    commune.publish()
    assert list(read(commune.feed).objects(None, DCTERMS.spatial)) == []


HOSTILE = {
    "control characters": {"title": "Bud\x0bget\x1f", "notes": "\x02Texte\x0c"},
    "unclosed HTML": {"notes": "<p>Un <b>budget <script>alert(1)"},
    "turtle injection": {"title": '" . <urn:evil> <urn:evil> "', "notes": "a\\\n> ."},
    "5,000 characters": {"title": "Budget " * 800},
    "before 1900": {
        "temporal_coverage": [{"start": "1791-02-01", "end": "1899-12-31"}]
    },
    "no file": {"resources": []},
    "address with spaces": {
        "resources": [{"url": "https://www.example.org/mes fichiers/été 1.csv"}]
    },
    "address of an internal server": {"resources": [{"url": "http://ckan:5000/a.csv"}]},
    "not an address": {"resources": [{"url": "budget.csv"}]},
    "no description": {"notes": ""},
}


@pytest.mark.parametrize("values", HOSTILE.values(), ids=HOSTILE.keys())
def test_bad_values_leave_the_feed_readable(
    values: dict[str, Any], commune: Any, app: Any, read: Any
) -> None:
    dataset = commune.publish(**values)
    graph = read(commune.feed)
    assert datasets(graph) == {dataset["id"]}
    assert (URIRef("urn:evil"), None, None) not in graph
    for extension, parser in (("rdf", "xml"), ("jsonld", "json-ld")):
        body = app.get(f"/catalogue/{commune.code}.{extension}").get_data()
        assert datasets(Graph().parse(data=body, format=parser)) == {dataset["id"]}


def test_a_date_before_1900_is_kept_as_written(commune: Any, read: Any) -> None:
    commune.publish(temporal_coverage=[{"start": "1791-02-01", "end": "1899-12-31"}])
    starts = set(read(commune.feed).objects(None, DCAT.startDate))
    assert starts == {Literal(datetime.date(1791, 2, 1))}


def test_an_uploaded_file_has_one_address_in_every_language(
    commune: Any, read: Any, app: Any
) -> None:
    resource = {"url": "Budget été.csv", "url_type": "upload", "name": "Budget"}
    dataset = commune.publish(resources=[resource])
    shown = helpers.call_action("package_show", id=dataset["id"])
    expected = (
        f"{SITE}/dataset/{dataset['id']}/resource/{shown['resources'][0]['id']}"
        "/download/"
    )
    addresses = {str(url) for url in read(commune.feed).objects(None, DCAT.downloadURL)}
    assert len(addresses) == 1
    assert addresses.pop().startswith(expected)
