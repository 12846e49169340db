"""``ckan odlocale tables``: the tables of all the collectivités, by command."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import click


@click.group(short_help="One table for each model, of all the collectivités.")
def tables() -> None:
    """One table for each model, of all the collectivités."""


@tables.command()
@click.argument("schema", required=False)
@click.option("--after", help="Go on after this SIREN, printed when a run stopped.")
@click.option("--anew", is_flag=True, help="Load again even what is there already.")
def rebuild(schema: str | None, after: str | None, anew: bool) -> None:
    """Compare the tables with what is published, and make good what differs.

    Of one SCHEMA, or of all. After a restoration of one of the two databases, for
    instance. It may be stopped and run again: what is done is not done twice.
    """
    if after and not schema:
        raise click.UsageError("--after needs a schema")
    user = _site_user()
    for name in [schema] if schema else _schemas():
        _rebuild(user, name, after, anew)


@tables.command()
def settle() -> None:
    """Bring the tables up to date where something is still due.

    The worker does it after each publication. For cron, where it may have stopped.
    """
    outcome = tk.get_action("odlocale_table_settle")({"user": _site_user()}, {})
    click.echo(f"{outcome['done']} done, {outcome['left']} left")
    if outcome["left"]:
        raise SystemExit(1)


def _rebuild(user: str, schema: str, after: str | None, anew: bool) -> None:
    looked = changed = 0
    while True:
        data: dict[str, Any] = {"schema": schema, "after": after, "anew": anew}
        try:
            outcome = tk.get_action("odlocale_table_rebuild")({"user": user}, data)
        except tk.ObjectNotFound as error:
            click.echo(f"Error: {schema}: {error}", err=True)
            raise SystemExit(2) from error
        looked += outcome["looked"]
        changed += outcome["changed"]
        after = outcome["next"]
        click.echo(f"{schema}: {looked}/{outcome['total']}", err=True)
        if after is None:
            break
        click.echo(f"to go on from here: {schema} --after {after}", err=True)
    click.echo(f"{schema}: {changed} collectivités changed")


def _schemas() -> list[str]:
    from ckanext.odlocale.tables import settling

    return settling.known_schemas()


def _site_user() -> str:
    name: str = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    return name
