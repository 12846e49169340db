"""How many cells a workbook claims, counted before a library allocates them.

Libraries allocate the rectangle that a sheet's filled cells span: two cells, or one
repeated a billion times, are enough to make it huge. The tags of every member of the
archive are therefore counted first, in one pass over bounded pieces, so that the time
is that of inflating the archive whatever it holds.

Only :mod:`ckanext.odlocale.scdl.sheet_worker` calls this, within its bounds: nothing
here runs in the process of a server.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Protocol

from .unreadable import Unreadable

#: Bytes inflated at a time, and those of an unfinished tag kept for the next piece.
_PIECE = 1 << 20
_LONGEST_TAG = 1 << 16

# A tag's span ends at the next "<", so that no byte is looked at from two tags.
# Prefixes are free in XML, and so are attributes' quotes and order.
_PREFIX = rb"<(?:[\w.-]{1,40}:)?"
_XLSX_TAG = re.compile(
    _PREFIX + rb"(?:c(?=[\s/>])"
    rb"(?:[^<]*?\sr\s*=\s*[\"']([A-Za-z]{1,3})([0-9]{1,7})[\"'])?"
    rb"|(row)(?=[\s/>])(?:[^<]*?\sr\s*=\s*[\"']([0-9]{1,7}))?)"
)
_ODS_TAG = re.compile(
    _PREFIX + rb"(table|table-row|table-cell|covered-table-cell)(?=[\s/>])([^<]*)"
)
_ROWS_REPEATED = re.compile(rb"number-rows-repeated\s*=\s*[\"']([0-9]{1,9})")
_COLUMNS_REPEATED = re.compile(rb"number-columns-repeated\s*=\s*[\"']([0-9]{1,9})")


#: What the standard library raises on archives that were altered.
ALTERED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    LookupError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
)


class _Counter(Protocol):
    def count(self, piece: bytes) -> int:
        """Count the tags of a piece; return the cells claimed so far."""


def bound_workbook(data: bytes, kind: str, max_cells: int, max_inflated: int) -> None:
    """Refuse an archive that claims too much.

    :param kind: xlsx or ods
    :param max_cells: cells the rectangle of one sheet may have
    :param max_inflated: bytes the members may weigh together, whatever they declare
    :raises Unreadable: too_many_cells, zip_bomb, protected
    """
    inflated = 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            counter: _Counter = _OdsCounter() if kind == "ods" else _XlsxCounter()
            manifest = member.filename == "META-INF/manifest.xml"
            with archive.open(member) as stream:
                for size, piece in _cut(stream):
                    inflated += size
                    if inflated > max_inflated:
                        raise Unreadable("zip_bomb", limit=max_inflated)
                    if manifest and b"encryption-data" in piece:
                        raise Unreadable("protected")
                    if counter.count(piece) > max_cells:
                        raise Unreadable("too_many_cells", limit=max_cells)


def _cut(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield pieces that hold whole tags, with the bytes newly read for each.

    The beginning of a tag longer than any real one is kept; its end is left out.
    """
    rest = b""
    while read := stream.read(_PIECE):
        piece = rest + read
        last = piece.rfind(b"<")
        rest = piece[last:][:_LONGEST_TAG] if last >= 0 else b""
        yield len(read), piece[:last] if last >= 0 else b""
    yield 0, rest


class _XlsxCounter:
    """Cells of one sheet of XLSX, where each may say its place or follow the last."""

    def __init__(self) -> None:
        self.last_row = self.last_column = 0
        self.row = self.unplaced = self.most_unplaced = 0
        self.columns: dict[bytes, int] = {}
        self.cells = 0

    def count(self, piece: bytes) -> int:
        """Count the tags of a piece; return the cells claimed so far."""
        columns = self.columns
        for letters, number, is_row, row_number in _XLSX_TAG.findall(piece):
            if is_row:
                self.row = int(row_number) if row_number else self.row + 1
                self.unplaced = 0
                continue
            self.cells += 1
            if letters:
                row = int(number)
                column = columns.get(letters)
                if column is None:
                    column = columns[letters] = _number_column(letters)
                    self.last_column = max(self.last_column, column)
            else:
                row = self.row
                self.unplaced += 1
                if self.unplaced > self.most_unplaced:
                    self.most_unplaced = self.unplaced
            if row > self.last_row:
                self.last_row = row
        rectangle = self.last_row * (self.last_column + self.most_unplaced)
        return max(self.cells, rectangle)


def _number_column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


class _OdsCounter:
    """Cells of one document of ODS, where rows and cells may be repeated."""

    def __init__(self) -> None:
        self.cells = self.most = 0
        self._start_table()

    def _start_table(self) -> None:
        self.row = self.repeated = self.column = 0
        self.last_row = self.last_column = 0

    def count(self, piece: bytes) -> int:
        """Count the tags of a piece; return the cells claimed so far."""
        for tag, attributes in _ODS_TAG.findall(piece):
            if tag == b"table":
                self._start_table()
            elif tag == b"table-row":
                self.repeated = _read_repeats(_ROWS_REPEATED, attributes)
                self.row += self.repeated
                self.column = 0
            else:
                self._count_cell(attributes)
        return max(self.cells, self.most)

    def _count_cell(self, attributes: bytes) -> None:
        repeated = _read_repeats(_COLUMNS_REPEATED, attributes)
        self.column += repeated
        if b"value-type" not in attributes:
            return
        self.cells += repeated * self.repeated
        self.last_row = self.row
        self.last_column = max(self.last_column, self.column)
        self.most = max(self.most, self.last_row * self.last_column)


def _read_repeats(pattern: re.Pattern[bytes], attributes: bytes) -> int:
    found = pattern.search(attributes)
    return int(found[1]) if found else 1
