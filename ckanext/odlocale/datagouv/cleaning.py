"""One value at a time: what is safe to say to udata, or nothing.

A single bad value (an address with a space, a size such as "12 Ko", an unreadable
date) makes udata refuse the whole dataset. Each function returns the clean value, or
``None`` where the value must be left unsaid.
"""

from __future__ import annotations

import datetime
import ipaddress
import re
import unicodedata
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from ckanext.odlocale.base.addresses import is_public
from ckanext.odlocale.base.french import slugify
from ckanext.odlocale.datagouv.vocabularies import (
    DIGEST_LENGTHS,
    FILE_TYPE,
    FILE_TYPES,
    FREQUENCIES,
    FREQUENCY,
    MEDIA_TYPE_FORMATS,
)

# Neither XML nor PostgreSQL takes them; U+FFFE and U+FFFF are no characters at all.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_BLANKS = re.compile(r"\s+")
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_HOST_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,126}")
_SHORT_FORMAT = re.compile(r"[a-z0-9][a-z0-9.+-]{1,19}")
_HEXADECIMAL = re.compile(r"[0-9a-f]+")
# Names that no public name server answers for (RFC 2606, RFC 6762, RFC 8375, ICANN).
_PRIVATE_ZONES = frozenset(
    [
        "local",
        "localhost",
        "localdomain",
        "lan",
        "internal",
        "intranet",
        "corp",
        "home",
        "private",
        "test",
        "invalid",
        "example",
        "onion",
        "arpa",
    ]
)
# The oldest date that every reader of the feed keeps as written.
_FIRST_YEAR = 1000
KEYWORD_LENGTHS = range(3, 97)


def clean_line(value: Any, longest: int = 350) -> str | None:
    """Put a text on one line, without control characters, cut at a word.

    :param longest: number of characters to keep; a longer text ends with "…".

    >>> clean_line(" Budget\\x0b\\n 2022 ")
    'Budget 2022'
    """
    text = _BLANKS.sub(" ", clean_text(value) or "").strip()
    if len(text) > longest:
        text = text[: longest - 1].rsplit(" ", 1)[0][: longest - 1].rstrip() + "…"
    return text or None


def clean_text(value: Any, longest: int = 20_000) -> str | None:
    """Remove what no XML reader accepts, and blanks at both ends.

    Markdown and HTML are left as they are: udata reads both.
    """
    if not isinstance(value, str):
        return None
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
    text = _FORBIDDEN.sub("", text).strip()
    if len(text) > longest:
        text = text[: longest - 1].rstrip() + "…"
    return text or None


def clean_url(value: Any, own: str = "") -> str | None:
    """Write a web address so that udata's `uris.validate` accepts it.

    Spaces and other characters that an address cannot hold are percent-encoded. An
    address that cannot be reached from the Internet (no domain, private network), or
    that holds a password, gives nothing: udata would refuse the whole dataset.

    :param own: the portal's own address, accepted as it is: a portal that is being
        tried out answers at ``http://127.0.0.1:5000``.

    >>> clean_url("https://www.crach.fr/mes fichiers/été.csv")
    'https://www.crach.fr/mes%20fichiers/%C3%A9t%C3%A9.csv'
    >>> clean_url("http://ckan:5000/fichier.csv")
    """
    text = clean_text(value)
    if text is None or re.search(r"[\n\t]", text) or len(text) > 4000:
        return None
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https", "ftp", "ftps") or not host:
        return None
    if parts.username is not None or parts.password is not None:
        return None
    if not _is_within(text, own):
        ascii_host = _public_host(host)
        if ascii_host is None or (port is not None and not 10 <= port <= 65535):
            return None
        host = ascii_host
    elif ":" in host:
        host = f"[{host}]"
    return urlunsplit(
        (
            parts.scheme,
            host if port is None else f"{host}:{port}",
            _escape(parts.path),
            _escape(parts.query),
            _escape(parts.fragment),
        )
    )


def _escape(part: str) -> str:
    return quote(part, safe="/%:@!$&'()*+,;=?~-._")


def _is_within(url: str, own: str) -> bool:
    return bool(own) and (url == own or url.startswith(own.rstrip("/") + "/"))


def _public_host(host: str) -> str | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return _public_name(host)
    if not is_public(host):
        return None
    return f"[{address}]" if address.version == 6 else str(address)


def _public_name(host: str) -> str | None:
    try:
        name = host.rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    labels = name.split(".")
    zone = labels[-1]
    if len(labels) < 2 or not (zone.isalpha() or zone.startswith("xn--")):
        return None
    if len(zone) < 2 or zone in _PRIVATE_ZONES:
        return None
    return name if all(_HOST_LABEL.fullmatch(label) for label in labels) else None


