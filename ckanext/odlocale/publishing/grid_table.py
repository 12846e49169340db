"""A grid seen as a table: its columns, its findings cell by cell, its file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import polars as pl

from ckanext.odlocale.base.language import translator
from ckanext.odlocale.scdl.catalogue import Field, TableSchema
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.messages import Message, render
from ckanext.odlocale.scdl.owners import Owner
from ckanext.odlocale.scdl.prefilled import owner_fields
from ckanext.odlocale.scdl.report import Example, FindingGroup, Severity
from ckanext.odlocale.scdl.table import Source, Table

#: How a column is filled in. ``list``: one value of a list.
Kind = Literal["text", "number", "date", "list"]

_NUMBERS = frozenset(("number", "integer", "year"))

#: What is said of a cell while it is typed; the rest waits for the whole table.
_NOT_HERE = frozenset(("row.blank", "column.missing", "column.extra"))


@dataclass(frozen=True)
class Column:
    """One column as the grid shows it.

    :ivar name: of the model's field
    :ivar title: what an agent calls it
    :ivar help: what is written in it
    :ivar choices: values of its list
    :ivar constant: it may have one value for all rows
    """

    name: str
    title: str
    help: str
    example: str
    kind: Kind
    required: bool
    choices: tuple[str, ...] = ()
    constant: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-safe form."""
        return {
            "name": self.name,
            "title": self.title,
            "help": self.help,
            "example": self.example,
            "kind": self.kind,
            "required": self.required,
            "choices": list(self.choices),
        }


