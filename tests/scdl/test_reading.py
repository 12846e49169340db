"""Any file is read into the same table, or refused with its reason."""

from __future__ import annotations

import datetime
import io
import random
import zipfile
from pathlib import Path

import pytest

from ckanext.odlocale.scdl import reading
from ckanext.odlocale.scdl.messages import render_unreadable
from ckanext.odlocale.scdl.reading import read
from ckanext.odlocale.scdl.unreadable import Unreadable
from tests.scdl.samples import (
    BUDGET,
    DELIBERATIONS,
    PRENOMS,
    SUBVENTIONS,
    ods,
    xlsx,
    zipped,
)

HEADER = "COMMUNE_NOM,COLL_INSEE,ENFANT_SEXE,ENFANT_PRENOM,NOMBRE_OCCURRENCES,ANNEE"
ROWS = ["Kerlouan,56999,F,Zoé,4,2024", "Kerlouan,56999,M,Maël,2,2024"]
TEXT = "\n".join((HEADER, *ROWS, ""))
CELLS = [tuple(row.split(",")) for row in ROWS]


def write(**changes: str) -> bytes:
    text = TEXT
    for old, new in {
        "delimiter": ",", "end": "\n",
    }.items():  # fmt: skip
        if old in changes:
            text = text.replace(new, changes[old])
    return text.encode(changes.get("encoding", "utf-8"))


