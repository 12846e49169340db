"""``odlocale network collect URL…``: several portals read into one table.

Needs no CKAN. Data goes to the standard output, talk to the standard error. Exit
status: 0 all were read, 1 some were not, or not wholly, 2 none was.
"""

from __future__ import annotations

import csv
import datetime
import json
import sys
from dataclasses import asdict
from typing import Any

import click

from ckanext.odlocale.base.days import today
from ckanext.odlocale.base.http import GuardedClient, RequestError
from ckanext.odlocale.observatory.network import (
    Fetch,
    Gathered,
    NoAnswer,
    collect,
    same_host,
)
from ckanext.odlocale.territory.register import Register

#: The table of an ATD of 1,500 communes weighs 0.3 MB; the whole of France, 6.
MAX_BYTES = 32 * 1024 * 1024
TOTAL_SECONDS = 30.0


@click.group()
def network() -> None:
    """The portals of several ATDs, together."""


@network.command("collect")
@click.argument("urls", nargs=-1, required=True)
@click.option(
    "--format", "form", type=click.Choice(["table", "csv", "json"]), default="table"
)
@click.option("--seconds", type=float, default=TOTAL_SECONDS, show_default=True)
@click.option("--allow", multiple=True, help="A server with a private address.")
def collect_command(
    urls: tuple[str, ...], form: str, seconds: float, allow: tuple[str, ...]
) -> None:
    """Read the observatories of portals, each collectivité counted once."""
    register = Register.load()
    every = list(register)
    found = collect(
        urls,
        fetch_guarded(seconds, allow),
        (one.siren for one in every),
        (one.siren for one in every if one.kind == "commune"),
        today(),
    )
    write = {"table": _write_table, "csv": _write_csv, "json": _write_json}
    write[form](found)
    for answer in found.answers:
        for fault, number in answer.faults.items():
            click.echo(f"{answer.url}: {fault} ({number})", err=True)
    read = [one for one in found.answers if one.rows]
    faulty = any(one.faults for one in found.answers)
    raise SystemExit(2 if not read else 1 if faulty else 0)


def fetch_guarded(seconds: float, allow: tuple[str, ...] = ()) -> Fetch:
    """Return what fetches, from public servers only, within a time and a size."""
    client = GuardedClient(frozenset(allow), total_seconds=seconds, retries=1)

    def fetch(url: str) -> bytes:
        try:
            answer = client.get(url, max_bytes=MAX_BYTES)
        except RequestError as error:
            raise NoAnswer(str(error)) from error
        if answer.status != 200:
            raise NoAnswer(f"status {answer.status}")
        if not same_host(url, answer.url):
            raise NoAnswer("it leads to another server")
        return answer.body

    return fetch


def _write_table(found: Gathered) -> None:
    lines = [
        ("portails lus", sum(bool(one.rows) for one in found.answers)),
        ("collectivités connues", len(found.rows)),
        ("ouvertes", found.open),
        ("connues de plusieurs portails", len(found.shared)),
        ("communes sans ATD", len(found.uncovered)),
    ]
    for label, number in lines:
        click.echo(f"{label:<32}{number:>8}")
    for day, count in found.curve[-12:]:
        click.echo(f"{day.isoformat():<32}{count:>8}")


def _write_csv(found: Gathered) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["siren", "ouverte", "jeux", "ouverte_depuis", "atd"])
    for one in found.rows:
        writer.writerow(
            [
                one.siren,
                int(one.is_open),
                one.datasets,
                one.since.isoformat() if one.since else "",
                " ".join(sorted(one.atds)),
            ]
        )


def _write_json(found: Gathered) -> None:
    def plain(value: Any) -> Any:
        if isinstance(value, datetime.date):
            return value.isoformat()
        return sorted(value) if isinstance(value, frozenset) else str(value)

    summary = {"open": found.open, **asdict(found)}
    click.echo(json.dumps(summary, default=plain, ensure_ascii=False))
