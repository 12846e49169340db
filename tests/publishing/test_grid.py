"""What a grid keeps, merges, checks and reads from a spreadsheet."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import pytest

from ckanext.odlocale.publishing.grid_core import (
    MAX_CHANGES,
    MAX_ROWS,
    MAX_TEXT,
    Change,
    Conflict,
    Row,
    Stamp,
    Unkeepable,
    keep_conflicts,
    keep_key,
    keep_text,
    merge,
    read_cells,
    read_changes,
    sentence_of,
)
from ckanext.odlocale.publishing.grid_paste import read_paste, split_cells
from ckanext.odlocale.publishing.grid_table import (
    find_in_cells,
    list_columns,
    write_file,
)
from ckanext.odlocale.scdl.catalogue import load_catalogue, parse_schema
from ckanext.odlocale.scdl.prefilled import owner_fields
from ckanext.odlocale.scdl.reading import read

GRANTS = load_catalogue().get("subventions")
BUDGET = load_catalogue().get("budget")
PLACES = load_catalogue().get("equipements")


def mark(version: int, user: str = "me", client: str = "") -> Stamp:
    return Stamp(version, user, "2026-11-24T14:28:00+00:00", client)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "text"),
        (12, "text"),
        (["a"], "text"),
        ({"a": 1}, "text"),
        ("a\0b", "sign"),
        ("\ud800", "sign"),
        ("x" * (MAX_TEXT + 1), "long"),
    ],
    ids=repr,
)
def test_a_cell_that_cannot_be_kept_is_refused(value: Any, code: str) -> None:
    with pytest.raises(Unkeepable) as refused:
        keep_text(value)
    assert refused.value.code == code
    assert "{" not in sentence_of(refused.value, str)


def test_the_longest_cell_is_kept() -> None:
    assert len(keep_text("é" * MAX_TEXT)) == MAX_TEXT


@pytest.mark.parametrize("key", ["", "../x", "É", "a" * 61, "A", "x y", "a\n"])
def test_a_key_is_part_of_an_address(key: str) -> None:
    with pytest.raises(Unkeepable):
        keep_key(key)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("x", "text"),
        ([1], "text"),
        ([{"row": "a", "field": "nope", "value": ""}], "column"),
        ([{"row": "a", "field": "\ud800", "value": ""}], "column"),
        ([{"row": "a", "field": ["x"], "value": ""}], "column"),
        ([{"row": "A'; drop", "field": "montant", "value": ""}], "row_id"),
        ([{"row": None, "field": "montant", "value": ""}], "row_id"),
        ([{"row": "a", "field": "montant"}], "text"),
        ([{"row": "a", "field": "montant", "value": "", "seen": "1"}], "text"),
        ([{"row": "a", "field": "montant", "value": "", "seen": True}], "text"),
        ([{}] * (MAX_CHANGES + 1), "changes"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_one_wrong_change_refuses_them_all(given: Any, code: str) -> None:
    with pytest.raises(Unkeepable) as refused:
        read_changes(given, [one.name for one in GRANTS.fields], 0)
    assert refused.value.code == code
    sentence_of(refused.value, str).encode()


def test_empty_cells_are_not_kept() -> None:
    assert read_cells({"montant": " 12 ", "objet": "  "}, ["montant", "objet"]) == {
        "montant": "12"
    }


OTHER = mark(5, "other", "window-2")
CASES = [
    # what is there, since when | what is typed, seen | what becomes of it
    pytest.param("", None, "12", 0, "12", False, id="an empty cell is filled in"),
    pytest.param("1", mark(3), "2", 3, "2", False, id="what was seen is changed"),
    pytest.param("1", OTHER, "1", 2, "1", False, id="both typed the same"),
    pytest.param("1", OTHER, "2", 4, "1", True, id="somebody else typed first"),
    pytest.param("1", OTHER, "", 4, "1", True, id="emptied, filled in by another"),
    pytest.param("", OTHER, "2", 4, "", True, id="filled in, emptied by another"),
    pytest.param(
        "1", mark(5, "me", "window-1"), "2", 4, "2", False, id="one's own window"
    ),
    pytest.param(
        "1", mark(5, "me", "window-3"), "2", 4, "1", True, id="one's other computer"
    ),
    pytest.param("1", mark(5, "x", ""), "2", 4, "1", True, id="windows without a name"),
]


@pytest.mark.parametrize(("there", "since", "typed", "seen", "kept", "conflict"), CASES)
def test_two_hands_in_one_cell(
    there: str, since: Stamp | None, typed: str, seen: int, kept: str, conflict: bool
) -> None:
    row = Row("a", {"montant": there} if there else {})
    if since:
        row = dataclasses.replace(row, stamps={"montant": since})
    change = Change("a", "montant", typed, seen)
    merged = merge({"a": row}, [change], mark(6, "me", "window-1"))
    assert merged.rows.get("a", row).cells.get("montant", "") == kept
    found = [(one.field, one.mine) for one in merged.conflicts]
    assert found == ([("montant", typed)] if conflict else [])


def test_a_cell_in_conflict_holds_no_other_back() -> None:
    rows = {"a": Row("a", {"montant": "1"}, {"montant": OTHER}), "b": Row("b")}
    changes = [
        Change("a", "montant", "2", 1),
        Change("a", "objet", "fête", 1),
        Change("b", "montant", "3", 1),
    ]
    merged = merge(rows, changes, mark(6))
    assert merged.rows["a"].cells == {"montant": "1", "objet": "fête"}
    assert merged.rows["b"].cells == {"montant": "3"}
    assert len(merged.conflicts) == 1


def test_what_is_typed_in_a_row_taken_out_is_kept_aside() -> None:
    row = Row("a", {"montant": "1"}, removed=True)
    merged = merge({"a": row}, [Change("a", "montant", "1", 9)], mark(10))
    assert not merged.rows
    assert merged.conflicts == (Conflict("a", "montant", "1", "me"),)


def test_a_row_that_never_was_is_refused() -> None:
    with pytest.raises(Unkeepable):
        merge({}, [Change("a", "montant", "1", 0)], mark(1))


def test_of_one_cell_and_person_the_latest_conflict_is_kept() -> None:
    first, second = Conflict("a", "x", "1", "me"), Conflict("a", "x", "2", "me")
    another = Conflict("a", "x", "3", "you")
    assert keep_conflicts([first, another], [second]) == (another, second)


@pytest.mark.parametrize("schema", list(load_catalogue()), ids=lambda one: one.slug)
def test_every_model_makes_a_grid(schema: Any) -> None:
    columns = list_columns(schema)
    assert {one.name for one in columns} == {one.name for one in schema.fields}
    required = [one.required for one in columns]
    assert required == sorted(required, reverse=True)
    assert all(one.title for one in columns)
    assert all(one.choices for one in columns if one.kind == "list")
    owner = {one.name for one in owner_fields(schema)}
    first = next(one.name for one in columns if one.name not in owner)
    content = write_file(schema, [{first: "x"}], dict.fromkeys(owner, "y"))
    assert read(content, "saisie.csv").frame[first].to_list() == ["x"]


def test_a_model_added_while_the_portal_runs_makes_a_grid_too() -> None:
    fields = [
        {"name": "longueur", "type": "number"},
        {"name": "essence", "constraints": {"enum": ["charme", "houx"]}},
    ]
    fields[1]["constraints"]["required"] = True  # type: ignore[index]
    about = {"title": "", "description": "", "frequency": "", "tags": [], "themes": []}
    own = {"slug": "haies", "id": "haies", "label": "Haies", "purpose": ""}
    schema = parse_schema(
        {
            "version": "1.0.0",
            "fields": fields,
            "odlocale": {**own, "schema_url": "", "dataset": about},
        },
        added=True,
    )
    columns = list_columns(schema)
    assert [(one.name, one.kind) for one in columns] == [
        ("essence", "list"),
        ("longueur", "number"),
    ]
    rows = {"a": {"essence": "houx", "longueur": "deux"}}
    found = find_in_cells(schema, rows, {}, {"a": 3})
    assert [(one.field, one.code) for one in found] == [("longueur", "number.wrong")]
    assert "Ligne 3" in found[0].sentence


def test_each_cell_at_fault_is_told_by_its_row() -> None:
    rows = {
        "a": {"montant": "abc", "dateConvention": "03/04/2024"},
        "b": {"montant": "12,5 €", "objet": "fête"},
        "c": {},
    }
    numbers = {"a": 1, "b": 2, "c": 3}
    found = find_in_cells(GRANTS, rows, {"nomAttribuant": "Crach"}, numbers)
    told = {(one.row, one.field): one for one in found}
    assert "c" not in {one.row for one in found}
    assert told["a", "montant"].code == "number.wrong"
    assert told["a", "dateConvention"].after == "2024-04-03"
    assert told["b", "montant"].after == "12.5"
    assert told["b", "dateConvention"].code == "required.empty"
    assert "Ligne 2" in told["b", "montant"].sentence
    assert not any(one.field == "nomAttribuant" for one in found)
    assert told["a", "montant"].page == "controles/number-wrong"


def test_rows_by_the_thousand_are_checked_in_seconds() -> None:
    rows = {f"r{number}": {"montant": "abc"} for number in range(MAX_ROWS)}
    numbers = {key: at for at, key in enumerate(rows, 1)}
    begun = time.perf_counter()
    found = find_in_cells(GRANTS, rows, {}, numbers)
    assert sum(one.code == "number.wrong" for one in found) == MAX_ROWS
    assert time.perf_counter() - begun < 10


def test_the_file_holds_what_was_typed_and_no_empty_row() -> None:
    rows = [{"objet": 'dit "oui"\net, non', "montant": "12,5 €"}, {}, {"objet": "b"}]
    content = write_file(GRANTS, rows, {"nomAttribuant": "Crach"})
    table = read(content, "saisie.csv")
    assert table.frame["objet"].to_list() == ['dit "oui"\net, non', "b"]
    assert table.frame["montant"].to_list() == ["12,5 €", ""]
    assert table.frame["nomAttribuant"].to_list() == ["Crach", "Crach"]


def test_a_constant_holds_for_every_row() -> None:
    rows = [{"BGT_ANNEE": "2020", "BGT_NATURE": "60611"}]
    table = read(write_file(BUDGET, rows, {"BGT_ANNEE": "2022"}), "saisie.csv")
    assert table.frame["BGT_ANNEE"].to_list() == ["2022"]


# --- what a spreadsheet copied


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("a\tb\r\nc\td\r\n", [["a", "b"], ["c", "d"]]),
        ("a", [["a"]]),
        ("", []),
        ("\n\n", []),
        ("a\n\nb\n\t\n", [["a"], [""], ["b"]]),
        ('"x ""y"""\tz', [['x "y"', "z"]]),
        ('"a\nb"\tc', [["a\nb", "c"]]),
        ('"seul\tb', [['"seul', "b"]]),
        ('5" de long\tb', [['5" de long', "b"]]),
        ("a\t\t", [["a", "", ""]]),
    ],
    ids=repr,
)
def test_the_clipboard_is_split_as_a_spreadsheet_wrote_it(
    text: str, cells: list[list[str]]
) -> None:
    assert split_cells(text) == cells