def clean_email(value: Any) -> str | None:
    """Return the bare address of an e-mail, without ``mailto:``.

    >>> clean_email("mailto:mairie@crach.fr"), clean_email("mairie at crach.fr")
    ('mairie@crach.fr', None)
    """
    text = (clean_text(value) or "").removeprefix("mailto:")
    return text if _EMAIL.fullmatch(text) else None


def clean_day(value: Any) -> datetime.date | None:
    """Read a full date. A year alone would become an arbitrary day in udata.

    >>> clean_day("2022-12-31"), clean_day("2022"), clean_day("2022-02-30")
    (datetime.date(2022, 12, 31), None, None)
    """
    if isinstance(value, datetime.datetime):
        value = value.date()
    if isinstance(value, datetime.date):
        day = value
    else:
        try:
            day = datetime.date.fromisoformat(str(value)[:10])
        except ValueError:
            return None
    return day if day.year >= _FIRST_YEAR else None


def clean_moment(value: Any, now: datetime.datetime) -> datetime.datetime | None:
    """Read a date and time, in UTC, to the second; a future one gives nothing.

    :param value: a date, a moment, or its ISO 8601 text; CKAN's own have no time zone
        and are UTC.
    :param now: with a time zone; udata drops what is after its own clock.
    """
    moment: datetime.datetime | None = None
    if isinstance(value, datetime.datetime):
        moment = value
    elif isinstance(value, datetime.date):
        moment = datetime.datetime(value.year, value.month, value.day)
    elif isinstance(value, str):
        try:
            moment = datetime.datetime.fromisoformat(
                value.strip().replace("Z", "+00:00")
            )
        except ValueError:
            return None
    if moment is None or moment.year < _FIRST_YEAR:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.timezone.utc)
    try:
        moment = moment.astimezone(datetime.timezone.utc).replace(microsecond=0)
    except OverflowError:
        return None
    return moment if moment <= now else None


def clean_size(value: Any) -> int | None:
    """Read a number of bytes; "12 Ko" gives nothing.

    The bound is what the database of data.gouv.fr holds (a signed 64-bit integer).
    """
    try:
        size = int(str(value).strip())
    except ValueError:
        return None
    return size if 0 < size < 2**63 else None


def clean_keywords(values: Iterable[Any]) -> tuple[str, ...]:
    """Keep the keywords that udata keeps: 3 to 96 characters once made a slug.

    >>> clean_keywords(["Budget", "PV", "budget", "École"])
    ('Budget', 'École')
    """
    kept: dict[str, str] = {}
    for value in values:
        keyword = clean_line(value, longest=KEYWORD_LENGTHS.stop - 1)
        if keyword and len(slug := slugify(keyword)) in KEYWORD_LENGTHS:
            kept.setdefault(slug, keyword)
    return tuple(sorted(kept.values()))


def clean_frequency(value: Any) -> str | None:
    """Return the European address of a frequency, given it or its code."""
    code = (clean_text(value) or "").removeprefix(FREQUENCY)
    return FREQUENCY + code if code in FREQUENCIES else None


def clean_media_type(value: Any) -> str | None:
    """Return a media type in lower case, without its parameters."""
    text = (clean_text(value) or "").split(";")[0].strip().lower()
    return text if _MEDIA_TYPE.fullmatch(text) else None


def clean_format(value: Any, media_type: str | None, url: str) -> str | None:
    """Return a format as udata reads it: a European file type, or a short word.

    :param value: CKAN's format, "CSV", "text/csv", ".csv" or nothing.
    :param media_type: looked at where ``value`` says nothing.
    :param url: the file's address, whose extension comes last.
    """
    text = (clean_text(value) or "").lstrip(".")
    if text.startswith(FILE_TYPE):
        text = text.removeprefix(FILE_TYPE).replace("_", "-")
    guesses = [
        text.upper(),
        MEDIA_TYPE_FORMATS.get(text.lower(), ""),
        MEDIA_TYPE_FORMATS.get(media_type or "", ""),
        urlsplit(url).path.rpartition(".")[2].upper(),
    ]
    if text and "/" not in text:
        guesses = guesses[:1]
    for guess in guesses:
        if guess in FILE_TYPES:
            return FILE_TYPE + FILE_TYPES[guess]
    return text.lower() if _SHORT_FORMAT.fullmatch(text.lower()) else None


def clean_digest(value: Any, algorithm: Any) -> tuple[str, str] | None:
    """Return (algorithm, hexadecimal digest), or nothing where they disagree.

    CKAN has no rule for the name of the algorithm: "sha256", "SHA-256" and the SPDX
    address are met; xloader gives none at all. Then the length tells.
    """
    digest = (clean_text(value) or "").lower()
    if not _HEXADECIMAL.fullmatch(digest):
        return None
    name = (clean_text(algorithm) or "").rpartition("checksumAlgorithm_")[2]
    name = name.lower().replace("-", "").strip()
    for known, length in DIGEST_LENGTHS.items():
        if len(digest) == length and name in ("", known):
            return known, digest
    return None
