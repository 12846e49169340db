"""Sitemaps: what a portal shows to everybody, listed for search engines."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Final
from xml.sax.saxutils import escape

#: The most that one file may hold (sitemaps.org).
MAX_URLS: Final = 50_000
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'

Address = tuple[str, datetime.datetime | None]


def count_files(urls: int) -> int:
    """How many files it takes to list addresses; one even where there is none.

    >>> count_files(0), count_files(50_000), count_files(50_001)
    (1, 1, 2)
    """
    return max(1, -(-urls // MAX_URLS))


def write_index(addresses: Iterable[str]) -> str:
    """Write the list of the files, given their addresses."""
    lines = "".join(
        f"<sitemap><loc>{escape(address)}</loc></sitemap>\n" for address in addresses
    )
    return f'{_HEAD}<sitemapindex xmlns="{_NAMESPACE}">\n{lines}</sitemapindex>\n'


def write_file(addresses: Iterable[Address]) -> Iterable[str]:
    """Write one file, piece by piece.

    :param addresses: each with when it last changed, in UTC, where that is known.
    """
    yield f'{_HEAD}<urlset xmlns="{_NAMESPACE}">\n'
    for address, moment in addresses:
        day = f"<lastmod>{moment.date().isoformat()}</lastmod>" if moment else ""
        yield f"<url><loc>{escape(address)}</loc>{day}</url>\n"
    yield "</urlset>\n"
