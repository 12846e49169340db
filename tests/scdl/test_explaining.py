"""One page per check, and no page can lie: its examples go through the engine."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from ckanext.odlocale import scdl as engine
from ckanext.odlocale.scdl import explaining, messages
from ckanext.odlocale.scdl.cli import scdl
from ckanext.odlocale.scdl.explaining import (
    NOT_CHECKED,
    REFUSED,
    Explanation,
    UnknownCode,
    explain,
    list_families,
    load_explanations,
)
from ckanext.odlocale.scdl.explaining_examples import try_lines
from ckanext.odlocale.scdl.explaining_pages import name_file, to_markdown
from ckanext.odlocale.scdl.report import page_of
from ckanext.odlocale.scdl.unreadable import CODES
from scripts import control_pages

ENGINE = Path(engine.__file__ or "").parent
EVERY = load_explanations()
SHOWN = [one for one in EVERY.values() if one.has_example]

#: Sentences of one code that say it in several ways.
VARIANT = re.compile(r"^(columns\.order|[a-z]+\.[a-z_]+)\.[a-z.]+$")
#: Texts of the engine's modules that have a code's shape and are none.
NOT_CODES = {"budget.xml", "content.xml", "schema.data.gouv.fr", "siret.wrong"}


def codes_in_the_engine() -> set[str]:
    """Every text of its modules that has the shape of a code, and those made up."""
    found = set()
    for path in ENGINE.glob("*.py"):
        if path.name.startswith("explaining"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    shaped = {one for one in found if re.fullmatch(r"[a-z]+(\.[a-z_]+)+", one)}
    families = {code.partition(".")[0] for code in messages.ALL_SENTENCES}
    shaped = {one for one in shaped if one.partition(".")[0] in families}
    said = {VARIANT.sub(r"\1", code) for code in messages.ALL_SENTENCES}
    shaped = {VARIANT.sub(r"\1", code) for code in shaped}
    refused = {f"{REFUSED}{code}" for code in (*CODES, *NOT_CHECKED)}
    return (said | shaped | refused) - NOT_CODES


def test_every_code_has_its_page_and_every_page_its_code() -> None:
    assert sorted(codes_in_the_engine() - set(EVERY)) == []
    assert sorted(set(EVERY) - codes_in_the_engine()) == []


def test_a_code_without_a_page_would_be_seen() -> None:
    assert "date.french" in codes_in_the_engine()
    assert "columns.order" in codes_in_the_engine()
    assert len(codes_in_the_engine()) > 120


@pytest.mark.parametrize("one", SHOWN, ids=lambda one: one.code)
def test_the_wrong_example_is_found_and_the_right_one_is_clean(
    one: Explanation,
) -> None:
    wrong, right = try_lines(one, one.wrong), try_lines(one, one.right)
    assert one.code in wrong.codes
    assert wrong.message is not None
    assert wrong.message.sentence
    assert right.codes == ()


def test_only_files_that_no_text_shows_have_no_example() -> None:
    without = {one.code for one in EVERY.values() if not one.has_example}
    assert {code.partition(".")[0] for code in without} == {"totem", "unreadable"}


@pytest.mark.parametrize("one", EVERY.values(), ids=lambda one: one.code)
def test_a_page_says_why_what_to_do_and_where_the_rule_is_written(
    one: Explanation,
) -> None:
    assert one.title
    assert one.sources
    assert all(source.url.startswith("https://") for source in one.sources)
    for text in (one.why, one.remedy):
        assert text.endswith((".", "?", "…"))
        sentences = re.split(r"[.?!]\s+(?=[A-ZÀ-Ý«])", text)
        longest = max(len(sentence.split()) for sentence in sentences)
        assert longest <= 20, text
    words = f"{one.title} {one.why} {one.remedy}".lower()
    forbidden = (
        "veuillez", "désolé", "invalide", "schéma", "jeu de données", "ressource",
        "métadonnée", "encodage", "moissonnage", "'",
    )  # fmt: skip
    assert [word for word in forbidden if word in words] == []


def test_two_pages_never_share_an_address_or_a_title() -> None:
    assert len({one.page for one in EVERY.values()}) == len(EVERY)
    assert len({one.title for one in EVERY.values()}) == len(EVERY)


def test_the_documentation_is_up_to_date() -> None:
    assert control_pages.find_stale(control_pages.write_pages()) == [], "make docs"
    assert control_pages.main(["--check"]) == 0


def test_a_page_out_of_date_is_named_then_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(control_pages, "FOLDER", tmp_path / "controles")
    assert control_pages.main([]) == 0
    assert control_pages.main(["--check"]) == 0
    (tmp_path / "controles" / "date-french.md").write_text("autre", "utf-8")
    (tmp_path / "controles" / "date-gone.md").write_text("disparu", "utf-8")
    assert control_pages.main(["--check"]) == 1
    assert "date-french.md" in (told := capsys.readouterr().err)
    assert "date-gone.md" in told
    assert control_pages.main([]) == 0
    assert not (tmp_path / "controles" / "date-gone.md").exists()


def test_the_index_names_every_page() -> None:
    index = (control_pages.FOLDER / "README.md").read_text("utf-8")
    for family, checks in list_families().items():
        assert f"## {family}" in index
        assert all(f"({name_file(one)})" in index for one in checks)


@pytest.mark.parametrize(
    "name", ["siret.zero", "siret-zero", "controles/siret-zero", " siret.zero "]
)
def test_a_check_is_found_by_its_code_or_its_page(name: str) -> None:
    assert explain(name).code == "siret.zero"


@pytest.mark.parametrize(
    "name", ["", "siret", "../etc/passwd", "date.french\0", "x" * 9999]
)
def test_an_unknown_code_is_told(name: str) -> None:
    with pytest.raises(UnknownCode):
        explain(name)


def test_the_command_explains_in_three_formats() -> None:
    run = CliRunner().invoke
    text = run(scdl, ["explain", "date.french"])
    assert text.exit_code == 0
    assert "03/04/2024" in text.stdout
    markdown = run(scdl, ["explain", "date-french", "--format", "markdown"])
    assert markdown.stdout == to_markdown(explain("date.french"))
    told = json.loads(run(scdl, ["explain", "binary", "--format", "json"]).stdout)
    assert told["code"] == "unreadable.binary"
    assert told["page"] == "controles/unreadable-binary"
    assert told == explain("binary").to_dict()


def test_the_command_lists_every_code() -> None:
    text = CliRunner().invoke(scdl, ["explain"]).stdout
    assert [line.split()[0] for line in text.splitlines()] == list(EVERY)
    told = CliRunner().invoke(scdl, ["explain", "--format", "json"]).stdout
    assert [one["code"] for one in json.loads(told)] == list(EVERY)


def test_the_command_refuses_an_unknown_code() -> None:
    result = CliRunner().invoke(scdl, ["explain", "tarot"])
    assert result.exit_code == 2
    assert "tarot" in result.stderr


def test_the_texts_are_data_read_once() -> None:
    assert explaining.load_explanations() is EVERY
    assert page_of("enum.case") == explain("enum.case").page
