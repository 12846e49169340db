"""A table as the engine holds it: text cells, and where each row was in the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from .report import FindingGroup
from .words import fold_name


def name_excel_column(position: int) -> str:
    """Return the letters a spreadsheet shows for a column.

    >>> name_excel_column(0), name_excel_column(25), name_excel_column(26)
    ('A', 'Z', 'AA')
    """
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def make_names_unique(headers: tuple[str, ...]) -> list[str]:
    """Return one distinct name per header, in order.

    The first keeps its own name; a repeated header takes a suffix that no header
    has, and an empty one is named after its letter.

    >>> make_names_unique(("Montant", "Objet", "Montant", ""))
    ['Montant', 'Objet', 'Montant (2)', '(D)']
    """
    taken = set(headers)
    used: set[str] = set()
    repeats: dict[str, int] = {}
    names = []
    for position, header in enumerate(headers):
        name = header or f"({name_excel_column(position)})"
        base, number = name, repeats.get(name, 1)
        while name in used or (name in taken and name != header):
            number += 1
            name = f"{base} ({number})"
        repeats[base] = number
        used.add(name)
        names.append(name)
    return names


@dataclass(frozen=True)
class Source:
    """Where a table came from.

    :ivar format: csv, xlsx, xls, ods
    :ivar size: size of the file in bytes
    :ivar encoding: of a CSV, a Python codec name
    :ivar delimiter: of a CSV
    :ivar sheet: name of the sheet read, of a spreadsheet
    :ivar sheets: names of its sheets that hold something
    :ivar header_row: row of the file the headers were found in, 1 being the first
    """

    format: str
    size: int
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    header_row: int = 1


@dataclass(frozen=True)
class Table:
    """Rows of text under unique column names.

    Row numbers are those a spreadsheet shows for the file: a record is a row, even
    where a quoted cell runs over several lines, and a blank line is a row too.

    :ivar frame: every column is text; an empty cell is the empty string
    :ivar headers: headers as written, in order, repeats and blanks included
    :ivar row_numbers: for each row of the frame, its row in the file
    :ivar source: where the table came from
    :ivar notes: what reading has found or repaired, as findings
    :ivar overflow: cells beyond the last header, by row number in the file
    :ivar titles: what the agent calls the columns that were renamed or added since
        the file was sent, by unique column name
    """

    frame: pl.DataFrame
    headers: tuple[str, ...]
    row_numbers: pl.Series
    source: Source
    notes: tuple[FindingGroup, ...] = ()
    overflow: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Unique column names, in the file's order."""
        return self.frame.columns

    @cached_property
    def positions(self) -> Mapping[str, int]:
        """Position of each unique column name."""
        return {name: position for position, name in enumerate(self.names)}

    @cached_property
    def folded_headers(self) -> Mapping[str, str]:
        """Header of each unique column name, as headers are compared."""
        return {
            name: fold_name(header)
            for name, header in zip(self.names, self.headers, strict=True)
        }

    def header_of(self, name: str) -> str:
        """Return the header as written of a unique column name."""
        return self.headers[self.positions[name]]

    def title_of(self, name: str) -> str:
        """Return what the agent calls a column: its header in the file sent."""
        return self.titles.get(name) or self.header_of(name)

    def letter_of(self, name: str) -> str:
        """Return the spreadsheet letter of a unique column name."""
        return name_excel_column(self.positions[name])
