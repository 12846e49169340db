"""The triples of a description: DCAT-AP 3, in the shape that udata reads.

Blank nodes are named after the dataset and what they hold, so that the same dataset
gives the same triples, and that the triples of several datasets can be put together.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, RDFS, SKOS, XSD, Namespace
from rdflib.term import Node

from ckanext.odlocale.datagouv.description import (
    Contact,
    Description,
    Distribution,
    Portal,
    Publisher,
)
from ckanext.odlocale.datagouv.vocabularies import (
    HVD_CATEGORIES,
    HVD_REGULATION,
    MEDIA_TYPE,
    PUBLIC_ACCESS,
    SPDX_ALGORITHM,
    THEMES,
)

DCATAP = Namespace("http://data.europa.eu/r5r/")
ELI = Namespace("http://data.europa.eu/eli/ontology#")
GEOSPARQL = Namespace("http://www.opengis.net/ont/geosparql#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")


def name_blank_node(*parts: str) -> BNode:
    """Name a blank node, the same for the same parts, and for no others."""
    digest = hashlib.sha256("\x00".join(parts).encode()).hexdigest()
    return BNode(f"b{digest[:32]}")


def add_dataset(graph: Graph, description: Description, portal: Portal) -> URIRef:
    """Add a dataset, its distributions, publisher, contacts and coverage."""
    dataset = URIRef(description.uri)
    graph.add((dataset, RDF.type, DCAT.Dataset))
    graph.add((dataset, DCTERMS.identifier, Literal(description.identifier)))
    graph.add((dataset, DCTERMS.title, Literal(description.title)))
    graph.add((dataset, DCTERMS.description, Literal(description.text)))
    _add_typed(
        graph, dataset, DCAT.landingPage, description.landing_page, FOAF.Document
    )
    _add_typed(
        graph, dataset, DCTERMS.license, description.licence, DCTERMS.LicenseDocument
    )
    _add_typed(
        graph,
        dataset,
        DCTERMS.accrualPeriodicity,
        description.frequency,
        DCTERMS.Frequency,
    )
    _add_typed(
        graph, dataset, DCTERMS.accessRights, PUBLIC_ACCESS, DCTERMS.RightsStatement
    )
    for language in description.languages:
        _add_typed(graph, dataset, DCTERMS.language, language, DCTERMS.LinguisticSystem)
    for theme in description.themes:
        _add_concept(graph, dataset, DCAT.theme, theme, THEMES)
    for category in description.hvd_categories:
        # udata reads the category as a theme, DCAT-AP HVD by a property of its own.
        for predicate in (DCAT.theme, DCATAP.hvdCategory):
            _add_concept(graph, dataset, predicate, category, HVD_CATEGORIES)
        _add_legislation(graph, dataset)
    for keyword in description.keywords:
        graph.add((dataset, DCAT.keyword, Literal(keyword)))
    _add_moment(graph, dataset, DCTERMS.issued, description.issued)
    _add_moment(graph, dataset, DCTERMS.modified, description.modified)
    for contact in description.contacts:
        _add_contact(graph, dataset, description.identifier, contact)
    if description.publisher:
        publisher = add_publisher(graph, description.publisher, portal)
        graph.add((dataset, DCTERMS.publisher, publisher))
        _add_coverage(graph, dataset, description)
    _add_period(graph, dataset, description)
    for distribution in description.distributions:
        _add_distribution(graph, dataset, description.identifier, distribution)
        if description.hvd_categories:
            _add_legislation(graph, URIRef(distribution.uri))
    return dataset


def add_publisher(graph: Graph, publisher: Publisher, portal: Portal) -> URIRef:
    """Add an organisation, with its SIRET or SIREN."""
    agent = URIRef(f"{portal.site_url}/organization/{publisher.org_id}")
    graph.add((agent, RDF.type, FOAF.Agent))
    graph.add((agent, FOAF.name, Literal(publisher.name)))
    homepage = publisher.website or (
        f"{portal.site_url}/organization/{publisher.slug}" if publisher.slug else None
    )
    _add_typed(graph, agent, FOAF.homepage, homepage, FOAF.Document)
    _add_text(graph, agent, DCTERMS.identifier, publisher.identifier)
    return agent


def _add_contact(
    graph: Graph, dataset: URIRef, identifier: str, contact: Contact
) -> None:
    reached_at = contact.email or contact.url or ""
    card = name_blank_node(identifier, "contact", contact.name, reached_at)
    graph.add((dataset, DCAT.contactPoint, card))
    graph.add((card, RDF.type, VCARD.Organization))
    graph.add((card, RDF.type, VCARD.Kind))
    graph.add((card, VCARD.fn, Literal(contact.name)))
    if contact.email:
        graph.add((card, VCARD.hasEmail, URIRef(f"mailto:{_quote(contact.email)}")))
    if contact.url:
        graph.add((card, VCARD.hasURL, URIRef(contact.url)))


def _quote(email: str) -> str:
    # An address may hold characters that a URI may not.
    return "".join(f"%{ord(c):02X}" if c in "^`{|}%" else c for c in email)


def _add_coverage(graph: Graph, dataset: URIRef, description: Description) -> None:
    if description.publisher is None or description.publisher.coverage is None:
        return
    place = name_blank_node(description.identifier, "coverage")
    graph.add((dataset, DCTERMS.spatial, place))
    graph.add((place, RDF.type, DCTERMS.Location))
    graph.add((place, SKOS.prefLabel, Literal(description.publisher.name)))
    # One form only: udata would keep both polygons of a WKT and GeoJSON pair. On the
    # place itself, where udata looks; DCAT-AP 3 wants no text for `locn:geometry`.
    shape = Literal(description.publisher.coverage, datatype=GEOSPARQL.geoJSONLiteral)
    graph.add((place, GEOSPARQL.asGeoJSON, shape))


def _add_period(graph: Graph, dataset: URIRef, description: Description) -> None:
    if description.period is None:
        return
    # A blank node: udata would fetch an address instead of reading the feed.
    period = name_blank_node(description.identifier, "period")
    graph.add((dataset, DCTERMS.temporal, period))
    graph.add((period, RDF.type, DCTERMS.PeriodOfTime))
    for predicate, day in zip(
        (DCAT.startDate, DCAT.endDate), description.period, strict=True
    ):
        if day is not None:
            graph.add((period, predicate, Literal(day.isoformat(), datatype=XSD.date)))


def _add_distribution(
    graph: Graph, dataset: URIRef, identifier: str, distribution: Distribution
) -> None:
    node = URIRef(distribution.uri)
    graph.add((dataset, DCAT.distribution, node))
    graph.add((node, RDF.type, DCAT.Distribution))
    graph.add((node, DCTERMS.identifier, Literal(distribution.key)))
    for predicate in (DCAT.accessURL, DCAT.downloadURL):
        _add_typed(graph, node, predicate, distribution.url, RDFS.Resource)
    _add_text(graph, node, DCTERMS.title, distribution.title)
    _add_text(graph, node, DCTERMS.description, distribution.description)
    _add_typed(
        graph, node, DCTERMS.license, distribution.licence, DCTERMS.LicenseDocument
    )
    _add_typed(
        graph, node, DCTERMS.conformsTo, distribution.schema_url, DCTERMS.Standard
    )
    _add_format(graph, node, identifier, distribution)
    _add_moment(graph, node, DCTERMS.issued, distribution.issued)
    _add_moment(graph, node, DCTERMS.modified, distribution.modified)
    if distribution.size is not None:
        size = Literal(str(distribution.size), datatype=XSD.nonNegativeInteger)
        graph.add((node, DCAT.byteSize, size))
    if distribution.checksum is not None:
        _add_checksum(graph, node, identifier, distribution)


def _add_format(
    graph: Graph, node: URIRef, identifier: str, distribution: Distribution
) -> None:
    if distribution.media_type:
        address = MEDIA_TYPE + distribution.media_type
        _add_typed(graph, node, DCAT.mediaType, address, DCTERMS.MediaType)
    if distribution.format and distribution.format.startswith("http"):
        _add_typed(
            graph, node, DCTERMS.format, distribution.format, DCTERMS.MediaTypeOrExtent
        )
    elif distribution.format:
        # One that the European list does not have: DCAT-AP's shapes want no text here,
        # and udata reads the label of what has one.
        named = name_blank_node(identifier, "format", distribution.key)
        graph.add((node, DCTERMS.format, named))
        graph.add((named, RDF.type, DCTERMS.MediaTypeOrExtent))
        _add_text(graph, named, RDFS.label, distribution.format)


def _add_checksum(
    graph: Graph, node: URIRef, identifier: str, distribution: Distribution
) -> None:
    if distribution.checksum is None:
        return
    algorithm, digest = distribution.checksum
    checksum = name_blank_node(identifier, "checksum", distribution.key)
    graph.add((node, SPDX.checksum, checksum))
    graph.add((checksum, RDF.type, SPDX.Checksum))
    # A plain string: a value typed xsd:hexBinary makes udata refuse the dataset.
    graph.add((checksum, SPDX.checksumValue, Literal(digest)))
    _add_typed(
        graph,
        checksum,
        SPDX.algorithm,
        SPDX_ALGORITHM + algorithm,
        SPDX.ChecksumAlgorithm,
    )


def _add_text(graph: Graph, node: Node, predicate: URIRef, text: str | None) -> None:
    if text:
        graph.add((node, predicate, Literal(text)))


def _add_concept(
    graph: Graph,
    node: Node,
    predicate: URIRef,
    address: str,
    names: Mapping[str, str],
) -> None:
    """Add a word of a European list, with its French name."""
    _add_typed(graph, node, predicate, address, SKOS.Concept)
    name = names[address.rpartition("/")[2]]
    graph.add((URIRef(address), SKOS.prefLabel, Literal(name, lang="fr")))


def _add_legislation(graph: Graph, node: Node) -> None:
    _add_typed(
        graph, node, DCATAP.applicableLegislation, HVD_REGULATION, ELI.LegalResource
    )


def _add_typed(
    graph: Graph, node: Node, predicate: URIRef, address: str | None, kind: URIRef
) -> None:
    """Add an address, and its class, which DCAT-AP's shapes ask for."""
    if address:
        graph.add((node, predicate, URIRef(address)))
        graph.add((URIRef(address), RDF.type, kind))


def _add_moment(
    graph: Graph, node: Node, predicate: URIRef, moment: datetime.datetime | None
) -> None:
    if moment is not None:
        value = Literal(moment.isoformat(), datatype=XSD.dateTime)
        graph.add((node, predicate, value))
