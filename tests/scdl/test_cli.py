"""The command line: data on stdout, talk on stderr, statuses 0, 1, 2."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from ckanext.odlocale.scdl.cli import scdl
from tests.scdl.samples import BUDGET, DELIBERATIONS, PRENOMS, SIREN


def run(*arguments: object, **options: object):
    return CliRunner().invoke(scdl, [str(one) for one in arguments], **options)


@pytest.fixture
def png(tmp_path):
    path = tmp_path / "photo.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)))
    return path


def test_conforming_files_exit_zero():
    assert run("check", PRENOMS, DELIBERATIONS).exit_code == 0


def test_findings_exit_one():
    result = run("check", BUDGET, "--lang", "en")
    assert result.exit_code == 1
    assert "[enum.case] 40 rows, column A" in result.stdout
    assert "40 corrections are ready." in result.stdout


def test_an_unreadable_file_exits_two_whatever_the_others(png):
    result = run("check", PRENOMS, png, BUDGET, "--lang", "en")
    assert result.exit_code == 2
    assert "photo.csv: This file is not a table." in result.stderr
    assert "photo.csv" not in result.stdout
    assert "enum.case" in result.stdout


def test_a_missing_file_exits_two():
    result = run("check", "/nonexistent/budget.csv", "--lang", "en")
    assert result.exit_code == 2
    assert "cannot be opened" in result.stderr


def test_an_unknown_table_exits_two_and_asks_for_its_schema(tmp_path):
    path = tmp_path / "autre.csv"
    path.write_text("a,b\n1,2\n")
    assert run("check", path).exit_code == 2
    assert run("check", path, "--schema", "prenoms").exit_code == 1


def test_an_unknown_schema_exits_two():
    result = run("check", PRENOMS, "--schema", "tarot")
    assert result.exit_code == 2
    assert "prenoms" in result.stderr


def test_json_is_alone_on_stdout(png):
    result = run("check", BUDGET, png, "--format", "json", "--lang", "en")
    report, refused = json.loads(result.stdout)
    assert report["schema"] == "scdl/budget"
    assert report["valid"] is False
    assert report["groups"][0]["message"].startswith("40 rows")
    assert refused == {
        "file": str(png),
        "error": {
            "code": "binary",
            "message": "This file is not a table. "
            "Deposit an Excel, LibreOffice or CSV file.",
        },
    }


def test_standard_input_is_read():
    result = run("check", "-", input=PRENOMS.read_bytes())
    assert result.exit_code == 0


def test_rows_of_another_collectivity_are_found():
    assert run("check", DELIBERATIONS, "--siren", SIREN).exit_code == 0
    result = run("check", DELIBERATIONS, "--siren", "215688805", "--format", "json")
    assert json.loads(result.stdout)[0]["groups"][0]["code"] == "siret.foreign"


def test_a_file_over_the_limit_is_refused():
    assert run("check", BUDGET, "--max-bytes", 100).exit_code == 2


@pytest.mark.parametrize("form", ["text", "json"])
def test_schemas_are_listed_and_shown(form):
    assert "budget" in run("list", "--format", form).stdout
    shown = run("show", "scdl/budget", "--format", form).stdout
    assert "BGT_NATDEC" in shown
    assert "compte administratif" in shown
