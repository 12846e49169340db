"""Reading a list of collectivités, as people send it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from ckanext.odlocale.scdl.unreadable import Unreadable
from ckanext.odlocale.territory import lists
from ckanext.odlocale.territory.list_codes import REFUSALS, REMARKS
from ckanext.odlocale.territory.lists import (
    ListRead,
    NoCodeColumn,
    TooManyRows,
    read_list,
)
from ckanext.odlocale.territory.perimeter_reasons import (
    _REFUSALS,
    _REMARKS,
    describe_list,
    describe_unusable,
)
from ckanext.odlocale.territory.perimeters import (
    Definition,
    Part,
    build_perimeter,
)
from ckanext.odlocale.territory.register import Register

REGISTER = Register.load()


def workbook(*sheets: list[list[str | int | float]]) -> bytes:
    book, content = Workbook(), io.BytesIO()
    book.remove(book.worksheets[0])
    for number, rows in enumerate(sheets, start=1):
        sheet = book.create_sheet(f"Feuille {number}")
        for row in rows:
            sheet.append(row)
    book.save(content)
    return content.getvalue()


def codes(found: ListRead) -> list[str]:
    return [part.code for part in found.parts]


def remarks(found: ListRead) -> list[tuple[int, str]]:
    return [(row.row, remark.code) for row in found.rows for remark in row.remarks]


def refused(found: ListRead) -> list[tuple[int, str]]:
    return [(row.row, row.reason) for row in found.refused]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_any_delimiter_and_encoding_is_read(delimiter: str, encoding: str) -> None:
    rows = [("Code INSEE", "Commune"), ("56046", "Crach"), ("56005", "Île-d'Arz")]
    text = "\r\n".join(delimiter.join(row) for row in rows)
    found = read_list(text.encode(encoding))
    assert codes(found)[0] == "56046"
    assert len(found.rows) == 2


@pytest.mark.parametrize(
    "header",
    [
        *("insee", "INSEE", "Code INSEE", "code_insee", "codeINSEE", "code_commune"),
        *("Code commune", "INSEE_COM", "codgeo", "com_code", "DEPCOM", "N° INSEE"),
        *("Code officiel géographique", "COG"),
    ],
)
def test_the_column_of_insee_codes_is_found_by_its_title(header: str) -> None:
    found = read_list(f"Nom;{header};Population\nCrach;56046;3423\n".encode())
    assert codes(found) == ["56046"]


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("SIREN", "215600461"),
        ("Numéro SIREN", "215 600 461"),
        ("N° SIREN", "215.600.461"),
        ("siret", "21560046100010"),
        ("Code SIRET", "215 600 461 00010"),
    ],
)
def test_a_siren_or_a_siret_leads_to_the_commune(header: str, value: str) -> None:
    found = read_list(f"{header};Nom\n{value};Crach\n".encode())
    assert found.parts == (Part("commune", "56046"),)
    assert [code for _, code in remarks(found)] == (
        ["siret"] if "SIRET" in header.upper() else []
    )


def test_a_workbook_that_lost_its_zeros_is_read_with_a_remark() -> None:
    rows = [["INSEE", "Nom"], [1001, "L'Abergement-Clémenciat"], [56046.0, "Crach"]]
    found = read_list(workbook(rows), "liste.xlsx")
    assert codes(found) == ["01001", "56046"]
    assert remarks(found) == [(2, "zero_restored")]


def test_a_siren_and_a_siret_that_are_numbers_are_read() -> None:
    rows = [["SIREN", "Nom"], [215600461, "Crach"], [21560007300018, "Auray"]]
    found = read_list(workbook(rows))
    assert codes(found)[0] == "56046"
    assert {row.row for row in (*found.rows, *found.refused)} == {2, 3}


def test_the_sheet_that_holds_codes_is_found() -> None:
    notice = [["Lisez-moi", "Objet"], ["Version 2", "Liste des communes"]]
    listed = [["Commune", "INSEE"], ["Crach", "56046"]]
    assert codes(read_list(workbook(notice, listed))) == ["56046"]


def test_a_title_above_the_headers_is_not_a_row() -> None:
    text = (
        "Communes adhérentes au 1er janvier;;\nINSEE;Nom;Population\n56046;Crach;3423"
    )
    found = read_list(text.encode())
    assert codes(found) == ["56046"]
    assert refused(found) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("56046\n56007\n", id="one column"),
        pytest.param("Crach;56046\nAuray;56007\n", id="two columns"),
        pytest.param("liste\n56046\n56007\n", id="a title that says nothing"),
        pytest.param("Communes\nINSEE\n56046\n56007\n", id="a title above"),
        pytest.param("sep=;\nINSEE;Nom\n56046;Crach\n56007;Auray\n", id="sep="),
        pytest.param("a;b\n56046;3423\n56007;14417\n", id="titles that say nothing"),
    ],
)
def test_codes_are_found_without_the_titles_that_one_expects(text: str) -> None:
    found = read_list(text.encode())
    assert codes(found) == ["56046", "56007"]
    assert refused(found) == []


def test_rows_without_titles_keep_their_number() -> None:
    found = read_list(b"56046\n56007\n")
    assert [row.row for row in found.rows] == [1, 2]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        pytest.param("215600462", "wrong_siren", id="a SIREN's check digit"),
        pytest.param("21560046100011", "wrong_siret", id="a SIRET's check digit"),
        pytest.param("253514491", "unknown_siren", id="a SIREN that nobody has"),
        pytest.param("56999", "unknown_insee", id="a code that nobody has"),
        pytest.param("56950", "postal_code", id="a postal code"),
        pytest.param("2,15600E+13", "rounded", id="a number that was rounded"),
        pytest.param("Crach", "not_code", id="a name"),
        pytest.param("56", "not_code", id="a département"),
        pytest.param("56046 56007", "not_code", id="two codes"),
        pytest.param("=CMD()", "not_code", id="a formula"),
        pytest.param("<script>", "not_code", id="a tag"),
        pytest.param("٥٦٠٤٦", "not_code", id="figures that are not ours"),
    ],
)
def test_a_wrong_row_is_refused_with_its_number_and_the_others_are_read(
    cell: str, reason: str
) -> None:
    found = read_list(f"insee;nom\n56046;Crach\n\n{cell};X\n56007;Auray\n".encode())
    assert codes(found) == ["56046", "56007"]
    assert refused(found) == [(4, reason)]
    (described,) = describe_list(found, "en")["refused"]
    assert described["row"] == 4
    assert described["remedy"]
    assert "{" not in described["message"]


def test_a_postal_code_is_told_with_the_insee_code_to_give() -> None:
    found = read_list(b"insee;nom\n56950;Crach\n56007;Auray\n")
    (described,) = describe_list(found, "en")["refused"]
    assert "Crach (56046)" in described["message"]


def test_a_row_with_a_name_and_no_code_is_refused() -> None:
    found = read_list(b"insee;nom\n56046;Crach\n;Auray\n")
    assert refused(found) == [(3, "no_code")]
    assert found.refused[0].value == "Auray"


def test_two_codes_that_disagree_are_refused() -> None:
    found = read_list(b"insee;siren;nom\n56007;215600461;Auray\n")
    assert refused(found) == [(2, "codes_differ")]
    (described,) = describe_list(found, "en")["refused"]
    assert "Auray, Crach" in described["message"]


def test_a_siren_of_before_beside_an_insee_code_is_told() -> None:
    # Of Plumieux before it took in Le Cambout and Coëtlogon.
    found = read_list(b"insee;siren;nom\n22241;212202410;Plumieux\n")
    assert codes(found) == ["22241"]
    assert remarks(found) == [(2, "other_siren")]


def test_an_empty_row_is_nothing() -> None:
    found = read_list(b"insee;nom\n56046;Crach\n;\n\n56007;Auray\n;;\n")
    assert (len(found.rows), found.refused) == (2, ())


def test_a_duplicate_is_told_with_the_row_of_the_first() -> None:
    text = b"insee;siren;nom\n56046;;Crach\n56007;;Auray\n;215600461;Mairie de Crach\n"
    found = read_list(text)
    assert codes(found) == ["56046", "56007"]
    assert remarks(found) == [(4, "twice")]
    assert found.rows[2].remarks[0].params["first"] == "2"


@pytest.mark.parametrize(
    ("code", "kept", "remark"),
    [
        ("75112", "75056", "arrondissement"),
        ("01039", "01138", "deleguee"),
        ("01120", "01262", "associee"),
        ("02311", "02589", "merged"),
        ("97701", "97701", "no_siren"),
    ],
)
def test_what_is_no_organisation_leads_to_the_commune_with_a_remark(
    code: str, kept: str, remark: str
) -> None:
    found = read_list(f"insee;population\n{code};100\n".encode())
    assert codes(found) == [kept]
    assert remarks(found) == [(2, remark)]


def test_a_name_that_is_another_is_told() -> None:
    found = read_list(b"insee;nom\n56046;Vannes\n56260;Ville de Vannes\n")
    assert remarks(found) == [(2, "other_name")]


def test_a_grouping_in_a_list_is_itself_and_not_its_communes() -> None:
    found = read_list(b"siren;nom\n200043123;AQTA\n225600014;Morbihan\n")
    assert found.parts == (Part("siren", "200043123"), Part("siren", "225600014"))
    assert remarks(found) == []


def test_a_syndicat_with_its_name_is_added_by_hand() -> None:
    text = "siren;nom;département\n253514491;SMICTOM des Forges;35\n".encode()
    found = read_list(text)
    (other,) = found.others
    assert (other.siren, other.name, other.departement) == (
        "253514491",
        "SMICTOM des Forges",
        "35",
    )
    assert remarks(found) == [(2, "not_in_register")]


def test_a_commune_whose_siren_is_gone_is_not_taken_for_a_syndicat() -> None:
    # Fleurigné, merged: the register does not have its SIREN any more.
    found = read_list("siren;nom\n213501125;Fleurigné\n".encode())
    assert found.others == ()
    assert refused(found) == [(2, "unknown_siren")]


def test_a_list_becomes_a_perimeter() -> None:
    found = read_list(b"insee\n56046\n56007\n75101\n")
    definition = Definition.from_dict(Definition(found.parts).to_dict())
    members = build_perimeter(REGISTER, definition, "liste").members
    assert [one.name for one in members] == ["Auray", "Crach", "Paris"]


def test_every_commune_of_france_is_read_and_none_is_refused() -> None:
    every = [one for one in REGISTER if one.kind == "commune"]
    text = "insee;nom\n" + "".join(f"{one.insee};{one.name}\n" for one in every)
    found = read_list(text.encode())
    assert (len(found.parts), found.refused, remarks(found)) == (34875, (), [])


def test_each_row_of_the_file_is_accepted_or_refused() -> None:
    text = "insee\n" + "".join(f"{number:05d}\n" for number in range(56000, 56400))
    found = read_list(text.encode())
    assert sorted(row.row for row in (*found.rows, *found.refused)) == list(
        range(2, 402)
    )


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"insee\n", "no_rows", id="titles alone"),
        pytest.param(b"<!doctype html><p>Maintenance</p>", "not_table", id="HTML"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(500), "binary", id="a picture"),
        pytest.param(b"PK\x03\x04" + bytes(100), "damaged", id="half an archive"),
    ],
)
def test_what_is_no_table_is_told_as_such(data: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_list(data, "liste.csv")
    assert caught.value.code == code
    assert describe_unusable(caught.value, "en")["message"]


def test_a_file_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(Unreadable) as caught:
        read_list(b"56046\n" * (lists.MAX_BYTES // 6 + 1))
    assert caught.value.code == "too_large"


def test_a_workbook_that_inflates_without_end_is_refused_by_its_reader() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (450 * 1024 * 1024))
    with pytest.raises(Unreadable) as caught:
        read_list(content.getvalue())
    assert caught.value.code == "zip_bomb"


def test_a_table_without_codes_says_which_columns_it_has() -> None:
    with pytest.raises(NoCodeColumn) as caught:
        read_list(b"Nom;Courriel\nCrach;mairie@example.org\n")
    described = describe_unusable(caught.value, "en")
    assert "Nom, Courriel" in described["message"]
    assert "INSEE" in described["remedy"]


def test_more_rows_than_there_are_communes_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lists, "MAX_ROWS", 2)
    with pytest.raises(TooManyRows) as caught:
        read_list(b"insee\n56046\n56007\n56260\n")
    assert caught.value.count == 3
    assert "3" in describe_unusable(caught.value, "en")["message"]


def test_a_list_is_described_as_the_api_gives_it() -> None:
    described = describe_list(read_list(b"insee\n75101\n56046\n215600462\n"), "en")
    assert described["parts"] == [
        {"kind": "commune", "code": "75056"},
        {"kind": "commune", "code": "56046"},
    ]
    (remark,) = described["rows"][0]["remarks"]
    assert remark["message"] == (
        "Paris 1er Arrondissement is an arrondissement: Paris (75056) is kept."
    )
    assert [row["row"] for row in described["refused"]] == [4]


def test_every_refusal_and_every_remark_has_words() -> None:
    assert set(_REFUSALS) == set(REFUSALS)
    assert set(_REMARKS) == set(REMARKS)


def test_a_file_of_the_disk_is_read_as_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "liste.csv"
    path.write_bytes(b"insee\n56046\n")
    assert codes(read_list(path.read_bytes(), path.name)) == ["56046"]
