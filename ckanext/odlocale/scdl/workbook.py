"""Reading spreadsheets (XLSX, XLSB, XLS, ODS) as the text an agent sees in them.

A few kilobytes can claim billions of cells, and take minutes to scan. The process of
a server therefore looks at the names in an archive and no further: its sheets are
measured, then read, in a process of their own, whose memory and time are bounded
(:mod:`ckanext.odlocale.scdl.sheet_worker`).
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .sheet_bounds import ALTERED
from .sheet_worker import EXIT_STATUSES, MAX_SHEET_CELLS
from .unreadable import Unreadable, UnreadableCode

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

#: What an archive may weigh once inflated, in bytes.
MAX_INFLATED = 400 * 1024 * 1024

#: The module that reads sheets, and how long it may take, in seconds.
WORKER = "ckanext.odlocale.scdl.sheet_worker"
MAX_SECONDS = 20

#: Workbooks one process has read at a time, so that hostile ones sent together do
#: not take all the memory; how long another one waits for its turn, in seconds.
MAX_WORKERS = 2
MAX_WAIT = 15
_WORKERS = threading.BoundedSemaphore(MAX_WORKERS)

#: Members an archive may have; a workbook has a few dozen.
MAX_MEMBERS = 10_000
_MEMBER_MAGIC = b"PK\x01\x02"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

#: Name of the stream that holds a workbook locked by a password, in UTF-16.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")

_LIMITS: dict[UnreadableCode, dict[str, int]] = {
    "too_many_cells": {"limit": MAX_SHEET_CELLS},
    "zip_bomb": {"limit": MAX_INFLATED},
}


@contextmanager
def refuse_altered() -> Iterator[None]:
    """Turn what an altered archive raises into one refusal.

    :raises Unreadable: damaged, or the refusal raised within
    """
    try:
        yield
    except Unreadable:
        raise
    except ALTERED as error:
        raise Unreadable("damaged") from error


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name and its lines as text, from the sheet's first row."""

    name: str
    rows: list[list[str]]


def inspect_archive(data: bytes, max_inflated: int | None = None) -> str:
    """Tell what a ZIP archive holds by the names of its members; inflate nothing.

    :param max_inflated: bytes its members may declare together, MAX_INFLATED by
        default; those of a workbook are measured before they are read
    :returns: ``xlsx``, ``ods`` or ``zip``
    :raises Unreadable: damaged, protected, zip_bomb
    """
    limit = MAX_INFLATED if max_inflated is None else max_inflated
    if data.count(_MEMBER_MAGIC) > MAX_MEMBERS:
        raise Unreadable("zip_bomb", limit=limit)
    with refuse_altered(), zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
    if any(member.flag_bits & 1 for member in members):
        raise Unreadable("protected")
    # Others are no part of either format, and Python inflates them without a bound.
    if any(member.compress_type not in _METHODS for member in members):
        raise Unreadable("damaged")
    if sum(member.file_size for member in members) > limit:
        raise Unreadable("zip_bomb", limit=limit)
    names = {member.filename for member in members}
    if "xl/workbook.xml" in names or "xl/workbook.bin" in names:
        return "xlsx"
    return "ods" if "content.xml" in names else "zip"


def read_single_member(data: bytes, max_bytes: int) -> tuple[str, bytes]:
    """Return the name and content of the only file of an archive.

    :raises Unreadable: zip_many where it holds several, too_large, damaged
    """
    with refuse_altered(), zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [
            member
            for member in archive.infolist()
            if not member.is_dir()
            and not member.filename.startswith("__MACOSX/")
            and not member.filename.rsplit("/", 1)[-1].startswith(".")
        ]
        if len(members) != 1:
            raise Unreadable("zip_many", count=len(members))
        if members[0].file_size > max_bytes:
            raise Unreadable("too_large", size=members[0].file_size, limit=max_bytes)
        # Asked for whole, a member is inflated whole, whatever size it declares.
        with archive.open(members[0]) as stream:
            return members[0].filename, stream.read(max_bytes)


def read_sheets(data: bytes, kind: str) -> list[Sheet]:
    """Return the visible sheets that hold something.

    :param kind: xlsx, ods or xls
    :raises Unreadable: protected, damaged, too_many_cells, zip_bomb, busy
    """
    if kind == "xls":
        if _ENCRYPTED in data:
            raise Unreadable("protected")
        # Whole sectors: calamine panics on a file cut within one.
        data += bytes(-len(data) % 4096)
    if not _WORKERS.acquire(timeout=MAX_WAIT):
        raise Unreadable("busy")
    try:
        answer = _run_worker(data, kind)
    finally:
        _WORKERS.release()
    sheets: list[Sheet] = []
    # Line by line: one call for the whole would hold the interpreter's lock.
    for line in io.BytesIO(answer):
        one = json.loads(line)
        if isinstance(one, str):
            sheets.append(Sheet(one, []))
        else:
            sheets[-1].rows.append(one)
    return [sheet for sheet in sheets if any(any(row) for row in sheet.rows)]


def _run_worker(data: bytes, kind: str) -> bytes:
    """Read the sheets in a process of their own.

    A file made to harm, or merely altered, can make the library that reads it ask
    for all the memory there is, or stop the process: not ours.
    """
    try:
        answer = subprocess.run(
            [_find_python(), "-m", WORKER, kind, str(MAX_INFLATED)],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=MAX_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unreadable("too_many_cells", limit=MAX_SHEET_CELLS) from error
    if answer.returncode == 0:
        return answer.stdout
    for code, status in EXIT_STATUSES.items():
        if answer.returncode == status:
            raise Unreadable(code, **_LIMITS.get(code, {}))
    raise Unreadable("damaged")


def _find_python() -> str:
    """Return the interpreter, even where a server has embedded it."""
    if Path(sys.executable or "").name.startswith("python"):
        return sys.executable
    return str(Path(sys.prefix) / "bin" / "python3")
