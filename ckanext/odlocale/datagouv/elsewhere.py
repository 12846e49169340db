"""What a collectivité publishes on another portal, as that portal describes it.

Two ways in: udata's API, for data.gouv.fr, and a DCAT catalogue, in Turtle or RDF/XML,
for any other. What comes in was written by strangers: each text is cleaned and each
address checked as those of our own feeds are.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import urljoin, urlsplit

from rdflib import Graph, URIRef
from rdflib.namespace import DCAT, DCTERMS, RDF, Namespace
from rdflib.term import Node

from ckanext.odlocale.datagouv.cleaning import clean_line, clean_moment, clean_url

HYDRA: Final = Namespace("http://www.w3.org/ns/hydra/core#")
MAX_DATASETS: Final = 2000
MAX_IDENTIFIER: Final = 500
#: What rdflib reads without asking any other address. JSON-LD may name a context to
#: fetch, from wherever it wants.
FORMATS: Final[Mapping[str, str]] = {
    "text/turtle": "turtle",
    "application/x-turtle": "turtle",
    "application/n-triples": "nt",
    "application/rdf+xml": "xml",
    "application/xml": "xml",
    "text/xml": "xml",
}
_ORGANIZATION = re.compile(
    r"/(?:[a-z]{2}/)?organi[sz]ations/(?P<slug>[\w-]{1,200})/?", re.ASCII
)

#: No portal of public data is older: a date before it was typed to have one.
FIRST_DAY = datetime.date(2005, 1, 1)
SourceKind = Literal["datagouv", "dcat"]


class Unreadable(ValueError):
    """An answer that is no catalogue.

    :ivar fault: ``format`` (neither Turtle nor RDF/XML), ``syntax``, ``empty`` (it
        describes no dataset), ``many`` (more than :data:`MAX_DATASETS`)
    """

    def __init__(self, fault: Literal["format", "syntax", "empty", "many"]) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True)
class External:
    """A dataset of another portal.

    :ivar url: its page there
    :ivar schema: slug of the national model that it follows, if it says so
    :ivar licence: as it is written there
    :ivar files: how many
    :ivar issued: since when it is there, if it says so
    """

    identifier: str
    title: str
    url: str
    schema: str | None = None
    licence: str | None = None
    files: int = 0
    modified: datetime.datetime | None = None
    issued: datetime.datetime | None = None

    def since(self, today: datetime.date) -> datetime.date:
        """Return the day from which it counts: its own where it can be believed.

        >>> External("1", "Budget", "https://a.fr/1").since(datetime.date(2026, 1, 1))
        datetime.date(2026, 1, 1)
        """
        said = self.issued.date() if self.issued else None
        return said if said and FIRST_DAY <= said <= today else today


@dataclass(frozen=True)
class Source:
    """Where a collectivité's external data are described.

    :ivar address: of the catalogue; for data.gouv.fr, the organisation's name or id
    """

    kind: SourceKind
    address: str


def read_source(address: str, datagouv: str) -> Source | None:
    """Tell what an address leads to; nothing where it is not one that can be read.

    :param datagouv: the address of data.gouv.fr's site.

    >>> read_source("https://www.data.gouv.fr/fr/organizations/crach/",
    ...     "https://www.data.gouv.fr")
    Source(kind='datagouv', address='crach')
    """
    address = address.strip()
    if address.startswith(datagouv.rstrip("/") + "/"):
        found = _ORGANIZATION.fullmatch(urlsplit(address).path)
        return Source("datagouv", found["slug"]) if found else None
    url = clean_url(address)
    if url is None or not url.startswith(("http://", "https://")):
        return None
    return Source("dcat", url)


def write_source(source: Source, datagouv: str) -> str:
    """Return the address that :func:`read_source` reads as this source.

    >>> write_source(Source("datagouv", "crach"), "https://www.data.gouv.fr")
    'https://www.data.gouv.fr/organizations/crach/'
    """
    if source.kind == "dcat":
        return source.address
    return f"{datagouv.rstrip('/')}/organizations/{source.address}/"


def read_udata(
    found: Iterable[Any], schemas: Mapping[str, str], ours: Collection[str]
) -> list[External]:
    """Read the datasets of an organisation of data.gouv.fr.

    :param found: each as ``answers.read_dataset`` returns it.
    :param schemas: slugs of our models, by their national name.
    :param ours: identifiers of our own datasets: what data.gouv.fr harvested here is
        not published elsewhere.
    :raises Unreadable: ``many``.
    """
    kept = []
    for one in found:
        if one.private or one.deleted or one.archived or one.remote_id in ours:
            continue
        url = clean_url(one.page)
        title = clean_line(one.title)
        if url is None or title is None:
            continue
        names = [_text(_part(file.raw, "schema").get("name")) for file in one.resources]
        kept.append(
            External(
                identifier=one.id[:MAX_IDENTIFIER],
                title=title,
                url=url,
                schema=next((schemas[name] for name in names if name in schemas), None),
                licence=clean_line(one.raw.get("license"), longest=200),
                files=len(one.resources),
                modified=one.modified,
                issued=one.created,
            )
        )
        if len(kept) > MAX_DATASETS:
            raise Unreadable("many")
    return kept


def _part(found: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = found.get(name)
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def parse_page(body: bytes, content_type: str, url: str) -> Graph:
    """Parse a page of a catalogue, asking no other address.

    :param url: whence it came, which relative addresses follow.
    :raises Unreadable: ``format`` or ``syntax``.
    """
    kind = FORMATS.get(content_type.partition(";")[0].strip().lower())
    if kind is None:
        ending = urlsplit(url).path.rpartition(".")[2].lower()
        kind = {"ttl": "turtle", "rdf": "xml", "xml": "xml", "nt": "nt"}.get(ending)
    if kind is None:
        raise Unreadable("format")
    graph = Graph()
    try:
        graph.parse(data=body, format=kind, publicID=url)
    # The parsers of rdflib raise whatever comes: SyntaxError, SAXException, KeyError…
    except Exception as error:
        raise Unreadable("syntax") from error
    return graph


def find_next(graph: Graph, url: str) -> str | None:
    """Return the address of the next page, on the same server only."""
    parts = urlsplit(url)
    server = f"{parts.scheme}://{parts.netloc}"
    for predicate in (HYDRA.next, HYDRA.nextPage):
        for found in graph.objects(None, predicate):
            following = clean_url(urljoin(url, str(found)), server)
            if following and following.startswith(f"{server}/"):
                return following
    return None


def read_dcat(
    graph: Graph, schemas: Mapping[str, str], now: datetime.datetime
) -> Iterator[External]:
    """Read the datasets of a page of a catalogue.

    :param schemas: slugs of our models, by the address of their schema.
    :param now: the moment after which a date is not believed, with a time zone.
    """
    for node in sorted(set(graph.subjects(RDF.type, DCAT.Dataset)), key=str):
        address = str(node) if isinstance(node, URIRef) else ""
        pages = [*graph.objects(node, DCAT.landingPage), address]
        url = next(filter(None, (clean_url(str(page)) for page in pages)), None)
        title = clean_line(_french(graph, node))
        if url is None or title is None:
            continue
        files = set(graph.objects(node, DCAT.distribution))
        models = {
            str(said)
            for one in (node, *files)
            for said in graph.objects(one, DCTERMS.conformsTo)
        }
        licences = [
            str(said)
            for one in (node, *files)
            for said in graph.objects(one, DCTERMS.license)
            if isinstance(said, URIRef)
        ]
        identifier = graph.value(node, DCTERMS.identifier)
        yield External(
            identifier=(clean_line(identifier and str(identifier)) or address or url)[
                :MAX_IDENTIFIER
            ],
            title=title,
            url=url,
            schema=next(
                (schemas[one] for one in sorted(models) if one in schemas), None
            ),
            licence=clean_line(min(licences, default=None), longest=200),
            files=len(files),
            modified=clean_moment(str(graph.value(node, DCTERMS.modified) or ""), now),
            issued=clean_moment(str(graph.value(node, DCTERMS.issued) or ""), now),
        )


def _french(graph: Graph, node: Node) -> str | None:
    titles = sorted(
        graph.objects(node, DCTERMS.title),
        key=lambda one: (getattr(one, "language", None) != "fr", str(one)),
    )
    return str(titles[0]) if titles else None


def gather(pages: Iterable[Iterable[External]]) -> list[External]:
    """Put pages together, each dataset once.

    :raises Unreadable: ``empty`` or ``many``: nothing of it may replace what was read
        before.
    """
    found: dict[str, External] = {}
    for page in pages:
        for one in page:
            found.setdefault(one.identifier, one)
            if len(found) > MAX_DATASETS:
                raise Unreadable("many")
    if not found:
        raise Unreadable("empty")
    return list(found.values())
