"""``ckan odlocale publishing remind`` and ``digest``: run each day.

Data goes to the standard output, talk to the standard error. Exit status: 0 fine, 1
the mail server stopped and the rest waits for the next run.
"""

from __future__ import annotations

import datetime
from contextlib import AbstractContextManager
from typing import Any

import click

from ckanext.odlocale.publishing.cli import publishing
from ckanext.odlocale.reminders.digest_sending import send_digests
from ckanext.odlocale.reminders.sending import (
    Planned,
    ServerOutOfReach,
    plan_letters,
    send_reminders,
)
from ckanext.odlocale.territory.command_line import CONFLICTS


@publishing.command()
@click.option("--dry-run", is_flag=True, help="Say who would be written to.")
@click.option("--per-minute", type=float, default=60, show_default=True)
def remind(dry_run: bool, per_minute: float) -> None:
    """Remind agents of what is due within 30 days, or late.

    Run each day: nobody is written to more than once a week. Stopped half-way, run it
    again: nobody is written to twice.
    """
    now = _now()
    with _language():
        if dry_run:
            planned = list(plan_letters(now))
            for one in planned:
                _print(one, "waiting")
            click.echo(f"{len(planned)} to send", err=True)
            return
        try:
            sent = send_reminders(now, per_minute, tell=_print)
        except ServerOutOfReach as error:
            click.echo(f"the mail server stopped: {error}", err=True)
            raise SystemExit(CONFLICTS) from error
    click.echo(f"{sent} sent", err=True)


@publishing.command()
@click.option("--dry-run", is_flag=True, help="Say who would be written to.")
def digest(dry_run: bool) -> None:
    """Send each ATD the figures of the last month, once.

    It may run each day: who has had the month's is not written to again.
    """
    with _language():
        try:
            sent = send_digests(
                _now(),
                dry_run=dry_run,
                tell=lambda *line: click.echo("\t".join(line)),
            )
        except ServerOutOfReach as error:
            click.echo(f"the mail server stopped: {error}", err=True)
            raise SystemExit(CONFLICTS) from error
    click.echo(f"{sent} sent", err=True)


def _print(planned: Planned, state: str) -> None:
    for one in planned.parts:
        names = ", ".join(line.name for line in one.lines)
        place = f"{one.place.code}\t{one.place.name}"
        click.echo(f"{state}\t{place}\t{planned.user.email}\t{names}")


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)


def _language() -> AbstractContextManager[Any]:
    """Write letters in the portal's language: there is no visitor to ask."""
    app: Any = click.get_current_context().meta["flask_app"]
    request: AbstractContextManager[Any] = app.test_request_context()
    return request
