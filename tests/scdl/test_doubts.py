"""What is well written and probably not meant: asked about, then done as answered."""

from __future__ import annotations

import datetime

import pytest

from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.correcting import apply
from ckanext.odlocale.scdl.decisions import Decision, apply_decisions
from ckanext.odlocale.scdl.descriptors import parse_schema
from ckanext.odlocale.scdl.messages import render
from ckanext.odlocale.scdl.owners import Owner
from ckanext.odlocale.scdl.reading import read
from ckanext.odlocale.scdl.report import FindingGroup, Report
from ckanext.odlocale.scdl.table import Table
from ckanext.odlocale.scdl.table_schema import TableSchema
from tests.scdl.samples import schema

TODAY = datetime.date(2026, 11, 24)
SIRET = "21569990100017"
OWNER = Owner("215699901", siret=SIRET)


def model(*fields: dict[str, object], **own: object) -> TableSchema:
    """A schema of a few fields, as one brought in at run time."""
    dataset = dict.fromkeys(("title", "description", "frequency"), "")
    return parse_schema(
        {
            "version": "1",
            "fields": list(fields),
            "odlocale": {
                "slug": "essai", "id": "essai/essai", "label": "Essai", "purpose": "",
                "schema_url": "", "dataset": {**dataset, "tags": [], "themes": []},
                **own,
            },
        }
    )  # fmt: skip


def of(name: str, kind: str = "string", **constraints: object) -> dict[str, object]:
    return {"name": name, "type": kind, "constraints": constraints}


def table_of(*lines: str) -> Table:
    return read("".join(f"{line}\n" for line in lines).encode())


def judged(
    lines: tuple[str, ...], one: TableSchema, owner: Owner | None = None
) -> tuple[Table, Report]:
    table = table_of(*lines)
    return table, check(table, one, owner=owner, today=TODAY)


def only(report: Report, code: str) -> FindingGroup:
    (group,) = [one for one in report.groups if one.code == code]
    return group


def codes(report: Report) -> list[str]:
    return [one.code for one in report.groups]


# --- Totals --------------------------------------------------------------------------

AMOUNTS = model(of("numero"), of("jour", "date"), of("objet"), of("montant", "number"))
LINES = ("numero;jour;objet;montant", "1;2024-04-03;Voirie;1200", "2;2024-04-05;Sol;8")


@pytest.mark.parametrize(
    "line",
    [
        ";;TOTAL;1208",
        ";;Total général;1208",
        "Total 2024;;;1208",
        ";;Sous-total voirie;1208",
        "TOTAUX :;;;1208",
    ],
)
def test_a_total_is_asked_about_then_withdrawn(line):
    table, report = judged((*LINES, line), AMOUNTS)
    group = only(report, "row.total")
    assert (group.severity, group.rows, group.count) == ("confirm", (4,), 1)
    assert [one.code for one in group.options] == ["withdraw", "keep"]
    done = apply_decisions(table, AMOUNTS, report, [Decision(group.id, "withdraw")])
    assert done.withdrawn == (4,)
    assert done.table.frame["objet"].to_list() == ["Voirie", "Sol"]
    assert codes(check(done.table, AMOUNTS, today=TODAY)) == []


@pytest.mark.parametrize(
    "line",
    [
        "3;2024-05-01;Total Danse;300",
        "3;2024-05-01;Totalement refait;300",
        ";;Autre;300",
        "3;;Totalité du chemin;",
    ],
)
def test_a_line_of_data_is_no_total(line):
    _, report = judged((*LINES, line), AMOUNTS)
    assert "row.total" not in codes(report)


def test_a_subtotal_between_the_rows_keeps_its_row_number():
    lines = (*LINES, "", ";;Sous-total;1208", "3;2024-05-01;Banc;300", ";;Total;1508")
    _, report = judged(lines, AMOUNTS)
    assert only(report, "row.total").rows == (5, 7)


# --- The same line twice -------------------------------------------------------------


def test_only_the_copies_leave():
    one = model(of("numero", unique=True), of("objet"))
    table, report = judged(("numero;objet", "1;Banc", "2;Abri", "1;Banc", "1;Bac"), one)
    group = only(report, "row.twice")
    assert group.rows == (4,)
    assert only(report, "unique.repeated").rows == (2, 4, 5)
    done = apply_decisions(table, one, report, [Decision(group.id, "withdraw")])
    assert done.table.frame["objet"].to_list() == ["Banc", "Abri", "Bac"]


def test_two_lines_may_be_alike_where_nothing_must_be_unique():
    _, report = judged(("numero;objet", "1;Banc", "1;Banc"), model(of("numero")))
    assert "row.twice" not in codes(report)


# --- Positions -----------------------------------------------------------------------

PLACES = model(of("nom"), of("EQUIP_LAT", "number"), of("EQUIP_LONG", "number"))
HEADER = "nom;EQUIP_LAT;EQUIP_LONG"


