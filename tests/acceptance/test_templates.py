"""Templates filled in with a real LibreOffice are read back without a finding."""

from __future__ import annotations

import datetime
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.example import example_rows
from ckanext.odlocale.scdl.prefilled import prefill
from ckanext.odlocale.scdl.reading import read
from ckanext.odlocale.scdl.table import name_excel_column
from ckanext.odlocale.scdl.table_schema import TableSchema
from ckanext.odlocale.scdl.template_columns import describe_column
from ckanext.odlocale.scdl.templating import build_template
from tests.scdl.samples import make_schema, schema

SCRIPT = Path(__file__).with_name("fill_in_calc.py")
FORMATS = ("xlsx", "ods", "xls")
SLUGS = [one.slug for one in load_catalogue()]

#: Texts that a spreadsheet would compute in a cell that is not of text.
COMPUTED = ("=1+1", "+33 2 97 00 00 00", "-3 places", "@mairie", "007", "1,50", "3/4")

#: The first column, free text, of the schema they are typed in.
COMPUTED_SCHEMA, COMPUTED_FIELD = "subventions", "conditionsVersement"

#: What a list may hold: more than 255 characters, signs that end a rule, formulas.
LISTED = ("=2+2", "a,b", 'c"d', "e;f", "007", "1,50", *(f"v {n}" for n in range(300)))

SIRET, NAME = "21560046100010", "Commune de Crach"


LIST_SCHEMA = make_schema(
    [
        {"name": "choix", "constraints": {"enum": LISTED}},
        *({"name": f"c{n}", "description": "é" * 300} for n in range(300)),
    ]
)


def test_libreoffice_is_there():
    """Without it nothing below would be shown: it fails, it does not skip."""
    assert shutil.which("soffice"), (
        "apt-get install --no-install-recommends libreoffice-calc-nogui python3-uno"
    )
    assert find_python() is not None


def find_python() -> str | None:
    """Return a Python that has LibreOffice's module."""
    for program in ("/usr/bin/python3", "python3", sys.executable):
        answer = subprocess.run([program, "-c", "import uno"], capture_output=True)
        if answer.returncode == 0:
            return program
    return None


def as_typed(one: TableSchema, name: str, text: str) -> str:
    """Return what a French agent types for a value: 28/03/2024, 1500,50."""
    kind = describe_column(one, one.field(name)).kind
    if kind == "date":
        return datetime.date.fromisoformat(text).strftime("%d/%m/%Y")
    return text.replace(".", ",") if kind == "number" else text


def cells_of(one: TableSchema) -> list[tuple[str, str]]:
    names = [field.name for field in one.fields]
    return [
        (f"{name_excel_column(place)}{line}", as_typed(one, name, row[name]))
        for line, row in enumerate(example_rows(one), start=2)
        for place, name in enumerate(names)
        if row[name]
    ]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The templates of all the schemas, filled in with one LibreOffice."""
    folder = tmp_path_factory.mktemp("calc")
    blank = folder / "blank"
    blank.mkdir()
    plan = []
    for slug in SLUGS:
        one = schema(slug)
        path = blank / f"{slug}.xlsx"
        path.write_bytes(build_template(one, SIRET, NAME, insee="56046"))
        plan.append({"file": str(path), "cells": cells_of(one)})
    one = schema(COMPUTED_SCHEMA)
    column = [field.name for field in one.fields].index(COMPUTED_FIELD)
    letter = name_excel_column(column)
    path = blank / "computed.xlsx"
    path.write_bytes(build_template(one))
    cells = [(f"{letter}{line}", text) for line, text in enumerate(COMPUTED, start=2)]
    plan.append({"file": str(path), "cells": cells})
    path = blank / "listed.xlsx"
    path.write_bytes(build_template(LIST_SCHEMA))
    cells = [(f"A{line}", text) for line, text in enumerate(LISTED, start=2)]
    plan.append({"file": str(path), "cells": cells})
    python = find_python()
    assert python is not None, "LibreOffice's Python module, python3-uno, is missing"
    subprocess.run(
        [python, str(SCRIPT), str(folder)],
        input=json.dumps(plan),
        text=True,
        check=True,
        timeout=300,
    )
    return folder


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("slug", SLUGS)
def test_a_template_filled_in_libreoffice_has_no_finding(filled, slug, form):
    one = schema(slug)
    table = read(filled / f"{slug}.{form}")
    report = check(table, one)
    found = [(group.code, group.column, group.examples) for group in report.groups]
    assert found == []
    assert table.frame.height == len(example_rows(one))
    assert table.source.sheets == (table.source.sheet,)
    known = prefill(one, SIRET, NAME, "56046")
    for place, row in enumerate(example_rows(one)):
        read_row = table.frame.row(place, named=True)
        for field in one.fields:
            meant = row[field.name] or known.get(field.name, "")
            if describe_column(one, field).kind in ("integer", "number") and meant:
                assert float(read_row[field.name]) == float(meant)
            else:
                assert read_row[field.name] == meant


@pytest.mark.parametrize("form", FORMATS)
def test_what_is_typed_in_a_text_column_stays_as_it_was_typed(filled, form):
    table = read(filled / f"computed.{form}")
    assert table.frame[COMPUTED_FIELD].to_list() == list(COMPUTED)


@pytest.mark.parametrize("form", FORMATS)
def test_the_values_of_any_list_are_read_as_they_were_chosen(filled, form):
    table = read(filled / f"listed.{form}")
    assert table.frame["choix"].to_list() == list(LISTED)
