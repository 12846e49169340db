"""What other sites show of a collectivité's data: a block, a script, a badge, a feed.

All are made here from plain data, bear no name but the collectivité's, and hold nothing
that a visitor could be followed by.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from xml.etree import ElementTree as ET

from ckanext.odlocale.territory.colours import READABLE, contrast, parse_colour

ATOM = "http://www.w3.org/2005/Atom"
#: What stands in place of what is not given, or cannot be read.
TEXT, BACKGROUND, LINK = "#1b2a33", "#ffffff", "#005d7a"
#: Of the badge: up to date, and not. White is read on both.
FRESH, STALE = "#1b5e35", "#5c6770"


@dataclass(frozen=True)
class Theme:
    """Colours of a block: text and links are always read on the background."""

    text: str = TEXT
    background: str = BACKGROUND
    link: str = LINK

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Theme:
        """Return the colours that an address asks for, as far as they can be read.

        :param asked: ``texte``, ``fond``, ``lien``: ``rrggbb`` each, optional

        >>> Theme.read({"fond": "000", "texte": "111"}).text
        '#ffffff'
        """
        background = _colour(asked.get("fond"), BACKGROUND)
        return cls(
            _readable(_colour(asked.get("texte"), TEXT), background),
            background,
            _readable(_colour(asked.get("lien"), LINK), background),
        )

    def style(self) -> str:
        """Return the style sheet of the block."""
        return (
            f":root{{color:{self.text};background:{self.background};"
            "font:16px/1.5 'Segoe UI',system-ui,sans-serif}"
            "body{margin:0;padding:12px}h1{font-size:20px;margin:0 0 8px}"
            "ul{margin:0;padding:0;list-style:none}li{margin:0 0 12px}"
            f"a{{color:{self.link};font-weight:600}}p{{margin:0}}"
            "a:focus-visible{outline:3px solid;outline-offset:2px}"
            ".files{font-size:15px}.hidden{position:absolute;width:1px;height:1px;"
            "overflow:hidden;clip-path:inset(50%)}"
        )


def _colour(asked: str | None, default: str) -> str:
    try:
        return parse_colour(asked or "")
    except ValueError:
        return default


def _readable(colour: str, background: str) -> str:
    """Return a colour that is read on a background: itself, else black or white.

    One of these two is read on any background (4.58:1 at least).
    """
    if contrast(colour, background) >= READABLE:
        return colour
    return max(("#000000", "#ffffff"), key=lambda one: contrast(one, background))


@dataclass(frozen=True)
class File:
    """A file that is online.

    :ivar form: what it is; empty where this is not known, or for an address
    """

    name: str
    url: str
    form: str = "CSV"


@dataclass(frozen=True)
class Item:
    """One data of a collectivité.

    :ivar when: the day of its last release, in words
    """

    label: str
    url: str
    when: str
    files: tuple[File, ...]


@dataclass(frozen=True)
class Entry:
    """One release or document, for the feed.

    :ivar media_type: of the file; empty where this is not known, or for an address
    """

    id: str
    title: str
    url: str
    file_url: str
    at: datetime.datetime
    media_type: str = "text/csv"


def build_script(title: str, items: Sequence[Item], theme: Mapping[str, str]) -> str:
    """Return a script that puts the list where it stands, in the site's own fonts.

    It makes elements and texts, never HTML; it sets no cookie and asks for nothing.

    :param theme: only the colours that were asked for: ``text``, ``background``,
        ``link``
    """
    data = {
        "title": title,
        "items": [
            {
                "label": one.label,
                "url": one.url,
                "when": one.when,
                "files": [{"name": file.name, "url": file.url} for file in one.files],
            }
            for one in items
        ],
        "theme": dict(theme),
    }
    # A site may copy the script in its own page: no text may end it there.
    written = json.dumps(data, ensure_ascii=True).replace("<", "\\u003c")
    return _SCRIPT.replace("DATA", written)


_SCRIPT = """(function () {
  "use strict";
  var data = DATA;
  var script = document.currentScript;
  if (!script || !script.parentNode) { return; }
  function add(parent, name, text) {
    var element = document.createElement(name);
    if (text) { element.textContent = text; }
    parent.appendChild(element);
    return element;
  }
  function link(parent, text, url) {
    var element = add(parent, "a", text);
    element.href = url;
    if (data.theme.link) { element.style.color = data.theme.link; }
    return element;
  }
  var block = document.createElement("section");
  block.className = "donnees-ouvertes";
  block.setAttribute("aria-label", data.title);
  if (data.theme.text) { block.style.color = data.theme.text; }
  if (data.theme.background) { block.style.background = data.theme.background; }
  var list = add(block, "ul");
  data.items.forEach(function (one) {
    var line = add(list, "li");
    link(line, one.label, one.url);
    add(line, "div", one.when);
    one.files.forEach(function (file) { link(add(line, "div"), file.name, file.url); });
  });
  script.parentNode.insertBefore(block, script.nextSibling);
})();
"""


def with_query(address: str, query: str) -> str:
    """Add a query to an address that may have one.

    >>> with_query("/a.js?donnees=budget", "fond=fff"), with_query("/a", "")
    ('/a.js?donnees=budget&fond=fff', '/a')
    """
    if not query:
        return address
    return f"{address}{'&' if '?' in address else '?'}{query}"


def write_lines(
    addresses: Mapping[str, str], query: str, page: str, title: str
) -> dict[str, str]:
    """Return what an agent copies into a page of a site, as HTML.

    :param addresses: of the ``block``, the ``script`` and the ``badge``
    :param query: the colours, as an address has them
    :param page: of the collectivité on the portal
    """
    at = {
        name: escape(address if name == "badge" else with_query(address, query))
        for name, address in addresses.items()
    }
    named = escape(title)
    return {
        "frame": f'<iframe src="{at["block"]}" title="{named}" width="100%" '
        'height="400" loading="lazy"></iframe>',
        "script": f'<script src="{at["script"]}"></script>',
        "badge": f'<a href="{escape(page)}"><img src="{at["badge"]}" '
        f'alt="{named}"></a>',
    }


def build_badge(label: str, value: str, fresh: bool, title: str) -> str:
    """Return a badge: what, how it stands; grey where it is not up to date."""
    left, right = _width(label), _width(value)
    colour = FRESH if fresh else STALE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="22" '
        f'role="img" aria-label="{escape(title)}"><title>{escape(title)}</title>'
        f'<rect width="{left}" height="22" fill="{TEXT}"/>'
        f'<rect x="{left}" width="{right}" height="22" fill="{colour}"/>'
        '<g fill="#fff" font-family="Segoe UI,Verdana,sans-serif" font-size="12" '
        f'text-anchor="middle"><text x="{left / 2}" y="15">{escape(label)}</text>'
        f'<text x="{left + right / 2}" y="15">{escape(value)}</text></g></svg>\n'
    )


def _width(text: str) -> int:
    # Wide enough for the widest of the fonts named, letter by letter.
    return 16 + round(7.2 * len(text))


def build_atom(
    title: str,
    author: str,
    address: str,
    page: str,
    entries: Sequence[Entry],
    updated: datetime.datetime,
) -> bytes:
    """Return a feed of releases, the latest first (RFC 4287).

    :param address: of the feed itself, which identifies it
    :param updated: where there is no entry
    """
    ET.register_namespace("", ATOM)
    feed = ET.Element(f"{{{ATOM}}}feed", {"xml:lang": "fr"})
    last = max((one.at for one in entries), default=updated)
    _add(feed, "id", address)
    _add(feed, "title", title)
    _add(feed, "updated", _moment(last))
    _add(_add(feed, "author"), "name", author)
    _add(feed, "link", rel="self", type="application/atom+xml", href=address)
    _add(feed, "link", rel="alternate", type="text/html", href=page)
    for one in entries:
        entry = _add(feed, "entry")
        _add(entry, "id", f"urn:uuid:{one.id}")
        _add(entry, "title", one.title)
        _add(entry, "updated", _moment(one.at))
        _add(entry, "link", rel="alternate", type="text/html", href=one.url)
        if one.file_url:
            typed = {"type": one.media_type} if one.media_type else {}
            _add(entry, "link", rel="enclosure", href=one.file_url, **typed)
        _add(entry, "summary", one.title)
    written: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def _add(
    parent: ET.Element, name: str, text: str = "", **attributes: str
) -> ET.Element:
    element = ET.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    element.text = text or None
    return element


def _moment(at: datetime.datetime) -> str:
    return at.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
