"""The file of a town hall's grants as a secretary sends it, from reading to publishing.

Titles on the lines above, headers of her own, a total, a SIRET that Excel cut, a year
mistyped, two private persons.
"""

from __future__ import annotations

import datetime

import pytest

from ckanext.odlocale.scdl.canonical import (
    canonical_csv,
    canonical_frame,
    list_emptied,
    publication_key,
    temporal_coverage,
)
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.correcting import apply_safe
from ckanext.odlocale.scdl.decisions import Decision, apply_decisions
from ckanext.odlocale.scdl.messages import render
from ckanext.odlocale.scdl.owners import Owner
from ckanext.odlocale.scdl.reading import read
from ckanext.odlocale.scdl.report import Report
from ckanext.odlocale.scdl.table import Table
from tests.scdl.samples import SIREN, SIRET, codes, group_of, schema, xlsx

TODAY = datetime.date(2026, 11, 30)
GRANTS = schema("subventions")
OWNER = Owner(SIREN, siret=SIRET)
AID = "aide en numéraire"
HEADERS = ("Association", "SIRET", "Date convention", "Objet", "Montant", "Nature")
ROWS: list[tuple[object, ...]] = [
    ("Commune de Crach",),
    ("Subventions versées",),
    ("Année 2024",),
    HEADERS,
    ("Association des Ajoncs", SIRET, "14/03/2024", "Travaux", "1 200,00 €", AID),
    ("Camille Modèle", "", "14/05/2202",
     "Aide au permis de conduire de Camille Modèle", "300", AID),
    ("Club des aînés", "2,15E+13", "02/04/2024", "Repas", "450", "aide numeraire"),
    ("Dominique Exemple", "", "03/04/2024", "Aide au permis", "250", AID),
    ("TOTAL", "", "", "", "2200", ""),
]  # fmt: skip
FILLED = {
    "nomAttribuant": "Commune de Crach",
    "conditionsVersement": "unique",
    "datesPeriodeVersement": "2024-12-31",
    "notificationUE": "non",
    "pourcentageSubvention": "1",
}


def judge(table: Table, mapping: object = None) -> Report:
    return check(table, GRANTS, owner=OWNER, today=TODAY, mapping=mapping)


def fill(report: Report) -> list[Decision]:
    """What the portal fills in, on the agent's word."""
    decisions = [
        Decision(one.id, "fill", value=FILLED[one.column])
        for one in report.groups
        if one.code == "column.missing"
    ]
    return [*decisions, Decision(group_of(report, "siret.absent").id, "apply")]


@pytest.fixture
def sent() -> Table:
    return read(xlsx(ROWS))


@pytest.fixture
def filled(sent) -> tuple[Table, Report]:
    """Safe corrections accepted, then the missing columns filled in."""
    done = apply_safe(sent, GRANTS, judge(sent))
    report = judge(done.table, done.mapping)
    done = apply_decisions(done.table, GRANTS, report, fill(report))
    return done.table, judge(done.table, done.mapping)


ASKED = {
    "personal.beneficiary": (6, 8),
    "personal.aid": (6,),
    "row.total": (9,),
    "enum.near": (7,),
    "year.coming": (6,),
    "siret.scientific": (7,),
}


def test_all_is_asked_at_the_first_screen(sent):
    report = judge(sent)
    assert group_of(report, "header.found").params["row"] == 4
    assert {code: group_of(report, code).rows for code in ASKED} == ASKED
    assert group_of(report, "date.french").rows == (5, 7, 8)


def test_all_is_still_asked_once_columns_are_filled_in(filled):
    _, report = filled
    assert {code: group_of(report, code).rows for code in ASKED} == ASKED
    assert not report.blocking
    assert not report.safe


def test_sentences_say_the_headers_that_were_sent(filled):
    table, report = filled
    assert "dateConvention" in table.names
    said = " ".join(
        part
        for one in report.groups
        for part in (render(one).sentence, render(one).remedy)
    )
    assert "Ligne 6, Date convention" in said.replace("\u00a0", " ")
    assert "Ligne 7, SIRET" in said.replace("\u00a0", " ")
    assert "incomplète" in said
    for field in GRANTS.fields:
        if field.name not in ("objet", "montant", "nature"):  # words, too
            assert field.name not in said, field.name
    places = {one.column: one.header for one in report.groups if one.column}
    assert places["dateConvention"] == "Date convention"
    assert places["nature"] == "Nature"


def test_a_column_filled_in_is_called_by_its_title(sent):
    report = judge(sent)
    answers = [
        Decision(group_of(report, "siret.absent").id, "fill", value="à retrouver")
    ]
    done = apply_decisions(sent, GRANTS, report, answers)
    group = group_of(judge(done.table, done.mapping), "siret.letters")
    assert (group.column, group.header) == (
        "idAttribuant",
        "SIRET de la collectivité",
    )


def test_nothing_surely_false_is_published_and_nobody_is_named(filled):
    table, report = filled
    left = list_emptied(table, GRANTS, report.mapping)
    assert [(one.title, one.count) for one in left] == [
        ("Date convention", 1),
        ("SIRET", 1),
    ]
    rows = canonical_frame(table, GRANTS, report.mapping)
    assert publication_key(rows, GRANTS, TODAY) == "2024"
    day = datetime.date
    assert temporal_coverage(rows, GRANTS, TODAY) == (
        day(2024, 1, 1),
        day(2024, 12, 31),
    )
    answers = [
        Decision(group_of(report, "personal.beneficiary").id, "mask"),
        Decision(group_of(report, "personal.aid").id, "mask"),
        Decision(group_of(report, "row.total").id, "withdraw"),
        Decision(group_of(report, "year.coming").id, "apply"),
        Decision(group_of(report, "enum.near").id, "apply"),
    ]
    done = apply_decisions(table, GRANTS, report, answers)
    after = judge(done.table, done.mapping)
    assert set(codes(after)) == {"siret.scientific", "columns.one_required"}
    published = canonical_csv(done.table, GRANTS, done.mapping).decode()
    for gone in ("Camille", "Modèle", "Dominique", "C. M.", "E+13", "TOTAL", "2202"):
        assert gone not in published
    assert "Aide au permis de conduire de [nom retiré]" in published
    assert "2022-05-14" in published
    rows = canonical_frame(done.table, GRANTS, done.mapping)
    assert publication_key(rows, GRANTS, TODAY) == "2022-2024"
