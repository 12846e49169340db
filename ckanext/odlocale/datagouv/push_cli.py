"""``ckan odlocale datagouv push`` and ``outbox``: what is sent, and what waits.

Data goes to the standard output, talk to the standard error. Exit status: 0 fine, 1
something waits for a person or for data.gouv.fr, 2 it could not run.
"""

from __future__ import annotations

import datetime
import json
from typing import Any, Literal

import click
from ckan import model

from ckanext.odlocale.datagouv import push_run
from ckanext.odlocale.datagouv.model import UTC
from ckanext.odlocale.territory.command_line import (
    CONFLICTS,
    call,
    talk,
    write_csv,
)

Format = Literal["table", "json", "csv"]

_PAGE = 1000
_COLUMNS = (
    "id", "code", "name", "title", "status", "waiting_since", "attempts", "next_try",
    "why", "said",
)  # fmt: skip


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would be sent.")
def push(dry_run: bool) -> None:
    """Send to data.gouv.fr what is due, and look for what changed unseen.

    Run it every few minutes: a message that failed waits longer each time. Stopped at
    any moment, run it again: nothing is made twice there.
    """
    if dry_run:
        found = push_run.foresee(datetime.datetime.now(UTC))
        for package_id in found:
            package = model.Package.get(package_id)
            click.echo(f"{package_id}\t{package.title if package else ''}")
        talk(f"{len(found)} to send")
        return
    report = push_run.run(tell=lambda key, what: click.echo(f"{key}\t{what}"))
    if report.busy:
        talk("another run is at work")
        return
    for what, count in sorted({**report.outcomes, **report.failures}.items()):
        talk(f"{what}: {count}")
    if report.stopped:
        talk("data.gouv.fr does not answer: the rest waits for the next run")
    if report.failures:
        raise SystemExit(CONFLICTS)


@click.command()
@click.option(
    "--what",
    type=click.Choice(["all", "waiting", "failed", "held"]),
    default="waiting",
    show_default=True,
    help="held: changed there by hand.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="How to write the list.",
)
def outbox(what: str, form: Format) -> None:
    """Show what waits to be sent to data.gouv.fr, since when, and why."""
    rows: list[dict[str, Any]] = []
    while True:
        asked = {"what": what, "limit": _PAGE, "offset": len(rows)}
        page = call("odlocale_datagouv_send_list", asked)
        rows += page["results"]
        if not page["results"] or len(rows) >= page["count"]:
            break
    click.echo(write_rows(rows, form), nl=False)
    talk(
        f"{page['waiting']} waiting, the oldest since {page['oldest'] or '-'};"
        f" {page['failed']} failed, {page['held']} changed there by hand,"
        f" {page['sent']} sent"
    )
    if page["failed"] or page["held"]:
        raise SystemExit(CONFLICTS)


def write_rows(rows: list[dict[str, Any]], form: Format) -> str:
    """Return messages as text."""
    if form == "json":
        return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"
    if form == "csv":
        return write_csv(rows, _COLUMNS)
    lines = (
        f"{one['id']}  {one['code']:9}  {one['status']:8}"
        f"  {one['waiting_since'] or '-':32}  {one['attempts']:3}  {one['why'] or ''}"
        f"  {', '.join(change['path'] for change in one['held'])}"
        for one in rows
    )
    return "".join(line.rstrip() + "\n" for line in lines)
