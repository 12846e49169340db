"""Reading any file a town hall has into a :class:`Table`, or saying why not.

Nothing is dropped silently: blank rows that leave, accents that were restored, lines
above the headers and cells beyond them are all notes of the table, as findings.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import polars as pl

from . import workbook
from .assembling import Lines, assemble
from .catalogue import Catalogue, load_catalogue
from .delimited import MAX_COLUMNS, Dialect, count_known, sniff, split_rows
from .encoding import Content, Decoded, decode
from .prefilled import drop_untouched, leave_help_out
from .report import FindingGroup, identify_group
from .table import Source, Table
from .unreadable import Unreadable
from .words import fold_name

#: Largest file read, in bytes.
MAX_BYTES = 100 * 1024 * 1024

#: Cells a table may have: about 1.5 GB of memory at worst, far above SCDL's needs.
MAX_CELLS = 60_000_000

#: A byte of a file that holds more than marks and blanks.
_SOMETHING = re.compile(rb"[^\x00 \t\r\n\xef\xbb\xbf\xff\xfe]")

#: Bytes split together.
_BLOCK = 1 << 23

#: Quotes above which a text is left to the csv module, which needs less memory.
MAX_QUOTES = 8_000_000

#: Lines a text may have: twice what a spreadsheet can hold.
MAX_LINES = 2_000_000


def read(
    source: bytes | Path | BinaryIO,
    name: str | None = None,
    *,
    sheet: str | None = None,
    max_bytes: int = MAX_BYTES,
) -> Table:
    """Read a file.

    CSV with any usual delimiter, quote, line end and encoding; XLSX, XLSB, XLS and
    ODS; a ZIP archive of one such file. What the file is comes from its content,
    never from its name.

    :param source: the bytes, a path, or a binary stream read from where it is
    :param name: the file's name, kept for messages only
    :param sheet: name of the sheet to read; by default the one whose headers look
        most like those of a table schema
    :param max_bytes: size above which a file is refused, in bytes
    :raises Unreadable: whatever the bytes, never another error
    """
    data = load(source, max_bytes)
    if not _SOMETHING.search(data):
        raise Unreadable("empty")
    known = known_headers()
    kind = _kind_of(data)
    path = source if isinstance(source, Path) and kind != "zip" else None
    if kind == "zip":
        _, data = workbook.read_single_member(data, max_bytes)
        if not _SOMETHING.search(data):
            raise Unreadable("empty")
        kind = _kind_of(data)
        if kind == "zip":
            raise Unreadable("zip_many", count=0)
    if kind is not None:
        return _read_workbook(data, kind, known, sheet)
    content = Content(data, path)
    del data
    return _read_text(content, known)


def known_headers() -> frozenset[str]:
    """Return the folded names of every column of the catalogue, synonyms included."""
    return _gather_headers(load_catalogue())


@lru_cache(maxsize=2)
def _gather_headers(catalogue: Catalogue) -> frozenset[str]:
    return frozenset(
        fold_name(name)
        for schema in catalogue.every
        for field in schema.fields
        for name in (field.name, *field.synonyms)
    )


def load(source: bytes | Path | BinaryIO, max_bytes: int) -> bytes:
    """Return the content of a file.

    :raises Unreadable: missing, too_large
    """
    if isinstance(source, bytes):
        data = source
    elif isinstance(source, Path):
        try:
            size = os.path.getsize(source)
            if size > max_bytes:
                raise Unreadable("too_large", size=size, limit=max_bytes)
            data = source.read_bytes()
        except OSError as error:
            raise Unreadable("missing", name=source.name) from error
    else:
        data = source.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise Unreadable("too_large", size=len(data), limit=max_bytes)
    return data


def _kind_of(data: bytes) -> str | None:
    """Tell a spreadsheet by its first bytes; None may be text."""
    if data.startswith(workbook.ZIP_MAGIC):
        return workbook.inspect_archive(data)
    if data.startswith(workbook.OLE_MAGIC):
        return "xls"
    return None


def _read_workbook(
    data: bytes, kind: str, known: frozenset[str], wanted: str | None
) -> Table:
    sheets = workbook.read_sheets(data, kind)
    if not sheets:
        raise Unreadable("empty")
    filled, template = leave_help_out(sheets)
    names = tuple(one.name for one in filled)
    sheets = [one for one in sheets if one.name == wanted] or filled
    chosen = max(sheets, key=lambda one: _count_known(one.rows[:30], known))
    source = Source(format=kind, size=len(data), sheet=chosen.name, sheets=names)
    table = assemble(Lines(iter(chosen.rows)), source, known, MAX_CELLS, ())
    return drop_untouched(table, load_catalogue(), template)


def _count_known(rows: Iterable[list[str]], known: frozenset[str]) -> int:
    return max((count_known(row, known) for row in rows), default=0)


def _read_text(content: Content, known: frozenset[str]) -> Table:
    size = len(content.data)
    if max(content.data.count(end) for end in (b"\n", b"\r")) > MAX_LINES:
        raise Unreadable("too_many_cells", limit=MAX_LINES)
    decoded = decode(content)
    if decoded is None:
        raise Unreadable("binary")
    if (
        decoded.head(1000)
        .lstrip()[:5]
        .lower()
        .startswith(("<?xml", "<html", "<!doc", "{", "%pdf"))
    ):
        raise Unreadable("not_table")
    dialect = sniff(decoded, known)
    source = Source(
        format="csv",
        size=size,
        encoding=decoded.encoding,
        delimiter=dialect.delimiter,
    )
    notes = _note_text(decoded, dialect)
    frame = _split_plain(decoded, dialect)
    if frame is not None:
        lines = Lines.from_frame(frame)
    else:
        lines = Lines(split_rows(decoded.text, dialect))
    if dialect.declared:
        lines.skip_declaration()
    table = assemble(lines, source, known, MAX_CELLS, notes)
    return drop_untouched(table, load_catalogue(), template=False)


def _note_text(decoded: Decoded, dialect: Dialect) -> tuple[FindingGroup, ...]:
    notes = []
    if decoded.repaired is not None or decoded.mixed:
        example = decoded.repaired or ""
        notes.append(
            FindingGroup(
                id=identify_group("encoding.repaired", None),
                code="encoding.repaired",
                severity="done",
                count=1,
                national=decoded.garbled,
                params={"example": example, "mixed": decoded.mixed},
            )
        )
    if not dialect.closed:
        notes.append(
            FindingGroup(
                id=identify_group("quote.open", None),
                code="quote.open",
                severity="know",
                count=1,
                national=True,
            )
        )
    return tuple(notes)


def _split_plain(decoded: Decoded, dialect: Dialect) -> pl.DataFrame | None:
    """Split at once a text whose lines all have the same width.

    Quotes are accepted where they wrap a whole cell that holds on one line.

    :returns: every line as a row of text, headers included, or None where the text
        is not that plain: the csv module then reads it
    """
    if dialect.quote != '"' or dialect.declared or not dialect.closed:
        return None
    plain = decoded.raw or Content(decoded.text.encode())
    data, size = plain.data, len(plain.data)
    if data.count(b'"') > MAX_QUOTES or data.count(b"\r") != data.count(b"\r\n"):
        return None
    blank = any(ends in data for ends in (b"\n\n", b"\n\r\n"))
    if blank or data.startswith((b"\n", b"\r\n"), decoded.skip):
        return None
    rows = data.count(b"\n") + (not data.endswith(b"\n"))
    quoted = b'"' in data
    del data
    blocks = plain.blocks(decoded.skip, _BLOCK)
    width = _measure_width(blocks, dialect.delimiter.encode(), rows, quoted)
    if width is None or width > MAX_COLUMNS or width * rows > MAX_CELLS:
        return None
    # From here on the rows alone are held: a big file is not, beside them.
    plain.release()
    try:
        frame = pl.concat(
            pl.read_csv(
                io.BytesIO(block.replace(b"\r\n", b"\n")),
                separator=dialect.delimiter,
                quote_char='"' if quoted else None,
                has_header=False,
                infer_schema=False,
            ).fill_null("")
            for block in plain.blocks(decoded.skip, _BLOCK)
        )
    except pl.exceptions.PolarsError:
        return None
    if frame.shape != (rows, width):
        return None
    if size <= csv.field_size_limit():
        return frame
    longest = max(frame.select(pl.all().str.len_chars().max()).row(0))
    return frame if longest <= csv.field_size_limit() else None


def _measure_width(
    blocks: Iterable[bytes], delimiter: bytes, rows: int, quoted: bool
) -> int | None:
    """Return how many cells each line has, where all have as many and two at least."""
    width, lines = 0, 0
    for cut in blocks:
        whole = cut.replace(b"\r\n", b"\n").removesuffix(b"\n")
        split = quoted and b'"' in cut
        block = _strip_quoted(whole, delimiter) if split else whole
        if block is None:
            return None
        if not width:
            width = block.split(b"\n", 1)[0].count(delimiter) + 1
        found = block.count(b"\n") + 1
        if block.count(delimiter) != found * (width - 1):
            return None
        lines += found
    # Fewer lines than ends of line: one of these is within quotes.
    return width if lines == rows and width > 1 else None


def _strip_quoted(plain: bytes, delimiter: bytes) -> bytes | None:
    """Return what is outside the quoted cells, where it splits by itself.

    Between two quotes there is a cell, then what separates it from the next; an empty
    separation is a quote written twice within a cell.

    :returns: None where a quote stands elsewhere than around a whole cell
    """
    parts = plain.split(b'"')
    outside = parts[::2]
    edges = (delimiter, b"\n")
    if any(part and not part.startswith(edges) for part in outside[1:]):
        return None
    if any(part and not part.endswith(edges) for part in outside[:-1]):
        return None
    return b"".join(outside) if len(parts) % 2 else None
