"""Files and tables the tests of the engine share: invented communes, real shapes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl

from ckanext.odlocale.scdl.catalogue import TableSchema, load_catalogue, parse_schema
from ckanext.odlocale.scdl.reading import read
from ckanext.odlocale.scdl.report import FindingGroup, Report
from ckanext.odlocale.scdl.table import Table

DATA = Path(__file__).parents[1] / "data/scdl"
BUDGET = DATA / "budget-kerlouan-2024.csv"
ANNEXE = DATA / "budget-kerlouan-annexe-2023.csv"
SUBVENTIONS = DATA / "subventions-kerlouan-2024.csv"
DELIBERATIONS = DATA / "deliberations-kerlouan-2024.csv"
PRENOMS = DATA / "prenoms-kerlouan-2024.csv"

#: The invented commune: SIREN, town hall, annexe, and another collectivité.
SIREN = "215699901"
SIRET = "21569990100017"
OTHER_SIRET = "21568880500013"


def schema(slug: str) -> TableSchema:
    return load_catalogue().get(slug)


def make_schema(
    fields: Sequence[Mapping[str, object]],
    checks: Sequence[Mapping[str, object]] = (),
    **own: object,
) -> TableSchema:
    """Return a schema of a few columns."""
    return parse_schema(
        {
            "version": "1.0.0",
            "fields": fields,
            "custom_checks": checks,
            "odlocale": {
                "slug": "essai",
                "id": "essai/essai",
                "label": "Essai",
                "purpose": "Essayer.",
                "schema_url": "https://example.fr/schema.json",
                "dataset": {
                    "title": "Essai – {name}",
                    "description": "…",
                    "frequency": "ANNUAL",
                    "tags": [],
                    "themes": [],
                },
                **own,
            },
        }
    )


def make_table(header: str, *rows: str) -> Table:
    """Return the table of a CSV text."""
    return read("\n".join((header, *rows, "")).encode())


def xlsx(
    rows: Sequence[Sequence[object]], **sheets: Sequence[Sequence[object]]
) -> bytes:
    """Return a workbook: its first sheet, then others by name."""
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for row in lines:
            sheet.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def zipped(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("_", "."), data)
    return stream.getvalue()


def codes(report: Report) -> list[str]:
    return [group.code for group in report.groups]


def group_of(report: Report, code: str) -> FindingGroup:
    """Return the only group of a code."""
    (found,) = [group for group in report.groups if group.code == code]
    return found


def ods(rows: Sequence[Sequence[object]]) -> bytes:
    """Return a LibreOffice sheet, numbers kept as numbers."""

    def cell(value: object) -> str:
        if value is None or value == "":
            return "<table:table-cell/>"
        if isinstance(value, (int, float)):
            kind = f'office:value-type="float" office:value="{value}"'
            return f"<table:table-cell {kind}/>"
        return (
            '<table:table-cell office:value-type="string">'
            f"<text:p>{escape(str(value))}</text:p></table:table-cell>"
        )

    lines = "".join(
        f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows
    )
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content'
        ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
        ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
        '<office:body><office:spreadsheet><table:table table:name="Feuille1">'
        f"{lines}</table:table></office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return stream.getvalue()
