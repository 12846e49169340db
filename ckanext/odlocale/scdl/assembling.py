"""From lines of cells to a table: find the headers, set aside what is not data.

Row numbers are counted here, once: a line is a row of the file whatever it holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

import polars as pl

from .delimited import MAX_COLUMNS, count_known
from .report import (
    MAX_EXAMPLES,
    MAX_ROWS,
    Example,
    FindingGroup,
    identify_group,
    list_places,
)
from .table import Source, Table, make_names_unique
from .unreadable import Unreadable
from .words import fold_name

#: Lines among which the headers are looked for.
HEADER_LINES = 30

_CHUNK = 50_000


class Lines:
    """Lines of cells that know their row in the file.

    Either rows of text, one by one, or a whole frame already split.
    """

    def __init__(self, rows: Iterator[list[str]], first_row: int = 1) -> None:
        self.rows = rows
        self.next_row = first_row
        self.frame: pl.DataFrame | None = None

    @classmethod
    def from_frame(cls, frame: pl.DataFrame) -> Lines:
        """Hold lines that all have the same width."""
        lines = cls(iter(()))
        lines.frame = frame
        return lines

    def skip_declaration(self) -> None:
        """Leave out the first line, which declares the delimiter (``sep=;``)."""
        next(self.rows, None)
        self.next_row += 1

    def head(self, count: int) -> list[list[str]]:
        """Return the first lines without consuming them."""
        if self.frame is not None:
            return [list(row) for row in self.frame.head(count).iter_rows()]
        first = list(islice(self.rows, count))
        self.rows = chain(first, self.rows)
        return first


class Widths:
    """What did not fit the width of the headers."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.short: list[int] = []
        self.padded: list[int] = []
        self.overflow: dict[int, tuple[str, ...]] = {}
        self.blank: list[int] = []

    def fit(self, row: list[str], row_number: int) -> list[str] | None:
        """Return the row at the width of the headers, or None if it is blank."""
        if len(row) == self.width:
            if any(row) and any(cell and not cell.isspace() for cell in row):
                return row
            self.blank.append(row_number)
            return None
        if not any(cell and not cell.isspace() for cell in row):
            self.blank.append(row_number)
            return None
        if len(row) < self.width:
            self.short.append(row_number)
            return row + [""] * (self.width - len(row))
        beyond = row[self.width :]
        if any(cell.strip() for cell in beyond):
            self.overflow[row_number] = tuple(beyond)
        else:
            self.padded.append(row_number)
        return row[: self.width]


def assemble(
    lines: Lines,
    source: Source,
    known: frozenset[str],
    max_cells: int,
    notes: tuple[FindingGroup, ...],
) -> Table:
    """Build the table.

    :param known: folded names of the catalogue's columns, to find the headers
    :param max_cells: rows times columns above which the file is refused
    :param notes: what was noted before
    :raises Unreadable: empty, no_rows, not_table, too_many_columns, too_many_cells
    """
    head = lines.head(HEADER_LINES)
    position = find_header(head, known)
    if position is None:
        raise Unreadable("empty")
    headers = [cell.lstrip("\ufeff") for cell in head[position]]
    while headers and not headers[-1].strip():
        headers.pop()
    trailing = len(head[position]) - len(headers)
    if len(headers) > MAX_COLUMNS:
        raise Unreadable("too_many_columns", count=len(headers), limit=MAX_COLUMNS)
    header_row = lines.next_row + position
    widths = Widths(len(headers))
    names = make_names_unique(tuple(headers))
    if lines.frame is not None:
        frame, numbers = _cut_frame(lines.frame, position, header_row, names, widths)
    else:
        rows = islice(lines.rows, position + 1, None)
        frame, numbers = _stack_rows(rows, header_row + 1, names, widths, max_cells)
    if frame.height == 0:
        raise Unreadable("no_rows", columns=len(headers))
    if frame.width * frame.height > max_cells:
        raise Unreadable("too_many_cells", limit=max_cells)
    if len(headers) == 1 and not {fold_name(headers[0])} & known and _is_prose(frame):
        raise Unreadable("not_table")
    above = [row for row in head[:position] if any(cell.strip() for cell in row)]
    found = (
        *notes,
        *_note_header(header_row, above),
        *_note_widths(widths, trailing, numbers),
    )
    return Table(
        frame=frame,
        headers=tuple(headers),
        row_numbers=numbers,
        source=Source(
            format=source.format,
            size=source.size,
            encoding=source.encoding,
            delimiter=source.delimiter,
            sheet=source.sheet,
            sheets=source.sheets,
            header_row=header_row,
        ),
        notes=found,
        overflow=widths.overflow,
    )


def find_header(head: list[list[str]], known: frozenset[str]) -> int | None:
    """Return the position of the headers among the first lines.

    The line with the most known column names, if it has two; otherwise the first
    line that fills more than half of the usual width.
    """
    filled = [sum(bool(cell.strip()) for cell in row) for row in head]
    if not any(filled):
        return None
    matches = [count_known(row, known) for row in head]
    best = max(range(len(head)), key=lambda at: (matches[at], -at))
    if matches[best] >= 2:
        return best
    usual = max(filled)
    for at, count in enumerate(filled):
        if count * 2 > usual:
            return at
    return None


