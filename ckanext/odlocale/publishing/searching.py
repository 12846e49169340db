"""Whether a file, or what was noted of it, holds a text that must be erased.

Looked for in every way that a name may be written in a file: without accents or
capitals, in any encoding that a town hall's software writes, and inside the members of
a spreadsheet. It finds too much rather than too little: a purge that misses a copy has
erased nothing.
"""

from __future__ import annotations

import html
import io
import json
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import polars as pl

#: A text to erase is at least this long once folded: shorter, it is in every row.
MIN_LENGTH = 4
MAX_LENGTH = 200

#: Of a spreadsheet, how much is read once decompressed: the engine reads less.
MAX_MEMBER_BYTES = 500 * 1024 * 1024

#: What software writes that does not write UTF-8.
_OLD_ENCODINGS = ("cp1252", "mac_roman", "cp850")
#: Accents, once apart from their letters.
_MARKS = re.compile("[\u0300-\u036f]+")
_TAG = re.compile(r"<[^>]*>")
_SPACES = re.compile(r"\s+")
_BETWEEN_CELLS = "\0"


def fold(text: str) -> str:
    """Return a text without accents, capitals nor odd spaces.

    >>> fold("  ÉLODIE\\u00a0 Le  Goff ")
    'elodie le goff'
    """
    if not text.isascii():
        text = _MARKS.sub("", unicodedata.normalize("NFKD", text))
    return _SPACES.sub(" ", text.casefold()).strip()


def holds(value: Any, sought: str) -> bool:
    """Tell whether a text, or any JSON value, holds a folded text."""
    if value is None:
        return False
    if isinstance(value, str):
        return sought in fold(value)
    return any(sought in fold(one) for one in _texts_of(value))


def file_holds(content: bytes, sought: str) -> bool:
    """Tell whether a file of any kind holds a folded text."""
    return any(sought in fold(text) for text in _read_texts(content))


def rows_holding(frame: pl.DataFrame, sought: str) -> pl.Series:
    """Return, for each row of a published file, whether one of its cells holds it."""
    found = [
        sought in fold(_BETWEEN_CELLS.join(one or "" for one in row))
        for row in frame.iter_rows()
    ]
    return pl.Series("holds", found, dtype=pl.Boolean)


def _texts_of(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _texts_of(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts_of(inner)
    elif value is not None:
        yield value if isinstance(value, str) else json.dumps(value)


def _read_texts(content: bytes) -> Iterator[str]:
    if not zipfile.is_zipfile(io.BytesIO(content)):
        yield from _decode(content)
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        left = MAX_MEMBER_BYTES
        for member in archive.infolist():
            yield member.filename
            try:
                with archive.open(member) as stream:
                    inner = stream.read(left)
            except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError):
                # Altered or locked: nobody reads it, the engine neither.
                continue
            left -= len(inner)
            for text in _decode(inner):
                yield text
                # A cell in two fonts is two elements: what is between them goes.
                yield html.unescape(_TAG.sub("", text))


def _decode(content: bytes) -> Iterator[str]:
    """Yield what bytes may say: once where they are UTF-8, else in every way."""
    try:
        yield content.decode("utf-8")
    except UnicodeDecodeError:
        for encoding in _OLD_ENCODINGS:
            yield content.decode(encoding, "replace")
    if b"\0" in content:
        # Whatever the parity: old spreadsheets align nothing.
        yield content.decode("utf-16-le", "replace")
        yield content[1:].decode("utf-16-le", "replace")
        yield content.decode("utf-16-be", "replace")
