"""The workbook an agent fills in: a sheet of data that her spreadsheet helps her with.

The first sheet is read, the guide and the example are not (:mod:`.prefilled`). What a
spreadsheet changes by itself is kept as text, so that a SIRET, a code that starts with
a zero or a text that starts with an equals sign stays what was typed.

The same schema and collectivité give the same bytes.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ..base.language import translator
from .example import example_rows
from .prefilled import EXAMPLE_SHEET, GUIDE_SHEET, LISTS_SHEET, prefill
from .sentences import N_
from .table_schema import TableSchema
from .template_bounds import (
    MAX_SHEET_NAME,
    TemplateRefused,
    check_holdable,
    name_sheet,
)
from .template_columns import (
    ALERTS,
    MAX_CELL,
    Bounds,
    Column,
    Kind,
    clean,
    describe_column,
    type_cell,
)
from .template_guide import Guide, write_guide

__all__ = ["PREFILLED_ROWS", "TemplateRefused", "build_template"]

#: Lines that hold the collectivité's number and name before anything is typed.
PREFILLED_ROWS = 200

#: Lines that are helped by lists and bounds; the format of cells has no end.
HELPED_ROWS = 10_000

#: Written in the file as the day it was made, so that its bytes never change.
_EPOCH = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)

#: Widths of the guide's columns, in characters; heights of lines, in points.
_GUIDE_WIDTHS = (28, 56, 18, 32, 30, 28, 36)
LINE_HEIGHT = 15.5
MAX_HEIGHT = 409

_FORMATS: dict[Kind, str] = {
    "text": "@",
    "date": "yyyy-mm-dd",
    "integer": "0",
    "number": "General",
}
_ALERT_TITLE = N_("Check this cell")


@dataclass(frozen=True)
class _Styles:
    cells: Mapping[Kind, Format]
    required: Format
    optional: Format
    title: Format
    text: Format
    heading: Format


def build_template(
    schema: TableSchema,
    siret: str | None = None,
    name: str | None = None,
    *,
    insee: str | None = None,
    lang: str = "fr",
) -> bytes:
    """Return the XLSX workbook to fill in for a schema.

    :param siret: of the collectivité; written in advance, with its name and code, in
        the columns that say whose the data are
    :param name: of the collectivité
    :param insee: the commune's code
    :param lang: of the help; headers and values are the schema's
    :raises TemplateRefused: no spreadsheet can hold its columns
    """
    check_holdable(schema)
    columns = [describe_column(schema, field, lang) for field in schema.fields]
    known = prefill(
        schema, *(clean(one or "")[:MAX_CELL] for one in (siret, name, insee))
    )
    label = name_sheet(schema.label)
    guide = write_guide(schema, label, EXAMPLE_SHEET, prefilled=bool(known), lang=lang)
    stream = io.BytesIO()
    # In memory, members of the archive have one date for all.
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    book.set_properties(
        {"title": clean(schema.label)[:MAX_SHEET_NAME], "created": _EPOCH}
    )
    styles = _make_styles(book)
    data = book.add_worksheet(label)
    guidance = book.add_worksheet(GUIDE_SHEET)
    example = book.add_worksheet(EXAMPLE_SHEET)
    lists = book.add_worksheet(LISTS_SHEET)
    lists.hide()
    sources = _write_lists(lists, columns, styles)
    _write_headers(data, columns, styles)
    count = _count_prefilled(schema, known)
    _write_prefilled(data, columns, known, count, styles)
    _help(data, columns, sources, lang)
    _write_guide(guidance, guide, styles)
    _write_headers(example, columns, styles)
    for line, row in enumerate(example_rows(schema), start=1):
        for place, column in enumerate(columns):
            _write_cell(example, line, place, column, row[column.name], styles)
    example.protect()
    data.activate()
    book.close()
    return stream.getvalue()


def _make_styles(book: xlsxwriter.Workbook) -> _Styles:
    common = {"font_name": "Calibri", "font_size": 11}
    head = {**common, "bold": True, "text_wrap": True, "valign": "top", "border": 1}
    return _Styles(
        cells={
            kind: book.add_format({**common, "num_format": form})
            for kind, form in _FORMATS.items()
        },
        required=book.add_format(
            {**head, "num_format": "@", "bg_color": "#005D7A", "font_color": "#FFFFFF"}
        ),
        optional=book.add_format({**head, "num_format": "@", "bg_color": "#F4F6F7"}),
        title=book.add_format({**common, "bold": True, "font_size": 16}),
        text=book.add_format(
            {**common, "num_format": "@", "text_wrap": True, "valign": "top"}
        ),
        heading=book.add_format({**head, "num_format": "@", "bg_color": "#F4F6F7"}),
    )


def _write_lists(
    sheet: Worksheet, columns: list[Column], styles: _Styles
) -> dict[str, str]:
    """Write the values of the lists; return where they are, by column.

    In cells, since a list written in the rule itself holds 255 characters at most and
    separates its values by commas.
    """
    sources: dict[str, str] = {}
    place = 0
    for column in columns:
        if not column.choices:
            continue
        for line, value in enumerate(column.choices):
            _write_cell(sheet, line, place, column, value[:MAX_CELL], styles)
        letters = xlsxwriter.utility.xl_col_to_name(place, col_abs=True)
        sources[column.name] = (
            f"={LISTS_SHEET}!{letters}$1:{letters}${len(column.choices)}"
        )
        place += 1
    return sources


def _write_headers(sheet: Worksheet, columns: list[Column], styles: _Styles) -> None:
    for place, column in enumerate(columns):
        style = styles.required if column.required else styles.optional
        width = min(max(len(column.name) + 4, 16), 40)
        sheet.set_column(place, place, width, styles.cells[column.kind])
        sheet.write_string(0, place, column.name, style)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_paper(9)
    # A code kept as text is meant: no green corner on each cell.
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})


def _count_prefilled(schema: TableSchema, known: Mapping[str, str]) -> int:
    """Return how many lines may hold the same values: one, where rows must differ."""
    alone = any(field.unique and field.name in known for field in schema.fields)
    key = set(schema.primary_key)
    return 1 if alone or (key and key <= set(known)) else PREFILLED_ROWS


def _write_prefilled(
    sheet: Worksheet,
    columns: list[Column],
    known: Mapping[str, str],
    count: int,
    styles: _Styles,
) -> None:
    for place, column in enumerate(columns):
        if column.name in known:
            for line in range(1, count + 1):
                _write_cell(sheet, line, place, column, known[column.name], styles)


def _write_cell(
    sheet: Worksheet,
    line: int,
    place: int,
    column: Column,
    text: str,
    styles: _Styles,
) -> None:
    """Write a text as a cell of its column's kind; never as a formula or a link."""
    style = styles.cells[column.kind]
    value = type_cell(column.kind, text)
    if isinstance(value, datetime.date):
        sheet.write_datetime(line, place, value, style)
    elif isinstance(value, (int, float)):
        sheet.write_number(line, place, value, style)
    elif value:
        sheet.write_string(line, place, value, style)