def test_latitude_and_longitude_are_exchanged_together():
    lines = (HEADER, "A;-3.1;47.6", "B;47.7;-3.2", "C;-2.9;48.1")
    table, report = judged(lines, PLACES)
    group = only(report, "gps.exchanged")
    assert (group.severity, group.rows) == ("confirm", (2, 4))
    done = apply(table, PLACES, [group.id], report)
    assert done.table.frame["EQUIP_LAT"].to_list() == ["47.6", "47.7", "48.1"]
    assert done.table.frame["EQUIP_LONG"].to_list() == ["-3.1", "-3.2", "-2.9"]
    assert codes(check(done.table, PLACES, today=TODAY)) == []


def test_one_row_alone_may_be_exchanged():
    table, report = judged((HEADER, "A;-3.1;47.6", "C;-2.9;48.1"), PLACES)
    group = only(report, "gps.exchanged")
    answer = Decision(group.id, "apply", rows=(3,))
    done = apply_decisions(table, PLACES, report, [answer])
    assert done.table.frame["EQUIP_LAT"].to_list() == ["-3.1", "48.1"]
    assert done.table.frame["EQUIP_LONG"].to_list() == ["47.6", "-2.9"]


@pytest.mark.parametrize(
    "line",
    [
        "Saint-Denis;-20.88;55.45",
        "Cayenne;4.93;-52.33",
        "Nouméa;-22.27;166.44",
        "Papeete;-17.53;-149.57",
        "Saint-Pierre;46.78;-56.18",
        "Mamoudzou;-12.78;45.23",
        "Gustavia;17.90;-62.85",
        "Sans position;;",
        "À moitié;47.6;",
        "Mal écrite;47,6;-3,1",
    ],
)
def test_france_is_not_only_metropolitan(line):
    _, report = judged((HEADER, line), PLACES)
    assert not [code for code in codes(report) if code.startswith("gps.")]


def test_a_position_abroad_is_told():
    _, report = judged((HEADER, "A;0;0", "B;47.6;3000"), PLACES)
    assert only(report, "gps.abroad").rows == (2, 3)


@pytest.mark.parametrize(
    "slug", ["dae", "equipements", "covoiturage", "stationnement", "pei", "fontaines"]
)
def test_the_coordinates_of_the_national_models_are_found(slug):
    one = schema(slug)
    names = [field.name for field in one.fields]
    lat = next(name for name in names if "lat" in name.lower())
    lon = next(name for name in names if "lon" in name.lower())
    cells = ["-3.1" if name == lat else "47.6" if name == lon else "" for name in names]
    _, report = judged((";".join(names), ";".join(cells)), one)
    assert only(report, "gps.exchanged").rows == (2,)


# --- Years to come -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "value", "after"),
    [
        ("year", "2202", "2022"),
        ("date", "2202-03-04", "2022-03-04"),
        ("year", "2042", "2024"),
    ],
)
def test_a_year_whose_figures_changed_places_is_proposed(kind, value, after):
    one = model(of("numero"), of("quand", kind))
    table, report = judged(("numero;quand", f"1;{value}", "2;2022"), one)
    group = only(report, "year.coming")
    assert group.severity == "confirm"
    done = apply(table, one, [group.id], report)
    assert done.table.frame["quand"][0] == after


@pytest.mark.parametrize(
    ("kind", "value"), [("year", "2027"), ("date", "2036-01-01"), ("date", "1999-1-1")]
)
def test_what_may_well_come_is_not_asked_about(kind, value):
    _, report = judged(("numero;quand", f"1;{value}"), model(of("quand", kind)))
    assert "year.coming" not in codes(report)


def test_a_year_nobody_can_guess_is_told_only():
    _, report = judged(("numero;an", "1;9999"), model(of("numero"), of("an", "year")))
    group = only(report, "year.coming")
    assert (group.severity, group.correction) == ("know", None)
    assert "9999" in render(group).sentence


def test_a_model_about_the_future_is_believed():
    one = model(of("numero"), of("an", "year", minimum=2050))
    _, report = judged(("numero;an", "1;2060"), one)
    assert "year.coming" not in codes(report)


# --- Percentages ---------------------------------------------------------------------

SHARES = model(of("numero"), of("part", "number", minimum=0.01, maximum=1))


def test_one_among_percentages_is_asked_about():
    table, report = judged(("numero;part", "1;50", "2;1", "3;0.5"), SHARES)
    group = only(report, "percent.one")
    assert group.rows == (3,)
    assert "100" in render(group).sentence
    done = apply_decisions(table, SHARES, report, [Decision(group.id, "apply")])
    assert done.table.frame["part"].to_list() == ["50", "0.01", "0.5"]


def test_one_among_shares_is_the_whole():
    _, report = judged(("numero;part", "1;0.5", "2;1"), SHARES)
    assert "percent.one" not in codes(report)


# --- What another column tells -------------------------------------------------------


