"""Reading a deposit again under the agent's decisions."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from ckanext.odlocale.publishing.analysis import Analysis, Choice, analyse
from ckanext.odlocale.publishing.answers import (
    Answers,
    gather_facts,
    read_report,
    tally_of,
)
from ckanext.odlocale.publishing.findings import (
    arrange_findings,
    list_findings,
    write_findings_csv,
)
from ckanext.odlocale.publishing.screens import ask_columns, ask_model
from ckanext.odlocale.publishing.states import state_after_check
from ckanext.odlocale.publishing.steps import Step, first_step
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.owners import Owner
from ckanext.odlocale.territory.identifiers import default_siret

CATALOGUE = load_catalogue()
OWNER = Owner(siren="215600461", insee="56046")
SIRET = f"{OWNER.siren}00010"
OTHER = default_siret("215600073")
HEADERS = (
    "BGT_NATDEC,BGT_ANNEE,BGT_SIRET,BGT_NOM,BGT_CONTNAT,BGT_CONTNAT_LABEL,BGT_NATURE,"
    "BGT_NATURE_LABEL,BGT_FONCTION,BGT_FONCTION_LABEL,BGT_OPERATION,BGT_SECTION,"
    "BGT_OPBUDG,BGT_CODRD,BGT_MTREAL,BGT_MTBUDGPREC,BGT_MTRARPREC,BGT_MTPROPNOUV,"
    "BGT_MTPREV,BGT_CREDOUV,BGT_MTRAR3112,BGT_ARTSPE"
)
ROW = (
    f"Budget primitif,2022,{SIRET},Crach,011,Charges à caractère général,60612,Énergie,"
    ",,,fonctionnement,réel,dépense,,10.00,,10.00,10.00,10.00,,non spécialisé"
)


def file_of(*rows: str, headers: str = HEADERS) -> bytes:
    return "\n".join([headers, *rows, ""]).encode()


def read(content: bytes, **choice: Any) -> Analysis:
    return analyse(content, "b.csv", Choice(**choice), CATALOGUE, OWNER)


def test_a_budget_is_recognised_keyed_and_dated() -> None:
    found = read(file_of(ROW, ROW))
    assert found.schema is not None
    assert found.schema.slug == "budget"
    assert found.key == "2022-budget-primitif-00010"
    assert found.coverage is not None
    assert [day.isoformat() for day in found.coverage] == ["2022-01-01", "2022-12-31"]


def test_corrections_are_applied_again_from_the_original() -> None:
    content = file_of(ROW, ROW)
    report = read(content).report
    assert report is not None
    batch = tuple(group.id for group in report.safe)
    corrected = read(content, passes=(batch,))
    assert corrected.corrected == 2
    assert corrected.report is not None
    assert not corrected.report.safe
    assert corrected.canonical() == read(content, passes=(batch,)).canonical()
    assert corrected.canonical().decode().splitlines()[1].startswith("budget primitif")


def test_a_correction_that_no_longer_exists_is_passed_over() -> None:
    assert read(file_of(ROW), passes=(("gone-00000000",),)).corrected == 0


def test_a_batch_may_follow_another() -> None:
    content = file_of(ROW.replace("réel", "Réel"))
    report = read(content).report
    assert report is not None
    batches = tuple((group.id,) for group in report.safe)
    assert len(batches) == 2
    assert read(content, passes=batches).corrected == 2


def test_an_unreadable_file_is_said_and_stays_a_draft() -> None:
    found = read(b"").to_dict()
    assert found["problem"]["code"] == "empty"
    facts = gather_facts("draft", None, found, Answers(), CATALOGUE, None)
    assert first_step(facts) is Step.CHECK
    assert state_after_check("empty", None, 0) == "draft"


def test_what_is_stored_is_plain_json() -> None:
    found = read(file_of(ROW)).to_dict()
    assert json.loads(json.dumps(found)) == found


def test_the_page_a_file_came_from_settles_a_doubt_only() -> None:
    vague = file_of("x,y", headers="BGT_NATDEC,BGT_ANNEE")
    assert read(vague).schema is None
    asked = analyse(vague, "b.csv", Choice(), CATALOGUE, OWNER, expected="budget")
    assert asked.schema is not None
    sure = analyse(file_of(ROW), "b.csv", Choice(), CATALOGUE, OWNER, "subventions")
    assert sure.schema is not None
    assert sure.schema.slug == "budget"


def test_a_missing_column_is_asked_then_found() -> None:
    content = file_of(ROW, headers=HEADERS.replace("BGT_ANNEE", "Quand"))
    found = read(content)
    assert found.schema is not None
    facts = gather_facts("draft", "budget", found.to_dict(), Answers(), CATALOGUE, None)
    assert facts.missing == ("BGT_ANNEE",)
    assert first_step(facts) is Step.COLUMNS
    answers = Answers().place_columns({"Quand": "BGT_ANNEE"})
    again = analyse(content, "b.csv", answers.choice(()), CATALOGUE, OWNER)
    assert again.report is not None
    assert again.report.mapping["Quand"] == "BGT_ANNEE"
    assert not again.report.blocking
    asked = ask_columns(found.schema, again.report, answers)
    assert [one.name for one in asked["missing"]] == ["BGT_ANNEE"]


def test_rows_that_lack_a_required_value_are_counted() -> None:
    lacking = ROW.replace("fonctionnement", "")
    assert read(file_of(ROW, lacking)).to_dict()["incomplete"] == 1


def test_the_preview_shows_ten_rows_as_published() -> None:
    shown = read(file_of(*[ROW] * 15)).to_dict()["preview"]
    assert len(shown["rows"]) == 10
    assert shown["fields"][0] == "BGT_NATDEC"


def test_another_collectivites_file_blocks() -> None:
    found = read(file_of(ROW.replace(SIRET, OTHER)))
    tally = tally_of(found.report)
    assert tally.blocking


def test_the_model_question_lists_every_model_once() -> None:
    asked = ask_model(read(b"a,b\n1,2\n").to_dict(), CATALOGUE)
    listed = [one[0].slug for one in asked["candidates"]]
    listed += [one.slug for one in asked["others"]]
    assert sorted(listed) == sorted(schema.slug for schema in CATALOGUE)


def test_choosing_another_model_forgets_what_depended_on_the_former() -> None:
    answers = Answers(chosen="budget", replaces="x", key_suffix="-2")
    other = answers.choose_model("prenoms")
    assert (other.replaces, other.key_suffix) == (None, "")
    assert answers.choose_model("budget") is answers


def test_answers_survive_their_storage() -> None:
    answers = Answers(chosen="budget", mapping={"a": "b"})
    assert Answers.from_dict(json.loads(json.dumps(answers.to_dict()))) == answers
    assert Answers.from_dict(None) == Answers()


def test_findings_are_arranged_with_what_blocks_first() -> None:
    content = file_of(ROW, ROW.replace(SIRET, OTHER))
    report = read_report(read(content).to_dict())
    assert report is not None
    severities = [section.severity for section in arrange_findings(report)]
    assert severities[0] == "blocks"
    assert "correction" in severities
    assert len(list_findings(report)) == len(report.groups)


HOSTILE = ("=1+1", "+33", "-2", "@x")


@pytest.mark.parametrize("value", HOSTILE)
def test_the_downloaded_list_runs_no_formula(value: str) -> None:
    content = file_of(ROW.replace("réel", value))
    report = read(content).report
    assert report is not None
    written = io.BytesIO()
    write_findings_csv(report, written)
    text = written.getvalue().decode("utf-8-sig")
    for row in csv.reader(io.StringIO(text), delimiter=";"):
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row), row


#: Addresses of a commune, as its national home gives them.
ADDRESSES = (
    b"cle_interop;commune_insee;commune_nom;voie_nom;numero;long;lat;x;y;position;"
    b"source;date_der_maj\n"
    b"56046_0040_00012;56046;Crach;Rue de la Gare;12;-3.0;47.6;1;2;segment;Crach;"
    b"2024-01-01\n"
)


@pytest.mark.parametrize("expected", [None, "equipements"])
def test_addresses_are_named_and_taken_for_nothing_else(expected: str | None) -> None:
    found = analyse(ADDRESSES, "bal.csv", Choice(), CATALOGUE, OWNER, expected)
    assert found.national == "bal"
    assert found.schema is None
    asked = ask_model(json.loads(json.dumps(found.to_dict())), CATALOGUE)
    assert asked["elsewhere"].home.name == "Base adresse nationale"
    # Whoever says that it is something else is believed.
    chosen = analyse(ADDRESSES, "bal.csv", Choice("equipements"), CATALOGUE, OWNER)
    assert chosen.schema is not None
    assert chosen.schema.slug == "equipements"


def test_a_budget_has_no_national_home() -> None:
    assert read(file_of(ROW)).national is None
