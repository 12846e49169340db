"""Files that are no table, turned into one: an export of business software.

A converter knows a format, tells it by its content, and returns a table of one schema
of the catalogue, whose notes say what it did and what it could not do. The file itself
is never published: it may hold more than the table.

To add one: write the two functions, and list it in :data:`CONVERTERS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .reading import MAX_BYTES, load, read
from .table import Table
from .totem import convert_totem, is_totem

__all__ = ["CONVERTERS", "Converter", "Opened", "convert", "find_converter", "open_any"]


@dataclass(frozen=True)
class Converter:
    """A format that is converted.

    :ivar name: short and final
    :ivar schema: slug of the schema that its table follows
    :ivar endings: of the names of its files, for a dialogue that chooses a file
    :ivar accepts: whether some content is of this format; reads its beginning only
    :ivar convert: the table, from the whole content; raises ``Unreadable``
    """

    name: str
    schema: str
    endings: tuple[str, ...]
    accepts: Callable[[bytes], bool]
    convert: Callable[[bytes], Table]


@dataclass(frozen=True)
class Opened:
    """A file as a table.

    :ivar converter: what converted it, or nothing where it was a table already
    """

    table: Table
    converter: Converter | None = None

    @property
    def schema(self) -> str | None:
        """Slug of the schema that its converter gives it, if it was converted."""
        return None if self.converter is None else self.converter.schema


CONVERTERS: tuple[Converter, ...] = (
    Converter("totem", "budget", (".xml",), is_totem, convert_totem),
)


def find_converter(content: bytes) -> Converter | None:
    """Return the converter of a file, from its content, or nothing."""
    return next((one for one in CONVERTERS if one.accepts(content)), None)


def convert(content: bytes) -> Opened | None:
    """Return the table of a file that a converter knows, or nothing.

    :raises Unreadable: the format is known, and the file is at fault
    """
    converter = find_converter(content)
    if converter is None:
        return None
    return Opened(converter.convert(content), converter)


def open_any(
    source: bytes | Path | BinaryIO,
    name: str | None = None,
    *,
    max_bytes: int = MAX_BYTES,
) -> Opened:
    """Read a table, or convert what is not one.

    :param source: the bytes, a path, or a binary stream read from where it is
    :param name: the file's name, kept for messages only
    :param max_bytes: size above which a file is refused, in bytes
    :raises Unreadable: whatever the bytes, never another error
    """
    content = load(source, max_bytes)
    return convert(content) or Opened(read(content, name, max_bytes=max_bytes))
