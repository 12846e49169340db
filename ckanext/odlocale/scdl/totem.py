"""TotEM, the budget that accounting software exports, turned into the SCDL budget.

``yatotem2scdl`` converts; this module protects it and mends what it leaves wrong:

* it is given a copy with the lines of the budget alone: annexes name staff, lenders
  and signatories, and an XML that declares entities could read the server's files;
* each budget of the document is converted by itself, so that the lines of an annexe
  keep their own SIRET and step;
* steps are written as SCDL's list says, sections come from the line itself, chapters
  that the software left out from the chart of accounts, and the name of a budget tells
  an annexe from the main one.

Format: http://odm-budgetaire.org (DocumentBudgetaire), SCDL budget 0.8.3.
"""

from __future__ import annotations

import io
import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import polars as pl

from .charts import Chart, find_chart
from .table import Source, Table
from .totem_budget import Budget
from .totem_mending import mend, note_document
from .unreadable import Unreadable

if TYPE_CHECKING:
    from lxml import etree

NAMESPACE = "http://www.minefi.gouv.fr/cp/demat/docbudgetaire"
ROOT = "DocumentBudgetaire"

#: Lines a document may have: the biggest authorities' have some 30,000.
MAX_LINES = 500_000

#: What of a line is converted; anything else of it may say more than accounts.
_LINE_PARTS = frozenset(
    ("Nature", "LibCpte", "ContNat", "Fonction", "Operation", "ArtSpe", "CodRD",
     "MtBudgPrec", "MtRARPrec", "MtPropNouv", "MtPrev", "MtReal", "CredOuv",
     "MtRAR3112", "OpBudg", "TypOpBudg", "CaracSup")
)  # fmt: skip
_HEADER_PARTS = frozenset(
    ("LibelleColl", "IdColl", "LibelleEtab", "IdEtab", "Nomenclature", "NatDec",
     "Exer", "ProjetBudget", "CodTypBud")
)  # fmt: skip


def is_totem(content: bytes) -> bool:
    """Tell whether a file is a TotEM document, from its beginning.

    >>> is_totem(b'<?xml version="1.0"?><DocumentBudgetaire xmlns="http://x">')
    True
    """
    head = content[:4096]
    for mark, codec in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if head.startswith(mark):
            return ROOT in head.decode(codec, "ignore")
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and (
        ROOT.encode() in head
    )


def convert_totem(content: bytes) -> Table:
    """Return the lines of a TotEM document as a table of the SCDL budget.

    Rows are numbered as in the table converted, headers being row 1.

    :raises Unreadable: damaged, no_rows, too_many_cells, no_converter
    """
    budgets = [one for one in read_budgets(content) if one.lines]
    if not budgets:
        raise Unreadable("no_rows", columns=0)
    frames, notes, first = [], [], 2
    for budget in budgets:
        chart = _chart_of(budget)
        frame, found = mend(_run(budget), budget, chart, first)
        frames.append(frame)
        notes += found
        first += frame.height
    frame = pl.concat(frames)
    rows = pl.int_range(2, 2 + frame.height, dtype=pl.UInt32, eager=True)
    return Table(
        frame=frame,
        headers=tuple(frame.columns),
        row_numbers=rows.alias("row"),
        source=Source(format="totem", size=len(content)),
        notes=(*note_document(budgets), *notes),
    )


def read_budgets(content: bytes) -> list[Budget]:
    """Return the budgets of a document, their lines alone.

    Elements are dropped as soon as they are read: the annexes, ten times the lines,
    never stay in memory.

    :raises Unreadable: damaged (not XML, or with entities), too_many_cells,
        no_converter
    """
    try:
        from lxml import etree
    except ModuleNotFoundError as error:
        raise Unreadable("no_converter", extra="convert") from error
    budgets: list[Budget] = []
    document: dict[str, str] = {}
    lines = 0
    try:
        for event, element in etree.iterparse(
            io.BytesIO(content),
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
        ):
            tag = etree.QName(element).localname if _is_element(element) else ""
            if event == "start":
                if element.getparent() is None:
                    _refuse_declarations(element)
                if tag == "Budget":
                    budgets.append(Budget(head=dict(document)))
                continue
            if tag == "LigneBudget" and budgets:
                lines += 1
                if lines > MAX_LINES:
                    raise Unreadable("too_many_cells", limit=MAX_LINES)
                _add_line(budgets[-1], element)
            elif tag in _HEADER_PARTS:
                head = budgets[-1].head if budgets else document
                head.setdefault(tag, element.get("V", "").strip())
            if tag not in _LINE_PARTS:
                element.clear()
    except etree.XMLSyntaxError as error:
        raise Unreadable("damaged") from error
    return budgets