FORMS = {
    "plain": write(),
    "no last line end": TEXT.rstrip().encode(),
    "semicolons": write(delimiter=";"),
    "tabs": write(delimiter="\t"),
    "bars": write(delimiter="|"),
    "CRLF": write(end="\r\n"),
    "CR": write(end="\r"),
    "UTF-8 with a mark": write(encoding="utf-8-sig"),
    "UTF-16 with a mark": write(encoding="utf-16"),
    "UTF-16 little-endian": write(encoding="utf-16-le"),
    "UTF-16 big-endian": write(encoding="utf-16-be"),
    "Windows-1252": write(encoding="cp1252"),
    "Mac Roman": write(encoding="mac_roman"),
    "DOS": write(encoding="cp850"),
    "double quotes": "\n".join(
        ",".join(f'"{cell}"' for cell in line.split(",")) for line in TEXT.split()
    ).encode(),
    "single quotes": "\n".join(
        ";".join(f"'{cell}'" for cell in line.split(",")) for line in TEXT.split()
    ).encode(),
    "declared delimiter": b"sep=;\r\n" + write(delimiter=";", end="\r\n"),
    "blank rows": (TEXT + "\n,,,,,\n ; \n").replace(" ; ", "").encode(),
    "titles above": (",,,,,\nPrénoms 2024,,,,,\n" + TEXT).encode(),
    "one title above": ("Prénoms 2024\n" + TEXT).encode(),
    "empty columns on the right": TEXT.replace("\n", ",,\n").encode(),
    "accents already garbled": TEXT.encode().decode("cp1252").encode(),
    "XLSX": xlsx([HEADER.split(","), *CELLS]),
    "XLSX, numbers typed": xlsx(
        [
            HEADER.split(","),
            *([int(cell) if cell.isdigit() else cell for cell in row] for row in CELLS),
        ]
    ),
    "XLSX, titles above": xlsx([["Prénoms 2024"], [], HEADER.split(","), *CELLS]),
    "XLSX, on the second sheet": xlsx(
        [["Lisez-moi"]], Prénoms=[HEADER.split(","), *CELLS]
    ),
    "ODS": ods([HEADER.split(","), *CELLS]),
    "ODS, numbers typed, titles above": ods(
        [
            ["Prénoms 2024"],
            [],
            HEADER.split(","),
            *([int(cell) if cell.isdigit() else cell for cell in row] for row in CELLS),
        ]
    ),
    "zipped CSV": zipped(prenoms_csv=TEXT.encode()),
    "zipped XLSX": zipped(prenoms_xlsx=xlsx([HEADER.split(","), *CELLS])),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_file_gives_the_same_table(form):
    table = read(FORMS[form])
    assert [header for header in table.headers if header] == HEADER.split(",")
    assert table.frame.rows() == CELLS


def test_a_path_a_stream_and_bytes_are_read_alike():
    data = PRENOMS.read_bytes()
    tables = [read(PRENOMS), read(io.BytesIO(data)), read(data, "prenoms.csv")]
    assert len({str(table.frame.rows()) for table in tables}) == 1


def test_a_first_accent_after_a_megabyte_is_read():
    text = HEADER + "\n" + "Kerlouan,56999,F,Louise,4,2024\n" * 40_000
    table = read((text + ROWS[0] + "\n").encode("cp1252"))
    assert table.frame["ENFANT_PRENOM"][-1] == "Zoé"
    assert table.source.encoding == "cp1252"


def test_lines_of_two_encodings_are_each_read_in_their_own():
    data = f"{HEADER}\n{ROWS[0]}\n".encode() + f"{ROWS[1]}\n".encode("cp1252")
    table = read(data)
    assert table.frame["ENFANT_PRENOM"].to_list() == ["Zoé", "Maël"]
    assert [note.code for note in table.notes] == ["encoding.repaired"]


ROW_NUMBERS = {
    "plain": (TEXT, [2, 3]),
    "blank rows between": (f"{HEADER}\n{ROWS[0]}\n\n\n{ROWS[1]}\n", [2, 5]),
    "titles above": (f"Titre\n\n{TEXT}", [4, 5]),
    "a cell over two lines is one row": (
        f'{HEADER}\n"Ker\nlouan",56999,F,Zoé,4,2024\n{ROWS[1]}\n',
        [2, 3],
    ),
    "declared delimiter": (f"sep=,\n{TEXT}", [3, 4]),
}


@pytest.mark.parametrize("case", ROW_NUMBERS)
def test_row_numbers_are_those_a_spreadsheet_shows(case):
    text, numbers = ROW_NUMBERS[case]
    assert read(text.encode()).row_numbers.to_list() == numbers


NOTES = {
    "blank rows": (TEXT + "\n,,,,,\n", "row.blank", (4, 5)),
    "short row": (TEXT + "Kerlouan,56999\n", "row.short", (4,)),
    "long row": (TEXT + ROWS[0] + ",de trop\n", "row.long", (4,)),
    "padded row": (TEXT + ROWS[0] + ",,\n", "row.padded", (4,)),
    "titles": ("Prénoms de 2024\n" + TEXT, "header.found", (2,)),
}


@pytest.mark.parametrize("case", NOTES)
def test_what_reading_changes_is_noted_with_its_rows(case):
    text, code, rows = NOTES[case]
    (note,) = read(text.encode()).notes
    assert (note.code, note.rows) == (code, rows)


def test_cells_beyond_the_last_header_are_kept_aside():
    table = read((TEXT + ROWS[0] + ",de trop,encore\n").encode())
    assert dict(table.overflow) == {4: ("de trop", "encore")}
    assert table.frame.height == 3


def test_an_unclosed_quote_does_not_swallow_the_rest():
    table = read(f'{HEADER}\nKerlouan,56999,F,"Zoé,4,2024\n{ROWS[1]}\n'.encode())
    assert table.frame.height == 2
    assert table.frame.row(1) == CELLS[1]
    assert "quote.open" in [note.code for note in table.notes]


def test_a_header_present_twice_makes_two_columns():
    table = read(b"Montant;Objet;Montant\n1;a;2\n")
    assert table.headers == ("Montant", "Objet", "Montant")
    assert table.names == ["Montant", "Objet", "Montant (2)"]


TYPED = {
    "SIRET kept as a number": (21569990100017, "21569990100017"),
    "SIRET kept as a decimal": (21569990100017.0, "21569990100017"),
    "amount": (1234.5, "1234.5"),
    "rounding of a sum": (0.1 + 0.2, "0.3"),
    "small number": (0.00001, "0.00001"),
    "date": (datetime.date(2024, 4, 3), "2024-04-03"),
    "date at midnight": (datetime.datetime(2024, 4, 3), "2024-04-03"),
    "date and time": (datetime.datetime(2024, 4, 3, 14, 30), "2024-04-03T14:30:00"),
    "yes": (True, "true"),
    "no": (False, "false"),
}


@pytest.mark.parametrize("case", TYPED)
def test_cells_that_excel_typed_are_written_as_scdl_wants(case):
    cell, text = TYPED[case]
    table = read(xlsx([["a", "b"], [cell, "x"], ["y", "z"]]))
    assert table.frame["a"][0] == text


def test_the_sheet_asked_for_is_read_and_all_are_named():
    data = xlsx([HEADER.split(","), *CELLS], Autre=[["a", "b"], ["1", "2"]])
    table = read(data, sheet="Autre")
    assert table.headers == ("a", "b")
    assert table.source.sheets == ("Sheet", "Autre")


PROTECTED = (
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    + b"\0" * 512
    + "EncryptedPackage".encode("utf-16-le")
)

REFUSED = {
    "nothing": (b"", "empty"),
    "blank": (b" \r\n\t\n", "empty"),
    "a mark only": (b"\xef\xbb\xbf", "empty"),
    "headers only": (HEADER.encode(), "no_rows"),
    "PNG": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), "binary"),
    "PDF": (b"%PDF-1.7\nune page\n", "not_table"),
    "HTML": (b"<!DOCTYPE html>\n<html><body>Erreur 404</body></html>", "not_table"),
    "XML": (b'<?xml version="1.0"?><a><b/></a>', "not_table"),
    "JSON": (b'{"type": "FeatureCollection", "features": []}', "not_table"),
    "a letter": (
        b"Bonjour Madame\nveuillez trouver ci-joint le tableau que vous nous avez "
        b"demand\xc3\xa9 la semaine derni\xc3\xa8re\n",
        "not_table",
    ),
    "locked workbook": (PROTECTED, "protected"),
    "damaged XLSX": (xlsx([["a", "b"], [1, 2]])[:700], "damaged"),
    "not really a workbook": (b"PK\x03\x04" + b"x" * 100, "damaged"),
    "empty workbook": (xlsx([]), "empty"),
    "archive of two files": (zipped(a_csv=b"a,b\n1,2\n", b_csv=b"a\n"), "zip_many"),
    "archive of an archive": (zipped(a_zip=zipped(b_csv=b"a,b\n1,2\n")), "zip_many"),
    "2 million lines": (b"a\n" * 2_000_001, "too_many_cells"),
    "20,000 columns": (b",".join([b"a"] * 20_000) + b"\n1\n", "too_many_columns"),
    "2,001 columns": (b",".join([b"a"] * 2_001) + b"\n1\n", "too_many_columns"),
    "a huge cell": (b"a,b\n" + b"x" * 200_000 + b',"y"\n', "cell_too_long"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_without_a_table_is_refused_with_its_reason(case):
    data, code = REFUSED[case]
    with pytest.raises(Unreadable) as refusal:
        read(data)
    assert refusal.value.code == code
    assert render_unreadable(refusal.value).sentence


def test_a_missing_file_is_refused():
    with pytest.raises(Unreadable, match="missing"):
        read(Path("/nonexistent/budget.csv"))


def test_a_file_over_the_limit_is_refused_before_it_is_read():
    with pytest.raises(Unreadable) as refusal:
        read(BUDGET, max_bytes=1000)
    assert refusal.value.code == "too_large"
    assert refusal.value.params == {"size": BUDGET.stat().st_size, "limit": 1000}


def test_a_stream_over_the_limit_is_not_read_whole():
    stream = io.BytesIO(b"a,b\n" * 10_000)
    with pytest.raises(Unreadable, match="too_large"):
        read(stream, max_bytes=100)
    assert stream.tell() <= 101


def test_an_archive_that_swells_is_refused(monkeypatch):
    monkeypatch.setattr(reading.workbook, "MAX_INFLATED", 10_000)
    bomb = zipped(a_csv=b"0" * 1_000_000)
    with pytest.raises(Unreadable, match="zip_bomb"):
        reading.workbook.inspect_archive(bomb, 10_000)


def test_two_far_cells_do_not_allocate_what_lies_between():
    import openpyxl

    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "a", "b"
    stream = io.BytesIO()
    book.save(stream)
    with pytest.raises(Unreadable, match="too_many_cells"):
        read(stream.getvalue())


@pytest.mark.parametrize("path", [BUDGET, SUBVENTIONS, DELIBERATIONS, PRENOMS])
def test_a_truncated_or_altered_file_is_read_or_refused(path):
    chance = random.Random(path.name)
    data = path.read_bytes()
    for _ in range(25):
        altered = bytearray(data[: chance.randrange(len(data))])
        for _ in range(5):
            if altered:
                altered[chance.randrange(len(altered))] = chance.randrange(256)
        try:
            read(bytes(altered))
        except Unreadable:
            continue


def test_a_truncated_workbook_is_read_or_refused():
    data = xlsx([HEADER.split(","), *CELLS])
    for length in range(0, len(data), 97):
        try:
            read(data[:length])
        except Unreadable:
            continue


def test_cells_repeated_by_the_million_are_refused():
    data = ods([["a", "b"], ["1", "2"]])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        content = archive.read("content.xml").decode()
    many = content.replace(
        "<table:table-row>", '<table:table-row table:number-rows-repeated="1000000">', 2
    ).replace(
        "<table:table-cell ", '<table:table-cell table:number-columns-repeated="9000" '
    )
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w") as archive:
        archive.writestr("content.xml", many)
    with pytest.raises(Unreadable, match="too_many_cells"):
        read(bomb.getvalue())


def test_lines_that_disagree_are_read_and_told_by_a_word_of_theirs() -> None:
    lines = ["a;b", "été;1".encode(), "numéraire;2".encode("cp1252")]
    content = b"\n".join(x if isinstance(x, bytes) else x.encode() for x in lines)
    table = read(content + b"\n")
    assert list(table.frame["a"]) == ["été", "numéraire"]
    (note,) = [one for one in table.notes if one.code == "encoding.repaired"]
    assert note.params == {"example": "numéraire", "mixed": True}
