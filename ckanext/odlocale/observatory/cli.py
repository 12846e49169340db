"""``ckan odlocale observatory``: bring history up to date, write reports.

Data goes to the standard output, talk to the standard error.
"""

from __future__ import annotations

import datetime

import click

from ckanext.odlocale.observatory import downloads, exporting, recording


@click.group()
def observatory() -> None:
    """The figures of the territory, and their history."""


@observatory.command()
@click.option("--again", is_flag=True, help="From the first publication on.")
def record(again: bool) -> None:
    """Bring history up to today; ``ckan odlocale people daily`` does it each day.

    Days on which nothing ran are filled in: facts are dated.
    """
    day = recording.today_of(datetime.datetime.now(datetime.timezone.utc))
    downloads.settle()
    written = recording.record(day, again=again)
    exporting.write_all()
    click.echo(f"{written} rows written up to {day}", err=True)
