"""A dataset outside any model: a plan as PDF, a shapefile, the address of a map.

Three lines are asked; the rest is filled in. What is published is the agent's own file,
as it is: nothing of it is checked but that it is what its name says.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import urlsplit

from ckanext.odlocale.base.french import slugify
from ckanext.odlocale.publishing.dataset import (
    DEFAULT_LICENCE,
    FRENCH,
    FREQUENCY_AUTHORITY,
    MAX_NAME_LENGTH,
    Publisher,
)

#: Bytes of a file that tell what it is.
HEAD_BYTES: Final = 4096
MIN_TITLE: Final = 5
MAX_URL: Final = 2000

_ZIP: Final = (b"PK\x03\x04",)
_OLE: Final = (b"\xd0\xcf\x11\xe0",)
_TEXT: Final[tuple[bytes, ...]] = ()


@dataclass(frozen=True)
class Format:
    """What a file is.

    :ivar name: as reusers read it
    :ivar mimetype: as servers send it
    :ivar marks: what its first bytes must hold; nothing for a text
    """

    name: str
    mimetype: str
    marks: tuple[bytes, ...]


_OPEN_DOCUMENT: Final = "application/vnd.oasis.opendocument"
_OFFICE: Final = "application/vnd.openxmlformats-officedocument"

#: What may be published as it is, by extension. Neither pages nor programs: a browser,
#: or a spreadsheet's macro, would run them in the name of the town hall.
FORMATS: Final = {
    "pdf": Format("PDF", "application/pdf", (b"%PDF-",)),
    "csv": Format("CSV", "text/csv", _TEXT),
    "txt": Format("TXT", "text/plain", _TEXT),
    "xlsx": Format("XLSX", f"{_OFFICE}.spreadsheetml.sheet", _ZIP),
    "xls": Format("XLS", "application/vnd.ms-excel", _OLE),
    "ods": Format("ODS", f"{_OPEN_DOCUMENT}.spreadsheet", _ZIP),
    "odt": Format("ODT", f"{_OPEN_DOCUMENT}.text", _ZIP),
    "docx": Format("DOCX", f"{_OFFICE}.wordprocessingml.document", _ZIP),
    "zip": Format("ZIP", "application/zip", _ZIP),
    "kmz": Format("KMZ", "application/vnd.google-earth.kmz", _ZIP),
    "geojson": Format("GeoJSON", "application/geo+json", _TEXT),
    "json": Format("JSON", "application/json", _TEXT),
    "kml": Format("KML", "application/vnd.google-earth.kml+xml", _TEXT),
    "gpx": Format("GPX", "application/gpx+xml", _TEXT),
    "gml": Format("GML", "application/gml+xml", _TEXT),
    "dxf": Format("DXF", "image/vnd.dxf", _TEXT),
    "ics": Format("ICS", "text/calendar", _TEXT),
    "gpkg": Format("GPKG", "application/geopackage+sqlite3", (b"SQLite format 3\0",)),
    "parquet": Format("Parquet", "application/vnd.apache.parquet", (b"PAR1",)),
    "jpg": Format("JPEG", "image/jpeg", (b"\xff\xd8\xff",)),
    "jpeg": Format("JPEG", "image/jpeg", (b"\xff\xd8\xff",)),
    "png": Format("PNG", "image/png", (b"\x89PNG",)),
    "tif": Format("TIFF", "image/tiff", (b"II*\0", b"MM\0*")),
    "tiff": Format("TIFF", "image/tiff", (b"II*\0", b"MM\0*")),
}
SHAPEFILE: Final = Format("SHP", "application/zip", _ZIP)

_FIRST_BYTES: Final = 1024
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


class Fault(Enum):
    """Why a document is not published. What was typed is kept."""

    TITLE = "the title says nothing"
    FORMAT = "this kind of file is not published"
    CONTENT = "the file is not what its name says"
    ADDRESS = "not the address of a page of the Web"
    MODEL = "the file follows a model"
    PEOPLE = "nobody said that it names nobody"


def sentence_of(fault: Fault, gettext: Callable[[str], str]) -> str:
    """Say a fault to the agent, with what to do."""
    sentences = {
        Fault.TITLE: gettext("Give it a title: what it is, in a few words."),
        Fault.FORMAT: gettext(
            "This kind of file is not published here. Export it as PDF, as a"
            " spreadsheet, as an image or as a map (GeoJSON, shapefile in a .zip)."
        ),
        Fault.CONTENT: gettext(
            "This file is not what its name says, or it is damaged. Open it on your"
            " computer, save it again, then deposit it."
        ),
        Fault.MODEL: gettext(
            "This file follows a national model. Publish it as such: it is checked, and"
            " its readers find it beside those of other town halls."
        ),
        Fault.ADDRESS: gettext(
            "Copy the whole address of the page, with https:// at its beginning."
        ),
        Fault.PEOPLE: gettext(
            "Tick the box once you have checked. If it names somebody, do not publish"
            " it: ask for help."
        ),
    }
    return sentences[fault]


def field_of(fault: Fault) -> str:
    """Return the name of the field that a fault is about.

    >>> field_of(Fault.ADDRESS)
    'url'
    """
    fields = {Fault.TITLE: "title", Fault.ADDRESS: "url", Fault.PEOPLE: "agreed"}
    return fields.get(fault, "file")


def read_format(
    filename: str, head: bytes, inside: Sequence[str] = ()
) -> Format | Fault:
    """Return what a file is, by its name and its first bytes.

    :param head: its first :data:`HEAD_BYTES`
    :param inside: names of the files in it, for an archive

    >>> read_format("plan.pdf", b"%PDF-1.7").name
    'PDF'
    >>> read_format("plan.pdf", b"<html>"), read_format("plan.exe", b"MZ")
    (<Fault.CONTENT: 'the file is not what its name says'>, \
<Fault.FORMAT: 'this kind of file is not published'>)
    """
    found = FORMATS.get(extension_of(filename))
    if found is None:
        return Fault.FORMAT
    if found.marks:
        # Some tools write a line before a PDF's own first one.
        if not any(mark in head[:_FIRST_BYTES] for mark in found.marks):
            return Fault.CONTENT
    elif not head.strip() or (b"\0" in head and not head.startswith(_UTF16)):
        return Fault.CONTENT
    if found.name == "ZIP" and any(one.lower().endswith(".shp") for one in inside):
        return SHAPEFILE
    return found


def extension_of(filename: str) -> str:
    """Return the extension of a name, in lower case, without its dot.

    >>> extension_of("Plan.PDF"), extension_of("plan")
    ('pdf', '')
    """
    return PurePath(filename).suffix.lower().removeprefix(".")


def propose_title(filename: str) -> str:
    """Return the title that a file's name suggests.

    >>> propose_title("plan_cimetiere-2024.pdf")
    'Plan cimetiere 2024'
    """
    words = re.sub(r"[\s_\-]+", " ", PurePath(filename).stem).strip()
    return words[:1].upper() + words[1:]


def judge_title(title: str) -> Fault | None:
    """Tell whether a title says something.

    >>> judge_title(" ab "), judge_title("Plan du cimetière")
    (<Fault.TITLE: 'the title says nothing'>, None)
    """
    letters = sum(sign.isalpha() for sign in title)
    return None if letters >= MIN_TITLE else Fault.TITLE


def judge_address(url: str) -> Fault | None:
    """Tell whether an address leads to a page of the Web.

    >>> judge_address("https://geo.example.fr/plu?c=56046")
    >>> [judge_address(one) is None for one in (
    ...     "geo.example.fr", "javascript:alert(1)", "https://a:b@example.fr/",
    ...     "https://localhost/", "https://exa mple.fr/")]
    [False, False, False, False, False]
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return Fault.ADDRESS
    well_formed = (
        parts.scheme in ("http", "https")
        and "." in host
        and port != 0
        and "@" not in parts.netloc
        and len(url) <= MAX_URL
        and not re.search(r"[\s<>\"\\\x00-\x1f]", url)
    )
    return None if well_formed else Fault.ADDRESS


