"""A dataset's triples as they are stored, and what tells that they are out of date."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json

from rdflib import Graph

from ckanext.odlocale.datagouv.description import Description, Portal, Publisher
from ckanext.odlocale.datagouv.graph import add_dataset
from ckanext.odlocale.datagouv.scdl_catalogue import write_row

# To be raised by whoever changes what the feeds say: all fragments are then made
# again, as they are asked for.
PROFILE_VERSION = 3


@dataclasses.dataclass(frozen=True)
class Fragment:
    """The stored form of one dataset.

    :ivar ntriples: one triple a line, sorted
    :ivar sha256: of ``ntriples``
    :ivar row: its line of the national model «catalogue», or nothing
    """

    ntriples: str
    sha256: str
    row: str = ""


def write_fragment(description: Description, portal: Portal) -> Fragment:
    """Write a dataset's triples, the same text for the same description."""
    graph = Graph()
    add_dataset(graph, description, portal)
    text = serialize_sorted(graph)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Fragment(text, digest, write_row(description))


def serialize_sorted(graph: Graph) -> str:
    """Write a graph as N-Triples, which are Turtle too, sorted."""
    # Not splitlines(): a text may hold other line separators, such as U+2028.
    lines = set(graph.serialize(format="nt").split("\n"))
    return "".join(f"{line}\n" for line in sorted(lines) if line)


def stamp_of(publisher: Publisher | None, portal: Portal) -> str:
    """Sum up all that a fragment holds and that its dataset does not.

    A fragment with another stamp is out of date: the profile was changed, the portal
    moved, the collectivité was renamed or its contour loaded.
    """
    said = [
        PROFILE_VERSION,
        portal.site_url,
        portal.contact_email,
        dataclasses.asdict(publisher) if publisher else None,
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def order_key(package_id: str, created: datetime.datetime) -> str:
    """Place a dataset in its feed, once and for all.

    What is created while a feed is read comes after the page that is being read; what
    is edited does not move: a reader that follows the pages misses nothing.
    """
    return f"{created:%Y%m%dT%H%M%S%f}-{package_id}"


def read_order_key(text: str) -> tuple[datetime.datetime, str]:
    """Read back an order key.

    :returns: when the dataset was created, without a time zone, and its id.
    :raises ValueError: the text is no order key.
    """
    moment, separator, package_id = text.partition("-")
    if not (separator and package_id and package_id.isprintable()):
        raise ValueError(f"no order key: {text!r}")
    return datetime.datetime.strptime(moment, "%Y%m%dT%H%M%S%f"), package_id
