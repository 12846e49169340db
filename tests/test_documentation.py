"""The documentation tells what is."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner

from ckanext.odlocale.command import main
from scripts import settings_table
from tests.documentation import PAGES, ROOT, Command, commands
from tests.scdl.totem_documents import budget, document, line

LINK = re.compile(r"!?\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


def of_program(name: str) -> list[Command]:
    found = [one for one in commands() if one.line.split()[0] == name]
    assert found, f"no page shows {name}"
    return found


def links() -> list[tuple[Path, str]]:
    return [
        (page, target)
        for page in PAGES
        for target in LINK.findall(page.read_text("utf-8"))
        if "://" not in target
    ]


def test_only_known_programs_are_shown() -> None:
    programs = {command.line.split()[0] for command in commands()}
    assert programs <= {"make", "odlocale", "ckan", "docker", "curl"}


@pytest.mark.parametrize("command", of_program("make"), ids=str)
def test_a_make_target_that_is_shown_exists(command: Command) -> None:
    targets = re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.M)
    words = command.line.split()[1:]
    assert {word for word in words if "=" not in word} <= set(targets)


@pytest.mark.parametrize("command", of_program("odlocale"), ids=str)
def test_an_odlocale_command_that_is_shown_is_understood(command: Command) -> None:
    words = command.line.split()[1:]
    found: click.Command = main
    while isinstance(found, click.Group):
        child = found.get_command(click.Context(found), words.pop(0))
        assert child is not None, command
        found = child
    # Parses the arguments without running anything.
    found.make_context(found.name, words)


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds the files the pages name, and the repository's tests."""
    data = ROOT / "tests" / "data" / "scdl"
    for name in ("budget", "prenoms", "subventions"):
        (tmp_path / f"{name}.csv").write_bytes(
            (data / f"{name}-kerlouan-2024.csv").read_bytes()
        )
    (tmp_path / "totem.xml").write_bytes(document(budget(line())))
    model = {"name": "arbres", "title": "Arbres", "version": "1.0.0"}
    fields = [{"name": "ARBRE_ID"}, {"name": "ESSENCE"}]
    (tmp_path / "arbres.json").write_text(json.dumps({**model, "fields": fields}))
    # Found by the pages that are read in the repository; not one of the folder's files.
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def of_the_engine() -> list[Command]:
    return [one for one in of_program("odlocale") if one.line.split()[1] == "scdl"]


@pytest.mark.parametrize("page", sorted({one.page for one in of_the_engine()}))
def test_the_engine_says_what_a_page_shows(page: str, workplace: Path) -> None:
    for command in (one for one in of_the_engine() if one.page == page):
        result = CliRunner().invoke(main, command.line.split()[1:])
        assert result.exit_code in (0, 1), f"{command}\n{result.output}"
        assert not isinstance(result.exception, Exception), command
        if command.output:
            assert result.output == command.output, command


@pytest.mark.parametrize(("page", "target"), links(), ids=str)
def test_a_link_leads_somewhere(page: Path, target: str) -> None:
    assert (page.parent / target).exists()


def test_the_settings_of_the_readme_are_those_declared() -> None:
    declaration = yaml.safe_load(settings_table.DECLARATION.read_text("utf-8"))
    table = settings_table.settings_table(declaration)
    page = settings_table.README.read_text("utf-8")
    assert settings_table.put_table(page, table) == page, "run: make docs"


def test_a_setting_becomes_a_row() -> None:
    option = {
        "key": "ckanext.odlocale.a_days",
        "default": 30,
        "description": "Days\n  kept, as ``1 | 2``.",
    }
    table = settings_table.settings_table({"groups": [{"options": [option]}]})
    assert table.splitlines()[2:] == [
        "| `ckanext.odlocale.a_days` | `30` |  | Days kept, as `1 \\| 2`. |"
    ]


@pytest.mark.parametrize("page", ["", "<!-- settings -->", "<!-- /settings -->" * 2])
def test_a_page_without_its_two_markers_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="once each"):
        settings_table.put_table(page, "")


def test_the_script_says_that_it_is_up_to_date() -> None:
    assert settings_table.main(["--check"]) == 0


def test_the_licence_is_the_whole_agpl() -> None:
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert text.lstrip().startswith("GNU AFFERO GENERAL PUBLIC LICENSE")
    assert "END OF TERMS AND CONDITIONS" in text
    assert len(text) == 34523


def test_the_version_is_stated_once_and_has_its_changes() -> None:
    version = re.search(
        r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.M
    )
    assert version
    assert f"## [{version[1]}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_the_settings_script_runs_alone() -> None:
    script = ROOT / "scripts" / "settings_table.py"
    subprocess.run([sys.executable, script, "--check"], check=True, cwd=ROOT.parent)
