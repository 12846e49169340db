"""The same rows and columns refused as by the national validator, or the reason why.

Compared on the files of :mod:`tests.contracts.national_cases`. What the engine refuses
beyond is named by one of :data:`DIFFERENCES`, told in ``docs/dev/parity.md``; nothing
that the validator refuses is left out.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ckanext.odlocale.scdl.catalogue import TableSchema
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.reading import read
from ckanext.odlocale.scdl.report import FindingGroup
from tests.contracts.environment import ensure_environment
from tests.contracts.national_cases import Case, Row

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "schemas" / "scdl"

Cell = tuple[int, str]


class Validata:
    """The national validator, in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [
                str(ensure_environment("validata")),
                str(Path(__file__).with_name("validata_side.py")),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def judge(
        self, content: bytes, schema: TableSchema, name: str = "file.csv"
    ) -> dict[str, Any]:
        """Return its verdict on a file, see ``validata_side.py``."""
        path = self.folder / name
        path.write_bytes(content)
        assert self.process.stdin
        assert self.process.stdout
        asked = {"path": str(path), "schema": str(SCHEMAS / f"{schema.slug}.json")}
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def stop(self) -> None:
        """End its process."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(timeout=30)


@dataclass(frozen=True)
class Difference:
    """What the engine refuses and the national validator does not.

    :ivar reason: English, the same as in ``docs/dev/parity.md``
    :ivar explains: whether it explains a cell that only the engine refuses: the
        finding's code, the row's cells, the column, the cells of the rows above
    """

    name: str
    explains: Callable[[str, Row, str, tuple[Row, ...]], bool]


def _is_blank(text: str) -> bool:
    return bool(text) and not text.strip()


_BLANKS = {
    "required.empty", "cell.spaces", "columns.incomplete", "columns.one_required",
}  # fmt: skip


DIFFERENCES = (
    Difference(
        "first-of-repeated",
        lambda code, row, column, above: (
            code in ("unique.repeated", "key.repeated")
            and not any(one.get(column) == row[column] for one in above)
        ),
    ),
    Difference(
        "only-spaces",
        lambda code, row, column, above: (
            code in _BLANKS and any(_is_blank(text) for text in row.values())
        ),
    ),
    Difference(
        "python-numbers",
        lambda code, row, column, above: (
            code == "number.wrong"
            and re.fullmatch(
                r"[+-]?(nan|inf(inity)?|[0-9_.]*_[0-9_.]*)", row[column], re.I
            )
            is not None
        ),
    ),
    Difference(
        "signed-year",
        lambda code, row, column, above: (
            code == "year.wrong"
            and re.fullmatch(r"[+ ]?\d{3,4} ?", row[column]) is not None
        ),
    ),
    Difference(
        "padded-date",
        lambda code, row, column, above: (
            code in ("date.wrong", "datetime.wrong")
            and re.search(r"-\s*\d{1,2}$", row[column]) is not None
            and " " in row[column]
        ),
    ),
    Difference(
        "lettered-phone",
        lambda code, row, column, above: (
            code.startswith("phone.") and any(sign.isalpha() for sign in row[column])
        ),
    ),
    Difference(
        "accented-mailbox",
        lambda code, row, column, above: (
            code == "email.wrong" and not row[column].isascii()
        ),
    ),
    Difference(
        "spaced-number",
        lambda code, row, column, above: (
            code in ("siret.spaces", "code.spaces")
            and len(re.sub(r"[ .]", "", row[column])) in (9, 14)
        ),
    ),
    Difference(
        "shifted-uuid",
        lambda code, row, column, above: (
            code == "uuid.wrong" and len(row[column].replace("-", "")) == 32
        ),
    ),
)


@dataclass
class Comparison:
    """Two verdicts, cell by cell.

    :ivar missed: refused by the validator alone: there must be none
    :ivar beyond: refused by the engine alone, for no reason that is written
    :ivar explained: how often each difference was met
    """

    agreed: int = 0
    missed: list[str] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)
    explained: Counter[str] = field(default_factory=Counter)

    def add(self, other: Comparison) -> None:
        """Take another file's comparison in."""
        self.agreed += other.agreed
        self.missed += other.missed
        self.beyond += other.beyond
        self.explained.update(other.explained)


def refuse(content: bytes, schema: TableSchema) -> dict[Cell, str]:
    """Return the cells that the engine says are refused nationally, with the code."""
    refused: dict[Cell, str] = {}
    for group in check(read(content), schema).groups:
        if group.national:
            for column in _columns(group):
                for row in _rows(group):
                    refused.setdefault((row, column), group.code)
    return refused


def _columns(group: FindingGroup) -> list[str]:
    if group.code == "required.empty":
        return [str(one) for one in group.params["columns"]]
    return [group.column or ""]


def _rows(group: FindingGroup) -> list[int]:
    if group.places is not None:
        return [int(row) for row in group.places.rows]
    return list(group.rows) or [1]


def compare_cells(case: Case, verdict: Mapping[str, Any]) -> Comparison:
    """Compare what is refused in each cell.

    The validator tells some faults of a whole row, a key that is not unique for
    instance: the row then agrees.
    """
    ours = refuse(case.content, case.schema)
    theirs = {(row, column) for row, column in verdict["cells"]}
    whole = set(verdict["rows"])
    rows = case.rows()
    told = Comparison(agreed=len(theirs & set(ours)))
    for row, column in sorted(theirs - set(ours)):
        cell = rows[row - 2][column]
        told.missed.append(f"{case.name}, row {row}, {column}: {cell!r}")
    for (row, column), code in sorted(ours.items()):
        if (row, column) in theirs:
            continue
        if row in whole:
            told.agreed += 1
            continue
        above = tuple(rows[: row - 2])
        name = explain(code, rows[row - 2], column, above)
        if name is None:
            cell = rows[row - 2][column]
            told.beyond.append(f"{case.name}, row {row}, {column}: {cell!r} ({code})")
        else:
            told.explained[name] += 1
    return told


def explain(code: str, row: Row, column: str, above: tuple[Row, ...]) -> str | None:
    """Return the difference that explains a refusal of the engine's own, if any."""
    for one in DIFFERENCES:
        if one.explains(code, row, column, above):
            return one.name
    return None


def compare_rows(case: Case, verdict: Mapping[str, Any]) -> Comparison:
    """Compare which rows are refused, and whether columns are missing.

    For files whose very lines are at fault: there a cell has no place of its own.
    """
    ours = refuse(case.content, case.schema)
    mine = {row for row, _ in ours if row > 1}
    theirs = {*verdict["rows"], *(row for row, _ in verdict["cells"])} - {1}
    told = Comparison(agreed=len(mine & theirs))
    told.missed += [f"{case.name}, row {row}" for row in sorted(theirs - mine)]
    rows = case.rows()
    for row in sorted(mine - theirs):
        codes = {(code, column) for (at, column), code in ours.items() if at == row}
        names = {
            explain(code, rows[row - 2], column, tuple(rows[: row - 2]))
            for code, column in codes
        }
        if None in names:
            told.beyond.append(f"{case.name}, row {row}: {codes}")
        told.explained.update(name for name in names if name)
    absent = {code for (row, _), code in ours.items() if row == 1}
    expected = bool(verdict["file"]) or 1 in verdict["rows"]
    if expected and not absent:
        told.missed.append(f"{case.name}: {verdict['file']}")
    elif absent and not expected:
        told.beyond.append(f"{case.name}: {absent}")
    else:
        told.agreed += 1
    return told
