"""Splitting the text of a CSV file into rows, whatever its delimiter and quotes."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from .encoding import Decoded
from .unreadable import Unreadable
from .words import fold_name

DELIMITERS = (",", ";", "\t", "|")

#: Columns with a header a table may have: far more than any model or register has.
MAX_COLUMNS = 2_000

#: Cells a row may have: a spreadsheet saved as CSV writes all its blank columns.
MAX_ROW_CELLS = 16_384

#: Lines looked at to choose the delimiter.
_SAMPLE_LINES = 100
_SAMPLE_SIZE = 100_000


@dataclass(frozen=True)
class Dialect:
    """How a file is written.

    :ivar delimiter: one character
    :ivar quote: the quote character
    :ivar closed: whether every quote is closed
    :ivar declared: whether a first line ``sep=;`` says the delimiter
    """

    delimiter: str
    quote: str = '"'
    closed: bool = True
    declared: bool = False


def sniff(decoded: Decoded, known_headers: frozenset[str]) -> Dialect:
    """Return the likeliest dialect of a text.

    The delimiter under which most cells of a line are known column names wins; then
    the one that gives the most lines of one same width.

    :param known_headers: folded names of the catalogue's columns
    """
    head = decoded.head(_SAMPLE_SIZE)
    first_line = head[:20].splitlines()[0] if head else ""
    if len(first_line) == 5 and first_line.lower().startswith("sep="):
        return Dialect(first_line[4], declared=True)
    sample = "\n".join(head.splitlines()[:_SAMPLE_LINES])
    quote = _sniff_quote(sample)
    best = max(
        DELIMITERS, key=lambda one: _rate_delimiter(sample, one, quote, known_headers)
    )
    closed = decoded.count(quote) % 2 == 0
    if not closed:
        closed = quotes_are_closed(decoded.text, best, quote)
    return Dialect(best, quote, closed=closed)


def _sniff_quote(sample: str) -> str:
    """Return the apostrophe where cells are wrapped in it and in nothing else."""
    if '"' in sample:
        return '"'
    lines = [line for line in sample.splitlines() if line.strip()]
    wrapped = sum(
        line.startswith("'")
        and line.endswith("'")
        and any(f"'{delimiter}'" in line for delimiter in DELIMITERS)
        for line in lines
    )
    return "'" if lines and wrapped > len(lines) / 2 else '"'


def _rate_delimiter(
    sample: str, delimiter: str, quote: str, known_headers: frozenset[str]
) -> tuple[int, float]:
    try:
        rows = [
            row
            for row in csv.reader(
                io.StringIO(sample, newline=""), delimiter=delimiter, quotechar=quote
            )
            if row
        ]
    except csv.Error:
        return (0, 0.0)
    if not rows:
        return (0, 0.0)
    known = max(
        count_known(row, known_headers) if len(row) > 1 else 0 for row in rows[:30]
    )
    width, lines = Counter(len(row) for row in rows).most_common(1)[0]
    if width < 2:
        widths = sum(len(row) - 1 for row in rows) / len(rows)
        return (known, widths / 1000)
    return (known, lines / len(rows) * (width - 1) ** 0.5)


def count_known(row: list[str], known: frozenset[str]) -> int:
    """Return how many known column names a line has, each counted once.

    A line of data may repeat a short name such as « x » or « type » many times.
    """
    folded = {fold_name(cell) for cell in set(row) if len(cell) <= 100}
    return len(folded & known)


def split_rows(text: str, dialect: Dialect) -> Iterator[list[str]]:
    """Yield the rows of a CSV text; a blank line is an empty row.

    Where a quote is never closed, each line is a row of its own, so that the fault
    stays on its line instead of swallowing the rest of the file.

    :raises Unreadable: too_many_columns; cell_too_long, where a cell passes the csv
        module's limit (131,072 characters; Excel's own is 32,767)
    """
    if dialect.closed:
        reader = _read(io.StringIO(text, newline=""), dialect)
        yield from _guard(reader)
    else:
        for line in io.StringIO(text, newline=None):
            yield from _guard(_read(iter([line]), dialect))


def _read(lines: Iterator[str], dialect: Dialect) -> Iterator[list[str]]:
    return csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote)


def _guard(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    row_number = 0
    try:
        for row in reader:
            row_number += 1
            if len(row) > MAX_ROW_CELLS:
                raise Unreadable("too_many_columns", count=len(row), limit=MAX_COLUMNS)
            yield row
    except csv.Error as error:
        raise Unreadable("cell_too_long", row=row_number + 1) from error


def quotes_are_closed(text: str, delimiter: str, quote: str) -> bool:
    """Tell whether the last quoted cell is closed before the end of the text."""
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        quotechar=quote,
        strict=True,
    )
    try:
        for _ in reader:
            pass
    except csv.Error as error:
        fault = str(error)
        return "unexpected end of data" not in fault and "field larger" not in fault
    return True
