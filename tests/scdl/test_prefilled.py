"""What a template holds that is not the agent's is not read as hers."""

from __future__ import annotations

import io

import openpyxl
import pytest

from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.example import example_rows
from ckanext.odlocale.scdl.prefilled import EXAMPLE_SHEET, GUIDE_SHEET, owner_fields
from ckanext.odlocale.scdl.reading import read
from ckanext.odlocale.scdl.templating import build_template
from ckanext.odlocale.scdl.unreadable import Unreadable
from tests.scdl.samples import codes, group_of, make_table, schema, xlsx

SIRET, NAME = "21560046100010", "Commune de Crach"
PRENOMS = "COMMUNE_NOM;COLL_INSEE;ENFANT_SEXE;ENFANT_PRENOM;NOMBRE_OCCURRENCES;ANNEE"
OWNED, FILLED = ";56046;;;;", "Crach;56046;F;Louise;4;2024"

OWNERS = {
    "subventions": ("nomAttribuant", "idAttribuant"),
    "deliberations": ("COLL_NOM", "COLL_SIRET"),
    "budget": ("BGT_SIRET", "BGT_NOM"),
    "prenoms": ("COLL_INSEE",),
    "menus-collectifs": ("menuCollNom", "menuCollSiret"),
    "hautes-remunerations": ("siren", "denomination_employeur"),
    "aires-livraison": (),
}


@pytest.mark.parametrize(("slug", "names"), OWNERS.items(), ids=OWNERS.keys())
def test_the_columns_that_say_whose_the_data_are(slug, names):
    assert tuple(field.name for field in owner_fields(schema(slug))) == names


def fill_in(lines: tuple[int, ...]) -> openpyxl.Workbook:
    """Fill in some lines of a template of subventions with its own example."""
    one = schema("subventions")
    data = build_template(one, SIRET, NAME)
    book = openpyxl.load_workbook(io.BytesIO(data))
    for line in lines:
        for place, value in enumerate(example_rows(one)[0].values(), start=1):
            book.worksheets[0].cell(line, place).value = value
    return book


def save(book: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_lines_that_nobody_filled_in_end_a_template_in_silence():
    table = read(save(fill_in((2, 3))))
    assert table.row_numbers.to_list() == [2, 3]
    assert table.notes == ()


def test_a_line_left_blank_between_two_others_is_told():
    table = read(save(fill_in((2, 4))))
    assert table.row_numbers.to_list() == [2, 4]
    (note,) = table.notes
    assert (note.code, note.rows, note.params["at_end"]) == ("row.blank", (3,), 0)


def test_without_its_help_sheets_the_lines_at_the_end_are_told():
    book = fill_in((2, 3))
    del book[GUIDE_SHEET]
    table = read(save(book))
    assert table.row_numbers.to_list() == [2, 3]
    (note,) = table.notes
    assert (note.code, note.count, note.params["at_end"]) == ("row.blank", 198, 198)


def test_a_template_saved_as_csv_is_read_alike():
    table = make_table(PRENOMS, FILLED, OWNED, FILLED, OWNED, ";;;;;", OWNED)
    assert table.row_numbers.to_list() == [2, 4]
    note = group_of(check(table, schema("prenoms")), "row.blank")
    assert (note.count, note.rows, note.params["at_end"]) == (4, (3, 5, 6, 7), 3)


def test_a_line_with_one_more_cell_is_data():
    rest = ";56046;F;;;"
    assert make_table(PRENOMS, FILLED, rest).row_numbers.to_list() == [2, 3]


def test_a_line_with_a_cell_beyond_the_headers_is_data():
    rest = OWNED + ";à voir"
    assert make_table(PRENOMS, FILLED, rest).row_numbers.to_list() == [2, 3]


LISTS = {
    "a list of communes": ("insee;nom;email", "56046;Crach;", "56007;;"),
    "numbers alone": ("siren;commentaire", "215600461;", "215600073;"),
    "a file that lacks a required column": (
        PRENOMS.replace("ENFANT_SEXE", "SEXE DE L’ENFANT"),
        FILLED,
        OWNED,
    ),
}


@pytest.mark.parametrize("lines", LISTS.values(), ids=LISTS.keys())
def test_elsewhere_a_number_alone_is_data(lines):
    assert make_table(*lines).row_numbers.to_list() == [2, 3]


def test_a_file_of_such_lines_only_has_no_row():
    with pytest.raises(Unreadable) as caught:
        make_table(PRENOMS, OWNED, OWNED)
    assert caught.value.code == "no_rows"


def test_an_example_that_was_changed_is_never_published():
    one = schema("subventions")
    book = openpyxl.load_workbook(io.BytesIO(build_template(one, SIRET, NAME)))
    for line in range(2, 300):
        book[EXAMPLE_SHEET].cell(line, 1).value = "Mairie d’ailleurs"
    with pytest.raises(Unreadable) as caught:
        read(save(book))
    assert caught.value.code == "no_rows"


def test_a_sheet_named_example_is_data_in_another_workbook():
    rows = [line.split(";") for line in (PRENOMS, FILLED)]
    table = read(xlsx([["Notes"]], **{EXAMPLE_SHEET: rows}))
    assert table.source.sheet == EXAMPLE_SHEET
    assert codes(check(table, schema("prenoms"))) == []


def test_a_sheet_asked_for_by_name_is_read_whatever_it_is():
    data = build_template(schema("subventions"))
    assert read(data, sheet=EXAMPLE_SHEET).frame.height == 2


def test_help_sheets_alone_are_read_as_any_other():
    book = openpyxl.load_workbook(io.BytesIO(build_template(schema("prenoms"))))
    del book[book.sheetnames[0]]
    assert read(save(book)).source.sheet == EXAMPLE_SHEET


def test_the_columns_are_looked_for_in_the_whole_catalogue():
    owned = [one.slug for one in load_catalogue() if owner_fields(one)]
    assert len(owned) >= 15
