"""Findings are grouped by cause, counted exactly, and placed."""

from __future__ import annotations

import json

import pytest

from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.owners import Owner
from ckanext.odlocale.scdl.reading import read
from ckanext.odlocale.scdl.report import Report, identify_group
from tests.scdl.samples import (
    BUDGET,
    DELIBERATIONS,
    OTHER_SIRET,
    PRENOMS,
    SIREN,
    SIRET,
    SUBVENTIONS,
    codes,
    group_of,
    make_schema,
    make_table,
    schema,
)

PRENOMS_HEADER = (
    "COMMUNE_NOM,COLL_INSEE,ENFANT_SEXE,ENFANT_PRENOM,NOMBRE_OCCURRENCES,ANNEE"
)
ROW = "Kerlouan,56999,F,Louise,4,2024"


def check_prenoms(header: str, *rows: str) -> Report:
    return check(make_table(header, *rows), schema("prenoms"))


def test_one_capital_on_every_row_is_one_group():
    report = check(read(BUDGET), schema("budget"))
    group = group_of(report, "enum.case")
    assert (group.count, group.column, group.excel_column) == (40, "BGT_NATDEC", "A")
    assert group.rows == tuple(range(2, 42))
    assert group.values == (("Budget primitif", 40),)
    assert group.correction is not None
    assert group.correction.after == "budget primitif"
    assert group.id == identify_group("enum.case", "BGT_NATDEC", "Budget primitif")


def test_columns_empty_on_the_same_rows_are_one_group():
    group = group_of(check(read(BUDGET), schema("budget")), "required.empty")
    assert group.rows == (5, 13, 21, 29, 37)
    assert group.params["columns"] == [
        "BGT_CONTNAT",
        "BGT_CONTNAT_LABEL",
        "BGT_SECTION",
    ]
    assert group.severity == "know"


@pytest.mark.parametrize("path", [DELIBERATIONS, PRENOMS], ids=lambda path: path.stem)
def test_a_conforming_file_has_no_finding(path):
    report = check(read(path), schema(path.stem.split("-")[0]))
    assert report.valid
    assert report.groups == ()


def test_the_order_is_that_of_an_agent():
    report = check(read(SUBVENTIONS), schema("subventions"))
    severities = [group.severity for group in report.groups]
    assert severities == sorted(
        severities, key=["blocks", "confirm", "correction", "know"].index
    )


HEADERS = {
    "a required column is missing": (
        PRENOMS_HEADER.replace("COLL_INSEE", "REMARQUE"),
        {"column.missing": "blocks", "column.extra": "know"},
        False,
    ),
    "an optional column is missing": (
        PRENOMS_HEADER.replace("COMMUNE_NOM", "REMARQUE"),
        {"column.extra": "know"},
        True,
    ),
    "a header in another case": (
        PRENOMS_HEADER.replace("ANNEE", "Année"),
        {"column.renamed": "correction"},
        False,
    ),
    "spaces around a header": (
        PRENOMS_HEADER.replace("ANNEE", " ANNEE "),
        {"column.renamed": "correction"},
        True,
    ),
}


@pytest.mark.parametrize("case", HEADERS)
def test_headers(case):
    header, expected, valid = HEADERS[case]
    row = ROW if "COLL_INSEE" in header else ROW.replace("56999", "x")
    report = check_prenoms(header, row if "optional" not in case else ROW)
    assert {group.code: group.severity for group in report.groups} == expected
    assert report.valid is valid


def test_a_column_twice_is_asked_about_and_the_first_is_read():
    report = check_prenoms(f"{PRENOMS_HEADER},ANNEE", f"{ROW},x")
    group = group_of(report, "column.repeated")
    assert group.severity == "confirm"
    assert group.params["names"] == ["ANNEE", "ANNEE (2)"]
    assert group.params["letters"] == ["F", "G"]
    assert codes(report) == ["column.repeated"]
    assert not report.valid


OWNERS_OF_FIRST_NAMES = {
    "another commune": (Owner("215699901", "56998"), ["insee.foreign"]),
    "the commune itself": (Owner("215699901", "56999"), []),
    "an EPCI, whose communes are known elsewhere": (Owner("200042174"), []),
    "nobody said who publishes": (None, []),
}


