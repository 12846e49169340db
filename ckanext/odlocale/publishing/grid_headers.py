"""The titles of what a spreadsheet copied: whether it has any, and where each goes.

Titles are never data. One that is no column of the model is asked about, with what
stands under it: nothing is pasted before the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from ckanext.odlocale.publishing.grid_core import Unkeepable, keep_shown
from ckanext.odlocale.scdl.catalogue import TableSchema
from ckanext.odlocale.scdl.numbers_and_dates import read_date, read_french_number
from ckanext.odlocale.scdl.recognising import match_headers
from ckanext.odlocale.scdl.table import Source, Table, make_names_unique

#: As Excel displays a number too wide for its cell, once its digits are gone.
CUT = re.compile(r"[+-]?\d+(?:[.,]\d+)?E\+\d+")

#: Lines under the first that tell what it is.
SAMPLE = 50
#: Values shown of a column that has no place, and characters of each.
SHOWN = 3
SHOWN_LENGTH = 60
#: Columns that are asked about at once; no town hall has more in hand.
MAX_ASKED = 40


@dataclass(frozen=True)
class Unplaced:
    """A pasted column that is no column of the model.

    :ivar at: its place in the clipboard, from 0
    :ivar header: its title, which may be empty
    :ivar values: the first ones that it holds
    """

    at: int
    header: str
    values: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-safe form."""
        return {"at": self.at, "header": self.header, "values": list(self.values)}


def match(first: Sequence[str], schema: TableSchema) -> dict[int, str]:
    """Return which place of a line of titles is which column of the model."""
    headers = tuple(first)
    names = make_names_unique(headers)
    empty = pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    table = Table(
        empty, headers, pl.Series("row", [], dtype=pl.UInt32), Source("csv", 0)
    )
    mapping = match_headers(table, schema)
    return {names.index(name): field for name, field in mapping.items()}


def is_typed(cell: str) -> bool:
    """Tell whether a cell is a number or a date, as no title is.

    >>> [is_typed(one) for one in ("12,5 €", "03/04/2024", "50 %", "Montant 2024")]
    [True, True, True, False]
    """
    bare = cell.rstrip("% \u00a0\u202f")
    return bool(
        re.sub(r"\s", "", bare).isdigit()
        or CUT.fullmatch(cell)
        or read_french_number(bare) is not None
        or read_date(cell) is not None
    )


def has_headers(
    first: Sequence[str], body: Sequence[Sequence[str]], found: Iterable[int]
) -> bool:
    """Tell whether a first line is titles.

    None of its cells is a number or a date; and one at least is a column of the model,
    or half of them stand above numbers or dates.

    :param found: places of the line that are worded as a column of the model
    """
    written = [at for at, cell in enumerate(first) if cell]
    named = list(found)
    if not written or any(is_typed(first[at]) for at in written):
        return False
    if not body:
        # Nothing under it tells: a lone value may be worded as a title.
        return bool(named) and 2 * len(named) >= len(written)
    below = {at: _under(at, body[:SAMPLE]) for at in written}
    # A value of a list may be worded as a title: it then comes back under it.
    if any(first[at] not in below[at] for at in named):
        return True
    turned = [
        at for at in written if 2 * sum(map(is_typed, below[at])) > len(below[at])
    ]
    return bool(turned) and 2 * len(turned) >= len(written)


def _under(at: int, body: Iterable[Sequence[str]]) -> list[str]:
    return [line[at] for line in body if at < len(line) and line[at]]


def list_unplaced(
    first: Sequence[str], body: Sequence[Sequence[str]], places: Mapping[int, str]
) -> tuple[Unplaced, ...]:
    """Return the columns that hold something and are no column of the model.

    One without a title is one too.
    """
    values: dict[int, list[str]] = {}
    for line in body:
        for at, cell in enumerate(line):
            if cell and at not in places:
                held = values.setdefault(at, [])
                if len(held) < SHOWN:
                    held.append(cell[:SHOWN_LENGTH])
    return tuple(
        Unplaced(at, first[at] if at < len(first) else "", tuple(values[at]))
        for at in sorted(values)[:MAX_ASKED]
    )


def read_answers(
    given: Any, asked: Sequence[Unplaced], free: Sequence[str], schema: TableSchema
) -> dict[int, str]:
    """Return where each column asked about goes; those that go nowhere left out.

    :param given: the place of each, as a text, to a column of the model, or to an
        empty text
    :param free: columns that nothing is pasted in yet
    :raises Unkeepable: it is no answer, or two columns go to the same place
    """
    if not isinstance(given, Mapping):
        raise Unkeepable("text")
    places: dict[int, str] = {}
    for one in asked:
        name = given.get(str(one.at), "")
        if name == "":
            continue
        if name not in free:
            raise Unkeepable("column", name=keep_shown(name))
        if name in places.values():
            title = schema.field(name).title or name
            raise Unkeepable("twice", title=title)
        places[one.at] = name
    return places
