"""The published file, its key and its period."""

from __future__ import annotations

import datetime
import re

import pytest

from ckanext.odlocale.scdl.canonical import (
    Emptied,
    canonical_csv,
    canonical_frame,
    list_emptied,
    publication_key,
    temporal_coverage,
)
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.correcting import apply_safe
from ckanext.odlocale.scdl.reading import read
from tests.scdl.samples import (
    ANNEXE,
    BUDGET,
    DELIBERATIONS,
    PRENOMS,
    SUBVENTIONS,
    make_table,
    schema,
)

KEYS = {
    "budget": (BUDGET, "2024-budget-primitif-00017"),
    "annexe budget": (ANNEXE, "2023-compte-administratif-00025"),
    "grants before correction": (SUBVENTIONS, "2024"),
    "acts": (DELIBERATIONS, "2024"),
    "first names": (PRENOMS, "2024"),
}


def key_of(table, one):
    return publication_key(canonical_frame(table, one), one)


@pytest.mark.parametrize("case", KEYS)
def test_the_key_comes_from_the_data(case):
    path, key = KEYS[case]
    assert key_of(read(path), schema(path.stem.split("-")[0])) == key


PARTIAL = {
    "two years": ("prenoms", "ANNEE,x", ["2021,a", "2023,b", "hier,c"], "2021-2023"),
    "no year": ("prenoms", "ANNEE,x", ["hier,b"], "complet"),
    "no column": ("prenoms", "ENFANT_SEXE,x", ["F,b"], "complet"),
    "a month": ("menus-collectifs", "menuDate,x", ["2024-03-04,b"], "2024-03"),
    "a month and time": (
        "plats-menus-collectifs",
        "platPublicationDate,x",
        ["2024-03-20T09:00:00Z,b"],
        "2024-03",
    ),
    "no period in the schema": ("equipements", "EQUIP_NOM,x", ["Mairie,b"], "complet"),
    "a wrong SIRET": (
        "budget",
        "BGT_ANNEE,BGT_SIRET",
        ["2024,../../etc"],
        "2024",
    ),
    "hostile text": (
        "budget",
        "BGT_ANNEE,BGT_NATDEC",
        ["2024,../<script>"],
        "2024-script",
    ),
}


@pytest.mark.parametrize("case", PARTIAL)
def test_a_key_is_safe_in_an_address(case):
    slug, header, rows, expected = PARTIAL[case]
    key = key_of(make_table(header, *rows), schema(slug))
    assert key == expected
    assert re.fullmatch(r"[a-z0-9-]+", key)


COVERAGE = {
    "a year": ("prenoms", "ANNEE,x", ["2024,a"], ("2024-01-01", "2024-12-31")),
    "years": ("prenoms", "ANNEE,x", ["2021,a", "2023,a"], ("2021-01-01", "2023-12-31")),
    "dates": (
        "subventions",
        "dateConvention,x",
        ["2024-03-28,a"],
        ("2024-01-01", "2024-12-31"),
    ),
    "a month": (
        "menus-collectifs",
        "menuDate,x",
        ["2024-02-05,a"],
        ("2024-02-01", "2024-02-29"),
    ),
    "nothing": ("prenoms", "ANNEE,x", ["hier,a"], None),
    "no period": ("equipements", "EQUIP_NOM,x", ["Mairie,a"], None),
}


@pytest.mark.parametrize("case", COVERAGE)
def test_the_period_is_in_full_dates(case):
    slug, header, rows, expected = COVERAGE[case]
    found = temporal_coverage(
        canonical_frame(make_table(header, *rows), schema(slug)), schema(slug)
    )
    wanted = expected and tuple(datetime.date.fromisoformat(day) for day in expected)
    assert found == wanted


def test_the_published_file_has_the_columns_of_the_schema_in_its_order():
    table = make_table(
        "Remarque;ANNEE;COLL_INSEE;ENFANT_PRENOM",
        "à revoir; 2024 ;56999;Anne, Marie",
        ";hier;2A004; ",
    )
    assert canonical_csv(table, schema("prenoms")).decode() == (
        'COLL_INSEE,ENFANT_PRENOM,ANNEE\n56999,"Anne, Marie",\n2A004,,\n'
    )


def test_values_surely_false_are_published_empty_and_text_is_kept():
    table = make_table(
        "BGT_NATDEC;BGT_MTREAL;BGT_MTPREV", "Budget primitif;néant;12.50"
    )
    assert canonical_csv(table, schema("budget")).decode() == (
        "BGT_NATDEC,BGT_MTREAL,BGT_MTPREV\nBudget primitif,,12.50\n"
    )


CUT = {
    "a SIRET": ("subventions", "idBeneficiaire", "2,15E+13"),
    "a SIRET to a pattern": ("subventions", "idAttribuant", " 2.15699901e+13 "),
    "a number of the RNA": ("subventions", "rnaBeneficiaire", "5,61E+8"),
    "a SIREN": ("hautes-remunerations", "siren", "2E+08"),
    "an INSEE code": ("prenoms", "COLL_INSEE", "5,6E+04"),
    "a code of several kinds": ("mediation-numerique", "pivot", "2,15E+13"),
}


@pytest.mark.parametrize("case", CUT)
def test_an_identifier_that_a_spreadsheet_cut_is_published_empty(case):
    slug, name, cell = CUT[case]
    one = schema(slug)
    table = make_table(f"{name};x", f"{cell};a", ";b", "aide numeraire;c")
    frame = canonical_frame(table, one)
    # What is only doubtful stays: somebody may still read it.
    assert frame[name].to_list() == [None, None, "aide numeraire"]
    assert list_emptied(table, one) == (Emptied(name, name, 1),)


@pytest.mark.parametrize(
    ("slug", "name", "cell"),
    [
        ("subventions", "objet", "2,15E+13"),
        ("subventions", "referenceDecision", "2024E12"),
        ("subventions", "nature", "aide numeraire"),
        ("subventions", "idBeneficiaire", "21569990100018"),
        ("mediation-numerique", "pivot", "215699901E13"),
        ("prenoms", "COLL_INSEE", "2A004"),
    ],
)
def test_what_may_be_meant_is_published(slug, name, cell):
    one = schema(slug)
    table = make_table(f"{name};x", f"{cell};a")
    assert canonical_frame(table, one)[name].to_list() == [cell]
    assert list_emptied(table, one) == ()


def test_cells_published_empty_are_counted_under_the_header_that_was_sent():
    table = make_table(
        "SIRET bénéficiaire;Date;Montant;Autre",
        "2,15E+13;hier;néant;x",
        "2,15E+13;;12;",
        ";2024-04-03; ;x",
    )
    one = schema("subventions")
    emptied = (
        Emptied("dateConvention", "Date", 1),
        Emptied("idBeneficiaire", "SIRET bénéficiaire", 2),
        Emptied("montant", "Montant", 1),
    )
    assert list_emptied(table, one) == emptied
    done = apply_safe(table, one, check(table, one))
    assert list_emptied(done.table, one, done.mapping) == emptied
    assert list_emptied(make_table("x;y", "1;2"), one) == ()


def test_a_word_that_means_nothing_known_is_not_counted():
    one = next(each for each in load_catalogue().every if each.missing_values)
    field = next(each for each in one.fields if each.type == "number")
    table = make_table(f"{field.name};x", f"{one.missing_values[0]};a")
    assert list_emptied(table, one) == ()
