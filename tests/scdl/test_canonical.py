"""The published file, its key and its period."""

from __future__ import annotations

import datetime
import re

import pytest

from ckanext.odlocale.scdl.canonical import (
    canonical_csv,
    canonical_frame,
    publication_key,
    temporal_coverage,
)
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
