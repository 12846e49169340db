"""Find the English that is left on a page of the portal.

Pure: given a page's HTML (or any text), tells which English messages of the
catalogues, and which sentences plainly English, a visitor would read.

    english_left(visible_text(page.content())) == []
"""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser

from babel.messages.catalog import Catalog

from scripts.catalogue import (
    FRENCH,
    key_of,
    read_catalog,
    read_core_french,
    translations_of,
)

#: What a visitor reads, or hears, although it is not text between two tags.
READ_ATTRIBUTES = frozenset(
    {"alt", "aria-label", "data-module-content", "placeholder", "title"}
)
UNSEEN_ELEMENTS = frozenset({"script", "style", "template", "noscript", "code", "pre"})
VOID_ELEMENTS = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta"}
    | {"param", "source", "track", "wbr"}
)
#: Elements that do not end a phrase.
INLINE_ELEMENTS = frozenset(
    {"a", "abbr", "b", "em", "i", "q", "small", "span", "strong"}
)

#: Words that French does not have, and that few English sentences avoid.
ENGLISH_WORDS = frozenset(
    {"and", "are", "been", "can", "click", "does", "for", "from", "has", "have", "how"}
    | {"is", "must", "not", "of", "please", "that", "the", "there", "this", "to", "was"}
    | {"were", "which", "will", "with", "you", "your"}
)
#: Names that keep their English: software, formats, licences, other sites.
PROPER_NAMES = re.compile(
    r"Open Data Commons|Creative Commons|Open Database License|Schema\.org|Croissant"
    r"|Open Data|OpenStreetMap contributors|DataStore|data\.gouv\.fr"
)

_PLACEHOLDER = re.compile(r"%\(\w+\)[a-zA-Z]|%[sdrif]|\{[\w.!:\[\]]*\}")
_MARKUP = re.compile(r"<[^>]*>")
_SPACES = re.compile(r"[^\S\n]+")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


class _Reader(HTMLParser):
    """Collects what a page says, one phrase a line."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.attributes: list[str] = []
        self.hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        foreign = (named.get("lang") or "fr").split("-")[0] != "fr"
        if tag not in VOID_ELEMENTS and (
            self.hidden or tag in UNSEEN_ELEMENTS or foreign
        ):
            self.hidden.append(tag)
        if self.hidden:
            return
        if tag not in INLINE_ELEMENTS:
            self.parts.append("\n")
        said = READ_ATTRIBUTES
        if tag == "input" and named.get("type") in {"button", "submit", "reset"}:
            said = said | {"value"}
        self.attributes += [text for name, text in attrs if name in said and text]

    def handle_endtag(self, tag: str) -> None:
        if tag in self.hidden:
            # A browser closes what was left open inside; so do we.
            while self.hidden.pop() != tag:
                pass
        if not self.hidden and tag not in INLINE_ELEMENTS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(data.replace("\n", " "))


def visible_text(html: str) -> str:
    """Return what a page says, one phrase a line, attributes that are read last.

    Elements marked ``lang="en"`` (or any language but French), code and scripts
    are left out.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = "".join(reader.parts).split("\n") + [
        text.replace("\n", " ") for text in reader.attributes
    ]
    phrases = (_SPACES.sub(" ", line).strip() for line in lines)
    return "\n".join(phrase for phrase in phrases if phrase)


def english_left(text: str) -> list[str]:
    """List the English a text holds, longest messages first.

    :param text: what a page says, one phrase a line (see :func:`visible_text`).
    :returns: English messages found word for word whose French differs, then the
        lines that hold a word only English has. Empty when all is French.
    """
    rest = PROPER_NAMES.sub("", text)
    found = []
    for message, longest, pattern in english_messages():
        if longest in rest and pattern.search(rest):
            found.append(message)
            rest = pattern.sub("…", rest)
    for line in rest.splitlines():
        words = {word.lower() for word in _WORD.findall(line)}
        if words & ENGLISH_WORDS:
            found.append(line.strip())
    return found


@cache
def english_messages() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """Return (message, a word it must hold, pattern) for what must be French.

    A message made only of words that French has too (``Date``, ``or``) proves
    nothing, and is left out.
    """
    core, ours = read_core_french(), read_catalog(FRENCH)
    pairs = {**_pairs(core), **_pairs(ours)}
    french_words = {
        word.lower()
        for french in pairs.values()
        for word in _WORD.findall(_MARKUP.sub(" ", french))
    }
    messages: list[tuple[int, str, str, re.Pattern[str]]] = []
    for english, french in pairs.items():
        literals = [
            _SPACES.sub(" ", part.replace("\n", " ")).strip()
            for part in _PLACEHOLDER.split(_MARKUP.sub(" {} ", english))
        ]
        words = {word.lower() for part in literals for word in _WORD.findall(part)}
        if english == french or not (words - french_words):
            continue
        pattern = r"[^\n]{0,200}?".join(map(_match_words, literals))
        longest = max(literals, key=len).split(" ")[0]
        size = sum(map(len, literals))
        messages.append((size, english, longest, re.compile(pattern)))
    # The longest first: what it covers is not searched for shorter messages.
    messages.sort(key=lambda entry: (-entry[0], -len(entry[1])))
    return tuple((message, word, seen) for _size, message, word, seen in messages)


def _match_words(literal: str) -> str:
    """Return a pattern for whole words: ``to`` is not found in ``photo``."""
    if not _WORD.search(literal):
        return re.escape(literal)
    words = re.escape(literal).replace(r"\ ", r"\s+")
    return rf"(?<![\w-]){words}(?![\w-])"


def _pairs(catalog: Catalog) -> dict[str, str]:
    """Map each English form to its French one."""
    pairs: dict[str, str] = {}
    for message in catalog:
        french = translations_of(message)
        if message.id and any(french):
            forms = key_of(message.id)
            pairs |= dict(zip(forms, (french[0], french[-1]), strict=False))
    return pairs
