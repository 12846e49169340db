"""A published file as a workbook, for who opens it with Excel.

Excel reads a CSV in UTF-8 as if it were of another age: accents are broken, and codes
lose their first zero. Here texts are texts, and numbers and dates are what they say.
"""

from __future__ import annotations

import datetime
import io

import xlsxwriter

from ckanext.odlocale.scdl.table_schema import TableSchema
from ckanext.odlocale.scdl.typed import typed_frame

XLSX_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

#: Rows and signs of a cell that a sheet holds, its headers included.
MAX_ROWS, MAX_CELL = 1_048_576, 32_767
#: Beyond these digits, Excel changes a number.
EXACT = 10**15

_EPOCH = datetime.datetime(2000, 1, 1)
#: Days before this one are text in Excel.
_FIRST_DAY = datetime.date(1900, 3, 1)


class TooLong(Exception):
    """No sheet holds that many rows."""


def write_workbook(content: bytes, schema: TableSchema, sheet: str) -> bytes:
    """Return the rows of a published CSV as a workbook.

    :param sheet: name of its one sheet, in 31 signs that Excel accepts
    :raises TooLong: it has more rows than a sheet holds
    """
    frame = typed_frame(content, schema)
    if len(frame) >= MAX_ROWS:
        raise TooLong
    stream = io.BytesIO()
    options = {"in_memory": True, "constant_memory": True}
    book = xlsxwriter.Workbook(stream, options)
    book.set_properties({"created": _EPOCH})
    page = book.add_worksheet(sheet)
    bold = book.add_format({"bold": True})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    for place, name in enumerate(frame.columns):
        page.write_string(0, place, name, bold)
    page.freeze_panes(1, 0)
    for line, row in enumerate(frame.iter_rows(), start=1):
        for place, cell in enumerate(row):
            if isinstance(cell, bool) or cell is None:
                text = "" if cell is None else str(cell).lower()
                page.write_string(line, place, text) if text else None
            elif isinstance(cell, (int, float)) and abs(cell) < EXACT:
                page.write_number(line, place, cell)
            elif type(cell) is datetime.date and cell >= _FIRST_DAY:
                page.write_datetime(line, place, cell, day)
            else:
                page.write_string(line, place, str(cell)[:MAX_CELL])
    book.close()
    return stream.getvalue()