def test_the_section_of_a_budget_is_that_of_its_account():
    rule = schema("budget").deductions[0]
    one = model(
        of("BGT_NATURE"),
        of("BGT_SECTION"),
        deductions=[
            {
                "field": rule.field,
                "from": rule.source,
                "values": {"investissement": ["2", "001"], "fonctionnement": ["6"]},
            }
        ],
    )
    lines = ("BGT_NATURE;BGT_SECTION", "60611;", "2315;", "001;", "45;", "6;autre")
    table, report = judged(lines, one)
    group = only(report, "value.deduced")
    assert (group.rows, group.params["empty"]) == ((2, 3, 4), 4)
    done = apply(table, one, [group.id], report)
    assert done.table.frame["BGT_SECTION"].to_list() == [
        "fonctionnement", "investissement", "investissement", "", "autre",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("account", "section"),
    [
        ("60611", "fonctionnement"),
        ("7311", "fonctionnement"),
        ("002", "fonctionnement"),
        ("2315", "investissement"),
        ("1641", "investissement"),
        ("021", "investissement"),
    ],
)
def test_the_accounts_of_a_budget_tell_the_section(account, section):
    (rule,) = schema("budget").deductions
    told = [value for start, value in rule.starts.items() if account.startswith(start)]
    assert told == [section]


# --- The collectivité's own SIRET ----------------------------------------------------

OWNED = model(
    of("numero", required=True),
    of("objet", required=True),
    of("siret", required=True, pattern=r"^\d{14}$"),
    siret_field="siret",
)


def test_the_missing_column_of_the_siret_is_filled_with_the_known_one():
    table, report = judged(("numero;objet", "1;Banc", "2;Abri"), OWNED, OWNER)
    group = only(report, "siret.absent")
    assert (group.severity, group.national) == ("blocks", True)
    assert "column.missing" not in codes(report)
    done = apply(table, OWNED, [group.id], report)
    assert done.table.frame["siret"].to_list() == [SIRET, SIRET]
    again = check(done.table, OWNED, mapping=done.mapping, owner=OWNER, today=TODAY)
    assert codes(again) == []


def test_a_missing_column_may_take_one_value_everywhere():
    table, report = judged(("numero;siret", f"1;{SIRET}"), OWNED, OWNER)
    group = only(report, "column.missing")
    assert [one.code for one in group.options] == ["fill"]
    answer = Decision(group.id, "fill", value="Banc")
    done = apply_decisions(table, OWNED, report, [answer])
    assert done.table.frame["objet"].to_list() == ["Banc"]
    assert done.table.headers == ("numero", "siret", "objet")
    again = check(done.table, OWNED, mapping=done.mapping, owner=OWNER, today=TODAY)
    assert codes(again) == []


def test_without_a_known_siret_the_column_is_only_missing():
    _, report = judged(("numero;objet", "1;Banc"), OWNED, Owner("215699901"))
    assert "siret.absent" not in codes(report)
    assert "column.missing" in codes(report)


def test_empty_cells_take_the_siret_of_the_other_rows():
    lines = ("numero;objet;siret", "1;Banc;21569990100025", "2;Abri;")
    table, report = judged(lines, OWNED, OWNER)
    group = only(report, "siret.own")
    done = apply(table, OWNED, [group.id], report)
    assert done.table.frame["siret"].to_list() == ["21569990100025"] * 2


def test_two_establishments_are_not_chosen_between():
    lines = (
        "numero;objet;siret", f"1;Banc;{SIRET}", "2;Abri;21569990100025", "3;Bac;",
    )  # fmt: skip
    _, report = judged(lines, OWNED, OWNER)
    assert "siret.own" not in codes(report)


@pytest.mark.parametrize(
    ("cut", "proposed"),
    [
        ("2,15699901E+13", True),
        ("2,157E+13", True),
        ("2.1569990100017e13", True),
        ("9,15E+13", False),
        ("2,15699901E+12", False),
        ("215699901", True),
        ("215688805", False),
    ],
)
def test_a_number_that_a_spreadsheet_cut_is_mended_where_it_agrees(cut, proposed):
    lines = ("numero;objet;siret", f'1;Banc;"{cut}"')
    table, report = judged(lines, OWNED, OWNER)
    group = next(one for one in report.groups if one.code.startswith("siret."))
    if not proposed:
        assert group.correction is None
        return
    assert group.severity == "confirm"
    done = apply(table, OWNED, [group.id], report)
    assert done.table.frame["siret"].to_list() == [SIRET]


def test_the_siret_of_somebody_else_never_fills_a_column():
    other = Owner("215699901", siret="21569990100018")
    lines = ("numero;objet;siret", "1;Banc;")
    _, report = judged(lines, OWNED, other)
    assert "siret.own" not in codes(report)


def test_rows_of_another_collectivite_may_leave_and_are_never_kept():
    lines = ("numero;objet;siret", "1;Banc;21568880500013", f"2;Abri;{SIRET}")
    table, report = judged(lines, OWNED, OWNER)
    group = only(report, "siret.foreign")
    assert [one.code for one in group.options] == ["replace", "withdraw"]
    done = apply_decisions(table, OWNED, report, [Decision(group.id, "withdraw")])
    again = check(done.table, OWNED, mapping=done.mapping, owner=OWNER, today=TODAY)
    assert codes(again) == []
