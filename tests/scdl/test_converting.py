"""A budget exported by accounting software, turned into the SCDL budget."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from ckanext.odlocale.scdl.canonical import canonical_frame, publication_key
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.charts import find_chart, read_official
from ckanext.odlocale.scdl.checking import check
from ckanext.odlocale.scdl.cli import scdl
from ckanext.odlocale.scdl.converting import convert, find_converter, open_any
from ckanext.odlocale.scdl.messages import render
from ckanext.odlocale.scdl.report import Report
from ckanext.odlocale.scdl.table import Table
from ckanext.odlocale.scdl.unreadable import Unreadable
from tests.scdl import totem_documents as totem
from tests.scdl.totem_documents import budget, document, line


def converted(content: bytes) -> tuple[Table, Report]:
    opened = convert(content)
    assert opened is not None
    assert opened.schema == "budget"
    return opened.table, check(opened.table, load_catalogue().get("budget"))


def codes(report: Report) -> dict[str, int]:
    return {group.code: group.count for group in report.groups}


def column(table: Table, name: str) -> list[str]:
    return table.frame[name].to_list()


def test_a_budget_conforms_once_converted() -> None:
    table, report = converted(document())

    assert report.valid
    assert codes(report) == {"totem.read": 1}
    assert table.frame.row(0, named=True) | {"BGT_MTPREV": "42000.00"} == {
        "BGT_NATDEC": "budget primitif",
        "BGT_ANNEE": "2022",
        "BGT_SIRET": totem.MAIN,
        "BGT_NOM": "VALFLEURI",
        "BGT_CONTNAT": "012",
        "BGT_CONTNAT_LABEL": "Charges de personnel et frais assimilés",
        "BGT_NATURE": "6411",
        "BGT_NATURE_LABEL": "Personnel titulaire",
        "BGT_FONCTION": "",
        "BGT_FONCTION_LABEL": "",
        "BGT_OPERATION": "",
        "BGT_SECTION": "fonctionnement",
        "BGT_OPBUDG": "réel",
        "BGT_CODRD": "dépense",
        "BGT_MTREAL": "",
        "BGT_MTBUDGPREC": "",
        "BGT_MTRARPREC": "",
        "BGT_MTPROPNOUV": "",
        "BGT_MTPREV": "42000.00",
        "BGT_CREDOUV": "",
        "BGT_MTRAR3112": "",
        "BGT_ARTSPE": "non spécialisé",
    }


@pytest.mark.parametrize(
    ("code", "step"),
    [
        ("01", "budget primitif"),
        ("1", "budget primitif"),
        ("02", "décision modificative"),
        ("03", "budget supplémentaire"),
        ("09", "compte administratif"),
        ("10", "compte administratif"),
    ],
)
def test_the_step_is_written_as_the_list_says(code: str, step: str) -> None:
    table, report = converted(document(budget(step=code)))

    assert column(table, "BGT_NATDEC") == [step]
    assert report.valid


def test_a_step_that_is_not_known_is_told_and_kept() -> None:
    table, report = converted(document(budget(step="42")))

    assert column(table, "BGT_NATDEC") == ["42"]
    assert codes(report)["totem.step"] == 1
    assert not report.valid


@pytest.mark.parametrize(
    ("parts", "chapter", "section"),
    [
        # Without ContNat: the chart gives the chapter by the use of the account.
        ({"Nature": "73111", "CodRD": "R", "Section": "F"}, "73", "fonctionnement"),
        ({"Nature": "168748", "CodRD": "R", "Section": "I"}, "16", "investissement"),
        (
            {"Nature": "2804412", "CodRD": "R", "OpBudg": "1", "TypOpBudg": "2"},
            "040",
            "investissement",
        ),
        (
            {"Nature": "608", "CodRD": "D", "OpBudg": "1", "TypOpBudg": "1"},
            "043",
            "fonctionnement",
        ),
    ],
)
def test_a_chapter_left_out_comes_from_the_account(
    parts: dict[str, str], chapter: str, section: str
) -> None:
    written = {"Section": None, "ContNat": None, **parts}
    table, report = converted(document(budget([line(), line(**written)])))

    assert column(table, "BGT_CONTNAT")[1] == chapter
    assert column(table, "BGT_SECTION")[1] == section
    assert report.valid
    group = next(one for one in report.groups if one.code == "totem.chapter")
    assert (group.count, group.rows) == (1, (3,))


def test_the_section_of_the_line_comes_before_that_of_its_chapter() -> None:
    table, _ = converted(document(budget([line(Section="I")])))

    assert column(table, "BGT_SECTION") == ["investissement"]


def test_an_annexe_keeps_its_own_siret_and_name() -> None:
    annexe = budget(name="EAU", siret=totem.ANNEXE, kind="A", step="09")
    table, report = converted(document(budget(), annexe))

    assert column(table, "BGT_SIRET") == [totem.MAIN, totem.ANNEXE]
    assert column(table, "BGT_NOM") == ["VALFLEURI", "VALFLEURI – EAU"]
    assert column(table, "BGT_NATDEC") == ["budget primitif", "compte administratif"]
    assert list(table.row_numbers) == [2, 3]
    assert codes(report)["totem.several"] == 2


def test_its_key_tells_the_annexe_from_the_main_budget() -> None:
    schema = load_catalogue().get("budget")
    keys = set()
    for siret in (totem.MAIN, totem.ANNEXE):
        table, report = converted(document(budget(siret=siret)))
        keys.add(
            publication_key(canonical_frame(table, schema, report.mapping), schema)
        )
    assert len(keys) == 2


def test_nobody_named_in_the_annexes_is_in_the_table() -> None:
    table, report = converted(document())

    text = table.frame.write_csv() + str(report.to_dict())
    assert "Agathe" not in text
    assert "Signataire" not in text


def test_lines_added_up_by_the_software_are_left_out_and_told() -> None:
    lines = [line(), line(calculated="true"), line(calculated="false")]
    table, report = converted(document(budget(lines)))

    assert table.frame.height == 2
    assert codes(report)["totem.calculated"] == 1


def test_a_draft_budget_is_told() -> None:
    _, report = converted(document(budget(draft="true")))
    assert "totem.draft" in codes(report)


@pytest.mark.parametrize(
    ("chart", "year", "code"),
    [
        ("M14-M14_COM_500_3500", "2026", "totem.chart_near"),
        ("M57-M57_A", "2024", "totem.chart_near"),
        ("M57-M57_Z", "2024", "totem.chart_near"),
        ("M99-M99", "2022", "totem.chart_unknown"),
        ("../../../etc-passwd", "2022", "totem.chart_unknown"),
        ("M14-../../x", "2022", "totem.chart_near"),
        ("", "2022", "totem.chart_unknown"),
        ("M14", "2022", "totem.chart_near"),
        ("M14-M14_COM_500_3500", "deux mille", "totem.chart_unknown"),
        ("M14-M14_COM_500_3500", "../..", "totem.chart_unknown"),
    ],
)
def test_a_chart_that_is_not_known_is_told(chart: str, year: str, code: str) -> None:
    table, report = converted(document(budget(chart=chart, year=year)))

    assert code in codes(report)
    assert table.frame.height == 1


def test_an_account_that_is_not_in_the_chart_keeps_the_softwares_name() -> None:
    lines = [line(Nature="999999", LibCpte="Compte ouvert ici"), line(Nature="888888")]
    table, report = converted(document(budget(lines)))

    assert column(table, "BGT_NATURE_LABEL") == ["Compte ouvert ici", ""]
    assert codes(report)["totem.account"] == 2


def test_a_chart_added_by_the_operator_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "2027" / "M57" / "M57_A" / "planDeCompte.xml"
    path.parent.mkdir(parents=True)
    path.write_text(
        '<Nomenclature><Nature><Chapitres><Chapitre Code="012" Libelle="Paie"'
        ' Section="F"/></Chapitres><Comptes><Compte Code="6411" Libelle="Agents"'
        ' DR="012"/></Comptes></Nature></Nomenclature>',
        encoding="utf-8",
    )
    monkeypatch.setenv("ODLOCALE_CHARTS", str(tmp_path))
    table, report = converted(document(budget(chart="M57-M57_A", year="2027")))

    assert column(table, "BGT_NATURE_LABEL") == ["Agents"]
    assert report.valid
    assert "totem.chart_near" not in codes(report)


@pytest.mark.parametrize("content", ["<Nomenclature>", "", "<a>" * 100])
def test_a_damaged_chart_of_the_operator_leaves_what_ships(
    content: str, tmp_path: Path
) -> None:
    path = tmp_path / "2022" / "M57" / "M57_A" / "planDeCompte.xml"
    path.parent.mkdir(parents=True)
    path.write_text(content, encoding="utf-8")

    chart = find_chart("M57-M57_A", 2022, tmp_path)

    assert chart is not None
    assert chart.accounts["6411"][0] == "Personnel titulaire"


def test_accents_encoded_twice_in_an_official_chart_are_mended() -> None:
    xml = '<N><Chapitre Code="1" Libelle="DÃ©penses imprÃ©vues" Section="F"/></N>'
    assert [label for _, _, label, _, _ in read_official(xml.encode())] == [
        "Dépenses imprévues"
    ]


ENTITY = '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
LAUGHS = (
    '<!DOCTYPE d [<!ENTITY a "haha">'
    + "".join(
        f'<!ENTITY {n} "{f"&{p};" * 10}">'
        for p, n in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (document()[:900], "damaged"),
        (document(before=ENTITY), "damaged"),
        (document(budget(name="&x;"), before=ENTITY), "damaged"),
        (document(before=LAUGHS).replace(b"VALFLEURI", b"&i;"), "damaged"),
        (document(budget(lines=[])), "no_rows"),
        (document(budget(lines=[line(calculated="true")])), "no_rows"),
        (b"<DocumentBudgetaire/>", "no_rows"),
        (document().replace(b"42000", b"\x00"), "damaged"),
        (b"<DocumentBudgetaire>" + b"<a>" * 5000, "damaged"),
    ],
    ids=[
        "truncated", "external entity", "entity used", "billion laughs", "no line",
        "totals only", "empty", "NUL", "deep",
    ],
)  # fmt: skip
def test_a_file_at_fault_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        convert(content)
    assert refused.value.code == code


def test_too_many_lines_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ckanext.odlocale.scdl.totem.MAX_LINES", 2)
    with pytest.raises(Unreadable) as refused:
        convert(document(budget([line()] * 3)))
    assert refused.value.code == "too_many_cells"


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "ISO-8859-1"])
def test_any_encoding_that_the_document_declares_is_read(encoding: str) -> None:
    content = document(budget(name="RÉGIE", kind="A"), encoding=encoding)
    table, _ = converted(content)
    assert column(table, "BGT_NOM") == ["VALFLEURI – RÉGIE"]


def test_quotes_and_signs_in_a_name_stay_as_they_are() -> None:
    name = 'L\'Îlot <b> & "co"; =1+1'
    table, _ = converted(document(budget(name=name, kind="A"), encoding="UTF-8"))
    assert column(table, "BGT_NOM") == [f"VALFLEURI – {name}"]


@pytest.mark.parametrize(
    "content",
    [b"", b"a;b\n1;2\n", b"<?xml version='1.0'?><autre/>", b"<html>", b"\xff\xfe<\x00"],
)
def test_what_is_not_totem_is_left_to_the_reader(content: bytes) -> None:
    assert find_converter(content) is None


def test_a_table_opens_as_before() -> None:
    opened = open_any(b"a;b\n1;2\n", "a.csv")
    assert (opened.converter, opened.schema) == (None, None)


def test_every_note_has_its_words() -> None:
    lines = [line(ContNat=None), line(Nature="999999"), line(calculated="true")]
    annexe = budget(lines, step="42", draft="true", year="2026", siret=totem.ANNEXE)
    unknown = budget(chart="M99-M99")
    _, report = converted(document(annexe, unknown))
    told = {
        g.code: render(g, "en").sentence for g in report.groups if "totem" in g.code
    }

    assert set(told) == {
        "totem.read", "totem.several", "totem.calculated", "totem.chapter",
        "totem.account", "totem.chart_near", "totem.chart_unknown", "totem.draft",
        "totem.step",
    }  # fmt: skip
    assert not any("…" in sentence for sentence in told.values())
    assert "“42”" in told["totem.step"]


def test_the_command_writes_the_table_and_tells_what_it_did(tmp_path: Path) -> None:
    source, target = tmp_path / "budget.xml", tmp_path / "budget.csv"
    source.write_bytes(document())
    run = CliRunner().invoke(scdl, ["convert", str(source), "-o", str(target)])

    assert run.exit_code == 0, run.output
    assert target.read_text(encoding="utf-8").count("\n") == 2
    again = CliRunner().invoke(scdl, ["check", str(target)])
    assert again.exit_code == 0, again.output


@pytest.mark.parametrize(
    ("content", "status"),
    [(document(budget(step="42")), 1), (b"a;b\n1;2\n", 2), (b"<DocumentBudgetaire", 2)],
    ids=["findings", "no converter", "damaged"],
)
def test_the_command_says_how_it_went(
    content: bytes, status: int, tmp_path: Path
) -> None:
    target = tmp_path / "out.csv"
    run = CliRunner().invoke(scdl, ["convert", "-", "-o", str(target)], input=content)

    assert run.exit_code == status, run.output
    assert target.exists() == (status < 2)
    assert "Traceback" not in run.output


def test_a_deposited_document_is_checked_like_a_table(tmp_path: Path) -> None:
    source = tmp_path / "budget.xml"
    source.write_bytes(document())
    run = CliRunner().invoke(scdl, ["check", str(source)])
    assert run.exit_code == 0, run.output