def _help(
    sheet: Worksheet, columns: list[Column], sources: Mapping[str, str], lang: str
) -> None:
    """Add the lists, the bounds and the help of each column, its title included."""
    for place, column in enumerate(columns):
        shown = {"input_title": column.title, "input_message": column.message}
        sheet.data_validation(0, place, 0, place, {"validate": "any", **shown})
        rule = _rule_of(column, sources, lang)
        sheet.data_validation(1, place, HELPED_ROWS, place, {**rule, **shown})


def _rule_of(column: Column, sources: Mapping[str, str], lang: str) -> dict[str, Any]:
    """Return what is refused in a column (lists), or asked about (bounds)."""
    speak = translator(lang).gettext
    title = speak(_ALERT_TITLE)
    if column.name in sources:
        told = speak(ALERTS["list"])
        source = sources[column.name]
        return {
            "validate": "list",
            "source": source,
            "error_title": title,
            "error_message": told,
        }
    if column.bounds is None:
        return {"validate": "any"}
    return {
        **_limits_of(column.bounds),
        "error_type": "warning",
        "error_title": title,
        "error_message": speak(ALERTS[_alert_of(column)]),
    }


def _alert_of(column: Column) -> str:
    return "length" if column.kind == "text" else column.kind


def _limits_of(bounds: Bounds) -> dict[str, Any]:
    return {
        "validate": bounds.rule,
        "criteria": "between",
        "minimum": bounds.least,
        "maximum": bounds.most,
    }


def _write_guide(sheet: Worksheet, guide: Guide, styles: _Styles) -> None:
    for place, width in enumerate(_GUIDE_WIDTHS):
        sheet.set_column(place, place, width, styles.text)
    sheet.write_string(0, 0, guide.title, styles.title)
    last = len(guide.headings) - 1
    lines = [guide.purpose, "", *guide.steps, "", guide.model]
    for line, text in enumerate(lines, start=1):
        sheet.merge_range(line, 0, line, last, "", styles.text)
        if text:
            sheet.write_string(line, 0, text, styles.text)
    top = len(lines) + 2
    for place, heading in enumerate(guide.headings):
        sheet.write_string(top, place, heading, styles.heading)
    for line, cells in enumerate(guide.lines, start=top + 1):
        sheet.set_row(line, _measure(cells))
        for place, cell in enumerate(cells):
            sheet.write_string(line, place, cell, styles.text)
    sheet.hide_gridlines(2)
    sheet.repeat_rows(top)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.protect()


def _measure(cells: tuple[str, ...]) -> float:
    """Return the height that the cells of a line of the guide need, in points.

    Not all spreadsheets fit the height of lines to their text by themselves.
    """
    lines = max(
        sum(1 + len(part) // width for part in cell.split("\n"))
        for cell, width in zip(cells, _GUIDE_WIDTHS, strict=True)
    )
    return min(LINE_HEIGHT * lines, MAX_HEIGHT)