@dataclass(frozen=True)
class CellFinding:
    """What was found in one cell.

    :ivar after: the correction that is ready, if any
    :ivar page: address of the page that explains it
    """

    row: str
    field: str
    code: str
    severity: Severity
    sentence: str
    remedy: str
    after: str | None
    page: str

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-safe form."""
        return {
            "row": self.row,
            "field": self.field,
            "code": self.code,
            "severity": self.severity,
            "sentence": self.sentence,
            "remedy": self.remedy,
            "after": self.after,
            "page": self.page,
        }


def list_columns(schema: TableSchema) -> tuple[Column, ...]:
    """Return the columns of a model, those it requires first, each in its order."""
    same = _constant_names(schema)
    columns = [_describe(one, one.name in same) for one in schema.fields]
    return tuple(sorted(columns, key=lambda one: not one.required))


def _describe(one: Field, constant: bool) -> Column:
    kind: Kind = "text"
    choices: tuple[str, ...] = one.enum
    if one.type == "boolean" and not choices:
        choices = (one.true_values[0], one.false_values[0])
    if choices:
        kind = "list"
    elif one.type in _NUMBERS:
        kind = "number"
    elif one.type == "date":
        kind = "date"
    return Column(
        name=one.name,
        title=one.title or one.name,
        help=one.description,
        # Many helps give the example already.
        example="" if one.example in one.description else one.example,
        kind=kind,
        required=one.required,
        choices=choices,
        constant=constant,
    )


def _constant_names(schema: TableSchema) -> frozenset[str]:
    owner = {one.name for one in owner_fields(schema)}
    # Of the key, what may be one value for the whole file: a year, a kind of document.
    parts = {
        part.split(":")[0]
        for part in schema.key_parts
        if part.endswith((":year", ":slug"))
        and schema.field(part.split(":")[0]).type != "date"
    }
    return frozenset(owner | parts)


def build_table(
    schema: TableSchema,
    rows: Sequence[Mapping[str, str]],
    constants: Mapping[str, str],
    numbers: Sequence[int] | None = None,
) -> Table:
    """Return rows of a grid as the engine reads a file.

    :param constants: columns that have one value for all rows
    :param numbers: what each row is called; 1, 2, 3… by default
    """
    names = [one.name for one in schema.fields]
    cells = {
        name: [constants.get(name) or row.get(name, "") for row in rows]
        for name in names
    }
    return Table(
        pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String)),
        tuple(names),
        pl.Series("row", numbers or range(1, len(rows) + 1), dtype=pl.UInt32),
        Source("csv", 0),
    )


def find_in_cells(
    schema: TableSchema,
    rows: Mapping[str, Mapping[str, str]],
    constants: Mapping[str, str],
    numbers: Mapping[str, int],
    *,
    owner: Owner | None = None,
    lang: str = "fr",
) -> list[CellFinding]:
    """Check some rows, and say what was found in each cell.

    Rows that hold nothing yet are not at fault.

    :param rows: cells of each row, by its identifier
    :param numbers: what each row is called on the screen
    :param owner: whom the rows must be about
    """
    filled = [key for key, cells in rows.items() if any(cells.values())]
    if not filled:
        return []
    named = [numbers[key] for key in filled]
    table = build_table(schema, [rows[key] for key in filled], constants, named)
    by_number = dict(zip(named, filled, strict=True))
    found = []
    for group in check(table, schema, owner=owner).groups:
        if group.code in _NOT_HERE:
            continue
        fields = _fields_of(group)
        for number, before, after in _places(group):
            for name in fields:
                if name in constants:
                    continue
                one = _narrow(group, schema, name, number, before, after)
                said = _say(one, schema.field(name).title or name, lang)
                found.append(
                    CellFinding(
                        row=by_number[number],
                        field=name,
                        code=group.code,
                        severity=group.severity,
                        sentence=said.sentence,
                        remedy=said.remedy,
                        after=after if group.correction else None,
                        page=str(one.to_dict()["page"]),
                    )
                )
    return found


def _say(group: FindingGroup, title: str, lang: str) -> Message:
    """Return the words of one cell. One that is empty needs no place: it is there."""
    if group.code != "required.empty":
        return render(group, lang)
    gettext = translator(lang).gettext
    return Message(gettext("“{title}” is still to be filled in.").format(title=title))


def _fields_of(group: FindingGroup) -> list[str]:
    if group.code == "required.empty":
        return [str(name) for name in group.params.get("columns", ())]
    return [group.column] if group.column else []


def _places(group: FindingGroup) -> Iterable[tuple[int, str, str | None]]:
    places = group.places
    if places is None:
        for number in group.rows:
            yield number, "", None
        return
    rows = places.rows.to_list()
    before = [""] * len(rows) if places.before is None else places.before.to_list()
    after = [None] * len(rows) if places.after is None else places.after.to_list()
    yield from zip(rows, before, after, strict=True)


def _narrow(
    group: FindingGroup,
    schema: TableSchema,
    name: str,
    number: int,
    before: str,
    after: str | None,
) -> FindingGroup:
    """Return the group as if it had one cell: its sentence then says that cell."""
    title = schema.field(name).title or name
    params = dict(group.params)
    if group.code == "required.empty":
        params |= {"columns": [name], "titles": [title]}
    return replace(
        group,
        count=1,
        column=name,
        header=title,
        # A grid has no letters: its columns are called by their titles.
        excel_column=title,
        rows=(number,),
        values=((before, 1),) if before else (),
        examples=(Example(number, before, after),) if before else (),
        params=params,
        places=None,
    )


def write_file(
    schema: TableSchema,
    rows: Iterable[Mapping[str, str]],
    constants: Mapping[str, str],
) -> bytes:
    """Return the file that a grid makes: UTF-8, commas, the model's columns.

    Cells are written as they were typed, so that the checks of a deposit say what
    they would say of any file. Rows that hold nothing are left out.
    """
    filled = [row for row in rows if any(row.values())]
    used = {name for row in filled for name, text in row.items() if text}
    names = [
        one.name
        for one in schema.fields
        if one.required or one.name in used or constants.get(one.name)
    ]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    for row in filled:
        writer.writerow([constants.get(name) or row.get(name, "") for name in names])
    return out.getvalue().encode()