def _is_element(element: etree._Element) -> bool:
    return isinstance(element.tag, str)


def _refuse_declarations(root: etree._Element) -> None:
    """Refuse a document type: accounting software writes none, attackers do."""
    if root.getroottree().docinfo.doctype:
        raise Unreadable("damaged")


def _add_line(budget: Budget, element: etree._Element) -> None:
    if element.get("calculated") == "true":
        budget.calculated += 1
        return
    line: dict[str, str] = {}
    for part in element:
        name = str(part.tag).rpartition("}")[2]
        if name == "CaracSup":
            if part.get("Code") == "Section":
                line["Section"] = part.get("V", "")
        elif name in _LINE_PARTS:
            line.setdefault(name, part.get("V", "").strip())
    budget.lines.append(line)


def _chart_of(budget: Budget) -> Chart | None:
    year = budget.head.get("Exer", "")
    known = budget.head.get("Nomenclature", "")
    if not (known and year.isascii() and year.isdecimal() and len(year) == 4):
        return None
    return find_chart(known, int(year))


def _run(budget: Budget) -> pl.DataFrame:
    """Convert one budget with the library, from a clean copy of it.

    The library is given no chart of accounts: it looks for each line's names in all of
    it, which takes seconds for a big authority. They are given once for all by
    :func:`.totem_mending.mend`.
    """
    try:
        from yatotem2scdl.conversion import ConvertisseurTotemBudget
        from yatotem2scdl.data_structures import Options
        from yatotem2scdl.exceptions import ConversionErreur
    except ModuleNotFoundError as error:
        raise Unreadable("no_converter", extra="convert") from error
    # Its warning, that there is no chart, would reach the terminal.
    logging.getLogger("yatotem2scdl").setLevel(logging.ERROR)
    out = io.StringIO()
    with tempfile.TemporaryDirectory(prefix="totem") as folder:
        source = Path(folder) / "budget.xml"
        source.write_bytes(_write_budget(budget))
        try:
            ConvertisseurTotemBudget().totem_budget_vers_scdl(
                source, Path(folder), out, Options()
            )
        except ConversionErreur as error:
            raise Unreadable("damaged") from error
    frame = pl.read_csv(out.getvalue().encode(), infer_schema=False).fill_null("")
    if frame.height != len(budget.lines):
        raise Unreadable("damaged")
    return frame


def _write_budget(budget: Budget) -> bytes:
    root = ElementTree.Element(f"{{{NAMESPACE}}}{ROOT}")

    def add(parent: ElementTree.Element, *names: str) -> None:
        for name in names:
            if name in budget.head:
                value = budget.head[name]
                ElementTree.SubElement(parent, f"{{{NAMESPACE}}}{name}", V=value)

    def part(parent: ElementTree.Element, name: str) -> ElementTree.Element:
        return ElementTree.SubElement(parent, f"{{{NAMESPACE}}}{name}")

    add(part(root, "EnTeteDocBudgetaire"), "LibelleColl", "IdColl")
    body = part(root, "Budget")
    header = part(body, "EnTeteBudget")
    add(header, "LibelleEtab", "IdEtab")
    part(header, "Nomenclature").set("V", "none-none")
    add(part(body, "BlocBudget"), "NatDec", "Exer")
    for line in budget.lines:
        element = part(body, "LigneBudget")
        for name, value in line.items():
            if name not in ("Section", "LibCpte"):
                ElementTree.SubElement(element, f"{{{NAMESPACE}}}{name}", V=value)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))
