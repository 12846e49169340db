"""``ckan odlocale sources`` and ``ckan odlocale health``."""

from __future__ import annotations

import dataclasses
import json

import ckantoolkit as tk
import click

from ckanext.odlocale.base.http import GuardedClient
from ckanext.odlocale.watching import probes
from ckanext.odlocale.watching import sources as asked


@click.group(short_help="Outside services that the portal relies on.")
def sources() -> None:
    """Outside services that the portal relies on."""


@sources.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def check(form: str) -> None:
    """Call each outside service, and name what differs from what is expected.

    data.gouv.fr, API Géo, the directory of administrations, schema.data.gouv.fr, and
    the OpenID Connect provider where one is set. Exits with 1 where something differs.
    """
    client = GuardedClient(
        frozenset(tk.config["ckanext.odlocale.allowed_hosts"]), retries=1
    )
    issuer = str(tk.config["ckanext.odlocale.oidc_issuer"] or "")
    answers = asked.check(client, asked.sources(issuer=issuer))
    if form == "json":
        click.echo(json.dumps([dataclasses.asdict(one) for one in answers], indent=1))
    else:
        for one in answers:
            click.echo(f"{one.name}: {'; '.join(one.differences) or 'as expected'}")
    raise SystemExit(1 if any(one.differences for one in answers) else 0)


@click.command(short_help="How each part of the portal is.")
def health() -> None:
    """Say how each part of the portal is, as /sante does.

    Exits with 0, or 1 where visitors should not be sent here.
    """
    report = probes.report()
    click.echo(json.dumps(report.as_json(), indent=1))
    raise SystemExit(0 if report.is_ready else 1)


beside = (sources, health)
