"""The documentation tells what is."""

from __future__ import annotations

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
    assert programs <= {"make", "odlocale", "ckan", "docker"}


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


def test_the_engine_says_what_the_pages_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    shown = [one for one in of_program("odlocale") if one.output]
    assert shown
    for command in shown:
        result = CliRunner().invoke(main, command.line.split()[1:])
        assert result.output == command.output


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
