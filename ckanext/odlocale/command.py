"""The ``odlocale`` command: the engine for everybody, the portal to try.

Works without CKAN. A group is imported when it is used, so that checking a
file does not wait for the portal's libraries.
"""

from __future__ import annotations

from importlib import import_module

import click

#: Command → module that holds it, under the same name, and the extra it needs.
COMMANDS = {
    "scdl": ("ckanext.odlocale.scdl.cli", ""),
    "network": ("ckanext.odlocale.observatory.network_cli", ""),
    "up": ("ckanext.odlocale.portal.cli", "portal"),
    "down": ("ckanext.odlocale.portal.cli", "portal"),
    "status": ("ckanext.odlocale.portal.cli", "portal"),
    "logs": ("ckanext.odlocale.portal.cli", "portal"),
    "reset": ("ckanext.odlocale.portal.cli", "portal"),
    "backup": ("ckanext.odlocale.portal.backup_cli", "ckan"),
    "restore": ("ckanext.odlocale.portal.backup_cli", "ckan"),
    "demo": ("ckanext.odlocale.portal.cli", "portal"),
}


class LazyGroup(click.Group):
    """A group whose commands are imported one at a time."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command asked for, or say which extra it needs."""
        if cmd_name not in COMMANDS:
            return None
        path, extra = COMMANDS[cmd_name]
        try:
            module = import_module(path)
        except ModuleNotFoundError as error:
            if not extra or (error.name or "").startswith("ckanext.odlocale"):
                raise
            return missing_extra(cmd_name, extra)
        command: click.Command = getattr(module, cmd_name)
        return command


def missing_extra(name: str, extra: str) -> click.Command:
    """A command that only says what to install."""

    @click.command(name, help=f"Needs: pip install 'ckanext-odlocale[{extra}]'")
    def explain() -> None:
        click.echo(
            f"« odlocale {name} » demande : pip install 'ckanext-odlocale[{extra}]'",
            err=True,
        )
        raise SystemExit(2)

    return explain


@click.command(
    cls=LazyGroup,
    help="Standard data of French local authorities (SCDL): check a file, "
    "try the portal.",
)
@click.version_option(package_name="ckanext-odlocale")
def main() -> None:
    """Run ``odlocale``."""