def document_name(title: str, code: str) -> str:
    """Return the name of the dataset in addresses.

    >>> document_name("Plan du cimetière", "56046")
    'plan-du-cimetiere-56046'
    """
    room = MAX_NAME_LENGTH - len(code) - len("-99") - 1
    return f"{slugify(title)[:room].strip('-')}-{code}"


def build_document(
    publisher: Publisher,
    title: str,
    notes: str,
    resource: dict[str, Any],
    day: datetime.date,
) -> dict[str, Any]:
    """Return the whole dataset, named but for what is taken.

    :param resource: ``url``, ``format``, ``mimetype``… of its one file or address
    """
    on = {"issued": day.isoformat(), "modified": day.isoformat()}
    return {
        "type": "dataset",
        "private": False,
        "state": "active",
        "owner_org": publisher.org_id,
        "name": document_name(title, publisher.code),
        "title": title,
        "notes": notes,
        "license_id": DEFAULT_LICENCE,
        "frequency": FREQUENCY_AUTHORITY + "IRREG",
        "language": [FRENCH],
        "contact": [{"name": publisher.contact_name, "email": publisher.contact_email}],
        **on,
        "resources": [{"name": title, "license": DEFAULT_LICENCE, **resource, **on}],
    }


def describe(title: str, publisher: str, gettext: Callable[[str], str]) -> str:
    """Return the description of a document that nobody described.

    data.gouv.fr counts a description only beyond a hundred characters.

    :param publisher: who publishes it, in full
    """
    return gettext(
        "{title}. Published by {publisher}, as it is used by its services. For any"
        " question about what it holds or how recent it is, write to the contact below."
    ).format(title=title.rstrip("."), publisher=publisher)
