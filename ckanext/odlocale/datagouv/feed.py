"""A page of a catalogue: a head, and the fragments of its datasets end to end."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from typing import Literal as OneOf
from urllib.parse import quote

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, XSD, Namespace

from ckanext.odlocale.datagouv.description import Portal, Publisher
from ckanext.odlocale.datagouv.fragment import PROFILE_VERSION, serialize_sorted
from ckanext.odlocale.datagouv.graph import add_publisher
from ckanext.odlocale.datagouv.vocabularies import FRENCH

HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
PAGE_SIZE: Final = 100
CURSOR: Final = "apres"

Format = OneOf["ttl", "rdf", "jsonld"]
# udata reads a `text/*` answer without a charset as ISO-8859-1.
CONTENT_TYPES: Final[dict[Format, str]] = {
    "ttl": "text/turtle; charset=utf-8",
    "rdf": "application/rdf+xml; charset=utf-8",
    "jsonld": "application/ld+json; charset=utf-8",
}
PREFIXES: Final = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geosparql": "http://www.opengis.net/ont/geosparql#",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


@dataclass(frozen=True)
class Entry:
    """One dataset of a page.

    :ivar order_key: its place, from :func:`fragment.order_key`
    :ivar modified: when its dataset was last changed, in UTC
    """

    package_id: str
    order_key: str
    sha256: str
    modified: datetime.datetime


@dataclass(frozen=True)
class Page:
    """A page of the feed of a collectivité, or of the portal.

    :ivar name: ``56046`` or ``portail``: the address without its extension
    :ivar title: of the catalogue
    :ivar publisher: ``None`` for the whole portal
    :ivar after: the order key that the page starts after, ``""`` for the first page
    :ivar total: number of datasets of the feed, on its first page
    :ivar next_after: the order key that the next page starts after, if there is one
    """

    name: str
    title: str
    text: str
    publisher: Publisher | None
    portal: Portal
    entries: Sequence[Entry]
    after: str
    total: int | None
    next_after: str | None


def page_url(page: Page, extension: Format, after: str = "") -> str:
    """The absolute address of the page that starts after an order key."""
    address = f"{page.portal.site_url}/catalogue/{page.name}.{extension}"
    return f"{address}?{CURSOR}={quote(after, safe='-')}" if after else address


def tag_page(page: Page, extension: Format) -> str:
    """The entity tag of a page: it changes when, and only when, the page does."""
    said = [
        PROFILE_VERSION,
        extension,
        *(page.name, page.title, page.text, page.after, page.next_after, page.total),
        dataclasses.astuple(page.publisher) if page.publisher else None,
        dataclasses.astuple(page.portal),
        [
            (one.package_id, one.sha256, one.modified.isoformat())
            for one in page.entries
        ],
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def write_head(page: Page, extension: Format) -> str:
    """Write, as N-Triples, the catalogue, its datasets' list and the next page."""
    portal = page.portal
    graph = Graph()
    catalogue = URIRef(f"{portal.site_url}/catalogue/{page.name}")
    graph.add((catalogue, RDF.type, DCAT.Catalog))
    graph.add((catalogue, DCTERMS.title, Literal(page.title)))
    graph.add((catalogue, DCTERMS.description, Literal(page.text)))
    graph.add((catalogue, FOAF.homepage, URIRef(portal.site_url)))
    graph.add((URIRef(portal.site_url), RDF.type, FOAF.Document))
    graph.add((catalogue, DCTERMS.language, URIRef(FRENCH)))
    graph.add((URIRef(FRENCH), RDF.type, DCTERMS.LinguisticSystem))
    if page.publisher:
        agent = add_publisher(graph, page.publisher, portal)
    else:
        agent = URIRef(f"{portal.site_url}/#portail")
        graph.add((agent, RDF.type, FOAF.Agent))
        graph.add((agent, FOAF.name, Literal(portal.title or portal.site_url)))
    graph.add((catalogue, DCTERMS.publisher, agent))
    if page.entries:
        latest = max(entry.modified for entry in page.entries).replace(microsecond=0)
        moment = Literal(latest.isoformat(), datatype=XSD.dateTime)
        graph.add((catalogue, DCTERMS.modified, moment))
    for entry in page.entries:
        dataset = URIRef(f"{portal.site_url}/dataset/{entry.package_id}")
        graph.add((catalogue, DCAT.dataset, dataset))
    _add_paging(graph, page, extension)
    return serialize_sorted(graph)


def _add_paging(graph: Graph, page: Page, extension: Format) -> None:
    """Hydra, in the current form: the deprecated pair of names must not be mixed in."""
    view = URIRef(page_url(page, extension, page.after))
    graph.add((view, RDF.type, HYDRA.PartialCollectionView))
    graph.add((view, HYDRA.first, URIRef(page_url(page, extension))))
    if page.next_after is not None:
        following = page_url(page, extension, page.next_after)
        graph.add((view, HYDRA.next, URIRef(following)))
    collection = URIRef(page_url(page, extension) + "#pages")
    graph.add((collection, RDF.type, HYDRA.Collection))
    graph.add((collection, HYDRA.view, view))
    if page.total is not None:
        total = Literal(str(page.total), datatype=XSD.integer)
        graph.add((collection, HYDRA.totalItems, total))


def write_page(page: Page, extension: Format, fragments: Iterable[str]) -> str:
    """Write a page.

    :param fragments: the N-Triples of ``page.entries``, in their order.
    """
    body = write_head(page, extension) + "".join(fragments)
    if extension == "ttl":
        prefixes = (f"@prefix {key}: <{value}> ." for key, value in PREFIXES.items())
        return "\n".join((*prefixes, "", body))
    graph = Graph()
    graph.parse(data=body, format="nt")
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace)
    if extension == "jsonld":
        return graph.serialize(format="json-ld", auto_compact=True)
    return graph.serialize(format="xml")
