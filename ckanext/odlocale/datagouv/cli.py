"""``ckan odlocale datagouv``: the feeds, from the command line."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import click

from ckanext.odlocale.datagouv.elsewhere_cli import elsewhere
from ckanext.odlocale.datagouv.push_cli import outbox, push
from ckanext.odlocale.datagouv.registration_cli import COMMANDS


@click.group(short_help="Feeds for data.gouv.fr.")
def datagouv() -> None:
    """Feeds for data.gouv.fr."""


datagouv.add_command(push)
datagouv.add_command(outbox)
for command in COMMANDS:
    datagouv.add_command(command)
datagouv.add_command(elsewhere)


@datagouv.command()
@click.option("--organization", help="One organisation, by name or id.")
@click.option("--after", help="Go on after this key, printed when a run stopped.")
def rebuild(organization: str | None, after: str | None) -> None:
    """Write all fragments anew, a hundred at a time.

    Not needed in daily life: a fragment is written with its dataset, and a feed that
    finds one out of date writes it. After a restoration, it spares the first readers
    the wait.
    """
    done = removed = 0
    site_user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    while True:
        outcome = _rebuild_page(site_user["name"], organization, after)
        done += outcome["rebuilt"]
        removed += outcome["removed"]
        after = outcome["next"]
        click.echo(f"{done}/{outcome['total']}", err=True)
        if after is None:
            break
        click.echo(f"to go on from here: --after {after}", err=True)
    click.echo(f"{done} fragments written, {removed} removed")


def _rebuild_page(
    user: str, organization: str | None, after: str | None
) -> dict[str, Any]:
    """:raises SystemExit: with status 2, the run could not start."""
    try:
        outcome: dict[str, Any] = tk.get_action("odlocale_fragment_rebuild")(
            {"user": user}, {"id": organization, "after": after}
        )
    except (tk.ObjectNotFound, tk.ValidationError) as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(2) from error
    return outcome
