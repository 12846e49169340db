"""A page of a catalogue, as text."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

import pytest
from rdflib import Graph, URIRef
from rdflib.compare import to_isomorphic
from rdflib.namespace import DCAT, DCTERMS, RDF, Namespace

from ckanext.odlocale.datagouv import feed
from ckanext.odlocale.datagouv.description import Portal, Publisher, describe
from ckanext.odlocale.datagouv.fragment import Fragment, order_key, write_fragment

HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
UTC = datetime.timezone.utc
KEY = order_key("0f7a31ad", datetime.datetime(2026, 10, 1))


@pytest.fixture
def fragment(
    dataset: dict[str, Any],
    publisher: Publisher,
    portal: Portal,
    now: datetime.datetime,
) -> Fragment:
    return write_fragment(describe(dataset, publisher, portal, now=now), portal)


@pytest.fixture
def page(
    dataset: dict[str, Any], publisher: Publisher, portal: Portal, fragment: Fragment
) -> feed.Page:
    modified = datetime.datetime(2026, 11, 20, 10, tzinfo=UTC)
    return feed.Page(
        name="56999",
        title="Données ouvertes de Kerlibre",
        text="Toutes les données que Kerlibre publie.",
        publisher=publisher,
        portal=portal,
        entries=[feed.Entry(dataset["id"], KEY, fragment.sha256, modified)],
        after="",
        total=1,
        next_after=None,
    )


def parse(text: str, format: str = "turtle") -> Graph:
    return Graph().parse(data=text, format=format)


def test_all_formats_say_the_same(page: feed.Page, fragment: Fragment) -> None:
    turtle = parse(feed.write_page(page, "ttl", [fragment.ntriples]))
    # Only the address of the page tells its format.
    view = {URIRef(feed.page_url(page, extension)) for extension in ("ttl",)}
    assert view <= set(turtle.subjects())
    for extension, parser in (("rdf", "xml"), ("jsonld", "json-ld")):
        text = feed.write_page(page, extension, [fragment.ntriples])  # type: ignore[arg-type]
        other = parse(text.replace(f"56999.{extension}", "56999.ttl"), parser)
        assert to_isomorphic(other) == to_isomorphic(turtle)


def test_the_catalogue_lists_its_datasets(
    page: feed.Page, fragment: Fragment, dataset: dict[str, Any]
) -> None:
    graph = parse(feed.write_page(page, "ttl", [fragment.ntriples]))
    catalogue = graph.value(None, RDF.type, DCAT.Catalog)
    assert set(graph.objects(catalogue, DCAT.dataset)) == {
        URIRef(f"https://opendata.example.fr/dataset/{dataset['id']}")
    }
    assert graph.value(catalogue, DCTERMS.publisher)


def test_the_last_page_leads_nowhere(page: feed.Page, fragment: Fragment) -> None:
    graph = parse(feed.write_page(page, "ttl", [fragment.ntriples]))
    view = graph.value(None, RDF.type, HYDRA.PartialCollectionView)
    assert graph.value(view, HYDRA.next) is None


def test_a_page_leads_to_the_next_by_an_absolute_address(
    page: feed.Page, fragment: Fragment
) -> None:
    more = dataclasses.replace(page, next_after=KEY)
    graph = parse(feed.write_page(more, "ttl", [fragment.ntriples]))
    view = graph.value(None, RDF.type, HYDRA.PartialCollectionView)
    assert graph.value(view, HYDRA.next) == URIRef(
        f"https://opendata.example.fr/catalogue/56999.ttl?apres={KEY}"
    )
    # The deprecated pair must not appear beside it: udata would stop silently.
    assert (None, RDF.type, HYDRA.PagedCollection) not in graph
    assert (None, HYDRA.nextPage, None) not in graph


def test_an_empty_catalogue_is_valid(page: feed.Page) -> None:
    empty = dataclasses.replace(page, entries=[], total=0)
    graph = parse(feed.write_page(empty, "ttl", []))
    assert (None, RDF.type, DCAT.Catalog) in graph
    assert (None, RDF.type, DCAT.Dataset) not in graph


def test_the_whole_portal_is_published_by_the_portal(
    page: feed.Page, portal: Portal
) -> None:
    whole = dataclasses.replace(page, name="portail", publisher=None)
    graph = parse(feed.write_page(whole, "ttl", []))
    catalogue = graph.value(None, RDF.type, DCAT.Catalog)
    agent = graph.value(catalogue, DCTERMS.publisher)
    assert agent == URIRef("https://opendata.example.fr/#portail")


CHANGES: dict[str, dict[str, Any]] = {
    "an edited dataset": {
        "entries": [
            feed.Entry(
                "0f7a31ad", KEY, "other", datetime.datetime(2026, 11, 20, tzinfo=UTC)
            )
        ]
    },
    "a withdrawn dataset": {"entries": []},
    "one dataset more elsewhere": {"total": 2},
    "a next page": {"next_after": KEY},
    "another title": {"title": "Données de Kerlibre-sur-Mer"},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_the_tag_changes_with_the_page(change: dict[str, Any], page: feed.Page) -> None:
    before = feed.tag_page(page, "ttl")
    assert feed.tag_page(page, "ttl") == before
    assert feed.tag_page(dataclasses.replace(page, **change), "ttl") != before
