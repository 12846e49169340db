"""The process that reads the sheets of a workbook: bytes in, JSON out.

``python -m ckanext.odlocale.scdl.sheet_worker xlsx 419430400 < budget.xlsx`` writes
one line of JSON for each sheet's name, then one for each of its rows: ``["1",
"Zoé"]``. It imports little, so as to start at once, and limits its own memory and time
before it reads. What follows ``xlsx`` is the size the archive may have once inflated,
in bytes.

Excel keeps a SIRET as a number and a date as a count of days: cells are written back
as SCDL wants them.
"""

from __future__ import annotations

import datetime
import io
import json
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import BinaryIO

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from .sheet_bounds import ALTERED, bound_workbook
from .unreadable import Unreadable, UnreadableCode

#: Address space the process may take, in bytes.
MAX_MEMORY = 1024**3

#: Processor time it may take, in seconds: who started it stops it before, if alive.
MAX_CPU_SECONDS = 25

#: Cells a sheet may have, blank ones within its corners included: twice those of a
#: hundred thousand rows of the widest budget. More would not hold in the memory.
MAX_SHEET_CELLS = 5_000_000

#: What the process may write, in bytes: whoever reads it keeps it in memory.
MAX_OUTPUT = 200 * 1024 * 1024

#: Exit statuses, by why the workbook is refused.
EXIT_STATUSES: dict[UnreadableCode, int] = {
    "damaged": 1,
    "protected": 3,
    "too_many_cells": 4,
    "zip_bomb": 5,
}

Cell = (
    int
    | float
    | str
    | bool
    | datetime.datetime
    | datetime.date
    | datetime.time
    | datetime.timedelta
)


def write_cell(cell: Cell) -> str:
    """Write a typed cell as SCDL wants it.

    A whole number has no decimal point (a SIRET kept as a number is its fourteen
    figures), a number has the 15 digits Excel keeps, a date is ISO 8601 without a
    time at midnight.
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float):
        return _write_number(cell)
    if isinstance(cell, datetime.datetime):
        if cell.time() == datetime.time(0):
            return cell.date().isoformat()
        return cell.replace(microsecond=0).isoformat()
    if isinstance(cell, datetime.timedelta):
        seconds = int(cell.total_seconds())
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return cell.isoformat()


def _write_number(cell: float) -> str:
    if cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    written = f"{cell:.15g}"
    return f"{Decimal(written):f}" if "e" in written else written


def read_sheets(data: bytes) -> Iterator[str | list[str]]:
    """Yield the name of each visible sheet, then its lines, from the first row."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    for metadata in book.sheets_metadata:
        shown = "Visible" in str(metadata.visible)
        if not shown or "WorkSheet" not in str(metadata.typ):
            continue
        sheet = book.get_sheet_by_name(metadata.name)
        yield metadata.name
        # Rows are given from the sheet's first, but cells from the first filled.
        before = [""] * (sheet.start[1] if sheet.start else 0)
        for row in sheet.iter_rows():
            yield before + [write_cell(cell) for cell in row]


def limit_resources() -> None:
    """Bound the memory and the time of this process, where the system can."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_SECONDS, MAX_CPU_SECONDS))


def write_sheets(data: bytes, output: BinaryIO) -> None:
    """Write the sheets, a line of JSON each name and each row.

    :raises Unreadable: too_many_cells
    """
    written = cells = 0
    for one in read_sheets(data):
        line = json.dumps(one, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        written += len(line)
        cells += len(one) if isinstance(one, list) else 0
        if written > MAX_OUTPUT or cells > MAX_SHEET_CELLS:
            raise Unreadable("too_many_cells")
        output.write(line)


def main(arguments: list[str]) -> int:
    """Read the standard input and write the sheets; return the exit status.

    :param arguments: xlsx, ods or xls, then the bytes it may weigh once inflated
    """
    limit_resources()
    kind, max_inflated = arguments[0], int(arguments[1])
    try:
        data = sys.stdin.buffer.read()
        if kind != "xls":
            bound_workbook(data, kind, MAX_SHEET_CELLS, max_inflated)
        write_sheets(data, sys.stdout.buffer)
    except Unreadable as refusal:
        return EXIT_STATUSES[refusal.code]
    except PasswordError:
        return EXIT_STATUSES["protected"]
    except MemoryError:
        return EXIT_STATUSES["too_many_cells"]
    except (CalamineError, *ALTERED):
        return EXIT_STATUSES["damaged"]
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
