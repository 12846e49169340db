"""A table that begins as the last one published."""

from __future__ import annotations

from ckanext.odlocale.publishing.grid_core import MAX_ROWS
from ckanext.odlocale.publishing.preparing import (
    COMES_BACK,
    columns_kept,
    prepare_rows,
    rows_of_file,
)
from ckanext.odlocale.scdl.catalogue import load_catalogue

CATALOGUE = load_catalogue()
GRANTS = CATALOGUE.get("subventions")
PLACES = CATALOGUE.get("equipements")
BUDGET = CATALOGUE.get("budget")


def grant(**changes: str) -> dict[str, str]:
    return {
        "nomAttribuant": "Crach",
        "idAttribuant": "21560046100010",
        "dateConvention": "2025-03-12",
        "referenceDecision": "2025-03-12-07",
        "nomBeneficiaire": "Amicale de Valfleuri",
        "idBeneficiaire": "99900011000018",
        "objet": "Fête du village",
        "montant": "1200.00",
        "nature": "aide en numéraire",
        "conditionsVersement": "unique",
        **changes,
    }


def test_who_is_helped_and_what_for_is_kept_when_and_how_much_is_not() -> None:
    (row,) = prepare_rows(GRANTS, [grant()])
    assert row["nomBeneficiaire"] == "Amicale de Valfleuri"
    assert row["idBeneficiaire"] == "99900011000018"
    for gone in ("montant", "dateConvention", "referenceDecision", "idAttribuant"):
        assert gone not in row


def test_two_payments_to_one_body_make_one_row() -> None:
    rows = [grant(), grant(montant="300.00", dateConvention="2025-09-01")]
    assert len(prepare_rows(GRANTS, rows)) == 1


def test_what_comes_back_is_columns_of_the_models() -> None:
    for slug, columns in COMES_BACK.items():
        assert set(columns_kept(CATALOGUE.get(slug))) == columns


def test_what_does_not_come_back_begins_an_empty_table() -> None:
    for slug in ("deliberations", "prenoms", "menus-collectifs"):
        assert columns_kept(CATALOGUE.get(slug)) == ()
        assert prepare_rows(CATALOGUE.get(slug), [{"DELIB_OBJET": "x"}]) == []


def test_no_amount_and_no_year_of_a_budget_is_kept() -> None:
    kept = columns_kept(BUDGET)
    assert {"BGT_NATURE", "BGT_FONCTION"} <= set(kept)
    assert not [name for name in kept if name.startswith("BGT_MT")]
    assert not {"BGT_ANNEE", "BGT_SIRET", "BGT_NOM"} & set(kept)


def test_places_are_kept_whole() -> None:
    row = {"EQUIP_NOM": "Gymnase", "EQUIP_LAT": "47.6", "EQUIP_CAPACITE_ACCUEIL": "80"}
    kept = {name: text for name, text in row.items() if name in columns_kept(PLACES)}
    assert prepare_rows(PLACES, [row]) == [kept]
    assert {"EQUIP_NOM", "EQUIP_LAT"} <= set(kept)


def test_rows_that_say_nothing_are_left_out() -> None:
    assert prepare_rows(GRANTS, [{"montant": "12"}, {}]) == []


def test_more_rows_than_a_table_holds_begin_an_empty_one() -> None:
    rows = [grant(nomBeneficiaire=f"A{number}") for number in range(MAX_ROWS + 1)]
    assert prepare_rows(GRANTS, rows) == []


def test_a_file_opens_with_what_it_says_of_all_its_rows() -> None:
    columns = {"Siret": "idAttribuant", "Montant": "montant", "Autre": "inconnue"}
    known = {"idAttribuant": "21560046100010", "nomAttribuant": "Crach"}
    rows = [
        {"Siret": "21560046100085", "Montant": "12", "Autre": "x"},
        {"Siret": "21560046100085", "Montant": None, "Autre": "y"},
        {"Siret": "", "Montant": "", "Autre": ""},
    ]
    same, found = rows_of_file(GRANTS, columns, rows, known) or ({}, [])
    assert same == {"idAttribuant": "21560046100085"}
    assert found == [{"montant": "12"}, {}]


def test_each_row_keeps_its_own_where_they_differ() -> None:
    columns = {"Siret": "idAttribuant"}
    rows = [{"Siret": "21560046100085"}, {"Siret": "21560046100010"}]
    known = {"idAttribuant": "21560046100010"}
    same, found = rows_of_file(GRANTS, columns, rows, known) or ({}, [])
    assert same == {"idAttribuant": ""}
    assert [one["idAttribuant"] for one in found] == [
        "21560046100085",
        "21560046100010",
    ]


def test_a_file_of_more_rows_than_a_table_holds_does_not_open() -> None:
    rows = [{"Montant": "1"}] * (MAX_ROWS + 1)
    assert rows_of_file(GRANTS, {"Montant": "montant"}, rows, {}) is None