def _is_prose(frame: pl.DataFrame) -> bool:
    """Tell a page of HTML, JSON or a letter from a table of one column."""
    first = [cell.strip() for cell in frame.to_series(0).head(20)]
    if any(cell.startswith(("<", "{", "[", "%PDF")) for cell in first):
        return True
    return sum(len(cell.split()) for cell in first) > 8 * len(first)


def _cut_frame(
    frame: pl.DataFrame,
    position: int,
    header_row: int,
    names: list[str],
    widths: Widths,
) -> tuple[pl.DataFrame, pl.Series]:
    beyond = frame.columns[len(names) :]
    first = header_row + 1
    data = frame.slice(position + 1)
    numbers = pl.int_range(
        first, first + data.height, dtype=pl.UInt32, eager=True
    ).alias("row")
    kept = data.select(frame.columns[: len(names)])
    kept.columns = names
    if beyond:
        over = data.select(beyond).with_columns(numbers)
        over = over.filter(pl.any_horizontal(pl.col(beyond).str.strip_chars() != ""))
        for row in over.iter_rows():
            widths.overflow[row[-1]] = tuple(row[:-1])
    blank = kept.select(
        pl.all_horizontal(pl.all().str.strip_chars() == "").alias("blank")
    ).to_series()
    if blank.any():
        keep_over = numbers.is_in(list(widths.overflow))
        blank = blank & ~keep_over
        widths.blank = numbers.filter(blank).to_list()
        kept, numbers = kept.filter(~blank), numbers.filter(~blank)
    return kept, numbers


def _stack_rows(
    rows: Iterator[list[str]],
    first_row: int,
    names: list[str],
    widths: Widths,
    max_cells: int,
) -> tuple[pl.DataFrame, pl.Series]:
    """Stack rows by chunks, so that Python holds few of them at a time."""
    schema = dict.fromkeys(names, pl.String)
    chunks: list[pl.DataFrame] = []
    numbers: list[int] = []
    kept: list[list[str]] = []
    total = 0
    chunk = max(1, min(_CHUNK, max_cells // len(names)))
    for row_number, row in enumerate(rows, start=first_row):
        fitted = widths.fit(row, row_number)
        if fitted is None:
            continue
        kept.append(fitted)
        numbers.append(row_number)
        if len(kept) == chunk:
            total += len(kept)
            if total * len(names) > max_cells:
                raise Unreadable("too_many_cells", limit=max_cells)
            chunks.append(_to_frame(kept, names))
            kept = []
    if kept:
        chunks.append(_to_frame(kept, names))
    frame = pl.concat(chunks) if chunks else pl.DataFrame(schema=schema)
    return frame, pl.Series("row", numbers, dtype=pl.UInt32)


def _to_frame(rows: list[list[str]], names: list[str]) -> pl.DataFrame:
    columns = zip(*rows, strict=True)
    return pl.DataFrame(
        [
            pl.Series(name, column, dtype=pl.String)
            for name, column in zip(names, columns, strict=True)
        ]
    )


def _note_header(header_row: int, above: list[list[str]]) -> list[FindingGroup]:
    if not above:
        return []
    titles = [" ".join(cell.strip() for cell in row if cell.strip()) for row in above]
    return [
        FindingGroup(
            id=identify_group("header.found", None),
            code="header.found",
            severity="done",
            count=1,
            rows=(header_row,),
            national=True,
            params={"row": header_row, "titles": titles[:MAX_EXAMPLES]},
        )
    ]


def _note_widths(
    widths: Widths, trailing: int, numbers: pl.Series
) -> list[FindingGroup]:
    last = int(numbers[-1])

    def note(code: str, rows: list[int], **params: int) -> FindingGroup:
        return FindingGroup(
            id=identify_group(code, None),
            code=code,
            severity="done",
            count=len(rows) or 1,
            rows=tuple(rows[:MAX_ROWS]),
            places=list_places(rows),
            national=bool(rows),
            params=params,
        )

    notes = []
    if widths.blank:
        at_end = sum(row > last for row in widths.blank)
        notes.append(note("row.blank", widths.blank, at_end=at_end))
    if widths.short:
        notes.append(note("row.short", widths.short, expected=widths.width))
    if widths.padded and not trailing:
        notes.append(note("row.padded", widths.padded, expected=widths.width))
    if trailing:
        notes.append(note("column.blank", [], columns=trailing))
    if widths.overflow:
        rows = list(widths.overflow)
        notes.append(
            FindingGroup(
                id=identify_group("row.long", None),
                code="row.long",
                severity="know",
                count=len(rows),
                rows=tuple(rows[:MAX_ROWS]),
                places=list_places(rows),
                examples=tuple(
                    Example(row, " ".join(cells).strip())
                    for row, cells in islice(widths.overflow.items(), MAX_EXAMPLES)
                ),
                national=True,
                params={"expected": widths.width},
            )
        )
    return notes
