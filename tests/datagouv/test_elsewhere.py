"""What other portals say of their data, written by strangers."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from rdflib import Graph

from ckanext.odlocale.datagouv.answer_reading import read_dataset
from ckanext.odlocale.datagouv.elsewhere import (
    External,
    Unreadable,
    find_next,
    gather,
    parse_page,
    read_dcat,
    read_source,
    read_udata,
)

DATAGOUV = "https://www.data.gouv.fr"
NOW = datetime.datetime(2026, 11, 30, tzinfo=datetime.timezone.utc)
BUDGET = "https://schema.data.gouv.fr/schemas/scdl/budget/latest/schema.json"


@pytest.mark.parametrize(
    ("address", "found"),
    [
        (f"{DATAGOUV}/organizations/crach/", ("datagouv", "crach")),
        (f"{DATAGOUV}/fr/organizations/crach-1", ("datagouv", "crach-1")),
        (f"{DATAGOUV}/organizations/crach/?page=2#a", ("datagouv", "crach")),
        (f"{DATAGOUV}/datasets/budget/", None),
        (f"{DATAGOUV}/organizations/../admin", None),
        (
            "https://data.crach.fr/catalog.ttl",
            ("dcat", "https://data.crach.fr/catalog.ttl"),
        ),
        ("http://127.0.0.1:5000/catalog.ttl", None),
        ("http://ckan:5000/catalog.ttl", None),
        ("https://moi:secret@data.crach.fr/catalog.ttl", None),
        ("file:///etc/passwd", None),
        ("ftp://data.crach.fr/catalog.ttl", None),
        ("", None),
    ],
)
def test_an_address_is_an_organisation_a_catalogue_or_nothing(
    address: str, found: Any
) -> None:
    source = read_source(address, DATAGOUV)
    assert (source and (source.kind, source.address)) == found


def udata(**values: Any) -> Any:
    return read_dataset(
        {
            "id": "64a",
            "title": "Budget\x0b 2022",
            "page": f"{DATAGOUV}/datasets/budget/",
            "license": "lov2",
            "last_modified": "2026-05-01T10:00:00+00:00",
            "resources": [
                {"id": "r", "title": "a", "url": "https://a.fr/b.csv",
                 "schema": {"name": "scdl/budget"}},
            ],
            **values,
        }
    )  # fmt: skip


def test_datasets_of_data_gouv_are_read_but_not_those_that_came_from_here() -> None:
    listed = [
        udata(),
        udata(id="64b", harvest={"remote_id": "ours"}),
        udata(id="64c", private=True),
        udata(id="64d", archived="2026-01-01T00:00:00"),
        udata(id="64e", page="javascript:alert(1)"),
        udata(id="64f", harvest={"remote_id": "another-portal"}, resources=[]),
    ]
    first, last = read_udata(listed, {"scdl/budget": "budget"}, {"ours"})
    assert first == External(
        identifier="64a",
        title="Budget 2022",
        url=f"{DATAGOUV}/datasets/budget/",
        schema="budget",
        licence="lov2",
        files=1,
        modified=datetime.datetime(2026, 5, 1, 10, tzinfo=datetime.timezone.utc),
    )
    assert (last.identifier, last.schema, last.files) == ("64f", None, 0)


@pytest.mark.parametrize(
    ("issued", "since"),
    [
        ("2016-05-02T10:00:00Z", "2016-05-02"),
        (None, "2026-12-01"),
        ("1900-01-01T00:00:00Z", "2026-12-01"),
        ("2031-01-01T00:00:00Z", "2026-12-01"),
    ],
)
def test_it_counts_since_the_day_that_it_says_where_that_may_be(
    issued: str | None, since: str
) -> None:
    said = (
        datetime.datetime.fromisoformat(issued.replace("Z", "+00:00"))
        if issued
        else None
    )
    one = External("1", "Budget", "https://a.fr/1", issued=said)
    assert str(one.since(datetime.date(2026, 12, 1))) == since


TURTLE = f"""
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix hydra: <http://www.w3.org/ns/hydra/core#> .
<https://data.crach.fr/d/1> a dcat:Dataset ;
  dct:identifier "1" ; dct:title "Budget"@en, "Budgets votés"@fr ;
  dct:license <https://www.etalab.gouv.fr/licence-ouverte-open-licence> ;
  dct:modified "2026-05-01" ;
  dcat:landingPage <https://data.crach.fr/budget> ;
  dcat:distribution [ dct:conformsTo <{BUDGET}> ], [ ] .
<javascript:alert(1)> a dcat:Dataset ; dct:title "Piège" .
<https://data.crach.fr/d/3> a dcat:Dataset .
[] a hydra:PartialCollectionView ;
  hydra:next <https://data.crach.fr/catalog.ttl?page=2> .
"""


def test_a_catalogue_is_read_without_what_no_page_can_show() -> None:
    url = "https://data.crach.fr/catalog.ttl"
    graph = parse_page(TURTLE.encode(), "text/turtle; charset=utf-8", url)
    (found,) = read_dcat(graph, {BUDGET: "budget"}, NOW)
    assert (found.title, found.url) == ("Budgets votés", "https://data.crach.fr/budget")
    assert (found.schema, found.files) == ("budget", 2)
    assert found.modified == datetime.datetime(2026, 5, 1, tzinfo=datetime.timezone.utc)
    assert find_next(graph, url) == f"{url}?page=2"
    assert find_next(graph, "https://autre.fr/catalog.ttl") is None


@pytest.mark.parametrize(
    ("body", "kind", "fault"),
    [
        (b"<html><body>Erreur", "text/html", "format"),
        (b"<html><body>Erreur", "text/turtle", "syntax"),
        (b"", "application/rdf+xml", "syntax"),
        # It could name a context to fetch, from the portal's own network.
        (b'{"@context": "http://127.0.0.1/"}', "application/ld+json", "format"),
        (b"\xff\xfe\x00", "text/turtle", "syntax"),
    ],
)
def test_what_is_no_catalogue_is_refused(body: bytes, kind: str, fault: str) -> None:
    with pytest.raises(Unreadable) as refused:
        parse_page(body, kind, "https://data.crach.fr/catalogue")
    assert refused.value.fault == fault


def test_a_file_of_the_server_is_not_read_through_an_entity(tmp_path: Any) -> None:
    secret = tmp_path / "secret"
    secret.write_text("mot-de-passe")
    body = f"""<?xml version="1.0"?>
    <!DOCTYPE r [<!ENTITY e SYSTEM "{secret.as_uri()}">]>
    <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
      xmlns:dct="http://purl.org/dc/terms/" xmlns:dcat="http://www.w3.org/ns/dcat#">
      <dcat:Dataset rdf:about="https://a.fr/1"><dct:title>&e;</dct:title></dcat:Dataset>
    </rdf:RDF>"""
    try:
        graph = parse_page(body.encode(), "application/rdf+xml", "https://a.fr/c.rdf")
    except Unreadable:
        return
    assert "mot-de-passe" not in graph.serialize(format="nt")


def test_an_empty_catalogue_replaces_nothing() -> None:
    with pytest.raises(Unreadable, match="empty"):
        gather([read_dcat(Graph(), {}, NOW)])
    one = External("1", "Budget", "https://a.fr/1")
    assert gather([[one], [one, External("2", "Lieux", "https://a.fr/2")]]) == [
        one,
        External("2", "Lieux", "https://a.fr/2"),
    ]
    many = (External(str(n), "x", "https://a.fr/") for n in range(2001))
    with pytest.raises(Unreadable, match="many"):
        gather([many])
