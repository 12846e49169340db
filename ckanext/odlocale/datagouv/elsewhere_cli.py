"""``ckan odlocale datagouv elsewhere``: what collectivités publish on other portals."""

from __future__ import annotations

import datetime
from typing import Any

import ckantoolkit as tk
import click

from ckanext.odlocale.datagouv.model import UTC


@click.command()
@click.option("--code", "codes", multiple=True, help="INSEE code or SIREN.")
@click.option("--set", "address", help="Where the one of --code publishes: an address.")
@click.option("--forget", is_flag=True, help="Forget what --set said.")
@click.option("--since", help="Go on with a run that began at this moment.")
def elsewhere(
    codes: tuple[str, ...], address: str | None, forget: bool, since: str | None
) -> None:
    """Ask data.gouv.fr and other portals what collectivités publish there.

    To be run each night. Exit status: 0 fine, 1 a portal could not be read (what it
    said before stays), 2 it could not run.
    """
    if address or forget:
        if len(codes) != 1 or (address and forget):
            raise click.UsageError("--set and --forget go with one --code")
        _act("odlocale_elsewhere_set", code=codes[0], address=address or "")
        if forget:
            click.echo("forgotten")
            return
    since = since or datetime.datetime.now(UTC).isoformat()
    read = failed = 0
    while True:
        done = _act("odlocale_elsewhere_read", codes=list(codes), since=since, limit=5)
        read += done["read"]
        failed += done["failed"]
        click.echo(f"{read + failed}/{read + failed + done['left']}", err=True)
        if not done["left"]:
            break
        click.echo(f"to go on from here: --since {since}", err=True)
    click.echo(f"{read} read, {failed} that could not be")
    if failed:
        raise SystemExit(1)


def _act(action: str, **values: Any) -> dict[str, Any]:
    """:raises SystemExit: with status 2, it could not run."""
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    try:
        done: dict[str, Any] = tk.get_action(action)({"user": user}, values)
    except (tk.ObjectNotFound, tk.ValidationError, tk.NotAuthorized) as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(2) from error
    return done
