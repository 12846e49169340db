"""A dataset's dictionary becomes a description that udata cannot refuse."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Graph, URIRef
from rdflib.namespace import DCTERMS

from ckanext.odlocale.datagouv.description import (
    Contact,
    Description,
    Portal,
    Publisher,
    describe,
)
from ckanext.odlocale.datagouv.fragment import write_fragment

Described = Callable[..., Description]
D = datetime.date
UTC = datetime.timezone.utc


@pytest.fixture
def described(
    dataset: dict[str, Any],
    publisher: Publisher,
    portal: Portal,
    now: datetime.datetime,
) -> Described:
    def describe_with(**values: Any) -> Description:
        return describe({**dataset, **values}, publisher, portal, now=now)

    return describe_with


def test_a_dataset_of_the_desk_is_described_whole(described: Described) -> None:
    found = described()
    empty = [
        field.name
        for part in (found, *found.distributions)
        for field in dataclasses.fields(part)
        if getattr(part, field.name) in (None, (), "")
    ]
    # A budget is no high-value data. Files of the desk have no dates of their own here:
    # CKAN's come from its table.
    assert empty == ["hvd_categories", "issued", "modified"]


@pytest.mark.parametrize(
    ("periods", "kept"),
    [
        (
            [{"start": "2022-01-01", "end": "2022-12-31"}],
            (D(2022, 1, 1), D(2022, 12, 31)),
        ),
        (
            [
                {"start": "2022-01-01", "end": "2022-12-31"},
                {"start": "2020-01-01", "end": "2020-12-31"},
            ],
            (D(2020, 1, 1), D(2022, 12, 31)),
        ),
        (
            [
                {"start": "2022-01-01", "end": "2022-12-31"},
                {"start": "2020-01-01", "end": ""},
            ],
            (D(2020, 1, 1), None),
        ),
        ([{"start": "2022", "end": "2022"}], None),
        ([{"start": "2022-12-31", "end": "2022-01-01"}], None),
        ([{"start": "", "end": ""}], None),
        ([], None),
        (None, None),
        ("2022-01-01/2022-12-31", None),
        (["2022"], None),
    ],
)
def test_one_period_covers_all_of_them(
    periods: Any, kept: Any, described: Described
) -> None:
    assert described(temporal_coverage=periods).period == kept


@pytest.mark.parametrize(
    ("contacts", "kept"),
    [
        (
            [{"name": "Service finances", "email": "finances@kerlibre.example.fr"}],
            (Contact("Service finances", "finances@kerlibre.example.fr", None),),
        ),
        (
            [{"email": "finances@kerlibre.example.fr"}],
            (Contact("Kerlibre", "finances@kerlibre.example.fr", None),),
        ),
        (
            [{"name": "Mairie", "url": "https://www.kerlibre.example.fr/contact"}],
            (Contact("Mairie", None, "https://www.kerlibre.example.fr/contact"),),
        ),
        (
            [{"name": "Mairie", "email": "pas une adresse"}],
            (Contact("Kerlibre", "mairie@kerlibre.example.fr", None),),
        ),
        ([], (Contact("Kerlibre", "mairie@kerlibre.example.fr", None),)),
        (None, (Contact("Kerlibre", "mairie@kerlibre.example.fr", None),)),
    ],
)
def test_somebody_can_always_be_reached(
    contacts: Any, kept: tuple[Contact, ...], described: Described
) -> None:
    assert described(contact=contacts).contacts == kept


def test_a_commune_without_an_address_is_reached_through_the_portal(
    dataset: dict[str, Any],
    publisher: Publisher,
    portal: Portal,
    now: datetime.datetime,
) -> None:
    silent = dataclasses.replace(publisher, email=None, contact_name="Mairie")
    found = describe(dataset, silent, portal, now=now)
    assert found.contacts == (Contact("Mairie", "atd@example.fr", None),)
    mute = dataclasses.replace(portal, contact_email=None)
    assert describe(dataset, silent, mute, now=now).contacts == ()


def test_a_dataset_without_organisation_is_described(
    dataset: dict[str, Any], portal: Portal, now: datetime.datetime
) -> None:
    found = describe(dataset, None, portal, now=now)
    assert found.publisher is None
    assert write_fragment(found, portal).ntriples


@pytest.mark.parametrize(
    ("licence", "known"),
    [
        ("lov2", "https://www.etalab.gouv.fr/licence-ouverte-open-licence"),
        ("odc-odbl", "https://opendatacommons.org/licenses/odbl/"),
        ("https://exemple.fr/licence", "https://exemple.fr/licence"),
        ("chouette", None),
        ("", None),
        (None, None),
    ],
)
def test_a_licence_is_the_address_that_udata_knows(
    licence: Any, known: str | None, described: Described
) -> None:
    found = described(license_id=licence)
    assert found.licence == known
    assert found.distributions[0].licence == known


def test_a_file_may_have_its_own_licence(
    dataset: dict[str, Any], described: Described
) -> None:
    resource = {**dataset["resources"][0], "license": "odc-odbl"}
    found = described(resources=[resource])
    assert (
        found.distributions[0].licence == "https://opendatacommons.org/licenses/odbl/"
    )


def test_themes_and_languages_are_those_of_the_european_lists(
    described: Described,
) -> None:
    base = "http://publications.europa.eu/resource/authority"
    found = described(
        theme=[f"{base}/data-theme/ECON", f"{base}/data-theme/XXXX", "Finances"],
        language=f"{base}/language/BRE",
    )
    assert found.themes == (f"{base}/data-theme/ECON",)
    assert found.languages == (f"{base}/language/BRE",)
    assert described(language=["fr"]).languages == (f"{base}/language/FRA",)


def test_a_date_to_come_gives_way_to_the_portals_own(described: Described) -> None:
    found = described(modified="2999-01-01", issued="n'importe quoi")
    assert found.modified == datetime.datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert found.issued == datetime.datetime(2026, 10, 1, 8, tzinfo=UTC)


def test_files_without_a_public_address_are_left_out(described: Described) -> None:
    found = described(
        resources=[
            {"id": "a", "url": "http://ckan:5000/a.csv"},
            {"id": "b", "url": ""},
            {"id": "c", "url": None},
            {"id": None, "url": "https://www.example.org/d.csv"},
            {"id": "e", "url": "https://www.example.org/e.csv"},
            {"id": "f", "url": "https://www.example.org/e.csv"},
            "resource",
        ]
    )
    assert [file.key for file in found.distributions] == ["e"]


@pytest.mark.parametrize("language", ["", "/en", "/fr"])
def test_an_uploaded_file_has_one_address_in_every_language(
    language: str, dataset: dict[str, Any], described: Described
) -> None:
    path = f"/dataset/{dataset['id']}/resource/r/download/b.csv"
    url = f"https://opendata.example.fr{language}{path}"
    found = described(resources=[{"id": "r", "url_type": "upload", "url": url}])
    assert found.distributions[0].url == f"https://opendata.example.fr{path}"


def test_a_title_of_5000_characters_is_cut(described: Described) -> None:
    assert len(described(title="Budget " * 800).title) <= 350


@pytest.mark.parametrize("title", [None, "", "\x00", 12])
def test_a_dataset_without_a_title_goes_by_its_name(
    title: Any, described: Described
) -> None:
    found = described(title=title, notes=None)
    assert found.title == found.text == "budget-kerlibre-56999"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "url",
                    "url_type",
                    "name",
                    "format",
                    "size",
                    "hash",
                    "mimetype",
                    "start",
                    "end",
                    "email",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)
KEYS = [
    "name",
    "title",
    "notes",
    "license_id",
    "license_url",
    "frequency",
    "temporal_coverage",
    "contact",
    "tags",
    "theme",
    "hvd_category",
    "language",
    "issued",
    "modified",
    "metadata_created",
    "metadata_modified",
    "resources",
]


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), ANYTHING))
def test_no_dictionary_whatever_breaks_a_feed(values: dict[str, Any]) -> None:
    portal = Portal("https://opendata.example.fr")
    now = datetime.datetime(2026, 11, 23, tzinfo=UTC)
    found = describe({"id": "x", **values}, None, portal, now=now)
    graph = Graph().parse(data=write_fragment(found, portal).ntriples, format="nt")
    assert str(graph.value(URIRef(found.uri), DCTERMS.title)) == found.title


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1))
def test_a_text_comes_back_as_it_went(text: str) -> None:
    portal = Portal("https://opendata.example.fr")
    now = datetime.datetime(2026, 11, 23, tzinfo=UTC)
    found = describe({"id": "x", "notes": text}, None, portal, now=now)
    graph = Graph().parse(data=write_fragment(found, portal).ntriples, format="turtle")
    assert str(graph.value(URIRef(found.uri), DCTERMS.description)) == found.text


def test_unusual_line_ends_stay_inside_the_text(described: Described) -> None:
    text = "un\u2028deux\x85trois\u2029quatre"
    found = described(notes=text)
    written = write_fragment(found, Portal("https://opendata.example.fr")).ntriples
    graph = Graph().parse(data=written, format="turtle")
    assert str(graph.value(URIRef(found.uri), DCTERMS.description)) == text


@pytest.mark.parametrize(
    ("name", "url", "title"),
    [
        ("Budget 2022", "https://www.example.org/b.csv", "Budget 2022"),
        ("", "https://www.example.org/%C3%A9t%C3%A9%202022.csv", "été 2022.csv"),
        (None, "https://www.example.org/", None),
    ],
)
def test_a_file_without_a_name_goes_by_its_address(
    name: Any, url: str, title: str | None, described: Described
) -> None:
    found = described(resources=[{"id": "r", "name": name, "url": url}])
    assert found.distributions[0].title == title
