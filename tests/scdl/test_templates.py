"""Templates: what a spreadsheet is told, and what it gives back once filled in."""

from __future__ import annotations

import datetime
import io
from functools import cache

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

from ckanext.odlocale.scdl.catalogue import TableSchema, load_catalogue
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.example import example_rows
from ckanext.odlocale.scdl.prefilled import EXAMPLE_SHEET, GUIDE_SHEET, LISTS_SHEET
from ckanext.odlocale.scdl.reading import read
from ckanext.odlocale.scdl.template_bounds import TemplateRefused, name_sheet
from ckanext.odlocale.scdl.template_columns import (
    MAX_MESSAGE,
    MAX_TITLE,
    count_units,
    describe_column,
    shorten,
    type_cell,
)
from ckanext.odlocale.scdl.templating import PREFILLED_ROWS, build_template
from ckanext.odlocale.scdl.unreadable import Unreadable
from tests.scdl.samples import make_schema, schema

SLUGS = [one.slug for one in load_catalogue()]
SIRET, NAME, INSEE = "21560046100010", "Commune de Crach", "56046"


def open_book(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


@cache
def template_of(slug: str) -> bytes:
    """The template of a schema for the commune, built once."""
    return build_template(schema(slug), SIRET, NAME, insee=INSEE)


@cache
def book_of(slug: str) -> openpyxl.Workbook:
    """That template as it is read; tests do not change it."""
    return open_book(template_of(slug))


def save(book: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def columns_of(sheet: Worksheet) -> dict[str, int]:
    return {str(cell.value): cell.column for cell in sheet[1]}


def fill_as_excel(one: TableSchema, book: openpyxl.Workbook) -> None:
    """Put the example's rows as Excel keeps what is typed: dates, numbers, true."""
    sheet = book.worksheets[0]
    places = columns_of(sheet)
    for line, row in enumerate(example_rows(one), start=2):
        for field in one.fields:
            text = row[field.name]
            if not text:
                continue
            value: object = type_cell(describe_column(one, field).kind, text)
            accepts_booleans = {"true", "false"} <= {
                *field.true_values,
                *field.false_values,
            }
            if field.type == "boolean" and accepts_booleans:
                value = text in field.true_values
            sheet.cell(line, places[field.name]).value = value


@pytest.mark.parametrize("slug", SLUGS)
def test_a_template_filled_in_as_excel_does_has_no_finding(slug):
    one = schema(slug)
    book = open_book(template_of(slug))
    fill_as_excel(one, book)
    table = read(save(book))
    assert check(table, one).groups == ()
    assert table.frame.height == len(example_rows(one))
    assert table.source.sheets == (table.source.sheet,)
    assert list(table.headers) == [field.name for field in one.fields]


@pytest.mark.parametrize("slug", ["budget", "prenoms", "profil-acheteur", "irve"])
def test_a_template_that_nobody_filled_in_has_no_row(slug):
    with pytest.raises(Unreadable) as caught:
        read(template_of(slug))
    assert caught.value.code == "no_rows"


@pytest.mark.parametrize("slug", SLUGS)
def test_a_template_has_a_sheet_to_fill_in_a_guide_and_an_example(slug):
    one = schema(slug)
    book = book_of(slug)
    data, guide, example, lists = book.worksheets
    assert (guide.title, example.title) == (GUIDE_SHEET, EXAMPLE_SHEET)
    assert (lists.title, lists.sheet_state) == (LISTS_SHEET, "hidden")
    assert book.active is data
    assert data.freeze_panes == "A2"
    assert [cell.value for cell in data[1]] == [field.name for field in one.fields]
    assert guide.protection.sheet
    assert example.protection.sheet
    told = {row[0].value: row for row in guide.iter_rows()}
    for field in one.fields:
        assert field.name in told
        assert told[field.name][3].value


@pytest.mark.parametrize("slug", SLUGS)
def test_each_column_has_its_help_and_each_list_a_drop_down(slug):
    one = schema(slug)
    book = book_of(slug)
    data = book.worksheets[0]
    rules = {str(rule.sqref): rule for rule in data.data_validations.dataValidation}
    for field, cell in zip(one.fields, data[1], strict=True):
        header = rules[cell.coordinate]
        letter = cell.column_letter
        cells = rules[f"{letter}2:{letter}10001"]
        for rule in (header, cells):
            assert rule.prompt
            assert count_units(rule.prompt) <= MAX_MESSAGE
            assert count_units(rule.promptTitle) <= MAX_TITLE
            assert rule.showInputMessage
        assert (cells.type == "list") == bool(field.enum or field.type == "boolean")
        if cells.type == "list":
            sheet, _, span = cells.formula1.lstrip("=").partition("!")
            found = [str(each[0].value) for each in book[sheet][span]]
            words = field.enum or (field.true_values[0], field.false_values[0])
            assert found == list(words)


FORMATS = {
    "subventions": {
        "idAttribuant": "@",
        "dateConvention": "yyyy-mm-dd",
        "montant": "General",
        "datesPeriodeVersement": "@",
    },
    "prenoms": {"COLL_INSEE": "@", "NOMBRE_OCCURRENCES": "0", "ANNEE": "0"},
    "menus-collectifs": {"menuDate": "yyyy-mm-dd", "menuPublicationDate": "@"},
    "pei": {"prec": "@", "diam_pei": "General", "disponible": "@"},
}


@pytest.mark.parametrize("slug", FORMATS)
def test_codes_are_kept_as_text_dates_and_numbers_as_such(slug):
    data = book_of(slug).worksheets[0]
    places = columns_of(data)
    for name, form in FORMATS[slug].items():
        (kept,) = [
            each.number_format
            for each in data.column_dimensions.values()
            if each.min <= places[name] <= each.max
        ]
        assert kept == form


def test_compulsory_columns_are_told_without_changing_their_names():
    one = schema("subventions")
    data = book_of("subventions").worksheets[0]
    shades = {
        field.required: cell.fill.fgColor.rgb
        for field, cell in zip(one.fields, data[1], strict=True)
    }
    assert shades[True] != shades[False]
    for field in one.fields:
        told = describe_column(one, field, "en").message
        assert told.startswith("Compulsory.") == field.required


def test_the_collectivité_finds_its_number_and_name_already_written():
    data = book_of("subventions").worksheets[0]
    places = columns_of(data)
    for line in (2, PREFILLED_ROWS + 1):
        assert data.cell(line, places["idAttribuant"]).value == SIRET
        assert data.cell(line, places["nomAttribuant"]).value == NAME
    assert data.max_row == PREFILLED_ROWS + 1
    assert data.cell(2, places["idBeneficiaire"]).value is None
    nobody = open_book(build_template(schema("subventions"))).worksheets[0]
    assert nobody.max_row == 1


def test_a_column_by_siren_gets_the_first_nine_digits_and_a_unique_one_one_row():
    staff = book_of("hautes-remunerations").worksheets[0]
    assert staff["A2"].value == SIRET[:9]
    buyer = book_of("profil-acheteur").worksheets[0]
    assert (buyer["A2"].value, buyer.max_row) == (SIRET, 2)


def test_a_number_that_the_column_refuses_is_not_written():
    data = open_book(build_template(schema("subventions"), "123", NAME)).worksheets[0]
    assert data.cell(2, columns_of(data)["idAttribuant"]).value is None


def test_the_same_schema_and_collectivité_give_the_same_bytes(monkeypatch):
    one = schema("deliberations")
    first = build_template(one, SIRET, NAME)
    later = datetime.datetime.now() + datetime.timedelta(days=400)
    monkeypatch.setattr("time.time", later.timestamp)
    monkeypatch.setattr("time.localtime", lambda *_: later.timetuple())
    assert build_template(one, SIRET, NAME) == first
    assert build_template(one, SIRET, "Commune d’Auray") != first


def test_what_starts_as_a_formula_is_text_wherever_it_comes_from():
    fields = [
        {"name": "=1+1", "title": "@titre", "description": "+1", "example": "-a"},
        {"name": "choix", "constraints": {"enum": ["=2+2", "@x", "+3", "oui"]}},
    ]
    one = make_schema(fields, label="=Essai")
    data = build_template(one, SIRET, "=HYPERLINK(1)")
    for sheet in open_book(data).worksheets:
        assert not [
            cell.coordinate
            for row in sheet.iter_rows()
            for cell in row
            if cell.data_type == "f"
        ]
    book = open_book(data)
    for line, text in enumerate(("=1+1", "@a", "+b", "-c"), start=2):
        cell = book.worksheets[0].cell(line, 1)
        cell.value = text
        cell.data_type = "s"
    table = read(save(book))
    assert table.frame["=1+1"].to_list() == ["=1+1", "@a", "+b", "-c"]


LONG = "Une phrase assez longue pour passer la limite. " * 20
HOSTILE = {
    "a thousand columns": [{"name": f"col_{n}", "type": "number"} for n in range(1000)],
    "a list of five thousand values": [
        {
            "name": "code",
            "constraints": {"enum": [f"v {n:05}" for n in range(5000)]},
        }
    ],
    "names that no sheet may have": [
        {"name": "[a]:b*c?d/e\\f"},
        {"name": "History"},
        {"name": "un nom de colonne bien plus long que trente et un signes"},
    ],
    "headers that differ by case": [{"name": "Nom"}, {"name": "NOM"}, {"name": "nom"}],
    "values with quotes and commas": [
        {
            "name": "v",
            "constraints": {"enum": ['a"b', "c,d", "'g", "h\ni", "<&>"]},
        }
    ],
    "control signs in descriptions": [
        {
            "name": "v",
            "title": "t\x00\x01\x1f\ufffe",
            "description": "d\x00\x0b\ud800é\x7f" + LONG,
            "example": "e\x02",
        }
    ],
    "signs outside the plane": [
        {"name": "🌳", "title": "🌳" * 40, "description": "🌳" * 300}
    ],
    "constraints of every kind": [
        {"name": "p", "constraints": {"pattern": "(?i:[a-z]+)|\\d{3,}"}},
        {"name": "l", "constraints": {"maxLength": 10**18, "minLength": -4}},
        {"name": "x", "constraints": {"maxLength": 1, "minLength": 10}},
        {"name": "n", "type": "number", "constraints": {"maximum": 1e308}},
        {"name": "m", "type": "integer", "constraints": {"minimum": 10**30}},
        {"name": "d", "type": "date", "constraints": {"minimum": "1200-01-01"}},
        {"name": "e", "type": "date", "constraints": {"enum": ["2024-01-01"]}},
        {"name": "s"},
        {"name": "q", "type": "any"},
    ],
    "names that XML or a spreadsheet would change": [
        {"name": "_x0041_"},
        {"name": " nom "},
        {"name": "<b>&amp;</b>"},
        {"name": "a\nb"},
        {"name": "12"},
    ],
}


@pytest.mark.parametrize("fields", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_schema_gives_a_workbook_that_others_read(fields):
    one = make_schema(fields, label="[Essai]: a/b*c?")
    data = build_template(one, SIRET, NAME)
    names = [field.name for field in one.fields]
    book = open_book(data)
    assert [cell.value for cell in book.worksheets[0][1]] == names
    calamine = CalamineWorkbook.from_filelike(io.BytesIO(data))
    sheet = calamine.get_sheet_by_index(0)
    assert [str(cell) for cell in next(iter(sheet.iter_rows()))] == names
    for rule in book.worksheets[0].data_validations.dataValidation:
        assert count_units(rule.prompt) <= MAX_MESSAGE
    with pytest.raises(Unreadable):
        read(data)


TEXTS = st.text(max_size=40)
FIELD = st.fixed_dictionaries(
    {
        "name": st.text(min_size=1, max_size=40),
        "title": TEXTS,
        "description": st.text(max_size=300),
        "example": TEXTS,
        "type": st.sampled_from(["string", "date", "boolean", "any"]),
    },
    optional={
        "constraints": st.fixed_dictionaries(
            {},
            optional={
                "required": st.booleans(),
                "enum": st.lists(TEXTS, max_size=5),
                "minLength": st.integers(),
                "maxLength": st.integers(),
            },
        )
    },
)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    fields=st.lists(FIELD, min_size=1, max_size=5, unique_by=lambda one: one["name"]),
    label=TEXTS,
    name=TEXTS,
)
def test_any_schema_gives_a_workbook_or_a_refusal(fields, label, name):
    one = make_schema(fields, label=label)
    try:
        data = build_template(one, SIRET, name)
    except TemplateRefused:
        return
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    headers = sheet.to_python(skip_empty_area=False)[0]
    assert [str(cell) for cell in headers] == [field.name for field in one.fields]
    open_book(data)


REFUSED = {
    "too many columns": [{"name": f"c{n}"} for n in range(16_385)],
    "a name with a control sign": [{"name": "a\x00b"}],
    "a name longer than a cell": [{"name": "a" * 40_000}],
}


@pytest.mark.parametrize("fields", REFUSED.values(), ids=REFUSED.keys())
def test_what_no_spreadsheet_holds_is_refused_in_words(fields):
    with pytest.raises(TemplateRefused) as caught:
        build_template(make_schema(fields))
    assert caught.value.tell("en").startswith("A spreadsheet ")


LABELS = {
    "Subventions": "Subventions",
    "Arrêtés [poids/lourds]: *?\\": "Arrêtés poids lourds",
    "'Mairie'": "Mairie",
    "exemple": "Données exemple",
    "History": "Données History",
    "": "Données",
    "🌳" * 40: "🌳" * 15,
    "Composition des plats de la cantine": "Composition des plats de la",
}


@pytest.mark.parametrize(("label", "name"), LABELS.items())
def test_a_sheet_is_named_by_what_the_data_are(label, name):
    assert name_sheet(label) == name
    assert count_units(name) <= 31


@pytest.mark.parametrize("most", range(1, 40))
def test_a_help_message_is_cut_to_what_is_shown(most):
    assert (
        1 <= count_units(shorten("Un mot 🌳🌳, puis d’autres 🌳 mots.", most)) <= most
    )
