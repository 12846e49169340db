"""A file says what it is by its columns."""

from __future__ import annotations

import time

import pytest

from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.reading import read
from ckanext.odlocale.scdl.recognising import is_certain, match_headers, recognise
from tests.scdl.samples import (
    ANNEXE,
    BUDGET,
    DELIBERATIONS,
    PRENOMS,
    SUBVENTIONS,
    make_table,
    schema,
)


@pytest.mark.parametrize(
    ("path", "slug"),
    [
        (BUDGET, "budget"),
        (ANNEXE, "budget"),
        (SUBVENTIONS, "subventions"),
        (DELIBERATIONS, "deliberations"),
        (PRENOMS, "prenoms"),
    ],
    ids=lambda value: getattr(value, "stem", value),
)
def test_a_conforming_file_is_recognised_for_certain(path, slug):
    candidates = recognise(read(path), load_catalogue())
    assert candidates[0].schema.slug == slug
    assert is_certain(candidates)


HEADERS = {
    "the name": ("COLL_INSEE", "COLL_INSEE"),
    "another case": ("coll_insee", "COLL_INSEE"),
    "other punctuation": ("Coll Insee", "COLL_INSEE"),
    "spaces around": (" COLL_INSEE ", "COLL_INSEE"),
    "the title": ("Code INSEE", "COLL_INSEE"),
    "a synonym": ("insee", "COLL_INSEE"),
    "an accent": ("Année", "ANNEE"),
    "something else": ("Remarques", None),
}


@pytest.mark.parametrize("case", HEADERS)
def test_a_header_is_matched_by(case):
    header, field = HEADERS[case]
    table = make_table(f"{header},autre", "1,2")
    assert match_headers(table, schema("prenoms")).get(header) == field


def test_the_exact_header_wins_over_one_that_is_alike():
    table = make_table("annee,ANNEE", "1,2")
    assert match_headers(table, schema("prenoms")) == {"ANNEE": "ANNEE"}


def test_a_table_without_a_known_column_is_not_recognised():
    assert recognise(make_table("a,b", "1,2"), load_catalogue()) == ()
    assert not is_certain(())


def test_half_of_the_required_columns_is_not_certain():
    candidates = recognise(
        make_table("COLL_INSEE,ENFANT_SEXE", "1,F"), load_catalogue()
    )
    assert candidates[0].schema.slug == "prenoms"
    assert (candidates[0].required_matched, candidates[0].required_total) == (2, 5)
    assert not is_certain(candidates)


def test_a_rival_within_twenty_points_is_not_certain():
    menus = [field.name for field in schema("menus-collectifs").required]
    plats = [field.name for field in schema("plats-menus-collectifs").required]
    table = make_table(",".join(menus + plats), ",".join("x" * 20))
    candidates = recognise(table, load_catalogue())
    assert [one.share for one in candidates[:2]] == [1, 1]
    assert not is_certain(candidates)


def test_the_widest_table_is_recognised_and_checked_at_once():
    names = [field.name for field in schema("prenoms").fields]
    header = [*names, *(f"Colonne {number}" for number in range(2000 - len(names)))]
    table = make_table(",".join(header), ",".join("x" * 2000))
    started = time.perf_counter()
    candidates = recognise(table, load_catalogue())
    report = check(table, schema("prenoms"))
    assert time.perf_counter() - started < 2
    assert candidates[0].schema.slug == "prenoms"
    assert sum(group.code == "column.extra" for group in report.groups) == 1994


def test_headers_are_looked_up_without_walking_the_columns():
    table = make_table(",".join(f"c{number}" for number in range(500)), "," * 498 + "x")
    asked = []
    columns = table.frame.columns

    class Frame:
        @property
        def columns(self):
            asked.append(1)
            return columns

    object.__setattr__(table, "frame", Frame())
    for name in columns:
        assert table.header_of(name) == name
    assert table.letter_of("c499") == "SF"
    assert len(asked) == 1
