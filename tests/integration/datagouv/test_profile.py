"""ckanext-dcat's own addresses say what our feeds say."""

from __future__ import annotations

from typing import Any

import pytest
from ckan import model
from rdflib import BNode, Graph, URIRef
from rdflib.compare import to_isomorphic
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF

from ckanext.odlocale.datagouv.model import Fragment

SITE = "http://test.ckan.net"


def test_a_dataset_is_the_same_at_ckanext_dcats_address(commune: Any, app: Any) -> None:
    dataset = commune.publish()
    body = app.get(f"/dataset/{dataset['name']}.ttl").body
    theirs = Graph().parse(data=body, format="turtle")
    fragment = model.Session.get(Fragment, dataset["id"])
    assert fragment is not None
    ours = Graph().parse(data=fragment.ntriples, format="nt")
    assert to_isomorphic(theirs) == to_isomorphic(ours)


@pytest.mark.parametrize("extension", ["xml", "rdf", "ttl", "jsonld", "n3"])
def test_every_format_of_ckanext_dcat_answers(
    extension: str, commune: Any, app: Any
) -> None:
    dataset = commune.publish()
    response = app.get(f"/dataset/{dataset['name']}.{extension}")
    assert response.status_code == 200
    assert dataset["id"] in response.body


@pytest.mark.parametrize("address", ["/catalog.ttl", "/catalog.n3"])
def test_ckanext_dcats_answers_name_their_charset(
    address: str, commune: Any, app: Any
) -> None:
    commune.publish()
    kind = app.get(address).headers["Content-Type"]
    assert kind.lower().replace(" ", "").endswith(";charset=utf-8")


def test_the_catalogue_of_ckanext_dcat_has_a_publisher_and_a_language(
    commune: Any, app: Any
) -> None:
    commune.publish()
    graph = Graph().parse(data=app.get("/catalog.ttl").body, format="turtle")
    catalogue = graph.value(None, RDF.type, DCAT.Catalog)
    publisher = graph.value(catalogue, DCTERMS.publisher)
    assert graph.value(publisher, FOAF.name)
    assert graph.value(catalogue, DCTERMS.language) == URIRef(
        "http://publications.europa.eu/resource/authority/language/FRA"
    )


def test_a_renamed_organisation_is_renamed_at_once(
    commune: Any, app: Any, act: Any
) -> None:
    dataset = commune.publish()
    address = f"/dataset/{dataset['name']}.ttl"
    assert '"Kerlibre"' in app.get(address).body
    group = model.Group.get(commune.org_id)
    group.title = "Kerlibre-sur-Mer"
    model.Session.commit()
    assert '"Kerlibre-sur-Mer"' in app.get(address).body


def test_no_period_is_an_address_to_fetch(commune: Any, app: Any) -> None:
    dataset = commune.publish()
    body = app.get(f"/dataset/{dataset['name']}.ttl").body
    graph = Graph().parse(data=body, format="turtle")
    (period,) = graph.objects(None, DCTERMS.temporal)
    assert isinstance(period, BNode)
