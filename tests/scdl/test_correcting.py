"""Corrections change what was announced, and nothing else."""

from __future__ import annotations

import pytest

from ckanext.odlocale.scdl.canonical import canonical_csv
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.corrected import Change
from ckanext.odlocale.scdl.correcting import apply, apply_safe
from ckanext.odlocale.scdl.reading import read
from tests.scdl.samples import (
    ANNEXE,
    BUDGET,
    DELIBERATIONS,
    PRENOMS,
    SUBVENTIONS,
    codes,
    group_of,
    make_table,
    schema,
)

FILES = [BUDGET, ANNEXE, SUBVENTIONS, DELIBERATIONS, PRENOMS]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_was_corrected_checks_clean(path):
    one = schema(path.stem.split("-")[0])
    table = read(path)
    before = check(table, one)
    corrected = apply_safe(table, one, before)
    after = check(corrected.table, one, mapping=corrected.mapping)
    assert after.safe == ()
    kept = {group.id for group in before.groups} - {group.id for group in before.safe}
    assert {group.id for group in after.groups} == kept
    assert sum(corrected.counts.values()) == before.safe_count
    assert len(corrected.changes) == before.safe_count


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_published_file_reads_back_the_same(path):
    one = schema(path.stem.split("-")[0])
    table = read(path)
    corrected = apply_safe(table, one, check(table, one))
    published = canonical_csv(corrected.table, one, corrected.mapping)
    again = read(published)
    assert canonical_csv(again, one) == published
    assert check(again, one).safe == ()


def test_each_change_says_its_row_and_both_values():
    table = read(BUDGET)
    corrected = apply_safe(table, schema("budget"), check(table, schema("budget")))
    first = corrected.changes[0]
    assert first == Change(2, "BGT_NATDEC", "Budget primitif", "budget primitif")
    assert table.frame["BGT_NATDEC"][0] == "Budget primitif"


def test_a_confirmed_correction_is_applied_alone():
    one = schema("subventions")
    table = read(SUBVENTIONS)
    report = check(table, one)
    near = group_of(report, "enum.near")
    corrected = apply(table, one, [near.id], report)
    assert corrected.counts == {near.id: 1}
    assert corrected.table.frame["nature"].to_list() == [
        "Aide en numéraire",
        "aide en numéraire",
        "aide en nature",
    ]


def test_a_header_takes_the_name_of_its_column():
    one = schema("prenoms")
    table = make_table("insee,Sexe,Prénom,Nombre,Année", "56999,f,Louise,4,2024")
    report = check(table, one)
    corrected = apply_safe(table, one, report)
    assert corrected.table.headers == (
        "COLL_INSEE",
        "ENFANT_SEXE",
        "ENFANT_PRENOM",
        "NOMBRE_OCCURRENCES",
        "ANNEE",
    )
    assert check(corrected.table, one, mapping=corrected.mapping).valid
    assert corrected.changes[-1] == Change(1, "ANNEE", "Année", "ANNEE")


def test_repairs_of_reading_are_no_longer_noted():
    one = schema("prenoms")
    table = read(b"Titre\n" + PRENOMS.read_bytes() + b"\n\n")
    report = check(table, one)
    assert codes(report) == ["header.found", "row.blank"]
    corrected = apply_safe(table, one, report)
    assert check(corrected.table, one, mapping=corrected.mapping).valid


def test_applying_twice_changes_nothing_more():
    one = schema("subventions")
    table = read(SUBVENTIONS)
    first = apply_safe(table, one, check(table, one))
    report = check(first.table, one, mapping=first.mapping)
    second = apply_safe(first.table, one, report)
    assert second.changes == ()
    assert second.table.frame.equals(first.table.frame)


def test_a_finding_without_correction_cannot_be_applied():
    table = read(BUDGET)
    report = check(table, schema("budget"))
    empty = group_of(report, "required.empty")
    with pytest.raises(ValueError, match="no correction"):
        apply(table, schema("budget"), [empty.id], report)
    with pytest.raises(KeyError):
        apply(table, schema("budget"), ["unknown"], report)
