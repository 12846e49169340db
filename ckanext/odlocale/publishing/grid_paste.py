"""What a spreadsheet copied, read as rows of a grid.

The clipboard holds what the spreadsheet displays, not what it knows: a number that it
shows as 2,15E+13 has lost its digits, and is refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ckanext.odlocale.publishing.grid_core import (
    MAX_CHANGES,
    MAX_ROWS,
    MAX_TEXT,
    Unkeepable,
    keep_text,
)
from ckanext.odlocale.publishing.grid_headers import (
    CUT,
    Unplaced,
    has_headers,
    list_unplaced,
    match,
    read_answers,
)
from ckanext.odlocale.publishing.grid_table import build_table
from ckanext.odlocale.scdl.catalogue import TableSchema
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.correcting import apply_safe


@dataclass(frozen=True)
class Paste:
    """Rows read from the clipboard.

    :ivar rows: cells of each, by column of the model
    :ivar columns: the columns they are about, in the clipboard's order
    :ivar headers: whether the first line was headers
    :ivar corrected: cells that a safe correction changed
    :ivar dates: of those, how many are dates
    :ivar left_out: headers that went nowhere
    :ivar beyond: how many cells were beyond the last column
    :ivar asked: columns that must be told where to go first: there are no rows yet
    :ivar free: columns of the model that they may go to
    """

    rows: tuple[Mapping[str, str], ...]
    columns: tuple[str, ...]
    headers: bool
    corrected: int
    dates: int
    left_out: tuple[str, ...]
    beyond: int
    asked: tuple[Unplaced, ...] = ()
    free: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-safe form."""
        return {
            "rows": [dict(row) for row in self.rows],
            "columns": list(self.columns),
            "headers": self.headers,
            "corrected": self.corrected,
            "dates": self.dates,
            "left_out": list(self.left_out),
            "beyond": self.beyond,
            "asked": [one.to_dict() for one in self.asked],
            "free": list(self.free),
        }


def read_paste(
    text: str,
    schema: TableSchema,
    columns: Sequence[Any] | None = None,
    *,
    same: Collection[str] = (),
    answers: Any = None,
    headers: bool = True,
) -> Paste:
    """Read what was copied from a spreadsheet.

    :param columns: the columns that the cells go to, from the first one on, where
        the first line is not headers; the model's by default
    :param same: columns that have one value for all rows: nothing is pasted there
    :param answers: where the columns that have no place go, once it was asked; see
        :func:`.grid_headers.read_answers`
    :param headers: ``False`` where the agent said that the first line is a row
    :raises Unkeepable: ``cut``, ``nothing``, too many rows, a text too long
    """
    lines = split_cells(text)
    if not lines:
        raise Unkeepable("nothing")
    names = _known(columns, schema)
    found = match(lines[0], schema) if headers else {}
    if not headers or not has_headers(lines[0], lines[1:], found):
        return _place(lines, dict(enumerate(names)), schema)
    first, body = lines[0], lines[1:]
    asked = list_unplaced(first, body, found)
    free = [
        one.name
        for one in schema.fields
        if one.name not in same and one.name not in found.values()
    ]
    if asked and free:
        if answers is None:
            return Paste((), (), True, 0, 0, (), 0, asked, tuple(free))
        found = {**found, **read_answers(answers, asked, free, schema)}
        if not found:
            raise Unkeepable("nowhere")
    return _place(body, found, schema, first)


def _place(
    body: Sequence[Sequence[str]],
    places: Mapping[int, str],
    schema: TableSchema,
    first: Sequence[str] = (),
) -> Paste:
    """Return lines as rows.

    :param places: which place of a line goes to which column
    :param first: the headers, if there are any
    """
    if not body:
        raise Unkeepable("nothing")
    if len(body) > MAX_ROWS:
        raise Unkeepable("rows", limit=MAX_ROWS)
    width = max(map(len, body))
    if len(body) * min(width, len(places)) > MAX_CHANGES:
        raise Unkeepable("changes", limit=MAX_CHANGES)
    rows = [
        {name: line[at] for at, name in places.items() if at < len(line)}
        for line in body
    ]
    _refuse_cut(rows)
    used = [name for at, name in sorted(places.items()) if at < width]
    left_out = [one for at, one in enumerate(first) if one and at not in places]
    beyond = (
        0 if first else sum(1 for line in body for one in line[len(places) :] if one)
    )
    corrected, total, dates = _correct(rows, schema)
    return Paste(
        tuple(corrected), tuple(used), bool(first), total, dates,
        tuple(left_out), beyond,
    )  # fmt: skip


def split_cells(text: str) -> list[list[str]]:
    """Return the cells of the clipboard, line by line, without the blank last ones.

    A spreadsheet quotes a cell that holds a tab or a line break. A text that only
    begins with a quotation mark is a text.

    >>> split_cells('A\\t"deux\\nlignes"\\nB\\t"seul\\n')
    [['A', 'deux\\nlignes'], ['B', '"seul']]
    """
    read = _split_quoted(text.replace("\r\n", "\n").replace("\r", "\n"))
    lines = [[keep_text(cell) for cell in line] for line in read]
    while lines and not any(lines[-1]):
        lines.pop()
    return lines


def _split_quoted(text: str) -> list[list[str]]:
    lines: list[list[str]] = [[]]
    at = 0
    while at <= len(text):
        cell, at = _read_cell(text, at)
        lines[-1].append(cell)
        if at < len(text) and text[at] == "\n":
            lines.append([])
        if len(lines) > MAX_ROWS + 2:
            raise Unkeepable("rows", limit=MAX_ROWS)
        at += 1
    return lines


_QUOTED = re.compile(r'"((?:[^"]|"")*)"(?=[\t\n]|$)')
_PLAIN = re.compile(r"[^\t\n]*")


def _read_cell(text: str, at: int) -> tuple[str, int]:
    # A quoted cell longer than may be kept is not looked for: an opening mark alone,
    # on each of many lines, would have the whole clipboard read each time.
    quoted = _QUOTED.match(text, at, min(len(text), at + 2 * MAX_TEXT))
    if quoted and text[quoted.end() : quoted.end() + 1] in ("", "\t", "\n"):
        return quoted[1].replace('""', '"'), quoted.end()
    plain = _PLAIN.match(text, at)
    assert plain is not None, "an empty cell is one"
    return plain[0], plain.end()


def _known(columns: Sequence[Any] | None, schema: TableSchema) -> list[str]:
    every = [one.name for one in schema.fields]
    if not columns:
        return every
    for name in columns:
        if name not in every:
            raise Unkeepable("column", name=str(name)[:60])
    return [str(name) for name in columns]


def _refuse_cut(rows: Sequence[Mapping[str, str]]) -> None:
    for row in rows:
        for value in row.values():
            if CUT.fullmatch(value):
                raise Unkeepable("cut", value=value)


def _correct(
    rows: Sequence[Mapping[str, str]], schema: TableSchema
) -> tuple[list[dict[str, str]], int, int]:
    table = build_table(schema, rows, {})
    outcome = apply_safe(table, schema, check(table, schema))
    corrected = [dict(row) for row in rows]
    total = dates = 0
    for change in outcome.changes:
        row = corrected[change.row - 1]
        if change.column not in row:
            continue
        row[change.column] = change.after
        total += 1
        dates += schema.field(change.column).type == "date"
    return corrected, total, dates
