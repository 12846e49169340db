"""The command line: data on stdout, talk on stderr, statuses 0, 1, 2."""

from __future__ import annotations

import csv
import io
import json

import pytest
from click.testing import CliRunner

from ckanext.odlocale.scdl.cli import scdl
from ckanext.odlocale.scdl.reading import read
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
    assert any(one["message"].startswith("40 rows") for one in report["groups"])
    assert refused == {
        "file": str(png),
        "error": {
            "code": "binary",
            "message": "This file is not a table. "
            "Deposit an Excel, LibreOffice or CSV file.",
            "page": "controles/unreadable-binary",
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


def test_folders_and_patterns_are_opened(tmp_path):
    for name in ("un.csv", "sous/deux.csv", "notes.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(PRENOMS.read_bytes())
    for argument in (tmp_path, tmp_path / "**" / "*.csv"):
        result = run("check", argument, "--format", "json")
        names = [one["file"].rpartition("/")[2] for one in json.loads(result.stdout)]
        assert (result.exit_code, sorted(names)) == (0, ["deux.csv", "un.csv"])
    assert run("check", tmp_path / "*.xlsx").exit_code == 2


def spoil(tmp_path, value: str):
    path = tmp_path / "p.csv"
    path.write_text(PRENOMS.read_text().replace(",F,", f",{value},", 1))
    return path


def test_csv_has_one_line_a_row_and_no_formula(tmp_path):
    result = run("check", spoil(tmp_path, "=F()"), "--format", "csv", "--lang", "en")
    (line,) = csv.DictReader(io.StringIO(result.stdout))
    assert (line["column"], line["value"]) == ("ENFANT_SEXE", "'=F()")
    assert int(line["row"]) > 1
    assert result.exit_code == 1


def test_html_stands_alone_and_escapes(tmp_path):
    page = run("check", spoil(tmp_path, "<script>"), "--format", "html").stdout
    assert page.startswith("<!doctype html>")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_github_shows_each_cause_at_its_row(png):
    result = run("check", BUDGET, png, "--format", "github", "--lang", "en")
    lines = result.stdout.splitlines()
    assert any(",line=2,title=enum.case::40 rows, column A" in line for line in lines)
    assert lines[-1].startswith("::error file=")
    assert "title=binary" in lines[-1]
    assert result.stderr == ""


def test_addresses_are_sent_to_their_national_home(tmp_path):
    path = tmp_path / "bal.csv"
    path.write_text(
        "cle_interop;commune_insee;commune_nom;voie_nom;numero;long;lat;source\n"
        "56046_0040_00012;56046;Crach;Rue de la Gare;12;-3.0;47.6;Crach\n"
    )
    result = run("check", path, "--lang", "en")
    assert result.exit_code == 2
    assert "https://adresse.data.gouv.fr/commune/" in result.stderr


def test_the_budget_of_another_case_is_fixed(tmp_path):
    output = tmp_path / "fixed.csv"
    result = run("fix", BUDGET, "-o", output, "--lang", "en")
    assert "40 cells corrected." in result.stderr
    assert "enum.case" not in result.stderr
    assert output.read_text().count("budget primitif") == 40
    again = run("fix", output, "-o", tmp_path / "twice.csv", "--lang", "en")
    assert "0 cell" in again.stderr
    assert (tmp_path / "twice.csv").read_bytes() == output.read_bytes()


def test_corrections_to_confirm_are_applied_where_their_code_is_accepted(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text(PRENOMS.read_text().replace("56999", "1999"))
    kept = run("fix", path, "-o", "-", "--lang", "en")
    assert (kept.exit_code, ",1999," in kept.stdout) == (1, True)
    changed = run("fix", path, "-o", "-", "--accept", "code.zero", "--lang", "en")
    assert (changed.exit_code, ",01999," in changed.stdout) == (0, True)


def test_a_file_is_never_written_over_itself(tmp_path):
    path = tmp_path / "p.csv"
    path.write_bytes(PRENOMS.read_bytes())
    assert run("fix", path, "-o", path).exit_code == 2
    assert run("fix", tmp_path / "absent.csv", "-o", "-").exit_code == 2
    assert run("fix", path, "-o", tmp_path / "no" / "where.csv").exit_code == 2


TOTALS = """\
COMMUNE_NOM;COLL_INSEE;ENFANT_SEXE;ENFANT_PRENOM;NOMBRE_OCCURRENCES;ANNEE
Kerlouan;56999;f;Louise;4;2024
Kerlouan;56999;M;Gabriel;5;2202
;;;Total;9;
"""


@pytest.fixture
def totals(tmp_path):
    path = tmp_path / "prénoms.csv"
    path.write_text(TOTALS, "utf-8")
    return path


def test_answers_are_given_by_code_and_what_they_change_is_written(totals, tmp_path):
    changes = tmp_path / "changes.csv"
    result = run(
        "fix", totals, "-o", "-", "--changes", changes, "--accept", "year.coming",
        "--accept", "row.total=withdraw", "--accept", "personal.rare_name=keep",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[1:] == [
        "Kerlouan,56999,F,Louise,4,2024",
        "Kerlouan,56999,M,Gabriel,5,2022",
    ]
    lines = changes.read_text("utf-8").splitlines()
    assert lines[0] == "row,column,before,after"
    assert set(lines[1:]) == {
        "2,ENFANT_SEXE,f,F", "3,ANNEE,2202,2022", "4,,,",
    }  # fmt: skip


@pytest.mark.parametrize(
    "answer", ["row.total=mask", "row.total=replace:x", "year.coming=replace"]
)
def test_an_answer_that_does_not_suit_is_refused_and_nothing_written(
    totals, tmp_path, answer
):
    output = tmp_path / "out.csv"
    result = run("fix", totals, "-o", output, "--accept", answer)
    assert result.exit_code == 2
    assert result.stderr.startswith(str(totals))
    assert not output.exists()


def test_an_answer_nobody_knows_is_told_with_those_known(totals):
    result = run("fix", totals, "-o", "-", "--accept", "row.total=burn")
    assert result.exit_code == 2
    assert "withdraw" in result.stderr


def test_neither_output_may_be_the_file_itself(totals, tmp_path):
    assert run("fix", totals, "-o", "-", "--changes", totals).exit_code == 2
    one = tmp_path / "one.csv"
    assert run("fix", totals, "-o", one, "--changes", one).exit_code == 2
    assert totals.read_text("utf-8") == TOTALS


def test_the_missing_siret_is_filled_from_who_publishes(tmp_path):
    table = read(DELIBERATIONS)
    siret = table.frame["COLL_SIRET"][0]
    path = tmp_path / "deliberations.csv"
    table.frame.drop("COLL_SIRET").write_csv(path)
    args = ("fix", path, "-o", "-", "--siren", siret, "--accept", "siret.absent")
    result = run(*args)
    assert result.stdout.splitlines()[0].endswith("COLL_SIRET")
    assert all(line.endswith(siret) for line in result.stdout.splitlines()[1:])


def test_who_publishes_is_a_siren_or_a_siret():
    result = run("check", DELIBERATIONS, "--siren", "123456789")
    assert result.exit_code == 2
    assert "123456789" in result.stderr


def test_every_row_of_every_finding_is_written(totals, tmp_path):
    path = tmp_path / "findings.csv"
    rows = [
        f"Kerlouan;56999;{'f' if number % 2 else 'x'};=Louise;{number};2024"
        for number in range(3, 300)
    ]
    totals.write_text("\n".join([TOTALS.splitlines()[0], *rows]), "utf-8")
    run("check", totals, "--findings", path, "--lang", "en")
    with path.open(encoding="utf-8", newline="") as stream:
        lines = list(csv.DictReader(stream))
    cases = [line for line in lines if line["code"] == "enum.case"]
    assert [line["row"] for line in cases] == [str(row) for row in range(2, 299, 2)]
    assert cases[-1]["message"] == "Row 298, column C: “f” is written “F”."
    assert {line["value"] for line in cases} == {"f"}
    assert {line["correction"] for line in cases} == {"F"}
    assert {line["file"] for line in lines} == {str(totals)}
    assert not [cell for line in lines for cell in line.values() if cell[:1] == "="]
