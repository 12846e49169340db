"""The commands of CKAN that the guides show."""

from __future__ import annotations

import click
import pytest
from ckan.cli.sysadmin import sysadmin
from ckan.cli.user import user

from ckanext.odlocale.plugin import all_commands
from tests.documentation import Command, commands, words_after


def shown() -> list[Command]:
    return [one for one in commands() if words_after(one, "ckan") is not None]


@pytest.mark.parametrize("command", shown(), ids=str)
def test_a_command_of_ckan_that_is_shown_is_understood(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "communes.geojson").write_text("{}")
    known = {"sysadmin": sysadmin, "user": user}
    known |= {str(one.name): one for one in all_commands()}
    words = words_after(command, "ckan") or []
    found: click.Command = known[words.pop(0)]
    while isinstance(found, click.Group):
        child = found.get_command(click.Context(found), words.pop(0))
        assert child is not None, command
        found = child
    found.make_context(found.name, words)
