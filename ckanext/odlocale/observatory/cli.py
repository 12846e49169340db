"""``ckan odlocale observatory``: bring history up to date, write reports.

Data goes to the standard output, talk to the standard error.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from ckan import model

from ckanext.odlocale.base.days import today
from ckanext.odlocale.observatory import downloads, exporting, recording
from ckanext.odlocale.observatory.reports import write_report
from ckanext.odlocale.territory.tables import Collectivity, PerimeterMember


@click.group()
def observatory() -> None:
    """The figures of the territory, and their history."""


@observatory.command()
@click.option("--again", is_flag=True, help="From the first publication on.")
def record(again: bool) -> None:
    """Bring history up to today; ``ckan odlocale people daily`` does it each day.

    Days on which nothing ran are filled in: facts are dated.
    """
    day = today()
    downloads.settle()
    written = recording.record(day, again=again)
    exporting.write_all()
    click.echo(f"{written} rows written up to {day}", err=True)


@observatory.command()
@click.option(
    "--out", "folder", type=click.Path(file_okay=False, path_type=Path), required=True
)
@click.option("--perimeter", help="SIREN of an ATD: its collectivités only.")
def reports(folder: Path, perimeter: str | None) -> None:
    """Write the one-page report of each collectivité, as PDF.

    One that cannot be written is told, and stops none of the others: exits with 1.
    """
    folder.mkdir(parents=True, exist_ok=True)
    app: Any = click.get_current_context().meta["flask_app"]
    failed, begun = 0, time.monotonic()
    with app.test_request_context():
        owners = list_owners(perimeter)
        for owner in owners:
            target = folder / f"observatoire-{owner.code}.pdf"
            try:
                target.write_bytes(write_report(owner))
            except Exception as error:
                model.Session.rollback()
                failed += 1
                click.echo(f"{owner.code}: {error}", err=True)
                continue
            click.echo(str(target))
    seconds = time.monotonic() - begun
    click.echo(f"{len(owners) - failed} written in {seconds:.0f} s", err=True)
    raise SystemExit(1 if failed else 0)


def list_owners(perimeter: str | None) -> list[Collectivity]:
    """Return those whose report is written: living, with a page here."""
    query = sa.select(Collectivity).where(
        Collectivity.status == "active", Collectivity.org_id.is_not(None)
    )
    if perimeter:
        covered = sa.select(PerimeterMember.siren).where(
            PerimeterMember.atd_siren == perimeter
        )
        query = query.where(
            Collectivity.siren.in_(covered) | (Collectivity.siren == perimeter)
        )
    return list(model.Session.scalars(query.order_by(Collectivity.siren)))
