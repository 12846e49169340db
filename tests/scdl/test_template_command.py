"""``odlocale scdl template`` writes the workbook, or the example."""

from __future__ import annotations

import subprocess
import sys

import openpyxl
import pytest
from click.testing import CliRunner

from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.cli import scdl
from ckanext.odlocale.scdl.example import example_csv
from ckanext.odlocale.scdl.reading import read
from ckanext.odlocale.scdl.templating import build_template
from tests.scdl.samples import schema

SIRET = "21560046100010"


def run(*arguments: object):
    return CliRunner().invoke(scdl, ["template", *map(str, arguments)])


def test_a_workbook_is_written_where_it_is_asked_for(tmp_path):
    path = tmp_path / "modele.xlsx"
    spaced = "215 600 461 00010"
    done = run(
        "subventions", "-o", path, "--siret", spaced, "--name", "Commune de Crach"
    )
    assert (done.exit_code, done.stdout) == (0, f"{path}\n")
    written = build_template(schema("subventions"), SIRET, "Commune de Crach")
    assert path.read_bytes() == written


def test_without_a_name_the_file_is_that_of_the_model(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("scdl/prenoms", "--insee", "56046").stdout == "prenoms.xlsx\n"
    book = openpyxl.load_workbook(tmp_path / "prenoms.xlsx")
    assert book.worksheets[0]["B2"].value == "56046"
    assert run("prenoms", "--csv").stdout == "prenoms.csv\n"
    assert (tmp_path / "prenoms.csv").read_bytes() == example_csv(schema("prenoms"))


def test_the_example_goes_to_the_standard_output_and_conforms():
    done = run("budget", "--csv", "-o", "-")
    assert done.exit_code == 0
    assert check(read(done.stdout_bytes), schema("budget")).groups == ()


REFUSALS = {
    "no such schema": ("rien",),
    "a SIRET that is none": ("budget", "--siret", "21560046100011"),
    "a folder that is not there": ("budget", "-o", "/nulle/part.xlsx"),
    "an example of somebody": ("budget", "--csv", "--siret", SIRET, "-o", "-"),
}


@pytest.mark.parametrize("arguments", REFUSALS.values(), ids=REFUSALS.keys())
def test_what_cannot_be_written_exits_two_with_a_reason(arguments):
    done = run(*arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.strip()


def test_other_commands_do_not_import_the_writer():
    code = "import sys, ckanext.odlocale.scdl.cli;sys.exit('xlsxwriter' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_schema_added_at_run_time_has_a_template(tmp_path, monkeypatch):
    monkeypatch.setenv("ODLOCALE_SCHEMAS", str(tmp_path / "added"))
    described = tmp_path / "arbres.json"
    described.write_text(
        '{"name": "arbres", "title": "Arbres", "version": "1.0.0",'
        ' "fields": [{"name": "essence", "constraints": {"required": true,'
        ' "enum": ["chêne", "hêtre, pourpre"]}},'
        ' {"name": "hauteur", "type": "number"}]}'
    )
    added = CliRunner().invoke(
        scdl, ["add", str(described), "--slug", "arbres", "--label", "Arbres"]
    )
    assert added.exit_code == 0, added.output
    path = tmp_path / "arbres.xlsx"
    assert run("arbres", "-o", path).exit_code == 0
    book = openpyxl.load_workbook(path)
    book.worksheets[0].append(["hêtre, pourpre", 12.5])
    book.save(path)
    table = read(path)
    assert table.frame.rows() == [("hêtre, pourpre", "12.5")]
