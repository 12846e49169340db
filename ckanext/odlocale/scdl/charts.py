"""Charts of accounts: the names of a budget's chapters, accounts and functions.

Those of 2019 to 2022 ship with the package. An authority that has later ones puts the
official files in a folder, ``<year>/<norm>/<chart>/planDeCompte.xml`` as
odm-budgetaire.org publishes them, and names it by ``ODLOCALE_CHARTS``.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree

CHARTS_FILE = files("ckanext.odlocale.scdl") / "data" / "charts-of-accounts.csv.gz"

#: Columns of that file. ``chapters`` are those of an account, by use: see USES.
COLUMNS = (
    "chart", "first", "last", "kind", "code", "label", "section", "chapters",
)  # fmt: skip

#: Folder of the charts that an operator adds.
FOLDER_VARIABLE = "ODLOCALE_CHARTS"

#: Largest official file read, in bytes; the biggest published weighs 0.7 MB.
MAX_CHART_BYTES = 5 * 1024 * 1024

#: Uses of an account, in the order its chapters are written: an expense (D) or a
#: receipt (R) that is real (R), of order between sections (OES) or within one (OIS).
USES = ("DR", "DOES", "DOIS", "RR", "ROES", "ROIS")

_KINDS = {"Chapitre": "chapter", "Compte": "account", "RefFonc": "function"}

Entry = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class Chart:
    """A chart of accounts of one year.

    :ivar name: norm and variant, as in a budget: ``M57-M57_D``
    :ivar year: the year it was published for
    :ivar chapters: label and section (I, F or nothing) of each chapter
    :ivar accounts: label and chapters by use of each account
    :ivar functions: label of each function
    """

    name: str
    year: int
    chapters: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    accounts: Mapping[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)

    def chapter_of(self, account: str, use: str) -> str:
        """Return the chapter of an account for one of USES, or nothing."""
        _, chapters = self.accounts.get(account, ("", {}))
        return chapters.get(use, "")


def read_official(content: bytes) -> Iterator[Entry]:
    """Yield kind, code, label, section and chapters from an official file.

    :raises xml.etree.ElementTree.ParseError: not XML
    """
    # An operator's own files, never a stranger's; expat bounds what entities become.
    for element in ElementTree.fromstring(content).iter():  # noqa: S314
        kind = _KINDS.get(element.tag)
        code = element.get("Code", "").strip()
        if kind is None or not code:
            continue
        label = " ".join(_mend_accents(element.get("Libelle", "")).split())
        uses = [element.get(use, "").strip() for use in USES]
        yield (
            kind,
            code,
            label,
            element.get("Section", "") if kind == "chapter" else "",
            "/".join(uses) if any(uses) else "",
        )


def _mend_accents(text: str) -> str:
    """Undo the double encoding of some published files (« dÃ©penses »)."""
    if "Ã" not in text:
        return text
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text


def find_chart(name: str, year: int, folder: Path | None = None) -> Chart | None:
    """Return the chart of a norm, of the year asked for or the nearest one known.

    An earlier year is preferred to a later one: an account does not change its meaning,
    it is opened or closed. A variant that is not known is read with the fullest chart
    of its norm, of which the others are abridged.

    :param name: as in a budget: ``M14-M14_COM_500_3500``
    :param folder: of the charts that the operator added; by default what
        ``ODLOCALE_CHARTS`` names
    """
    named = os.environ.get(FOLDER_VARIABLE, "").strip()
    extra = folder or (Path(named) if named else None)
    norm, _, variant = name.partition("-")
    if not _shipped_years(name) and not (extra and _added_years(extra, norm, variant)):
        name = _fullest(norm) or name
        norm, _, variant = name.partition("-")
    known = _shipped_years(name)
    added = {} if extra is None else _added_years(extra, norm, variant)
    years = sorted(known | added.keys())
    if not years:
        return None
    earlier = [one for one in years if one <= year]
    chosen = earlier[-1] if earlier else years[0]
    if chosen in added:
        try:
            return _build(name, chosen, read_official(_read_bounded(added[chosen])))
        except (ElementTree.ParseError, OSError, ValueError):
            pass  # what ships is better than nothing
    return _load_shipped(name, chosen) if chosen in known else None


def _read_bounded(path: Path) -> bytes:
    with path.open("rb") as stream:
        content = stream.read(MAX_CHART_BYTES + 1)
    if len(content) > MAX_CHART_BYTES:
        raise ValueError(f"{path.name} is too big for a chart of accounts")
    return content


def _added_years(folder: Path, norm: str, variant: str) -> dict[int, Path]:
    # The name comes from a stranger's file: only names of folders that exist match.
    found = {}
    for path in folder.glob("20??/*/*/planDeCompte.xml"):
        year, one, other = path.parts[-4:-1]
        if (one, other) == (norm, variant) and year.isdigit():
            found[int(year)] = path
    return found


@lru_cache(maxsize=1)
def _read_shipped() -> dict[str, tuple[tuple[int, int, Entry], ...]]:
    text = gzip.decompress(CHARTS_FILE.read_bytes()).decode()
    found: dict[str, list[tuple[int, int, Entry]]] = {}
    for row in csv.reader(io.StringIO(text)):
        chart, first, last, kind, code, label, section, chapters = row
        if chart != COLUMNS[0]:
            entry = (kind, code, label, section, chapters)
            found.setdefault(chart, []).append((int(first), int(last), entry))
    return {name: tuple(rows) for name, rows in found.items()}


def _shipped_years(name: str) -> set[int]:
    rows = _read_shipped().get(name, ())
    return {year for first, last, _ in rows for year in range(first, last + 1)}


def _fullest(norm: str) -> str | None:
    """Return the shipped chart of a norm that has the most rows in its last year."""
    sizes = {
        name: (max(last for _, last, _ in rows), len(rows))
        for name, rows in _read_shipped().items()
        if name.startswith(f"{norm}-")
    }
    return max(sizes, key=lambda one: sizes[one]) if sizes else None


@lru_cache(maxsize=16)
def _load_shipped(name: str, year: int) -> Chart:
    rows = _read_shipped()[name]
    return _build(
        name, year, (row for first, last, row in rows if first <= year <= last)
    )


def _build(name: str, year: int, entries: Iterable[Entry]) -> Chart:
    chapters: dict[str, tuple[str, str]] = {}
    accounts: dict[str, tuple[str, Mapping[str, str]]] = {}
    functions: dict[str, str] = {}
    for kind, code, label, section, uses in entries:
        if kind == "chapter":
            # A chapter by nature comes first; by function, one of the same code may
            # follow, without a section.
            chapters.setdefault(code, (label, section))
        elif kind == "function":
            functions[code] = label
        elif code not in accounts or uses:
            by_use = dict(zip(USES, uses.split("/"), strict=True)) if uses else {}
            accounts[code] = (label, {use: to for use, to in by_use.items() if to})
    return Chart(name, year, chapters, accounts, functions)
