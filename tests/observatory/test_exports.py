"""What leaves the portal: tables under their own schema, and one page of PDF."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import polars as pl
import pytest

from ckanext.odlocale.observatory.exports import (
    NATIONAL_COLUMNS,
    Name,
    long_table,
    national_table,
    table_schema,
)
from ckanext.odlocale.observatory.history import as_of, build_rows
from ckanext.odlocale.observatory.peers import stand
from ckanext.odlocale.observatory.report_pdf import Part, ReportText, print_report
from ckanext.odlocale.observatory.standing import Models
from ckanext.odlocale.scdl.adding import complete, read_descriptor
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.descriptors import parse_schema
from ckanext.odlocale.scdl.reading import read
from tests.observatory.test_indicators import TODAY, hand_counted

D = datetime.date
SITE = "https://portail.example"


def tables(models: Models) -> dict[Name, pl.DataFrame]:
    facts = hand_counted()
    rows = build_rows(facts, D(2018, 12, 31), TODAY, models)
    rows = rows.with_columns(version=pl.lit(1, pl.Int64))
    places = facts.collectivities.select(
        "siren",
        "insee",
        "name",
        latitude=pl.lit(47.6),
        longitude=pl.lit(-3.0),
        page=pl.lit(f"{SITE}/organization/x"),
        datagouv_id=pl.lit(None, pl.String),
        datagouv_url=pl.lit(None, pl.String),
        themes=pl.lit(None, pl.String),
    )
    return {
        "national": national_table(as_of(rows, TODAY), places),
        "historique": long_table(rows, places),
    }


@pytest.mark.parametrize("name", ["national", "historique"])
def test_each_export_conforms_to_its_own_table_schema(
    name: Name, models: Models, tmp_path: Path
) -> None:
    descriptor = table_schema(name, SITE, str)
    read_descriptor(json.dumps(descriptor).encode())
    schema = parse_schema(complete(descriptor, load_catalogue()))
    table = tables(models)[name]
    assert table.columns == [one["name"] for one in descriptor["fields"]]
    path = tmp_path / "table.csv"
    table.write_csv(path)
    report = check(read(path), schema)
    assert report.valid, [group.code for group in report.groups]
    assert not [g.code for g in report.groups if g.code.startswith("column")]
    broken = table.with_columns(pl.lit("?").alias("type"))
    broken.write_csv(path)
    assert not check(read(path), schema).valid


def test_the_national_table_names_who_publishes_and_where(models: Models) -> None:
    table = tables(models)["national"]
    assert tuple(table.columns) == NATIONAL_COLUMNS
    told = table.select("siren", "nb-ptf", "nb-datagouv", "ptf", "merge").rows()
    assert told == [
        ("210000001", 2, 0, "oui", "left_only"),
        ("210000003", 0, 1, "non", "right_only"),
        ("210000005", 0, 0, "non", "right_only"),
    ]


def test_the_long_table_says_each_value_once_from_a_day_until_it_changes(
    models: Models,
) -> None:
    table = tables(models)["historique"]
    mine = table.filter(
        pl.col("siren") == "210000002", pl.col("indicateur") == "ouverte"
    )
    assert mine.select("valeur", "debut", "fin").rows() == [
        (0.0, D(2018, 12, 31), D(2025, 1, 1)),
        (1.0, D(2025, 1, 1), D(2026, 1, 1)),
        (0.0, D(2026, 1, 1), None),
    ]
    key = ["siren", "indicateur", "debut"]
    assert not table.select(key).is_duplicated().any()


def test_nobody_is_told_to_be_last() -> None:
    row = {"schemas": "", "missing": "budget"}
    peers = [
        {"schemas": "deliberations,prenoms", "missing": ""},
        {"schemas": "deliberations,budget", "missing": ""},
        {"schemas": "deliberations", "missing": ""},
    ]
    found = stand(row, peers)
    assert found.place == "begin"
    # What the law asks comes first, then what most of them publish.
    told = [(one.schema, one.count, one.asked) for one in found.suggestions]
    assert told == [
        ("budget", 1, True),
        ("deliberations", 3, False),
        ("prenoms", 1, False),
    ]
    assert stand({"schemas": "a,b", "missing": ""}, peers).place == "ahead"
    assert stand(row, []).place == "first"


def test_a_report_is_one_page_and_prints_names_as_they_are() -> None:
    hostile = 'L’Œuvre #include "x" $e = mc^2$ <b> [*gras*] \\ ` \''
    rows = [(f"{hostile} {n}", "à jour") for n in range(200)]
    report = ReportText(
        title=hostile,
        kicker="Morbihan",
        lead="3 communes de votre taille publient déjà.",
        footer="Chiffres du 30 novembre 2026",
        author="Morbihan",
        lang="fr",
        figures=(("3", "jeux"), ("2", "modèles"), ("1", "attendu")),
        parts=(Part("Vos données", "", ("Donnée", "État"), rows),),
    )
    written = print_report(report)
    assert written.startswith(b"%PDF-")
    assert written.count(b"/Type /Page\n") + written.count(b"/Type /Page ") <= 1