@pytest.mark.parametrize("case", OWNERS_OF_FIRST_NAMES)
def test_first_names_of_another_commune_block(case):
    owner, expected = OWNERS_OF_FIRST_NAMES[case]
    table = make_table(PRENOMS_HEADER, ROW)
    report = check(table, schema("prenoms"), owner=owner)
    assert [group.code for group in report.blocking] == expected


def test_the_agent_chooses_between_two_columns():
    table = make_table(f"{PRENOMS_HEADER},ANNEE", f"{ROW.replace('2024', 'x')},2024")
    mapping = {name: name for name in PRENOMS_HEADER.split(",")[:-1]}
    report = check(table, schema("prenoms"), mapping={**mapping, "ANNEE (2)": "ANNEE"})
    assert codes(report) == ["column.extra"]
    assert report.mapping["ANNEE (2)"] == "ANNEE"


FOREIGN = {
    "another collectivité": (OTHER_SIRET, SIREN, ["siret.foreign"]),
    "an annexe of the same": ("21569990100025", SIREN, []),
    "nobody said who publishes": (OTHER_SIRET, None, []),
    "another one, with spaces": (
        "215 688 805 00013",
        SIREN,
        ["siret.foreign", "siret.spaces"],
    ),
    "another one, its last digit wrong": (
        "21568880500014",
        SIREN,
        ["siret.foreign", "siret.luhn"],
    ),
    "another one, as a SIREN": ("215688805", SIREN, ["siret.foreign", "siret.siren"]),
    "the same, its last digit wrong": ("21569990100018", SIREN, ["siret.luhn"]),
    "the same, as a SIREN": (SIREN, SIREN, ["siret.siren"]),
    "a SIREN that is nobody's": ("215688804", SIREN, ["siret.length"]),
    "a SIRET whose SIREN is nobody's": ("21568880400013", SIREN, ["siret.luhn"]),
    "thirteen digits": ("2156888050001", SIREN, ["siret.length"]),
}


@pytest.mark.parametrize("case", FOREIGN)
def test_rows_of_another_collectivity_block(case):
    siret, owner, expected = FOREIGN[case]
    one = make_schema(
        [{"name": "siret", "constraints": {"pattern": r"^\d{14}$"}}, {"name": "nom"}],
        siret_field="siret",
    )
    table = make_table("siret,nom", f"{SIRET},a", f"{siret},b")
    report = check(table, one, owner=Owner(owner) if owner else None)
    assert codes(report) == expected
    if "siret.foreign" in expected:
        assert report.blocking[0].rows == (3,)
        assert report.blocking[0].params["siren"] == "215688805"


VOTES = "VOTE_EFFECTIF,VOTE_REEL,VOTE_POUR,VOTE_CONTRE,VOTE_ABSTENTION"
ACT = (
    "COLL_NOM,COLL_SIRET,DELIB_ID,DELIB_DATE,DELIB_MATIERE_CODE,DELIB_MATIERE_NOM,"
    "DELIB_OBJET"
)
ACT_ROW = f"Kerlouan,{SIRET},1,2024-03-28,7.5,Finances locales/Divers,Objet"

ACROSS = {
    "votes add up": (f"{ACT},{VOTES}", "15,13,12,1,0", []),
    "votes do not add up": (f"{ACT},{VOTES}", "15,13,12,0,0", ["columns.sum"]),
    "more votes than members": (
        f"{ACT},{VOTES}",
        "10,13,12,1,0",
        ["columns.order"],
    ),
    "a vote is missing": (f"{ACT},{VOTES}", "15,13,12,,0", ["columns.incomplete"]),
    "no vote": (f"{ACT},{VOTES}", ",,,,", []),
    "a vote column is missing": (
        f"{ACT},VOTE_EFFECTIF,VOTE_REEL",
        "15,13",
        ["columns.incomplete_absent"],
    ),
    "received after": (f"{ACT},PREF_DATE", "2024-03-28", []),
    "received before": (f"{ACT},PREF_DATE", "2024-03-27", ["columns.order"]),
    "year without a budget": (
        f"{ACT},BUDGET_ANNEE,BUDGET_NOM",
        "2024,",
        ["columns.incomplete"],
    ),
    "years backwards": (
        f"{ACT},BUDGET_ANNEE,BUDGET_NOM",
        "2024/2023,Budget",
        ["interval.wrong"],
    ),
    "years with a dash": (
        f"{ACT},BUDGET_ANNEE,BUDGET_NOM",
        "2023-2024,Budget",
        ["code.spaces"],
    ),
}