def test_headers_are_skipped_and_lead_the_cells() -> None:
    text = "Montant\tDate de la convention\tObservations\n12,50\t03/04/2024\tvu\n"
    pasted = read_paste(text, GRANTS, ["objet"], answers={"2": ""})
    assert pasted.headers
    assert pasted.rows == ({"montant": "12.50", "dateConvention": "2024-04-03"},)
    assert pasted.left_out == ("Observations",)
    assert (pasted.corrected, pasted.dates) == (2, 1)


def test_without_headers_cells_go_to_the_columns_from_the_active_one() -> None:
    pasted = read_paste("fête\t12\t9\n", GRANTS, ["objet", "montant"])
    assert not pasted.headers
    assert pasted.rows == ({"objet": "fête", "montant": "12"},)
    assert pasted.beyond == 1


def test_forty_two_rows_and_twelve_dates() -> None:
    days = ["03/04/2024"] * 12 + ["2024-04-03"] * 30
    pasted = read_paste(
        "\n".join(f"{d}\t12" for d in days), GRANTS, ["dateConvention", "montant"]
    )
    assert len(pasted.rows) == 42
    assert (pasted.corrected, pasted.dates) == (12, 12)


@pytest.mark.parametrize("value", ["2,15E+13", "2.15E+13", "-1E+15"])
def test_a_number_that_lost_its_digits_is_refused(value: str) -> None:
    with pytest.raises(Unkeepable) as refused:
        read_paste(f"fête\t{value}", GRANTS, ["objet", "idBeneficiaire"])
    assert refused.value.code == "cut"


@pytest.mark.parametrize("value", ["1E5", "lot E+2", "2E", "E+13"])
def test_a_code_that_looks_a_little_like_one_is_pasted(value: str) -> None:
    assert read_paste(value, GRANTS, ["objet"]).rows == ({"objet": value},)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "nothing"),
        ("\n\t\n", "nothing"),
        ("montant\tobjet\n", "nothing"),
        ("a\n" * (MAX_ROWS + 1), "rows"),
        ("a\0", "sign"),
        ("x" * (MAX_TEXT + 1), "long"),
    ],
    ids=["empty", "blank", "headers only", "too many", "nul", "too long"],
)
def test_what_cannot_be_pasted_is_refused(text: str, code: str) -> None:
    with pytest.raises(Unkeepable) as refused:
        read_paste(text, GRANTS)
    assert refused.value.code == code


def test_quotation_marks_by_the_thousand_do_not_slow_the_reading() -> None:
    begun = time.perf_counter()
    split_cells('"\t' * 40_000)
    split_cells('"a\n' * MAX_ROWS)
    assert time.perf_counter() - begun < 3
