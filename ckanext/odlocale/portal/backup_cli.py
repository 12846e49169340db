"""``odlocale backup`` and ``odlocale restore``."""

from __future__ import annotations

from pathlib import Path

import click

from ckanext.odlocale.portal import backup as backups
from ckanext.odlocale.portal.archive import ArchiveRefused

_ini = click.option(
    "--config", "-c", "ini", envvar="CKAN_INI", required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CKAN's configuration file; by default the one that CKAN_INI names.",
)  # fmt: skip


def _say(line: str) -> None:
    click.echo(line, err=True)


@click.command()
@_ini
@click.argument("target", type=click.Path(path_type=Path))
def backup(ini: Path, target: Path) -> None:
    """Back the portal up in the file TARGET, while people work.

    Rows and files of one moment, signed. Exits with 1, and leaves nothing, where it is
    not whole.
    """
    try:
        backups.make(backups.Place.read(ini), target, _say)
    except ArchiveRefused as error:
        _say(f"backup: {error}")
        raise SystemExit(1) from error


@click.command()
@_ini
@click.argument("source", type=click.Path(exists=True, path_type=Path))
def restore(ini: Path, source: Path) -> None:
    """Restore the backup SOURCE in this portal, which must be empty.

    It is read whole first: cut, altered or of another SECRET_KEY, it changes nothing.
    Then rows and files are counted, and the search, tables and feeds made again.
    """
    try:
        backups.restore(backups.Place.read(ini), source, _say)
    except ArchiveRefused as error:
        _say(f"restore: {error}")
        raise SystemExit(1) from error
