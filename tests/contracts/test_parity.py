"""The engine and the national validator, on the same files.

``docs/dev/parity.md`` tells each difference; each has a test here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.converting import open_any
from ckanext.odlocale.scdl.example import example_rows
from ckanext.odlocale.scdl.reading import read
from tests.contracts.national_cases import Case, write_cases
from tests.contracts.parity import (
    DIFFERENCES,
    ROOT,
    Comparison,
    Validata,
    compare_cells,
    compare_rows,
    refuse,
)

PAGE = ROOT / "docs" / "dev" / "parity.md"
SLUGS = [schema.slug for schema in load_catalogue()]
GRANTS = load_catalogue().get("subventions")


@pytest.fixture(scope="module")
def validata(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Validata]:
    started = Validata(tmp_path_factory.mktemp("validata"))
    yield started
    started.stop()


@pytest.fixture(scope="module")
def met() -> Iterator[Comparison]:
    """Everything that was compared, told at the end."""
    every = Comparison()
    yield every
    differences = sum(every.explained.values())
    print(
        f"\n  parity: {every.agreed} refusals agreed, {differences} beyond for a "
        f"reason written, {len(every.missed)} missed, {len(every.beyond)} unexplained"
    )


@pytest.mark.parametrize("slug", SLUGS)
def test_the_same_rows_and_columns_are_refused(
    slug: str, validata: Validata, met: Comparison
) -> None:
    here = Comparison()
    for case in write_cases(load_catalogue().get(slug)):
        verdict = validata.judge(case.content, case.schema)
        assert "crash" not in verdict, (case.name, verdict)
        whole = case.shape in ("valid", "cells")
        here.add((compare_cells if whole else compare_rows)(case, verdict))
        if case.shape == "valid":
            assert not verdict["file"], case.name
    met.add(here)
    assert here.missed == []
    assert here.beyond == []
    assert here.agreed


def case_of(*rows: dict[str, str], slug: str = "subventions") -> Case:
    """Rows of a schema, each like its example but for what is given."""
    schema = load_catalogue().get(slug)
    names = [field.name for field in schema.fields]
    base = dict(example_rows(schema)[0])
    lines = [",".join(f'"{ {**base, **row}[name] }"' for name in names) for row in rows]
    content = "\n".join([",".join(names), *lines, ""]).encode()
    return Case(f"{slug}/one", schema, content)


SHOWN = {
    "first-of-repeated": case_of({}, {}, slug="stationnement"),
    "only-spaces": case_of({"objet": "  "}),
    "python-numbers": case_of({"montant": "NaN"}, {"montant": "1_000"}),
    "signed-year": case_of({"BGT_ANNEE": "+202"}, slug="budget"),
    "padded-date": case_of({"DELIB_DATE": "2024-03- 3"}, slug="deliberations"),
    "lettered-phone": case_of({"no_appel": "a297000000"}, slug="taxis"),
    "accented-mailbox": case_of({"EQUIP_EMAIL": "é@b.fr"}, slug="equipements"),
    "spaced-number": case_of({"expt_siren": "215 600 461"}, slug="dae"),
    "shifted-uuid": case_of(
        {"UUID": "550e840-0e29b-41d4-a716-446655440000"}, slug="aires-livraison"
    ),
}

#: What only this engine does, by the names of the page.
ABILITIES = {
    "all-errors", "late-accent", "typed-cells", "no-header", "mended-header",
}  # fmt: skip


@pytest.mark.parametrize("name", [one.name for one in DIFFERENCES])
def test_each_difference_still_exists(name: str, validata: Validata) -> None:
    case = SHOWN[name]
    told = compare_cells(case, validata.judge(case.content, case.schema))
    assert told.explained[name] > 0
    assert told.missed == told.beyond == []


def test_every_difference_is_told_on_the_page() -> None:
    told = set(re.findall(r"^\| `([a-z-]+)`", PAGE.read_text("utf-8"), re.M))
    assert told == {one.name for one in DIFFERENCES} | ABILITIES


# --- What the national validator does not do ------------------------------------------


def test_errors_beyond_a_thousand_are_all_found(validata: Validata) -> None:
    case = case_of(*[{"montant": "douze"}] * 1500)
    verdict = validata.judge(case.content, case.schema)
    assert len(verdict["cells"]) < 1500
    assert len(refuse(case.content, case.schema)) == 1500


def test_an_accent_after_a_megabyte_is_read(validata: Validata) -> None:
    rows = [{"objet": "Fonctionnement de l'association, annee pleine"}] * 12_000
    plain = case_of(*rows, {"objet": "ETE"}).content.decode().encode("ascii", "ignore")
    content = plain.replace(b"ETE", "Été".encode("cp1252"))
    verdict = validata.judge(content, GRANTS)
    refused = bool(verdict.get("crash") or verdict.get("file"))
    report = check(read(content), GRANTS)
    assert refused
    assert not [group for group in report.groups if group.code == "encoding.repaired"]
    assert read(content).frame["objet"][-1] == "Été"


def test_numbers_typed_by_a_spreadsheet_are_read(
    validata: Validata, tmp_path: Path
) -> None:
    import xlsxwriter

    path = tmp_path / "typed.xlsx"
    base = dict(example_rows(GRANTS)[0])
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for at, (name, text) in enumerate(base.items()):
            sheet.write_string(0, at, name)
            number = name in ("idAttribuant", "idBeneficiaire") and text
            (sheet.write_number if number else sheet.write_string)(
                1, at, int(text) if number else text
            )
    verdict = validata.judge(path.read_bytes(), GRANTS, "typed.xlsx")
    assert verdict.get("crash") or verdict["cells"]
    opened = open_any(path, path.name)
    assert [g.code for g in check(opened.table, GRANTS).groups if g.national] == []


def test_a_file_whose_headers_are_all_others_is_told_so(validata: Validata) -> None:
    content = b"Un,Deux\n1,2\n"
    verdict = validata.judge(content, GRANTS)
    report = check(read(content), GRANTS)
    codes = {group.code for group in report.groups if group.national}
    assert codes == {"column.missing", "columns.one_required_absent"}
    assert verdict.get("crash") or len(verdict["file"]) < len(report.groups)


def test_a_header_in_capitals_is_proposed_where_the_validator_says_no(
    validata: Validata,
) -> None:
    case = case_of({})
    head, _, rest = case.content.decode().partition("\n")
    content = f"{head.upper()}\n{rest}".encode()
    verdict = validata.judge(content, GRANTS)
    report = check(read(content), GRANTS)
    assert verdict.get("crash") or verdict["file"]
    assert {group.code for group in report.groups if group.national} == {
        "column.renamed"
    }
    assert len(report.safe) == len(head.split(","))