@pytest.mark.parametrize("case", ACROSS)
def test_columns_are_compared(case):
    header, cells, expected = ACROSS[case]
    report = check(make_table(header, f"{ACT_ROW},{cells}"), schema("deliberations"))
    assert codes(report) == expected
    assert report.valid is (not expected)


SUBJECTS = {
    "as listed": ("Finances locales/Divers", None),
    "in capitals without accents": ("LIBERTES PUBLIQUES ET POUVOIRS DE POLICE/X", None),
    "as the prefecture spells it": (
        "Libertes publiques et pourvoirs de police/Autres",
        "Libertés publiques et pouvoirs de police/Autres",
    ),
    "spaces around the slash": ("Urbanisme / Autre", "Urbanisme/Autre"),
    "unknown": ("Divers/Autre", ""),
    "no slash": ("Finances locales", ""),
}


@pytest.mark.parametrize("case", SUBJECTS)
def test_subjects_of_acts(case):
    subject, after = SUBJECTS[case]
    row = ACT_ROW.replace("Finances locales/Divers", subject)
    report = check(make_table(ACT, row), schema("deliberations"))
    if after is None:
        assert report.groups == ()
    else:
        assert report.groups[0].examples[0].after == (after or None)


ONE_REQUIRED = {
    "both": (f"{SIRET},W561000000", True),
    "one": (",W561000000", True),
    "none": (",", False),
}


@pytest.mark.parametrize("case", ONE_REQUIRED)
def test_one_of_two_columns_is_required(case):
    cells, fine = ONE_REQUIRED[case]
    one = make_schema(
        [{"name": "a"}, {"name": "b"}, {"name": "c"}],
        [{"name": "one-of-required", "params": {"column1": "a", "column2": "b"}}],
    )
    report = check(make_table("a,b,c", f"{cells},x"), one)
    assert report.valid is fine
    absent = check(make_table("c,d", "1,2"), one)
    assert "columns.one_required_absent" in codes(absent)


def test_repeated_values_of_a_unique_column_are_found():
    one = make_schema([{"name": "id", "constraints": {"unique": True}}, {"name": "b"}])
    report = check(make_table("id,b", "1,x", "2,x", "1,x", ",x", ",x"), one)
    group = group_of(report, "unique.repeated")
    assert (group.count, group.rows) == (2, (2, 4))


def test_many_values_of_one_cause_share_a_group_after_twenty():
    one = make_schema([{"name": "v", "constraints": {"enum": ["aide en nature"]}}])
    rows = [f"{'aide en nature'.replace('a', 'a' * n, 1).upper()}" for n in range(1, 3)]
    rows += [" ".join(("Aide", "en" + " " * n, "nature")) for n in range(1, 40)]
    report = check(make_table("v;w", *(f"{row};x" for row in rows)), one)
    cases = [group for group in report.groups if group.code == "enum.case"]
    assert len(cases) == 21
    assert sum(group.count for group in cases) == 40


def test_counts_are_exact_where_rows_are_cut_short():
    rows = [ROW.replace("2024", "deux mille")] * 5000
    group = group_of(check_prenoms(PRENOMS_HEADER, *rows), "year.wrong")
    assert (group.count, len(group.rows), len(group.examples)) == (5000, 50, 5)
    assert group.values == (("deux mille", 5000),)


def test_a_report_survives_json():
    report = check(read(SUBVENTIONS), schema("subventions"), owner=Owner("215688805"))
    again = Report.from_dict(json.loads(json.dumps(report.to_dict())))
    assert again.to_dict() == report.to_dict()
    assert again.groups == report.groups


@pytest.mark.parametrize("change", [{"format": 99}, {"format": None}])
def test_a_report_of_another_format_is_refused(change):
    report = check(read(PRENOMS), schema("prenoms"))
    with pytest.raises(ValueError, match="format"):
        Report.from_dict({**report.to_dict(), **change})


def test_a_group_that_is_not_there_is_named():
    report = check(read(PRENOMS), schema("prenoms"))
    with pytest.raises(KeyError, match="nothing"):
        report.group("nothing")
